import { Type } from 'typebox';
import { IdJson, IntegerJson, idToJson, InstantJson, instantToJson, NullOr, orNull } from '../../../platform/http/index.ts';
import type { ConnectionState } from '../queries/connections.ts';
import type { Frame } from '../queries/frames.ts';
import type { Command } from '../store/commands.ts';

const Protocol = Type.Enum(['ocpp1.6', 'ocpp2.0.1'], { title: 'OcppVersion' });

export const CommandJson = Type.Object({
  commandId: IdJson('cmd'), chargePointId: IdJson('cp'), kind: Type.Enum(['remote_start', 'remote_stop', 'trigger_message', 'transaction_status']),
  evseNumber: NullOr(Type.Integer()), idToken: NullOr(Type.String()), transactionRef: NullOr(Type.String()), requestedMessage: NullOr(Type.String()),
  state: Type.Enum(['queued', 'sent', 'accepted', 'rejected', 'unknown', 'expired'], { title: 'CommandState', description: 'unknown: it was sent and nobody knows whether it arrived. It is not sent again by itself.' }),
  reason: NullOr(Type.String()), requestedBy: Type.String(), requestedAt: InstantJson, expiresAt: InstantJson, attempts: Type.Integer(), sentAt: NullOr(InstantJson), settledAt: NullOr(InstantJson),
}, { title: 'ChargePointCommand' });

export function commandToJson({ command, ...row }: Command) {
  return {
    commandId: idToJson('cmd', row.commandId), chargePointId: idToJson('cp', row.chargePointId), kind: command.kind,
    evseNumber: 'evseNumber' in command ? command.evseNumber : null, idToken: command.kind === 'remote_start' ? command.idToken : null,
    transactionRef: 'transactionRef' in command ? command.transactionRef : null, requestedMessage: command.kind === 'trigger_message' ? command.requestedMessage : null,
    state: row.state, reason: row.reason, requestedBy: row.requestedBy, requestedAt: instantToJson(row.requestedAt), expiresAt: instantToJson(row.expiresAt), attempts: row.attempts,
    sentAt: orNull(row.sentAt, instantToJson), settledAt: orNull(row.settledAt, instantToJson),
  };
}

export const FrameJson = Type.Object({
  sequence: IntegerJson, direction: Type.Enum(['in', 'out']), protocol: Protocol, connectionGeneration: IntegerJson, messageId: NullOr(Type.String()), action: NullOr(Type.String()),
  payload: Type.String({ description: 'The whole frame as it went over the wire.' }), reply: NullOr(Type.String({ description: 'The payload of the answer, when it waited only for the frame to be stored.' })),
  violation: NullOr(Type.String({ description: 'What the official schema says is wrong with it.' })), unprocessable: NullOr(Type.String({ description: 'Why it could not be worked.' })), receivedAt: InstantJson,
}, { title: 'OcppFrame' });

export const frameToJson = (frame: Frame) => ({
  sequence: String(frame.sequence), direction: frame.direction, protocol: frame.protocol, connectionGeneration: String(frame.connectionGeneration), messageId: frame.messageId, action: frame.action,
  payload: frame.payload, reply: frame.reply, violation: frame.violation, unprocessable: frame.unprocessable, receivedAt: instantToJson(frame.receivedAt),
});

export const ConnectionJson = Type.Object({
  chargePointId: IdJson('cp'), connected: Type.Boolean(), protocol: Protocol, generation: IntegerJson, remoteAddress: NullOr(Type.String()), connectedAt: InstantJson,
  lastFrameAt: NullOr(InstantJson), disconnectedAt: NullOr(InstantJson), closeReason: NullOr(Type.String()),
}, { title: 'ChargePointConnection' });

export const connectionToJson = (state: ConnectionState) => ({
  chargePointId: idToJson('cp', state.chargePointId), connected: state.connected, protocol: state.protocol, generation: String(state.generation), remoteAddress: state.remoteAddress,
  connectedAt: instantToJson(state.connectedAt), lastFrameAt: orNull(state.lastFrameAt, instantToJson), disconnectedAt: orNull(state.disconnectedAt, instantToJson), closeReason: state.closeReason,
});
