import { instant, type ConnectorId, type Instant, type SessionId } from '../../../kernel/index.ts';
import { sqlTimestamp, type Tx } from '../../../platform/database/index.ts';
import type { Overlap } from '../domain/bill.ts';
import { onlyOperator } from './sessions.ts';

export type SessionSpan = { readonly sessionId: SessionId; readonly connectorId: ConnectorId | null; readonly startedAt: Instant; readonly endedAt: Instant; readonly energyWh: bigint };

/** Two sessions may touch by a minute: stations that keep time in minutes end one and start the next in the same one. */
const OVERLAP_TOLERANCE_S = 60;
/** Sessions longer than this are held for their length; it bounds how far back an overlap is looked for. */
const OVERLAP_LOOK_BACK_DAYS = 3;

/** Writes what was derived of when and how much, before overlaps are looked for among these very sessions too. */
export async function writeSpans(tx: Tx, spans: readonly SessionSpan[]): Promise<void> {
  await tx.execute({
    name: 'charging_write_spans',
    text: `update charging.session s set started_at = k.started_at, ended_at = k.ended_at, energy_wh = k.energy_wh
      from unnest($2::uuid[], $3::timestamptz[], $4::timestamptz[], $5::bigint[]) as k (session_id, started_at, ended_at, energy_wh)
      where s.operator_id = $1 and s.session_id = k.session_id
        and (s.started_at, s.ended_at, s.energy_wh) is distinct from (k.started_at, k.ended_at, k.energy_wh)`,
  }, [onlyOperator(tx), spans.map((s) => s.sessionId), spans.map((s) => sqlTimestamp(s.startedAt)), spans.map((s) => sqlTimestamp(s.endedAt)), spans.map((s) => s.energyWh)]);
}

/**
 * Sessions of the same connector at the same time, with energy, that were recorded earlier. Only the later one of two is in doubt, so
 * that a bill does not change because of what is recorded after it.
 */
export async function findOverlaps(tx: Tx, spans: readonly SessionSpan[]): Promise<Map<SessionId, Overlap[]>> {
  const looked = spans.filter((span) => span.connectorId !== null && span.energyWh > 0n);
  if (looked.length === 0) return new Map();
  const rows = await tx.query<{ of: SessionId; sessionId: SessionId; from: Instant; to: Instant }>({
    name: 'charging_find_overlaps',
    text: `select k.session_id as "of", o.session_id as "sessionId", greatest(o.started_at, k.started_at) as "from", least(o.ended_at, k.ended_at) as "to"
      from unnest($2::uuid[], $3::uuid[], $4::timestamptz[], $5::timestamptz[]) as k (session_id, connector_id, started_at, ended_at)
      join charging.session o on o.operator_id = $1 and o.connector_id = k.connector_id and o.session_id < k.session_id and o.energy_wh > 0
        and o.started_at between k.started_at - make_interval(days => ${OVERLAP_LOOK_BACK_DAYS}) and k.ended_at - make_interval(secs => ${OVERLAP_TOLERANCE_S})
        and o.ended_at > k.started_at + make_interval(secs => ${OVERLAP_TOLERANCE_S})
      order by k.session_id, o.session_id`,
  }, [onlyOperator(tx), looked.map((s) => s.sessionId), looked.map((s) => s.connectorId), looked.map((s) => sqlTimestamp(s.startedAt)), looked.map((s) => sqlTimestamp(s.endedAt))]);
  const found = new Map<SessionId, Overlap[]>();
  for (const [of, overlapping] of Map.groupBy(rows, (row) => row.of)) {
    found.set(of, overlapping.map(({ sessionId, from, to }) => ({ sessionId, overlapMs: instant(to) - instant(from) })));
  }
  return found;
}
