const WH_DECIMALS = { Wh: 0, kWh: 3, MWh: 6 } as const;
const DURATION_MS = { s: 1000, min: 60_000, h: 3_600_000 } as const;
type Mark = '.' | ',';

/** "1,234.5 kWh" or "1.234,5" in whole Wh, halves away from zero, without a float on the way. @returns null when it is no number. */
export function readEnergy(text: string, unit: keyof typeof WH_DECIMALS, mark: Mark = '.'): bigint | null {
  const match = /^([+\-\u2212]?)(\d+)(?:\.(\d*))?(?:e([+-]?\d{1,2}))?$/i.exec(plainNumber(text, unit, mark));
  if (!match) return null;
  const [, sign, whole = '0', fraction = '', exponent = '0'] = match;
  const decimals = fraction.length - Number(exponent) - WH_DECIMALS[unit];
  const digits = BigInt(whole + fraction);
  const divisor = 10n ** BigInt(Math.max(decimals, 0));
  const value = decimals <= 0 ? digits * 10n ** BigInt(-decimals) : (2n * digits + divisor) / (2n * divisor);
  return sign === '-' || sign === '\u2212' ? -value : value;
}

/** A length of time in milliseconds. @returns null when it is none. */
export function readDuration(text: string, unit: 'h:mm:ss' | 'h:mm' | keyof typeof DURATION_MS, mark: Mark = '.'): number | null {
  if (unit === 'h:mm:ss' || unit === 'h:mm') {
    const match = (unit === 'h:mm' ? /^(\d{1,5}):(\d{2})()$/ : /^(\d{1,5}):(\d{2}):(\d{2})(?:\.\d+)?$/).exec(text);
    return match ? ((Number(match[1]) * 60 + Number(match[2])) * 60 + Number(match[3] ?? 0)) * 1000 : null;
  }
  const number = plainNumber(text, unit, mark);
  return /^\d+(\.\d*)?$/.test(number) ? Math.round(Number(number) * DURATION_MS[unit]) : null;
}

/** The number with a point as its decimal mark; marks of thousands, blanks and the unit behind it fall away. */
function plainNumber(text: string, unit: string, mark: Mark): string {
  const bare = text.replace(new RegExp(`\\s*${unit}$`, 'i'), '').replace(/[\s\u00a0\u202f'’]/g, '');
  return mark === ',' ? bare.replaceAll('.', '').replace(',', '.') : bare.replace(/(?<=\d),(?=\d{3}(\D|$))/g, '');
}
