/** What payments tells the others, in the past tense; payloads carry ids, amounts as decimal strings and instants as milliseconds. */
export const PAYMENT_EVENTS = {
  /** { orderId, attempt, purpose, subjectId, memberId, currency, amountMinor, channel, merchantAccountId, paidAt, creditedAt, late, recoveredBy } */
  orderPaid: 'payments.payment_order.paid.v1',
  /** { orderId, purpose, subjectId, memberId, reason } */
  orderClosed: 'payments.payment_order.closed.v1',
  /** { orderId, attempt, merchantAccountId, currency, amountMinor, reason, automatic }: money that is not due; `automatic` goes back without a person. */
  surplusFound: 'payments.surplus.found.v1',
  /** { refundId, memberId, amountMinor, currency } */
  refundApplied: 'payments.refund.applied.v1',
  /** { refundId, memberId, state, amountMinor, refundedMinor, currency }: refunded, partly_refunded, failed, rejected or withdrawn. */
  refundFinished: 'payments.refund.finished.v1',
} as const;
