import type { ChargePointId, Instant, StationId } from '../../../kernel/index.ts';
import { sqlTimestamp, type Tx } from '../../../platform/database/index.ts';
import type { StationScope } from './stations.ts';

/** A time in which a station was run by somebody; null is since ever, or without an end so far. The end is not part of it. */
export type BoundStation = { readonly stationId: StationId; readonly validFrom: Instant | null; readonly validTo: Instant | null };
/** What somebody sees: everything of the operator, or what happened at these stations in these times. */
export type PlacesSeen = 'operator' | readonly BoundStation[];

/** When which stations were run by the sub-operators that a role is limited to: what such a role may see of the past, and no more. */
export async function placesSeen(tx: Tx, subOperators: StationScope['subOperators']): Promise<PlacesSeen> {
  if (subOperators === 'operator') return 'operator';
  return tx.query<BoundStation>(
    `select station_id as "stationId", nullif(valid_from, '-infinity') as "validFrom", valid_to as "validTo"
     from locations.station_binding where operator_id = any ($1::uuid[]) and sub_operator_id = any ($2::uuid[])`, [tx.operatorIds, subOperators]);
}

/** Whether somebody sees what happened at a station at this instant. */
export const isSeen = (seen: PlacesSeen, stationId: StationId, at: Instant): boolean =>
  seen === 'operator' || seen.some((bound) => bound.stationId === stationId && (bound.validFrom ?? -Infinity) <= at && at < (bound.validTo ?? Infinity));

/** The charge points of a scope now, or null for all of the operator. */
export async function chargePointsSeen(tx: Tx, scope: StationScope): Promise<ChargePointId[] | null> {
  if (scope.subOperators === 'operator') return null;
  const rows = await tx.query<{ chargePointId: ChargePointId }>(
    `select p.charge_point_id as "chargePointId" from locations.charge_point p join locations.station_binding b using (operator_id, station_id)
     where p.operator_id = any ($1::uuid[]) and b.sub_operator_id = any ($3::uuid[]) and b.valid_from <= $2 and (b.valid_to is null or b.valid_to > $2)`,
    [tx.operatorIds, sqlTimestamp(scope.now), scope.subOperators]);
  return rows.map((row) => row.chargePointId);
}
