import { addMs, MS_PER_HOUR, wattHours, type Instant } from '../../../kernel/index.ts';
import type { AnomalyRules } from './anomaly-rules.ts';
import type { DerivedSession, EnergyDrawn, SessionContext } from './derive.ts';
import { isClosedByEvidence, type FlagCause } from './flag.ts';
import { continues, countsPerSession, EMPTY_CHAIN, followRegister, isSamePoint, plausibleEnergyMax, type RegisterChain, type RegisterPoint } from './register-chain.ts';

export type EvidenceInput = {
  readonly derived: DerivedSession; readonly context: SessionContext;
  /** How the connector's register stood before the session. */
  readonly before: RegisterChain;
  /** Its next register after the session. */
  readonly after: RegisterPoint | null;
  readonly rules: AnomalyRules;
};

/** A stretch of a session of which no register says what was drawn in it, and the most that it can have been. */
export type Unseen = {
  readonly where: 'at_start' | 'between' | 'at_end'; readonly from: Instant; readonly to: Instant; readonly atMostWh: bigint;
  /** Nobody knows how long it was: a session whose start never arrived, or one whose clock was wrong for a part of it. */
  readonly untimed?: true;
};
export type Step = { readonly from: RegisterPoint; readonly to: RegisterPoint };
/** What the registers of a session and of its connector say, taken together. */
export type RegisterEvidence = {
  /** Steps of registers that are certainly this session's, in time order. */
  readonly steps: readonly Step[];
  /** What its connector adds: from its register before the session to the first that can be true, and from the last one to its next register. */
  readonly fromBefore: Step | null;
  readonly toAfter: Step | null;
  /** What remains unseen by the session's own registers, and what of it when those of the connector are believed. */
  readonly unseenAlone: readonly Unseen[];
  readonly unseen: readonly Unseen[];
  /** The session cannot have gone on after this. */
  readonly until: Instant;
  /** What the meter may have counted by itself while the connector stood idle before and after the session; the registers there contain it. */
  readonly standbyWh: bigint;
};

/** Causes that leave the last register open although the end is known. */
const END_IN_DOUBT: ReadonlySet<FlagCause> = new Set<FlagCause>(['final_register_missing', 'stop_register_below_start', 'stop_contradicted', 'no_register_evidence']);
const isOpenEnded = ({ flags }: DerivedSession): boolean => isClosedByEvidence(flags.map(({ cause }) => cause));

/** Whether anything shows that the session is over: its own end, or its connector without it. A charge point that is merely silent may be charging. */
export const isEndSeen = ({ derived, context, after }: Pick<EvidenceInput, 'derived' | 'context' | 'after'>): boolean =>
  !isOpenEnded(derived) || [context.returned?.at, context.next?.at, after?.at].some((at) => at !== undefined && at >= (derived.endedAt ?? derived.startedAt));

/** The moment after which the session cannot have gone on: its own end, else the first thing that shows its connector without it. */
export function latestEnd({ derived, context, after }: Pick<EvidenceInput, 'derived' | 'context' | 'after'>): Instant {
  const ended = derived.endedAt ?? derived.startedAt;
  if (!isOpenEnded(derived)) return ended;
  const known = [context.returned?.at, context.next?.at, after?.at].filter((at): at is Instant => at !== undefined && at >= ended);
  return known.length === 0 ? ended : known.reduce((a, b) => (b < a ? b : a));
}

/** Whether a session's own stamps tell how long it was: a clock that was set within says the time of one part only. */
export const isLengthKnown = ({ flags }: Pick<DerivedSession, 'flags'>): boolean =>
  !flags.some(({ cause, data }) => (cause === 'clock_not_set' || cause === 'time_unreadable') && Number(data.facts) < Number(data.of));
/** What a station itself draws through some connectors' meters. */
const STANDBY_W = 2n;

/**
 * Follows the registers once more, together with what the connector showed before and after. Nothing here is an opinion: what registers do not
 * say is listed as unseen, with the most that it can be.
 */
