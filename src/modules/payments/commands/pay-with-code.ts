import { addMs, assert, ok, refuse, type Instant, type Result } from '../../../kernel/index.ts';
import type { OperatorDatabase, Tx } from '../../../platform/database/index.ts';
import type { Outcome, PaymentView } from '../domain/channel.ts';
import { PAYMENT_CODE_LIFETIME_MS } from '../domain/check-schedule.ts';
import { FINAL_ATTEMPT_STATES, type AttemptState } from '../domain/order.ts';
import { recordExchanges } from '../store/timeline.ts';
import type { ApplyOptions, ChannelAccounts, Observation, PaymentAttempt, PaymentOrder } from '../types.ts';
import { applyPaymentViews } from './apply-payment-views.ts';
import { recordedExchange } from './consult-channel.ts';
import { addAttempt, creationView, payableOrder, type BeginOptions, type OfferRejection } from './offer-order.ts';

export type PayOrderWithCode = {
  readonly orderId: string; readonly merchantAccountId: string;
  /** What the scanner read from the payer's telephone: 16 to 24 digits. Used once, never stored. */
  readonly paymentCode: string; readonly deviceIp: string; readonly actor: string;
};
export type PayWithCodeRejection = OfferRejection | { readonly code: 'payment_code_malformed' } | { readonly code: 'payment_in_progress'; readonly attempt: number };
export type CodePaid = { readonly order: PaymentOrder; readonly attempt: number; readonly attemptState: AttemptState };

/**
 * The shop scans the payer's code. The channel is asked once, never again: when it gives no answer, or the payer must first type a password (USERPAYING), the
 * attempt is asked about every few seconds, and reversed when its outcome is still unknown after `PAYMENT_CODE_LIFETIME_MS` (P-13).
 * One code at a time: another one while the outcome is open would charge the payer twice.
 */
export async function payOrderWithCode(odb: OperatorDatabase, channels: ChannelAccounts, request: PayOrderWithCode, options: ApplyOptions): Promise<Result<CodePaid, PayWithCodeRejection>> {
  if (!/^\d{16,24}$/.test(request.paymentCode)) return refuse({ code: 'payment_code_malformed' });
  const account = await channels.forAccount(odb.operatorId, request.merchantAccountId);
  const begun = await odb.transaction((tx) => begin(tx, request, { ...options, account }));
  if (!begun.ok) return begun;
  const { order, attempt } = begun.value;
  const outcome = await account.channel.payWithCode({
    outTradeNo: attempt.outTradeNo, amountMinor: attempt.amountMinor, currency: order.currency, description: order.description, paymentCode: request.paymentCode,
    expiresAt: attempt.codeLapsesAt, deviceIp: request.deviceIp,
  });
  return odb.transaction((tx) => finish(tx, { attempt, outcome, actor: request.actor }, options));
}

async function begin(tx: Tx, request: PayOrderWithCode, options: BeginOptions): Promise<Result<{ order: PaymentOrder; attempt: PaymentAttempt }, PayWithCodeRejection>> {
  const payable = await payableOrder(tx, request.orderId, { ...options, method: 'payment_code' });
  if (!payable.ok) return payable;
  const { order, attempts } = payable.value;
  const running = attempts.find(({ method, state }) => method === 'payment_code' && !FINAL_ATTEMPT_STATES.has(state));
  if (running) return refuse({ code: 'payment_in_progress', attempt: running.attempt });
  const lapses: Instant = addMs(options.clock.now(), PAYMENT_CODE_LIFETIME_MS);
  return addAttempt(tx, {
    order, attempts, request: { ...request, method: 'payment_code', payerMark: null, codeLapsesAt: lapses < order.expiresAt ? lapses : order.expiresAt },
  }, options);
}

async function finish(tx: Tx, { attempt, outcome, actor }: { attempt: PaymentAttempt; outcome: Outcome<PaymentView>; actor: string }, options: ApplyOptions): Promise<Result<CodePaid, PayWithCodeRejection>> {
  const { orderId, merchantAccountId } = attempt;
  const exchange = recordedExchange(outcome, { orderId, merchantAccountId });
  await recordExchanges(tx, [exchange]);
  // A code that was taken and not paid at once is with the payer now.
  const view: Observation = outcome.kind !== 'confirmed' ? creationView(outcome) : outcome.value.state === 'awaiting' ? { state: 'user_paying' } : outcome.value;
  const [applied] = await applyPaymentViews(tx, [{ orderId, attempt: attempt.attempt, view, source: { kind: 'creation', actor, exchangeId: exchange.exchangeId } }], options);
  assert(applied?.order && applied.attemptState, 'an order that was paid with a code is there');
  if (outcome.kind === 'refused' && applied.attemptState === 'failed') return refuse({ code: 'channel_refused', reason: outcome.reason, channelCode: outcome.channelCode, message: outcome.message });
  return ok({ order: applied.order, attempt: attempt.attempt, attemptState: applied.attemptState });
}
