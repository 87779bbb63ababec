import { toLocalTime, type ChargePointId, type Instant, type OperatorId, type SessionId } from '../../../kernel/index.ts';
import type { OperatorDatabase, Tx } from '../../../platform/database/index.ts';
import { forEachOperator, type Job } from '../../../platform/jobs/index.ts';
import { announce } from '../../../platform/live-updates/index.ts';
import type { Subscriber } from '../../../platform/outbox/index.ts';
import { sessionsToJudge, type SessionToJudge } from '../../charging/index.ts';
import { loadChargePoints } from '../../locations/index.ts';
import { heardFrames, type HeardFrame } from '../../ocpp-gateway/index.ts';
import { addCounts, faultsOfCauses, NO_COUNTS, sessionCounts, subtractCounts, type Counts } from '../domain/kind.ts';
import { listen, type FoundFault, type PointState } from '../domain/listen.ts';
import { makeIdOf, sameMake, UNKNOWN_MAKE, type Make } from '../domain/make.ts';
import {
  addToDays, claimCount, dueSessions, insertFindings, insertMakes, insertMakeSince, keyOf, loadStates, makesAt, moveCount, noteSessions, saveSessions, saveStates, type Finding, type MakeSince, type PointDay, type SessionCount,
} from '../store/counting.ts';

export const FRAMES_PER_COUNT = 2_000, SESSIONS_PER_COUNT = 500;
/** Of a fault that a charge point commits all day, so many frames are kept by name; all are counted. */
export const FINDINGS_PER_POINT_AND_DAY_MAX = 20;

export const dayOf = (at: Instant, timeZone: string): string => {
  const { year, month, day } = toLocalTime(at, timeZone);
  return `${year}-${String(month).padStart(2, '0')}-${String(day).padStart(2, '0')}`;
};

/** What a run of frames adds: pure, so that counting anew from the first frame is the same function. */
export type Folded = { readonly days: Map<string, PointDay & { counts: Counts }>; readonly since: MakeSince[]; readonly makes: Map<string, readonly [Make, Instant]>; readonly faults: (FoundFault & PointDay)[] };
export const newFold = (): Folded => ({ days: new Map(), since: [], makes: new Map(), faults: [] });

export function foldFrames(into: Folded, states: Map<ChargePointId, PointState>, frames: readonly HeardFrame[], zoneOf: (id: ChargePointId) => string): void {
  for (const frame of frames) {
    const { chargePointId } = frame, before = states.get(chargePointId)!;
    const { state, counts, faults } = listen(before, frame);
    states.set(chargePointId, state);
    const makeId = makeIdOf(state.make);
    if (before.generation === null || !sameMake(before.make, state.make)) {
      into.since.push({ chargePointId, fromSequence: frame.sequence, makeId });
      if (!into.makes.has(makeId)) into.makes.set(makeId, [state.make, frame.receivedAt]);
    }
    const day: PointDay = { makeId, chargePointId, countedOn: dayOf(frame.receivedAt, zoneOf(chargePointId)) }, key = keyOf(day);
    into.days.set(key, { ...day, counts: addCounts(into.days.get(key)?.counts ?? NO_COUNTS, counts) });
    for (const fault of faults) into.faults.push({ ...fault, ...day });
  }
}

/** Counts the next frames and the sessions that have changed, in one transaction with the cursor. @returns how much was done; null when somebody else counts. */
export async function countOnce(tx: Tx, { frames: framesMax = FRAMES_PER_COUNT, sessions: sessionsMax = SESSIONS_PER_COUNT } = {}): Promise<{ readonly frames: number; readonly sessions: number } | null> {
  const counted = await claimCount(tx);
  if (counted === null) return null;
  const frames = await heardFrames(tx, { after: counted, countMax: framesMax });
  const reached = frames.at(-1)?.sequence ?? counted;
  if (frames.length > 0) {
    await countFrames(tx, frames);
    await moveCount(tx, reached);
  }
  const sessions = await countSessions(tx, reached, sessionsMax);
  if (frames.length + sessions > 0) announce(tx, 'conformance.scores');
  return { frames: frames.length, sessions };
}

async function countFrames(tx: Tx, frames: readonly HeardFrame[]): Promise<void> {
  const points = [...new Set(frames.map(({ chargePointId }) => chargePointId))];
  const states = await loadStates(tx, points);
  const known = await loadChargePoints(tx, points);
  const folded = newFold();
  foldFrames(folded, states, frames, (id) => known.get(id)?.timeZone ?? 'UTC');
  await insertMakes(tx, [...folded.makes.values()]);
  await insertMakeSince(tx, folded.since);
  const after = new Map((await addToDays(tx, [...folded.days.values()])).map((row) => [keyOf(row), row]));
  await insertFindings(tx, kept(folded, after));
  await saveStates(tx, states);
}

