/**
 * Decides what an observation of an attempt makes of its order. Pure: the same order, attempts and observation give the same decision, whoever brought it and
 * however often. Two rules stand above all: what the channel says of money precedes what we thought, and money that is not due is kept apart, never credited.
 */
import { addMs, assert, MS_PER_MINUTE, type CurrencyCode, type Instant } from '../../../kernel/index.ts';
import type { AttemptState, Disposition, OrderState } from './order.ts';
import { FINAL_ATTEMPT_STATES } from './order.ts';
import { LAPSE_MARGIN_MS, nextCheckAt } from './check-schedule.ts';
import type { ChannelKind, PaidView } from './channel.ts';
import type { Observation, PaymentAttempt, PaymentOrder, SurplusReason, ViewSource } from './observed.ts';

/** Merchant and app that an account has had, by version: a payment begun under an older version is still ours. */
export type AccountIdentity = readonly { readonly merchant: string; readonly app: string }[];
export type Known = { readonly order: PaymentOrder; readonly attempts: readonly PaymentAttempt[] };
export type Seen = { readonly attempt: number; readonly view: Observation; readonly source: ViewSource; readonly merchantAccountId?: string };
export type TimelineEntry = { readonly kind: TimelineKind; readonly attempt: number | null; readonly detail: Readonly<Record<string, string | number | boolean | null>>; readonly happenedAt: Instant };
export type Booking = { readonly disposition: Disposition; readonly amountMinor: bigint; readonly currency: CurrencyCode; readonly surplusReason: SurplusReason | null; /** The order was over when the money came. */ readonly late: boolean };
export type Decision = {
  readonly outcome: 'unchanged' | 'observed' | 'credited' | 'surplus' | 'refused';
  readonly order: PaymentOrder; readonly attempts: readonly PaymentAttempt[]; readonly entries: readonly TimelineEntry[]; readonly booking: Booking | null;
  /** The channel has taken back what was paid already: it is booked as a chargeback is. */
  readonly takenBack?: true;
  /** More of a credited payment went back than we know of: all that was told, null when the channel does not tell how much. */
  readonly doubt?: { readonly toldMinor: bigint | null; readonly knownMinor: bigint };
};

export const TIMELINE_KINDS = [
  'order_opened', 'offered', 'offered_again', 'payment_code_taken', 'observed', 'no_answer', 'close_asked', 'order_closed', 'order_expired', 'order_paid', 'paid_late', 'payment_mismatch', 'surplus_found',
  'refund_at_channel', 'view_refused', 'surplus_refunding', 'surplus_refunded', 'surplus_applied', 'surplus_reopened', 'surplus_held', 'surplus_gone_back', 'reversal_begun', 'paid_while_reversing',
  'refund_planned', 'refund_rejected', 'refund_withdrawn', 'refund_unknown', 'refund_processing', 'refund_succeeded', 'refund_abnormal', 'refund_failed', 'refund_mismatch', 'chargeback_opened', 'chargeback_won', 'chargeback_lost', 'chargeback_written_off',
  'refund_doubted', 'refund_doubt_answered',
] as const;
export type TimelineKind = (typeof TIMELINE_KINDS)[number];

/** Reasons for which money goes back without a person. */
const AUTOMATIC: ReadonlySet<SurplusReason> = new Set<SurplusReason>(['second_payment', 'late_payment', 'paid_after_reversal']);
export const goesBackByItself = (reason: SurplusReason): boolean => AUTOMATIC.has(reason);

/**
 * A trade that the channel does not know cannot come into being any more: at WeChat Pay, which makes it when we ask, soon after our call; at Alipay, which makes it
 * when the payer scans, only once the code has lapsed.
 */
const NOT_FOUND_IS_FINAL_AFTER_MS: Readonly<Record<ChannelKind, number | null>> = { wechatpay: 2 * MS_PER_MINUTE, alipay: null };

/** `takenBy`: another attempt that has this trade of the channel already. */
export type Context = { readonly now: Instant; readonly identity: AccountIdentity; readonly takenBy: string | null };

export function decide(known: Known, seen: Seen, context: Context): Decision {
  const { now } = context;
  const attempt = known.attempts.find((candidate) => candidate.attempt === seen.attempt);
  assert(attempt, 'the attempt that was seen is known');
  if (seen.merchantAccountId !== undefined && seen.merchantAccountId !== attempt.merchantAccountId) {
    return refused(known, attempt, { why: 'seen at another merchant account', merchantAccountId: seen.merchantAccountId }, now);
  }
  if (seen.view.state === 'paid') return decidePaid(known, { attempt, view: seen.view, source: seen.source }, context);
  return decideObserved(known, attempt, { view: seen.view, source: seen.source }, now);
}

