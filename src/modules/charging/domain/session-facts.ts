import { addMs, instant, type Instant } from '../../../kernel/index.ts';
import { DEFAULT_RULES, type AnomalyRules } from './anomaly-rules.ts';
import { findClockSkew } from './clock-skew.ts';
import type { ChargePointFact, FactOf, SessionFact } from './fact.ts';
import { flag, type Flag } from './flag.ts';
import { stampFault, type StampFault } from './stamps.ts';
import { findSwappedDates } from './swapped-dates.ts';

export { believedAt, isTimeBelieved } from './stamps.ts';

/** A fact at the moment that is believed: what the station says, or when it was recorded where the station's clock cannot be. */
export type Timed<F> = { readonly fact: F; readonly at: Instant };
export type SessionFacts = {
  readonly starts: readonly Timed<FactOf<'session_started'>>[];
  readonly reads: readonly Timed<FactOf<'register_read'>>[];
  readonly ends: readonly Timed<FactOf<'session_ended'>>[];
  readonly offline: boolean;
  /** Numbers that never came, and nothing explains it. */
  readonly missingSeqNos: readonly number[];
  /** Numbers that never came beside messages that were queued offline: a station short of memory may drop updates then (OCPP 2.0.1 E04). */
  readonly droppedSeqNos: readonly number[];
  readonly flags: readonly Flag[];
};

export const MISSING_SEQ_NOS_LISTED_MAX = 50;

/**
 * The distinct facts of one session in one order, whatever order and however often they came.
 * @param timeZone of the station; dates are read on its wall clock.
 */
export function orderFacts(facts: readonly ChargePointFact[], rules: AnomalyRules = DEFAULT_RULES, timeZone = 'UTC'): SessionFacts {
  const distinct = distinctFacts(facts);
  const { timed, flags } = believeTimes(distinct, rules, timeZone);
  const of = <K extends SessionFact['kind']>(kind: K): Timed<FactOf<K>>[] =>
    (timed.filter((each) => each.fact.kind === kind) as unknown as Timed<FactOf<K>>[]).sort(compareTimed);
  return {
    starts: of('session_started'), reads: of('register_read'), ends: of('session_ended'), flags,
    offline: distinct.some((fact) => fact.offline), ...missingSeqNos(distinct),
  };
}

/** What makes two facts the same statement: everything they say about the session, and nothing about how they travelled. */
export function factContent(fact: ChargePointFact): string {
  const said = fact.kind === 'session_started' ? [fact.idToken, fact.registerWh, fact.seqNo]
    : fact.kind === 'register_read' ? [fact.registerWh, fact.powerW, fact.socPercent, fact.seqNo, fact.idToken ?? null]
    : fact.kind === 'session_ended' ? [fact.registerWh, fact.reason, fact.idToken, fact.seqNo, ...statedParts(fact)]
    : fact.kind === 'status' ? [fact.status, fact.errorCode] : [];
  return [fact.kind, fact.eventAt, ...said].map((part) => (part === null ? '' : String(part))).join('|');
}

const statedParts = ({ stated }: FactOf<'session_ended'>): unknown[] => (stated ? [stated.energyWh, stated.durationMs, stated.amountMinor] : []);

function distinctFacts(facts: readonly ChargePointFact[]): SessionFact[] {
  const byContent = new Map<string, SessionFact>();
  for (const fact of facts) {
    if (fact.kind === 'booted' || fact.kind === 'status') continue;
    const content = factContent(fact);
    const known = byContent.get(content);
    if (!known) byContent.set(content, fact);
    // A repeat that was queued offline says so, the original may not: the flag of either counts, the earlier record time is kept.
    else byContent.set(content, { ...known, offline: known.offline || fact.offline, recordedAt: fact.recordedAt < known.recordedAt ? fact.recordedAt : known.recordedAt });
  }
  return [...byContent.values()];
}

/**
 * A session told entirely by one wrong clock keeps its own sequence and durations and is moved to when it was recorded; where the
 * clock was set half-way, the facts before count at their record time, and a start no later than anything else that was said. Either way the bill is held, since tariffs go by the hour.
 */
