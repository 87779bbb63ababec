import { toIso } from '../../../kernel/index.ts';
import type { Decision } from '../ports.ts';
import { notSupported, now, type ReplyContext, type ReplyPlan } from '../reply-plan.ts';
import { fieldOf, textOf, type JsonObject } from '../wire/lenient-json.ts';

/** AuthorizationStatus, §7.2. */
const STATUS: Record<Decision, string> = { accepted: 'Accepted', blocked: 'Blocked', expired: 'Expired', invalid: 'Invalid', concurrent_tx: 'ConcurrentTx' };

/** Answers of an OCPP 1.6 central system (edition 2, §4; the last four are of the security whitepaper). `action` in the standard's spelling. */
export function planReplyV16(action: string, payload: JsonObject, { now: at, heartbeatIntervalS }: ReplyContext): ReplyPlan {
  switch (action) {
    case 'BootNotification': return now({ status: 'Accepted', currentTime: toIso(at), interval: heartbeatIntervalS });
    case 'Heartbeat': return now({ currentTime: toIso(at) });
    case 'Authorize': return { kind: 'authorize', idToken: textOf(fieldOf(payload, 'idTag')), answer: (decision) => ({ idTagInfo: { status: STATUS[decision] } }) };
    case 'StartTransaction': return { kind: 'start', answer: ({ transactionId, decision }) => ({ transactionId, idTagInfo: { status: STATUS[decision] } }) };
    case 'DataTransfer': return now({ status: 'UnknownVendorId' });
    case 'SignCertificate': return now({ status: 'Rejected' });
    case 'MeterValues': case 'StopTransaction': case 'StatusNotification': case 'DiagnosticsStatusNotification': case 'FirmwareStatusNotification':
    case 'LogStatusNotification': case 'SecurityEventNotification': case 'SignedFirmwareStatusNotification':
      return now({});
    default: return notSupported(action);
  }
}
