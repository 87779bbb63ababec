/** Matching a statement with our own lines, both ways. Pure: it sees packed lines and says what differs. */
import { NO_SUMS, type LineKind, type StatementSums } from './line.ts';
import type { OwnLines } from './own-lines.ts';
import { newKey, type StatementTable } from './statement-table.ts';

/**
 * missing_here: the channel has it, we do not (a lost order: recovery asks). missing_there: we have it, the channel does not. amount, state, fee: both have it and differ.
 * duplicate: the statement has it twice. foreign: the number is none of ours, so somebody else uses the account. chargeback: the fund flow took money back, of no payment that fits.
 * refund_elsewhere: a payment of ours was given back under a number that is none of ours.
 */
export const BREAK_KINDS = ['missing_here', 'missing_there', 'amount_differs', 'state_differs', 'fee_differs', 'duplicate', 'foreign', 'chargeback', 'refund_elsewhere'] as const;
export type BreakKind = (typeof BREAK_KINDS)[number];

export type Difference =
  | { readonly kind: 'missing_here'; readonly row: number; readonly theirsMinor: bigint }
  | { readonly kind: 'duplicate'; readonly row: number; readonly theirsMinor: bigint }
  | { readonly kind: 'missing_there'; readonly lineKind: LineKind; readonly id: string; readonly attempt: number; readonly oursMinor: bigint }
  | { readonly kind: 'amount_differs' | 'fee_differs'; readonly row: number; readonly oursMinor: bigint; readonly theirsMinor: bigint }
  /** `closedRefund`: the statement says that a refund was accepted, which it never takes back, and the channel has closed it since: that explains it. */
  | { readonly kind: 'state_differs'; readonly row: number; readonly oursMinor: bigint; readonly theirsMinor: bigint; readonly closedRefund: boolean };

export type MatchSums = { readonly matched: number; readonly ours: StatementSums; readonly theirs: StatementSums };
export type MatchOutcome = MatchSums & { readonly differences: readonly Difference[] };

/** More differences than this are not breaks to work through: it is the wrong statement, the wrong account or the wrong day. */
export const DIFFERENCES_MAX = 200_000;
export class TooManyDifferences extends Error {
  override readonly name = 'TooManyDifferences';
}

/** What a payment of this amount costs by contract: parts per million, rounded half up to a minor unit for each payment. */
export const feeOf = (amountMinor: bigint, ratePpm: bigint): bigint => (amountMinor * ratePpm + 500_000n) / 1_000_000n;

export type Matcher = { ours(lines: OwnLines, kind: LineKind): void; finish(): MatchOutcome };

/** @param feeRatePpm the contract's rate; null when it is not set, then fees are taken as they come. */
export function createMatcher(table: StatementTable, { feeRatePpm }: { readonly feeRatePpm: bigint | null }): Matcher {
  const differences: Difference[] = [];
  const key = newKey();
  const ours = { ...NO_SUMS };
  let matched = 0;
  const differs = (difference: Difference): void => {
    if (differences.length >= DIFFERENCES_MAX) throw new TooManyDifferences(`more than ${DIFFERENCES_MAX} differences`);
    differences.push(difference);
  };
  const compare = (row: number, lines: OwnLines, index: number, lineKind: LineKind): void => {
    const oursMinor = lines.amountMinor(index), theirsMinor = table.amountMinor(row);
    if (oursMinor !== theirsMinor) differs({ kind: 'amount_differs', row, oursMinor, theirsMinor });
    const state = table.state(row);
    const failed = lines.failed(index);
    if (failed ? state !== 'failed' : state === 'failed' || state === 'other') differs({ kind: 'state_differs', row, oursMinor, theirsMinor, closedRefund: failed && lineKind === 'refund' && state === 'accepted' });
    if (feeRatePpm !== null) {
      // A refund gives the fee of its amount back.
      const expected = lineKind === 'payment' ? feeOf(theirsMinor, feeRatePpm) : -feeOf(theirsMinor, feeRatePpm), fee = table.feeMinor(row);
      if (expected !== fee) differs({ kind: 'fee_differs', row, oursMinor: expected, theirsMinor: fee });
    }
  };
  return {
    ours: (lines, kind) => {
      for (let index = 0; index < lines.count; index++) {
        lines.readKey(index, key);
        const amount = lines.amountMinor(index);
        if (kind === 'payment') { ours.payments++; ours.paymentsMinor += amount; } else { ours.refunds++; ours.refundsMinor += amount; }
        const row = table.find(key);
        if (row < 0) { differs({ kind: 'missing_there', lineKind: kind, id: lines.id(index), attempt: lines.attempt(index), oursMinor: amount }); continue; }
        table.take(row);
        matched++;
        compare(row, lines, index, kind);
        for (let twin = table.next(row); twin >= 0; twin = table.next(twin)) {
          table.take(twin);
          differs({ kind: 'duplicate', row: twin, theirsMinor: table.amountMinor(twin) });
        }
      }
    },
    finish: () => {
      for (let row = 0; row < table.size; row++) if (!table.isTaken(row)) differs({ kind: 'missing_here', row, theirsMinor: table.amountMinor(row) });
      return { matched, ours, theirs: sumsOf(table), differences };
    },
  };
}

export function sumsOf(table: StatementTable): StatementSums {
  const sums = { ...NO_SUMS };
  for (let row = 0; row < table.size; row++) {
    if (table.kind(row) === 'payment') { sums.payments++; sums.paymentsMinor += table.amountMinor(row); } else { sums.refunds++; sums.refundsMinor += table.amountMinor(row); }
    sums.feesMinor += table.feeMinor(row);
  }
  return sums;
}
