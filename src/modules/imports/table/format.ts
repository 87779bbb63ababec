/** What a text says about a time, before any zone is applied. `offsetMs` only where the text has an offset; `epochMs` where it is an instant by itself. */
export type WrittenTime =
  | { readonly epochMs: number }
  | { readonly year: number; readonly month: number; readonly day: number; readonly msOfDay: number; readonly offsetMs: number | null };

export type FormatReader = (text: string) => WrittenTime | null;

const MONTHS = ['january', 'february', 'march', 'april', 'may', 'june', 'july', 'august', 'september', 'october', 'november', 'december'];
const MONTH_NAMES = MONTHS.map((name) => name.slice(0, 3)).join('|');
const TOKENS: Readonly<Record<string, string>> = {
  yyyy: '(?<year>\\d{4})', yy: '(?<shortYear>\\d{2})', MMMM: `(?<monthName>${MONTHS.join('|')})`, MMM: `(?<monthName>${MONTH_NAMES})\\.?`,
  MM: '(?<month>\\d{2})', M: '(?<month>\\d{1,2})', dd: '(?<day>\\d{2})', d: '(?<day>\\d{1,2})',
  HH: '(?<hour>\\d{2})', H: '(?<hour>\\d{1,2})', hh: '(?<halfHour>\\d{2})', h: '(?<halfHour>\\d{1,2})',
  mm: '(?<minute>\\d{2})', m: '(?<minute>\\d{1,2})', ss: '(?<second>\\d{2})', s: '(?<second>\\d{1,2})', SSS: '(?<fraction>\\d{1,9})',
  a: '(?<half>[ap]\\.?m\\.?|上午|下午)', XXX: '(?<offset>z|utc|gmt|[+-]\\d{2}(?::?\\d{2})?)',
};
const MS_PER_DAY = 86_400_000;

/**
 * A reader for one way of writing times; `*` stands for any text that does not matter. Besides patterns of tokens: `iso` (RFC 3339, offset optional), `epoch_s`, `epoch_ms`, and
 * `excel` (days since 1899-12-30 on the wall clock, as spreadsheets store dates).
 * @throws Error when the pattern has a letter that is no token, or lacks year, month or day.
 */
export function compileFormat(format: string): FormatReader {
  switch (format) {
    case 'epoch_s': return (text) => (/^-?\d{1,12}(\.\d+)?$/.test(text) ? { epochMs: Math.round(Number(text) * 1000) } : null);
    case 'epoch_ms': return (text) => (/^-?\d{1,15}$/.test(text) ? { epochMs: Number(text) } : null);
    case 'excel': return readExcel;
    case 'iso': return firstOf(["yyyy-MM-dd'T'HH:mm:ss.SSSXXX", "yyyy-MM-dd'T'HH:mm:ssXXX", "yyyy-MM-dd'T'HH:mm:ss.SSS", "yyyy-MM-dd'T'HH:mm:ss", "yyyy-MM-dd'T'HH:mm",
      'yyyy-MM-dd HH:mm:ss.SSSXXX', 'yyyy-MM-dd HH:mm:ssXXX', 'yyyy-MM-dd HH:mm:ss.SSS', 'yyyy-MM-dd HH:mm:ss', 'yyyy-MM-dd HH:mm'].map(compilePattern));
    default: return compilePattern(format);
  }
}

export const firstOf = (readers: readonly FormatReader[]): FormatReader => (text) => {
  for (const reader of readers) {
    const found = reader(text);
    if (found) return found;
  }
  return null;
};

function compilePattern(format: string): FormatReader {
  let pattern = '';
  const used = new Set<string>();
  for (const [part] of format.matchAll(/'(?:[^']|'')*'|([A-Za-z])\1*|[^A-Za-z']+|'/g)) {
    if (part.startsWith("'")) {
      if (part.length < 2) throw new Error(`"${format}" has a quote that does not end`);
      pattern += literal(part === "''" ? "'" : part.slice(1, -1).replaceAll("''", "'"));
    } else if (/^[A-Za-z]/.test(part)) {
      const token = TOKENS[part];
      if (token === undefined) throw new Error(`"${format}" has "${part}", which is no token; quote it when it stands in the text`);
      pattern += token;
      used.add(part[0]!);
    } else {
      pattern += part.split('*').map(literal).join('.*?');
    }
  }
  for (const needed of ['y', 'M', 'd']) if (!used.has(needed)) throw new Error(`"${format}" lacks ${{ y: 'a year', M: 'a month', d: 'a day' }[needed]}`);
  const expression = new RegExp(`^${pattern}$`, 'i');
  return (text) => {
    const groups = expression.exec(text)?.groups;
    return groups ? fromGroups(groups) : null;
  };
}

/** Any run of white space in a format matches any other: exports differ by a blank. */
const literal = (text: string): string => text.replace(/[.*+?^${}()|[\]\\/]/g, '\\$&').replace(/\s+/g, '\\s+');

function fromGroups(groups: Record<string, string | undefined>): WrittenTime | null {
  const number = (name: string): number => Number(groups[name] ?? 0);
  const year = groups.year === undefined ? 2000 + number('shortYear') : number('year');
  const month = groups.monthName === undefined ? number('month') : MONTHS.findIndex((name) => name.startsWith(groups.monthName!.toLowerCase().slice(0, 3))) + 1;
  const day = number('day');
  const hour = groups.halfHour === undefined ? number('hour') : (number('halfHour') % 12) + (/^(p|下)/i.test(groups.half ?? '') ? 12 : 0);
  const [minute, second] = [number('minute'), number('second')];
  if (!isDate(year, month, day) || hour > 24 || minute > 59 || second > 60 || (hour === 24 && minute + second > 0) || number('halfHour') > 12) return null;
  const fraction = Number((groups.fraction ?? '').padEnd(3, '0').slice(0, 3));
  return { year, month, day, msOfDay: ((hour * 60 + minute) * 60 + second) * 1000 + fraction, offsetMs: groups.offset === undefined ? null : offsetMs(groups.offset) };
}

export function isDate(year: number, month: number, day: number): boolean {
  const date = new Date(Date.UTC(year, month - 1, day));
  return date.getUTCMonth() === month - 1 && date.getUTCDate() === day && month >= 1;
}

/** "+01:00", "+0100", "+01", "Z", "UTC" or "GMT" in milliseconds east of UTC. */
export function offsetMs(text: string): number {
  if (/^(z|utc|gmt)$/i.test(text)) return 0;
  const digits = text.slice(1).replace(':', '').padEnd(4, '0');
  return (text.startsWith('-') ? -1 : 1) * (Number(digits.slice(0, 2)) * 60 + Number(digits.slice(2))) * 60_000;
}

function readExcel(text: string): WrittenTime | null {
  if (!/^\d{1,6}(\.\d+)?$/.test(text)) return null;
  // Seconds are what a spreadsheet keeps; its fractions of a day are noisy below that.
  const ms = Math.round(Number(text) * 86_400) * 1000;
  const date = new Date(Date.UTC(1899, 11, 30) + Math.floor(ms / MS_PER_DAY) * MS_PER_DAY);
  return { year: date.getUTCFullYear(), month: date.getUTCMonth() + 1, day: date.getUTCDate(), msOfDay: ms % MS_PER_DAY, offsetMs: null };
}