function decidePaid(known: Known, { attempt, view, source }: { attempt: PaymentAttempt; view: PaidView; source: ViewSource }, { now, identity, takenBy }: Context): Decision {
  if (takenBy !== null) return refused(known, attempt, { why: 'the channel names this trade for another attempt', channelTradeNo: view.channelTradeNo, takenBy }, now);
  if (attempt.state === 'paid') {
    if (attempt.channelTradeNo === view.channelTradeNo) return paidAlready(known, attempt, view);
    return refused(known, attempt, { why: 'paid under another number of the channel', channelTradeNo: view.channelTradeNo }, now);
  }
  if (attempt.state === 'reversing' && source.kind !== 'close') return paidWhileReversing(known, attempt, view, now);
  const { order } = known;
  const surplusReason = whyNotDue(order, attempt, view, identity);
  const disposition: Disposition = surplusReason === null ? 'applied' : 'surplus';
  const paid: PaymentAttempt = {
    ...attempt, state: 'paid', stateAt: now, nextCheckAt: null, channelTradeNo: view.channelTradeNo, paidMinor: view.amountMinor, paidAt: view.paidAt, disposition, refundedAtChannelMinor: goneBackOf(view),
  };
  const late = order.state === 'closed' || order.state === 'expired';
  const facts = { channelTradeNo: view.channelTradeNo, amountMinor: String(view.amountMinor), currency: view.currency, source: source.kind, recoveredBy: source.recoveredBy ?? null };
  const entries: TimelineEntry[] = [];
  const note = (kind: TimelineKind, detail: TimelineEntry['detail'] = facts): void => { entries.push({ kind, attempt: attempt.attempt, detail, happenedAt: view.paidAt }); };
  if (view.refundedMinor !== null && view.refundedMinor > 0n) note('refund_at_channel', { refundedMinor: String(view.refundedMinor) });
  const booking: Booking = { disposition, amountMinor: view.amountMinor - paid.refundedAtChannelMinor, currency: view.currency, surplusReason, late };
  if (surplusReason !== null) {
    if (!goesBackByItself(surplusReason)) note('payment_mismatch', mismatch(order, attempt, view, surplusReason));
    note('surplus_found', { ...facts, reason: surplusReason, automatic: goesBackByItself(surplusReason) });
    return settled({ outcome: 'surplus', order, attempts: withAttempt(known.attempts, paid), entries, booking }, now);
  }
  note(late ? 'paid_late' : 'order_paid');
  const paidOrder: PaymentOrder = {
    ...order, state: 'paid', stateAt: now, paidAttempt: attempt.attempt, paidAt: view.paidAt, creditedAt: now, recoveredBy: source.recoveredBy ?? null,
  };
  // What else was offered is closed at its channel as soon as somebody looks.
  const others = withAttempt(known.attempts, paid).map((other) => (FINAL_ATTEMPT_STATES.has(other.state) ? other : { ...other, nextCheckAt: now }));
  return { outcome: 'credited', order: paidOrder, attempts: others, entries, booking };
}

/**
 * Seen again. Whatever went back of it must be known here, from refunds of ours (each is set aside before it is sent), chargebacks and reversals: else somebody refunded it at the channel, and the wallet
 * still has what the payer has too. Of money that was kept apart a person decides with the channel's own books.
 */
function paidAlready(known: Known, attempt: PaymentAttempt, view: PaidView): Decision {
  const knownMinor = attempt.refundedMinor + attempt.refundingMinor + attempt.refundedAtChannelMinor + attempt.chargedBackMinor;
  const isMore = view.refundedMinor !== null ? view.refundedMinor > knownMinor : view.refundsUnknown === true && knownMinor === 0n;
  return isMore && attempt.disposition === 'applied' ? { ...unchanged(known), outcome: 'observed', doubt: { toldMinor: view.refundedMinor, knownMinor } } : unchanged(known);
}

/** What of a payment had gone back when we heard of it, where the channel says so. All of it is kept apart whole, until a person has seen to it. */
const goneBackOf = ({ amountMinor, refundedMinor }: PaidView): bigint => (refundedMinor !== null && refundedMinor > 0n && refundedMinor < amountMinor ? refundedMinor : 0n);

