/** Ledger transfer codes of payments (200–299); the code says what a transfer was for, in every statement and audit. */
export const PAYMENT_TRANSFER = {
  paid: 200, surplus: 201, surplus_applied: 202, refund_hold: 210, refund_paid_out: 211, surplus_refunded: 212, refund_returned: 213, refund_commission: 214, surplus_gone_back: 215, fee: 220, payout: 221, chargeback: 230, chargeback_loss: 231,
  coupon: 240, cashback: 241, reconciliation_adjustment: 250,
} as const;
