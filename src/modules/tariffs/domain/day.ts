import { addMs, fromLocalTime, instant, MS_PER_HOUR, toLocalTime, type Instant, type Rate, type TariffId } from '../../../kernel/index.ts';
import { assignmentAt, type TariffAssignment } from './assignment.ts';
import type { PeriodKind } from './tariff.ts';
import { stretches } from './timeline.ts';

export type LocalDay = { readonly year: number; readonly month: number; readonly day: number };

/** A part of one local day, half-open, with one price; `tariff` null where nothing is in force. */
export type DayBand = {
  readonly from: Instant;
  readonly to: Instant;
  /** Minutes on the wall clock; a band that ends with the day ends at 1440. Read `from` and `to` on days that change the clock. */
  readonly startMinute: number;
  readonly endMinute: number;
  readonly tariff: { readonly tariffId: TariffId; readonly kind: PeriodKind; readonly electricity: Rate; readonly service: Rate } | null;
};

/** The prices of a day in order of time, for drawing it as a bar: 23 hours long in spring, 25 in autumn where clocks change. */
export function dayBands(assignments: readonly TariffAssignment[], timeZone: string, day: LocalDay): DayBand[] {
  const begin = fromLocalTime({ ...day, minuteOfDay: 0 }, timeZone);
  const end = startOfNextDay(begin, timeZone);
  const bands: DayBand[] = [];
  const minute = (at: Instant): number => toLocalTime(at, timeZone).minuteOfDay;
  const push = (from: Instant, to: Instant, tariff: DayBand['tariff']): void => {
    bands.push({ from, to, startMinute: minute(from), endMinute: to === end ? 1440 : minute(to), tariff });
  };
  for (let at = begin; at < end;) {
    const assignment = assignmentAt(assignments, at);
    const next = assignment ? assignment.validTo : nextBeginning(assignments, at);
    const until = instant(Math.min(next ?? Infinity, end));
    const cut = assignment && stretches(assignments, timeZone, at, until);
    if (cut?.ok) for (const { from, to, tariff, period } of cut.value) push(from, to, { tariffId: tariff.tariffId, kind: period.kind, electricity: period.electricity, service: period.service });
    else push(at, until, null);
    at = until;
  }
  return bands;
}

function nextBeginning(assignments: readonly TariffAssignment[], at: Instant): Instant | null {
  const later = assignments.map((each) => each.validFrom).filter((from) => from > at);
  return later.length === 0 ? null : instant(Math.min(...later));
}

/** 36 hours after midnight is tomorrow, whatever the clock does in between. */
const startOfNextDay = (begin: Instant, timeZone: string): Instant =>
  fromLocalTime({ ...toLocalTime(addMs(begin, 36 * MS_PER_HOUR), timeZone), minuteOfDay: 0 }, timeZone);
