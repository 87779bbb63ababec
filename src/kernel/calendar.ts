import { instant, MS_PER_MINUTE, type Instant } from './instant.ts';

/** An instant as ISO 8601 in UTC with milliseconds. */
export const toIso = (at: Instant): string => new Date(at).toISOString();

/**
 * Reads RFC 3339 as OCPP stations write it: fractional seconds of any length and zone offsets are accepted (OCPP 1.6 §3.15).
 * A stamp without a zone is read as UTC, and says so, because refusing it loses the bill (seen with Growatt, evcc #10399).
 * @returns null when the text is not a date and time at all.
 */
export function parseTimestamp(text: string): { readonly at: Instant; readonly zoneMissing: boolean } | null {
  const match = /^(\d{4}-\d{2}-\d{2})[T ](\d{2}:\d{2}(?::\d{2})?)(?:[.,](\d+))?\s*(Z|z|[+-]\d{2}:?\d{2}|[+-]\d{2})?$/.exec(text.trim());
  if (!match) return null;
  const [, day, time = '', fraction = '', zone] = match;
  const seconds = time.length === 5 ? `${time}:00` : time;
  const ms = fraction.padEnd(3, '0').slice(0, 3);
  const parsed = Date.parse(`${day}T${seconds}.${ms}${normaliseZone(zone)}`);
  return Number.isNaN(parsed) ? null : { at: instant(parsed), zoneMissing: zone === undefined };
}

function normaliseZone(zone: string | undefined): string {
  if (zone === undefined || zone === 'z' || zone === 'Z') return 'Z';
  const digits = zone.slice(1).replace(':', '').padEnd(4, '0');
  return `${zone[0]}${digits.slice(0, 2)}:${digits.slice(2)}`;
}

export type LocalTime = { readonly year: number; readonly month: number; readonly day: number; readonly minuteOfDay: number; readonly dayOfWeek: number };

const formatters = new Map<string, Intl.DateTimeFormat>();

/**
 * An instant on the wall clock of an IANA zone; month 1–12, dayOfWeek 0 = Sunday, seconds dropped.
 * @throws RangeError when the zone is not in the runtime's time zone database.
 */
export function toLocalTime(at: Instant, zone: string): LocalTime {
  const shifted = new Date(at + zoneOffsetMs(at, zone));
  return {
    year: shifted.getUTCFullYear(), month: shifted.getUTCMonth() + 1, day: shifted.getUTCDate(),
    minuteOfDay: shifted.getUTCHours() * 60 + shifted.getUTCMinutes(), dayOfWeek: shifted.getUTCDay(),
  };
}

/** Wall clock minus UTC at that instant, in milliseconds, whole minutes (zones older than 1972 had seconds; they are rounded). */
export function zoneOffsetMs(at: Instant, zone: string): number {
  let formatter = formatters.get(zone);
  if (!formatter) {
    formatter = new Intl.DateTimeFormat('en-US', {
      timeZone: zone, hourCycle: 'h23', year: 'numeric', month: 'numeric', day: 'numeric', hour: 'numeric', minute: 'numeric', second: 'numeric', era: 'short',
    });
    formatters.set(zone, formatter);
  }
  const parts: Record<string, string> = {};
  for (const part of formatter.formatToParts(at)) parts[part.type] = part.value;
  const wall = Date.UTC(Number(parts.year), Number(parts.month) - 1, Number(parts.day), Number(parts.hour), Number(parts.minute), Number(parts.second));
  return Math.round((wall - Math.floor(at / 1000) * 1000) / MS_PER_MINUTE) * MS_PER_MINUTE;
}

/**
 * The instant at which a zone's wall clock shows this time. In the hour that a spring change skips the answer is the moment of
 * the change plus the distance into the gap; in the hour that an autumn change repeats it is the earlier of the two.
 */
export function fromLocalTime(local: { year: number; month: number; day: number; minuteOfDay: number }, zone: string): Instant {
  const wall = Date.UTC(local.year, local.month - 1, local.day) + local.minuteOfDay * MS_PER_MINUTE;
  const before = zoneOffsetMs(instant(wall - 86_400_000), zone);
  const after = zoneOffsetMs(instant(wall + 86_400_000), zone);
  const early = instant(wall - Math.max(before, after));
  if (zoneOffsetMs(early, zone) === Math.max(before, after)) return early;
  const late = instant(wall - Math.min(before, after));
  // Neither reading shows this wall time (a spring gap): the offset before the change carries it past the gap.
  return zoneOffsetMs(late, zone) === Math.min(before, after) ? late : instant(wall - before);
}
