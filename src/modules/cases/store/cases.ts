import { assert, type Instant, type OperatorId } from '../../../kernel/index.ts';
import { sqlTimestamp, type Tx } from '../../../platform/database/index.ts';
import type { CaseEventKind, CaseState, SubjectKind, SupportCase } from '../domain/support-case.ts';

export const onlyOperator = (tx: Tx): OperatorId => {
  assert(tx.operatorIds.length === 1, 'cases belong to one operator');
  return tx.operatorIds[0]!;
};
const COLUMNS = `case_id as "caseId", number, title, state, station_id as "stationId", charge_point_id as "chargePointId", connector, period_from as "periodFrom", period_to as "periodTo", network_state as "networkState",
  cause, first_finding as "firstFinding", owner, observing_until as "observingUntil", known_answer as "knownAnswer", resolution, times_reopened as "timesReopened", opened_by as "openedBy", opened_at as "openedAt", changed_at as "changedAt"`;

/** The operator's next number; the row is locked until the transaction ends, so that no number is skipped or given twice. */
export async function nextNumber(tx: Tx): Promise<number> {
  const [row] = await tx.query<{ number: number }>(
    `insert into cases.counter (operator_id, last_number) values ($1, 1) on conflict (operator_id) do update set last_number = cases.counter.last_number + 1 returning last_number as number`, [onlyOperator(tx)]);
  return row!.number;
}

/** @returns false when the case is there already: the same act came twice. */
export async function insertCase(tx: Tx, of: SupportCase): Promise<void> {
  await tx.execute(
    `insert into cases.support_case (operator_id, case_id, number, title, state, station_id, charge_point_id, connector, period_from, period_to, network_state, cause, first_finding, owner, opened_by, opened_at, changed_at)
     values ($1, $2, $3, $4, 'open', $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $15)`,
    [onlyOperator(tx), of.caseId, of.number, of.title, of.stationId, of.chargePointId, of.connector, of.periodFrom === null ? null : sqlTimestamp(of.periodFrom), of.periodTo === null ? null : sqlTimestamp(of.periodTo), of.networkState,
      of.cause, of.firstFinding, of.owner, of.openedBy, sqlTimestamp(of.openedAt)]);
}

export async function loadCases(tx: Tx, caseIds: readonly string[], lock: 'lock' | 'look' = 'look'): Promise<SupportCase[]> {
  return tx.query<SupportCase>(`select ${COLUMNS} from cases.support_case where operator_id = $1 and case_id = any ($2::uuid[]) order by case_id${lock === 'lock' ? ' for update' : ''}`, [onlyOperator(tx), caseIds]);
}
export const casesByNumber = (tx: Tx, numbers: readonly number[]): Promise<SupportCase[]> =>
  tx.query<SupportCase>(`select ${COLUMNS} from cases.support_case where operator_id = $1 and number = any ($2::int[]) order by number`, [onlyOperator(tx), numbers]);

export type CaseFilter = { readonly state: CaseState | null; readonly owner: string | null; readonly known: boolean | null; readonly text: string | null; readonly before: { readonly changedAt: Instant; readonly caseId: string } | null; readonly countMax: number };
export const listCases = (tx: Tx, { state, owner, known, text, before, countMax }: CaseFilter): Promise<SupportCase[]> => tx.query<SupportCase>(
  `select ${COLUMNS} from cases.support_case where operator_id = $1 and ($2::text is null or state = $2) and ($3::text is null or owner = $3) and ($4::boolean is null or (known_answer is not null) = $4)
     and ($5::text is null or title ilike '%' || $5 || '%' or first_finding ilike '%' || $5 || '%' or resolution ilike '%' || $5 || '%' or known_answer ilike '%' || $5 || '%' or number::text = $5)
     and ($6::timestamptz is null or (changed_at, case_id) < ($6, $7::uuid)) order by changed_at desc, case_id desc limit $8`,
  [onlyOperator(tx), state, owner, known, text === null ? null : text.replace(/[%_\\]/g, '\\$&'), before === null ? null : sqlTimestamp(before.changedAt), before?.caseId ?? null, countMax]);

/** How many cases there are of each state, and of those how many hold a known answer. */
export async function countCases(tx: Tx): Promise<Record<CaseState, number> & { readonly known: number }> {
  const rows = await tx.query<{ state: CaseState; cases: bigint; known: bigint }>('select state, count(*) as cases, count(known_answer) as known from cases.support_case where operator_id = $1 group by state', [onlyOperator(tx)]);
  const of = (state: CaseState): number => Number(rows.find((row) => row.state === state)?.cases ?? 0n);
  return { open: of('open'), observing: of('observing'), resolved: of('resolved'), known: rows.reduce((sum, { known }) => sum + Number(known), 0) };
}

export type CaseChange = Partial<Pick<SupportCase, 'state' | 'observingUntil' | 'resolution' | 'timesReopened' | 'owner' | 'knownAnswer'>>;
/** The case must be locked. */
export async function updateCase(tx: Tx, now: SupportCase, change: CaseChange, at: Instant): Promise<void> {
  const next = { ...now, ...change };
  await tx.execute(
    'update cases.support_case set state = $3, observing_until = $4, resolution = $5, times_reopened = $6, owner = $7, known_answer = $8, changed_at = $9 where operator_id = $1 and case_id = $2',
    [onlyOperator(tx), now.caseId, next.state, next.observingUntil === null ? null : sqlTimestamp(next.observingUntil), next.resolution, next.timesReopened, next.owner, next.knownAnswer, sqlTimestamp(at)]);
}

