import type { Instant, StationId } from '../../../kernel/index.ts';
import { sqlTimestamp, type Tx } from '../../../platform/database/index.ts';

/** Which sub-operator ran a station at a moment; null: the operator itself. Answers in order. */
export async function stationRunners(tx: Tx, places: readonly { readonly stationId: StationId; readonly at: Instant }[]): Promise<(string | null)[]> {
  if (places.length === 0) return [];
  const rows = await tx.query<{ subOperatorId: string | null }>({
    name: 'locations_station_runners',
    text: `select b.sub_operator_id as "subOperatorId" from unnest($2::uuid[], $3::timestamptz[]) with ordinality as k (station_id, at, n)
      left join lateral (select x.sub_operator_id from locations.station_binding x where x.operator_id = $1 and x.station_id = k.station_id and x.valid_from <= k.at and (x.valid_to is null or x.valid_to > k.at) offset 0) b on true
      order by k.n`,
  }, [tx.operatorIds[0], places.map(({ stationId }) => stationId), places.map(({ at }) => sqlTimestamp(at))]);
  return rows.map(({ subOperatorId }) => subOperatorId);
}

/** The names of stations by id; ids that do not exist are missing. */
export async function stationNames(tx: Tx, stationIds: readonly StationId[]): Promise<Map<StationId, string>> {
  const rows = stationIds.length === 0 ? [] : await tx.query<{ stationId: StationId; name: string }>('select station_id as "stationId", name from locations.station where operator_id = $1 and station_id = any($2::uuid[])', [tx.operatorIds[0], stationIds]);
  return new Map(rows.map(({ stationId, name }) => [stationId, name]));
}