function believeTimes(facts: readonly SessionFact[], rules: AnomalyRules, timeZone: string): { timed: Timed<SessionFact>[]; flags: Flag[] } {
  const faults = facts.map((fact) => stampFault(fact, rules.futureToleranceMs));
  const causes = new Set(faults.filter((fault): fault is StampFault => fault !== null));
  if (facts.length > 0 && !causes.has('clock_not_set') && !causes.has('time_unreadable')) {
    const moved = moveStamps(facts, rules, timeZone);
    if (moved) return moved;
  }
  if (causes.size === 0) return { timed: facts.map((fact) => ({ fact, at: fact.eventAt! })), flags: [] };
  const flags = [...causes].map((cause) => flag(cause, { facts: faults.filter((fault) => fault === cause).length, of: facts.length }));
  const allWrong = faults.every((fault) => fault !== null && fault !== 'time_unreadable');
  const least = (values: readonly number[]): number => values.reduce((a, b) => Math.min(a, b), Infinity);
  const shiftMs = allWrong ? least(facts.map((fact) => fact.recordedAt)) - least(facts.map((fact) => fact.eventAt!)) : 0;
  const believed = least(facts.flatMap((fact, i) => (faults[i] === null ? [fact.eventAt!] : [])));
  const recorded = (fact: SessionFact): Instant => (fact.kind === 'session_started' && believed < fact.recordedAt ? instant(believed) : fact.recordedAt);
  return {
    timed: facts.map((fact, i) => ({ fact, at: faults[i] === null ? fact.eventAt! : allWrong ? addMs(fact.eventAt!, shiftMs) : recorded(fact) })),
    flags,
  };
}

/** Stamps that are wrong in a way that says what is right: those of exchanged dates, and of a clock that is off by one time. */
function moveStamps(facts: readonly SessionFact[], rules: AnomalyRules, timeZone: string): { timed: Timed<SessionFact>[]; flags: Flag[] } | null {
  const swapped = findSwappedDates(facts, rules, timeZone);
  if (swapped) return { timed: facts.map((fact) => ({ fact, at: swapped.at.get(fact)! })), flags: [swapped.flag] };
  const skew = findClockSkew(facts, rules);
  return skew && { timed: facts.map((fact) => ({ fact, at: addMs(fact.eventAt!, skew.shiftMs(fact)) })), flags: [skew.flag] };
}

function compareTimed(a: Timed<SessionFact>, b: Timed<SessionFact>): number {
  if (a.at !== b.at) return a.at - b.at;
  const registers = compareRegisters(a.fact.registerWh, b.fact.registerWh);
  if (registers !== 0) return registers;
  const [left, right] = [factContent(a.fact), factContent(b.fact)];
  return left < right ? -1 : left > right ? 1 : 0;
}

function compareRegisters(a: bigint | null, b: bigint | null): number {
  if (a === b) return 0;
  if (a === null) return 1;
  if (b === null) return -1;
  return a < b ? -1 : 1;
}

/** The numbers between the lowest and the highest that never came (OCPP 2.0.1 E01: the counter rises by one per event). */
function missingSeqNos(facts: readonly SessionFact[]): Pick<SessionFacts, 'missingSeqNos' | 'droppedSeqNos'> {
  const seen = new Map<number, boolean>();
  for (const { seqNo, offline } of facts) if (seqNo !== null) seen.set(seqNo, offline || (seen.get(seqNo) ?? false));
  const sorted = [...seen.keys()].sort((a, b) => a - b);
  const [missingSeqNos, droppedSeqNos]: [number[], number[]] = [[], []];
  for (let i = 1; i < sorted.length; i++) {
    const list = seen.get(sorted[i - 1]!) || seen.get(sorted[i]!) ? droppedSeqNos : missingSeqNos;
    for (let n = sorted[i - 1]! + 1; n < sorted[i]! && list.length < MISSING_SEQ_NOS_LISTED_MAX; n++) list.push(n);
  }
  return { missingSeqNos, droppedSeqNos };
}
