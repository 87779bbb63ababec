import { toLocalTime, type Instant } from '../../../kernel/index.ts';

/** A calendar day, `2026-03-31`. */
export type Day = string;
/** What a report is of: a day or a month. */
export type Period = { readonly kind: 'day' | 'month'; readonly firstOn: Day; readonly lastOn: Day };
export const PERIOD = /^20\d{2}-(0[1-9]|1[0-2])(-(0[1-9]|[12]\d|3[01]))?$/;
export type PeriodState = 'running' | 'open' | 'published';

const DAY_MS = 86_400_000;
const utc = (day: Day): number => Date.parse(`${day}T00:00:00Z`);
export const addDays = (day: Day, days: number): Day => new Date(utc(day) + days * DAY_MS).toISOString().slice(0, 10);
export const daysBetween = (from: Day, to: Day): number => Math.round((utc(to) - utc(from)) / DAY_MS);
export const daysOf = ({ firstOn, lastOn }: Pick<Period, 'firstOn' | 'lastOn'>): Day[] => Array.from({ length: daysBetween(firstOn, lastOn) + 1 }, (_, i) => addDays(firstOn, i));

/** @returns null when the text is neither a day nor a month that the calendar has. */
export function parsePeriod(text: string): Period | null {
  if (!PERIOD.test(text)) return null;
  if (text.length === 10) return new Date(utc(text)).toISOString().slice(0, 10) === text ? { kind: 'day', firstOn: text, lastOn: text } : null;
  const [year, month] = text.split('-').map(Number) as [number, number];
  return { kind: 'month', firstOn: `${text}-01`, lastOn: new Date(Date.UTC(year, month, 0)).toISOString().slice(0, 10) };
}
export const periodName = ({ kind, firstOn }: Pick<Period, 'kind' | 'firstOn'>): string => (kind === 'day' ? firstOn : firstOn.slice(0, 7));

export function dayAt(at: Instant, timeZone: string): Day {
  const { year, month, day } = toLocalTime(at, timeZone);
  return `${year}-${String(month).padStart(2, '0')}-${String(day).padStart(2, '0')}`;
}

export const stateOf = (period: Period, of: { readonly today: Day; readonly published: boolean }): PeriodState =>
  of.published ? 'published' : of.today > period.lastOn ? 'open' : 'running';

/** Where something of a day counts: in that day, or, where it is frozen, in the first open one from today on. */
export function countsOn(serviceOn: Day, of: { readonly today: Day; readonly frozen: ReadonlySet<Day> }): Day {
  if (!of.frozen.has(serviceOn)) return serviceOn;
  let day = of.today;
  while (of.frozen.has(day)) day = addDays(day, 1);
  return day;
}
