import { addMs, assert, MS_PER_DAY, parseTimestamp, toIso, toLocalTime, type Instant } from '../../../kernel/index.ts';

/** A calendar day, `2026-03-31`. */
export type Day = string;
/** What a report is of: a day or a month. */
export type Period = { readonly kind: 'day' | 'month'; readonly firstOn: Day; readonly lastOn: Day };
export const PERIOD = /^20\d{2}-(0[1-9]|1[0-2])(-(0[1-9]|[12]\d|3[01]))?$/;
export type PeriodState = 'running' | 'open' | 'published';

const midnight = (day: Day): Instant => {
  const parsed = parseTimestamp(`${day}T00:00:00Z`);
  assert(parsed !== null, `not a day: ${day}`);
  return parsed.at;
};
export const addDays = (day: Day, days: number): Day => toIso(addMs(midnight(day), days * MS_PER_DAY)).slice(0, 10);
export const daysBetween = (from: Day, to: Day): number => Math.round((midnight(to) - midnight(from)) / MS_PER_DAY);
export const daysOf = ({ firstOn, lastOn }: Pick<Period, 'firstOn' | 'lastOn'>): Day[] => Array.from({ length: daysBetween(firstOn, lastOn) + 1 }, (_, i) => addDays(firstOn, i));

/** @returns null when the text is neither a day nor a month that the calendar has. */
export function parsePeriod(text: string): Period | null {
  if (!PERIOD.test(text)) return null;
  const first = parseTimestamp(`${text.padEnd(10, '-01')}T00:00:00Z`);
  if (first === null || toIso(first.at).slice(0, 10) !== text.padEnd(10, '-01')) return null;
  if (text.length === 10) return { kind: 'day', firstOn: text, lastOn: text };
  // The first day of the next month is 28 to 31 days away; whatever it is, the day before it is the last.
  const inNext = addDays(`${text}-28`, 4);
  return { kind: 'month', firstOn: `${text}-01`, lastOn: addDays(`${inNext.slice(0, 7)}-01`, -1) };
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
