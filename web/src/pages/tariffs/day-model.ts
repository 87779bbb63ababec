import type { PeriodKind } from '../../ui/day-bar.tsx';

/** A day being edited: each period begins where the one before it ends, so the 24 hours are covered exactly once whatever is done. */
export type DraftPeriod = { readonly endMinute: number; readonly kind: PeriodKind; readonly electricity: string; readonly service: string };
export type DraftDay = readonly DraftPeriod[];

export const MINUTES_PER_DAY = 1440;
export const PERIODS_MAX = 32; // The server refuses more; T/CEC 102 has room for no more.
const SPLIT_GRID_MINUTES = 30;

export const flatDay = (electricity: string, service: string): DraftDay => [{ endMinute: MINUTES_PER_DAY, kind: 'flat', electricity, service }];

export const startOf = (day: DraftDay, index: number): number => (index === 0 ? 0 : day[index - 1]?.endMinute ?? 0);

/** Cuts a period near its middle, on the half hour where there is one inside; both halves keep kind and prices. */
export function splitPeriod(day: DraftDay, index: number): DraftDay {
  const period = day[index];
  const start = startOf(day, index);
  if (!period || period.endMinute - start < 2 || day.length >= PERIODS_MAX) return day;
  const middle = (start + period.endMinute) / 2;
  const onGrid = Math.round(middle / SPLIT_GRID_MINUTES) * SPLIT_GRID_MINUTES;
  const cut = onGrid > start && onGrid < period.endMinute ? onGrid : Math.floor(middle);
  return [...day.slice(0, index), { ...period, endMinute: cut }, ...day.slice(index)];
}

/** Takes a period away; the one before it (or after, for the first) takes over its time. */
export function removePeriod(day: DraftDay, index: number): DraftDay {
  const period = day[index];
  if (!period || day.length === 1) return day;
  if (index === 0) return day.slice(1);
  return day.flatMap((each, at) => at === index ? [] : at === index - 1 ? [{ ...each, endMinute: period.endMinute }] : [each]);
}

/** Moves where a period ends, and with it where the next begins; both keep at least one minute. The last always ends at 24:00. */
export function moveEnd(day: DraftDay, index: number, minute: number): DraftDay {
  const next = day[index + 1];
  if (!next || !Number.isInteger(minute)) return day;
  const endMinute = Math.max(startOf(day, index) + 1, Math.min(next.endMinute - 1, minute));
  return day.map((period, at) => (at === index ? { ...period, endMinute } : period));
}

export const changePeriod = (day: DraftDay, index: number, change: Partial<Omit<DraftPeriod, 'endMinute'>>): DraftDay =>
  day.map((period, at) => (at === index ? { ...period, ...change } : period));

/** "1.19" → "1.1900"; null when it is no price with at most four decimals. */
export function normalPrice(text: string): string | null {
  const match = /^(\d{1,7})(?:\.(\d{1,4}))?$/.exec(text.trim());
  return match ? `${Number(match[1])}.${(match[2] ?? '').padEnd(4, '0')}` : null;
}

/** Two prices of four decimals, added without a float. */
export function addPrices(a: string, b: string): string | null {
  const [left, right] = [normalPrice(a), normalPrice(b)];
  if (left === null || right === null) return null;
  const sum = String(BigInt(left.replace('.', '')) + BigInt(right.replace('.', ''))).padStart(5, '0');
  return `${sum.slice(0, -4)}.${sum.slice(-4)}`;
}

/** "07:15" → 435, "24:00" → 1440; null when it is no time of day. */
export function parseMinute(text: string): number | null {
  const match = /^(\d{1,2}):(\d{2})$/.exec(text.trim());
  const minute = match ? Number(match[1]) * 60 + Number(match[2]) : -1;
  return match && Number(match[2]) < 60 && minute >= 0 && minute <= MINUTES_PER_DAY ? minute : null;
}
