import { addMs, fromLocalTime, MS_PER_HOUR, MS_PER_MINUTE, toLocalTime, type Instant } from '../../../kernel/index.ts';
import type { AnomalyRules } from './anomaly-rules.ts';
import type { SessionFact } from './fact.ts';
import { flag, type Flag } from './flag.ts';
import { CLOCK_SET_FROM } from './stamps.ts';

type Rules = Pick<AnomalyRules, 'sessionDurationMaxMs' | 'stampToleranceMs' | 'futureToleranceMs' | 'clockSkewMinMs'>;
/** `times` are those of the facts, in their order. */
export type SwappedDates = { readonly times: readonly Instant[]; readonly flag: Flag };
type Reading = { readonly times: readonly Instant[]; readonly lagMs: number };

/** Record times tell when things happened only if they were recorded as they happened, and not all at once from a table. */
const RECORDED_AS_IT_HAPPENED_MS = 5 * MS_PER_MINUTE;
/** Late by this much or more is a queue of a day at least, or a date that is none. */
const DAYS_AWAY_MS = 20 * MS_PER_HOUR;
/** Readings that were sent after the end are not what makes a date impossible. */
const READ_AFTER_END_MS = MS_PER_HOUR;
const KINDS = ['session_started', 'register_read', 'session_ended'] as const;

/** The same wall time with day and month exchanged; null where the day is no month, or both are the same. */
export function exchangeDayAndMonth(at: Instant, zone: string): Instant | null {
  const { year, month, day, minuteOfDay } = toLocalTime(at, zone);
  if (day > 12 || day === month) return null;
  return addMs(fromLocalTime({ year, month: day, day: month, minuteOfDay }, zone), at % MS_PER_MINUTE);
}

/**
 * Dates whose day and month were exchanged by the station or by whoever exported them. Looked for only where what is stated cannot be: an end
 * before its start, longer than a session can be, readings outside, a stamp in the future, or everything days away from when it was recorded.
 * Recognised where exchanging them, in the starts, readings or ends or in several of these, makes it possible, and no further from the record times.
 * @param facts with stamps that can be read.
 */
export function findSwappedDates(facts: readonly SessionFact[], rules: Rules, timeZone: string): SwappedDates | null {
  const stated = facts.map((fact) => fact.eventAt!);
  const contradicts = !isPossible(facts, stated, rules);
  const daysAway = facts.every((fact) => Math.abs(fact.recordedAt - fact.eventAt!) > DAYS_AWAY_MS);
  if (!contradicts && !daysAway) return null;
  const live = spanMs(facts.map((fact) => fact.recordedAt)) >= RECORDED_AS_IT_HAPPENED_MS;
  const asStated = totalLagMs(facts, stated);
  let best: Reading | null = null;
  for (const zone of new Set(['UTC', timeZone])) {
    for (const kinds of subsets(facts)) {
      const times = exchangeIn(facts, kinds, zone);
      if (times === null || !isPossible(facts, times, rules)) continue;
      const lagMs = totalLagMs(facts, times);
      if ((live || !contradicts) && lagMs > asStated) continue;
      // Alone, being late is no contradiction: a queue may wait for days. Landing on the very minutes of the record times is none.
      if (!contradicts && !facts.every((fact, i) => Math.abs(fact.recordedAt - times[i]!) <= rules.clockSkewMinMs)) continue;
      if (best === null || lagMs < best.lagMs) best = { times, lagMs };
    }
  }
  return best && { times: best.times, flag: flag('day_month_swapped', { ...spanOf(facts, stated, 'stated'), ...spanOf(facts, best.times, 'possible') }) };
}

function isPossible(facts: readonly SessionFact[], times: readonly Instant[], rules: Rules): boolean {
  let [start, end, first, last, firstRead, lastRead] = [Infinity, -Infinity, Infinity, -Infinity, Infinity, -Infinity];
  for (const [i, { kind, recordedAt }] of facts.entries()) {
    const at = times[i]!;
    if (at < CLOCK_SET_FROM || at > recordedAt + rules.futureToleranceMs) return false;
    if (at < first) first = at;
    if (at > last) last = at;
    if (kind === 'session_started' && at < start) start = at;
    else if (kind === 'session_ended' && at > end) end = at;
    else if (kind === 'register_read') {
      if (at < firstRead) firstRead = at;
      if (at > lastRead) lastRead = at;
    }
  }
  const [from, to] = [start === Infinity ? first : start, end === -Infinity ? last : end];
  return to >= from && to - from <= rules.sessionDurationMaxMs && firstRead >= from - rules.stampToleranceMs && lastRead <= to + READ_AFTER_END_MS;
}

/** Every choice of kinds of statements that there are, the whole first: a station that writes dates wrongly writes all of them wrongly. */
function subsets(facts: readonly SessionFact[]): SessionFact['kind'][][] {
  const there = KINDS.filter((kind) => facts.some((fact) => fact.kind === kind));
  return Array.from({ length: 2 ** there.length - 1 }, (_, i) => there.filter((_kind, bit) => ((2 ** there.length - 1 - i) >> bit) & 1));
}

function exchangeIn(facts: readonly SessionFact[], kinds: readonly SessionFact['kind'][], zone: string): readonly Instant[] | null {
  let exchanged = false;
  const times = facts.map(({ kind, eventAt }) => {
    const other = kinds.includes(kind) ? exchangeDayAndMonth(eventAt!, zone) : null;
    if (other !== null) exchanged = true;
    return other ?? eventAt!;
  });
  return exchanged ? times : null;
}

function spanOf(facts: readonly SessionFact[], times: readonly Instant[], as: 'stated' | 'possible'): Record<string, Instant> {
  const of = (kind: SessionFact['kind']): Instant[] => times.filter((_at, i) => facts[i]!.kind === kind);
  const [starts, ends] = [of('session_started'), of('session_ended')];
  const [from, to] = [least(starts.length > 0 ? starts : times), most(ends.length > 0 ? ends : times)];
  return as === 'stated' ? { statedStart: from, statedEnd: to } : { startedAt: from, endedAt: to };
}

const least = (times: readonly Instant[]): Instant => times.reduce((a, b) => (b < a ? b : a));
const most = (times: readonly Instant[]): Instant => times.reduce((a, b) => (b > a ? b : a));
const spanMs = (times: readonly Instant[]): number => most(times) - least(times);
const totalLagMs = (facts: readonly SessionFact[], times: readonly Instant[]): number => facts.reduce((sum, fact, i) => sum + Math.abs(fact.recordedAt - times[i]!), 0);
