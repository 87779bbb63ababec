import type { SessionId } from '../../../kernel/index.ts';
import { believedAt, isTimeBelieved } from '../domain/session-facts.ts';
import type { Session } from '../domain/session.ts';
import { loadFacts, type StoredFact } from '../store/facts.ts';
import type { ConnectorReading } from '../store/meters.ts';
import { lockSessions, updatePlaces } from '../store/sessions.ts';
import { identifySession } from './record-start.ts';
import { placeKey, resolvePlaces } from './resolve-place.ts';
import type { Working } from './working.ts';

export type Learnt = {
  readonly sessions: ReadonlyMap<SessionId, Session>;
  /** Readings that came before it was known whose they are. */
  readonly readings: readonly (ConnectorReading & { readonly maxPowerW: bigint })[];
};

/** OCPP 2.0.1 may tell later which EVSE a session is at and who pays (Part 2, E03): the session learns it, and its readings reach their meter. */
export async function learnFromFacts(working: Working, sessions: ReadonlyMap<SessionId, Session>, bySession: ReadonlyMap<SessionId, readonly StoredFact[]>): Promise<Learnt> {
  const unplaced = await placeSessions(working, sessions, bySession);
  const identified = await identifySessions(working, sessions, bySession);
  const changed = [...new Set([...unplaced, ...identified])];
  if (changed.length === 0) return { sessions, readings: [] };
  const again = await lockSessions(working.tx, [], changed);
  const known = new Map([...sessions, ...again.map((session) => [session.sessionId, session] as const)]);
  return { sessions: known, readings: await readingsBefore(working, unplaced, known) };
}

async function placeSessions(working: Working, sessions: ReadonlyMap<SessionId, Session>, bySession: ReadonlyMap<SessionId, readonly StoredFact[]>): Promise<SessionId[]> {
  const found = [...bySession].flatMap(([sessionId, rows]) => {
    const fact = sessions.get(sessionId)?.connectorId === null ? rows.find((row) => row.fact.evseNumber !== null && row.fact.evseNumber >= 1)?.fact : undefined;
    return fact ? [{ sessionId, fact }] : [];
  });
  if (found.length === 0) return [];
  const places = await resolvePlaces(working, found.map(({ fact }) => fact));
  const placed = found.flatMap(({ sessionId, fact }) => {
    const place = places.get(placeKey(fact));
    return place && place.connectorId !== null && place.evseNumber !== null ? [{ sessionId, evseNumber: place.evseNumber, connectorId: place.connectorId, maxPowerW: place.maxPowerW }] : [];
  });
  await updatePlaces(working.tx, placed);
  return placed.map(({ sessionId }) => sessionId);
}

async function identifySessions(working: Working, sessions: ReadonlyMap<SessionId, Session>, bySession: ReadonlyMap<SessionId, readonly StoredFact[]>): Promise<SessionId[]> {
  const changed: SessionId[] = [];
  for (const [sessionId, rows] of bySession) {
    const session = sessions.get(sessionId);
    if (!session || session.tokenStatus !== 'none') continue;
    const tokens = rows.flatMap(({ fact }) => ('idToken' in fact && fact.idToken ? [{ idToken: fact.idToken, at: believedAt(fact) }] : []));
    const first = tokens.sort((a, b) => a.at - b.at)[0];
    if (!first) continue;
    await identifySession(working, session, first.idToken);
    changed.push(sessionId);
  }
  return changed;
}

async function readingsBefore({ tx }: Working, sessionIds: readonly SessionId[], sessions: ReadonlyMap<SessionId, Session>): Promise<Learnt['readings']> {
  if (sessionIds.length === 0) return [];
  const facts = await loadFacts(tx, sessionIds);
  return [...facts].flatMap(([sessionId, said]) => {
    const { connectorId, maxPowerW, startApplied, startRegisterWh, startedAt } = sessions.get(sessionId)!;
    const timed = said.some((fact) => fact.kind === 'session_started' && isTimeBelieved(fact));
    const anchor = startApplied && timed && connectorId !== null && startRegisterWh !== null ? [{ connectorId, maxPowerW, at: startedAt, registerWh: startRegisterWh, anchor: true }] : [];
    return anchor.concat(said.flatMap((fact) => ((fact.kind === 'register_read' || fact.kind === 'session_ended') && connectorId !== null && fact.registerWh !== null && fact.registerWh >= 0n && isTimeBelieved(fact)
      ? [{ connectorId, maxPowerW, at: believedAt(fact), registerWh: fact.registerWh, anchor: false }] : [])));
  });
}
