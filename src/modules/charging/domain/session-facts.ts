import { addMs, instant, type Instant } from '../../../kernel/index.ts';
import type { ChargePointFact, FactOf } from './fact.ts';
import { flag, type Flag } from './flag.ts';

/** A fact at the moment that is believed: what the station says, or when it was recorded where the station's clock cannot be. */
export type Timed<F> = { readonly fact: F; readonly at: Instant };
export type SessionFacts = {
  readonly starts: readonly Timed<FactOf<'session_started'>>[];
  readonly reads: readonly Timed<FactOf<'register_read'>>[];
  readonly ends: readonly Timed<FactOf<'session_ended'>>[];
  readonly offline: boolean;
  readonly missingSeqNos: readonly number[];
  readonly flags: readonly Flag[];
};

/** Before this no charge point spoke OCPP: an older stamp comes from a clock that was never set (1970 is the usual one). */
const CLOCK_SET_FROM = instant(1_262_304_000_000); // 2010-01-01
/** A day, because a station in the wrong zone is off by hours and its bill is still right to the hour. */
const FUTURE_TOLERANCE_MS = 86_400_000;
export const MISSING_SEQ_NOS_LISTED_MAX = 50;

type SessionFact = FactOf<'session_started'> | FactOf<'register_read'> | FactOf<'session_ended'>;
type ClockFault = 'clock_not_set' | 'time_in_future' | 'time_unreadable';

/** The distinct facts of one session in one order, whatever order and however often they came. */
export function orderFacts(facts: readonly ChargePointFact[]): SessionFacts {
  const distinct = distinctFacts(facts);
  const { timed, flags } = believeTimes(distinct);
  const of = <K extends SessionFact['kind']>(kind: K): Timed<FactOf<K>>[] =>
    (timed.filter((each) => each.fact.kind === kind) as unknown as Timed<FactOf<K>>[]).sort(compareTimed);
  return {
    starts: of('session_started'), reads: of('register_read'), ends: of('session_ended'), flags,
    offline: distinct.some((fact) => fact.offline), missingSeqNos: missingSeqNos(distinct),
  };
}

/** The stated time where it can be one, else the record time: for live display, and for the meter, which needs some time for every reading. */
export const believedAt = (fact: Pick<ChargePointFact, 'eventAt' | 'recordedAt'>): Instant =>
  fact.eventAt !== null && fact.eventAt >= CLOCK_SET_FROM && fact.eventAt <= addMs(fact.recordedAt, FUTURE_TOLERANCE_MS) ? fact.eventAt : fact.recordedAt;

/** Whether the stated time can be one. Where it cannot, the place of the fact between those of other sessions is not known. */
export const isTimeBelieved = (fact: Pick<ChargePointFact, 'eventAt' | 'recordedAt'>): boolean => clockFault(fact) === null;

/** What makes two facts the same statement: everything they say about the session, and nothing about how they travelled. */
export function factContent(fact: ChargePointFact): string {
  const said = fact.kind === 'session_started' ? [fact.idToken, fact.registerWh, fact.seqNo]
    : fact.kind === 'register_read' ? [fact.registerWh, fact.powerW, fact.socPercent, fact.seqNo, fact.idToken ?? null]
    : fact.kind === 'session_ended' ? [fact.registerWh, fact.reason, fact.idToken, fact.seqNo]
    : fact.kind === 'status' ? [fact.status, fact.errorCode] : [];
  return [fact.kind, fact.eventAt, ...said].map((part) => (part === null ? '' : String(part))).join('|');
}

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

function clockFault(fact: Pick<ChargePointFact, 'eventAt' | 'recordedAt'>): ClockFault | null {
  if (fact.eventAt === null) return 'time_unreadable';
  if (fact.eventAt < CLOCK_SET_FROM) return 'clock_not_set';
  return fact.eventAt > addMs(fact.recordedAt, FUTURE_TOLERANCE_MS) ? 'time_in_future' : null;
}

/**
 * A session told entirely by one wrong clock keeps its own sequence and durations and is moved to when it was recorded; where the
 * clock was set half-way, the facts before count at their record time, and a start no later than anything else that was said. Either way the bill is held, since tariffs go by the hour.
 */
function believeTimes(facts: readonly SessionFact[]): { timed: Timed<SessionFact>[]; flags: Flag[] } {
  const faults = facts.map(clockFault);
  const causes = new Set(faults.filter((fault): fault is ClockFault => fault !== null));
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
function missingSeqNos(facts: readonly SessionFact[]): number[] {
  const seen = new Set(facts.flatMap((fact) => (fact.seqNo === null ? [] : [fact.seqNo])));
  if (seen.size === 0) return [];
  const sorted = [...seen].sort((a, b) => a - b);
  const missing: number[] = [];
  for (let i = 1; i < sorted.length; i++) {
    for (let n = sorted[i - 1]! + 1; n < sorted[i]! && missing.length < MISSING_SEQ_NOS_LISTED_MAX; n++) missing.push(n);
  }
  return missing;
}
