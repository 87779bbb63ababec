import { MS_PER_MINUTE, type Instant } from '../../../kernel/index.ts';
import type { AnomalyRules } from './anomaly-rules.ts';
import type { SessionFact } from './fact.ts';
import { flag, type Flag } from './flag.ts';

/** Offsets of time zones are multiples of this. */
const ZONE_STEP_MS = 15 * MS_PER_MINUTE;
/** Messages that came as they happened are told from a queue that was emptied at once by lasting at least this long. */
const LIVE_SPAN_MIN_MS = 5 * MS_PER_MINUTE;

/** Facts in the order they were recorded, whose stamps keep one distance from their record times. */
type Run = { readonly facts: SessionFact[]; minMs: number; maxMs: number };
export type ClockSkew = { readonly shiftMs: (fact: SessionFact) => number; readonly flag: Flag };

const lagMs = (fact: SessionFact): number => fact.recordedAt - fact.eventAt!;

/**
 * A clock that is off, told from messages that came late: what was queued comes at once and is late by different times, a wrong clock is off
 * by one time for as long as it lasts. `kind` says how: a `zone` is off by quarter hours throughout, a `constant` one by anything, and at a
 * `jump` only a stretch of the session is off. Shifting by `shiftMs` puts the facts where the record times say they belong.
 * @param facts with stamps that can be read.
 */
export function findClockSkew(facts: readonly SessionFact[], rules: Pick<AnomalyRules, 'clockSkewMinMs' | 'clockSkewSpreadMs'>): ClockSkew | null {
  if (!facts.some((fact) => Math.abs(lagMs(fact)) >= rules.clockSkewMinMs)) return null;
  const wrong = steadyRuns(facts, rules.clockSkewSpreadMs).filter((run) => isLive(run) && Math.abs(run.minMs) >= rules.clockSkewMinMs);
  const first = wrong[0];
  if (first === undefined) return null;
  const offMs = skewOf(first, rules.clockSkewSpreadMs);
  // What came late by a clock that is off comes later still, never earlier.
  const throughout = wrong.every((run) => Math.abs(skewOf(run, rules.clockSkewSpreadMs) - offMs) <= rules.clockSkewSpreadMs)
    && facts.every((fact) => lagMs(fact) >= first.minMs - rules.clockSkewSpreadMs);
  const shifts = new Map(throughout ? facts.map((fact) => [fact, offMs] as const)
    : wrong.flatMap((run) => run.facts.map((fact) => [fact, skewOf(run, rules.clockSkewSpreadMs)] as const)));
  const kind = !throughout ? 'jump' : offMs % ZONE_STEP_MS === 0 ? 'zone' : 'constant';
  return {
    shiftMs: (fact) => shifts.get(fact) ?? 0,
    flag: flag('clock_skew', { skewMs: Math.abs(offMs), direction: offMs > 0 ? 'behind' : 'ahead', kind, facts: shifts.size, of: facts.length, fromAt: first.facts[0]!.eventAt }),
  };
}

function steadyRuns(facts: readonly SessionFact[], spreadMs: number): Run[] {
  const runs: Run[] = [];
  const ordered = facts.filter((fact) => !fact.offline).sort((a, b) => a.recordedAt - b.recordedAt || a.eventAt! - b.eventAt!);
  for (const fact of ordered) {
    const [run, lag] = [runs.at(-1), lagMs(fact)];
    if (run && Math.max(run.maxMs, lag) - Math.min(run.minMs, lag) <= spreadMs) {
      run.facts.push(fact);
      run.minMs = Math.min(run.minMs, lag);
      run.maxMs = Math.max(run.maxMs, lag);
    } else runs.push({ facts: [fact], minMs: lag, maxMs: lag });
  }
  return runs;
}

const isLive = ({ facts }: Run): boolean => spanMs(facts.map((fact) => fact.recordedAt)) >= LIVE_SPAN_MIN_MS && spanMs(facts.map((fact) => fact.eventAt!)) >= LIVE_SPAN_MIN_MS;
const spanMs = (times: readonly Instant[]): number => times.reduce((a, b) => Math.max(a, b), -Infinity) - times.reduce((a, b) => Math.min(a, b), Infinity);

/** The least distance is that of the message that travelled fastest; a whole number of quarter hours, where that is as good, is a zone. */
function skewOf({ minMs, maxMs }: Run, spreadMs: number): number {
  const zone = Math.round(minMs / ZONE_STEP_MS) * ZONE_STEP_MS;
  return zone >= minMs - spreadMs && zone <= maxMs ? zone : minMs;
}
