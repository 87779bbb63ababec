import type { Instant, StationId } from '../../../kernel/index.ts';
import { sqlTimestamp } from '../../../platform/database/index.ts';

/** What somebody sees: every assignment, or what is in force at these stations in these times (null: since ever, without end). */
export type StationsSeen = 'operator' | readonly { readonly stationId: StationId; readonly validFrom: Instant | null; readonly validTo: Instant | null }[];

/** The condition under which an assignment is seen: it is in force at a station for a while of the time in which that is one's own. @param first number of the first parameter */
export function assignmentSeen(seen: StationsSeen, first: number): { readonly sql: string; readonly values: readonly unknown[] } {
  if (seen === 'operator') return { sql: '', values: [] };
  return {
    sql: ` and exists (select 1 from unnest($${first}::uuid[], $${first + 1}::timestamptz[], $${first + 2}::timestamptz[]) as bound (station_id, valid_from, valid_to)
      where bound.station_id = assignment.station_id and tstzrange(bound.valid_from, bound.valid_to) && tstzrange(assignment.valid_from, assignment.valid_to))`,
    values: [seen.map((bound) => bound.stationId), seen.map(({ validFrom }) => (validFrom === null ? null : sqlTimestamp(validFrom))), seen.map(({ validTo }) => (validTo === null ? null : sqlTimestamp(validTo)))],
  };
}
