import type { Clock, Instant } from '../../../kernel/index.ts';
import { isProgramFault, type Database } from '../../../platform/database/index.ts';
import type { Logger } from '../../../platform/logging/logger.ts';
import { applyAhead } from '../applier/apply-ahead.ts';
import { whileDeciding } from '../applier/decisions-under-way.ts';
import { planReply, startOf } from '../dialect.ts';
import { FrameNotStored, type FrameLog } from '../inbox/frame-log.ts';
import type { NewFrame } from '../inbox/frame.ts';
import { VIOLATION_LENGTH_MAX, type GatewayLimits } from '../limits.ts';
import type { ChargingPort, GatewayMetrics } from '../ports.ts';
import { notImplemented, type ReplyPlan } from '../reply-plan.ts';
import type { JsonObject } from './lenient-json.ts';
import { CLOSE, type Link } from './link.ts';
import { CALL, CALL_ERROR, CALL_RESULT, formatError, formatResult, framingErrorCode, parseMessage, type OcppErrorCode, type WireMessage } from './message.ts';
import { schemaViolation, standardAction } from './schemas.ts';

export type ServeContext = {
  readonly database: Database; readonly clock: Clock; readonly logger: Logger; readonly limits: GatewayLimits; readonly metrics: GatewayMetrics;
  readonly frameLog: FrameLog; readonly charging: ChargingPort; readonly heartbeatIntervalS: number;
  /** An answer to a call that nobody waits for any more. */
  onLateAnswer(link: Link, message: WireMessage & { readonly kind: 'result' | 'error' }): void;
};

/**
 * One frame from the wire: understood as far as it can be, stored, then answered. It is answered only when it is stored, and it is
 * stored whatever it says.
 */
export async function serveFrame(context: ServeContext, link: Link, text: string): Promise<void> {
  const startedAt = performance.now();
  const receivedAt = context.clock.now();
  link.lastFrameAt = receivedAt;
  context.metrics.increment('frames_received');
  const message = parseMessage(text);
  try {
    switch (message.kind) {
      case 'call': await serveCall(context, link, text, receivedAt, message); break;
      case 'result': case 'error': await serveAnswer(context, link, text, receivedAt, message); break;
      case 'malformed': await serveMalformed(context, link, text, receivedAt, message); break;
    }
    context.metrics.observe('reply_ms', performance.now() - startedAt);
  } catch (error) {
    context.metrics.increment('frames_unanswered');
    if (!(error instanceof FrameNotStored) || error.cause !== undefined) {
      context.logger.error({ chargePointId: link.identity.chargePointId, error: error instanceof Error ? error.message : String(error) }, 'a frame stayed unanswered');
    }
    // No answer, so that the station sends it again; a fresh connection, so that it does not wait for its own time-out.
    link.end(CLOSE.tryLater, 'the message could not be stored, send it again');
  }
}

type CallMessage = WireMessage & { readonly kind: 'call' };

async function serveCall(context: ServeContext, link: Link, text: string, receivedAt: Instant, message: CallMessage): Promise<void> {
  const { protocol } = link.identity;
  const action = standardAction(protocol, message.action);
  const flags = [...message.flags];
  if (action !== null && action !== message.action) flags.push(`action is written ${message.action}`);
  const violation = action === null ? 'unknown action' : schemaViolation(protocol, action, 'req', message.payload);
  if (violation !== null) flags.push(violation);
  if (flags.length > 0) context.metrics.increment('frames_flagged', { action: action ?? 'unknown' });
  const plan = action === null ? notImplemented(message.action) : planReply(protocol, action, message.payload, { now: receivedAt, heartbeatIntervalS: context.heartbeatIntervalS });
  const sequence = await context.frameLog.append({
    ...origin(link, receivedAt, text), direction: 'in', messageType: CALL, messageId: message.messageId, action: action ?? message.action,
    reply: plan.kind === 'now' ? JSON.stringify(plan.payload) : null, violation: flags.length > 0 ? flags.join('; ').slice(0, VIOLATION_LENGTH_MAX) : null,
  }, plan.kind === 'start' || plan.kind === 'authorize' ? 'ahead' : undefined);
  if (plan.kind === 'now') {
    link.send(formatResult(message.echoId, plan.payload));
  } else if (plan.kind === 'refuse') {
    answerError(context, link, message.echoId, plan.code, plan.description);
  } else {
    const payload = await withDeadline(decide(context, link, plan, { ...message, action: action ?? message.action, sequence, receivedAt }), context.limits.decisionDeadlineMs);
    const answer = formatResult(message.echoId, payload);
    if (link.send(answer)) noteSent(context, link, answer, CALL_RESULT, message.messageId, action);
  }
}

