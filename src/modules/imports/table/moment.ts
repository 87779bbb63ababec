import { compileFormat, firstOf, isDate, offsetMs, type FormatReader } from './format.ts';
import type { TimeMapping } from './mapping.ts';
import { instantsOf, zoneOffsetMs } from './zone.ts';

export type Moment =
  /** `candidates` are ascending; two where the wall clock showed this time twice. */
  | { readonly ok: true; readonly candidates: readonly number[]; readonly skipped: boolean; readonly clockUnset: boolean }
  | { readonly ok: false; readonly code: 'unreadable' | 'zone_unknown' };
export type MomentReader = (text: string, zoneText: string | null) => Moment;

/**
 * Turns a row's text and its zone, where it states one, into an instant. A zone that the row states goes before the place's zone; an
 * offset in the text goes before both unless the mapping says that it is not true.
 */
export function momentReader(mapping: TimeMapping): MomentReader {
  const read: FormatReader = firstOf(mapping.formats.map((each) => (typeof each === 'string' ? compileFormat(each) : swapping(compileFormat(each.format)))));
  const notBefore = mapping.notBefore === undefined ? Number.NEGATIVE_INFINITY : Date.parse(`${mapping.notBefore}T00:00:00Z`);
  const abbreviations = new Map(Object.entries(mapping.abbreviations ?? {}).map(([name, meaning]) => [name.trim().toUpperCase(), meaning]));
  return (text, zoneText) => {
    const written = read(text);
    if (!written) return { ok: false, code: 'unreadable' };
    if ('epochMs' in written) return moment([written.epochMs], notBefore);
    const wallMs = Date.UTC(written.year, written.month - 1, written.day) + written.msOfDay;
    if (written.offsetMs !== null && mapping.writtenOffset !== 'ignore') return moment([wallMs - written.offsetMs], notBefore);
    const meaning = zoneText === null ? mapping.zone : abbreviations.get(zoneText.toUpperCase());
    if (meaning === undefined) return { ok: false, code: 'zone_unknown' };
    if (/^([+-]|Z$)/.test(meaning)) return moment([wallMs - offsetMs(meaning)], notBefore);
    const candidates = instantsOf(wallMs, meaning);
    // An hour that the spring change skips: the offset before it carries the time past the gap.
    return candidates.length > 0 ? moment(candidates, notBefore) : moment([wallMs - zoneOffsetMs(wallMs - 86_400_000, meaning)], notBefore, true);
  };
}

const moment = (candidates: readonly number[], notBefore: number, skipped = false): Moment =>
  ({ ok: true, candidates, skipped, clockUnset: candidates[0]! < notBefore });

/** The day and month as they were before the export exchanged them. */
const swapping = (read: FormatReader): FormatReader => (text) => {
  const time = read(text);
  return time && !('epochMs' in time) && isDate(time.year, time.day, time.month) ? { ...time, month: time.day, day: time.month } : time;
};