export function weighRegisters(input: EvidenceInput): RegisterEvidence {
  const { derived, context, rules } = input;
  const most = (from: Instant, to: Instant): bigint => plausibleEnergyMax(to - from, context.maxPowerW, rules);
  const until = latestEnd(input);
  const readings = believableReadings(input);
  const joined = joinAfter(input, readings, until);
  const { steps, main } = joined ?? follow(readings, context.maxPowerW, rules);
  const toAfter = joined === null ? null : joined.toAfter;
  const first = steps[0]?.from ?? toAfter?.from ?? main;
  const start = startStretch(input, first, most);
  const known = start === null || first === null ? null : knownRegister(input, first, start.atMostWh);
  const idleMs = (known === null ? 0 : derived.startedAt - known.at) + (toAfter === null ? 0 : input.after!.at - until);
  const between = steps.flatMap((step, i): Unseen[] => {
    const previous = steps[i - 1];
    return previous && !isSamePoint(previous.to, step.from) ? [{ where: 'between', from: previous.to.at, to: step.from.at, atMostWh: most(previous.to.at, step.from.at) }] : [];
  });
  const beforeAfter = toAfter && steps.length > 0 && !isSamePoint(steps.at(-1)!.to, toAfter.from)
    ? [{ where: 'between' as const, from: steps.at(-1)!.to.at, to: toAfter.from.at, atMostWh: most(steps.at(-1)!.to.at, toAfter.from.at) }] : [];
  const last = toAfter?.from ?? steps.at(-1)?.to ?? main;
  const end = endStretch({ derived, last, until, most });
  const listed = (...all: readonly (Unseen | null)[]): Unseen[] => all.filter((each): each is Unseen => each !== null);
  return {
    steps, toAfter, until, standbyWh: idleMs <= 0 ? 0n : (STANDBY_W * BigInt(idleMs)) / BigInt(MS_PER_HOUR), fromBefore: known === null || first === null ? null : { from: known, to: first },
    unseenAlone: listed(start, ...between, ...beforeAfter, end), unseen: listed(known === null ? start : null, ...between, ...beforeAfter, toAfter === null ? end : null),
  };
}

/**
 * Without what derivation has set aside for good: a first register that the connector had passed before, or a 0 that jumped. A session that
 * has no register at all begins at the one that its connector showed before.
 */
function believableReadings({ derived, before }: EvidenceInput): readonly RegisterPoint[] {
  const readings: readonly RegisterPoint[] = derived.readings;
  if (readings.length === 0) return before.main === null || before.aside !== null || countsPerSession(before) ? [] : [{ at: derived.startedAt, registerWh: before.main.registerWh }];
  const doubt = derived.flags.find(({ cause }) => cause === 'meter_register_zero_before_start' || cause === 'first_register_below_known');
  const from = doubt === undefined ? -1 : readings.findIndex(({ at, registerWh }) => at === doubt.data.toAt && String(registerWh) === doubt.data.toWh);
  return from <= 0 ? readings : readings.slice(from);
}

type Followed = { readonly steps: Step[]; readonly main: RegisterPoint | null };
function follow(readings: readonly RegisterPoint[], maxPowerW: bigint, rules: AnomalyRules): Followed {
  let chain: RegisterChain = EMPTY_CHAIN;
  const steps: Step[] = [];
  for (const { at, registerWh } of readings) {
    const step = followRegister(chain, { at, registerWh, anchor: false }, maxPowerW, rules);
    if (step.drawn) steps.push(step.drawn);
    chain = step.chain;
  }
  return { steps, main: chain.main };
}

/** The connector's next register, where the end is open and it goes on from the session's own within what can have been drawn. */
function joinAfter({ derived, after, context, rules }: EvidenceInput, readings: readonly RegisterPoint[], until: Instant): (Followed & { readonly toAfter: Step }) | null {
  const last = readings.at(-1);
  if (after === null || last === undefined || !(isOpenEnded(derived) || derived.flags.some(({ cause }) => END_IN_DOUBT.has(cause)))) return null;
  const soonest = after.at < until ? after.at : until;
  const at = soonest > last.at ? soonest : last.at;
  const next: RegisterPoint = { at, registerWh: after.registerWh };
  const { steps, main } = follow([...readings, next], context.maxPowerW, rules);
  const toAfter = steps.at(-1);
  return toAfter !== undefined && main !== null && isSamePoint(toAfter.to, next) && isSamePoint(main, next) ? { steps: steps.slice(0, -1), main, toAfter } : null;
}

