/**
 * The program's own pure path from facts to a verdict, with what its store would look up around a session kept in memory for one connector:
 * how the register stood before, what it showed after, who may have been served between, what overlaps. Mirrors `settle-sessions` and
 * `propose-corrections`; every judgement is made by the program's functions.
 */
import { instant, type Instant } from '../../src/kernel/index.ts';
import { derive, openingOf, type DerivedSession, type SessionContext } from '../../src/modules/charging/domain/derive.ts';
import { FALSE_START } from '../../src/modules/charging/domain/repair-proposal.ts';
import { DEFAULT_RULES, proposeRepair, type ChargePointFact, type Flag, type FlagCause, type RepairProposal } from '../../src/modules/charging/index.ts';
import { flag, isTimeInDoubt, sortFlags } from '../../src/modules/charging/domain/flag.ts';
import { IDLE_STATUSES, mayHaveServedAnother } from '../../src/modules/charging/domain/loss.ts';
import type { ConnectorReturn, NextStart } from '../../src/modules/charging/domain/derived-session.ts';
import { compareReadings, EMPTY_CHAIN, followRegister, type RegisterChain, type RegisterPoint, type RegisterReading } from '../../src/modules/charging/domain/register-chain.ts';
import { believedAt, isTimeBelieved } from '../../src/modules/charging/domain/stamps.ts';
import type { Reported } from './facts.ts';
import type { ConnectorWord, Told } from './told.ts';

const SILENCE_DEADLINE_MS = 7_200_000;
const SESSIONS_AT_HAND = 4;
/** A reading so soon after a start shows what the start would have; as in `store/circumstances`. */
const SAME_START_MS = 2_000;
/** A clock in another zone, or on the day before or after; as in `store/circumstances`. */
const WRONG_CLOCK_MS = 2 * 86_400_000;
/** Causes after which a connector's register may have gone on unseen; as in `store/circumstances`. */
const END_LOST: ReadonlySet<FlagCause> = new Set<FlagCause>(['stop_never_arrived', 'stop_never_arrived_silent', 'bill_never_arrived', 'final_register_missing', 'stop_register_below_start', 'stop_contradicted', 'no_register_evidence', 'register_jump_implausible']);

export type Judged = { readonly told: Told; readonly derived: DerivedSession; readonly flags: readonly Flag[]; readonly proposal: RepairProposal | null; /** What was planted in the session before it. */ readonly previous: readonly string[] };

type Seen = {
  readonly told: Told; readonly facts: readonly ChargePointFact[]; readonly readings: readonly RegisterReading[]; readonly statuses: readonly ConnectorWord[];
  readonly firstRecordedAt: number; readonly lastRecordedAt: number; derived: DerivedSession | null; flags: readonly Flag[];
};

/** A session that was closed by a start drew nothing after it; as in `propose-corrections`. */
const untilNext = (next: NextStart | null, after: RegisterPoint | null): RegisterPoint | null =>
  (next === null || (after !== null && after.at < next.at) ? after : next.registerWh === null ? null : { at: next.at, registerWh: next.registerWh });

/** The first register of a session that can be true; as in `propose-corrections`. */
function firstTrueWh({ readings, intervals, flags }: DerivedSession): bigint | null {
  const told = flags.find(({ cause }) => FALSE_START.has(cause))?.data.toWh ?? readings.find(({ at }) => at === (intervals[0]?.from ?? readings[0]?.at))?.registerWh ?? null;
  return told === null ? null : BigInt(String(told));
}

/** What the program stores of a session's facts when it applies them. */
function see({ told, facts }: Reported): Seen {
  const readings: RegisterReading[] = [];
  let [firstRecordedAt, lastRecordedAt] = [Infinity, -Infinity];
  for (const fact of facts) {
    firstRecordedAt = Math.min(firstRecordedAt, fact.recordedAt);
    lastRecordedAt = Math.max(lastRecordedAt, fact.recordedAt);
    if (fact.kind === 'booted' || fact.kind === 'status' || fact.registerWh === null || !isTimeBelieved(fact)) continue;
    readings.push({ at: believedAt(fact), registerWh: fact.registerWh, anchor: fact.kind === 'session_started' });
  }
  for (const { at, registerWh } of told.shown) readings.push({ at: instant(at), registerWh: BigInt(registerWh), anchor: false });
  return { told, facts, readings: readings.sort(compareReadings), statuses: [...told.statuses].sort((a, b) => a.recordedAt - b.recordedAt), firstRecordedAt, lastRecordedAt, derived: null, flags: [] };
}

/** One connector's sessions in the order in which they began, each judged when the next one is known. */
export class ConnectorPlatform {
  readonly #seen: Seen[] = [];
  #base: RegisterChain = EMPTY_CHAIN;
  #pending: Seen | null = null;
  readonly #onJudged: (judged: Judged, early: boolean) => void;

