import type { ChargePointId, Instant, OperatorId } from '../../../kernel/index.ts';
import type { Database, Tx } from '../../../platform/database/index.ts';
import type { OcppVersion } from '../wire/message.ts';

export type LoggedFrame = {
  readonly sequence: bigint;
  readonly chargePointId: ChargePointId;
  readonly direction: 'in' | 'out';
  readonly protocol: OcppVersion;
  readonly messageType: number | null;
  readonly payload: string;
  readonly receivedAt: Instant;
};

/** Operators whose frames wait, and how many each; the ones furthest behind first. */
export const operatorsBehind = (database: Database, countMax: number): Promise<{ operatorId: OperatorId; behind: bigint }[]> =>
  database.untenanted.query({ name: 'ocpp_gateway_operators_behind', text: 'select operator_id as "operatorId", behind from ocpp_gateway.operators_behind($1)' }, [countMax]);

/**
 * Lets every statement of this transaction be planned for the number of rows that it brings. After five runs PostgreSQL would settle on
 * a plan for ten, which compares all rows of a batch with all sessions: measured at a third of the speed, and worse with size.
 */
export async function planForBatches(tx: Tx): Promise<void> {
  await tx.execute(`set local plan_cache_mode = force_custom_plan`);
}

/**
 * Takes the operator's cursor until the end of the transaction. Null when another worker holds it (or there is none yet): workers
 * of all nodes share the operators without waiting for each other.
 */
export async function claimCursor(tx: Tx, operatorId: OperatorId): Promise<bigint | null> {
  const [row] = await tx.query<{ appliedSequence: bigint }>({
    name: 'ocpp_gateway_claim_cursor', text: 'select applied_sequence as "appliedSequence" from ocpp_gateway.applier_cursor where operator_id = $1 for update skip locked',
  }, [operatorId]);
  return row?.appliedSequence ?? null;
}

/** The next frames after a sequence, in order. Sequences of an operator are in commit order, so none can turn up behind the cursor later. */
export const framesAfter = (tx: Tx, operatorId: OperatorId, sequence: bigint, countMax: number): Promise<LoggedFrame[]> => tx.query<LoggedFrame>({
  name: 'ocpp_gateway_frames_after',
  text: `select sequence, charge_point_id as "chargePointId", direction, protocol, message_type as "messageType", payload, received_at as "receivedAt"
    from ocpp_gateway.frame where operator_id = $1 and sequence > $2 order by sequence limit $3`,
}, [operatorId, String(sequence), countMax]);

export async function moveCursor(tx: Tx, operatorId: OperatorId, sequence: bigint): Promise<void> {
  await tx.execute({ name: 'ocpp_gateway_move_cursor', text: 'update ocpp_gateway.applier_cursor set applied_sequence = $2, moved_at = now() where operator_id = $1' }, [operatorId, String(sequence)]);
}

export type Unprocessable = { readonly sequence: bigint; readonly code: string; readonly detail: string };
export async function recordUnprocessable(tx: Tx, operatorId: OperatorId, frames: readonly Unprocessable[]): Promise<void> {
  if (frames.length === 0) return;
  await tx.execute(
    `insert into ocpp_gateway.unprocessable_frame (operator_id, sequence, code, detail)
     select $1, sequence, code, detail from unnest($2::bigint[], $3::text[], $4::text[]) as u (sequence, code, detail) on conflict do nothing`,
    [operatorId, frames.map((frame) => String(frame.sequence)), frames.map((frame) => frame.code), frames.map((frame) => frame.detail)]);
}

/** What one charge point said of its transactions between the operator's cursor and `before`. */
export const startContextFrames = (tx: Tx, operatorId: OperatorId, chargePointId: ChargePointId, before: bigint, countMax: number): Promise<LoggedFrame[]> => tx.query<LoggedFrame>({
  name: 'ocpp_gateway_start_context_frames',
  text: `select sequence, charge_point_id as "chargePointId", direction, protocol, message_type as "messageType", payload, received_at as "receivedAt"
    from ocpp_gateway.frame where operator_id = $1 and charge_point_id = $2 and sequence < $3
      and sequence > (select applied_sequence from ocpp_gateway.applier_cursor where operator_id = $1)
      and direction = 'in' and action in ('BootNotification', 'StartTransaction', 'MeterValues', 'StopTransaction')
    order by sequence limit $4`,
}, [operatorId, chargePointId, String(before), countMax]);
