import type { Catalogue } from '../catalogue.ts';

/** Stations, charge points, sessions and bills. */
export const charging = {
  'bill.chart.energy': ['Energy', '电量'],
  'bill.chart.power': ['Power', '功率'],
  'bill.chart.register': ['Register', '电表读数'],
  'bill.chart.gap': ['no reading came', '无读数'],
  'bill.chart.reset': ['register break', '读数中断'],
  'bill.chart.label': ['{count} readings up to {energy} kWh, times in {zone}', '{count} 个读数，累计 {energy} kWh，时区 {zone}'],
} as const satisfies Catalogue;
