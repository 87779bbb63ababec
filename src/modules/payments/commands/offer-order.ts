import { createHash } from 'node:crypto';
import { addMs, assert, MS_PER_MINUTE, ok, refuse, type Clock, type Instant, type Result } from '../../../kernel/index.ts';
import type { OperatorDatabase, Tx } from '../../../platform/database/index.ts';
import { nextCheckAt } from '../domain/check-schedule.ts';
import type { Channel, Outcome, PaymentMethod, Presentation, RefusalReason } from '../domain/channel.ts';
import { FINAL_ATTEMPT_STATES } from '../domain/order.ts';
import { ATTEMPTS_PER_ORDER_MAX, tradeNumber } from '../domain/order-number.ts';
import { insertAttempt, loadAttempts, savePresentation } from '../store/attempts.ts';
import { lockOrders } from '../store/orders.ts';
import { appendTimeline, lastPayerMark, recordExchanges } from '../store/timeline.ts';
import type { ApplyOptions, ChannelAccounts, Observation, PaymentAttempt, PaymentOrder } from '../types.ts';
import { applyPaymentViews } from './apply-payment-views.ts';
import { recordedExchange } from './consult-channel.ts';

/** With less than this left an order is not offered any more: channels want a minute to be paid in. */
export const OFFER_TIME_LEFT_MS_MIN = MS_PER_MINUTE;

export type OfferOrder = {
  readonly orderId: string; readonly merchantAccountId: string; readonly method: Exclude<PaymentMethod, 'payment_code'>;
  /** The payer in the channel's words, for `jsapi`. */
  readonly payer: string | null; readonly payerIp: string | null; readonly actor: string;
};
export type OfferRejection =
  | { readonly code: 'payment_order_not_found' }
  | { readonly code: 'order_paid' } | { readonly code: 'order_not_payable'; readonly state: PaymentOrder['state'] } | { readonly code: 'order_expires_too_soon' }
  | { readonly code: 'environment_differs'; readonly order: PaymentOrder['environment']; readonly account: PaymentOrder['environment'] }
  | { readonly code: 'merchant_account_disabled' } | { readonly code: 'method_not_offered'; readonly method: PaymentMethod } | { readonly code: 'too_many_attempts'; readonly max: number }
  | { readonly code: 'payer_missing' }
  | { readonly code: 'channel_refused'; readonly reason: RefusalReason; readonly channelCode: string; readonly message: string }
  | { readonly code: 'channel_unknown'; readonly reason: string };
export type Offered = { readonly order: PaymentOrder; readonly attempt: PaymentAttempt; readonly presentation: Presentation };

/**
 * Offers an order at a channel. The attempt is stored before the channel is asked, so that a payment for it always finds it. An attempt that is open at the same
 * account by the same method is given again; one whose creation got no answer is asked for again under the same number.
 * Refusals in this order: no such order, its state, its time, environment, account, method, payer, number of attempts; then what the channel says.
 */
export async function offerOrder(odb: OperatorDatabase, channels: ChannelAccounts, request: OfferOrder, options: ApplyOptions): Promise<Result<Offered, OfferRejection>> {
  const account = await channels.forAccount(odb.operatorId, request.merchantAccountId);
  const begun = await odb.transaction((tx) => begin(tx, request, { ...options, account }));
  if (!begun.ok) return begun;
  const { order, attempt } = begun.value;
  if (attempt.presentation !== null && attempt.state === 'open') return ok({ order, attempt, presentation: attempt.presentation });
  const outcome = await account.channel.createPayment({
    outTradeNo: attempt.outTradeNo, amountMinor: attempt.amountMinor, currency: order.currency, description: order.description, method: request.method, expiresAt: attempt.codeLapsesAt,
    payer: request.payer, payerIp: request.payerIp,
  });
  return odb.transaction((tx) => finish(tx, { attempt, outcome, actor: request.actor }, options));
}

type Account = { readonly channel: Channel; readonly environment: PaymentOrder['environment']; readonly enabled: boolean };
export type BeginOptions = { readonly clock: Clock; readonly account: Account };

/** What an order can be offered for, or why not. The order is locked. */
export async function payableOrder(tx: Tx, orderId: string, { clock, account, method }: BeginOptions & { readonly method: PaymentMethod }): Promise<Result<{ order: PaymentOrder; attempts: readonly PaymentAttempt[] }, OfferRejection>> {
  const order = (await lockOrders(tx, [orderId])).get(orderId);
  if (!order) return refuse({ code: 'payment_order_not_found' });
  if (order.state === 'paid') return refuse({ code: 'order_paid' });
  if (order.state !== 'created' && order.state !== 'awaiting_payment') return refuse({ code: 'order_not_payable', state: order.state });
  if (addMs(clock.now(), OFFER_TIME_LEFT_MS_MIN) > order.expiresAt) return refuse({ code: 'order_expires_too_soon' });
  if (account.environment !== order.environment) return refuse({ code: 'environment_differs', order: order.environment, account: account.environment });
  if (!account.enabled) return refuse({ code: 'merchant_account_disabled' });
  if (!account.channel.traits.methods.includes(method)) return refuse({ code: 'method_not_offered', method });
  return ok({ order, attempts: (await loadAttempts(tx, [orderId])).get(orderId) ?? [] });
}

