import type { ChargePointId } from '../../../kernel/index.ts';
import type { Tx } from '../../../platform/database/index.ts';

/** Who made a charge point and what runs on it, as it said at its last boot; null where it has said nothing. */
export type Make = { readonly maker: string | null; readonly model: string | null; readonly firmware: string | null };

export async function chargePointMakes(tx: Tx, chargePointIds: readonly ChargePointId[]): Promise<Map<ChargePointId, Make>> {
  const rows = await tx.query<Make & { chargePointId: ChargePointId }>({
    name: 'locations_makes',
    text: `select charge_point_id as "chargePointId", vendor as maker, model, firmware from locations.charge_point_state where operator_id = any ($1::uuid[]) and charge_point_id = any ($2::uuid[])`,
  }, [tx.operatorIds, chargePointIds]);
  return new Map(rows.map(({ chargePointId, ...make }) => [chargePointId, make]));
}
