import type { ChargePointId, Instant } from '../../../kernel/index.ts';
import { sqlTimestamp, type Tx } from '../../../platform/database/index.ts';
import { ALIVE_INTERVAL_MS } from '../wire/link-watch.ts';
import type { OcppVersion } from '../wire/message.ts';

export type ConnectionState = {
  readonly chargePointId: ChargePointId;
  readonly generation: bigint;
  readonly protocol: OcppVersion;
  readonly remoteAddress: string | null;
  readonly connectedAt: Instant;
  readonly lastFrameAt: Instant | null;
  /** False also when its node has died without saying so. */
  readonly connected: boolean;
  readonly disconnectedAt: Instant | null;
  readonly closeReason: string | null;
};

/** Connections of the transaction's operator (`among`: of these charge points only), ordered by charge point, after `after`, at most `countMax`. */
export async function listConnections(tx: Tx, now: Instant, page: { readonly after: string | null; readonly countMax: number; readonly connected?: boolean | undefined; readonly chargePointId?: ChargePointId | undefined; readonly among?: readonly ChargePointId[] | null }): Promise<ConnectionState[]> {
  return tx.query<ConnectionState>(
    `select * from (
       select charge_point_id as "chargePointId", generation, protocol, remote_address as "remoteAddress", connected_at as "connectedAt", last_frame_at as "lastFrameAt",
         disconnected_at is null and alive_at > $2 as connected, disconnected_at as "disconnectedAt", close_reason as "closeReason"
       from ocpp_gateway.connection where operator_id = any ($1::uuid[]) and ($3::uuid is null or charge_point_id > $3) and ($4::uuid is null or charge_point_id = $4) and ($7::uuid[] is null or charge_point_id = any ($7))) c
     where $5::boolean is null or connected = $5 order by "chargePointId" limit $6`,
    [tx.operatorIds, sqlTimestamp((now - 3 * ALIVE_INTERVAL_MS) as Instant), page.after, page.chargePointId ?? null, page.connected ?? null, page.countMax, page.among ?? null]);
}
