import type { Clock, CurrencyCode, Instant } from '../../../kernel/index.ts';
import { sqlTimestamp, type OperatorDatabase, type Tx } from '../../../platform/database/index.ts';
import { StatementUnreadable } from '../domain/line.ts';
import { readFundFlow, type FundFormat, type FundKind, type FundLine } from '../formats/index.ts';
import { bookPosting } from '../store/postings.ts';
import { newestStatement, readStatement } from '../store/statements.ts';
import { bookTakenBack } from './book-taken-back.ts';

/** Payouts of one day: a channel pays out once a day, and by hand now and then. */
export const PAYOUTS_MAX = 1_000;

export type FundFlow = {
  readonly statementId: string; readonly merchantAccountId: string; readonly businessDate: string; readonly lines: number; readonly openingMinor: bigint | null; readonly closingMinor: bigint | null;
  /** Positive as a person says it: paid in, refunded out, fees kept, paid out to the bank; `other` is signed. */
  readonly paidMinor: bigint; readonly refundedMinor: bigint; readonly feesMinor: bigint; readonly paidOutMinor: bigint; readonly otherMinor: bigint;
  readonly brokenAtLine: number | null; readonly checkedAt: Instant;
};
/** Payments that payers' banks take back in a day: none, for most; each is booked by itself, so that this bounds memory only. */
export const CHARGEBACKS_MAX = 50_000;
type Payout = { readonly flowNumber: string; readonly amountMinor: bigint };

/**
 * Follows a day's fund flow line by line: every balance must be the one before and the amount. Payouts to the bank are booked, each once by the channel's own number, and so are payments
 * that were taken back; what of those fits no payment is a break for a person.
 * @returns null when there is no fund flow for the day. @throws StatementUnreadable when its totals are not those of its lines.
 */
export async function checkFundFlow(odb: OperatorDatabase, day: { readonly merchantAccountId: string; readonly businessDate: string; readonly currency: CurrencyCode }, { clock }: { readonly clock: Clock }): Promise<FundFlow | null> {
  const statement = await odb.transaction((tx) => newestStatement(tx, { ...day, kind: 'fund_flow' }));
  if (statement === null) return null;
  const sums: Record<FundKind, bigint> = { paid: 0n, refunded: 0n, fee: 0n, paid_out: 0n, chargeback: 0n, other: 0n };
  const payouts: Payout[] = [], takenBack: FundLine[] = [];
  let lines = 0, opening: bigint | null = null, balance: bigint | null = null, brokenAtLine: number | null = null, income = 0n, spent = 0n;
  const totals = await readFundFlow(statement.format as FundFormat, readStatement(odb, statement.statementId), (line) => {
    lines++;
    opening ??= line.balanceMinor - line.amountMinor;
    if (balance !== null && balance + line.amountMinor !== line.balanceMinor) brokenAtLine ??= line.lineNo;
    balance = line.balanceMinor;
    sums[line.kind] += line.amountMinor;
    if (line.amountMinor >= 0n) income += line.amountMinor; else spent -= line.amountMinor;
    if (line.kind === 'chargeback' && line.amountMinor !== 0n) {
      if (takenBack.length === CHARGEBACKS_MAX) throw new StatementUnreadable('statement_line_malformed', `more than ${CHARGEBACKS_MAX} chargebacks in a day`);
      takenBack.push(line);
    }
    if (line.kind !== 'paid_out') return;
    if (payouts.length === PAYOUTS_MAX) throw new StatementUnreadable('statement_line_malformed', `more than ${PAYOUTS_MAX} payouts in a day`);
    payouts.push({ flowNumber: line.flowNumber, amountMinor: -line.amountMinor });
  });
  if (totals.incomeMinor !== income || totals.spentMinor !== spent || (totals.lines !== null && totals.lines !== lines)) {
    throw new StatementUnreadable('statement_totals_differ', `the lines make ${income} in and ${spent} out, the fund flow says ${totals.incomeMinor} and ${totals.spentMinor}`);
  }
  const flow: FundFlow = {
    statementId: statement.statementId, merchantAccountId: day.merchantAccountId, businessDate: day.businessDate, lines, openingMinor: opening, closingMinor: balance, brokenAtLine, checkedAt: clock.now(),
    paidMinor: sums.paid, refundedMinor: -sums.refunded, feesMinor: -sums.fee, paidOutMinor: -sums.paid_out, otherMinor: sums.other + sums.chargeback,
  };
  await odb.transaction(async (tx) => {
    await insertFundFlow(tx, flow);
    for (const { flowNumber, amountMinor } of payouts) {
      await bookPosting(tx, { kind: 'payout', ...day, reference: flowNumber, amountMinor, statementId: statement.statementId }, { clock });
    }
  });
  for (const line of takenBack) await odb.transaction((tx) => bookTakenBack(tx, day, line, clock));
  return flow;
}

async function insertFundFlow(tx: Tx, flow: FundFlow): Promise<void> {
  await tx.execute(
    `insert into reconciliation.fund_flow (operator_id, statement_id, merchant_account_id, business_date, lines, opening_minor, closing_minor, paid_minor, refunded_minor, fees_minor, paid_out_minor, other_minor,
       broken_at_line, checked_at) values ($1, $2, $3, $4::date, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14) on conflict do nothing`,
    [tx.operatorIds[0], flow.statementId, flow.merchantAccountId, flow.businessDate, flow.lines, flow.openingMinor, flow.closingMinor, flow.paidMinor, flow.refundedMinor, flow.feesMinor, flow.paidOutMinor,
      flow.otherMinor, flow.brokenAtLine, sqlTimestamp(flow.checkedAt)]);
}
