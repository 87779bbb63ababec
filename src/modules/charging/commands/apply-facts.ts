import type { Clock, ConnectorId, SessionId } from '../../../kernel/index.ts';
import type { Tx } from '../../../platform/database/index.ts';
import { announce } from '../../../platform/live-updates/index.ts';
import type { ChargePointFact } from '../domain/fact.ts';
import { isClosedByEvidence } from '../domain/flag.ts';
import { liveStates } from '../domain/live.ts';
import { IDLE_STATUSES } from '../domain/loss.ts';
import { believedAt, isTimeBelieved } from '../domain/session-facts.ts';
import type { Session } from '../domain/session.ts';
import type { BillReason } from '../store/bills.ts';
import { askAgain } from '../store/circumstances.ts';
import { factKey, insertFacts, type StoredFact } from '../store/facts.ts';
import { lockSessions, updateLive } from '../store/sessions.ts';
import { sessionsAfter, type ConnectorReading } from '../store/meters.ts';
import { advanceMeters } from './advance-meters.ts';
import { applyStarts, startsDue, type AppliedStarts } from './apply-starts.ts';
import { assignFacts } from './assign-facts.ts';
import { ensureAccounts } from './book.ts';
import { learnFromFacts } from './learn-from-facts.ts';
import { placeKey, resolvePlaces } from './resolve-place.ts';
import { energyAccounts, settleSessions } from './settle-sessions.ts';
import { onlyOperator } from '../store/sessions.ts';
import { startWorking, type Working } from './working.ts';

/** Facts of one call; the applier feeds some hundreds at once. */
export const FACTS_PER_APPLY_MAX = 5_000;

/**
 * Takes what charge points said into sessions, meters and bills, in the caller's transaction and in statements whose number does not
 * depend on the number of facts. Facts that are there already change nothing, so applying a batch again is a no-op. Never refuses a
 * fact: what belongs to no session is kept as it is, and a stop without a session opens one, flagged, so that no energy is lost in silence.
 *
 * A reading moves the live state and the connector's meter; sessions are derived from all their facts when they end, and again when
 * something is learnt of them later.
 */
export async function applyFacts(tx: Tx, facts: readonly ChargePointFact[], { clock }: { clock: Clock }): Promise<void> {
  const working = startWorking(tx, clock);
  for (let from = 0; from < facts.length; from += FACTS_PER_APPLY_MAX) await applyBatch(working, facts.slice(from, from + FACTS_PER_APPLY_MAX));
}

async function applyBatch(working: Working, facts: readonly ChargePointFact[]): Promise<void> {
  const { tx } = working;
  const assigned = await assignFacts(working, facts);
  const stored = await insertFacts(tx, assigned.rows);
  const fresh = assigned.rows.filter(({ fact }) => stored.has(factKey(fact)) || assigned.freshStarts.has(factKey(fact)));
  const bySession = Map.groupBy(fresh.filter((row) => row.sessionId !== null), (row) => row.sessionId!);
  const learnt = await learnFromFacts(working, assigned.sessions, bySession);
  await updateLive(tx, liveStates(bySession), new Set(startsDue([...learnt.sessions.values()]).map((session) => session.sessionId)));
  if (bySession.size > 0) announce(tx, 'charging.sessions');
  const starts = await applyStarts(working, [...learnt.sessions.values()], bySession, assigned.rows);
  const sessions = new Map([...learnt.sessions, ...starts.superseded.map((session) => [session.sessionId, session] as const)]);
  const settle = sessionsToSettle(sessions, bySession, starts);
  await markSpoken(tx, sessions, bySession, settle);
  await askAgain(tx, fresh.flatMap(({ fact }) => (fact.kind === 'booted' ? [{ chargePointId: fact.chargePointId, evseNumber: null }]
    : fact.kind === 'status' && IDLE_STATUSES.includes(fact.status) ? [{ chargePointId: fact.chargePointId, evseNumber: fact.evseNumber }] : [])));
  const readings = [...starts.anchors, ...learnt.readings, ...(await readingsOf(working, fresh, sessions))];
  await settleWithMeters(working, settle, readings, sessions);
}

