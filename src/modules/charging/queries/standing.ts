import { assert, type BillId, type ChargePointId, type CorrectionId, type CurrencyCode, type Instant, type SessionId, type StationId } from '../../../kernel/index.ts';
import type { Tx } from '../../../platform/database/index.ts';
import { isHeld, type Flag } from '../domain/flag.ts';
import { onlyOperator } from '../store/sessions.ts';

export const STANDINGS_MAX = 1_000;
/** How the current bill of a session stands: whether it asks for a decision, and which decision it follows. */
export type BillStanding = {
  readonly sessionId: SessionId; readonly billId: BillId; readonly chargePointId: ChargePointId; readonly stationId: StationId; readonly startedAt: Instant; readonly endedAt: Instant; readonly state: 'settled' | 'held';
  /** Some of its flags ask for somebody to look, charged or not, and nobody has. */
  readonly inDoubt: boolean;
  readonly correctionId: CorrectionId | null;
  /** The last thing that was decided about it was to undo a correction. */
  readonly putBack: boolean;
  readonly flags: readonly Flag[];
  readonly currency: CurrencyCode;
  /** Charged, or proposed where it is held. */
  readonly totalMinor: bigint; readonly energyWh: bigint;
  /** Charged as things stand: nothing where it is held. */
  readonly chargedMinor: bigint; readonly chargedWh: bigint;
};

/** The current bills of these sessions; open sessions and unknown ones are missing in the answer. */
export async function billStandings(tx: Tx, sessionIds: readonly SessionId[]): Promise<BillStanding[]> {
  assert(sessionIds.length <= STANDINGS_MAX, `at most ${STANDINGS_MAX} sessions at once`);
  const rows = await tx.query<Omit<BillStanding, 'inDoubt'>>({
    name: 'charging_bill_standings',
    text: `select s.session_id as "sessionId", b.bill_id as "billId", s.charge_point_id as "chargePointId", s.station_id as "stationId", s.started_at as "startedAt", b.ended_at as "endedAt", b.state, b.correction_id as "correctionId",
        coalesce((select c.kind = 'revert' from charging.correction c where c.operator_id = $1 and c.session_id = s.session_id order by c.number desc limit 1), false) as "putBack",
        b.flags, b.currency, coalesce(b.proposed_total_minor, b.total_minor) as "totalMinor", coalesce(b.proposed_energy_wh, b.energy_wh) as "energyWh",
        b.total_minor as "chargedMinor", b.energy_wh as "chargedWh"
      from unnest((select $2::uuid[])) as k (session_id)
      cross join lateral (select x.* from charging.session x where x.operator_id = $1 and x.session_id = k.session_id offset 0) s
      cross join lateral (select x.* from charging.bill x where x.operator_id = $1 and x.bill_id = s.current_bill_id offset 0) b`,
  }, [onlyOperator(tx), sessionIds]);
  return rows.map((row) => ({ ...row, inDoubt: row.correctionId === null && isHeld(row.flags) }));
}

/** Sessions whose bills charge nothing because they are in doubt, by id. */
export async function heldSessions(tx: Tx, { after, countMax }: { readonly after: SessionId | null; readonly countMax: number }): Promise<SessionId[]> {
  const rows = await tx.query<{ sessionId: SessionId }>(
    'select session_id as "sessionId" from charging.session where operator_id = $1 and held and ($2::uuid is null or session_id > $2) order by session_id limit $3', [onlyOperator(tx), after, countMax]);
  return rows.map(({ sessionId }) => sessionId);
}
