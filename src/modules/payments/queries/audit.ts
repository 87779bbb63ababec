/** What must always be true of payments, for the operator of the transaction. Each check looks at every record; reads only. */
import { MS_PER_HOUR, uuidToBigInt, addMs, type Clock, type CurrencyCode } from '../../../kernel/index.ts';
import type { Tx } from '../../../platform/database/index.ts';
import { accountId, currencyOfLedger, lookupTransfers, moneyLedger, sumsByCode, type Transfer } from '../../ledger/index.ts';
import { PAYMENT_TRANSFER } from '../domain/transfer-code.ts';
import { onlyOperator, time } from '../store/orders.ts';

/** How many offending ids a check lists. */
const AUDIT_FAILURES_MAX = 100;
const PAGE_MAX = 2_000;
/** An attempt that waits this long past its next check is not being asked: recovery stands still. */
const CHECK_OVERDUE_MS = 6 * MS_PER_HOUR;

type Failure = { readonly id: string; readonly detail: string };
export type PaymentAuditCheck = { readonly code: string; readonly about: string; readonly checked: number; readonly failures: readonly Failure[] };

export async function auditPayments(tx: Tx, { clock }: { readonly clock: Clock }): Promise<PaymentAuditCheck[]> {
  return [
    await paidOrdersHaveOneAppliedAttempt(tx), await paidAttemptsAreBooked(tx, clock), await bookedIsPaid(tx, clock), await surplusIsKept(tx), await appliedSurplusIsBooked(tx, clock), await goneBackIsBooked(tx, clock), await refundsWithinPaid(tx),
    await liveAttemptsAreAsked(tx, clock), await finishedOrdersAreFinished(tx),
  ].map((check) => ({ ...check, failures: check.failures.slice(0, AUDIT_FAILURES_MAX) }));
}

async function check(tx: Tx, of: { readonly code: string; readonly about: string; readonly count: string; readonly failures: string; readonly values?: readonly unknown[] }): Promise<PaymentAuditCheck> {
  const [row] = await tx.query<{ checked: bigint }>(of.count, [onlyOperator(tx)]);
  const failures = await tx.query<Failure>(`${of.failures} order by 1 limit ${AUDIT_FAILURES_MAX}`, [onlyOperator(tx), ...(of.values ?? [])]);
  return { code: of.code, about: of.about, checked: Number(row!.checked), failures };
}

const paidOrdersHaveOneAppliedAttempt = (tx: Tx): Promise<PaymentAuditCheck> => check(tx, {
  code: 'payments_paid_by_one_attempt', about: 'every paid order has exactly one applied attempt, of its own amount, and no other order has one',
  count: `select count(*) as checked from payments.payment_order o where o.operator_id = $1 and o.state = 'paid'`,
  failures: `select o.order_id::text as id, format('%s: %s applied attempts, of %s for %s', o.state, count(a.attempt), coalesce(sum(a.paid_minor), 0), o.amount_minor) as detail
    from payments.payment_order o left join payments.payment_attempt a on a.operator_id = o.operator_id and a.order_id = o.order_id and a.disposition = 'applied'
    where o.operator_id = $1 group by o.operator_id, o.order_id
    having count(a.attempt) <> (o.state = 'paid')::int or coalesce(sum(a.paid_minor), o.amount_minor) <> o.amount_minor or coalesce(max(a.attempt), o.paid_attempt) is distinct from o.paid_attempt`,
});

type PaidAttempt = { orderId: string; attempt: number; merchantAccountId: string; disposition: 'applied' | 'surplus'; paidMinor: bigint; transferId: string; currency: CurrencyCode };
const PAID = `select a.order_id as "orderId", a.attempt, a.merchant_account_id as "merchantAccountId", a.disposition, a.paid_minor - a.refunded_at_channel_minor + coalesce(s.gone_back_minor, 0) as "paidMinor", a.transfer_id as "transferId", coalesce(s.currency, o.currency) as currency
  from payments.payment_attempt a join payments.payment_order o on o.operator_id = a.operator_id and o.order_id = a.order_id
  left join payments.surplus s on s.operator_id = a.operator_id and s.order_id = a.order_id and s.attempt = a.attempt
  where a.operator_id = $1 and a.state = 'paid' and ($2::uuid is null or (a.order_id, a.attempt) > ($2::uuid, $3::smallint)) order by a.order_id, a.attempt limit ${PAGE_MAX}`;

async function paidAttemptsAreBooked(tx: Tx, clock: Clock): Promise<PaymentAuditCheck> {
  const failures: Failure[] = [];
  let checked = 0, last: PaidAttempt | undefined;
  do {
    const page: PaidAttempt[] = await tx.query<PaidAttempt>(PAID, [onlyOperator(tx), last?.orderId ?? null, last?.attempt ?? null]);
    const transfers = new Map((await lookupTransfers(tx, page.map((row) => uuidToBigInt(row.transferId)), { clock })).map((transfer) => [transfer.id, transfer]));
    for (const row of page) {
      const wrong = wrongWith(row, transfers.get(uuidToBigInt(row.transferId)));
      if (wrong) failures.push({ id: `${row.orderId}/${row.attempt}`, detail: wrong });
    }
    checked += page.length;
    last = page.at(-1);
  } while (last !== undefined);
  return { code: 'payments_paid_is_booked', about: 'the money of every paid attempt is booked once: applied to its purpose, or kept apart as surplus', checked, failures };
}

