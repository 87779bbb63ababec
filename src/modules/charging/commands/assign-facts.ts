import type { SessionId } from '../../../kernel/index.ts';
import { newUuid } from '../../../platform/clock/index.ts';
import type { ChargePointFact, FactOf } from '../domain/fact.ts';
import { believedAt } from '../domain/session-facts.ts';
import type { Session } from '../domain/session.ts';
import { factKey, sessionsOfFrames, type StoredFact } from '../store/facts.ts';
import { insertSessions, lockSessions, refKey, type NewSession, type SessionRef } from '../store/sessions.ts';
import { lockStartLane } from '../store/starts.ts';
import { recordStart } from './record-start.ts';
import { placeKey, resolvePlaces } from './resolve-place.ts';
import type { Working } from './working.ts';

export type AssignedFacts = {
  readonly rows: readonly StoredFact[];
  /** Locked. */
  readonly sessions: ReadonlyMap<SessionId, Session>;
  /** Starts that were recorded by this very call, and are stored already. */
  readonly freshStarts: ReadonlySet<string>;
};
type InSession = FactOf<'session_started'> | FactOf<'register_read'> | FactOf<'session_ended'>;

/** Finds the session of each fact, and opens those that facts prove although nobody has heard of them. */
export async function assignFacts(working: Working, facts: readonly ChargePointFact[]): Promise<AssignedFacts> {
  const { tx } = working;
  const starts = await recordStarts(working, facts.filter((fact) => fact.kind === 'session_started'));
  const others = facts.filter((fact): fact is InSession => fact.kind === 'register_read' || fact.kind === 'session_ended');
  const refOf = new Map(others.flatMap((fact) => (fact.transactionRef === null ? [] : [[fact, refOfFact(fact)] as const])));
  const startIds = [...new Set(starts.sessionOf.values())];
  const sessions = new Map((await lockSessions(tx, distinctRefs([...refOf.values()]), startIds)).map((session) => [session.sessionId, session]));
  const byRef = new Map([...sessions.values()].map((session) => [refKey(session), session]));
  const orphans = others.filter((fact) => opensSession(fact) && !byRef.has(refKey(refOf.get(fact) ?? orphanRef(fact))));
  for (const session of await openUnstarted(working, orphans, refOf, orphanRef)) {
    sessions.set(session.sessionId, session);
    byRef.set(refKey(session), session);
  }
  const sessionOf = (fact: ChargePointFact): SessionId | null => {
    if (fact.kind === 'session_started') return starts.sessionOf.get(factKey(fact)) ?? null;
    if (fact.kind !== 'register_read' && fact.kind !== 'session_ended') return null;
    const named = refOf.get(fact);
    return (named && byRef.get(refKey(named)))?.sessionId ?? (fact.kind === 'session_ended' ? byRef.get(refKey(orphanRef(fact)))?.sessionId ?? null : null);
  };
  return { rows: facts.map((fact) => ({ fact, sessionId: sessionOf(fact) })), sessions, freshStarts: starts.fresh };
}

/**
 * OCPP 2.0.1 names its sessions, so whatever names one opens it. In 1.6 only a stop does: it says that energy was drawn, under a number
 * that was never given (−1, 0, another station's). Guessing which open session it meant would close the wrong one.
 */
const opensSession = (fact: InSession): boolean => fact.kind === 'session_ended' || (fact.transactionRef?.startsWith('v201:') ?? false);
const refOfFact = (fact: InSession): SessionRef => ({ chargePointId: fact.chargePointId, transactionRef: fact.transactionRef! });

/** One orphan session for one stop, however often it is sent: named by what the stop says. */
const orphanRef = (fact: InSession): SessionRef => ({
  chargePointId: fact.chargePointId,
  transactionRef: fact.transactionRef?.startsWith('v201:') ? fact.transactionRef : `orphan:${fact.transactionRef ?? ''}:${fact.eventAt ?? fact.messageId}:${fact.registerWh ?? ''}`,
});

const distinctRefs = (refs: readonly SessionRef[]): SessionRef[] => {
  const distinct = new Map(refs.map((ref) => [refKey(ref), ref]));
  return [...distinct.values()];
};

async function recordStarts(working: Working, starts: readonly FactOf<'session_started'>[]): Promise<{ sessionOf: ReadonlyMap<string, SessionId>; fresh: ReadonlySet<string> }> {
  // A single one is looked up behind its lane anyhow.
  const sessionOf = starts.length > 1 ? await sessionsOfFrames(working.tx, starts) : new Map<string, SessionId>();
  const fresh = new Set<string>();
  for (const start of starts) {
    const key = factKey(start);
    if (sessionOf.has(key)) continue;
    const { sessionId, known } = await recordStart(working, start);
    sessionOf.set(key, sessionId);
    if (!known) fresh.add(key);
  }
  return { sessionOf, fresh };
}

async function openUnstarted(working: Working, facts: readonly InSession[], refOf: ReadonlyMap<InSession, SessionRef>, orphan: (fact: InSession) => SessionRef): Promise<Session[]> {
  if (facts.length === 0) return [];
  const { tx } = working;
  for (const chargePointId of [...new Set(facts.map((fact) => fact.chargePointId))].sort()) await lockStartLane(tx, chargePointId);
  const places = await resolvePlaces(working, facts);
  // What a 1.6 stop refers to is no session of ours, so it goes by its content; a 2.0.1 session goes by its name.
  const refFor = (fact: InSession): SessionRef => (fact.transactionRef?.startsWith('v201:') ? refOf.get(fact) ?? orphan(fact) : orphan(fact));
  const groups = Map.groupBy(facts.filter((fact) => places.has(placeKey(fact))), (fact) => refKey(refFor(fact)));
  const opened = [...groups.values()].map((group): NewSession => {
    const first = group.reduce((a, b) => (believedAt(b) < believedAt(a) ? b : a));
    const placed = group.find((fact) => places.get(placeKey(fact))!.connectorId !== null) ?? first;
    return {
      sessionId: newUuid() as SessionId, ...places.get(placeKey(placed))!, ...refFor(first), startRepeated: false, startSequence: null, startKey: null,
      startMessageId: null, memberId: null, tokenMask: null, tokenStatus: 'none', credentialId: null, decision: 'accepted', startMode: 'unknown',
      startActor: null, startDevice: null, startIp: null, hold: null, startedAt: believedAt(first), firstRecordedAt: first.recordedAt, startRegisterWh: null,
    };
  });
  await insertSessions(tx, opened);
  return lockSessions(tx, opened);
}
