import { addMs, instant, MS_PER_HOUR, MS_PER_MINUTE, wattHours, type Instant, type WattHours } from '../../../kernel/index.ts';
import { DEFAULT_RULES, type AnomalyRules } from './anomaly-rules.ts';
import type { DerivedReading, DerivedSession, EnergyDrawn, SessionContext } from './derived-session.ts';
import type { ChargePointFact } from './fact.ts';
import { flag, isHeld, sortFlags, type Flag } from './flag.ts';
import { lossFlag } from './loss.ts';
import { occupancyFlags } from './occupancy.ts';
import { gapFlags } from './reading-gaps.ts';
import { continues, compareReadings, countsPerSession, EMPTY_CHAIN, followRegister, isSamePoint, openBreak, plausibleEnergyMax, type RegisterBreak, type RegisterChain, type RegisterPoint, type RegisterReading } from './register-chain.ts';
import { orderFacts, type SessionFacts } from './session-facts.ts';
import { statedFlags } from './stated-bill.ts';

export type { Closure, DerivedReading, DerivedSession, EnergyDrawn, SessionContext } from './derived-session.ts';

/**
 * A first or last reading stands for the register of the start or end while no more than the step of a cheap meter can have been drawn
 * between them. Two minutes at 180 kW are 6 kWh: what was missed there is not little, and a bill without it would be wrong.
 */
const isAtEdge = (unseenMs: number, { maxPowerW, rules }: Judged): boolean => maxPowerW * BigInt(Math.max(0, unseenMs)) <= rules.edgeWhMax * BigInt(MS_PER_HOUR);
/** By what a session is judged. */
type Judged = { readonly maxPowerW: bigint; readonly rules: AnomalyRules };

/**
 * What happened in one session, from everything that was said about it. Pure; equal for every order and any number of repeats of
 * the same facts. Never throws for anything a station can say: what is odd becomes a flag.
 */
export function derive(facts: readonly ChargePointFact[], context: SessionContext): DerivedSession {
  const rules = context.rules ?? DEFAULT_RULES;
  const judged = { maxPowerW: context.maxPowerW, rules };
  const ordered = orderFacts(facts, rules, context.timeZone);
  const [start, end] = [ordered.starts[0], ordered.ends[0]];
  const { first, last } = spokenSpan(ordered) ?? { first: context.closure?.at ?? instant(0), last: context.closure?.at ?? instant(0) };
  const ended = end !== undefined || context.closure !== null;
  const reversed = start !== undefined && end !== undefined && end.at < start.at;
  const startedAt = reversed ? end.at : start?.at ?? first;
  const endedAt = !ended ? null : reversed ? start.at : end?.at ?? last;
  const readings = sessionReadings(ordered, { startedAt, endedAt, reversed }, rules);
  const followed = followSession(readings, judged, context.before);
  const occupancy = occupancyOf(followed, readings, endedAt);
  const span = { startedAt, endedAt };
  const stated = end?.fact.stated ?? null;
  const lost = end === undefined && context.closure ? lossFlag({ start, closure: context.closure, lastHeardAt: endedAt, intervals: followed.intervals, context, rules }) : null;
  const runsOn = lost?.cause === 'duplicate_start';
  const flags = sortFlags([
    ...ordered.flags, ...(lost ? [lost] : []), ...frameFlags(ordered, context, span), ...(runsOn ? [] : registerFlags(readings, followed, judged, span)),
    ...durationFlags(span, rules), ...occupancyFlags(occupancy, ordered, rules), ...gapFlags(followed.intervals, ordered, rules),
    ...(runsOn ? [] : idleFlags(span, readings, followed)),
    ...statedFlags(stated, { energyWh: followed.energyWh, durationMs: endedAt === null ? null : endedAt - startedAt }, rules),
  ]);
  return {
    state: ended ? 'ended' : 'active', startedAt, endedAt, energyWh: followed.energyWh, intervals: followed.intervals, occupancy,
    readings: followed.readings, idToken: start?.fact.idToken ?? end?.fact.idToken ?? null, stopReason: end?.fact.reason ?? null,
    offline: ordered.offline, stated, flags, held: isHeld(flags),
  };
}

