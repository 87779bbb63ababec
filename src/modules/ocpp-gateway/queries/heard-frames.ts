/** Frames as somebody judges them: what was said, without its readings. For counting how charge points keep to the protocol. */
import { assert, type ChargePointId, type Instant } from '../../../kernel/index.ts';
import type { Tx } from '../../../platform/database/index.ts';
import { fieldOf, integerOf, objectOf, textOf, type JsonObject } from '../wire/lenient-json.ts';
import { parseMessage, type OcppVersion } from '../wire/message.ts';
import { schemaViolation, standardAction } from '../wire/schemas.ts';
import { transactionEventTypeOf } from '../v201/translate.ts';

export const HEARD_FRAMES_MAX = 5_000;

export type TransactionWord = {
  readonly ref: string; readonly phase: 'start' | 'read' | 'end'; readonly seqNo: number | null; readonly offline: boolean;
  /** OCPP 2.0.1: says that no energy is offered any more, though the transaction lasts until the vehicle leaves (F03.FR.02). */
  readonly stopped: boolean;
};
export type BootWord = { readonly maker: string | null; readonly model: string | null; readonly firmware: string | null };
export type Said =
  | { readonly kind: 'call'; readonly messageId: string; readonly action: string; readonly boot: BootWord | null; readonly transaction: TransactionWord | null }
  /** A call of ours; `stops` names the transaction that it asks to end. */
  | { readonly kind: 'command'; readonly messageId: string; readonly action: string; readonly stops: string | null }
  | { readonly kind: 'result'; readonly messageId: string; readonly status: string | null; /** What the answer to this action breaks of its schema. */ readonly breaks: (action: string) => string | null }
  | { readonly kind: 'error'; readonly messageId: string; readonly code: string }
  | { readonly kind: 'answer_sent' }
  | { readonly kind: 'malformed'; readonly problem: string };
export type HeardFrame = {
  readonly sequence: bigint; readonly chargePointId: ChargePointId; readonly generation: bigint; readonly protocol: OcppVersion; readonly receivedAt: Instant;
  /** What the official schema says is wrong, and why nobody could work it, as they were recorded. */
  readonly violation: string | null; readonly unprocessable: string | null; readonly said: Said;
};

type Row = Omit<HeardFrame, 'said'> & { readonly direction: 'in' | 'out'; readonly payload: string };

/** The next frames that the applier has worked, in order. */
export async function heardFrames(tx: Tx, of: { readonly after: bigint; readonly countMax: number }): Promise<HeardFrame[]> {
  assert(tx.operatorIds.length === 1 && of.countMax <= HEARD_FRAMES_MAX, 'a page of the frames of one operator');
  const rows = await tx.query<Row>({
    name: 'ocpp_gateway_heard_frames',
    text: `select f.sequence, f.charge_point_id as "chargePointId", f.connection_generation as generation, f.protocol, f.received_at as "receivedAt", f.violation, u.code as unprocessable, f.direction, f.payload
      from ocpp_gateway.frame f left join ocpp_gateway.unprocessable_frame u on u.operator_id = f.operator_id and u.sequence = f.sequence
      where f.operator_id = $1 and f.sequence > $2 and f.sequence <= (select c.applied_sequence from ocpp_gateway.applier_cursor c where c.operator_id = $1) order by f.sequence limit $3`,
  }, [tx.operatorIds[0], String(of.after), of.countMax]);
  return rows.map(({ direction, payload, ...frame }) => ({ ...frame, said: whatIsSaid(frame.protocol, direction, payload) }));
}

export function whatIsSaid(protocol: OcppVersion, direction: 'in' | 'out', text: string): Said {
  const message = parseMessage(text);
  if (direction === 'out') return message.kind === 'call' ? { kind: 'command', messageId: message.messageId, action: message.action, stops: stopOf(protocol, message.action, message.payload) } : { kind: 'answer_sent' };
  switch (message.kind) {
    case 'malformed': return { kind: 'malformed', problem: message.problem };
    case 'error': return { kind: 'error', messageId: message.messageId, code: message.code };
    case 'result': return { kind: 'result', messageId: message.messageId, status: textOf(fieldOf(message.payload, 'status')), breaks: (action) => schemaViolation(protocol, action, 'conf', message.payload) };
    case 'call': {
      const action = standardAction(protocol, message.action) ?? message.action;
      return { kind: 'call', messageId: message.messageId, action, boot: action === 'BootNotification' ? bootOf(protocol, message.payload) : null, transaction: transactionOf(protocol, action, message.payload) };
    }
  }
}

function stopOf(protocol: OcppVersion, action: string, payload: JsonObject): string | null {
  const id = textOf(fieldOf(payload, 'transactionId'));
  if (id === null) return null;
  if (protocol === 'ocpp1.6') return action === 'RemoteStopTransaction' ? `v16:${id}` : null;
  return action === 'RequestStopTransaction' ? `v201:${id}` : null;
}

function bootOf(protocol: OcppVersion, payload: JsonObject): BootWord {
  if (protocol === 'ocpp1.6') return { maker: textOf(fieldOf(payload, 'chargePointVendor')), model: textOf(fieldOf(payload, 'chargePointModel')), firmware: textOf(fieldOf(payload, 'firmwareVersion')) };
  const station = objectOf(fieldOf(payload, 'chargingStation'));
  return { maker: textOf(fieldOf(station, 'vendorName')), model: textOf(fieldOf(station, 'model')), firmware: textOf(fieldOf(station, 'firmwareVersion')) };
}

function transactionOf(protocol: OcppVersion, action: string, payload: JsonObject): TransactionWord | null {
  if (protocol === 'ocpp1.6') {
    const id = integerOf(fieldOf(payload, 'transactionId'));
    const phase = action === 'StopTransaction' ? 'end' : action === 'MeterValues' ? 'read' : null;
    // −1 and 0 stand for "I do not know": which transaction that is, is for charging to find out.
    return phase === null || id === null || id <= 0n ? null : { ref: `v16:${id}`, phase, seqNo: null, offline: false, stopped: false };
  }
  if (action !== 'TransactionEvent') return null;
  const info = objectOf(fieldOf(payload, 'transactionInfo')), id = textOf(fieldOf(info, 'transactionId')), type = transactionEventTypeOf(payload), seqNo = integerOf(fieldOf(payload, 'seqNo'));
  if (id === null || type === null) return null;
  return { ref: `v201:${id}`, phase: type === 'Started' ? 'start' : type === 'Ended' ? 'end' : 'read', seqNo: seqNo !== null && seqNo >= 0n && seqNo <= 2_147_483_647n ? Number(seqNo) : null, offline: fieldOf(payload, 'offline') === true,
    stopped: fieldOf(payload, 'triggerReason') === 'RemoteStop' || NOT_CHARGING.has(textOf(fieldOf(info, 'chargingState')) ?? '') };
}
/** States in which the station offers no energy; a vehicle that takes none (SuspendedEV) is still offered it. */
const NOT_CHARGING: ReadonlySet<string> = new Set(['EVConnected', 'SuspendedEVSE', 'Idle']);
