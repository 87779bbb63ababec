import type { ChargePointId, CorrectionId, Instant, SessionId } from '../../../kernel/index.ts';
import { sqlTimestamp, type Tx } from '../../../platform/database/index.ts';
import { TIME_IN_DOUBT } from '../domain/flag.ts';
import { onlyOperator } from '../store/sessions.ts';
import type { Claimant, Orphan } from './match-orphan.ts';

type Place = { readonly chargePointId: ChargePointId; readonly from: Instant; readonly to: Instant };
const STOPLESS = ['stop_never_arrived', 'stop_never_arrived_silent', 'bill_never_arrived'];
const placeParameters = (tx: Tx, places: readonly Place[]): unknown[] => [onlyOperator(tx), places.map((p) => p.chargePointId), places.map((p) => sqlTimestamp(p.from)), places.map((p) => sqlTimestamp(p.to))];

/** What charge points send that know no transaction: −1, 0, and what is left of −1 where it was read as a number of 63 bits. */
const NO_TRANSACTION = ['-1', '0', '9223372036854775807'];

/**
 * Ends without a start at these charge points in these times, that proved no energy of their own and are linked to no session. In OCPP 2.0.1 the charge point itself makes a transaction's id and never
 * makes it twice (E01.FR.08): an end under an id of its own is another transaction's. One under a number that stands for none is anybody's.
 */
export function orphansAt(tx: Tx, places: readonly Place[]): Promise<(Orphan & Pick<Place, 'chargePointId'>)[]> {
  return tx.query({
    name: 'charging_orphans_at',
    text: `select distinct o.session_id as "sessionId", o.charge_point_id as "chargePointId", o.connector_id as "connectorId", r.at, r.register_wh as "registerWh", r.token_mask as "token"
      from unnest((select $2::uuid[]), (select $3::timestamptz[]), (select $4::timestamptz[])) as k (charge_point_id, from_at, to_at)
      join charging.session o on o.operator_id = $1 and o.charge_point_id = k.charge_point_id and o.started_at between k.from_at and k.to_at and o.flag_causes @> '{start_never_arrived}' and (o.transaction_ref not like 'v201:%' or o.transaction_ref = any('{${NO_TRANSACTION.map((id) => `v201:${id}`).join()}}'::text[]))
      cross join lateral (select coalesce(f.event_at, f.recorded_at) as at, f.register_wh, f.token_mask from charging.fact f
        where f.operator_id = $1 and f.session_id = o.session_id and f.register_wh >= 0 order by f.kind = 'session_ended' desc, f.frame_sequence desc, f.ordinal desc limit 1) r
      where o.state = 'ended' and o.energy_wh = 0 and not o.flag_causes && $5::text[]
        and not exists (select 1 from charging.orphan_link l join charging.session s on s.operator_id = l.operator_id and s.session_id = l.session_id and s.correction_id = l.correction_id
          where l.operator_id = $1 and l.orphan_session_id = o.session_id)`,
  }, [...placeParameters(tx, places), TIME_IN_DOUBT]);
}

/** Sessions of these charge points without an end, open ones too: whoever else an orphan may belong to. */
export async function claimantsAt(tx: Tx, places: readonly Place[]): Promise<(Claimant & Pick<Place, 'chargePointId'>)[]> {
  const rows = await tx.query<Omit<Claimant, 'last' | 'until'> & Pick<Place, 'chargePointId'> & { at: Instant; registerWh: bigint }>({
    name: 'charging_orphan_claimants',
    text: `select distinct s.session_id as "sessionId", s.charge_point_id as "chargePointId", s.connector_id as "connectorId", s.max_power_w as "maxPowerW", s.token_mask as "token",
        coalesce(s.register_last_at, s.started_at) as "at", coalesce(s.register_last_wh, s.start_register_wh) as "registerWh"
      from unnest((select $2::uuid[]), (select $3::timestamptz[]), (select $4::timestamptz[])) as k (charge_point_id, from_at, to_at)
      join charging.session s on s.operator_id = $1 and s.charge_point_id = k.charge_point_id and s.started_at between k.from_at - interval '3 days' and k.to_at
      where (s.state = 'active' or s.flag_causes && $5::text[]) and not s.flag_causes @> '{start_never_arrived}' and coalesce(s.register_last_wh, s.start_register_wh) is not null`,
  }, [...placeParameters(tx, places), STOPLESS]);
  const until = await servedNext(tx, rows);
  return rows.map(({ at, registerWh, ...row }) => ({ ...row, last: { at, registerWh }, until: until.get(row.sessionId) ?? null }));
}

/** When the connectors of these sessions began to serve another one, at or after the moment given; missing in the answer are those that did not. */
export async function servedNext(tx: Tx, sessions: readonly (Pick<Claimant, 'sessionId' | 'connectorId'> & { readonly at: Instant })[]): Promise<Map<SessionId, Instant>> {
  if (sessions.length === 0) return new Map();
  const rows = await tx.query<{ sessionId: SessionId; at: Instant }>({
    name: 'charging_served_next',
    text: `select k.session_id as "sessionId", n.started_at as "at"
      from unnest((select $2::uuid[]), (select $3::uuid[]), (select $4::timestamptz[])) as k (session_id, connector_id, at)
      cross join lateral (select x.started_at from charging.session x where x.operator_id = $1 and x.connector_id = k.connector_id and x.started_at >= k.at
        and x.session_id <> k.session_id and not x.flag_causes @> '{start_never_arrived}' order by x.started_at limit 1) n`,
  }, [onlyOperator(tx), sessions.map((s) => s.sessionId), sessions.map((s) => s.connectorId), sessions.map((s) => sqlTimestamp(s.at))]);
  return new Map(rows.map(({ sessionId, at }) => [sessionId, at]));
}

export async function insertOrphanLink(tx: Tx, link: { readonly correctionId: CorrectionId; readonly sessionId: SessionId; readonly orphanSessionId: SessionId; readonly evidence: unknown; readonly recordedAt: Instant }): Promise<void> {
  await tx.execute('insert into charging.orphan_link (operator_id, correction_id, session_id, orphan_session_id, evidence, recorded_at) values ($1, $2, $3, $4, $5, $6)',
    [onlyOperator(tx), link.correctionId, link.sessionId, link.orphanSessionId, JSON.stringify(link.evidence), sqlTimestamp(link.recordedAt)]);
}

/** Of these orphans those that are linked now, with the session whose end they are. */
export async function linkedOrphans(tx: Tx, orphanIds: readonly SessionId[]): Promise<Map<SessionId, SessionId>> {
  if (orphanIds.length === 0) return new Map();
  const rows = await tx.query<{ orphanId: SessionId; sessionId: SessionId }>({
    name: 'charging_linked_orphans',
    text: `select l.orphan_session_id as "orphanId", l.session_id as "sessionId" from charging.orphan_link l
      join charging.session s on s.operator_id = l.operator_id and s.session_id = l.session_id and s.correction_id = l.correction_id
      where l.operator_id = $1 and l.orphan_session_id = any((select $2::uuid[])::uuid[])`,
  }, [onlyOperator(tx), orphanIds]);
  return new Map(rows.map(({ orphanId, sessionId }) => [orphanId, sessionId]));
}

/** The orphan that a correction has linked; null where it linked none. */
export async function orphanOfCorrection(tx: Tx, correctionId: CorrectionId): Promise<SessionId | null> {
  const [row] = await tx.query<{ orphanId: SessionId }>('select orphan_session_id as "orphanId" from charging.orphan_link where operator_id = $1 and correction_id = $2', [onlyOperator(tx), correctionId]);
  return row?.orphanId ?? null;
}