type DecisionPlan = Extract<ReplyPlan, { readonly kind: 'authorize' | 'start' }>;
type ReceivedCall = { readonly messageId: string; readonly action: string; readonly payload: JsonObject; readonly sequence: bigint; readonly receivedAt: Instant };

/**
 * Asks charging. The database's faults pass through, and the station asks again. A program fault must not turn a charge into a
 * lost one: the start is answered with transaction 0, whose stop is found by place and time, and the token is not accepted.
 */
async function decide(context: ServeContext, link: Link, plan: DecisionPlan, received: ReceivedCall): Promise<JsonObject> {
  const { operatorId, chargePointId, protocol } = link.identity;
  const odb = context.database.forOperator(operatorId);
  const options = { clock: context.clock };
  try {
    if (plan.kind === 'authorize') {
      return plan.answer(plan.idToken === null ? 'invalid' : await context.charging.authorize(odb, { chargePointId, idToken: plan.idToken }, options));
    }
    const start = startOf(protocol, { chargePointId, sequence: received.sequence, recordedAt: received.receivedAt, messageId: received.messageId, action: received.action, payload: received.payload });
    if (start === null) return plan.answer({ transactionId: 0, decision: 'invalid' });
    const beforeRepeat = (): Promise<void> => applyAhead(context, { operatorId, chargePointId, sequence: received.sequence });
    return plan.answer(await whileDeciding(context.database, { operatorId, sequence: received.sequence }, () => context.charging.startTransaction(odb, start, { ...options, beforeRepeat })));
  } catch (error) {
    if (!isProgramFault(error)) throw error;
    context.logger.error({ chargePointId, sequence: String(received.sequence), error: error.message, stack: error.stack }, 'a decision failed; the station was answered without it');
    return plan.kind === 'authorize' ? plan.answer('invalid') : plan.answer({ transactionId: 0, decision: 'invalid' });
  }
}

async function serveAnswer(context: ServeContext, link: Link, text: string, receivedAt: Instant, message: WireMessage & { readonly kind: 'result' | 'error' }): Promise<void> {
  await context.frameLog.append({
    ...origin(link, receivedAt, text), direction: 'in', messageType: message.kind === 'result' ? CALL_RESULT : CALL_ERROR, messageId: message.messageId,
    action: null, reply: null, violation: null,
  });
  const outcome = message.kind === 'result' ? { kind: 'result' as const, payload: message.payload } : { kind: 'error' as const, code: message.code, description: message.description };
  if (!link.settleCall(message.messageId, outcome)) context.onLateAnswer(link, message);
}

async function serveMalformed(context: ServeContext, link: Link, text: string, receivedAt: Instant, message: WireMessage & { readonly kind: 'malformed' }): Promise<void> {
  context.metrics.increment('frames_flagged', { action: 'malformed' });
  await context.frameLog.append({
    ...origin(link, receivedAt, text), direction: 'in', messageType: null, messageId: message.messageId, action: null, reply: null, violation: `malformed: ${message.problem}`,
  });
  answerError(context, link, message.echoId, framingErrorCode(link.identity.protocol, message.problem), message.problem);
}

function answerError(context: ServeContext, link: Link, echoId: string | number, code: OcppErrorCode, description: string): void {
  const answer = formatError(echoId, code, description);
  context.metrics.increment('call_errors_sent', { code });
  if (link.send(answer)) noteSent(context, link, answer, CALL_ERROR, String(echoId), null);
}

function noteSent(context: ServeContext, link: Link, text: string, messageType: number, messageId: string, action: string | null): void {
  context.frameLog.note({ ...origin(link, context.clock.now(), text), direction: 'out', messageType, messageId, action, reply: null, violation: null });
}

export const noteCall = (context: Pick<ServeContext, 'frameLog' | 'clock'>, link: Link, text: string, messageId: string, action: string): void =>
  context.frameLog.note({ ...origin(link, context.clock.now(), text), direction: 'out', messageType: CALL, messageId, action, reply: null, violation: null });

const origin = (link: Link, receivedAt: Instant, payload: string): Pick<NewFrame, 'operatorId' | 'chargePointId' | 'connectionGeneration' | 'protocol' | 'receivedAt' | 'payload'> => ({
  operatorId: link.identity.operatorId, chargePointId: link.identity.chargePointId, connectionGeneration: link.identity.generation, protocol: link.identity.protocol, receivedAt, payload,
});

class DecisionLate extends Error {
  override readonly name = 'DecisionLate';
}

async function withDeadline<T>(work: Promise<T>, deadlineMs: number): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  try {
    return await Promise.race([work, new Promise<never>((_, reject) => {
      timer = setTimeout(() => { reject(new DecisionLate('the decision took longer than a station waits')); }, deadlineMs);
    })]);
  } finally {
    clearTimeout(timer);
  }
}
