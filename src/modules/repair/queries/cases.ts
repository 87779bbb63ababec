import type { CurrencyCode, Instant, RepairCaseId, UserId } from '../../../kernel/index.ts';
import { sqlTimestamp, type Tx } from '../../../platform/database/index.ts';
import type { CaseState, RepairCase } from '../domain/case.ts';
import { CASE_COLUMNS, onlyOperator } from '../store/cases.ts';

export type CaseFilter = {
  readonly state?: CaseState | undefined;
  /** Those that ask for something: neither applied, dismissed nor settled by facts. */
  readonly toDo?: boolean | undefined;
  readonly cause?: string | undefined; readonly maker?: string | undefined; readonly model?: string | undefined; readonly firmware?: string | undefined; readonly stationId?: string | undefined;
  readonly chargePointId?: string | undefined; readonly ownerId?: UserId | undefined; readonly subjectId?: string | undefined; readonly overdue?: boolean | undefined;
  readonly seen?: PlacesSeen | undefined;
};
/** What somebody sees: everything of the operator, or what began at these stations in these times; null is since ever, or without an end so far. */
export type PlacesSeen = 'operator' | readonly { readonly stationId: string; readonly validFrom: Instant | null; readonly validTo: Instant | null }[];
type Page = { readonly after: { readonly at: Instant; readonly caseId: string } | null; readonly limit: number };

/** Numbered parameters from $2 on; $1 is the operator. */
function where(filter: CaseFilter, now: Instant): { sql: string; values: unknown[] } {
  const [parts, values]: [string[], unknown[]] = [['c.operator_id = $1'], []];
  const add = (sql: (n: string) => string, value: unknown): void => { values.push(value); parts.push(sql(`$${values.length + 1}`)); };
  if (filter.state !== undefined) add((n) => `c.state = ${n}`, filter.state);
  if (filter.toDo === true) parts.push('c.closed_at is null');
  if (filter.cause !== undefined) add((n) => `(c.primary_cause = ${n} or ${n} = any(c.causes))`, filter.cause);
  for (const [column, value] of [['maker', filter.maker], ['model', filter.model], ['firmware', filter.firmware]] as const) if (value !== undefined) add((n) => `c.${column} = ${n}`, value);
  for (const [column, value] of [['station_id', filter.stationId], ['charge_point_id', filter.chargePointId], ['owner_id', filter.ownerId], ['subject_id', filter.subjectId]] as const) {
    if (value !== undefined) add((n) => `c.${column} = ${n}::uuid`, value);
  }
  const seen = caseSeen(filter.seen ?? 'operator', values.length + 2);
  parts.push(...seen.parts);
  values.push(...seen.values);
  if (filter.overdue === true) add((n) => `c.closed_at is null and c.due_at < ${n}::timestamptz`, sqlTimestamp(now));
  return { sql: parts.join(' and '), values };
}

/** As charging sees sessions: who runs the station when one begins sees it to its end, and nobody who comes later. @param first number of the first parameter */
function caseSeen(seen: PlacesSeen, first: number): { readonly parts: readonly string[]; readonly values: readonly unknown[] } {
  if (seen === 'operator') return { parts: [], values: [] };
  return {
    parts: [`exists (select 1 from unnest($${first}::uuid[], $${first + 1}::timestamptz[], $${first + 2}::timestamptz[]) as bound (station_id, valid_from, valid_to)
      where bound.station_id = c.station_id and bound.valid_from <= coalesce(c.began_at, c.occurred_at) and coalesce(c.began_at, c.occurred_at) < bound.valid_to)`],
    values: [
      seen.map(({ stationId }) => stationId), seen.map(({ validFrom }) => (validFrom === null ? '-infinity' : sqlTimestamp(validFrom))), seen.map(({ validTo }) => (validTo === null ? 'infinity' : sqlTimestamp(validTo))),
    ],
  };
}

/** Cases, the soonest due first. */
export async function listCases(tx: Tx, filter: CaseFilter, page: Page, now: Instant): Promise<RepairCase[]> {
  const { sql, values } = where(filter, now);
  const n = values.length + 2;
  return tx.query<RepairCase>(
    `select ${CASE_COLUMNS} from repair.repair_case c where ${sql} and ($${n}::timestamptz is null or (c.due_at, c.case_id) > ($${n}, $${n + 1}::uuid)) order by c.due_at, c.case_id limit $${n + 2}`,
    [onlyOperator(tx), ...values, page.after === null ? null : sqlTimestamp(page.after.at), page.after?.caseId ?? null, page.limit]);
}

export async function loadCase(tx: Tx, caseId: RepairCaseId, seen: PlacesSeen = 'operator'): Promise<RepairCase | null> {
  const { parts, values } = caseSeen(seen, 3);
  const [row] = await tx.query<RepairCase>(`select ${CASE_COLUMNS} from repair.repair_case c where ${['c.operator_id = $1', 'c.case_id = $2', ...parts].join(' and ')}`, [onlyOperator(tx), caseId, ...values]);
  return row ?? null;
}