/** The first and the last moment that anything was said of, which is in time order; null where nothing was. */
function spokenSpan({ starts, reads, ends }: SessionFacts): { readonly first: Instant; readonly last: Instant } | null {
  let [first, last]: [Instant | null, Instant | null] = [null, null];
  for (const said of [starts, reads, ends]) {
    const [earliest, latest] = [said[0]?.at, said.at(-1)?.at];
    if (earliest === undefined || latest === undefined) continue;
    if (first === null || earliest < first) first = earliest;
    if (last === null || latest > last) last = latest;
  }
  return first === null || last === null ? null : { first, last };
}

/** None is an anchor: what a meter does from session to session is no explanation within one. */
type SessionReading = RegisterReading & { readonly role: DerivedReading['role'] };
type Span = { readonly startedAt: Instant; readonly endedAt: Instant | null };
type Followed = { readonly energyWh: WattHours; readonly intervals: readonly EnergyDrawn[]; readonly readings: readonly DerivedReading[]; readonly breaks: readonly RegisterBreak[]; readonly open: RegisterBreak | null; readonly doubt: OpeningDoubt | null };
/** The first register of a session lies below what its connector had shown already, and the next one at or above it. */
type OpeningDoubt = { readonly stated: SessionReading; readonly next: SessionReading; readonly known: RegisterPoint };

/** A register below zero is how stations say that they do not know it. */
const known = (registerWh: bigint | null): registerWh is bigint => registerWh !== null && registerWh >= 0n;

/** The start's register first, then what was read in between, then the end's: the roles order them where clocks do not. */
function sessionReadings(facts: SessionFacts, span: Span & { reversed: boolean }, { stampToleranceMs }: Pick<AnomalyRules, 'stampToleranceMs'>): SessionReading[] {
  const [start, end] = [facts.starts[0], facts.ends[0]];
  const opening = start && known(start.fact.registerWh) ? start.fact.registerWh : null;
  const closing = end && known(end.fact.registerWh) ? end.fact.registerWh : null;
  const earliest = start === undefined ? -Infinity : opening === null ? addMs(span.startedAt, -stampToleranceMs) : span.startedAt;
  const latest = end === undefined || span.endedAt === null ? Infinity : closing === null ? addMs(span.endedAt, stampToleranceMs) : span.endedAt;
  const clip = (at: Instant): Instant => {
    const lower = start !== undefined && at < span.startedAt ? span.startedAt : at;
    return end !== undefined && span.endedAt !== null && lower > span.endedAt ? span.endedAt : lower;
  };
  const between: SessionReading[] = [];
  for (const { fact: { registerWh }, at } of facts.reads) {
    if (known(registerWh) && at >= earliest && at <= latest) between.push({ at: clip(at), registerWh, anchor: false, role: 'read' });
  }
  between.sort(compareReadings);
  const readings: SessionReading[] = opening === null ? between : [{ at: span.startedAt, registerWh: opening, anchor: false, role: 'start' }, ...between];
  if (closing !== null) readings.push({ at: span.endedAt!, registerWh: closing, anchor: false, role: 'end' });
  return readings;
}

/**
 * A first register that the connector had passed before the session is no beginning: what it said before the meter answered, or what it kept
 * from an earlier session. Energy then counts from the first register that can be true. Where a reading between the two shows progress, the
 * meter was replaced or counts per session, and its own words are enough.
 */
function followSession(readings: readonly SessionReading[], judged: Judged, before: RegisterChain): Followed {
  const followed = followReadings(readings, judged, 0);
  const { maxPowerW, rules: { registerStepWh }, rules } = judged;
  const stated = readings[0];
  if (stated === undefined || (countsPerSession(before) && stated.registerWh <= registerStepWh)) return followed;
  const opening = firstProgress(stated, readings, followed);
  const next = readings[opening];
  if (next === undefined) return followed;
  const known = [before.main, before.aside].find((point): point is RegisterPoint =>
    point !== null && point.registerWh > stated.registerWh + registerStepWh && point.registerWh <= next.registerWh && continues(point, next, maxPowerW, rules));
  return known === undefined ? followed : { ...followReadings(readings, judged, opening), doubt: { stated, next, known } };
}

