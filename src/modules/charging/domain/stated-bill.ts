import type { WattHours } from '../../../kernel/index.ts';
import type { AnomalyRules } from './anomaly-rules.ts';
import type { StatedBill } from './fact.ts';
import { flag, type Flag } from './flag.ts';

type Rules = Pick<AnomalyRules, 'statedEnergyToleranceWh' | 'statedEnergyTolerancePercent' | 'statedDurationToleranceMs'>;

/** What the source states beside the platform's own count: energy is code 8 of the field's table, duration code 9. */
export function statedFlags(stated: StatedBill | null, counted: { readonly energyWh: WattHours; readonly durationMs: number | null }, rules: Rules): Flag[] {
  if (stated === null) return [];
  const flags: Flag[] = [];
  if (stated.energyWh !== null) {
    const toleranceWh = statedEnergyTolerance(stated.energyWh, rules);
    const apart = stated.energyWh > counted.energyWh ? stated.energyWh - counted.energyWh : counted.energyWh - stated.energyWh;
    if (apart > toleranceWh) flags.push(flag('stated_energy_differs', { statedWh: String(stated.energyWh), countedWh: String(counted.energyWh), toleranceWh: String(toleranceWh) }));
  }
  if (stated.durationMs !== null && counted.durationMs !== null && Math.abs(stated.durationMs - counted.durationMs) > rules.statedDurationToleranceMs) {
    flags.push(flag('stated_duration_differs', { statedMs: stated.durationMs, countedMs: counted.durationMs, toleranceMs: rules.statedDurationToleranceMs }));
  }
  return flags;
}

/** The greater of the two allowances. */
export function statedEnergyTolerance(statedWh: bigint, rules: Rules): bigint {
  const share = ((statedWh < 0n ? -statedWh : statedWh) * BigInt(rules.statedEnergyTolerancePercent)) / 100n;
  return share > rules.statedEnergyToleranceWh ? share : rules.statedEnergyToleranceWh;
}
