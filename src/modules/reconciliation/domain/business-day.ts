import { addMs, assert, instant, MS_PER_DAY, MS_PER_HOUR, type Instant } from '../../../kernel/index.ts';

/** Both channels close their books at midnight in China, which has had no clock change since 1991. */
const CHINA_OFFSET_MS = 8 * MS_PER_HOUR;

/** @param date `YYYY-MM-DD` @returns the day's first instant and the first of the next day. */
export function businessDay(date: string): { readonly from: Instant; readonly to: Instant } {
  const midnight = Date.parse(`${date}T00:00:00Z`);
  assert(/^\d{4}-\d{2}-\d{2}$/.test(date) && !Number.isNaN(midnight), `not a date: ${date}`);
  const from = instant(midnight - CHINA_OFFSET_MS);
  return { from, to: addMs(from, MS_PER_DAY) };
}

/** The business day that an instant falls on. */
export const businessDateOf = (at: Instant): string => new Date(at + CHINA_OFFSET_MS).toISOString().slice(0, 10);
