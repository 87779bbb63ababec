import type { ChargePointId, ConnectorId, OperatorId } from '../../../kernel/index.ts';
import type { Database, Tx } from '../../../platform/database/index.ts';
import type { ChargePoint } from '../domain/charge-point.ts';

export type ResolvedChargePoint = { readonly operatorId: OperatorId; readonly chargePointId: ChargePointId; readonly passwordHash: string | null };

/** Whose charge point an identity is, before any tenant is known. */
export async function resolveChargePoint(database: Database, identity: string): Promise<ResolvedChargePoint | null> {
  const [row] = await database.untenanted.query<ResolvedChargePoint>({
    name: 'locations_resolve',
    text: 'select operator_id as "operatorId", charge_point_id as "chargePointId", password_hash as "passwordHash" from locations.resolve_charge_point($1)',
  }, [identity]);
  return row ?? null;
}

/** One charge point with its place and connectors. @returns null when it is not of this transaction's operators. */
export async function loadChargePoint(tx: Tx, chargePointId: ChargePointId): Promise<ChargePoint | null> {
  return (await loadChargePoints(tx, [chargePointId])).get(chargePointId) ?? null;
}

type ChargePointRow = Omit<ChargePoint, 'connectors'> & { connectorId: ConnectorId | null; evseNumber: number | null; connectorPowerW: bigint | null };

/** Many charge points in one statement; unknown ones are missing in the answer. Connectors are sorted by number. */
export async function loadChargePoints(tx: Tx, chargePointIds: readonly ChargePointId[]): Promise<Map<ChargePointId, ChargePoint>> {
  const rows = await tx.query<ChargePointRow>({
    name: 'locations_load_charge_points',
    text: `select p.charge_point_id as "chargePointId", p.identity, p.station_id as "stationId", s.name as "stationName", s.time_zone as "timeZone",
        p.max_power_w as "maxPowerW", c.connector_id as "connectorId", c.evse_number as "evseNumber", c.max_power_w as "connectorPowerW"
      from locations.charge_point p
      join locations.station s using (operator_id, station_id)
      left join locations.connector c using (operator_id, charge_point_id)
      where p.operator_id = any ($1::uuid[]) and p.charge_point_id = any ($2::uuid[])
      order by p.charge_point_id, c.evse_number`,
  }, [tx.operatorIds, chargePointIds]);
  const found = new Map<ChargePointId, ChargePoint & { connectors: ChargePoint['connectors'][number][] }>();
  for (const { connectorId, evseNumber, connectorPowerW, ...chargePoint } of rows) {
    let entry = found.get(chargePoint.chargePointId);
    if (!entry) found.set(chargePoint.chargePointId, entry = { ...chargePoint, connectors: [] });
    if (connectorId !== null) entry.connectors.push({ connectorId, evseNumber: evseNumber!, maxPowerW: connectorPowerW! });
  }
  return found;
}
