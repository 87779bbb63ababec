import { formatKilowattHours, formatMinor, type CurrencyCode } from '../../../kernel/index.ts';
import type { RatedLine } from './rate.ts';
import { formatRate } from './tariff.ts';

/** A printed line's arithmetic as it would be done on paper: "5.001 kWh × 0.3000 = 1.50". Free of language, currency left to the page. */
export function explainLine(line: Pick<RatedLine, 'rate' | 'amountMinor' | 'energyWh' | 'minutes'>, currency: CurrencyCode): string {
  const quantity = line.energyWh === null ? `${line.minutes} min` : `${formatKilowattHours(line.energyWh)} kWh`;
  return `${quantity} × ${formatRate(line.rate)} = ${formatMinor(line.amountMinor, currency)}`;
}
