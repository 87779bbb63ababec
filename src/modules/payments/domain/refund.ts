/**
 * A refund and its parts. A refund is what somebody applied for; its parts are what goes back to each of the payments it came from, each under one
 * `out_refund_no` for ever: an unknown outcome is asked again, or sent again with the same number, and so refunds once.
 */
export const REFUND_STATES = ['applied', 'rejected', 'withdrawn', 'approved', 'executing', 'refunded', 'partly_refunded', 'failed'] as const;
export type RefundState = (typeof REFUND_STATES)[number];
export const REFUND_TRANSITIONS: Readonly<Record<RefundState, readonly RefundState[]>> = {
  applied: ['approved', 'rejected', 'withdrawn'],
  approved: ['executing', 'failed', 'withdrawn'],
  executing: ['refunded', 'partly_refunded', 'failed'],
  // Only by a part that was abnormal and has been settled since.
  partly_refunded: ['refunded'],
  rejected: [], withdrawn: [], refunded: [], failed: [],
};

/** planned: has its number and its turn. submitted: stored before the channel is asked. unknown: asked, no telling. abnormal: the payer's account could not take it. */
export const REFUND_PART_STATES = ['planned', 'submitted', 'unknown', 'processing', 'succeeded', 'abnormal', 'failed'] as const;
export type RefundPartState = (typeof REFUND_PART_STATES)[number];
export const REFUND_PART_TRANSITIONS: Readonly<Record<RefundPartState, readonly RefundPartState[]>> = {
  planned: ['submitted', 'failed'],
  submitted: ['unknown', 'processing', 'succeeded', 'abnormal', 'failed'],
  unknown: ['processing', 'succeeded', 'abnormal', 'failed'],
  processing: ['succeeded', 'abnormal', 'failed', 'unknown'],
  // A person decides: sent again by the channel's own means, or paid in another way.
  abnormal: ['succeeded', 'failed', 'processing'],
  succeeded: [], failed: [],
};

/** What is refunded: money off a member's wallet, an order that was paid, or money that came on top of one. */
export const REFUND_SOURCES = ['wallet', 'order', 'surplus'] as const;
export type RefundSource = (typeof REFUND_SOURCES)[number];
