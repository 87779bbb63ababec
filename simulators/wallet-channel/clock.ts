/** Time of the simulated channels. Business time runs ahead of the wire's when days are advanced; signatures carry the wire's. */
export type ChannelClock = {
  /** Epoch milliseconds for signatures and their checks: real time, or the clock that was passed in. */
  wire(): number;
  /** Epoch milliseconds of the channel's business: the wire's time and what was advanced. */
  now(): number;
  advance(ms: number): void;
};

export function channelClock(base: () => number = Date.now): ChannelClock {
  let ahead = 0;
  return { wire: base, now: () => base() + ahead, advance: (ms) => { ahead += ms; } };
}

const CHINA_OFFSET_MS = 8 * 3_600_000;
export const DAY_MS = 86_400_000;

/** `2026-03-01T10:00:00+08:00`, as WeChat Pay writes instants (RFC 3339, whole seconds). */
export const rfc3339 = (at: number): string => `${new Date(at + CHINA_OFFSET_MS).toISOString().slice(0, 19)}+08:00`;
/** `2026-03-01 10:00:00` in UTC+8, as Alipay and every bill write instants. */
export const chinaTime = (at: number): string => new Date(at + CHINA_OFFSET_MS).toISOString().slice(0, 19).replace('T', ' ');
/** `2026-03-01` in UTC+8: the business date. */
export function chinaDate(at: number): string {
  const day = Math.floor((at + CHINA_OFFSET_MS) / DAY_MS);
  if (day !== lastDate.day) lastDate = { day, text: new Date(day * DAY_MS).toISOString().slice(0, 10) };
  return lastDate.text;
}
/** It is asked for every number that is given, and hardly ever another day. */
let lastDate = { day: 0, text: '1970-01-01' };
/** The instant at which a business date begins, or null when the text is no date. */
export function chinaMidnight(date: string): number | null {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(date)) return null;
  const at = Date.parse(`${date}T00:00:00+08:00`);
  return Number.isNaN(at) || chinaDate(at) !== date ? null : at;
}
/** Reads `2026-03-01 10:00:00` (UTC+8); null when it is none. */
export function parseChinaTime(text: string): number | null {
  const at = /^\d{4}-\d{2}-\d{2} \d{2}:\d{2}(:\d{2})?$/.test(text) ? Date.parse(`${text.replace(' ', 'T')}+08:00`) : Number.NaN;
  return Number.isNaN(at) ? null : at;
}
