/** SQL of counting. The columns of `point_day` are the amounts in snake case. */
import type { ChargePointId, Instant, SessionId } from '../../../kernel/index.ts';
import { sqlTimestamp, type Tx } from '../../../platform/database/index.ts';
import { AMOUNTS, type Amount, type Counts, type SessionFault } from '../domain/kind.ts';
import { NEW_POINT, type PointState } from '../domain/listen.ts';
import { makeIdOf, type Make } from '../domain/make.ts';
import { onlyOperator } from '../only-operator.ts';

export const columnOf = (amount: Amount): string => amount.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
const COLUMNS = AMOUNTS.map(columnOf);
/** `sum(…)` of every amount, under its name. */
export const SUMS = AMOUNTS.map((amount) => `coalesce(sum(d.${columnOf(amount)}), 0)::bigint as "${amount}"`).join(', ');

/** Takes the operator's place for as long as the transaction runs. Null when somebody else counts. */
export async function claimCount(tx: Tx): Promise<bigint | null> {
  const operatorId = onlyOperator(tx);
  await tx.execute('insert into conformance.cursor (operator_id) values ($1) on conflict do nothing', [operatorId]);
  const [row] = await tx.query<{ counted: bigint }>('select counted_sequence as counted from conformance.cursor where operator_id = $1 for update skip locked', [operatorId]);
  return row?.counted ?? null;
}
export async function moveCount(tx: Tx, sequence: bigint): Promise<void> {
  await tx.execute('update conformance.cursor set counted_sequence = $2, moved_at = now() where operator_id = $1', [onlyOperator(tx), String(sequence)]);
}

export async function loadStates(tx: Tx, chargePointIds: readonly ChargePointId[]): Promise<Map<ChargePointId, PointState>> {
  const rows = await tx.query<{ id: ChargePointId; state: PointState }>('select charge_point_id as id, state from conformance.point_state where operator_id = $1 and charge_point_id = any ($2::uuid[])', [onlyOperator(tx), chargePointIds]);
  const known = new Map(rows.map(({ id, state }) => [id, state]));
  return new Map(chargePointIds.map((id) => [id, known.get(id) ?? NEW_POINT]));
}
export async function saveStates(tx: Tx, states: ReadonlyMap<ChargePointId, PointState>): Promise<void> {
  await tx.execute(
    `insert into conformance.point_state (operator_id, charge_point_id, state) select $1, id, state from unnest($2::uuid[], $3::jsonb[]) as s (id, state)
     on conflict (operator_id, charge_point_id) do update set state = excluded.state`, [onlyOperator(tx), [...states.keys()], [...states.values()].map((state) => JSON.stringify(state))]);
}

export async function insertMakes(tx: Tx, makes: readonly (readonly [Make, Instant])[]): Promise<void> {
  if (makes.length === 0) return;
  await tx.execute(
    `insert into conformance.make (operator_id, make_id, maker, model, firmware, first_seen_at) select $1, m.* from unnest($2::uuid[], $3::text[], $4::text[], $5::text[], $6::timestamptz[]) as m on conflict do nothing`,
    [onlyOperator(tx), makes.map(([make]) => makeIdOf(make)), makes.map(([{ maker }]) => maker), makes.map(([{ model }]) => model), makes.map(([{ firmware }]) => firmware), makes.map(([, at]) => sqlTimestamp(at))]);
}

export type MakeSince = { readonly chargePointId: ChargePointId; readonly fromSequence: bigint; readonly makeId: string };
export async function insertMakeSince(tx: Tx, since: readonly MakeSince[]): Promise<void> {
  if (since.length === 0) return;
  await tx.execute('insert into conformance.make_since (operator_id, charge_point_id, from_sequence, make_id) select $1, s.* from unnest($2::uuid[], $3::bigint[], $4::uuid[]) as s',
    [onlyOperator(tx), since.map(({ chargePointId }) => chargePointId), since.map(({ fromSequence }) => String(fromSequence)), since.map(({ makeId }) => makeId)]);
}
/** Of which make each charge point was when it sent a frame; in the order asked. Null before its first frame was counted. */
export async function makesAt(tx: Tx, asked: readonly { readonly chargePointId: ChargePointId; readonly sequence: bigint }[]): Promise<(string | null)[]> {
  if (asked.length === 0) return [];
  const rows = await tx.query<{ makeId: string | null }>(
    `select m.make_id as "makeId" from unnest($2::uuid[], $3::bigint[]) with ordinality as a (point, sequence, n)
     left join lateral (select x.make_id from conformance.make_since x where x.operator_id = $1 and x.charge_point_id = a.point and x.from_sequence <= a.sequence order by x.from_sequence desc limit 1) m on true order by a.n`,
    [onlyOperator(tx), asked.map(({ chargePointId }) => chargePointId), asked.map(({ sequence }) => String(sequence))]);
  return rows.map(({ makeId }) => makeId);
}

