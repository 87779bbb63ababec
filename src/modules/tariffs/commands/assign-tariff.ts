import { assert, ok, refuse, type ConnectorId, type Instant, type Result, type StationId, type TariffId } from '../../../kernel/index.ts';
import { newUuid } from '../../../platform/clock/index.ts';
import { sqlTimestamp, type Tx } from '../../../platform/database/index.ts';

export type NewAssignment = {
  readonly tariffId: TariffId;
  readonly stationId: StationId;
  /** Without it the whole station. A connector's own assignment goes before the station's. */
  readonly connectorId?: ConnectorId | null | undefined;
  readonly validFrom: Instant;
  /** Exclusive; without it for good, or until another tariff follows. */
  readonly validTo?: Instant | null | undefined;
  /**
   * The past is closed: what would change the price of an instant before this one is refused. Left out when a place is set up or
   * history is imported; a person's change passes the current time.
   */
  readonly notBefore?: Instant | undefined;
};
export type AssignTariffRejection =
  | { readonly code: 'assignment_reversed'; readonly validFrom: Instant; readonly validTo: Instant }
  | { readonly code: 'assignment_in_past'; readonly validFrom: Instant; readonly notBefore: Instant }
  | { readonly code: 'tariff_not_found'; readonly tariffId: TariffId }
  | { readonly code: 'assignment_overlaps'; readonly tariffId: TariffId; readonly validFrom: Instant; readonly validTo: Instant | null };

type Neighbour = { assignmentId: string; tariffId: TariffId; validFrom: Instant; validTo: Instant | null };

/**
 * Puts a tariff into force. An earlier assignment without an end is ended where this one begins; anything else in the way refuses.
 * Callers that assign to one place at the same time wait for each other; the database excludes overlaps by itself besides.
 * Refusals in the order reversed, in the past, tariff unknown, overlap.
 * @returns the assignment's id.
 */
export async function assignTariff(tx: Tx, input: NewAssignment): Promise<Result<string, AssignTariffRejection>> {
  const { tariffId, stationId, validFrom, notBefore } = input;
  const [connectorId, validTo] = [input.connectorId ?? null, input.validTo ?? null];
  if (validTo !== null && validTo <= validFrom) return refuse({ code: 'assignment_reversed', validFrom, validTo });
  if (notBefore !== undefined && validFrom < notBefore) return refuse({ code: 'assignment_in_past', validFrom, notBefore });
  assert(tx.operatorIds.length === 1, 'a tariff is assigned in a transaction of one operator');
  const operatorId = tx.operatorIds[0];
  const known = await tx.query('select 1 from tariffs.tariff where operator_id = $1 and tariff_id = $2', [operatorId, tariffId]);
  if (known.length === 0) return refuse({ code: 'tariff_not_found', tariffId });
  await tx.query('select pg_advisory_xact_lock(hashtextextended($1, 0))', [`tariffs/${stationId}/${connectorId ?? ''}`]);
  const neighbours = await tx.query<Neighbour>(
    `select assignment_id as "assignmentId", tariff_id as "tariffId", valid_from as "validFrom", valid_to as "validTo" from tariffs.assignment
     where operator_id = $1 and station_id = $2 and connector_id is not distinct from $3
       and tstzrange(valid_from, valid_to) && tstzrange($4, $5) order by valid_from`,
    [operatorId, stationId, connectorId, sqlTimestamp(validFrom), validTo === null ? null : sqlTimestamp(validTo)]);
  for (const { validFrom: begins, validTo: ends, tariffId: other } of neighbours) {
    if (ends !== null || begins >= validFrom) return refuse({ code: 'assignment_overlaps', tariffId: other, validFrom: begins, validTo: ends });
  }
  if (neighbours[0]) {
    await tx.execute('update tariffs.assignment set valid_to = $3 where operator_id = $1 and assignment_id = $2', [operatorId, neighbours[0].assignmentId, sqlTimestamp(validFrom)]);
  }
  const assignmentId = newUuid();
  await tx.execute('insert into tariffs.assignment (operator_id, assignment_id, tariff_id, station_id, connector_id, valid_from, valid_to) values ($1, $2, $3, $4, $5, $6, $7)',
    [operatorId, assignmentId, tariffId, stationId, connectorId, sqlTimestamp(validFrom), validTo === null ? null : sqlTimestamp(validTo)]);
  return ok(assignmentId);
}
