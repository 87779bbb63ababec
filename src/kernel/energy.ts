import type { Branded } from './brand.ts';

/** Energy in whole watt-hours. Kilowatt-hours exist only in what a person reads. */
export type WattHours = Branded<bigint, 'WattHours'>;

export const wattHours = (value: bigint): WattHours => value as WattHours;
export const addEnergy = (a: WattHours, b: WattHours): WattHours => wattHours(a + b);
export const subtractEnergy = (a: WattHours, b: WattHours): WattHours => wattHours(a - b);

/**
 * Reads a decimal string of a unit as whole watt-hours, rounding half up (a meter's register has no more than three decimals
 * of a kWh, so rounding only ever meets noise). Exact: no float is involved.
 * @returns null when the text is not a plain decimal number.
 */
export function parseWattHours(text: string, unit: 'Wh' | 'kWh'): WattHours | null {
  const match = /^\s*([+-]?)(\d+)(?:\.(\d*))?(?:[eE]([+-]?\d{1,2}))?\s*$/.exec(text);
  if (!match) return null;
  const [, sign, whole = '0', fraction = '', exponent = '0'] = match;
  const decimals = fraction.length - Number(exponent) - (unit === 'kWh' ? 3 : 0);
  const digits = BigInt(whole + fraction);
  const value = decimals <= 0 ? digits * 10n ** BigInt(-decimals) : roundHalfUp(digits, 10n ** BigInt(decimals));
  return wattHours(sign === '-' ? -value : value);
}

/** 36360 Wh → "36.36": for people, never for arithmetic. */
export function formatKilowattHours(energy: bigint): string {
  const magnitude = energy < 0n ? -energy : energy;
  const fraction = String(magnitude % 1000n).padStart(3, '0').replace(/0+$/, '');
  return `${energy < 0n ? '-' : ''}${magnitude / 1000n}${fraction === '' ? '' : `.${fraction}`}`;
}

const roundHalfUp = (numerator: bigint, denominator: bigint): bigint => (2n * numerator + denominator) / (2n * denominator);
