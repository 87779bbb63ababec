import { sqlTimestamp } from '../../../platform/database/index.ts';
import type { PlacesSeen } from '../../locations/index.ts';

export type { PlacesSeen } from '../../locations/index.ts';

/**
 * The condition under which a session `s` is seen: who runs the station when it begins sees it to its end, and nobody who comes later.
 * @param first number of the first of the parameters in `values`. Nothing to add for the whole operator.
 */
export function sessionSeen(seen: PlacesSeen, first: number): { readonly sql: string; readonly values: readonly unknown[] } {
  if (seen === 'operator') return { sql: '', values: [] };
  return {
    sql: ` and exists (select 1 from unnest($${first}::uuid[], $${first + 1}::timestamptz[], $${first + 2}::timestamptz[]) as bound (station_id, valid_from, valid_to)
      where bound.station_id = s.station_id and bound.valid_from <= s.started_at and s.started_at < bound.valid_to)`,
    values: [
      seen.map((bound) => bound.stationId), seen.map(({ validFrom }) => (validFrom === null ? '-infinity' : sqlTimestamp(validFrom))),
      seen.map(({ validTo }) => (validTo === null ? 'infinity' : sqlTimestamp(validTo))),
    ],
  };
}
