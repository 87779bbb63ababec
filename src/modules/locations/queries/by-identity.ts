import type { ChargePointId, StationId } from '../../../kernel/index.ts';
import type { Tx } from '../../../platform/database/index.ts';

/** Charge points of the operator by their identities or 20-digit asset codes. */
export const chargePointsByIdentity = (tx: Tx, identities: readonly string[]): Promise<{ chargePointId: ChargePointId; stationId: StationId; identity: string; assetCode: string | null }[]> => tx.query(
  `select charge_point_id as "chargePointId", station_id as "stationId", identity, asset_code as "assetCode" from locations.charge_point where operator_id = any ($1::uuid[]) and (identity = any ($2::text[]) or asset_code = any ($2::text[]))`,
  [tx.operatorIds, identities]);
