/** What must always be true of reconciliation, for the operator of the transaction. Reads only. */
import { addMs, MS_PER_DAY, uuidToBigInt, type Clock } from '../../../kernel/index.ts';
import { sqlTimestamp, type Tx } from '../../../platform/database/index.ts';
import { lookupTransfers } from '../../ledger/index.ts';

const FAILURES_MAX = 100, PAGE_MAX = 1_000;
/** A day that is asked for and not done for so long is stuck. */
const WORK_OVERDUE_MS = 2 * MS_PER_DAY;

type Failure = { readonly id: string; readonly detail: string };
export type ReconciliationAuditCheck = { readonly code: string; readonly about: string; readonly checked: number; readonly failures: readonly Failure[]; readonly figures?: Readonly<Record<string, bigint>> };

export async function auditReconciliation(tx: Tx, { clock }: { readonly clock: Clock }): Promise<ReconciliationAuditCheck[]> {
  return [await linesAreMatchedOrBreaks(tx), await sumsAreExplained(tx), await postingsAreBooked(tx, clock), await daysAreWorked(tx, clock)];
}

const operatorOf = (tx: Tx): string => tx.operatorIds[0]!;

async function countOf(tx: Tx, table: 'run' | 'posting' | 'day_work'): Promise<number> {
  const [row] = await tx.query<{ count: bigint }>(`select count(*) as count from reconciliation.${table} where operator_id = $1`, [operatorOf(tx)]);
  return Number(row!.count);
}

/** Of each day's newest run: what the statement has is matched, or stands in a break that was opened for the day. */
async function linesAreMatchedOrBreaks(tx: Tx): Promise<ReconciliationAuditCheck> {
  const failures = await tx.query<Failure>(
    `with newest as (select distinct on (r.merchant_account_id, r.business_date) r.* from reconciliation.run r where r.operator_id = $1 order by r.merchant_account_id, r.business_date, r.finished_at desc),
     told as (
       select n.*, coalesce((select sum((d.value ->> 'count')::bigint) from jsonb_each(n.differences) d where d.key in ('missing_here', 'duplicate', 'foreign', 'refund_elsewhere', 'other_day')), 0) as breaks from newest n)
     select run_id::text as id, format('%s: %s lines and %s foreign ones, %s matched, %s in breaks', business_date, their_payments + their_refunds, foreign_lines, matched, breaks) as detail
     from told where their_payments + their_refunds + foreign_lines <> matched + breaks order by 1 limit ${FAILURES_MAX}`, [operatorOf(tx)]);
  const [open] = await tx.query<{ open: bigint }>(`select count(*) as open from reconciliation.break where operator_id = $1 and state = 'open'`, [operatorOf(tx)]);
  return { code: 'reconciliation_lines', about: "every line of a day's newest statement is matched or in a break", checked: await countOf(tx, 'run'), failures, figures: { open_breaks: open!.open } };
}

async function sumsAreExplained(tx: Tx): Promise<ReconciliationAuditCheck> {
  const failures = await tx.query<Failure>(
    `select r.run_id::text as id, format('%s: %s left', r.business_date, left_over) as detail from reconciliation.run r
     cross join lateral (select (r.their_payments_minor + r.their_refunds_minor - r.our_payments_minor - r.our_refunds_minor)
       - coalesce((select sum((d.value ->> 'differenceMinor')::bigint) from jsonb_each(r.differences) d where d.key in ('missing_here', 'missing_there', 'amount_differs', 'duplicate', 'other_day')), 0) as left_over) l
     where r.operator_id = $1 and (left_over <> 0 or r.residual_minor <> 0) order by 1 limit ${FAILURES_MAX}`, [operatorOf(tx)]);
  return { code: 'reconciliation_sums', about: 'theirs less ours is the sum of the differences, to the cent, in every run', checked: await countOf(tx, 'run'), failures };
}

async function postingsAreBooked(tx: Tx, clock: Clock): Promise<ReconciliationAuditCheck> {
  const failures: Failure[] = [];
  let after: string | null = null;
  for (;;) {
    const page: { id: string; transferId: string; amountMinor: bigint }[] = await tx.query(
      `select posting_id as id, transfer_id as "transferId", amount_minor as "amountMinor" from reconciliation.posting where operator_id = $1 and ($2::uuid is null or posting_id > $2::uuid) order by posting_id limit ${PAGE_MAX}`,
      [operatorOf(tx), after]);
    const transfers = new Map((await lookupTransfers(tx, page.map((row) => uuidToBigInt(row.transferId)), { clock })).map((transfer) => [transfer.id, transfer]));
    for (const { id, transferId, amountMinor } of page) {
      const booked = transfers.get(uuidToBigInt(transferId))?.amount;
      if (booked !== (amountMinor < 0n ? -amountMinor : amountMinor) && failures.length < FAILURES_MAX) failures.push({ id, detail: `${amountMinor} posted, ${booked ?? 'nothing'} booked` });
    }
    if (page.length < PAGE_MAX) break;
    after = page.at(-1)!.id;
  }
  return { code: 'reconciliation_postings', about: 'every fee, payout and write-off from a statement is one transfer of its amount', checked: await countOf(tx, 'posting'), failures };
}

async function daysAreWorked(tx: Tx, clock: Clock): Promise<ReconciliationAuditCheck> {
  const failures = await tx.query<Failure>(
    `select merchant_account_id || '/' || business_date as id, format('%s after %s tries: %s', state, tries, coalesce(last_error, 'no error')) as detail from reconciliation.day_work
     where operator_id = $1 and (state = 'failed' or (state in ('waiting', 'working') and requested_at < $2)) order by 1 limit ${FAILURES_MAX}`, [operatorOf(tx), sqlTimestamp(addMs(clock.now(), -WORK_OVERDUE_MS))]);
  return { code: 'reconciliation_days', about: 'every day that was asked for has been fetched and matched', checked: await countOf(tx, 'day_work'), failures };
}
