import { sqlTimestamp, type Tx } from '../../../platform/database/index.ts';
import type { BillId, Instant } from '../../../kernel/index.ts';
import { columnOf, COUNTS, MEASURES } from '../domain/measures.ts';
import type { Movement } from '../domain/movement.ts';
import type { Day } from '../domain/period.ts';
import { onlyOperator } from '../only-operator.ts';

type Column<T> = readonly [column: string, type: string, value: (row: T) => unknown];
const OWN: readonly Column<Movement>[] = [
  ['bill_id', 'uuid', (m) => m.billId], ['session_id', 'uuid', (m) => m.sessionId], ['version', 'int', (m) => m.version], ['state', 'text', (m) => m.state], ['started_at', 'timestamptz', (m) => sqlTimestamp(m.startedAt)],
  ['ended_at', 'timestamptz', (m) => sqlTimestamp(m.endedAt)], ['service_on', 'date', (m) => m.serviceOn], ['station_id', 'uuid', (m) => m.stationId], ['sub_operator_id', 'uuid', (m) => m.subOperatorId],
  ['department_id', 'uuid', (m) => m.departmentId], ['fleet_id', 'uuid', (m) => m.fleetId], ['vehicle_id', 'uuid', (m) => m.vehicleId], ['member_id', 'uuid', (m) => m.memberId], ['start_mode', 'text', (m) => m.startMode],
  ['currency', 'text', (m) => m.currency],
];
const FIGURES: readonly Column<Movement>[] = MEASURES.map((measure) => [columnOf(measure), (COUNTS as readonly string[]).includes(measure) ? 'int' : 'bigint', (m) => m[measure]] as const);
/** What differs between a row and its opposite. */
const CAUSE: readonly Column<Movement>[] = [
  ['caused_by', 'uuid', (m) => m.billId], ['reason', 'text', (m) => m.reason], ['correction_id', 'uuid', (m) => m.correctionId], ['booked_at', 'timestamptz', (m) => sqlTimestamp(m.bookedAt)],
  ['counts_on', 'date', (m) => m.countsOn], ['adjusts_on', 'date', (m) => m.adjustsOn], ['recorded_at', 'timestamptz', (m) => sqlTimestamp(m.recordedAt)],
];
const ISSUED = [...OWN, ...FIGURES, ...CAUSE];
const names = (columns: readonly Column<Movement>[]): string => columns.map(([column]) => column).join(', ');
export const MOVEMENT_COLUMNS = names(ISSUED);

const INSERT_ISSUED = {
  name: 'reporting_insert_issued',
  text: `insert into reporting.bill_movement (operator_id, sign, ${names(ISSUED)})
    select $1::uuid, 1, * from unnest(${ISSUED.map(([, type], i) => `$${i + 2}::${type}[]`).join(', ')}) on conflict do nothing`,
};

/** What versions add. One that is there already stays as it is. @returns how many were new. */
export async function insertIssued(tx: Tx, movements: readonly Movement[]): Promise<number> {
  return movements.length === 0 ? 0 : tx.execute(INSERT_ISSUED, [onlyOperator(tx), ...ISSUED.map(([, , value]) => movements.map(value))]);
}

/** A version that took another one's place; the day on which what is taken back counts is the version's that it took the place of, or an open one. */
export type Replaced = { readonly billId: BillId; readonly causedBy: BillId; readonly reason: string; readonly correctionId: string | null; readonly bookedAt: Instant; readonly countsOn: Day; readonly recordedAt: Instant };

const INSERT_REPLACED = {
  name: 'reporting_insert_replaced',
  text: `insert into reporting.bill_movement (operator_id, sign, ${names(OWN)}, ${names(FIGURES)}, ${names(CAUSE)})
    select m.operator_id, -1, ${OWN.map(([column]) => `m.${column}`).join(', ')}, ${FIGURES.map(([column]) => `-m.${column}`).join(', ')},
      k.caused_by, k.reason, k.correction_id, k.booked_at, k.counts_on, nullif(m.service_on, k.counts_on), k.recorded_at
    from unnest($2::uuid[], $3::uuid[], $4::text[], $5::uuid[], $6::timestamptz[], $7::date[], $8::timestamptz[]) as k (bill_id, caused_by, reason, correction_id, booked_at, counts_on, recorded_at)
    join reporting.bill_movement m on m.operator_id = $1 and m.bill_id = k.bill_id and m.sign = 1 on conflict do nothing`,
};

/** What replaced versions take back: the opposite of the row itself, so that whatever was known when it was written is undone. @returns how many were new. */
export async function insertReplaced(tx: Tx, replaced: readonly Replaced[]): Promise<number> {
  return replaced.length === 0 ? 0 : tx.execute(INSERT_REPLACED, [
    onlyOperator(tx), replaced.map((r) => r.billId), replaced.map((r) => r.causedBy), replaced.map((r) => r.reason), replaced.map((r) => r.correctionId), replaced.map((r) => sqlTimestamp(r.bookedAt)),
    replaced.map((r) => r.countsOn), replaced.map((r) => sqlTimestamp(r.recordedAt))]);
}

/** Until the end of the transaction nothing is published (shared), or nothing is counted (alone). */
export async function lockPeriods(tx: Tx, how: 'shared' | 'alone'): Promise<void> {
  await tx.execute(`select pg_advisory_xact_lock${how === 'shared' ? '_shared' : ''}(hashtextextended('reporting.frozen_day/' || $1, 0))`, [onlyOperator(tx)]);
}

/** Which of these days, or of those after the earliest of them, are published. */
export async function frozenDays(tx: Tx, days: readonly Day[]): Promise<Set<Day>> {
  if (days.length === 0) return new Set();
  const rows = await tx.query<{ day: Day }>('select day::text as day from reporting.frozen_day where operator_id = $1 and day between $2::date and $3::date', [onlyOperator(tx), days.reduce((a, b) => (a < b ? a : b)), days.reduce((a, b) => (a > b ? a : b))]);
  return new Set(rows.map(({ day }) => day));
}

/** The newest version that is counted; ids grow with time. */
export async function newestCounted(tx: Tx): Promise<BillId | null> {
  const [row] = await tx.query<{ billId: BillId }>('select bill_id as "billId" from reporting.bill_movement m where m.operator_id = $1 order by m.bill_id desc limit 1', [onlyOperator(tx)]);
  return row?.billId ?? null;
}

/** Of these bills, those that have no movement yet. */
export async function uncounted(tx: Tx, billIds: readonly BillId[]): Promise<BillId[]> {
  const rows = await tx.query<{ billId: BillId }>(
    `select k.bill_id as "billId" from unnest($2::uuid[]) as k (bill_id) where not exists (select 1 from reporting.bill_movement m where m.operator_id = $1 and m.bill_id = k.bill_id and m.sign = 1)`, [onlyOperator(tx), billIds]);
  return rows.map(({ billId }) => billId);
}
