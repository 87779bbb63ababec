/** Decimals of each currency's minor unit (ISO 4217); the same table as the server's kernel/money.ts. */
const CURRENCY_DECIMALS: Readonly<Record<string, number>> = { CNY: 2, EUR: 2, GBP: 2, HKD: 2, JPY: 0, KES: 2, USD: 2, ZAR: 2 };
const MINUS = '\u2212'; // A hyphen is narrower than a digit; the true minus lines up.

const grouped = (digits: string): string => digits.replace(/\B(?=(\d{3})+(?!\d))/g, ',');

function fixed(value: bigint, decimals: number): string {
  const sign = value < 0n ? MINUS : '';
  const digits = String(value < 0n ? -value : value).padStart(decimals + 1, '0');
  if (decimals === 0) return sign + grouped(digits);
  return `${sign}${grouped(digits.slice(0, -decimals))}.${digits.slice(-decimals)}`;
}

export const currencyDecimals = (currency: string): number => CURRENCY_DECIMALS[currency] ?? 2;

/** "24440" CNY → "244.40"; the unit stands in the header or beside it, never here. */
export const formatMinor = (amountMinor: string | bigint, currency: string): string => fixed(BigInt(amountMinor), currencyDecimals(currency));

/** "244.4" → 24440n. @returns null when it is no amount with at most the currency's decimals. */
export function parseMinor(text: string, currency: string): bigint | null {
  const match = /^(\d{1,13})(?:\.(\d+))?$/.exec(text.trim().replaceAll(',', ''));
  if (!match) return null;
  const decimals = currencyDecimals(currency);
  const fraction = (match[2] ?? '').padEnd(decimals, '0');
  return fraction.length > decimals ? null : BigInt(`${match[1]}${fraction}`);
}

/** Watt-hours as kWh with three decimals: "36360" → "36.360". Wh are integers, so nothing is rounded away. */
export const formatKwh = (wattHours: string | bigint | number): string => fixed(BigInt(wattHours), 3);

/** Watts as kW with one decimal, rounded half up; for live figures. */
export const formatKw = (watts: string | bigint | number): string => fixed((BigInt(watts) + 50n) / 100n, 1);

export const formatCount = (count: number | bigint | string): string => fixed(BigInt(count), 0);

/** A price per kWh kept as an integer of 10^-scale major units: 11900 at scale 4 → "1.1900". */
export const formatRate = (value: string | bigint, scale: number): string => fixed(BigInt(value), scale);