/**
 * The channel was, or is about to be, asked to take the payment back: crediting it now would leave the wallet with money that the channel gives back. It stays as it is, and
 * the taking back goes on to its end.
 */
function paidWhileReversing(known: Known, attempt: PaymentAttempt, view: PaidView, now: Instant): Decision {
  const entry: TimelineEntry = { kind: 'paid_while_reversing', attempt: attempt.attempt, detail: { channelTradeNo: view.channelTradeNo, amountMinor: String(view.amountMinor) }, happenedAt: view.paidAt };
  return { outcome: 'observed', order: known.order, attempts: withAttempt(known.attempts, { ...attempt, nextCheckAt: attempt.nextCheckAt ?? now }), entries: [entry], booking: null };
}

/** @returns why this money does not pay its order, or null when it does. Compared first, because money of others must not pay an order, whatever its state. */
function whyNotDue(order: PaymentOrder, attempt: PaymentAttempt, view: PaidView, identity: AccountIdentity): SurplusReason | null {
  if (view.currency !== order.currency) return 'currency_differs';
  if (!identity.some(({ merchant }) => merchant === view.merchant)) return 'merchant_differs';
  if (!identity.some(({ merchant, app }) => merchant === view.merchant && app === view.app)) return 'app_differs';
  if (view.amountMinor !== attempt.amountMinor) return 'amount_differs';
  if (view.refundedMinor !== null && view.refundedMinor >= view.amountMinor) return 'refunded_at_channel';
  // How much is left of it only a person can find out. What is left pays a wallet, and nothing that has a price.
  if (view.refundsUnknown === true && view.refundedMinor === null) return 'refund_amount_unknown';
  if (goneBackOf(view) > 0n && order.purpose !== 'wallet_top_up') return 'refunded_at_channel';
  if (order.state === 'paid') return 'second_payment';
  if (attempt.state === 'reversed' || attempt.state === 'reversing') return 'paid_after_reversal';
  if ((order.state === 'closed' || order.state === 'expired') && order.latePayment === 'refund') return 'late_payment';
  return null;
}

function mismatch(order: PaymentOrder, attempt: PaymentAttempt, view: PaidView, reason: SurplusReason): TimelineEntry['detail'] {
  return {
    reason, expectedMinor: String(attempt.amountMinor), amountMinor: String(view.amountMinor), expectedCurrency: order.currency, currency: view.currency, merchant: view.merchant, app: view.app,
  };
}

function decideObserved(known: Known, attempt: PaymentAttempt, { view, source }: { view: Exclude<Observation, PaidView>; source: ViewSource }, now: Instant): Decision {
  // It was credited, and the channel has taken it back all the same: what the wallet has goes back, the rest is owed.
  if (attempt.state === 'paid') return view.state === 'reversed' ? { ...unchanged(known), outcome: 'observed', takenBack: true } : unchanged(known);
  const state = observedState(attempt, { view, source }, now);
  const asked = source.kind === 'query' || source.kind === 'close';
  if (state === attempt.state && !asked) return unchanged(known);
  const checks = attempt.checks + (asked ? 1 : 0);
  const next: PaymentAttempt = {
    ...attempt, state, stateAt: state === attempt.state ? attempt.stateAt : now, checks,
    nextCheckAt: state === 'reversing' && attempt.state !== 'reversing' ? now : nextCheckAt({ ...attempt, state, checks }, now),
  };
  const detail = { from: attempt.state, to: state, view: view.state, source: source.kind, ...(view.state === 'failed' ? { channelCode: view.channelCode } : {}), ...(view.state === 'no_answer' ? { why: view.why } : {}) };
  const entries: TimelineEntry[] = state === attempt.state ? [] : [{ kind: view.state === 'no_answer' ? 'no_answer' : state === 'reversing' ? 'reversal_begun' : 'observed', attempt: attempt.attempt, detail, happenedAt: now }];
  const order = known.order.state === 'created' && state !== 'created' ? { ...known.order, state: 'awaiting_payment' as const, stateAt: now } : known.order;
  return settled({ outcome: 'observed', order, attempts: withAttempt(known.attempts, next), entries, booking: null }, now);
}

