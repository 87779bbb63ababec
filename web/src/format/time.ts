import type { Language } from '../app/preferences.ts';

const LOCALE: Readonly<Record<Language, string>> = { en: 'en-GB', zh: 'zh-CN' };
const formats = new Map<string, Intl.DateTimeFormat>();

function format(language: Language, timeZone: string | undefined, options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  const key = `${language} ${timeZone ?? ''} ${JSON.stringify(options)}`;
  let found = formats.get(key);
  if (!found) formats.set(key, found = new Intl.DateTimeFormat(LOCALE[language], { ...options, ...(timeZone ? { timeZone } : {}), hourCycle: 'h23' }));
  return found;
}

export type TimeValue = string | number | Date;

/** "2026-11-22 18:04": sorts as it reads, in either language. */
export function formatDateTime(value: TimeValue, timeZone?: string, seconds = false): string {
  const parts = Object.fromEntries(
    format('en', timeZone, { year: 'numeric', month: '2-digit', day: '2-digit', hour: '2-digit', minute: '2-digit', second: '2-digit' })
      .formatToParts(new Date(value)).map((part) => [part.type, part.value]),
  );
  return `${parts.year}-${parts.month}-${parts.day} ${parts.hour}:${parts.minute}${seconds ? `:${parts.second}` : ''}`;
}

export const formatDate = (value: TimeValue, timeZone?: string): string => formatDateTime(value, timeZone).slice(0, 10);
export const formatTime = (value: TimeValue, timeZone?: string, seconds = false): string => formatDateTime(value, timeZone, seconds).slice(11);

/** "+08:00" at that instant; a chart names its zone with it. */
export function zoneOffset(value: TimeValue, timeZone: string): string {
  const name = format('en', timeZone, { timeZoneName: 'longOffset' }).formatToParts(new Date(value)).find((part) => part.type === 'timeZoneName')?.value ?? '';
  return name.replace('GMT', 'UTC');
}

/** 5025000 → "1 h 23 min" or "1 小时 23 分". */
export function formatDuration(ms: number, language: Language): string {
  const totalSeconds = Math.max(0, Math.round(ms / 1000));
  const hours = Math.floor(totalSeconds / 3600);
  const minutes = Math.floor((totalSeconds % 3600) / 60);
  const seconds = totalSeconds % 60;
  const [h, m, s] = language === 'zh' ? [' 小时', ' 分', ' 秒'] : [' h', ' min', ' s'];
  if (hours > 0) return `${hours}${h} ${minutes}${m}`;
  return minutes > 0 ? `${minutes}${m}${minutes < 10 && seconds > 0 ? ` ${seconds}${s}` : ''}` : `${seconds}${s}`;
}

const STEPS: readonly (readonly [Intl.RelativeTimeFormatUnit, number])[] = [['day', 86_400_000], ['hour', 3_600_000], ['minute', 60_000], ['second', 1_000]];

/** "3 minutes ago" / "3分钟前". */
export function formatAgo(value: TimeValue, now: number, language: Language): string {
  const difference = new Date(value).getTime() - now;
  const [unit, step] = STEPS.find(([, size]) => Math.abs(difference) >= size) ?? ['second', 1_000];
  return new Intl.RelativeTimeFormat(LOCALE[language], { numeric: 'auto', style: 'short' }).format(Math.trunc(difference / step), unit);
}

/** 435 → "07:15"; 1440 → "24:00". */
export const formatMinuteOfDay = (minute: number): string =>
  `${String(Math.floor(minute / 60)).padStart(2, '0')}:${String(minute % 60).padStart(2, '0')}`;

/** "2026-11-23 00:00" on a zone's wall clock as an instant; a time that daylight saving skips moves forward, one that comes twice means the first. */
export function wallClockInstant(text: string, timeZone: string): Date {
  const guess = Date.parse(`${text.replace(' ', 'T')}:00Z`);
  const shown = (at: number): number => Date.parse(`${formatDateTime(at, timeZone).replace(' ', 'T')}:00Z`);
  const once = guess - (shown(guess) - guess);
  return new Date(once - (shown(once) - guess));
}

/** Minutes since midnight on a zone's wall clock. */
export function minuteOfDay(value: TimeValue, timeZone: string): number {
  const [hours = 0, minutes = 0] = formatTime(value, timeZone).split(':').map(Number);
  return hours * 60 + minutes;
}