function wrongWith(row: PaidAttempt, transfer: Transfer | undefined): string | null {
  if (!transfer) return 'no transfer';
  const ledger = moneyLedger(row.currency);
  const surplus = row.disposition === 'surplus';
  if (transfer.amount !== row.paidMinor) return `paid ${row.paidMinor}, booked ${transfer.amount}`;
  if (transfer.code !== (surplus ? PAYMENT_TRANSFER.surplus : PAYMENT_TRANSFER.paid)) return `${row.disposition}, booked with code ${transfer.code}`;
  if (transfer.debitAccountId !== accountId('channel_receivable', ledger, row.merchantAccountId)) return 'not from its channel';
  if (surplus !== (transfer.creditAccountId === accountId('unapplied_payments', ledger, row.merchantAccountId))) return `${row.disposition}, credited otherwise`;
  return null;
}

/** The inverse: nothing was credited that no attempt has paid. */
async function bookedIsPaid(tx: Tx, clock: Clock): Promise<PaymentAuditCheck> {
  const paid = await tx.query<{ currency: CurrencyCode; disposition: 'applied' | 'surplus'; attempts: number; amount: bigint }>(
    `select coalesce(s.currency, o.currency) as currency, a.disposition, count(*)::int as attempts, sum(a.paid_minor - a.refunded_at_channel_minor + coalesce(s.gone_back_minor, 0))::bigint as amount
     from payments.payment_attempt a join payments.payment_order o on o.operator_id = a.operator_id and o.order_id = a.order_id
     left join payments.surplus s on s.operator_id = a.operator_id and s.order_id = a.order_id and s.attempt = a.attempt
     where a.operator_id = $1 and a.state = 'paid' group by 1, 2`, [onlyOperator(tx)]);
  const booked = await sumsByCode(tx, [PAYMENT_TRANSFER.paid, PAYMENT_TRANSFER.surplus], { clock });
  const keys = new Set([...paid.map((row) => `${row.currency}/${row.disposition}`), ...booked.map((row) => `${currencyOfLedger(row.ledger)}/${row.code === PAYMENT_TRANSFER.paid ? 'applied' : 'surplus'}`)]);
  const failures: Failure[] = [];
  for (const key of keys) {
    const attempts = paid.find((row) => `${row.currency}/${row.disposition}` === key);
    const transfers = booked.find((row) => `${currencyOfLedger(row.ledger)}/${row.code === PAYMENT_TRANSFER.paid ? 'applied' : 'surplus'}` === key);
    if ((attempts?.attempts ?? 0) !== (transfers?.transfers ?? 0) || (attempts?.amount ?? 0n) !== (transfers?.postedMinor ?? 0n)) {
      failures.push({ id: key, detail: `paid ${attempts?.amount ?? 0n} by ${attempts?.attempts ?? 0} attempts, booked ${transfers?.postedMinor ?? 0n} by ${transfers?.transfers ?? 0} transfers` });
    }
  }
  return { code: 'payments_booked_is_paid', about: 'every transfer from a channel has its paid attempt, applied and surplus alike', checked: keys.size, failures };
}

const surplusIsKept = (tx: Tx): Promise<PaymentAuditCheck> => check(tx, {
  code: 'payments_surplus_is_kept', about: 'every payment that is not due is listed as surplus, with its amount, and nothing else is',
  count: `select count(*) as checked from payments.surplus s where s.operator_id = $1`,
  failures: `select coalesce(a.order_id, s.order_id) || '/' || coalesce(a.attempt, s.attempt) as id, format('attempt %s, listed %s', a.paid_minor, s.amount_minor) as detail
    from (select * from payments.payment_attempt a where a.operator_id = $1 and a.disposition = 'surplus') a
    full join (select * from payments.surplus s where s.operator_id = $1) s on s.order_id = a.order_id and s.attempt = a.attempt
    where a.paid_minor - a.refunded_at_channel_minor + s.gone_back_minor is distinct from s.amount_minor or a.transfer_id is distinct from s.transfer_id`,
});

