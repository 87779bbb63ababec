import type { Instant } from '../../../kernel/index.ts';
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
export function occupancyFlags(occupancy: { readonly from: Instant; readonly to: Instant } | null, facts: SessionFacts, rules: Pick<AnomalyRules, 'occupancyDurationMaxMs'>): Flag[] {
  if (occupancy === null || occupancy.to - occupancy.from <= rules.occupancyDurationMaxMs) return [];
  const measured = { durationMs: occupancy.to - occupancy.from, limitMs: rules.occupancyDurationMaxMs };
  const since = facts.reads.filter(({ at }) => at >= occupancy.from && at <= occupancy.to);
  const socPercent = since.reduce<number | null>((max, { fact }) => (fact.socPercent === null ? max : Math.max(max ?? 0, fact.socPercent)), null);
  const still = since.filter(({ fact }) => fact.registerWh !== null || fact.powerW === 0n).length;
  const full = since.length > 0 && since.every(({ fact }) => (fact.powerW ?? 0n) === 0n) && ((socPercent !== null && socPercent >= FULL_SOC_PERCENT) || still >= STANDSTILL_READINGS_MIN);
  return full ? [flag('idle_after_full', { ...measured, fullAt: occupancy.from, readings: still, socPercent })] : [flag('occupancy_too_long', measured)];
}