/** The first ones of a day: how many came before is what the day has now, less what is new. */
function kept({ days, faults }: Folded, after: ReadonlyMap<string, Counts>): Finding[] {
  const seen = new Map<string, number>();
  return faults.flatMap((fault) => {
    const day = keyOf(fault), key = `${day}/${fault.kind}`;
    const n = seen.get(key) ?? Number(after.get(day)![fault.kind] - days.get(day)!.counts[fault.kind]);
    seen.set(key, n + 1);
    return n < FINDINGS_PER_POINT_AND_DAY_MAX ? [fault] : [];
  });
}

/** What a session adds; of which make it was is said by the frame that it began with, once that frame is counted. */
export const sessionCountOf = (session: SessionToJudge, makeId: string): SessionCount => ({
  sessionId: session.sessionId, makeId, chargePointId: session.chargePointId, countedOn: dayOf(session.firstRecordedAt, session.timeZone), kinds: faultsOfCauses(session.causes), causes: session.causes, energyWh: session.energyWh,
  unexplainedWh: session.unexplainedWh,
});

async function countSessions(tx: Tx, reached: bigint, sessionsMax: number): Promise<number> {
  let done = 0, after: SessionId | null = null;
  // A page may be of sessions whose frames are not counted yet: those stay due, and must not keep the others out.
  for (;;) {
    const due = await dueSessions(tx, after, sessionsMax);
    if (due.length === 0) return done;
    after = due.at(-1)!.sessionId;
    const ready = (await sessionsToJudge(tx, due.map(({ sessionId }) => sessionId))).filter(({ firstFrame }) => firstFrame <= reached);
    const makes = await makesAt(tx, ready.map(({ chargePointId, firstFrame }) => ({ chargePointId, sequence: firstFrame })));
    // A frame that is not kept any more says nothing of its sender.
    if (makes.includes(null)) await insertMakes(tx, [[UNKNOWN_MAKE, ready[makes.indexOf(null)]!.firstRecordedAt]]);
    const now = ready.map((session, i) => sessionCountOf(session, makes[i] ?? makeIdOf(UNKNOWN_MAKE)));
    const before = new Map(due.map((row) => [row.sessionId, row]));
    const changes = new Map<string, PointDay & { counts: Counts }>();
    const change = (day: PointDay, by: (counts: Counts) => Counts): void => { changes.set(keyOf(day), { makeId: day.makeId, chargePointId: day.chargePointId, countedOn: day.countedOn, counts: by(changes.get(keyOf(day))?.counts ?? NO_COUNTS) }); };
    for (const session of now) {
      const old = before.get(session.sessionId)!;
      if (old.makeId !== null && old.chargePointId !== null && old.countedOn !== null) change({ makeId: old.makeId, chargePointId: old.chargePointId, countedOn: old.countedOn }, (counts) => subtractCounts(counts, sessionCounts(old)));
      change(session, (counts) => addCounts(counts, sessionCounts(session)));
    }
    await addToDays(tx, [...changes.values()]);
    await saveSessions(tx, now);
    done += now.length;
    if (now.length > 0 || due.length < sessionsMax) return done;
  }
}

/** Counts until nothing is left to count. */
export async function countAll(database: OperatorDatabase, options: Parameters<typeof countOnce>[1] & { readonly goOn?: () => boolean } = {}): Promise<{ frames: number; sessions: number }> {
  const sum = { frames: 0, sessions: 0 };
  while (options.goOn?.() ?? true) {
    const step = await database.transaction((tx) => countOnce(tx, options));
    if (step === null || step.frames + step.sessions === 0) break;
    sum.frames += step.frames; sum.sessions += step.sessions;
  }
  return sum;
}

/** Told of each version of a bill: its session is counted anew. */
export const conformanceSubscriber: Subscriber = {
  name: 'conformance', types: ['charging.bill.issued.v1'],
  handle: (tx, { payload }) => noteSessions(tx, [payload.sessionId as SessionId]),
  handleMany: (tx, events) => noteSessions(tx, events.map(({ payload }) => payload.sessionId as SessionId)),
};

export const countConformanceJob: Job = {
  name: 'count_conformance', about: 'Counts how charge points keep to the protocol, by maker, model and firmware.', cron: '* * * * *', everyMs: 60_000,
  run: async (context) => {
    const sum = { frames: 0, sessions: 0 };
    const operators = await forEachOperator(context, async (operatorId: OperatorId) => {
      const { frames, sessions } = await countAll(context.database.forOperator(operatorId));
      sum.frames += frames; sum.sessions += sessions;
    });
    return { operators, ...sum };
  },
};
