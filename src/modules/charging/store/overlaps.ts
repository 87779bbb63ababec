import type { ConnectorId, Instant, SessionId } from '../../../kernel/index.ts';
import { sqlTimestamp, type Tx } from '../../../platform/database/index.ts';
import type { AnomalyRules } from '../domain/anomaly-rules.ts';
import type { Overlap } from '../domain/bill.ts';
import { TIME_IN_DOUBT } from '../domain/flag.ts';
import { onlyOperator } from './sessions.ts';

export type SessionSpan = { readonly sessionId: SessionId; readonly connectorId: ConnectorId | null; readonly startedAt: Instant; readonly endedAt: Instant; readonly energyWh: bigint; readonly timeInDoubt: boolean };

/** Sessions longer than this are held for their length, whatever the rules; it bounds how far back an overlap is looked for. */
const OVERLAP_LOOK_BACK_DAYS = 3;

/**
 * Sessions of the same connector at the same time for longer than the operator tolerates, with energy, that were recorded earlier. Only the later one of two is in doubt, so
 * that a bill does not change because of what is recorded after it. A session whose time is in doubt overlaps nothing that could be known.
 */
export async function findOverlaps(tx: Tx, spans: readonly SessionSpan[], { overlapToleranceMs }: Pick<AnomalyRules, 'overlapToleranceMs'>): Promise<Map<SessionId, Overlap[]>> {
  const looked = spans.filter((span) => span.connectorId !== null && span.energyWh > 0n && !span.timeInDoubt);
  const found = overlapsAmong(looked, overlapToleranceMs);
  if (looked.length === 0) return found;
  const rows = await tx.query<{ of: SessionId; sessionId: SessionId; from: Instant; to: Instant }>({
    name: 'charging_find_overlaps',
    text: `select k.session_id as "of", o.session_id as "sessionId", greatest(o.started_at, k.started_at) as "from", least(o.ended_at, k.ended_at) as "to"
      from unnest((select $2::uuid[]), (select $3::uuid[]), (select $4::timestamptz[]), (select $5::timestamptz[])) as k (session_id, connector_id, started_at, ended_at)
      cross join lateral (
        -- The order binds it to the index by connector, whatever the statistics say: by another one it would read every session of the operator.
        select x.session_id, x.started_at, x.ended_at from charging.session x
        where x.operator_id = $1 and x.connector_id = k.connector_id and x.session_id < k.session_id and x.session_id <> all((select $6::uuid[])::uuid[]) and x.state = 'ended' and x.energy_wh > 0
          and not x.flag_causes && $7::text[]
          and x.started_at between k.started_at - interval '${OVERLAP_LOOK_BACK_DAYS} days' and k.ended_at - make_interval(secs => $8)
          and x.ended_at > k.started_at + make_interval(secs => $8)
        order by x.operator_id, x.connector_id, x.started_at offset 0) o
      order by k.session_id, o.session_id`,
  }, [onlyOperator(tx), looked.map((s) => s.sessionId), looked.map((s) => s.connectorId), looked.map((s) => sqlTimestamp(s.startedAt)), looked.map((s) => sqlTimestamp(s.endedAt)), spans.map((s) => s.sessionId), TIME_IN_DOUBT, overlapToleranceMs / 1_000]);
  for (const { of, sessionId, from, to } of rows) found.set(of, [...(found.get(of) ?? []), { sessionId, overlapMs: to - from }]);
  return found;
}

/** The same among sessions that are settled together, whose rows do not say yet what was derived of them. */
function overlapsAmong(spans: readonly SessionSpan[], toleranceMs: number): Map<SessionId, Overlap[]> {
  const found = new Map<SessionId, Overlap[]>();
  for (const together of Map.groupBy(spans, (span) => span.connectorId).values()) {
    for (const later of together) {
      const overlapping = together.flatMap((earlier): Overlap[] => {
        const overlapMs = Math.min(earlier.endedAt, later.endedAt) - Math.max(earlier.startedAt, later.startedAt);
        return earlier.sessionId < later.sessionId && overlapMs > toleranceMs ? [{ sessionId: earlier.sessionId, overlapMs }] : [];
      });
      if (overlapping.length > 0) found.set(later.sessionId, overlapping);
    }
  }
  return found;
}
