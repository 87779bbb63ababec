import { ok, refuse, type Instant, type Result, type StationId } from '../../../kernel/index.ts';
import { sqlTimestamp, type Tx } from '../../../platform/database/index.ts';
import { insertBinding, knowsSubOperator, operatorOf } from './create-station.ts';

export type BindStationRejection =
  | { readonly code: 'station_not_found' }
  | { readonly code: 'sub_operator_not_found'; readonly subOperatorId: string }
  | { readonly code: 'binding_overlaps'; readonly validFrom: Instant | null; readonly validTo: Instant | null };

/**
 * From `validFrom` on, a sub-operator runs the station. A binding that is open then ends where this one begins; one that begins
 * later or at the same time is in the way. Refusals in the order station, sub-operator, overlap.
 */
export async function bindStation(tx: Tx, input: { stationId: StationId; subOperatorId: string; validFrom: Instant; validTo?: Instant | null }): Promise<Result<null, BindStationRejection>> {
  const operatorId = operatorOf(tx);
  const { stationId, validFrom } = input;
  // The station's row is the queue: two who bind it at once come one after the other.
  const station = await tx.query('select 1 from locations.station where operator_id = $1 and station_id = $2 for no key update', [operatorId, stationId]);
  if (station.length === 0) return refuse({ code: 'station_not_found' });
  if (!(await knowsSubOperator(tx, input.subOperatorId))) return refuse({ code: 'sub_operator_not_found', subOperatorId: input.subOperatorId });
  const inTheWay = await tx.query<{ bindingId: string; validFrom: Instant | null; validTo: Instant | null }>(
    `select binding_id as "bindingId", nullif(valid_from, '-infinity') as "validFrom", valid_to as "validTo" from locations.station_binding
     where operator_id = $1 and station_id = $2 and tstzrange(valid_from, valid_to) && tstzrange($3, $4) order by station_binding.valid_from`,
    [operatorId, stationId, sqlTimestamp(validFrom), input.validTo ? sqlTimestamp(input.validTo) : null]);
  for (const other of inTheWay) {
    if (other.validTo !== null || (other.validFrom ?? -Infinity) >= validFrom) return refuse({ code: 'binding_overlaps', validFrom: other.validFrom, validTo: other.validTo });
  }
  if (inTheWay[0]) {
    await tx.execute('update locations.station_binding set valid_to = $3 where operator_id = $1 and binding_id = $2', [operatorId, inTheWay[0].bindingId, sqlTimestamp(validFrom)]);
  }
  await insertBinding(tx, { stationId, subOperatorId: input.subOperatorId, validFrom, validTo: input.validTo ?? null });
  return ok(null);
}
