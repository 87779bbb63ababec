import type { FlagCause } from '../../api/charging.ts';
import type { RuleName, ThresholdChanges, Thresholds } from '../../api/rules.ts';

/** The unit that people set a threshold in. */
export type RuleUnit = 'percent' | 's' | 'min' | 'h' | 'kWh';
/** `code` is the field's own number of the cause. */
export type RuleFact = { readonly rule: RuleName; readonly unit: RuleUnit; readonly causes: readonly { readonly cause: FlagCause; readonly code: number }[] };
export type RuleGroup = { readonly group: 'energy' | 'length' | 'clocks' | 'stated'; readonly rules: readonly RuleFact[] };

const fact = (rule: RuleName, unit: RuleUnit, causes: RuleFact['causes'] = []): RuleFact => ({ rule, unit, causes });
const of = (code: number, ...causes: readonly FlagCause[]): RuleFact['causes'] => causes.map((cause) => ({ cause, code }));
const BOUND = [...of(4, 'register_jump_implausible'), ...of(8, 'meter_register_zero_before_start', 'meter_register_dip')];

/** Every threshold, with what it decides, as docs/reference/abnormal-bills.md says. */
export const RULE_GROUPS: readonly RuleGroup[] = [
  { group: 'energy', rules: [
    fact('plausiblePowerPercent', 'percent', BOUND), fact('clockToleranceMs', 'min', BOUND), fact('registerStepWh', 'kWh', BOUND), fact('edgeWhMax', 'kWh', of(11, 'first_register_missing', 'final_register_missing')),
  ] },
  { group: 'length', rules: [
    fact('sessionDurationMaxMs', 'h', [...of(5, 'session_too_long'), ...of(3, 'day_month_swapped')]), fact('occupancyDurationMaxMs', 'h', of(6, 'occupancy_too_long', 'idle_after_full')),
    fact('overlapToleranceMs', 'min', of(7, 'overlaps_another_session')), fact('duplicateStartMs', 'min', of(1, 'duplicate_start')), fact('readingGapMinMs', 'min', of(11, 'offline_gap')),
  ] },
  { group: 'clocks', rules: [
    fact('futureToleranceMs', 'h', of(3, 'time_in_future')), fact('clockSkewMinMs', 'min', of(3, 'clock_skew')), fact('clockSkewSpreadMs', 's', of(3, 'clock_skew')), fact('stampToleranceMs', 's'),
  ] },
  { group: 'stated', rules: [
    fact('statedEnergyToleranceWh', 'kWh', of(8, 'stated_energy_differs')), fact('statedEnergyTolerancePercent', 'percent', of(8, 'stated_energy_differs')), fact('statedDurationToleranceMs', 'min', of(9, 'stated_duration_differs')),
  ] },
];
export const RULE_FACTS: readonly RuleFact[] = RULE_GROUPS.flatMap(({ rules }) => rules);

/** What one of a unit is in the unit that is stored: ms, Wh or percent. All are small whole numbers, far below where a float would round. */
const PER: Readonly<Record<RuleUnit, number>> = { percent: 1, s: 1_000, min: 60_000, h: 3_600_000, kWh: 1_000 };
/** Where a threshold is always written with as many decimals. */
export const DECIMALS: Readonly<Partial<Record<RuleUnit, number>>> = { percent: 0, s: 0, kWh: 3 };

export const toShown = ({ unit }: RuleFact, stored: string | number): number => Math.round((Number(stored) / PER[unit]) * 1_000) / 1_000;
export const toStored = ({ unit }: RuleFact, shown: number): string | number => {
  const stored = Math.round(shown * PER[unit]);
  return unit === 'kWh' ? String(stored) : stored;
};

/** Which of `draft` differ from those in force. */
export const changesOf = (inForce: Thresholds, draft: Thresholds): ThresholdChanges =>
  Object.fromEntries(RULE_FACTS.filter(({ rule }) => String(inForce[rule]) !== String(draft[rule])).map(({ rule }) => [rule, draft[rule]]));
