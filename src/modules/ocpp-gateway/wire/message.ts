import { ACTION_LENGTH_MAX, MESSAGE_ID_LENGTH_MAX } from '../limits.ts';
import { isJsonObject, parseLenientJson, type JsonObject, type JsonValue } from './lenient-json.ts';

/** The two dialects, by their WebSocket sub-protocol names. */
export type OcppVersion = 'ocpp1.6' | 'ocpp2.0.1';

export const CALL = 2, CALL_RESULT = 3, CALL_ERROR = 4;

/** OCPP-J framing, both dialects: [2, id, action, payload], [3, id, payload], [4, id, code, description, details]. */
export type WireMessage =
  | { readonly kind: 'call'; readonly messageId: string; readonly echoId: string | number; readonly action: string; readonly payload: JsonObject; readonly flags: readonly string[] }
  | { readonly kind: 'result'; readonly messageId: string; readonly payload: JsonObject }
  | { readonly kind: 'error'; readonly messageId: string; readonly code: string; readonly description: string }
  | { readonly kind: 'malformed'; readonly messageId: string | null; readonly echoId: string | number; readonly problem: FramingProblem };

export type FramingProblem = 'not_json' | 'not_a_message' | 'message_type_unknown' | 'message_id_unusable' | 'action_unusable' | 'payload_not_object';

/** OCPP 2.0.1 Part 4 §4.2.3: the id of an answer to a message whose own id could not be read. */
export const UNREADABLE_MESSAGE_ID = '-1';

/** Reads one frame. Never throws: what is not a message is `malformed`, and everything that can be understood is. */
export function parseMessage(text: string): WireMessage {
  let value: JsonValue;
  try {
    value = parseLenientJson(text);
  } catch {
    return malformed(null, 'not_json');
  }
  if (!Array.isArray(value)) return malformed(null, 'not_a_message');
  const [type, id] = value as readonly JsonValue[];
  const echoId = typeof id === 'string' || typeof id === 'number' ? id : null;
  if (echoId === null || String(echoId).length > MESSAGE_ID_LENGTH_MAX || String(echoId) === '') return malformed(null, 'message_id_unusable');
  switch (type) {
    case CALL: return parseCall(value as readonly JsonValue[], echoId);
    case CALL_RESULT: return { kind: 'result', messageId: String(echoId), payload: isJsonObject(value[2]) ? value[2] : {} };
    case CALL_ERROR: return { kind: 'error', messageId: String(echoId), code: String(value[2] ?? 'GenericError'), description: String(value[3] ?? '') };
    default: return malformed(echoId, 'message_type_unknown');
  }
}

function parseCall(parts: readonly JsonValue[], echoId: string | number): WireMessage {
  const [, , action, payload] = parts;
  if (typeof action !== 'string' || action.length === 0 || action.length > ACTION_LENGTH_MAX) return malformed(echoId, 'action_unusable');
  const flags: string[] = [];
  if (typeof echoId === 'number') flags.push('message id is a number');
  else if (echoId.length > 36) flags.push('message id is longer than 36 characters');
  if (parts.length > 4) flags.push('more than four elements');
  // A call without a payload is understood as one with an empty payload: some stations leave out Heartbeat's.
  if (payload !== undefined && payload !== null && !isJsonObject(payload)) return malformed(echoId, 'payload_not_object');
  if (payload === undefined || payload === null) flags.push('payload is missing');
  return { kind: 'call', messageId: String(echoId), echoId, action, payload: isJsonObject(payload) ? payload : {}, flags };
}

const malformed = (echoId: string | number | null, problem: FramingProblem): WireMessage =>
  ({ kind: 'malformed', messageId: echoId === null ? null : String(echoId), echoId: echoId ?? UNREADABLE_MESSAGE_ID, problem });

export const formatCall = (messageId: string, action: string, payload: JsonObject): string => JSON.stringify([CALL, messageId, action, payload]);
export const formatResult = (echoId: string | number, payload: JsonObject): string => JSON.stringify([CALL_RESULT, echoId, payload]);
export const formatError = (echoId: string | number, code: OcppErrorCode, description: string): string =>
  JSON.stringify([CALL_ERROR, echoId, code, description.slice(0, 255), {}]);

/** The codes that this side sends. 1.6 has "FormationViolation" (OCPP-J 1.6 §4.2.3), 2.0.1 "FormatViolation" (Part 4 §4.3). */
export type OcppErrorCode = 'NotImplemented' | 'NotSupported' | 'FormationViolation' | 'FormatViolation' | 'RpcFrameworkError' | 'MessageTypeNotSupported' | 'ProtocolError';

export function framingErrorCode(version: OcppVersion, problem: FramingProblem): OcppErrorCode {
  if (version === 'ocpp1.6') return problem === 'message_type_unknown' ? 'ProtocolError' : 'FormationViolation';
  switch (problem) {
    case 'message_type_unknown': return 'MessageTypeNotSupported';
    case 'payload_not_object': return 'FormatViolation';
    case 'not_json': case 'not_a_message': case 'message_id_unusable': case 'action_unusable': return 'RpcFrameworkError';
  }
}
