import type { Instant } from '../../kernel/index.ts';
import type { Decision, StartDecision } from './ports.ts';
import type { JsonObject } from './wire/lenient-json.ts';
import type { OcppErrorCode } from './wire/message.ts';

/**
 * How a call is answered once it is stored. Most answers are known from the call alone; a few need a decision of charging.
 * A call is refused only when nobody could know what it is; never because of what it says.
 */
export type ReplyPlan =
  | { readonly kind: 'now'; readonly payload: JsonObject }
  | { readonly kind: 'authorize'; readonly idToken: string | null; answer(decision: Decision): JsonObject }
  | { readonly kind: 'start'; answer(start: StartDecision): JsonObject }
  | { readonly kind: 'refuse'; readonly code: OcppErrorCode; readonly description: string };

export type ReplyContext = { readonly now: Instant; readonly heartbeatIntervalS: number };

export const now = (payload: JsonObject): ReplyPlan => ({ kind: 'now', payload });
export const notSupported = (action: string): ReplyPlan => ({ kind: 'refuse', code: 'NotSupported', description: `${action} is sent to charge points, not by them` });
export const notImplemented = (action: string): ReplyPlan => ({ kind: 'refuse', code: 'NotImplemented', description: `${action} is unknown` });
