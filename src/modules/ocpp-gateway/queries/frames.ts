import { assert, type ChargePointId, type Instant } from '../../../kernel/index.ts';
import { sqlTimestamp, type Tx } from '../../../platform/database/index.ts';
import type { StoredFrame } from '../inbox/frame.ts';

export const FRAMES_PER_LOOK_UP_MAX = 10_000;

/** A frame as a person looks at it. */
export type Frame = Omit<StoredFrame, 'operatorId' | 'messageType'> & {
  /** Why it could not be worked, if so. */
  readonly unprocessable: string | null;
};
/** Times in which somebody may look; null is since ever, or without end. */
export type FrameTimes = readonly { readonly validFrom: Instant | null; readonly validTo: Instant | null }[];

const SELECT = `select f.sequence, f.charge_point_id as "chargePointId", f.connection_generation as "connectionGeneration", f.direction, f.protocol, f.message_id as "messageId", f.action,
    f.payload, f.reply, f.violation, f.received_at as "receivedAt", u.code as unprocessable
  from ocpp_gateway.frame f left join ocpp_gateway.unprocessable_frame u on u.operator_id = f.operator_id and u.sequence = f.sequence`;

/** The frames of a charge point, newest first, before a sequence, at most `countMax`; `times` narrows to those received then. */
export async function listFrames(tx: Tx, chargePointId: ChargePointId, page: { readonly before: bigint | null; readonly countMax: number; readonly times?: FrameTimes | null }): Promise<Frame[]> {
  const times = page.times ?? null;
  const bound = times === null ? '' : ' and exists (select 1 from unnest($5::timestamptz[], $6::timestamptz[]) as bound (valid_from, valid_to) where f.received_at <@ tstzrange(bound.valid_from, bound.valid_to))';
  return tx.query<Frame>(`${SELECT} where f.operator_id = $1 and f.charge_point_id = $2 and ($3::bigint is null or f.sequence < $3)${bound} order by f.sequence desc limit $4`,
    [operatorOf(tx), chargePointId, page.before === null ? null : String(page.before), page.countMax,
      ...(times === null ? [] : [times.map(({ validFrom }) => validFrom === null ? null : sqlTimestamp(validFrom)), times.map(({ validTo }) => validTo === null ? null : sqlTimestamp(validTo))])]);
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
