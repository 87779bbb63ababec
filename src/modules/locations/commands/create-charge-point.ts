import { assert, ok, refuse, type ChargePointId, type Result, type StationId } from '../../../kernel/index.ts';
import { newUuid } from '../../../platform/clock/index.ts';
import type { Tx } from '../../../platform/database/index.ts';
import { CONNECTORS_PER_CHARGE_POINT_MAX, EVSE_NUMBER_MAX, isAssetCode, isIdentity, POWER_W_MAX } from '../domain/charge-point.ts';
import { operatorOf } from './create-station.ts';

export type NewChargePoint = {
  readonly stationId: StationId;
  /** The OCPP identity: the last segment of the WebSocket's URL. */
  readonly identity: string;
  /** From `hashChargePointPassword`; null lets the charge point in without a password. */
  readonly passwordHash?: string | null | undefined;
  readonly maxPowerW: bigint;
  readonly assetCode?: string | null | undefined;
  readonly connectors: readonly { readonly evseNumber: number; readonly maxPowerW: bigint }[];
};
export type ChargePointRejection =
  | { readonly code: 'charge_point_identity_malformed'; readonly identity: string }
  | { readonly code: 'asset_code_malformed'; readonly assetCode: string }
  | { readonly code: 'power_out_of_range'; readonly maxW: bigint }
  | { readonly code: 'connectors_malformed' }
  | { readonly code: 'station_not_found'; readonly stationId: StationId }
  | { readonly code: 'asset_code_taken'; readonly assetCode: string }
  | { readonly code: 'charge_point_identity_taken'; readonly identity: string };

/** Creates a charge point. @throws AssertionFault for what `addChargePoint` refuses: for input that was checked already. */
export async function createChargePoint(tx: Tx, chargePoint: NewChargePoint): Promise<ChargePointId> {
  const added = await addChargePoint(tx, chargePoint);
  assert(added.ok, added.ok ? '' : `charge point ${chargePoint.identity} refused: ${added.error.code}`);
  return added.value;
}

/**
 * Creates a charge point from input that nobody has checked. Refusals in the order identity, asset code, power, connectors,
 * station, asset code taken, identity taken. An identity may belong to another operator's charge point: then nothing of it is told.
 */
export async function addChargePoint(tx: Tx, chargePoint: NewChargePoint): Promise<Result<ChargePointId, ChargePointRejection>> {
  const malformed = checkInput(chargePoint);
  if (malformed) return refuse(malformed);
  const operatorId = operatorOf(tx);
  const { stationId, identity, connectors } = chargePoint;
  const assetCode = chargePoint.assetCode ?? null;
  if ((await tx.query('select 1 from locations.station where operator_id = $1 and station_id = $2', [operatorId, stationId])).length === 0) {
    return refuse({ code: 'station_not_found', stationId });
  }
  if (assetCode !== null && (await tx.query('select 1 from locations.charge_point where operator_id = $1 and asset_code = $2', [operatorId, assetCode])).length > 0) {
    return refuse({ code: 'asset_code_taken', assetCode });
  }
  const chargePointId = newUuid() as ChargePointId;
  const [claim] = await tx.query<{ claimed: boolean }>('select locations.claim_identity($1, $2, $3, $4) as claimed', [identity, operatorId, chargePointId, chargePoint.passwordHash ?? null]);
  if (!claim!.claimed) return refuse({ code: 'charge_point_identity_taken', identity });
  await tx.execute('insert into locations.charge_point (operator_id, charge_point_id, station_id, identity, asset_code, max_power_w) values ($1, $2, $3, $4, $5, $6)',
    [operatorId, chargePointId, stationId, identity, assetCode, chargePoint.maxPowerW]);
  await tx.execute(
    `insert into locations.connector (operator_id, connector_id, charge_point_id, evse_number, max_power_w, discovered)
     select $1, connector_id, $2, evse_number, max_power_w, false from unnest($3::uuid[], $4::int[], $5::bigint[]) as c (connector_id, evse_number, max_power_w)`,
    [operatorId, chargePointId, connectors.map(() => newUuid()), connectors.map((each) => each.evseNumber), connectors.map((each) => each.maxPowerW)]);
  return ok(chargePointId);
}

/** Replaces the stored password; null removes it. @returns false when the transaction's operator has no such charge point. */
export async function setChargePointPassword(tx: Tx, chargePointId: ChargePointId, passwordHash: string | null): Promise<boolean> {
  const [row] = await tx.query<{ replaced: boolean }>('select locations.set_password_hash($1, $2) as replaced', [chargePointId, passwordHash]);
  return row!.replaced;
}

function checkInput({ identity, assetCode, maxPowerW, connectors }: NewChargePoint): ChargePointRejection | null {
  if (!isIdentity(identity)) return { code: 'charge_point_identity_malformed', identity };
  if (assetCode && !isAssetCode(assetCode)) return { code: 'asset_code_malformed', assetCode };
  const powers = [maxPowerW, ...connectors.map((each) => each.maxPowerW)];
  if (powers.some((power) => power < 1n || power > POWER_W_MAX)) return { code: 'power_out_of_range', maxW: POWER_W_MAX };
  const numbers = connectors.map((each) => each.evseNumber);
  const wellFormed = numbers.length <= CONNECTORS_PER_CHARGE_POINT_MAX && new Set(numbers).size === numbers.length
    && numbers.every((number) => Number.isInteger(number) && number >= 1 && number <= EVSE_NUMBER_MAX);
  return wellFormed ? null : { code: 'connectors_malformed' };
}