/** The connector's register before the session, where no more lies between it and the session's first true one than can have been drawn. */
function knownRegister({ before, context, rules }: EvidenceInput, first: RegisterPoint, atMostWh: bigint): RegisterPoint | null {
  if (countsPerSession(before)) return null;
  return [before.main, before.aside].find((point): point is RegisterPoint =>
    point !== null && point.registerWh <= first.registerWh && first.registerWh - point.registerWh <= atMostWh && continues(point, first, context.maxPowerW, rules)) ?? null;
}

function startStretch({ derived, before, rules }: EvidenceInput, first: RegisterPoint | null, most: (from: Instant, to: Instant) => bigint): Unseen | null {
  const stated = derived.readings[0];
  if (first === null || (stated?.role === 'start' && stated.at === first.at && stated.registerWh === first.registerWh)) return null;
  if (derived.flags.some(({ cause }) => cause === 'start_never_arrived')) {
    // It began after the connector's register before it, and no longer ago than a session may last.
    const longest = addMs(first.at, -rules.sessionDurationMaxMs);
    const from = before.main !== null && before.main.at > longest ? before.main.at : longest;
    return { where: 'at_start', from, to: first.at, atMostWh: most(from, first.at), untimed: true };
  }
  return first.at <= derived.startedAt ? null : { where: 'at_start', from: derived.startedAt, to: first.at, atMostWh: most(derived.startedAt, first.at) };
}

type Ending = { readonly derived: DerivedSession; readonly last: RegisterPoint | null; readonly until: Instant; readonly most: (from: Instant, to: Instant) => bigint };
function endStretch({ derived, last, until, most }: Ending): Unseen | null {
  const untimed = isLengthKnown(derived) ? {} : { untimed: true as const };
  if (last === null) return { where: 'at_end', from: derived.startedAt, to: until, atMostWh: most(derived.startedAt, until), ...untimed };
  const closing = derived.readings.at(-1);
  const stated = closing?.role === 'end' && closing.at === last.at && closing.registerWh === last.registerWh;
  if (stated || (!isOpenEnded(derived) && until <= last.at && isLengthKnown(derived))) return null;
  return { where: 'at_end', from: last.at, to: until, atMostWh: most(last.at, until), ...untimed };
}

/**
 * A fall that either was false or was a reset, and nothing says which: by how much the session is larger if it was the reset.
 */
export function eitherWayWh(derived: DerivedSession, most: (from: Instant, to: Instant) => bigint): bigint {
  return derived.flags.filter(({ cause }) => cause === 'meter_register_reset').reduce((sum, { data }) => {
    const [fromAt, toAt, toWh] = [Number(data.fromAt) as Instant, Number(data.toAt) as Instant, BigInt(String(data.toWh))];
    const across = derived.intervals.find(({ from, to }) => from === fromAt && to > toAt);
    const next = across && derived.readings.find(({ at, counted }) => counted && at === across.to);
    if (!across || !next) return sum;
    const anew = next.registerWh - toWh + most(fromAt, toAt);
    return anew > across.energy ? sum + anew - across.energy : sum;
  }, 0n);
}

/**
 * A register that jumped up and from which the next one goes on as well as from the one before: either it was false, or everything before it
 * was (a start that repeats an old register). By how much the session is smaller if it was the latter.
 */
export function falseBeforeJumpWh(derived: DerivedSession): bigint {
  return derived.flags.filter(({ cause }) => cause === 'register_jump_implausible').reduce((sum, { data }) => {
    const [fromAt, toAt, fromWh, toWh] = [Number(data.fromAt) as Instant, Number(data.toAt) as Instant, BigInt(String(data.fromWh)), BigInt(String(data.toWh))];
    const across = derived.intervals.find(({ from, to }) => from === fromAt && to > toAt);
    const next = across && derived.readings.find(({ at, counted }) => counted && at === across.to);
    return next && next.registerWh >= toWh ? sum + toWh - fromWh : sum;
  }, 0n);
}

export const drawn = ({ from, to }: Step): EnergyDrawn => ({ from: from.at, to: to.at, energy: wattHours(to.registerWh - from.registerWh) });
export const sumOf = (intervals: readonly EnergyDrawn[]): bigint => intervals.reduce((sum, { energy }) => sum + energy, 0n);