function observedState(attempt: PaymentAttempt, { view, source }: { view: Exclude<Observation, PaidView>; source: ViewSource }, now: Instant): AttemptState {
  const { state } = attempt;
  // Final is final but for money. A channel that contradicts itself is asked again as the schedule has it.
  if (FINAL_ATTEMPT_STATES.has(state)) return state;
  if (state === 'reversing') return reversingState(attempt, view, now);
  switch (view.state) {
    case 'awaiting': return state === 'closing' ? state : 'open';
    case 'user_paying': return state === 'closing' ? state : 'user_paying';
    case 'closed': return 'closed';
    // That a code is not given a second time says nothing of the one that the payer has.
    case 'failed': return source.kind === 'creation' && (state === 'open' || state === 'user_paying') ? state : 'failed';
    case 'reversal_due': return 'reversing';
    case 'reversed': return state === 'created' || state === 'open' ? 'closed' : 'reversed';
    case 'no_answer': return state === 'created' ? 'unknown' : state;
    case 'not_found': return notFoundIsFinal(attempt, now) ? 'closed' : state;
  }
}

/** Once begun it goes on: only what the channel says of its end ends it. */
function reversingState(attempt: PaymentAttempt, view: Exclude<Observation, PaidView>, now: Instant): AttemptState {
  switch (view.state) {
    case 'reversed': case 'closed': return 'reversed';
    case 'failed': return 'failed';
    case 'not_found': return notFoundIsFinal(attempt, now) ? 'closed' : 'reversing';
    case 'awaiting': case 'user_paying': case 'no_answer': case 'reversal_due': return 'reversing';
  }
}

function notFoundIsFinal(attempt: PaymentAttempt, now: Instant): boolean {
  if (now >= addMs(attempt.codeLapsesAt, LAPSE_MARGIN_MS)) return true;
  const afterMs = NOT_FOUND_IS_FINAL_AFTER_MS[attempt.channel];
  // While the order is still for sale its number may be offered again, so that it stays as it is.
  return attempt.state === 'closing' && afterMs !== null && now >= addMs(attempt.createdAt, afterMs);
}

/** An order that is being closed is closed once no attempt of it can be paid any more. */
function settled(decision: Decision, now: Instant): Decision {
  const { order, attempts, entries } = decision;
  if (order.state !== 'closing' || !attempts.every(({ state }) => FINAL_ATTEMPT_STATES.has(state))) return decision;
  const state: OrderState = order.closeReason === 'expired' ? 'expired' : 'closed';
  return {
    ...decision, order: { ...order, state, stateAt: now },
    entries: [...entries, { kind: state === 'expired' ? 'order_expired' : 'order_closed', attempt: null, detail: { reason: order.closeReason }, happenedAt: now }],
  };
}

/**
 * Closing begins: every attempt that may still be paid is to be closed at its channel, and the order is closed when they all are. Nothing is closed by us alone (P-04).
 * @returns null when the order is over already.
 */
export function decideClosing({ order, attempts }: Known, reason: NonNullable<PaymentOrder['closeReason']>, now: Instant): Decision | null {
  if (order.state === 'paid' || order.state === 'closed' || order.state === 'expired') return null;
  if (order.state === 'closing') return settled({ outcome: 'observed', order, attempts, entries: [], booking: null }, now);
  const closing: PaymentOrder = { ...order, state: 'closing', stateAt: now, closeReason: reason };
  const asked = attempts.map((attempt) => (FINAL_ATTEMPT_STATES.has(attempt.state) || attempt.state === 'closing' || attempt.state === 'reversing' ? attempt : { ...attempt, state: 'closing' as const, stateAt: now, checks: 0, nextCheckAt: now }));
  const entry: TimelineEntry = { kind: 'close_asked', attempt: null, detail: { reason }, happenedAt: now };
  return settled({ outcome: 'observed', order: closing, attempts: asked, entries: [entry], booking: null }, now);
}

const withAttempt = (attempts: readonly PaymentAttempt[], changed: PaymentAttempt): PaymentAttempt[] => attempts.map((attempt) => (attempt.attempt === changed.attempt ? changed : attempt));
const unchanged = ({ order, attempts }: Known): Decision => ({ outcome: 'unchanged', order, attempts, entries: [], booking: null });
const refused = ({ order, attempts }: Known, attempt: PaymentAttempt, detail: TimelineEntry['detail'], now: Instant): Decision =>
  ({ outcome: 'refused', order, attempts, entries: [{ kind: 'view_refused', attempt: attempt.attempt, detail, happenedAt: now }], booking: null });
