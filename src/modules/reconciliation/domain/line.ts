/** One line of a statement, whatever channel it comes from. */

export const LINE_KINDS = ['payment', 'refund'] as const;
export type LineKind = (typeof LINE_KINDS)[number];

/**
 * The state of a line in our words. `succeeded`: the money moved, or for a refund it was accepted; `failed`: it did not after all. A statement never updates a
 * refund's state later, so `accepted` says no more than that the channel took it on.
 */
export const LINE_STATES = ['succeeded', 'accepted', 'failed', 'other'] as const;
export type LineState = (typeof LINE_STATES)[number];

export type StatementLine = {
  /** Counted from 1 over the detail lines. */
  readonly lineNo: number;
  readonly kind: LineKind;
  /** Our number as the channel repeats it: `out_trade_no` of a payment, `out_refund_no` of a refund. */
  readonly number: string;
  /** The channel's own number of the payment. */
  readonly channelNumber: string;
  /** What moved, positive both ways, in minor units. */
  readonly amountMinor: bigint;
  /** What the channel kept; negative when it gave a fee back with a refund. */
  readonly feeMinor: bigint;
  readonly state: LineState;
  /** The channel's clock, as the statement writes it: `YYYY-MM-DD hh:mm:ss` in UTC+8. */
  readonly at: string;
};

export type StatementSums = { readonly payments: number; readonly paymentsMinor: bigint; readonly refunds: number; readonly refundsMinor: bigint; readonly feesMinor: bigint };
export const NO_SUMS: StatementSums = { payments: 0, paymentsMinor: 0n, refunds: 0, refundsMinor: 0n, feesMinor: 0n };

/** What a statement says of itself at its end. `null` where a format does not say. */
export type StatementTrailer = { readonly lines: number | null; readonly paymentsMinor: bigint | null; readonly refundsMinor: bigint | null; readonly feesMinor: bigint | null };

/** A statement that cannot be read as what it claims to be. Nothing of it is taken. */
export class StatementUnreadable extends Error {
  override readonly name = 'StatementUnreadable';
  readonly code: 'statement_columns_missing' | 'statement_line_malformed' | 'statement_totals_differ' | 'statement_hash_differs' | 'statement_incomplete' | 'statement_encoding';
  constructor(code: StatementUnreadable['code'], detail: string) {
    super(detail);
    this.code = code;
  }
}

export const STATEMENT_CURRENCY = 'CNY' as const satisfies string;