  constructor(onJudged: (judged: Judged, early: boolean) => void) { this.#onJudged = onJudged; }

  take(reported: Reported): void {
    const seen = see(reported);
    if (this.#pending) this.#judge(this.#pending, seen);
    this.#pending = seen;
  }

  end(): void {
    if (this.#pending) this.#judge(this.#pending, null);
    this.#pending = null;
  }

  #judge(seen: Seen, next: Seen | null): void {
    const { told, facts } = seen;
    // Before the late part of its story came, the session was closed by what there was.
    const late = told.late;
    if (late) this.#onJudged(this.#weigh(see({ told, facts: facts.filter(({ recordedAt }) => recordedAt < late.until) }), next), true);
    const judged = this.#weigh(seen, next);
    seen.derived = judged.derived;
    seen.flags = judged.flags;
    this.#onJudged(judged, false);
    this.#seen.push(seen);
    if (this.#seen.length > SESSIONS_AT_HAND) this.#absorb(this.#seen.shift()!);
  }

  #absorb({ told, readings }: Seen): void {
    const maxPowerW = BigInt(told.station.maxPowerW);
    for (const reading of readings) this.#base = followRegister(this.#base, reading, maxPowerW).chain;
  }

  #weigh(seen: Seen, next: Seen | null): Judged {
    const { told, facts } = seen;
    const previous = this.#seen.at(-1)?.told.planted ?? [];
    const maxPowerW = BigInt(told.station.maxPowerW);
    const around = this.#circumstances(seen, next);
    const context: SessionContext = { maxPowerW, startRepeated: false, timeZone: 'Asia/Shanghai', before: EMPTY_CHAIN, rules: DEFAULT_RULES, ...around };
    let derived = derive(facts, context);
    const opening = openingOf(derived, DEFAULT_RULES);
    let before = EMPTY_CHAIN;
    if (opening !== null && this.#contradicts(opening)) {
      before = this.#chainBefore(opening.at, maxPowerW);
      derived = derive(facts, { ...context, before });
    }
    const overlap = this.#overlap(seen, derived);
    const flags = overlap === null ? derived.flags : sortFlags([...derived.flags, overlap]);
    if (flags.length === 0) return { told, derived, flags, proposal: null, previous };
    const inDoubt = isTimeInDoubt(flags);
    const standing = inDoubt ? null : this.#standing(derived, maxPowerW, seen);
    const after = inDoubt ? null : untilNext(around.next ?? null, this.#after(seen, derived, next));
    const proposal = proposeRepair({ derived, facts, context: { ...context, before }, before: standing ?? { ...EMPTY_CHAIN, restarts: before.restarts }, after, curve: null, rules: DEFAULT_RULES, flags });
    return { told, derived, flags, proposal, previous };
  }

  #circumstances(seen: Seen, next: Seen | null): Pick<SessionContext, 'closure' | 'returned' | 'next'> {
    if (seen.facts.some(({ kind }) => kind === 'session_ended')) return { closure: null, returned: null, next: null };
    const nextStart = next?.facts.find((fact) => fact.kind === 'session_started');
    if (next && nextStart && next.firstRecordedAt < seen.lastRecordedAt + SILENCE_DEADLINE_MS) {
      const start: NextStart = { at: nextStart.eventAt ?? nextStart.recordedAt, idToken: nextStart.idToken, registerWh: nextStart.registerWh };
      return { closure: { kind: 'superseded', at: start.at }, returned: null, next: start };
    }
    const idle = [...seen.statuses, ...(next?.statuses ?? [])].find(({ recordedAt, status }) => recordedAt > seen.lastRecordedAt && IDLE_STATUSES.includes(status));
    const returned: ConnectorReturn | null = idle ? { at: instant(idle.recordedAt), by: 'status', status: idle.status } : null;
    return { closure: { kind: 'silent', at: instant(seen.lastRecordedAt + SILENCE_DEADLINE_MS) }, returned, next: null };
  }

  #contradicts({ at, aboveWh, upToWh }: { at: Instant; aboveWh: bigint; upToWh: bigint }): boolean {
    const between = (point: RegisterPoint | null): boolean => point !== null && point.registerWh > aboveWh && point.registerWh <= upToWh;
    return between(this.#base.main) || between(this.#base.aside) || this.#seen.some(({ readings }) => readings.some((reading) => reading.at < at && between(reading)));
  }

  #chainBefore(at: Instant, maxPowerW: bigint): RegisterChain {
    let chain = this.#base;
    const readings = this.#seen.flatMap((seen) => seen.readings.filter((reading) => reading.at < at)).sort(compareReadings);
    for (const reading of readings) chain = followRegister(chain, reading, maxPowerW).chain;
    return chain;
  }

