import type { Instant, StationId } from '../../../kernel/index.ts';
import { sqlTimestamp, type Tx } from '../../../platform/database/index.ts';
import { nearName, type NearMatch } from '../domain/near-name.ts';

/** How a station's connectors stand, in words that both OCPP versions share. */
export type ConnectorCounts = { readonly total: number; readonly available: number; readonly occupied: number; readonly unavailable: number; readonly faulted: number; readonly unknown: number };
export type Binding = { readonly subOperatorId: string; readonly validFrom: Instant | null; readonly validTo: Instant | null };
export type Station = {
  readonly stationId: StationId; readonly name: string; readonly address: string | null; readonly timeZone: string;
  readonly chargePoints: number; readonly connectors: ConnectorCounts;
  /** Who runs it now. */
  readonly subOperatorId: string | null;
  readonly lastSeenAt: Instant | null;
};
/** Whose stations: everybody's ('operator'), or those bound to one of these sub-operators at `now`. */
export type StationScope = { readonly subOperators: 'operator' | readonly string[]; readonly now: Instant };

/** A station that a question was about and that it does not show, because its binding is not in force now. */
export type HiddenByBinding = { readonly stationId: StationId; readonly name: string; readonly reason: 'begins_later' | 'has_ended'; readonly validFrom: Instant | null; readonly validTo: Instant | null };

/** More names than any operator has; a search over more looks at the first of them and says so. */
export const SEARCHED_STATIONS_MAX = 20_000;
export const SEARCH_RESULTS_MAX = 50;

const COLUMNS = `s.station_id as "stationId", s.name, s.address, s.time_zone as "timeZone", b.sub_operator_id as "subOperatorId",
  (select count(*)::int from locations.charge_point p where p.operator_id = s.operator_id and p.station_id = s.station_id) as "chargePoints",
  (select max(st.last_seen_at) from locations.charge_point p join locations.charge_point_state st using (operator_id, charge_point_id)
    where p.operator_id = s.operator_id and p.station_id = s.station_id) as "lastSeenAt",
  (select jsonb_build_object('total', count(*),
      'available', count(*) filter (where cs.status = 'Available'),
      'occupied', count(*) filter (where cs.status in ('Preparing', 'Charging', 'SuspendedEV', 'SuspendedEVSE', 'Finishing', 'Occupied', 'Reserved')),
      'unavailable', count(*) filter (where cs.status = 'Unavailable'),
      'faulted', count(*) filter (where cs.status = 'Faulted'),
      'unknown', count(*) filter (where cs.status is null))
    from locations.charge_point p join locations.connector c using (operator_id, charge_point_id)
    left join locations.connector_status cs on cs.operator_id = c.operator_id and cs.charge_point_id = c.charge_point_id and cs.evse_number = c.evse_number
    where p.operator_id = s.operator_id and p.station_id = s.station_id) as connectors`;
const BINDING_NOW = `left join locations.station_binding b on b.operator_id = s.operator_id and b.station_id = s.station_id
  and b.valid_from <= $2 and (b.valid_to is null or b.valid_to > $2)`;
const IN_SCOPE = '($3::uuid[] is null or b.sub_operator_id = any ($3))';

const scopeValues = (tx: Tx, { subOperators, now }: StationScope): unknown[] => [tx.operatorIds, sqlTimestamp(now), subOperators === 'operator' ? null : subOperators];

/** Stations by name; `after` is the last one of the page before. */
export async function listStations(tx: Tx, scope: StationScope, page: { after: readonly [name: string, stationId: string] | null; limit: number }): Promise<Station[]> {
  return tx.query<Station>(
    `select ${COLUMNS} from locations.station s ${BINDING_NOW}
     where s.operator_id = any ($1::uuid[]) and ${IN_SCOPE} and ($4::text is null or (s.name, s.station_id) > ($4, $5::uuid))
     order by s.name, s.station_id limit $6`,
    [...scopeValues(tx, scope), page.after?.[0] ?? null, page.after?.[1] ?? null, page.limit]);
}

/** One station, or null when there is none in this scope. */
export async function loadStation(tx: Tx, scope: StationScope, stationId: StationId): Promise<Station | null> {
  return (await readStations(tx, scope, [stationId]))[0] ?? null;
}

/** A station's sub-operators in order of time; `validFrom` null is since ever. */
export async function stationBindings(tx: Tx, stationId: StationId): Promise<Binding[]> {
  return tx.query<Binding>(
    `select sub_operator_id as "subOperatorId", nullif(valid_from, '-infinity') as "validFrom", valid_to as "validTo"
     from locations.station_binding where operator_id = any ($1::uuid[]) and station_id = $2 order by station_binding.valid_from`, [tx.operatorIds, stationId]);
}

