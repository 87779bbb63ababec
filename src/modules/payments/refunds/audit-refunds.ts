/** What must always be true of refunds, for the operator of the transaction. Reads only. */
import { addMs, MS_PER_HOUR, type Clock, type CurrencyCode } from '../../../kernel/index.ts';
import type { Tx } from '../../../platform/database/index.ts';
import { accountId, lookupAccounts, moneyLedger } from '../../ledger/index.ts';
import type { PaymentAuditCheck } from '../queries/audit.ts';
import { onlyOperator, time } from '../store/orders.ts';

const FAILURES_MAX = 100;
/** A part that waits this long past its turn is not being worked. */
const PART_OVERDUE_MS = 8 * MS_PER_HOUR;

export async function auditRefunds(tx: Tx, { clock }: { readonly clock: Clock }): Promise<PaymentAuditCheck[]> {
  return [await partsMakeTheRefund(tx), await reservedIsUnderWay(tx), await payableIsUnderWay(tx, clock), await partsAreWorked(tx, clock)];
}

type Failure = PaymentAuditCheck['failures'][number];

async function partsMakeTheRefund(tx: Tx): Promise<PaymentAuditCheck> {
  const [row] = await tx.query<{ checked: bigint }>('select count(*) as checked from payments.refund where operator_id = $1', [onlyOperator(tx)]);
  const failures = await tx.query<Failure>(
    `select r.refund_id::text as id, format('%s: parts of %s for %s, %s of them gone back, %s noted', r.state, sum(p.amount_minor), r.amount_minor - r.commission_minor,
       coalesce(sum(p.amount_minor) filter (where p.state = 'succeeded'), 0), r.refunded_minor) as detail
     from payments.refund r left join payments.refund_part p on p.operator_id = r.operator_id and p.refund_id = r.refund_id
     where r.operator_id = $1 group by r.operator_id, r.refund_id
     having coalesce(sum(p.amount_minor), 0) <> r.amount_minor - r.commission_minor or coalesce(sum(p.amount_minor) filter (where p.state = 'succeeded'), 0) <> r.refunded_minor
     order by 1 limit ${FAILURES_MAX}`, [onlyOperator(tx)]);
  return { code: 'payments_refund_parts', about: 'the parts of every refund make its amount, and those that succeeded what it says has gone back', checked: Number(row!.checked), failures };
}

async function reservedIsUnderWay(tx: Tx): Promise<PaymentAuditCheck> {
  const [row] = await tx.query<{ checked: bigint }>(`select count(*) as checked from payments.payment_attempt where operator_id = $1 and state = 'paid'`, [onlyOperator(tx)]);
  const failures = await tx.query<Failure>(
    `select a.order_id || '/' || a.attempt as id, format('%s aside and %s gone back, parts say %s and %s', a.refunding_minor, a.refunded_minor, p.open, p.done) as detail
     from payments.payment_attempt a
     cross join lateral (select coalesce(sum(x.amount_minor) filter (where x.state not in ('succeeded', 'failed')), 0) as open, coalesce(sum(x.amount_minor) filter (where x.state = 'succeeded'), 0) as done
       from payments.refund_part x where x.operator_id = $1 and x.order_id = a.order_id and x.attempt = a.attempt) p
     where a.operator_id = $1 and a.state = 'paid' and (a.refunding_minor <> p.open or a.refunded_minor <> p.done) order by 1 limit ${FAILURES_MAX}`, [onlyOperator(tx)]);
  return { code: 'payments_refunds_on_payments', about: 'what is set aside and refunded on every payment is what its refunds say', checked: Number(row!.checked), failures };
}

/** What the account holds is what has left wallets and is still on its way; nothing stays there. */
async function payableIsUnderWay(tx: Tx, clock: Clock): Promise<PaymentAuditCheck> {
  const rows = await tx.query<{ currency: CurrencyCode; open: bigint; held: bigint }>(
    `select r.currency, (coalesce(sum(p.open), 0) + coalesce(sum(r.commission_minor) filter (where r.state in ('approved', 'executing')), 0))::bigint as open,
       coalesce(sum(r.amount_minor) filter (where r.state = 'applied'), 0)::bigint as held
     from payments.refund r
     cross join lateral (select coalesce(sum(x.amount_minor) filter (where x.state not in ('succeeded', 'failed')), 0) as open from payments.refund_part x
       where x.operator_id = $1 and x.refund_id = r.refund_id and r.state in ('approved', 'executing', 'partly_refunded')) p
     where r.operator_id = $1 and r.source = 'wallet' group by r.currency`, [onlyOperator(tx)]);
  const failures: Failure[] = [];
  for (const { currency, open, held } of rows) {
    const [account] = await lookupAccounts(tx, [accountId('refunds_payable', moneyLedger(currency), null)], { clock });
    const balance = account ? account.creditsPosted - account.debitsPosted : 0n, pending = account?.creditsPending ?? 0n;
    if (balance !== open || pending !== held) failures.push({ id: currency, detail: `${balance} in refunds_payable and ${pending} set aside, refunds say ${open} and ${held}` });
  }
  return { code: 'payments_refunds_payable', about: 'the account of refunds on their way holds what refunds say is on its way', checked: rows.length, failures };
}

async function partsAreWorked(tx: Tx, clock: Clock): Promise<PaymentAuditCheck> {
  const [row] = await tx.query<{ checked: bigint }>(`select count(*) as checked from payments.refund_part where operator_id = $1 and state not in ('succeeded', 'failed')`, [onlyOperator(tx)]);
  const failures = await tx.query<Failure>(
    `select p.part_id::text as id, format('%s since %s, next turn %s', p.state, p.state_at, p.next_check_at) as detail
     from payments.refund_part p join payments.refund r on r.operator_id = p.operator_id and r.refund_id = p.refund_id
     where p.operator_id = $1 and p.state not in ('succeeded', 'failed') and r.state <> 'applied' and (p.next_check_at is null or p.next_check_at < $2) order by 1 limit ${FAILURES_MAX}`,
    [onlyOperator(tx), time(addMs(clock.now(), -PART_OVERDUE_MS))]);
  return { code: 'payments_refunds_are_worked', about: 'every part of a refund that is not over has its turn', checked: Number(row!.checked), failures };
}