export type CaseEvent = { readonly sequence: number; readonly kind: CaseEventKind; readonly body: string | null; readonly data: Readonly<Record<string, unknown>>; readonly actor: string; readonly recordedAt: Instant };
export async function appendEvent(tx: Tx, caseId: string, event: Omit<CaseEvent, 'sequence'>): Promise<void> {
  await tx.execute(
    `insert into cases.case_event (operator_id, case_id, sequence, kind, body, data, actor, recorded_at)
     select $1, $2, coalesce(max(sequence), 0) + 1, $3, $4, $5, $6, $7 from cases.case_event where operator_id = $1 and case_id = $2`,
    [onlyOperator(tx), caseId, event.kind, event.body, JSON.stringify(event.data), event.actor, sqlTimestamp(event.recordedAt)]);
}
export const EVENTS_MAX = 1_000;
export const caseEvents = (tx: Tx, caseId: string): Promise<CaseEvent[]> => tx.query<CaseEvent>(
  `select sequence, kind, body, data, actor, recorded_at as "recordedAt" from cases.case_event where operator_id = $1 and case_id = $2 order by sequence desc limit ${EVENTS_MAX}`, [onlyOperator(tx), caseId]);

export type CaseLink = { readonly caseId: string; readonly kind: SubjectKind; readonly subjectId: string; readonly label: string; readonly origin: 'person' | 'pasted' | 'recurrence'; readonly linkedBy: string; readonly linkedAt: Instant };
/** @returns those that were not linked yet. */
export async function insertLinks(tx: Tx, links: readonly CaseLink[]): Promise<{ kind: SubjectKind; subjectId: string }[]> {
  if (links.length === 0) return [];
  return tx.query(
    `insert into cases.case_link (operator_id, case_id, subject_kind, subject_id, label, origin, linked_by, linked_at)
     select $1, * from unnest($2::uuid[], $3::text[], $4::uuid[], $5::text[], $6::text[], $7::text[], $8::timestamptz[]) on conflict do nothing returning subject_kind as kind, subject_id as "subjectId"`,
    [onlyOperator(tx), links.map((l) => l.caseId), links.map((l) => l.kind), links.map((l) => l.subjectId), links.map((l) => l.label.slice(0, 200)), links.map((l) => l.origin), links.map((l) => l.linkedBy), links.map((l) => sqlTimestamp(l.linkedAt))]);
}
export const LINKS_MAX = 2_000;
export const linksOf = (tx: Tx, caseIds: readonly string[]): Promise<CaseLink[]> => tx.query<CaseLink>(
  `select case_id as "caseId", subject_kind as kind, subject_id as "subjectId", label, origin, linked_by as "linkedBy", linked_at as "linkedAt" from cases.case_link where operator_id = $1 and case_id = any ($2::uuid[])
   order by linked_at, subject_kind, label limit ${LINKS_MAX}`, [onlyOperator(tx), caseIds]);

/** Cases that might be like this one: by cause, place, records, and the newest known ones. */
export const SIMILAR_CANDIDATES_MAX = 300;
export const similarCandidates = (tx: Tx, of: SupportCase): Promise<SupportCase[]> => tx.query<SupportCase>(
  `select ${COLUMNS} from cases.support_case c where c.operator_id = $1 and c.case_id <> $2
     and (c.cause = $3 or c.charge_point_id = $4 or c.station_id = $5 or c.known_answer is not null or c.changed_at > $6::timestamptz - interval '180 days'
       or exists (select 1 from cases.case_link a join cases.case_link b on b.operator_id = a.operator_id and b.subject_kind = a.subject_kind and b.subject_id = a.subject_id
                  where a.operator_id = $1 and a.case_id = $2 and b.case_id = c.case_id))
   order by c.changed_at desc, c.case_id desc limit ${SIMILAR_CANDIDATES_MAX}`, [onlyOperator(tx), of.caseId, of.cause, of.chargePointId, of.stationId, sqlTimestamp(of.changedAt)]);

/** Watched cases of these causes whose charge point, or whose linked charge points, are among these. */
export const observedAt = (tx: Tx, chargePointId: string, causes: readonly string[]): Promise<SupportCase[]> => tx.query<SupportCase>(
  `select ${COLUMNS} from cases.support_case c where c.operator_id = $1 and c.state = 'observing' and c.cause = any ($3::text[])
     and (c.charge_point_id = $2 or exists (select 1 from cases.case_link l where l.operator_id = $1 and l.case_id = c.case_id and l.subject_kind = 'charge_point' and l.subject_id = $2))
   order by c.case_id for update`, [onlyOperator(tx), chargePointId, causes]);

/** Watched cases whose time is over. */
export const quietSince = (tx: Tx, at: Instant, countMax: number): Promise<SupportCase[]> => tx.query<SupportCase>(
  `select ${COLUMNS} from cases.support_case where operator_id = $1 and state = 'observing' and observing_until <= $2 order by case_id limit $3 for update skip locked`, [onlyOperator(tx), sqlTimestamp(at), countMax]);
