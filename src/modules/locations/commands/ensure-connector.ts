import { assert, type ChargePointId, type ConnectorId } from '../../../kernel/index.ts';
import { newUuid } from '../../../platform/clock/index.ts';
import type { Tx } from '../../../platform/database/index.ts';

export type ConnectorPlace = { readonly chargePointId: ChargePointId; readonly evseNumber: number };
export const connectorKey = ({ chargePointId, evseNumber }: ConnectorPlace): string => `${chargePointId}/${evseNumber}`;

/** The connector at that place, made when nobody had entered it: a frame that names it must not get lost. `evseNumber` 1–1000. */
export async function ensureConnector(tx: Tx, chargePointId: ChargePointId, evseNumber: number): Promise<ConnectorId> {
  const id = (await ensureConnectors(tx, [{ chargePointId, evseNumber }])).get(connectorKey({ chargePointId, evseNumber }));
  assert(id, `connector ${evseNumber} of ${chargePointId} could not be made: is the charge point of this transaction's operator?`);
  return id;
}

/**
 * `ensureConnector` for a batch, in at most three statements. Keys of the answer are `connectorKey`. A place whose charge point
 * is not of this transaction's operators, or whose number is not 1–1000, is missing in the answer.
 */
export async function ensureConnectors(tx: Tx, places: readonly ConnectorPlace[]): Promise<Map<string, ConnectorId>> {
  const distinct = [...new Map(places.map((place) => [connectorKey(place), place])).values()].sort((a, b) => (connectorKey(a) < connectorKey(b) ? -1 : 1));
  const found = await findConnectors(tx, distinct);
  const missing = distinct.filter((place) => !found.has(connectorKey(place)));
  if (missing.length === 0) return found;
  await tx.execute(
    `insert into locations.connector (operator_id, connector_id, charge_point_id, evse_number, max_power_w, discovered)
     select p.operator_id, w.connector_id, p.charge_point_id, w.evse_number, p.max_power_w, true
     from unnest($2::uuid[], $3::uuid[], $4::int[]) as w (connector_id, charge_point_id, evse_number)
     join locations.charge_point p on p.operator_id = any ($1::uuid[]) and p.charge_point_id = w.charge_point_id
     where w.evse_number between 1 and 1000
     order by p.operator_id, p.charge_point_id, w.evse_number
     on conflict on constraint connector_evse_number do nothing`,
    [tx.operatorIds, missing.map(() => newUuid()), missing.map((place) => place.chargePointId), missing.map((place) => place.evseNumber)]);
  // Read again: another transaction may have made it first.
  for (const [key, id] of await findConnectors(tx, missing)) found.set(key, id);
  return found;
}

async function findConnectors(tx: Tx, places: readonly ConnectorPlace[]): Promise<Map<string, ConnectorId>> {
  const rows = await tx.query<ConnectorPlace & { connectorId: ConnectorId }>({
    name: 'locations_find_connectors',
    text: `select c.connector_id as "connectorId", c.charge_point_id as "chargePointId", c.evse_number as "evseNumber"
      from unnest($2::uuid[], $3::int[]) as w (charge_point_id, evse_number)
      join locations.connector c on c.operator_id = any ($1::uuid[]) and c.charge_point_id = w.charge_point_id and c.evse_number = w.evse_number`,
  }, [tx.operatorIds, places.map((place) => place.chargePointId), places.map((place) => place.evseNumber)]);
  return new Map(rows.map((row) => [connectorKey(row), row.connectorId]));
}
