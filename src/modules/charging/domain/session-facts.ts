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
  const { times, flags } = believeTimes(distinct, rules, timeZone);
  const starts: Timed<FactOf<'session_started'>>[] = [], reads: Timed<FactOf<'register_read'>>[] = [], ends: Timed<FactOf<'session_ended'>>[] = [];
  for (const [i, fact] of distinct.entries()) {
    const at = times[i]!;
    if (fact.kind === 'register_read') reads.push({ fact, at });
    else if (fact.kind === 'session_started') starts.push({ fact, at });
    else ends.push({ fact, at });
  }
  return {
    starts: starts.sort(compareTimed), reads: reads.sort(compareTimed), ends: ends.sort(compareTimed), flags,
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

/** In the order in which each was first said. Statements about different moments differ; only those that share one are compared word by word. */
function distinctFacts(facts: readonly ChargePointFact[]): SessionFact[] {
  const shared = sharedStamps(facts);
  const distinct: SessionFact[] = [];
  const placeOf = new Map<string, number>();
  for (const fact of facts) {
    if (fact.kind === 'booted' || fact.kind === 'status') continue;
    if (!shared.has(fact.eventAt)) {
      distinct.push(fact);
      continue;
    }
    const content = factContent(fact);
    const place = placeOf.get(content);
    if (place === undefined) {
      placeOf.set(content, distinct.length);
      distinct.push(fact);
      continue;
    }
    // A repeat that was queued offline says so, the original may not: the flag of either counts, the earlier record time is kept.
    const known = distinct[place]!;
    distinct[place] = { ...known, offline: known.offline || fact.offline, recordedAt: fact.recordedAt < known.recordedAt ? fact.recordedAt : known.recordedAt };
  }
  return distinct;
}

/** Stamps that several facts carry. Facts mostly come in the order of their stamps; then only neighbours can share one, and no set of all is needed. */
function sharedStamps(facts: readonly ChargePointFact[]): ReadonlySet<Instant | null> {
  const shared = new Set<Instant | null>();
  const inOrder = facts.every(({ eventAt }, i) => eventAt !== null && (i === 0 || facts[i - 1]!.eventAt! <= eventAt));
  if (inOrder) {
    for (let i = 1; i < facts.length; i++) if (facts[i]!.eventAt === facts[i - 1]!.eventAt) shared.add(facts[i]!.eventAt);
    return shared;
  }
  const seen = new Set<Instant | null>();
  for (const { eventAt } of facts) (seen.has(eventAt) ? shared : seen).add(eventAt);
  return shared;
}

/**
 * A session told entirely by one wrong clock keeps its own sequence and durations and is moved to when it was recorded; where the
 * clock was set half-way, the facts before count at their record time, and a start no later than anything else that was said. Either way the bill is held, since tariffs go by the hour.
 */
function believeTimes(facts: readonly SessionFact[], rules: AnomalyRules, timeZone: string): Believed {
  const faults = facts.map((fact) => stampFault(fact, rules.futureToleranceMs));
  const causes = new Set(faults.filter((fault): fault is StampFault => fault !== null));
  if (facts.length > 0 && !causes.has('clock_not_set') && !causes.has('time_unreadable')) {
    const moved = moveStamps(facts, rules, timeZone);
    if (moved) return moved;
  }
  if (causes.size === 0) return { times: facts.map((fact) => fact.eventAt!), flags: [] };
  const flags = [...causes].map((cause) => flag(cause, { facts: faults.filter((fault) => fault === cause).length, of: facts.length }));
  const allWrong = faults.every((fault) => fault !== null && fault !== 'time_unreadable');
  const least = (values: readonly number[]): number => values.reduce((a, b) => Math.min(a, b), Infinity);
  const shiftMs = allWrong ? least(facts.map((fact) => fact.recordedAt)) - least(facts.map((fact) => fact.eventAt!)) : 0;
  const believed = least(facts.flatMap((fact, i) => (faults[i] === null ? [fact.eventAt!] : [])));
  const recorded = (fact: SessionFact): Instant => (fact.kind === 'session_started' && believed < fact.recordedAt ? instant(believed) : fact.recordedAt);
  return { times: facts.map((fact, i) => (faults[i] === null ? fact.eventAt! : allWrong ? addMs(fact.eventAt!, shiftMs) : recorded(fact))), flags };
}

/** The moments at which facts are believed, in the order of the facts. */
type Believed = { readonly times: readonly Instant[]; readonly flags: readonly Flag[] };

/** Stamps that are wrong in a way that says what is right: those of exchanged dates, and of a clock that is off by one time. */
function moveStamps(facts: readonly SessionFact[], rules: AnomalyRules, timeZone: string): Believed | null {
  const swapped = findSwappedDates(facts, rules, timeZone);
  if (swapped) return { times: swapped.times, flags: [swapped.flag] };
  const skew = findClockSkew(facts, rules);
  return skew && { times: facts.map((fact) => addMs(fact.eventAt!, skew.shiftMs(fact))), flags: [skew.flag] };
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
  const [missingSeqNos, droppedSeqNos]: [number[], number[]] = [[], []];
  if (isCounted(facts)) return { missingSeqNos, droppedSeqNos };
  const seen = new Map<number, boolean>();
  for (const { seqNo, offline } of facts) if (seqNo !== null) seen.set(seqNo, offline || (seen.get(seqNo) ?? false));
  const sorted = [...seen.keys()].sort((a, b) => a - b);
  for (let i = 1; i < sorted.length; i++) {
    const list = seen.get(sorted[i - 1]!) || seen.get(sorted[i]!) ? droppedSeqNos : missingSeqNos;
    for (let n = sorted[i - 1]! + 1; n < sorted[i]! && list.length < MISSING_SEQ_NOS_LISTED_MAX; n++) list.push(n);
  }
  return { missingSeqNos, droppedSeqNos };
}

/** One number after the other without a hole, as nearly every session comes; or no numbers at all, as in OCPP 1.6. */
function isCounted(facts: readonly SessionFact[]): boolean {
  let last: number | null = null;
  for (const { seqNo } of facts) {
    if (seqNo === null) continue;
    if (last !== null && seqNo !== last && seqNo !== last + 1) return false;
    last = seqNo;
  }
  return true;
}
