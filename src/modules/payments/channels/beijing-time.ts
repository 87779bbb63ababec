import { addMs, instant, MS_PER_HOUR, toIso, type Instant } from '../../../kernel/index.ts';

/** Both channels live in UTC+8, which has had no summer time since 1991. */
const OFFSET_MS = 8 * MS_PER_HOUR;

/** `2026-03-01 08:00:00`; a part of a second is cut off, so that nothing ends later than it should. */
export const beijingDateTime = (at: Instant): string => toIso(addMs(at, OFFSET_MS)).slice(0, 19).replace('T', ' ');
/** `2026-03-01T08:00:00+08:00`. */
export const beijingRfc3339 = (at: Instant): string => `${toIso(addMs(at, OFFSET_MS)).slice(0, 19)}+08:00`;

/** `2026-03-01 08:00:00`, also with milliseconds. @returns null for another form. */
export function parseBeijing(text: string): Instant | null {
  const match = /^(\d{4}-\d{2}-\d{2}) (\d{2}:\d{2}:\d{2})(\.\d{1,3})?$/.exec(text);
  return match === null ? null : parseIso(`${match[1]}T${match[2]}${match[3] ?? ''}+08:00`);
}
/** With an offset, as RFC 3339 has it. @returns null for another form. */
export function parseIso(text: string): Instant | null {
  if (!/^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d+)?(Z|[+-]\d{2}:\d{2})$/.test(text)) return null;
  const at = Date.parse(text);
  return Number.isNaN(at) ? null : instant(at);
}