async function begin(tx: Tx, request: OfferOrder, options: ApplyOptions & BeginOptions): Promise<Result<{ order: PaymentOrder; attempt: PaymentAttempt }, OfferRejection>> {
  const payable = await payableOrder(tx, request.orderId, { ...options, method: request.method });
  if (!payable.ok) return payable;
  const { order, attempts } = payable.value;
  if (request.method === 'jsapi' && request.payer === null) return refuse({ code: 'payer_missing' });
  const mark = request.payer === null ? null : payerMark(request.payer);
  const live = attempts.findLast(({ state, method, merchantAccountId }) => !FINAL_ATTEMPT_STATES.has(state) && state !== 'closing' && method === request.method && merchantAccountId === request.merchantAccountId);
  // What a wallet's own browser is given works for one payer only.
  if (live && (mark === null || (await lastPayerMark(tx, live)) === mark)) return ok({ order, attempt: live });
  return addAttempt(tx, { order, attempts, request: { ...request, payerMark: mark, codeLapsesAt: order.expiresAt } }, options);
}

export type NewAttempt = {
  readonly order: PaymentOrder; readonly attempts: readonly PaymentAttempt[];
  readonly request: { readonly merchantAccountId: string; readonly method: PaymentMethod; readonly actor: string; readonly payerMark: string | null; readonly codeLapsesAt: Instant };
};

/** The next attempt of a locked order, stored as 'created' and with a check in case nobody comes back to it. */
export async function addAttempt(tx: Tx, { order, attempts, request }: NewAttempt, { clock, account }: BeginOptions): Promise<Result<{ order: PaymentOrder; attempt: PaymentAttempt }, OfferRejection>> {
  const number = Math.max(0, ...attempts.map(({ attempt }) => attempt)) + 1;
  if (number > ATTEMPTS_PER_ORDER_MAX) return refuse({ code: 'too_many_attempts', max: ATTEMPTS_PER_ORDER_MAX });
  const now = clock.now();
  const { kind } = account.channel.traits;
  const { method, merchantAccountId, codeLapsesAt } = request;
  const attempt: PaymentAttempt = {
    orderId: order.orderId, attempt: number, merchantAccountId, channel: kind, method, outTradeNo: tradeNumber({ environment: order.environment, orderId: order.orderId, attempt: number }),
    amountMinor: order.amountMinor, presentation: null, state: 'created', stateAt: now, createdAt: now, codeLapsesAt,
    nextCheckAt: nextCheckAt({ state: 'created', method, channel: kind, codeLapsesAt, checks: 0 }, now), checks: 0,
    channelTradeNo: null, paidMinor: null, paidAt: null, disposition: null, transferId: null, refundingMinor: 0n, refundedMinor: 0n, refundedAtChannelMinor: 0n, chargedBackMinor: 0n,
  };
  await insertAttempt(tx, attempt);
  await appendTimeline(tx, [{
    orderId: order.orderId, kind: 'offered', attempt: number, actor: request.actor, happenedAt: now,
    detail: { merchantAccountId, channel: kind, method, outTradeNo: attempt.outTradeNo, ...(request.payerMark === null ? {} : { payerMark: request.payerMark }) },
  }], { recordedAt: now });
  return ok({ order, attempt });
}

type Answered = { readonly attempt: PaymentAttempt; readonly outcome: Outcome<Presentation>; readonly actor: string };

async function finish(tx: Tx, { attempt, outcome, actor }: Answered, options: ApplyOptions): Promise<Result<Offered, OfferRejection>> {
  const { orderId, merchantAccountId } = attempt;
  const exchange = recordedExchange(outcome, { orderId, merchantAccountId });
  await recordExchanges(tx, [exchange]);
  if (outcome.kind === 'confirmed') await savePresentation(tx, attempt, outcome.value);
  const [applied] = await applyPaymentViews(tx, [{ orderId, attempt: attempt.attempt, view: creationView(outcome), source: { kind: 'creation', actor, exchangeId: exchange.exchangeId } }], options);
  assert(applied?.order, 'an order that was offered is there');
  if (applied.order.state === 'paid') return refuse({ code: 'order_paid' });
  if (outcome.kind === 'refused') return refuse({ code: 'channel_refused', reason: outcome.reason, channelCode: outcome.channelCode, message: outcome.message });
  if (outcome.kind === 'unknown') return refuse({ code: 'channel_unknown', reason: outcome.reason });
  // Closed while the channel was asked: recovery closes it there too; nobody should pay it now.
  if (applied.attemptState !== 'open') return refuse({ code: 'order_not_payable', state: applied.order.state });
  return ok({ order: applied.order, attempt: { ...attempt, state: 'open', presentation: outcome.value }, presentation: outcome.value });
}

/** A refusal is final, unless it says that the number is in use: then something may have been paid under it, which only asking tells. */
export function creationView(outcome: Outcome<unknown>): Observation {
  switch (outcome.kind) {
    case 'confirmed': return { state: 'awaiting' };
    case 'unknown': return { state: 'no_answer', why: outcome.reason };
    case 'refused': return outcome.reason === 'already_paid' || outcome.reason === 'number_reused' ? { state: 'no_answer', why: outcome.reason } : { state: 'failed', channelCode: outcome.channelCode };
  }
}

/** Tells payers apart without keeping who they are. */
const payerMark = (payer: string): string => createHash('sha256').update(payer).digest('hex').slice(0, 16);