/** Brings the meters of these readings and sessions up to date and settles the sessions, in one ledger batch. */
export async function settleWithMeters(working: Working, settle: readonly Session[], readings: readonly (ConnectorReading & { readonly maxPowerW: bigint })[], sessions: ReadonlyMap<SessionId, Session>, again?: BillReason): Promise<void> {
  const { tx, clock } = working;
  const settling = new Set(settle);
  const connectors = new Map<ConnectorId, bigint>(readings.map((reading) => [reading.connectorId, reading.maxPowerW]));
  for (const session of sessions.values()) if (session.connectorId !== null && (connectors.has(session.connectorId) || settling.has(session))) {
    connectors.set(session.connectorId, session.maxPowerW);
  }
  const { transfers: metered, late } = await advanceMeters(tx, readings, connectors, new Set(settle.flatMap((session) => (session.connectorId === null ? [] : [session.connectorId]))));
  if (metered.length > 0) await ensureAccounts(tx, onlyOperator(tx), energyAccounts([...connectors.keys()]), clock);
  const known = new Set(settle.map((session) => session.sessionId));
  const after = (await sessionsAfter(tx, late)).filter((sessionId) => !known.has(sessionId));
  const followers = after.length === 0 ? [] : (await lockSessions(tx, [], after)).filter((session) => session.state === 'ended');
  await settleSessions(working, [...settle, ...followers], metered, again);
}

/** Those that ended, were closed, or had ended and are now known better. */
function sessionsToSettle(sessions: ReadonlyMap<SessionId, Session>, bySession: ReadonlyMap<SessionId, readonly StoredFact[]>, { applied, superseded }: AppliedStarts): Session[] {
  const closed = new Set([...superseded, ...applied.filter((session) => session.state === 'ended')].map((session) => session.sessionId));
  return [...sessions.values()].filter((session) => {
    const rows = bySession.get(session.sessionId) ?? [];
    if (closed.has(session.sessionId) || rows.some(({ fact }) => fact.kind === 'session_ended')) return true;
    return session.state === 'ended' && rows.length > 0 && !isClosedByEvidence(session.flagCauses);
  });
}

/** A session that was closed by evidence goes on: one bill version when it is through, not one a reading. */
async function markSpoken(tx: Tx, sessions: ReadonlyMap<SessionId, Session>, bySession: ReadonlyMap<SessionId, readonly StoredFact[]>, settle: readonly Session[]): Promise<void> {
  const settled = new Set(settle.map((session) => session.sessionId));
  const spoken = [...bySession.keys()].filter((id) => sessions.get(id)?.state === 'ended' && !settled.has(id));
  if (spoken.length === 0) return;
  await tx.execute('update charging.session set spoke_after_close = true where operator_id = $1 and session_id = any($2::uuid[])', [onlyOperator(tx), spoken]);
}

type PoweredReading = ConnectorReading & { readonly maxPowerW: bigint };

/**
 * The registers that were read, at the connectors they belong to. A start's register is taken when its start is applied. What an unset clock
 * has stamped has no place between the others; the next register whose time is believed says as much and more.
 */
async function readingsOf(working: Working, fresh: readonly StoredFact[], sessions: ReadonlyMap<SessionId, Session>): Promise<PoweredReading[]> {
  const registered = fresh.flatMap(({ fact, sessionId }) =>
    (fact.kind === 'register_read' || fact.kind === 'session_ended') && fact.registerWh !== null && fact.registerWh >= 0n && isTimeBelieved(fact) ? [{ fact, sessionId, registerWh: fact.registerWh }] : []);
  const placed = (sessionId: SessionId | null): Session | undefined => (sessionId === null ? undefined : sessions.get(sessionId));
  // Number 0 is the charge point's own main meter: it counts what its connectors count already.
  const homeless = registered.filter(({ fact, sessionId }) => placed(sessionId) === undefined && fact.evseNumber !== null && fact.evseNumber >= 1);
  const places = await resolvePlaces(working, homeless.map(({ fact }) => fact));
  return registered.flatMap(({ fact, sessionId, registerWh }): PoweredReading[] => {
    const place = placed(sessionId) ?? (sessionId === null && fact.evseNumber !== null && fact.evseNumber >= 1 ? places.get(placeKey(fact)) : undefined);
    return place && place.connectorId !== null ? [{ connectorId: place.connectorId, at: believedAt(fact), registerWh, anchor: false, maxPowerW: place.maxPowerW }] : [];
  });
}
