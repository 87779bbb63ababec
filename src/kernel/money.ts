import { assert } from './assert.ts';

/** ISO 4217 codes that Kirchhoff knows, with the number of decimals of their minor unit. */
export const CURRENCY_DECIMALS = { CNY: 2, EUR: 2, GBP: 2, HKD: 2, JPY: 0, KES: 2, USD: 2, ZAR: 2 } as const;
export type CurrencyCode = keyof typeof CURRENCY_DECIMALS;
export const isCurrencyCode = (text: string): text is CurrencyCode => Object.hasOwn(CURRENCY_DECIMALS, text);

/** An amount in minor units (fen, cents). Never a float, never without its currency. */
export type Money<C extends CurrencyCode = CurrencyCode> = { readonly amountMinor: bigint; readonly currency: C };

export const money = <C extends CurrencyCode>(amountMinor: bigint, currency: C): Money<C> => ({ amountMinor, currency });

/** Adds two amounts of one currency; a currency read from the database is wide, so it is asserted at run time too. */
export function addMoney<C extends CurrencyCode>(a: Money<C>, b: Money<NoInfer<C>>): Money<C> {
  assert(a.currency === b.currency, `cannot add ${b.currency} to ${a.currency}`);
  return { amountMinor: a.amountMinor + b.amountMinor, currency: a.currency };
}

/** 24440 CNY → "244.40": for people and files, never for arithmetic. */
export function formatMinor(amountMinor: bigint, currency: CurrencyCode): string {
  const decimals = CURRENCY_DECIMALS[currency];
  const sign = amountMinor < 0n ? '-' : '';
  const digits = String(amountMinor < 0n ? -amountMinor : amountMinor).padStart(decimals + 1, '0');
  if (decimals === 0) return sign + digits;
  return `${sign}${digits.slice(0, -decimals)}.${digits.slice(-decimals)}`;
}

/** "244.40" → 24440n. @returns null when the text is not an amount with at most the currency's decimals. */
export function parseMinor(text: string, currency: CurrencyCode): bigint | null {
  const match = /^([+-]?)(\d{1,15})(?:\.(\d+))?$/.exec(text.trim());
  if (!match) return null;
  const decimals = CURRENCY_DECIMALS[currency];
  const fraction = (match[3] ?? '').padEnd(decimals, '0');
  if (fraction.length > decimals) return null;
  const value = BigInt(`${match[2]}${fraction}`);
  return match[1] === '-' ? -value : value;
}

/** A price per kilowatt-hour: `value / 10^scale` major units. Four decimals are what T/CEC 102 and the field's contracts carry. */
export type Rate = { readonly value: bigint; readonly scale: number };

/** numerator / denominator, halves away from zero: the only rounding that money knows. */
export function divideRoundHalfUp(numerator: bigint, denominator: bigint): bigint {
  assert(denominator > 0n, 'the denominator of a rounding must be positive');
  return numerator < 0n ? -((-2n * numerator + denominator) / (2n * denominator)) : (2n * numerator + denominator) / (2n * denominator);
}