export type StationSearch = { readonly matches: readonly { readonly station: Station; readonly match: NearMatch }[]; readonly hidden: readonly HiddenByBinding[]; readonly truncated: boolean };

/**
 * Stations whose name or address is near the query, best first, at most `SEARCH_RESULTS_MAX`. What a sub-operator does not see
 * because its binding begins later or has ended is named apart with the date, so that nobody searches for a typing error (C-17).
 */
export async function searchStations(tx: Tx, scope: StationScope, query: string): Promise<StationSearch> {
  const rows = await tx.query<{ stationId: StationId; name: string; address: string | null }>(
    'select station_id as "stationId", name, address from locations.station where operator_id = any ($1::uuid[]) order by station_id limit $2', [tx.operatorIds, SEARCHED_STATIONS_MAX + 1]);
  const near = rows.slice(0, SEARCHED_STATIONS_MAX)
    .map((row) => ({ row, match: nearName(query, row.name) ?? addressMatch(query, row.address) }))
    .filter((each): each is { row: typeof each.row; match: NearMatch } => each.match !== null)
    .sort((a, b) => b.match.score - a.match.score || (a.row.name < b.row.name ? -1 : 1));
  const seen = new Map((await readStations(tx, scope, near.map((each) => each.row.stationId))).map((station) => [station.stationId, station]));
  const matches = near.flatMap(({ row, match }) => (seen.has(row.stationId) ? [{ station: seen.get(row.stationId)!, match }] : [])).slice(0, SEARCH_RESULTS_MAX);
  const hidden = await hiddenByBinding(tx, scope, near.map((each) => each.row.stationId).filter((id) => !seen.has(id)));
  return { matches, hidden, truncated: rows.length > SEARCHED_STATIONS_MAX };
}

/** Which of these stations (all when left out) were or will be this scope's and are not now. */
export async function hiddenByBinding(tx: Tx, scope: StationScope, stationIds?: readonly StationId[]): Promise<HiddenByBinding[]> {
  if (scope.subOperators === 'operator' || stationIds?.length === 0) return [];
  return tx.query<HiddenByBinding>(
    `select distinct on (s.name, s.station_id) s.station_id as "stationId", s.name, nullif(h.valid_from, '-infinity') as "validFrom", h.valid_to as "validTo",
       case when h.valid_from > $2 then 'begins_later' else 'has_ended' end as reason
     from locations.station s ${BINDING_NOW} and b.sub_operator_id = any ($3)
     join locations.station_binding h on h.operator_id = s.operator_id and h.station_id = s.station_id and h.sub_operator_id = any ($3)
     where s.operator_id = any ($1::uuid[]) and b.binding_id is null and ($4::uuid[] is null or s.station_id = any ($4))
     order by s.name, s.station_id, h.valid_from desc limit $5`,
    [...scopeValues(tx, scope), stationIds ?? null, SEARCH_RESULTS_MAX]);
}

function addressMatch(query: string, address: string | null): NearMatch | null {
  const match = address === null ? null : nearName(query, address);
  return match && match.how !== 'near' ? { how: match.how, score: match.score * 0.9 } : null;
}

async function readStations(tx: Tx, scope: StationScope, stationIds: readonly StationId[]): Promise<Station[]> {
  return tx.query<Station>(
    `select ${COLUMNS} from locations.station s ${BINDING_NOW} where s.operator_id = any ($1::uuid[]) and ${IN_SCOPE} and s.station_id = any ($4::uuid[])`,
    [...scopeValues(tx, scope), stationIds]);
}

/** The zone of a station; null when the transaction's operators have no such station, or no such connector there. */
export async function timeZoneOf(tx: Tx, place: { readonly stationId: StationId; readonly connectorId: string | null }): Promise<string | null> {
  const [row] = await tx.query<{ timeZone: string }>(
    `select s.time_zone as "timeZone" from locations.station s where s.operator_id = any ($1::uuid[]) and s.station_id = $2
       and ($3::uuid is null or exists (select 1 from locations.charge_point p join locations.connector c using (operator_id, charge_point_id)
         where p.operator_id = s.operator_id and p.station_id = s.station_id and c.connector_id = $3))`,
    [tx.operatorIds, place.stationId, place.connectorId]);
  return row?.timeZone ?? null;
}