/** Where the register first goes on from the one that is stated: by a step that can be true, or by a jump that cannot. A jump from 0 is its own evidence. */
function firstProgress(stated: SessionReading, readings: readonly SessionReading[], { intervals, breaks, open }: Followed): number {
  const jump = stated.registerWh === 0n ? undefined : [...breaks, ...(open ? [open] : [])].find(({ kind, from }) => kind === 'jump' && from.registerWh === stated.registerWh);
  if (jump !== undefined) return readings.findIndex((reading) => isSamePoint(reading, jump.to));
  const step = intervals.find((each) => each.energy > 0n);
  return step === undefined ? -1 : readings.findIndex(({ at, registerWh }) => at === step.to && registerWh === stated.registerWh + step.energy);
}

/** A register above `aboveWh` and up to `upToWh` that the connector had shown before `at` contradicts the beginning of a session. */
export type SessionOpening = { readonly at: Instant; readonly aboveWh: bigint; readonly upToWh: bigint };

/** @param derived without regard to what was before it. @returns null where nothing could contradict it, because its register goes on nowhere. */
export function openingOf({ readings, intervals, flags }: Pick<DerivedSession, 'readings' | 'intervals' | 'flags'>, { registerStepWh }: Pick<AnomalyRules, 'registerStepWh'> = DEFAULT_RULES): SessionOpening | null {
  const stated = readings[0];
  if (stated === undefined) return null;
  const jump = flags.find(({ cause, data }) => cause === 'register_jump_implausible' && data.fromWh === String(stated.registerWh));
  const step = intervals.find((each) => each.energy > 0n);
  const upToWh = jump !== undefined ? BigInt(String(jump.data.toWh)) : stated.registerWh + (step?.energy ?? 0n);
  return upToWh - stated.registerWh <= registerStepWh ? null : { at: stated.at, aboveWh: stated.registerWh + registerStepWh, upToWh };
}

/** @param opening how many readings lie before the first that counts. */
function followReadings(readings: readonly SessionReading[], { maxPowerW, rules }: Judged, opening: number): Followed {
  let chain: RegisterChain = EMPTY_CHAIN;
  let energyWh = 0n;
  const intervals: EnergyDrawn[] = [];
  const breaks: RegisterBreak[] = [];
  const followed = readings.map((reading, i): DerivedReading => {
    const counted = i >= opening && follow(reading);
    return { at: reading.at, registerWh: reading.registerWh, role: reading.role, counted };
  });
  /** @returns whether the chain goes on from this reading. */
  function follow(reading: SessionReading): boolean {
    const step = followRegister(chain, reading, maxPowerW, rules);
    if (step.drawn) {
      const energy = wattHours(step.drawn.to.registerWh - step.drawn.from.registerWh);
      intervals.push({ from: step.drawn.from.at, to: step.drawn.to.at, energy });
      energyWh += energy;
    }
    if (step.broken) breaks.push(step.broken);
    const { main } = step.chain;
    const counted = main !== chain.main && main !== null && isSamePoint(main, reading);
    chain = step.chain;
    return counted;
  }
  return { energyWh: wattHours(energyWh), intervals, breaks, open: openBreak(chain), doubt: null, readings: followed };
}

/** From the reading at which the register stopped moving to the end; only where a later reading shows that it stood still. */
function occupancyOf(followed: Followed, readings: readonly SessionReading[], endedAt: Instant | null): DerivedSession['occupancy'] {
  const lastDrawn = followed.intervals.findLast((each) => each.energy > 0n);
  if (endedAt === null || lastDrawn === undefined || followed.open !== null) return null;
  const stoodStill = readings.some((reading) => reading.at > lastDrawn.to);
  return stoodStill && endedAt - lastDrawn.to >= MS_PER_MINUTE ? { from: lastDrawn.to, to: endedAt } : null;
}

function frameFlags(facts: SessionFacts, context: SessionContext, span: Span): Flag[] {
  const flags: Flag[] = [];
  const [start, end] = [facts.starts[0], facts.ends[0]];
  const ended = end !== undefined || context.closure !== null;
  if (context.startRepeated) flags.push(flag('start_repeated_after_boot_or_stop'));
  if (!start && ended) flags.push(flag('start_never_arrived', { firstHeardAt: span.startedAt }));
  if (start && end && end.at < start.at) flags.push(flag('end_before_start', { statedStart: start.at, statedEnd: end.at }));
  if (facts.starts.length > 1) flags.push(flag('start_contradicted', { registersWh: registers(facts.starts), count: facts.starts.length }));
  if (facts.ends.length > 1) flags.push(flag('stop_contradicted', { registersWh: registers(facts.ends), count: facts.ends.length }));
  // OCPP 2.0.1 E04: a station short of memory may drop updates while it is offline; those are no loss.
  if (facts.missingSeqNos.length > 0) flags.push(flag('events_missing', { seqNos: facts.missingSeqNos }));
  return flags;
}