/** Cases by id; those that there are not are missing. */
export async function casesById(tx: Tx, caseIds: readonly RepairCaseId[]): Promise<Map<RepairCaseId, RepairCase>> {
  const rows = await tx.query<RepairCase>(`select ${CASE_COLUMNS} from repair.repair_case c where c.operator_id = $1 and c.case_id = any($2::uuid[])`, [onlyOperator(tx), caseIds]);
  return new Map(rows.map((row) => [row.caseId, row]));
}

/** Cases of subjects, so that their owners can name them. */
export async function casesOf(tx: Tx, subjectKind: string, subjectIds: readonly string[]): Promise<Map<string, RepairCase>> {
  const rows = await tx.query<RepairCase>(`select ${CASE_COLUMNS} from repair.repair_case c where c.operator_id = $1 and c.subject_kind = $2 and c.subject_id = any($3::uuid[])`, [onlyOperator(tx), subjectKind, subjectIds]);
  return new Map(rows.map((row) => [row.subjectId, row]));
}

export type CaseCounts = {
  readonly toDo: number; readonly overdue: number; readonly atStakeMinor: bigint; readonly currency: CurrencyCode | null; readonly oldestOpenedAt: Instant | null;
  /** Open cases by how long they have been open. */
  readonly ages: { readonly underDay: number; readonly underWeek: number; readonly underMonth: number; readonly older: number };
  readonly states: readonly { readonly state: CaseState; readonly cases: number }[];
  readonly groups: readonly CaseGroup[];
};
export const GROUP_BY = { cause: 'c.primary_cause', maker: 'c.maker', model: 'c.model', firmware: 'c.firmware', station: 'c.station_id::text', owner: 'c.owner_id::text' } as const;
export type GroupBy = keyof typeof GROUP_BY;
export type CaseGroup = { readonly key: string | null; readonly cases: number; readonly proposed: number; readonly overdue: number; readonly atStakeMinor: bigint; readonly atStakeWh: bigint; /** Of those that a bulk run would take. */ readonly proposedMinor: bigint; readonly proposedWh: bigint };
export const GROUPS_MAX = 200;
const PROPOSED = { minor: sumProposed('proposed_minor'), wh: sumProposed('proposed_wh') };
function sumProposed(column: string): string { return `coalesce(sum(c.${column}) filter (where c.state = 'proposed' and c.proposed_minor is not null), 0)::bigint`; }

/** What there is to do, how old it is, and what it has in common. */
export async function countCases(tx: Tx, groupBy: GroupBy, now: Instant, places: PlacesSeen = 'operator'): Promise<CaseCounts> {
  const [operator, at] = [onlyOperator(tx), sqlTimestamp(now)];
  const seen = (first: number) => { const { parts, values } = caseSeen(places, first); return { and: parts.map((part) => ` and ${part}`).join(''), values }; };
  const [{ and, values }, ofStates] = [seen(3), seen(2)];
  const [sums] = await tx.query<{ to_do: number; overdue: number; minor: bigint; currency: CurrencyCode | null; oldest: Instant | null; day: number; week: number; month: number }>(
    `select count(*)::int as to_do, count(*) filter (where due_at < $2)::int as overdue, coalesce(sum(at_stake_minor), 0)::bigint as minor, min(currency) as currency, min(opened_at) as oldest,
       count(*) filter (where opened_at > $2::timestamptz - interval '1 day')::int as day, count(*) filter (where opened_at > $2::timestamptz - interval '7 days')::int as week,
       count(*) filter (where opened_at > $2::timestamptz - interval '30 days')::int as month
     from repair.repair_case c where operator_id = $1 and closed_at is null${and}`, [operator, at, ...values]);
  const states = await tx.query<{ state: CaseState; cases: number }>(
    `select state, count(*)::int as cases from repair.repair_case c where operator_id = $1${ofStates.and} group by state order by state`, [operator, ...ofStates.values]);
  const groups = await tx.query<CaseGroup>(
    `select ${GROUP_BY[groupBy]} as key, count(*)::int as cases, count(*) filter (where c.state = 'proposed')::int as proposed, count(*) filter (where c.due_at < $2)::int as overdue,
       sum(c.at_stake_minor)::bigint as "atStakeMinor", sum(c.at_stake_wh)::bigint as "atStakeWh", ${PROPOSED.minor} as "proposedMinor", ${PROPOSED.wh} as "proposedWh"
     from repair.repair_case c where c.operator_id = $1 and c.closed_at is null${and} group by 1 order by cases desc, 1 limit ${GROUPS_MAX}`, [operator, at, ...values]);
  const { to_do: toDo, overdue, minor, currency, oldest, day, week, month } = sums!;
  return { toDo, overdue, atStakeMinor: minor, currency, oldestOpenedAt: oldest, ages: { underDay: day, underWeek: week - day, underMonth: month - week, older: toDo - month }, states, groups };
}
