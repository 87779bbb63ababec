import { unreachable } from '../../kernel/index.ts';
import type { StartFact } from './ports.ts';
import type { ReplyContext, ReplyPlan } from './reply-plan.ts';
import type { StoredCall, Translation } from './translation.ts';
import { planReplyV16 } from './v16/reply.ts';
import { startFact, translateV16 } from './v16/translate.ts';
import { planReplyV201 } from './v201/reply.ts';
import { transactionEventFacts, translateV201 } from './v201/translate.ts';
import type { JsonObject } from './wire/lenient-json.ts';
import type { OcppVersion } from './wire/message.ts';

/** The one place that knows how many dialects there are. */
export function translate(version: OcppVersion, call: StoredCall): Translation {
  switch (version) {
    case 'ocpp1.6': return translateV16(call);
    case 'ocpp2.0.1': return translateV201(call);
    default: return unreachable(version);
  }
}

export function planReply(version: OcppVersion, action: string, payload: JsonObject, context: ReplyContext): ReplyPlan {
  switch (version) {
    case 'ocpp1.6': return planReplyV16(action, payload, context);
    case 'ocpp2.0.1': return planReplyV201(action, payload, context);
    default: return unreachable(version);
  }
}

/** The start that a call reports; null when the call is none. */
export function startOf(version: OcppVersion, call: StoredCall): StartFact | null {
  if (version === 'ocpp1.6') return call.action === 'StartTransaction' ? startFact(call) : null;
  const event = call.action === 'TransactionEvent' ? transactionEventFacts(call)[0] : undefined;
  return event?.kind === 'session_started' ? event : null;
}
