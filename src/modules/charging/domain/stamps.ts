import { addMs, instant, type Instant } from '../../../kernel/index.ts';
import { DEFAULT_RULES } from './anomaly-rules.ts';
import type { ChargePointFact } from './fact.ts';

/** Before this no charge point spoke OCPP: an older stamp comes from a clock that was never set (1970 is the usual one). */
export const CLOCK_SET_FROM = instant(1_262_304_000_000); // 2010-01-01
type Stamp = Pick<ChargePointFact, 'eventAt' | 'recordedAt'>;
export type StampFault = 'clock_not_set' | 'time_in_future' | 'time_unreadable';

/** What makes one stamp impossible by itself; null where nothing does. A day of tolerance by default, because a station in the wrong zone is off by hours. */
export function stampFault({ eventAt, recordedAt }: Stamp, futureToleranceMs: number = DEFAULT_RULES.futureToleranceMs): StampFault | null {
  if (eventAt === null) return 'time_unreadable';
  if (eventAt < CLOCK_SET_FROM) return 'clock_not_set';
  return eventAt > addMs(recordedAt, futureToleranceMs) ? 'time_in_future' : null;
}

/** The stated time where it can be one, else the record time: for live display, and for the meter, which needs some time for every reading. */
export const believedAt = (fact: Stamp): Instant => (stampFault(fact) === null ? fact.eventAt! : fact.recordedAt);

/** Whether the stated time can be one. Where it cannot, the place of the fact between those of other sessions is not known. */
export const isTimeBelieved = (fact: Stamp): boolean => stampFault(fact) === null;
