import { addMs, assert, MS_PER_DAY, MS_PER_HOUR, parseTimestamp, toIso, type Instant } from '../../../kernel/index.ts';

/** Both channels close their books at midnight in China, which has had no clock change since 1991. */
const CHINA_OFFSET_MS = 8 * MS_PER_HOUR;

/** @param date `YYYY-MM-DD` @returns the day's first instant and the first of the next day. */
export function businessDay(date: string): { readonly from: Instant; readonly to: Instant } {
  const midnight = parseTimestamp(`${date}T00:00:00+08:00`);
  assert(midnight !== null, `not a date: ${date}`);
  return { from: midnight.at, to: addMs(midnight.at, MS_PER_DAY) };
}

/** The business day that an instant falls on. */
export const businessDateOf = (at: Instant): string => toIso(addMs(at, CHINA_OFFSET_MS)).slice(0, 10);
