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
