import type { Instant } from '../../../kernel/index.ts';
import { sqlTimestamp, type Tx } from '../../../platform/database/index.ts';

export const DAY_WORK_STATES = ['waiting', 'working', 'done', 'failed'] as const;
export type DayWork = {
  readonly merchantAccountId: string; readonly businessDate: string; readonly state: (typeof DAY_WORK_STATES)[number]; readonly requestedBy: string; readonly requestedAt: Instant;
  readonly nextTryAt: Instant | null; readonly tries: number; readonly lines: bigint; readonly movedAt: Instant; readonly lastError: string | null;
};
const COLUMNS = `w.merchant_account_id as "merchantAccountId", w.business_date::text as "businessDate", w.state, w.requested_by as "requestedBy", w.requested_at as "requestedAt", w.next_try_at as "nextTryAt",
  w.tries, w.lines, w.moved_at as "movedAt", w.last_error as "lastError"`;

type DayKey = { readonly merchantAccountId: string; readonly businessDate: string };

/** Asks for a day; one that is asked for already keeps its turn, one that is over gets a new one unless `onlyNew`. */
export async function requestDay(tx: Tx, day: DayKey & { readonly by: string; readonly at: Instant }, { onlyNew = false } = {}): Promise<void> {
  await tx.execute(
    `insert into reconciliation.day_work as w (operator_id, merchant_account_id, business_date, state, requested_by, requested_at, next_try_at, moved_at) values ($1, $2, $3::date, 'waiting', $4, $5, $5, $5)
     on conflict (operator_id, merchant_account_id, business_date) do update set state = 'waiting', requested_by = $4, requested_at = $5, next_try_at = $5, tries = 0, moved_at = $5, last_error = null
       where w.state in ('done', 'failed') and not $6`, [tx.operatorIds[0], day.merchantAccountId, day.businessDate, day.by, sqlTimestamp(day.at), onlyNew]);
}

/**
 * Asks for a day at once, because there is something new of it: one that waits for a later try gets its turn now, and one that is being worked gets another turn behind this one.
 */
export async function requestDayNow(tx: Tx, day: DayKey & { readonly by: string; readonly at: Instant }): Promise<void> {
  await requestDay(tx, day);
  await tx.execute(
    `update reconciliation.day_work set requested_by = $4, requested_at = $5, next_try_at = case state when 'waiting' then $5 else next_try_at end
     where operator_id = $1 and merchant_account_id = $2 and business_date = $3::date and state in ('waiting', 'working')`, [tx.operatorIds[0], day.merchantAccountId, day.businessDate, day.by, sqlTimestamp(day.at)]);
}

/** Takes one due day; nobody else gets it until `until`. */
export async function claimDay(tx: Tx, { at, until }: { readonly at: Instant; readonly until: Instant }): Promise<DayWork | null> {
  const [row] = await tx.query<DayWork>(
    `update reconciliation.day_work w set state = 'working', next_try_at = $3, tries = w.tries + 1, moved_at = $2 where w.operator_id = $1 and (w.merchant_account_id, w.business_date) in (
       select d.merchant_account_id, d.business_date from reconciliation.day_work d where d.operator_id = $1 and d.next_try_at <= $2 order by d.next_try_at limit 1 for update skip locked) returning ${COLUMNS}`,
    [tx.operatorIds[0], sqlTimestamp(at), sqlTimestamp(until)]);
  return row ?? null;
}

/** Ends one turn of a day. Whoever asked for it meanwhile has it done again. */
export async function moveDay(tx: Tx, day: DayKey & Pick<DayWork, 'requestedAt'>, to: { readonly state: DayWork['state']; readonly nextTryAt: Instant | null; readonly lines: bigint; readonly lastError: string | null; readonly at: Instant }): Promise<void> {
  await tx.execute(
    `update reconciliation.day_work set state = case when requested_at > $9 then 'waiting' else $4 end, next_try_at = case when requested_at > $9 then $8 else $5::timestamptz end, lines = $6, last_error = $7, moved_at = $8
     where operator_id = $1 and merchant_account_id = $2 and business_date = $3::date`,
    [tx.operatorIds[0], day.merchantAccountId, day.businessDate, to.state, to.nextTryAt === null ? null : sqlTimestamp(to.nextTryAt), to.lines, to.lastError?.slice(0, 500) ?? null, sqlTimestamp(to.at), sqlTimestamp(day.requestedAt)]);
}

