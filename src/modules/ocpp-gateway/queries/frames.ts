import { assert, type ChargePointId, type Instant } from '../../../kernel/index.ts';
import type { Tx } from '../../../platform/database/index.ts';
import type { OcppVersion } from '../wire/message.ts';

export const FRAMES_PER_LOOK_UP_MAX = 10_000;

/** A frame as a person looks at it. */
export type Frame = {
  readonly sequence: bigint;
  readonly chargePointId: ChargePointId;
  readonly connectionGeneration: bigint;
  readonly direction: 'in' | 'out';
  readonly protocol: OcppVersion;
  readonly messageId: string | null;
  readonly action: string | null;
  /** The whole frame as it went over the wire. */
  readonly payload: string;
  /** The payload of the answer that was sent once the frame was stored; null when the answer is a frame of its own. */
  readonly reply: string | null;
  /** What the official schema says is wrong with it. */
  readonly violation: string | null;
  readonly receivedAt: Instant;
  /** Why it could not be worked, if so. */
  readonly unprocessable: string | null;
};

const SELECT = `select f.sequence, f.charge_point_id as "chargePointId", f.connection_generation as "connectionGeneration", f.direction, f.protocol, f.message_id as "messageId", f.action,
    f.payload, f.reply, f.violation, f.received_at as "receivedAt", u.code as unprocessable
  from ocpp_gateway.frame f left join ocpp_gateway.unprocessable_frame u on u.operator_id = f.operator_id and u.sequence = f.sequence`;

/** The frames of a charge point, newest first, before a sequence, at most `countMax`. */
export async function listFrames(tx: Tx, chargePointId: ChargePointId, page: { readonly before: bigint | null; readonly countMax: number }): Promise<Frame[]> {
  return tx.query<Frame>(`${SELECT} where f.operator_id = $1 and f.charge_point_id = $2 and ($3::bigint is null or f.sequence < $3) order by f.sequence desc limit $4`,
    [operatorOf(tx), chargePointId, page.before === null ? null : String(page.before), page.countMax]);
}

/** Frames by their sequences, as facts name them: the evidence behind a bill. In order; unknown ones are missing. */
export async function framesOf(tx: Tx, sequences: readonly bigint[]): Promise<Frame[]> {
  assert(sequences.length <= FRAMES_PER_LOOK_UP_MAX, `at most ${FRAMES_PER_LOOK_UP_MAX} frames at once`);
  return tx.query<Frame>(`${SELECT} where f.operator_id = $1 and f.sequence = any ($2::bigint[]) order by f.sequence`, [operatorOf(tx), sequences.map(String)]);
}

/** Frames that nobody could work, newest first. */
export async function listUnprocessable(tx: Tx, countMax: number): Promise<Frame[]> {
  return tx.query<Frame>(`${SELECT} where u.operator_id = $1 order by u.sequence desc limit $2`, [operatorOf(tx), countMax]);
}

function operatorOf(tx: Tx): string {
  const [operatorId] = tx.operatorIds;
  assert(operatorId !== undefined && tx.operatorIds.length === 1, 'frames are read operator by operator');
  return operatorId;
}
