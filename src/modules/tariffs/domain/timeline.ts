import { addMs, instant, MS_PER_DAY, MS_PER_MINUTE, refuse, ok, zoneOffsetMs, type Instant, type Result } from '../../../kernel/index.ts';
import { assignmentAt, type TariffAssignment } from './assignment.ts';
import { MINUTES_PER_DAY, periodAt, sameRate, type Tariff, type TariffPeriod } from './tariff.ts';

/** A stretch of time, half-open, in which one tariff version charges one price. */
export type Stretch = { readonly from: Instant; readonly to: Instant; readonly tariff: Tariff; readonly period: TariffPeriod };

export type TariffMissing = { readonly code: 'tariff_missing'; readonly at: Instant };

/**
 * Cuts [from, to) where the price may change: at the periods' edges on the station's wall clock, where the clock itself is put
 * forward or back, and where another tariff comes into force. Neighbours of one tariff, kind and price are one stretch, so a
 * valley period that spans midnight is not cut there. For from = to the answer is the one stretch of that instant, of no length.
 */
export function stretches(assignments: readonly TariffAssignment[], timeZone: string, from: Instant, to: Instant): Result<Stretch[], TariffMissing> {
  const result: Stretch[] = [];
  let at = from;
  do {
    const assignment = assignmentAt(assignments, at);
    if (!assignment) return refuse({ code: 'tariff_missing', at });
    const { period, until } = periodUntil(assignment.tariff, timeZone, at);
    const end = instant(Math.min(until, assignment.validTo ?? Infinity, to));
    append(result, { from: at, to: end, tariff: assignment.tariff, period });
    at = end;
  } while (at < to);
  return ok(result);
}

/** The period at an instant and the first instant at which it may no longer be the one: its edge, or a change of the wall clock before it. */
function periodUntil(tariff: Tariff, timeZone: string, at: Instant): { period: TariffPeriod; until: Instant } {
  const offset = zoneOffsetMs(at, timeZone);
  const msOfDay = positiveRemainder(at + offset, MS_PER_DAY);
  const period = periodAt(tariff, Math.floor(msOfDay / MS_PER_MINUTE) % MINUTES_PER_DAY);
  const edge = addMs(at, period.endMinute * MS_PER_MINUTE - msOfDay);
  const justBefore = addMs(edge, -1);
  if (justBefore <= at || zoneOffsetMs(justBefore, timeZone) === offset) return { period, until: edge };
  return { period, until: offsetChange(timeZone, at, justBefore, offset) };
}

/** The first instant in (low, high] whose offset is another one; zones change their clocks at most once a day. */
function offsetChange(timeZone: string, low: Instant, high: Instant, offset: number): Instant {
  let [same, changed]: [number, number] = [low, high];
  while (changed - same > 1) {
    const middle = Math.floor((same + changed) / 2);
    if (zoneOffsetMs(instant(middle), timeZone) === offset) same = middle;
    else changed = middle;
  }
  return instant(changed);
}

function append(list: Stretch[], next: Stretch): void {
  const last = list.at(-1);
  const joins = last && last.tariff.tariffId === next.tariff.tariffId && last.period.kind === next.period.kind
    && sameRate(last.period.electricity, next.period.electricity) && sameRate(last.period.service, next.period.service);
  if (joins) list[list.length - 1] = { ...last, to: next.to };
  else list.push(next);
}

const positiveRemainder = (value: number, divisor: number): number => ((value % divisor) + divisor) % divisor;
