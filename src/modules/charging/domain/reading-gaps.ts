import type { AnomalyRules } from './anomaly-rules.ts';
import type { EnergyDrawn } from './derived-session.ts';
import type { FactOf } from './fact.ts';
import { flag, type Flag } from './flag.ts';
import type { SessionFacts, Timed } from './session-facts.ts';

/** So many steady steps make a rhythm, and a gap is this many times as long as the usual step. */
const RHYTHM_STEPS_MIN = 3;
const RHYTHM_TIMES = 4;

/**
 * Stretches without a reading in which energy was drawn, and that the connection explains. The registers on both sides prove the energy, so
 * the bill is right; only its split over tariff periods is coarser. A meter that is slow by habit has no gaps.
 */
export function gapFlags(intervals: readonly EnergyDrawn[], facts: SessionFacts, rules: Pick<AnomalyRules, 'readingGapMinMs' | 'edgeWhMax' | 'clockSkewMinMs'>): Flag[] {
  const wide = intervals.filter((each) => each.to - each.from >= rules.readingGapMinMs && each.energy > rules.edgeWhMax);
  if (wide.length === 0) return [];
  const usualMs = rhythmOf(intervals);
  return wide.flatMap(({ from, to, energy }) => {
    const explainedBy = dropped(facts, from, to) ? 'dropped_offline'
      : usualMs === null || to - from < RHYTHM_TIMES * usualMs ? null
      : cameLate(facts, to, rules.clockSkewMinMs) ? 'queued' : 'silence';
    return explainedBy === null ? [] : [flag('offline_gap', { fromAt: from, toAt: to, energyWh: String(energy), explainedBy, usualMs })];
  });
}

/** The usual time between readings, from the shorter half of them; null where there are too few to speak of a rhythm. */
function rhythmOf(intervals: readonly EnergyDrawn[]): number | null {
  const steps = intervals.map(({ from, to }) => to - from).sort((a, b) => a - b);
  return steps.length <= RHYTHM_STEPS_MIN ? null : steps[Math.floor((steps.length - 1) / 2)]!;
}

const spoken = (facts: SessionFacts): readonly Timed<FactOf<'register_read' | 'session_started' | 'session_ended'>>[] => [...facts.starts, ...facts.reads, ...facts.ends];

function dropped(facts: SessionFacts, from: number, to: number): boolean {
  if (facts.droppedSeqNos.length === 0) return false;
  const seqNos = (lies: (at: number) => boolean): number[] => spoken(facts).flatMap(({ fact, at }) => (lies(at) && fact.seqNo !== null ? [fact.seqNo] : []));
  const [before, after] = [seqNos((at) => at <= from), seqNos((at) => at >= to)];
  return facts.droppedSeqNos.some((n) => before.some((seqNo) => seqNo < n) && after.some((seqNo) => seqNo > n));
}

/** What ends the gap was sent long after it happened. */
const cameLate = (facts: SessionFacts, at: number, lateMs: number): boolean =>
  spoken(facts).some((each) => each.at === at && (each.fact.offline || (each.fact.eventAt !== null && each.fact.recordedAt - each.fact.eventAt >= lateMs)));
