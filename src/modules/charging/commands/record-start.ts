import { assert, bigIntToUuid, type SessionId } from '../../../kernel/index.ts';
import { newUuid } from '../../../platform/clock/index.ts';
import { announce } from '../../../platform/live-updates/index.ts';
import { placeHold } from '../../wallets/index.ts';
import type { FactOf } from '../domain/fact.ts';
import { believedAt } from '../domain/session-facts.ts';
import type { Session, StartDecision } from '../domain/session.ts';
import { startKey } from '../domain/token.ts';
import { insertFacts } from '../store/facts.ts';
import { openWithStart } from '../store/open-session.ts';
import { lockSessions, updateHold, updateIdentity, updateStart, type SessionHold } from '../store/sessions.ts';
import { enterStart, nextTransactionNumber, type StartEntry } from '../store/starts.ts';
import { identify, type Identified } from './identify.ts';
import { placeKey, resolvePlaces } from './resolve-place.ts';
import { together } from './together.ts';
import type { Working } from './working.ts';

export type StartFact = FactOf<'session_started'>;
export type RecordedStart = {
  readonly sessionId: SessionId; readonly transactionRef: string; readonly decision: StartDecision;
  /** This frame had been recorded before. */
  readonly known?: boolean;
};

/**
 * Records a start: the fact, the session, the decision and the hold, in the caller's transaction. The same frame again, or the same
 * start sent again, gives the same session.
 */
export async function recordStart(working: Working, start: StartFact): Promise<RecordedStart> {
  return recordEntered(working, start, await enterStart(working.tx, start));
}

/**
 * The same, once the lane is taken: the frame was looked up behind the lane's lock, since it may be worked by the applier and answered
 * by the gateway at the same time.
 */
export async function recordEntered(working: Working, start: StartFact, entry: StartEntry): Promise<RecordedStart> {
  if (entry.known) return { ...recorded(await lockOne(working, entry.known)), known: true };
  return start.transactionRef === null ? recordNumberedStart(working, start, entry) : recordNamedStart(working, start, start.transactionRef, entry);
}

/**
 * OCPP 1.6: the session gets its number here. A start that repeats an earlier one word for word is that one when the message id is the
 * same, or when neither a stop nor a boot lies between; otherwise a station without a clock is beginning anew, and the session says so.
 */
async function recordNumberedStart(working: Working, start: StartFact, entry: StartEntry): Promise<RecordedStart> {
  const { tx } = working;
  const { same } = entry;
  if (same && (same.messageId === start.messageId || (!same.stopped && !same.booted))) {
    await insertFacts(tx, [{ fact: start, sessionId: same.sessionId }]);
    return recorded(await lockOne(working, same.sessionId));
  }
  return openSession(working, start, `v16:${entry.number ?? await nextTransactionNumber(tx)}`, entry);
}

/** OCPP 2.0.1: the station has named the session, and its readings may have opened it before its start came. */
async function recordNamedStart(working: Working, start: StartFact, transactionRef: string, entry: StartEntry): Promise<RecordedStart> {
  const { tx } = working;
  if (entry.named === null) return openSession(working, start, transactionRef, entry);
  const session = await lockOne(working, entry.named);
  await insertFacts(tx, [{ fact: start, sessionId: session.sessionId }]);
  if (session.startSequence !== null) return recorded(session);
  const place = await placeOf(working, start);
  await updateStart(tx, {
    sessionId: session.sessionId, evseNumber: place.evseNumber ?? session.evseNumber, connectorId: place.connectorId ?? session.connectorId,
    maxPowerW: place.maxPowerW, startSequence: start.frameSequence, startedAt: believedAt(start), startRegisterWh: knownRegister(start.registerWh),
  });
  return { sessionId: session.sessionId, transactionRef, decision: start.idToken === null ? session.decision : await identifySession(working, session, start.idToken) };
}

/** Names the member of a session that had none, and sets the hold aside while the session is open. */
export async function identifySession(working: Working, session: Session, idToken: string): Promise<StartDecision> {
  if (session.tokenStatus !== 'none') return session.decision;
  const identified = await identify(working, idToken);
  const { hold, decision } = session.state === 'active' ? await holdFor(working, session.sessionId, identified) : { hold: null, decision: identified.decision };
  await updateIdentity(working.tx, { sessionId: session.sessionId, ...identified, decision });
  if (hold) await updateHold(working.tx, session.sessionId, hold);
  return decision;
}

async function openSession(working: Working, start: StartFact, transactionRef: string, { same, intent }: StartEntry): Promise<RecordedStart> {
  const { tx } = working;
  const [place, identified] = await together([placeOf(working, start), identify(working, start.idToken), working.operator()]);
  const sessionId = newUuid() as SessionId;
  const { hold, decision } = await holdFor(working, sessionId, identified);
  announce(tx, 'charging.sessions');
  await openWithStart(tx, {
    sessionId, chargePointId: start.chargePointId, ...place, transactionRef, startRepeated: same !== null, startSequence: start.frameSequence,
    startKey: start.transactionRef === null ? startKey(start) : null, startMessageId: start.messageId, ...identified, decision, hold, startMode: intent?.mode ?? identified.startMode,
    startActor: intent?.actor ?? null, startDevice: intent?.device ?? null, startIp: intent?.ip ?? null, startedAt: believedAt(start),
    firstRecordedAt: start.recordedAt, startRegisterWh: knownRegister(start.registerWh),
  }, start);
  return { sessionId, transactionRef, decision };
}

/** Sets the policy's amount aside. A member who cannot fund the start is answered Blocked; what is charged all the same becomes a receivable. */
export async function holdFor(working: Working, sessionId: SessionId, identified: Pick<Identified, 'decision' | 'memberId'>): Promise<{ decision: StartDecision; hold: SessionHold | null }> {
  const { tx, clock } = working;
  if (identified.decision !== 'accepted' || identified.memberId === null) return { decision: identified.decision, hold: null };
  const [{ currency }, policy] = [await working.operator(), await working.policy()];
  const hold = await placeHold(tx, { memberId: identified.memberId, currency, sessionId, amountMinor: policy.holdAmountMinor, minimumMinor: policy.holdMinimumMinor }, { clock });
  if (!hold.ok) return { decision: 'blocked', hold: null };
  return { decision: 'accepted', hold: hold.value && { transfer: bigIntToUuid(hold.value.transferId), amountMinor: hold.value.amountMinor } };
}

const knownRegister = (registerWh: bigint | null): bigint | null => (registerWh !== null && registerWh >= 0n ? registerWh : null);

async function placeOf(working: Working, start: StartFact) {
  const place = (await resolvePlaces(working, [start])).get(placeKey(start));
  assert(place, `charge point ${start.chargePointId} is not of this operator`);
  return place;
}

async function lockOne({ tx }: Working, sessionId: SessionId): Promise<Session> {
  const [session] = await lockSessions(tx, [], [sessionId]);
  assert(session, 'a recorded start has its session');
  return session;
}

const recorded = (session: Session): RecordedStart => ({ sessionId: session.sessionId, transactionRef: session.transactionRef, decision: session.decision });
