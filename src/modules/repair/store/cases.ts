import { assert, toIso, type Instant, type OperatorId, type RepairCaseId } from '../../../kernel/index.ts';
import type { Tx } from '../../../platform/database/index.ts';
import type { CaseEvent, RepairCase } from '../domain/case.ts';

export const onlyOperator = (tx: Tx): OperatorId => {
  assert(tx.operatorIds.length === 1, 'repair works for one operator at a time');
  return tx.operatorIds[0]!;
};

const FIELDS = {
  caseId: 'case_id', subjectKind: 'subject_kind', subjectId: 'subject_id', state: 'state', codes: 'codes', causes: 'causes', primaryCause: 'primary_cause', stationId: 'station_id', chargePointId: 'charge_point_id',
  maker: 'maker', model: 'model', firmware: 'firmware', currency: 'currency', atStakeMinor: 'at_stake_minor', atStakeWh: 'at_stake_wh', proposedSource: 'proposed_source', proposedWh: 'proposed_wh',
  proposedMinor: 'proposed_minor', chargedMinor: 'charged_minor', confidence: 'confidence', automatic: 'automatic', evidenceDigest: 'evidence_digest', beganAt: 'began_at', occurredAt: 'occurred_at', openedAt: 'opened_at', dueAt: 'due_at', closedAt: 'closed_at',
  ownerId: 'owner_id', approvalId: 'approval_id', referenceId: 'reference_id', eventCount: 'event_count', changedAt: 'changed_at',
} as const satisfies Record<keyof RepairCase, string>;
const INSTANTS: ReadonlySet<string> = new Set(['beganAt', 'occurredAt', 'openedAt', 'dueAt', 'closedAt', 'changedAt']);
const COLUMN_NAMES = Object.values(FIELDS);
export const CASE_COLUMNS = Object.entries(FIELDS).map(([field, column]) => `c.${column} as "${field}"`).join(', ');

/** Locks cases in id order, by id or by subject. */
export function lockCases(tx: Tx, by: { readonly caseIds: readonly RepairCaseId[] } | { readonly subjectKind: string; readonly subjectIds: readonly string[] }): Promise<RepairCase[]> {
  return 'caseIds' in by
    ? tx.query<RepairCase>({ name: 'repair_lock_cases', text: `select ${CASE_COLUMNS} from repair.repair_case c where c.operator_id = $1 and c.case_id = any($2::uuid[]) order by c.case_id for update` }, [onlyOperator(tx), by.caseIds])
    : tx.query<RepairCase>({ name: 'repair_lock_cases_of', text: `select ${CASE_COLUMNS} from repair.repair_case c where c.operator_id = $1 and c.subject_kind = $2 and c.subject_id = any($3::uuid[]) order by c.case_id for update` },
      [onlyOperator(tx), by.subjectKind, by.subjectIds]);
}

/** Writes cases as they are now, and what happened to them, in one statement each for any number. New ones are inserted, the others must be locked. */
export async function writeCases(tx: Tx, cases: readonly RepairCase[], events: readonly CaseEvent[]): Promise<void> {
  if (cases.length === 0) return;
  const rows = cases.map((each) => Object.fromEntries(Object.entries(FIELDS).map(([field, column]) => [column, cell(field, each[field as keyof RepairCase])])));
  await tx.execute(
    `insert into repair.repair_case (operator_id, ${COLUMN_NAMES.join(', ')}) select $1::uuid, ${COLUMN_NAMES.map((column) => `r.${column}`).join(', ')}
     from jsonb_populate_recordset(null::repair.repair_case, $2::jsonb) r
     on conflict (operator_id, case_id) do update set ${COLUMN_NAMES.filter((column) => column !== 'case_id').map((column) => `${column} = excluded.${column}`).join(', ')}`,
    [onlyOperator(tx), JSON.stringify(rows)]);
  const happened = events.map((each) => ({
    case_id: each.caseId, event_number: each.eventNumber, kind: each.kind, from_state: each.fromState, to_state: each.toState, actor: each.actor, reason: each.reason, data: each.data, recorded_at: toIso(each.recordedAt),
  }));
  await tx.execute(
    `insert into repair.case_event (operator_id, case_id, event_number, kind, from_state, to_state, actor, reason, data, recorded_at)
     select $1::uuid, r.case_id, r.event_number, r.kind, r.from_state, r.to_state, r.actor, r.reason, coalesce(r.data, '{}'), r.recorded_at from jsonb_populate_recordset(null::repair.case_event, $2::jsonb) r`,
    [onlyOperator(tx), JSON.stringify(happened, (_name, value: unknown) => (typeof value === 'bigint' ? String(value) : value))]);
}

const cell = (field: string, value: unknown): unknown =>
  value === null ? null : INSTANTS.has(field) ? toIso(value as Instant) : typeof value === 'bigint' ? String(value) : value;

export async function caseEvents(tx: Tx, caseId: RepairCaseId): Promise<CaseEvent[]> {
  return tx.query<CaseEvent>(
    `select case_id as "caseId", event_number as "eventNumber", kind, from_state as "fromState", to_state as "toState", actor, reason, data, recorded_at as "recordedAt"
     from repair.case_event where operator_id = $1 and case_id = $2 order by event_number`, [onlyOperator(tx), caseId]);
}
