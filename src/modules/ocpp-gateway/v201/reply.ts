import { toIso } from '../../../kernel/index.ts';
import type { Decision } from '../ports.ts';
import { notSupported, now, type ReplyContext, type ReplyPlan } from '../reply-plan.ts';
import { fieldOf, type JsonObject } from '../wire/lenient-json.ts';
import { idTokenOf, transactionEventTypeOf } from './translate.ts';

/** AuthorizationStatusEnumType, Part 2 §3.3 of the data types. */
const STATUS: Record<Decision, string> = { accepted: 'Accepted', blocked: 'Blocked', expired: 'Expired', invalid: 'Invalid', concurrent_tx: 'ConcurrentTx' };
const idTokenInfo = (decision: Decision): JsonObject => ({ idTokenInfo: { status: STATUS[decision] } });

/** Answers of an OCPP 2.0.1 CSMS. What a station sends unasked is stored and acknowledged; certificates are not issued here. */
export function planReplyV201(action: string, payload: JsonObject, { now: at, heartbeatIntervalS }: ReplyContext): ReplyPlan {
  switch (action) {
    case 'BootNotification': return now({ status: 'Accepted', currentTime: toIso(at), interval: heartbeatIntervalS });
    case 'Heartbeat': return now({ currentTime: toIso(at) });
    case 'Authorize': return { kind: 'authorize', idToken: idTokenOf(payload), answer: idTokenInfo };
    case 'TransactionEvent': return planTransactionEvent(payload);
    case 'DataTransfer': return now({ status: 'UnknownVendorId' });
    case 'SignCertificate': case 'NotifyEVChargingNeeds': return now({ status: 'Rejected' });
    case 'NotifyEVChargingSchedule': return now({ status: 'Accepted' });
    case 'Get15118EVCertificate': return now({ status: 'Failed', exiResponse: '' });
    case 'GetCertificateStatus': return now({ status: 'Failed' });
    case 'MeterValues': case 'StatusNotification': case 'ClearedChargingLimit': case 'FirmwareStatusNotification': case 'LogStatusNotification':
    case 'NotifyChargingLimit': case 'NotifyCustomerInformation': case 'NotifyDisplayMessages': case 'NotifyEvent': case 'NotifyMonitoringReport':
    case 'NotifyReport': case 'PublishFirmwareStatusNotification': case 'ReportChargingProfiles': case 'ReservationStatusUpdate': case 'SecurityEventNotification':
      return now({});
    default: return notSupported(action);
  }
}

/** idTokenInfo is required when the event carried a token, and absent when it carried none (Part 2, TransactionEventResponse). */
function planTransactionEvent(payload: JsonObject): ReplyPlan {
  const stated = fieldOf(payload, 'idToken') !== undefined;
  if (transactionEventTypeOf(payload) === 'Started') return { kind: 'start', answer: ({ decision }) => (stated ? idTokenInfo(decision) : {}) };
  return stated ? { kind: 'authorize', idToken: idTokenOf(payload), answer: idTokenInfo } : now({});
}
