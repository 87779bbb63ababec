/** An order and its attempts as they stand, what can be seen of an attempt, and money that is not due. */
import type { CurrencyCode, Instant, MemberId } from '../../../kernel/index.ts';
import type { ChannelKind, PaymentMethod, PaymentView, Presentation } from './channel.ts';
import type { Environment } from './order-number.ts';
import type { AttemptState, Disposition, LatePaymentPolicy, OrderPurpose, OrderState } from './order.ts';

export const CLOSE_REASONS = ['by_payer', 'by_clerk', 'expired', 'superseded'] as const;
export type CloseReason = (typeof CLOSE_REASONS)[number];

export type PaymentOrder = {
  readonly orderId: string; readonly commandId: string; readonly environment: Environment; readonly purpose: OrderPurpose;
  /** What is paid for: the member whose wallet is topped up, the sale, the charging session. */
  readonly subjectId: string; readonly memberId: MemberId | null;
  readonly currency: CurrencyCode; readonly amountMinor: bigint; readonly description: string; readonly latePayment: LatePaymentPolicy;
  readonly createdBy: string; readonly createdAt: Instant; readonly expiresAt: Instant;
  /** What the payer's page is found by; nobody can guess it. */
  readonly payerToken: string;
  readonly state: OrderState; readonly stateAt: Instant; readonly closeReason: CloseReason | null;
  readonly paidAttempt: number | null; readonly paidAt: Instant | null; readonly creditedAt: Instant | null; readonly recoveredBy: RecoveredBy | null;
};

export type PaymentAttempt = {
  readonly orderId: string; readonly attempt: number; readonly merchantAccountId: string; readonly channel: ChannelKind; readonly method: PaymentMethod;
  readonly outTradeNo: string; readonly amountMinor: bigint; readonly presentation: Presentation | null;
  readonly state: AttemptState; readonly stateAt: Instant; readonly createdAt: Instant; readonly codeLapsesAt: Instant;
  readonly nextCheckAt: Instant | null; readonly checks: number;
  readonly channelTradeNo: string | null; readonly paidMinor: bigint | null; readonly paidAt: Instant | null; readonly disposition: Disposition | null;
  /** The UUID of the ledger transfer that booked it. */
  readonly transferId: string | null; readonly refundingMinor: bigint; readonly refundedMinor: bigint;
  /** Given back by the channel otherwise than by a refund of ours, as far as that is known: it was neither credited nor can it be refunded. */
  readonly refundedAtChannelMinor: bigint;
  /** Taken back by the channel since: chargebacks, reversals, refunds that were made elsewhere. */
  readonly chargedBackMinor: bigint;
};

export type RecoveredBy = 'job' | `clerk:${string}`;

/**
 * What was seen of an attempt: the channel's own view, that a payment by code is to be reversed (which is noted before the channel is asked), that it was, or that it gave no answer that tells (a time-out, a refused query,
 * an open breaker), after which it is asked again.
 */
export type Observation = PaymentView | { readonly state: 'reversal_due' } | { readonly state: 'reversed' } | { readonly state: 'no_answer'; readonly why: string };

export const VIEW_SOURCES = ['notification', 'query', 'creation', 'close', 'statement'] as const;
export type ViewSource = {
  readonly kind: (typeof VIEW_SOURCES)[number];
  /** `system`, `channel`, or the id of a person or API client. */
  readonly actor: string;
  readonly exchangeId?: string | null; readonly notificationId?: string | null;
  /** Set by whoever went looking for a lost payment; kept with the order when this view is what pays it. */
  readonly recoveredBy?: RecoveredBy | null;
};

/**
 * Why money is not due. `second_payment`: another attempt has paid the order. `late_payment`: after closing, and the order's policy is to refund. `paid_after_reversal`.
 * Those go back by themselves. The others wait for a person: an amount, currency, merchant or app other than the order's, money that has gone back at the channel already, or a part of it
 * that the channel does not name (`refund_amount_unknown`).
 */
export const SURPLUS_REASONS = [
  'second_payment', 'late_payment', 'paid_after_reversal', 'amount_differs', 'currency_differs', 'merchant_differs', 'app_differs', 'refunded_at_channel', 'refund_amount_unknown',
] as const;
export type SurplusReason = (typeof SURPLUS_REASONS)[number];

/** A surplus as table `payments.surplus` keeps it; one per attempt at most. */
export type Surplus = {
  readonly orderId: string; readonly attempt: number; readonly merchantAccountId: string; readonly currency: CurrencyCode; readonly amountMinor: bigint;
  readonly reason: SurplusReason; readonly automatic: boolean; readonly state: SurplusState; readonly stateAt: Instant; readonly foundAt: Instant;
  /** What of it a person has found to be with the payer already: what is left of it can be credited or refunded. */
  readonly goneBackMinor: bigint;
  /** Why it does not go back by itself although its reason would have it: a case for a person. */
  readonly heldBecause: string | null;
};
export const SURPLUS_STATES = ['open', 'refunding', 'refunded', 'applied_by_person'] as const;
export type SurplusState = (typeof SURPLUS_STATES)[number];
export const leftOfSurplus = ({ amountMinor, goneBackMinor }: Pick<Surplus, 'amountMinor' | 'goneBackMinor'>): bigint => amountMinor - goneBackMinor;
