import { unreachable } from '../../../kernel/index.ts';
import type { JsonObject } from '../wire/lenient-json.ts';
import type { OcppVersion } from '../wire/message.ts';

/** What a charge point can be told, in the words of no dialect. */
export type ChargePointCommand =
  | { readonly kind: 'remote_start'; readonly evseNumber: number | null; readonly idToken: string; readonly remoteStartId: number }
  | { readonly kind: 'remote_stop'; /** `v16:…` or `v201:…`, as in the facts. */ readonly transactionRef: string }
  | { readonly kind: 'transaction_status'; /** OCPP 2.0.1 only (E14): does it go on, and is there more to send? */ readonly transactionRef: string }
  | { readonly kind: 'trigger_message'; readonly requestedMessage: RequestedMessage; readonly evseNumber: number | null };
export const REQUESTED_MESSAGES = ['BootNotification', 'Heartbeat', 'MeterValues', 'StatusNotification', 'FirmwareStatusNotification'] as const;
export type RequestedMessage = (typeof REQUESTED_MESSAGES)[number];
export type CommandKind = ChargePointCommand['kind'];

/**
 * May it be sent again when nobody knows whether it arrived? A second start could charge twice, a second stop could meet the next
 * customer's session on stations that reuse numbers; asking again costs a message.
 */
export const isRepeatable = (kind: CommandKind): boolean => kind === 'trigger_message' || kind === 'transaction_status';

export type EncodedCommand = { readonly ok: true; readonly action: string; readonly payload: JsonObject } | { readonly ok: false; readonly reason: string };

/** The call of a dialect that says it. */
export function encodeCommand(version: OcppVersion, command: ChargePointCommand): EncodedCommand {
  switch (command.kind) {
    case 'remote_start': return encodeStart(version, command);
    case 'remote_stop': return encodeStop(version, command.transactionRef);
    case 'transaction_status': return encodeStatus(version, command.transactionRef);
    case 'trigger_message': return encodeTrigger(version, command);
    default: return unreachable(command);
  }
}

const call = (action: string, payload: JsonObject): EncodedCommand => ({ ok: true, action, payload });

function encodeStart(version: OcppVersion, { idToken, evseNumber, remoteStartId }: ChargePointCommand & { readonly kind: 'remote_start' }): EncodedCommand {
  if (version === 'ocpp1.6') return call('RemoteStartTransaction', { idTag: idToken, ...(evseNumber === null ? {} : { connectorId: evseNumber }) });
  return call('RequestStartTransaction', { remoteStartId, idToken: { idToken, type: 'Central' }, ...(evseNumber === null ? {} : { evseId: evseNumber }) });
}

function encodeStop(version: OcppVersion, transactionRef: string): EncodedCommand {
  const match = /^(v16|v201):(.+)$/.exec(transactionRef);
  if (match?.[1] !== (version === 'ocpp1.6' ? 'v16' : 'v201')) return { ok: false, reason: 'transaction_of_another_protocol' };
  const id = match[2]!;
  if (version === 'ocpp2.0.1') return call('RequestStopTransaction', { transactionId: id });
  return /^\d{1,10}$/.test(id) ? call('RemoteStopTransaction', { transactionId: Number(id) }) : { ok: false, reason: 'transaction_id_unusable' };
}

/** OCPP 1.6 has no such question. */
function encodeStatus(version: OcppVersion, transactionRef: string): EncodedCommand {
  const id = /^v201:(.+)$/.exec(transactionRef)?.[1];
  return version !== 'ocpp2.0.1' || id === undefined ? { ok: false, reason: 'transaction_of_another_protocol' } : call('GetTransactionStatus', { transactionId: id });
}

function encodeTrigger(version: OcppVersion, { requestedMessage, evseNumber }: ChargePointCommand & { readonly kind: 'trigger_message' }): EncodedCommand {
  if (evseNumber === null) return call('TriggerMessage', { requestedMessage });
  if (version === 'ocpp1.6') return call('TriggerMessage', { requestedMessage, connectorId: evseNumber });
  // StatusNotification is asked of a connector (F06.FR.12); the station's EVSEs have one here.
  return call('TriggerMessage', { requestedMessage, evse: { id: evseNumber, ...(requestedMessage === 'StatusNotification' ? { connectorId: 1 } : {}) } });
}