  /** Not where the session before lost its end, and not where the connector may have served another since. */
  #standing(derived: DerivedSession, maxPowerW: bigint, seen: Seen): RegisterChain | null {
    const { startedAt } = derived;
    const previous = this.#seen.filter(({ derived }) => derived !== null && derived.startedAt < startedAt).at(-1);
    if (previous?.flags.some(({ cause }) => END_LOST.has(cause))) return null;
    const chain = this.#chainBefore(startedAt, maxPowerW);
    if (chain.main === null) return chain;
    const said = [...(previous?.statuses ?? []), ...seen.statuses].filter(({ at, recordedAt }) => recordedAt < seen.firstRecordedAt && at >= chain.main!.at && at <= startedAt);
    const stretch = { from: chain.main, to: { at: startedAt, registerWh: firstTrueWh(derived) ?? chain.main.registerWh } };
    return this.#startedBetween(chain.main.at + 1, startedAt, null) || this.#passedElsewhere(stretch, null) || mayHaveServedAnother(said.map(({ at, status }) => ({ at: instant(at), status })), { from: chain.main.at, to: startedAt }) ? null : chain;
  }

  #startedBetween(from: number, to: number, next: Seen | null): boolean {
    const began = [...this.#seen.map(({ derived }) => derived?.startedAt), next?.told.words[0]?.at].filter((at) => at !== undefined);
    if (began.some((at) => at >= from && at < to - SAME_START_MS)) return true;
    return this.#seen.some(({ derived, flags }) => derived !== null && flags.some(({ cause }) => cause === 'start_never_arrived') && derived.startedAt <= to && derived.startedAt >= from - 3 * 86_400_000 && (derived.endedAt ?? 0) >= from);
  }

  /** Whether a session that is somewhere else in time, because its clock was wrong, passed the registers between these two. */
  #passedElsewhere({ from, to }: { from: RegisterPoint; to: RegisterPoint }, next: Seen | null): boolean {
    const between = ({ registerWh }: RegisterPoint): boolean => registerWh > from.registerWh && registerWh < to.registerWh;
    const near = ({ at }: RegisterPoint): boolean => (at < from.at && at >= from.at - WRONG_CLOCK_MS) || (at > to.at && at <= to.at + WRONG_CLOCK_MS);
    return [...this.#seen, ...(next ? [next] : [])].some(({ readings, flags }) =>
      (isTimeInDoubt(flags) && readings.some(({ registerWh }) => registerWh > from.registerWh) && readings.some(({ registerWh }) => registerWh < to.registerWh))
      || readings.some((reading) => between(reading) && near(reading)));
  }

  #after(seen: Seen, derived: DerivedSession, next: Seen | null): RegisterPoint | null {
    const endedAt = derived.endedAt!;
    const found = [...seen.readings, ...(next?.readings ?? [])].filter(({ at }) => at > endedAt).sort(compareReadings)[0];
    // A start that is lost may be anybody's.
    const unknown = next !== null && !next.facts.some(({ kind }) => kind === 'session_started') && found !== undefined && found.at >= (next.told.words[0]?.at ?? Infinity);
    if (found === undefined || unknown || this.#startedBetween(endedAt, found.at, next)) return null;
    const last = derived.readings.findLast(({ counted }) => counted)?.registerWh ?? 0n;
    if (this.#passedElsewhere({ from: { at: endedAt, registerWh: last }, to: found }, next)) return null;
    const said = [...seen.statuses, ...(next?.statuses ?? [])].filter(({ at, recordedAt }) => recordedAt > seen.lastRecordedAt && at >= endedAt && at <= found.at);
    return mayHaveServedAnother(said.map(({ at, status }) => ({ at: instant(at), status })), { from: endedAt, to: found.at }) ? null : { at: found.at, registerWh: found.registerWh };
  }

  #overlap(seen: Seen, derived: DerivedSession): Flag | null {
    if (derived.energyWh === 0n || derived.endedAt === null || isTimeInDoubt(derived.flags)) return null;
    for (const earlier of this.#seen) {
      if (earlier === seen || earlier.derived === null || earlier.derived.energyWh === 0n || isTimeInDoubt(earlier.flags)) continue;
      const overlapMs = Math.min(earlier.derived.endedAt ?? 0, derived.endedAt) - Math.max(earlier.derived.startedAt, derived.startedAt);
      if (overlapMs > DEFAULT_RULES.overlapToleranceMs) return flag('overlaps_another_session', { sessionId: earlier.told.transaction, overlapMs });
    }
    return null;
  }
}
