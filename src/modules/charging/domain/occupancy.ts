import { MS_PER_HOUR, type Instant } from '../../../kernel/index.ts';
import type { AnomalyRules } from './anomaly-rules.ts';
import { flag, type Flag } from './flag.ts';
import type { SessionFacts } from './session-facts.ts';

/** A vehicle that says this of itself is full; some stop at 99. */
const FULL_SOC_PERCENT = 99;
/** A register that was read so often since and never moved was not forgotten by its meter. */
const STANDSTILL_READINGS_MIN = 3;

/**
 * Plugged in for longer than the operator thinks possible: because the vehicle was full, where its state of charge or the readings to the very
 * end say so, and otherwise for no reason that is known.
 */
export function occupancyFlags(occupancy: { readonly from: Instant; readonly to: Instant } | null, facts: SessionFacts, rules: Pick<AnomalyRules, 'occupancyDurationMaxMs' | 'registerStepWh'>): Flag[] {
  if (occupancy === null || occupancy.to - occupancy.from <= rules.occupancyDurationMaxMs) return [];
  const measured = { durationMs: occupancy.to - occupancy.from, limitMs: rules.occupancyDurationMaxMs };
  const since = facts.reads.filter(({ at }) => at >= occupancy.from && at <= occupancy.to);
  const socPercent = since.reduce<number | null>((max, { fact }) => (fact.socPercent === null ? max : Math.max(max ?? 0, fact.socPercent)), null);
  const still = since.filter(({ fact }) => fact.registerWh !== null || fact.powerW === 0n).length;
  // What trickled in at the very end, less than a step of the register, is no sign of a meter that forgot to count.
  const trickled = since.filter(({ fact }) => (fact.powerW ?? 0n) > 0n);
  const unregistered = trickled.reduce((max, { fact, at }) => { const wh = (fact.powerW! * BigInt(at - occupancy.from)) / BigInt(MS_PER_HOUR); return wh > max ? wh : max; }, 0n);
  const full = since.length > trickled.length && unregistered <= rules.registerStepWh && ((socPercent !== null && socPercent >= FULL_SOC_PERCENT) || still >= STANDSTILL_READINGS_MIN);
  return full ? [flag('idle_after_full', { ...measured, fullAt: occupancy.from, readings: still, socPercent })] : [flag('occupancy_too_long', measured)];
}