export type PointDay = { readonly makeId: string; readonly countedOn: string; readonly chargePointId: ChargePointId };
/** Adds to the rows; amounts may be negative, sums may not (the table refuses). @returns the rows after it. */
export async function addToDays(tx: Tx, days: readonly (PointDay & { readonly counts: Counts })[]): Promise<(PointDay & Counts)[]> {
  if (days.length === 0) return [];
  // In one order, so that nobody waits in a circle. Rows are made first: an insert with a negative amount would be refused before it met its row.
  const sorted = days.toSorted((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1));
  const keys = [onlyOperator(tx), sorted.map(({ makeId }) => makeId), sorted.map(({ countedOn }) => countedOn), sorted.map(({ chargePointId }) => chargePointId)];
  await tx.execute(`insert into conformance.point_day (operator_id, make_id, counted_on, charge_point_id) select $1, k.* from unnest($2::uuid[], $3::date[], $4::uuid[]) as k on conflict do nothing`, keys);
  return tx.query<PointDay & Counts>(
    `update conformance.point_day d set ${COLUMNS.map((column) => `${column} = d.${column} + a.${column}`).join(', ')}
     from unnest($2::uuid[], $3::date[], $4::uuid[], ${AMOUNTS.map((_, i) => `$${i + 5}::bigint[]`).join(', ')}) as a (make_id, counted_on, charge_point_id, ${COLUMNS.join(', ')})
     where d.operator_id = $1 and d.make_id = a.make_id and d.counted_on = a.counted_on and d.charge_point_id = a.charge_point_id
     returning d.make_id as "makeId", d.counted_on::text as "countedOn", d.charge_point_id as "chargePointId", ${AMOUNTS.map((amount) => `d.${columnOf(amount)} as "${amount}"`).join(', ')}`,
    [...keys, ...AMOUNTS.map((amount) => sorted.map(({ counts }) => String(counts[amount])))]);
}
export const keyOf = ({ makeId, countedOn, chargePointId }: PointDay): string => `${makeId}/${countedOn}/${chargePointId}`;

export type Finding = PointDay & { readonly kind: string; readonly sequence: bigint; readonly detail: string };
export async function insertFindings(tx: Tx, findings: readonly Finding[]): Promise<void> {
  if (findings.length === 0) return;
  await tx.execute(
    `insert into conformance.finding (operator_id, make_id, kind, frame_sequence, charge_point_id, counted_on, detail)
     select $1, f.* from unnest($2::uuid[], $3::text[], $4::bigint[], $5::uuid[], $6::date[], $7::text[]) as f on conflict do nothing`,
    [onlyOperator(tx), findings.map(({ makeId }) => makeId), findings.map(({ kind }) => kind), findings.map(({ sequence }) => String(sequence)), findings.map(({ chargePointId }) => chargePointId), findings.map(({ countedOn }) => countedOn),
      findings.map(({ detail }) => detail)]);
}

/** Says that these sessions have changed, in the order of their ids. */
export async function noteSessions(tx: Tx, sessionIds: readonly SessionId[]): Promise<void> {
  await tx.execute(
    `insert into conformance.session_count (operator_id, session_id, due) select $1, id, true from unnest($2::uuid[]) as s (id) order by id
     on conflict (operator_id, session_id) do update set due = true`, [onlyOperator(tx), [...new Set(sessionIds)]]);
}
export type SessionCount = { readonly sessionId: SessionId; readonly makeId: string; readonly chargePointId: ChargePointId; readonly countedOn: string; readonly kinds: readonly SessionFault[]; readonly causes: readonly string[]; readonly energyWh: bigint; readonly unexplainedWh: bigint };
type DueRow = { readonly [K in keyof SessionCount]: K extends 'makeId' | 'chargePointId' | 'countedOn' ? SessionCount[K] | null : SessionCount[K] };

export const dueSessions = (tx: Tx, after: SessionId | null, countMax: number): Promise<DueRow[]> => tx.query<DueRow>(
  `select session_id as "sessionId", make_id as "makeId", charge_point_id as "chargePointId", counted_on::text as "countedOn", kinds, causes, energy_wh as "energyWh", unexplained_wh as "unexplainedWh"
   from conformance.session_count where operator_id = $1 and due and ($3::uuid is null or session_id > $3) order by session_id limit $2 for update`, [onlyOperator(tx), countMax, after]);

export async function saveSessions(tx: Tx, sessions: readonly SessionCount[]): Promise<void> {
  if (sessions.length === 0) return;
  await tx.execute(
    `update conformance.session_count s set due = false, make_id = n.make_id, charge_point_id = n.charge_point_id, counted_on = n.counted_on, energy_wh = n.energy_wh, unexplained_wh = n.unexplained_wh,
       kinds = array(select jsonb_array_elements_text(n.kinds)), causes = array(select jsonb_array_elements_text(n.causes))
     from unnest($2::uuid[], $3::uuid[], $4::uuid[], $5::date[], $6::bigint[], $7::bigint[], $8::jsonb[], $9::jsonb[]) as n (session_id, make_id, charge_point_id, counted_on, energy_wh, unexplained_wh, kinds, causes)
     where s.operator_id = $1 and s.session_id = n.session_id`,
    [onlyOperator(tx), sessions.map(({ sessionId }) => sessionId), sessions.map(({ makeId }) => makeId), sessions.map(({ chargePointId }) => chargePointId), sessions.map(({ countedOn }) => countedOn), sessions.map(({ energyWh }) => String(energyWh)),
      sessions.map(({ unexplainedWh }) => String(unexplainedWh)), sessions.map(({ kinds }) => JSON.stringify(kinds)), sessions.map(({ causes }) => JSON.stringify(causes))]);
}
