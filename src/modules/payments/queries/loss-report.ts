import type { Clock, OperatorId } from '../../../kernel/index.ts';
import { sqlTimestamp, type Tx } from '../../../platform/database/index.ts';

/** Days that one report covers. */
export const LOSS_REPORT_DAYS_MAX = 92;
const TREND_DAYS = 7;

/** How many, and how much money. */
export type Sum = { readonly count: number; readonly amountMinor: bigint };
export type LossDay = {
  /** The operator's calendar day. */
  readonly date: string;
  /** Paid on this day by the channels' clock and credited. */
  readonly paid: Sum;
  /** Of those, no genuine notification has arrived at all. Payments by code, which no channel notifies, are left out. */
  readonly notificationsMissing: Sum;
  readonly recoveredByJob: Sum; readonly recoveredByClerk: Sum;
  /** Attempts made on this day whose end has passed, and whose channel has given no final answer yet. */
  readonly outstanding: Sum;
  /** Notifications received on this day that were refused, and genuine ones whose amount, merchant or app is another. */
  readonly refused: Readonly<Record<'forged' | 'stale' | 'unreadable' | 'wrongEnvironment', number>>; readonly mismatched: number;
  /** Paid orders of a thousand that had to be looked for. Null on a day without payments. */
  readonly lostPerThousand: number | null;
  /** The same over the seven days before: whether it gets worse. Null without payments in them. */
  readonly lostPerThousandBefore: number | null;
};

type Options = { readonly timeZone: string; /** `YYYY-MM-DD`, both included. */ readonly from: string; readonly to: string; readonly clock: Clock };

/**
 * What was nearly lost, day by day, instead of somebody counting each morning (P-19): notifications that never came, payments that the job or a clerk found,
 * and what is still outstanding, with the trend.
 */
export async function lossReport(tx: Tx, operatorId: OperatorId, { timeZone, from, to, clock }: Options): Promise<LossDay[]> {
  const asked = [operatorId, timeZone, shiftDate(from, -TREND_DAYS), to];
  const [paid, outstanding, refused, mismatched] = [
    await tx.query<PaidRow>(PAID, asked), await tx.query<OutstandingRow>(OUTSTANDING, [...asked, sqlTimestamp(clock.now())]), await tx.query<RefusedRow>(REFUSED, asked), await tx.query<{ date: string; count: number }>(MISMATCHED, asked),
  ];
  const paidBy = byDate(paid), outstandingBy = byDate(outstanding), refusedBy = byDate(refused), mismatchedBy = byDate(mismatched);
  const lost = (dates: readonly string[]): number | null => {
    const rows = dates.flatMap((date) => paidBy.get(date) ?? []);
    const count = rows.reduce((sum, row) => sum + row.paid, 0);
    return count === 0 ? null : Math.round((10_000 * rows.reduce((sum, row) => sum + row.job + row.clerk, 0)) / count) / 10;
  };
  return datesBetween(from, to).map((date) => {
    const day = paidBy.get(date), open = outstandingBy.get(date), no = refusedBy.get(date);
    return {
      date, paid: sum(day?.paid, day?.paidMinor), notificationsMissing: sum(day?.missing, day?.missingMinor), recoveredByJob: sum(day?.job, day?.jobMinor), recoveredByClerk: sum(day?.clerk, day?.clerkMinor),
      outstanding: sum(open?.count, open?.amountMinor), mismatched: mismatchedBy.get(date)?.count ?? 0,
      refused: { forged: no?.forged ?? 0, stale: no?.stale ?? 0, unreadable: no?.unreadable ?? 0, wrongEnvironment: no?.wrongEnvironment ?? 0 },
      lostPerThousand: lost([date]), lostPerThousandBefore: lost(datesBetween(shiftDate(date, -TREND_DAYS), shiftDate(date, -1))),
    };
  });
}

type PaidRow = { date: string; paid: number; paidMinor: bigint; missing: number; missingMinor: bigint; job: number; jobMinor: bigint; clerk: number; clerkMinor: bigint };
type OutstandingRow = { date: string; count: number; amountMinor: bigint };
type RefusedRow = { date: string; forged: number; stale: number; unreadable: number; wrongEnvironment: number };

/** From the beginning of a day to the end of another, in the operator's time zone: instants, so that the indexes are used. */
const WITHIN = (column: string): string => `${column} >= ($3::date::timestamp at time zone $2) and ${column} < (($4::date + 1)::timestamp at time zone $2)`;
const DATE_OF = (column: string): string => `to_char(${column} at time zone $2, 'YYYY-MM-DD')`;

const PAID = `with paid as (
    select p.amount_minor, p.method, p.paid_at, o.recovered_by,
      exists (select from payments.notification_work w where w.operator_id = p.operator_id and w.order_id = p.order_id and w.attempt = p.attempt) as notified
    from payments.payment_order o join payments.payment_attempt p on p.operator_id = o.operator_id and p.order_id = o.order_id and p.attempt = o.paid_attempt
    where o.operator_id = $1 and o.state = 'paid' and ${WITHIN('o.paid_at')})
  select ${DATE_OF('paid_at')} as date, count(*)::int as paid, sum(amount_minor)::bigint as "paidMinor",
    count(*) filter (where not notified and method <> 'payment_code')::int as missing, coalesce(sum(amount_minor) filter (where not notified and method <> 'payment_code'), 0)::bigint as "missingMinor",
    count(*) filter (where recovered_by = 'job')::int as job, coalesce(sum(amount_minor) filter (where recovered_by = 'job'), 0)::bigint as "jobMinor",
    count(*) filter (where recovered_by <> 'job')::int as clerk, coalesce(sum(amount_minor) filter (where recovered_by <> 'job'), 0)::bigint as "clerkMinor"
  from paid group by 1`;

const OUTSTANDING = `select ${DATE_OF('p.created_at')} as date, count(*)::int as count, sum(p.amount_minor)::bigint as "amountMinor"
  from payments.payment_attempt p
  where p.operator_id = $1 and p.state in ('created', 'unknown', 'open', 'user_paying', 'closing', 'reversing') and p.next_check_at is not null and p.code_lapses_at <= $5 and ${WITHIN('p.created_at')} group by 1`;

const REFUSED = `select ${DATE_OF('n.received_at')} as date, count(*) filter (where n.verdict = 'forged')::int as forged, count(*) filter (where n.verdict = 'stale')::int as stale,
    count(*) filter (where n.verdict = 'unreadable')::int as unreadable, count(*) filter (where n.verdict = 'wrong_environment')::int as "wrongEnvironment"
  from payments.notification n where n.operator_id = $1 and n.verdict <> 'verified' and ${WITHIN('n.received_at')} group by 1`;

const MISMATCHED = `select ${DATE_OF('n.received_at')} as date, count(*)::int as count from payments.notification n join payments.notification_work w using (operator_id, notification_id)
  where n.operator_id = $1 and w.outcome = 'mismatch' and ${WITHIN('n.received_at')} group by 1`;

const sum = (count = 0, amountMinor = 0n): Sum => ({ count, amountMinor });
const byDate = <T extends { readonly date: string }>(rows: readonly T[]): Map<string, T> => new Map(rows.map((row) => [row.date, row]));

const shiftDate = (date: string, days: number): string => {
  const shifted = new Date(`${date}T00:00:00Z`);
  shifted.setUTCDate(shifted.getUTCDate() + days);
  return shifted.toISOString().slice(0, 10);
};
function datesBetween(from: string, to: string): string[] {
  const dates: string[] = [];
  for (let date = from; date <= to; date = shiftDate(date, 1)) dates.push(date);
  return dates;
}
