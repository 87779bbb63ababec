import { ok, refuse, type Result } from '../../../kernel/index.ts';
import type { OperatorDatabase, Tx } from '../../../platform/database/index.ts';
import { announce } from '../../../platform/live-updates/index.ts';
import { appendEvents } from '../../../platform/outbox/index.ts';
import { decideClosing } from '../domain/decide.ts';
import { FINAL_ATTEMPT_STATES, type OrderState } from '../domain/order.ts';
import { loadAttempts, loadAttemptsToAsk, updateAttempts } from '../store/attempts.ts';
import { loadOrder, lockOrders, updateOrders } from '../store/orders.ts';
import { appendTimeline } from '../store/timeline.ts';
import type { ApplyOptions, AttemptToAsk, ChannelAccounts, CloseReason, RecoveredBy } from '../types.ts';
import { closedEvent } from './apply-payment-views.ts';
import { consultAndApply } from './consult-channel.ts';

export type CloseOrder = {
  readonly orderId: string; readonly reason: CloseReason; readonly actor: string;
  /** Who is named when the channel turns out to have been paid; the job when not told. */
  readonly recoveredBy?: RecoveredBy;
};
export type CloseRejection = { readonly code: 'payment_order_not_found' };

/**
 * Closing is asking: the channel of each attempt is asked to close it, and what it answers decides. 'closed': no attempt can be paid any more. 'paid': it was paid
 * meanwhile, and is credited. 'closing': a channel gave no final answer yet; recovery goes on asking. Closing what is closed changes nothing.
 */
export async function closeOrder(odb: OperatorDatabase, channels: ChannelAccounts, request: CloseOrder, options: ApplyOptions): Promise<Result<'closed' | 'closing' | 'paid', CloseRejection>> {
  const begun = await odb.transaction((tx) => beginClosing(tx, request, options));
  if (begun === null) return refuse({ code: 'payment_order_not_found' });
  const asked = begun.filter(({ state }) => !FINAL_ATTEMPT_STATES.has(state));
  await consultAndApply(odb, channels, { attempts: asked, actor: request.actor, recoveredBy: request.recoveredBy ?? 'job' }, options);
  const order = await odb.transaction((tx) => loadOrder(tx, request.orderId));
  return ok(answerOf(order!.state));
}

const answerOf = (state: OrderState): 'closed' | 'closing' | 'paid' => (state === 'paid' ? 'paid' : state === 'closed' || state === 'expired' ? 'closed' : 'closing');

/** The first half: nobody may pay it anew from here on. @returns the attempts as they stand, or null when there is no such order. */
async function beginClosing(tx: Tx, { orderId, reason, actor }: CloseOrder, { clock }: ApplyOptions): Promise<AttemptToAsk[] | null> {
  const order = (await lockOrders(tx, [orderId])).get(orderId);
  if (!order) return null;
  const now = clock.now();
  const attempts = (await loadAttempts(tx, [orderId])).get(orderId) ?? [];
  const decision = decideClosing({ order, attempts }, reason, now);
  if (decision === null) return [];
  await updateAttempts(tx, decision.attempts.filter((attempt, index) => attempt !== attempts[index]));
  if (decision.order !== order) {
    await updateOrders(tx, [decision.order]);
    announce(tx, 'payments.orders');
  }
  await appendTimeline(tx, decision.entries.map((entry) => ({ ...entry, orderId, actor })), { recordedAt: now });
  await appendEvents(tx, closedEvent({ before: order, order: decision.order }));
  return loadAttemptsToAsk(tx, orderId);
}