/** What a person credited out of surplus, in the list and in the ledger. */
async function appliedSurplusIsBooked(tx: Tx, clock: Clock): Promise<PaymentAuditCheck> {
  const listed = await tx.query<{ currency: CurrencyCode; rows: number; amount: bigint }>(
    `select currency, count(*)::int as rows, sum(amount_minor - gone_back_minor)::bigint as amount from payments.surplus where operator_id = $1 and state = 'applied_by_person' group by currency`, [onlyOperator(tx)]);
  const booked = await sumsByCode(tx, [PAYMENT_TRANSFER.surplus_applied], { clock });
  const failures: Failure[] = [];
  for (const currency of new Set([...listed.map((row) => row.currency), ...booked.flatMap((row) => currencyOfLedger(row.ledger) ?? [])])) {
    const rows = listed.find((row) => row.currency === currency), transfers = booked.find((row) => row.ledger === moneyLedger(currency));
    if ((rows?.rows ?? 0) === (transfers?.transfers ?? 0) && (rows?.amount ?? 0n) === (transfers?.postedMinor ?? 0n)) continue;
    failures.push({ id: currency, detail: `applied ${rows?.amount ?? 0n} by ${rows?.rows ?? 0} acts, booked ${transfers?.postedMinor ?? 0n} by ${transfers?.transfers ?? 0} transfers` });
  }
  return { code: 'payments_surplus_applied_once', about: 'what persons applied of surplus is booked once each', checked: listed.reduce((sum, row) => sum + row.rows, 0), failures };
}

/** What was found to be with the payer already: on the surplus, in the acts of persons, and in the ledger. */
async function goneBackIsBooked(tx: Tx, clock: Clock): Promise<PaymentAuditCheck> {
  const rows = await tx.query<{ currency: CurrencyCode; acts: number; stated: bigint; acted: bigint }>(
    `select s.currency, coalesce(sum(g.acts), 0)::int as acts, sum(s.gone_back_minor)::bigint as stated, coalesce(sum(g.amount), 0)::bigint as acted from payments.surplus s
     cross join lateral (select count(*) as acts, coalesce(sum(x.amount_minor), 0) as amount from payments.surplus_gone_back x where x.operator_id = $1 and x.order_id = s.order_id and x.attempt = s.attempt) g
     where s.operator_id = $1 group by s.currency`, [onlyOperator(tx)]);
  const booked = await sumsByCode(tx, [PAYMENT_TRANSFER.surplus_gone_back], { clock });
  const failures: Failure[] = [];
  for (const currency of new Set([...rows.map((row) => row.currency), ...booked.flatMap((row) => currencyOfLedger(row.ledger) ?? [])])) {
    const row = rows.find((each) => each.currency === currency), transfers = booked.find((each) => each.ledger === moneyLedger(currency));
    const stated = row?.stated ?? 0n, acted = row?.acted ?? 0n, posted = transfers?.postedMinor ?? 0n;
    if (stated !== acted || acted !== posted || (row?.acts ?? 0) !== (transfers?.transfers ?? 0)) failures.push({ id: currency, detail: `surplus says ${stated} has gone back, acts ${acted}, the ledger ${posted}` });
  }
  return { code: 'payments_gone_back_is_booked', about: 'what surplus says has gone back otherwise was said by signed acts, each booked once', checked: rows.reduce((sum, row) => sum + row.acts, 0), failures };
}

const refundsWithinPaid = (tx: Tx): Promise<PaymentAuditCheck> => check(tx, {
  code: 'payments_refunds_within_paid', about: 'no more goes back than was paid',
  count: `select count(*) as checked from payments.payment_attempt a where a.operator_id = $1 and a.refunding_minor + a.refunded_minor > 0`,
  failures: `select a.order_id || '/' || a.attempt as id, format('paid %s, refunded %s, on its way %s, otherwise %s', a.paid_minor, a.refunded_minor, a.refunding_minor, a.charged_back_minor + a.refunded_at_channel_minor) as detail
    from payments.payment_attempt a where a.operator_id = $1 and a.refunding_minor + a.refunded_minor + a.charged_back_minor + a.refunded_at_channel_minor > coalesce(a.paid_minor, 0)`,
});

const liveAttemptsAreAsked = (tx: Tx, clock: Clock): Promise<PaymentAuditCheck> => check(tx, {
  code: 'payments_open_is_asked', about: 'every attempt that may still be paid has its next check, and none waits long past it',
  count: `select count(*) as checked from payments.payment_attempt a where a.operator_id = $1 and a.state in ('created', 'unknown', 'open', 'user_paying', 'closing', 'reversing')`,
  failures: `select a.order_id || '/' || a.attempt as id, format('%s, next check %s', a.state, coalesce(a.next_check_at::text, 'never')) as detail
    from payments.payment_attempt a where a.operator_id = $1 and (a.state in ('created', 'unknown', 'open', 'user_paying', 'closing', 'reversing') and a.next_check_at is null or a.next_check_at < $2::timestamptz)`,
  values: [time(addMs(clock.now(), -CHECK_OVERDUE_MS))],
});

const finishedOrdersAreFinished = (tx: Tx): Promise<PaymentAuditCheck> => check(tx, {
  code: 'payments_closed_cannot_be_paid', about: 'no attempt of a closed order can still be paid as far as its channel has said',
  count: `select count(*) as checked from payments.payment_order o where o.operator_id = $1 and o.state in ('closed', 'expired')`,
  failures: `select o.order_id::text as id, format('%s with attempt %s %s', o.state, a.attempt, a.state) as detail from payments.payment_order o
    join payments.payment_attempt a on a.operator_id = o.operator_id and a.order_id = o.order_id and a.state in ('created', 'unknown', 'open', 'user_paying', 'closing', 'reversing')
    where o.operator_id = $1 and o.state in ('closed', 'expired')`,
});