const registers = (ends: readonly { fact: { registerWh: bigint | null } }[]): string => ends.map(({ fact }) => String(fact.registerWh ?? '?')).join(' ');

function registerFlags(readings: readonly SessionReading[], followed: Followed, judged: Judged, span: Span): Flag[] {
  const flags = followed.breaks.map((each) => breakFlag(each, false, readings, judged));
  if (followed.open) flags.push(breakFlag(followed.open, true, readings, judged));
  if (followed.doubt) flags.push(doubtFlag(followed.doubt));
  if (span.endedAt === null) return flags;
  if (readings.length === 0) return [...flags, flag('no_register_evidence')];
  const [first, last] = [readings[0]!, readings.at(-1)!];
  if (first.role !== 'start' && !isAtEdge(first.at - span.startedAt, judged)) flags.push(flag('first_register_missing', { startedAt: span.startedAt, firstReadAt: first.at }));
  const alone = readings.length === 1;
  if (alone || (last.role !== 'end' && !isAtEdge(span.endedAt - last.at, judged))) {
    const unseenMs = span.endedAt - last.at;
    flags.push(flag('final_register_missing', { endedAt: span.endedAt, lastReadAt: last.at, unseenWhMax: String(plausibleEnergyMax(unseenMs, judged.maxPowerW, judged.rules)) }));
  }
  return flags;
}

function breakFlag(broken: RegisterBreak, open: boolean, readings: readonly SessionReading[], { maxPowerW, rules }: Judged): Flag {
  const { from, to } = broken;
  const data = {
    fromWh: String(from.registerWh), fromAt: from.at, toWh: String(to.registerWh), toAt: to.at,
    plausibleWhMax: String(plausibleEnergyMax(to.at - from.at, maxPowerW, rules)),
  };
  // A fall that the register came back from proves itself false, unless what came after may as well have been counted from it: on a young meter a reset
  // soon looks like a return, even one that stood still at first because its station was without power.
  if (broken.kind === 'dip' && to.registerWh < from.registerWh) return flag(broken.eitherWay ? 'meter_register_reset' : 'meter_register_dip', data);
  const last = readings.at(-1);
  const byStop = open && last?.role === 'end' && last.registerWh === to.registerWh;
  if (broken.kind === 'reset') return flag(byStop ? 'stop_register_below_start' : 'meter_register_reset', data);
  return flag(from.registerWh === 0n ? 'meter_register_zero_before_start' : 'register_jump_implausible', data);
}

function doubtFlag({ stated, next, known }: OpeningDoubt): Flag {
  return flag(stated.registerWh === 0n ? 'meter_register_zero_before_start' : 'first_register_below_known', {
    fromWh: String(stated.registerWh), fromAt: stated.at, toWh: String(next.registerWh), toAt: next.at, knownWh: String(known.registerWh), knownAt: known.at,
  });
}

function durationFlags({ startedAt, endedAt }: Span, { sessionDurationMaxMs: limitMs }: AnomalyRules): Flag[] {
  const durationMs = endedAt === null ? 0 : endedAt - startedAt;
  return durationMs > limitMs ? [flag('session_too_long', { durationMs, limitMs })] : [];
}

/** Both registers are there and equal: a true zero, said aloud so that it cannot be taken for a lost bill. */
function idleFlags({ startedAt, endedAt }: Span, readings: readonly SessionReading[], followed: Followed): Flag[] {
  // A start that was never heard and one moment's register say nothing of what was drawn.
  const spans = readings.length >= 2 && (readings[0]!.role === 'start' || readings.at(-1)!.at > readings[0]!.at);
  const idle = endedAt !== null && spans && followed.energyWh === 0n && followed.breaks.length === 0 && followed.open === null && followed.doubt === null;
  return idle ? [flag('no_energy_drawn', { durationMs: endedAt - startedAt })] : [];
}