export type ListedDay = DayKey & {
  readonly work: DayWork | null; readonly run: RunRow | null; readonly openBreaks: number;
};
export type RunRow = {
  readonly runId: string; readonly finishedAt: Instant; readonly matched: bigint; readonly ourPayments: bigint; readonly ourPaymentsMinor: bigint; readonly ourRefunds: bigint; readonly ourRefundsMinor: bigint;
  readonly theirPayments: bigint; readonly theirPaymentsMinor: bigint; readonly theirRefunds: bigint; readonly theirRefundsMinor: bigint; readonly theirFeesMinor: bigint;
  readonly differences: Readonly<Record<string, { readonly count: number; readonly differenceMinor: string }>>; readonly foreignLines: bigint; readonly foreignMinor: bigint;
};

/** Days newest first, or the `only` one, each with its newest run, what is being worked and its open breaks. */
export async function listDays(tx: Tx, { merchantAccountId, before, only, countMax }: { readonly merchantAccountId: string | null; readonly before: DayKey | null; readonly only?: string; readonly countMax: number }): Promise<ListedDay[]> {
  const rows = await tx.query<DayKey & { openBreaks: bigint }>(
    `with days as (
       select merchant_account_id, business_date from reconciliation.day_work where operator_id = $1
       union select merchant_account_id, business_date from reconciliation.run where operator_id = $1)
     select d.merchant_account_id as "merchantAccountId", d.business_date::text as "businessDate",
       (select count(*) from reconciliation.break b where b.operator_id = $1 and b.merchant_account_id = d.merchant_account_id and b.business_date = d.business_date and b.state = 'open') as "openBreaks"
     from days d where ($2::uuid is null or d.merchant_account_id = $2) and ($3::date is null or (d.business_date, d.merchant_account_id) < ($3::date, $4::uuid)) and ($6::date is null or d.business_date = $6)
     order by d.business_date desc, d.merchant_account_id desc limit $5`, [tx.operatorIds[0], merchantAccountId, before?.businessDate ?? null, before?.merchantAccountId ?? null, countMax, only ?? null]);
  const keys = [rows.map((row) => row.merchantAccountId), rows.map((row) => row.businessDate)];
  const work = await tx.query<DayWork>(
    `select ${COLUMNS} from unnest($2::uuid[], $3::date[]) k (account, day) join reconciliation.day_work w on w.operator_id = $1 and w.merchant_account_id = k.account and w.business_date = k.day`, [tx.operatorIds[0], ...keys]);
  const runs = await tx.query<RunRow & DayKey>(
    `select k.account as "merchantAccountId", k.day::text as "businessDate", r.run_id as "runId", r.finished_at as "finishedAt", r.matched, r.our_payments as "ourPayments", r.our_payments_minor as "ourPaymentsMinor",
       r.our_refunds as "ourRefunds", r.our_refunds_minor as "ourRefundsMinor", r.their_payments as "theirPayments", r.their_payments_minor as "theirPaymentsMinor", r.their_refunds as "theirRefunds",
       r.their_refunds_minor as "theirRefundsMinor", r.their_fees_minor as "theirFeesMinor", r.differences, r.foreign_lines as "foreignLines", r.foreign_minor as "foreignMinor"
     from unnest($2::uuid[], $3::date[]) k (account, day)
     cross join lateral (select * from reconciliation.run x where x.operator_id = $1 and x.merchant_account_id = k.account and x.business_date = k.day order by x.finished_at desc limit 1) r`, [tx.operatorIds[0], ...keys]);
  const at = ({ merchantAccountId: account, businessDate }: DayKey): string => `${account}/${businessDate}`;
  const workOf = new Map(work.map((row) => [at(row), row])), runOf = new Map(runs.map((row) => [at(row), row]));
  return rows.map((row) => ({ merchantAccountId: row.merchantAccountId, businessDate: row.businessDate, work: workOf.get(at(row)) ?? null, run: runOf.get(at(row)) ?? null, openBreaks: Number(row.openBreaks) }));
}
