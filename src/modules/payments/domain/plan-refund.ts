/** How a refund is split over the payments it came from. Pure. */
import { addMs, assert, MS_PER_DAY, ok, refuse, type Instant, type Result } from '../../../kernel/index.ts';
import type { ChannelTraits } from './channel.ts';

/** A refund that comes close to the end of the channel's window may be refused by it; it is not planned then. */
export const WINDOW_MARGIN_MS = MS_PER_DAY;
export const REFUND_PARTS_MAX = 100;

/** A payment that money can go back to. */
export type Refundable = {
  readonly orderId: string; readonly attempt: number; readonly merchantAccountId: string; readonly paidAt: Instant;
  readonly paidMinor: bigint; readonly refundingMinor: bigint; readonly refundedMinor: bigint;
  /** Refunds of this payment that the channel has counted or will, and the turn of the last one. */
  readonly refunds: number; readonly lastRefundAt: Instant | null;
};
export type RefundTraits = Pick<ChannelTraits, 'refundsPerPaymentMax' | 'refundSpacingMs' | 'refundWindowMs'>;
export type PlannedPart = { readonly orderId: string; readonly attempt: number; readonly merchantAccountId: string; readonly amountMinor: bigint; readonly notBefore: Instant };
export type RefundPlanRejection = { readonly code: 'refund_exceeds_refundable'; readonly refundableMinor: bigint };

/** What of a payment can still go back: nothing once the channel's window is over or it has taken as many refunds as it takes. */
export function refundableMinor(payment: Refundable, traits: RefundTraits, now: Instant): bigint {
  const windowOver = now >= addMs(payment.paidAt, traits.refundWindowMs - WINDOW_MARGIN_MS);
  if (windowOver || payment.refunds >= traits.refundsPerPaymentMax) return 0n;
  return payment.paidMinor - payment.refundingMinor - payment.refundedMinor;
}

/**
 * Takes from the newest payment first, because the oldest are the first that a channel does not refund any more. One part a payment.
 * @returns parts that add up to the amount, or a refusal that says how much could be refunded.
 */
export function planRefund(amountMinor: bigint, payments: readonly Refundable[], traitsOf: (merchantAccountId: string) => RefundTraits, now: Instant): Result<readonly PlannedPart[], RefundPlanRejection> {
  assert(amountMinor > 0n, 'a refund refunds something');
  const newestFirst = [...payments].sort((a, b) => b.paidAt - a.paidAt || (a.orderId < b.orderId ? -1 : 1));
  const parts: PlannedPart[] = [];
  let rest = amountMinor;
  for (const payment of newestFirst) {
    if (rest === 0n || parts.length === REFUND_PARTS_MAX) break;
    const traits = traitsOf(payment.merchantAccountId);
    const open = refundableMinor(payment, traits, now);
    if (open <= 0n) continue;
    const amount = open < rest ? open : rest;
    const { orderId, attempt, merchantAccountId, lastRefundAt } = payment;
    const earliest = lastRefundAt === null ? now : addMs(lastRefundAt, traits.refundSpacingMs);
    parts.push({ orderId, attempt, merchantAccountId, amountMinor: amount, notBefore: earliest > now ? earliest : now });
    rest -= amount;
  }
  return rest === 0n ? ok(parts) : refuse({ code: 'refund_exceeds_refundable', refundableMinor: amountMinor - rest });
}

/** What is kept: rounded down, so that the payer never loses to rounding. */
export const commissionOf = (amountMinor: bigint, ppm: bigint): bigint => (amountMinor * ppm) / 1_000_000n;
