/** Ledger transfer codes of wallets (1–99, and 240); the code says what a transfer was for, in every statement and audit. */
export const WALLET_TRANSFER = {
  cash_desk_top_up: 1,
  adjustment_top_up: 2,
  adjustment_refund: 3,
  adjustment_compensation: 4,
  adjustment_correction: 5,
  charging_hold: 10,
  bill_from_wallet: 11,
  bill_receivable: 12,
  /** Numbered with what else is given away (240–249). */
  coupon_used: 240,
} as const;
