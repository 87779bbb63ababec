import type { SessionId } from '../../../kernel/index.ts';
import { isTimeBelieved } from '../domain/session-facts.ts';
import type { Session } from '../domain/session.ts';
import { insertClosures, type NewClosure } from '../store/bills.ts';
import type { StoredFact } from '../store/facts.ts';
import type { ConnectorReading } from '../store/meters.ts';
import { lockSessions, markStartsApplied, openSessionsAt, type Place } from '../store/sessions.ts';
import type { Working } from './working.ts';

export type AppliedStarts = {
  readonly anchors: readonly (ConnectorReading & { readonly maxPowerW: bigint })[];
  /** Whose start was applied now. */
  readonly applied: readonly Session[];
  /** Locked; closed by this. */
  readonly superseded: readonly Session[];
};

/** Whose start is known and has not been applied. */
export const startsDue = (sessions: readonly Session[]): Session[] => sessions.filter((session) => session.startSequence !== null && !session.startApplied);

/**
 * What a start does beside opening its session: its register anchors the connector's meter, and any other open session of the connector
 * is closed by this evidence, because a connector serves one car at a time (the newest start is the one that is true).
 */
export async function applyStarts(working: Working, sessions: readonly Session[], bySession: ReadonlyMap<SessionId, readonly StoredFact[]>, rows: readonly StoredFact[]): Promise<AppliedStarts> {
  const { tx, clock } = working;
  const due = startsDue(sessions);
  if (due.length === 0) return { anchors: [], applied: [], superseded: [] };
  // Those that said something were marked with their live state.
  await markStartsApplied(tx, due.flatMap(({ sessionId }) => (bySession.has(sessionId) ? [] : [sessionId])));
  const timeless = new Set(rows.flatMap(({ fact, sessionId }) => (fact.kind === 'session_started' && !isTimeBelieved(fact) ? [sessionId] : [])));
  const anchors = due.flatMap(({ sessionId, connectorId, maxPowerW, startRegisterWh, startedAt }) =>
    startRegisterWh === null || connectorId === null || timeless.has(sessionId) ? [] : [{ connectorId, maxPowerW, at: startedAt, registerWh: startRegisterWh, anchor: true }]);
  // Each place once: asked for twice, its open session would come back twice and be closed by itself.
  const places = [...new Map(due.flatMap(({ chargePointId, evseNumber }): [string, Place][] =>
    (evseNumber === null ? [] : [[`${chargePointId}/${evseNumber}`, { chargePointId, evseNumber }]]))).values()];
  const endingNow = new Set([...bySession].filter(([, rows]) => rows.some(({ fact }) => fact.kind === 'session_ended')).map(([sessionId]) => sessionId));
  const closures: NewClosure[] = [];
  const upTo = due.reduce((latest, { startSequence }) => (startSequence! > latest ? startSequence! : latest), 0n);
  for (const open of Map.groupBy(await openSessionsAt(tx, places, upTo), (session) => `${session.chargePointId}/${session.evseNumber}`).values()) {
    for (const [i, session] of open.slice(0, -1).entries()) {
      if (endingNow.has(session.sessionId)) continue;
      // By the start that came next, not by the newest of the batch: what a session was closed by must not depend on how frames were batched.
      const next = open[i + 1]!;
      closures.push({ sessionId: session.sessionId, kind: 'superseded', at: next.startedAt, bySessionId: next.sessionId, recordedAt: clock.now() });
    }
  }
  if (closures.length === 0) return { anchors, applied: due, superseded: [] };
  await insertClosures(tx, closures);
  const superseded = await lockSessions(tx, [], closures.map((closure) => closure.sessionId));
  return { anchors, applied: due, superseded: superseded.filter((session) => session.state === 'active') };
}
