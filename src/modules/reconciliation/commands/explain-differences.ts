import { addMs, assert, MS_PER_HOUR } from '../../../kernel/index.ts';
import type { OperatorDatabase } from '../../../platform/database/index.ts';
import { accountsOnOneBill, findPaymentsByChannelNumber, findSettlementPayments, findSettlementRefunds, refundNumber, SETTLEMENT_LOOK_UP_MAX, tradeNumber, type Environment } from '../../payments/index.ts';
import { businessDateOf, businessDay } from '../domain/business-day.ts';
import type { LineKind } from '../domain/line.ts';
import type { BreakKind, Difference, MatchOutcome } from '../domain/match.ts';
import type { StatementTable } from '../domain/statement-table.ts';
import { readTrades, type TradeFormat } from '../formats/index.ts';
import { readStatement, type StoredStatement } from '../store/statements.ts';

/** More than two clocks differ, less than any payment that stands on two statements. */
const AROUND_MIDNIGHT_MS = MS_PER_HOUR;

export type ForeignLine = { readonly lineNo: number; readonly kind: LineKind; readonly amountMinor: bigint; readonly feeMinor: bigint };

/** A difference with what a person needs to see of it. `otherDay`: both sides have it and agree, on different days; it is kept as a break that is resolved already. */
export type Explained = {
  readonly kind: BreakKind; readonly lineKind: LineKind; readonly number: string; readonly lineNo: number | null; readonly channelNumber: string | null; readonly theirTime: string | null;
  readonly oursMinor: bigint | null; readonly theirsMinor: bigint | null; readonly differenceMinor: bigint; readonly otherDay: boolean;
  /** A refund that the channel closed after it had accepted it: kept as a break that is explained already. */
  readonly closedRefund?: true;
};

type LineText = { readonly number: string; readonly channelNumber: string; readonly at: string };

/** Reads the lines that differ once more, for their words, and looks up by number what this day does not have. */
export async function explainDifferences(odb: OperatorDatabase, of: {
  readonly day: { readonly merchantAccountId: string; readonly businessDate: string; readonly environment: Environment }; readonly statement: StoredStatement; readonly table: StatementTable; readonly outcome: MatchOutcome; readonly foreign: readonly ForeignLine[];
}): Promise<readonly Explained[]> {
  const { table, day, outcome, foreign } = of;
  const wanted = new Set<number>(foreign.map(({ lineNo }) => lineNo));
  for (const difference of outcome.differences) if ('row' in difference) wanted.add(table.lineNo(difference.row));
  const texts = wanted.size === 0 ? new Map<number, LineText>() : await readTexts(odb, of.statement, wanted);
  const text = (lineNo: number): LineText => {
    const found = texts.get(lineNo);
    assert(found, `line ${lineNo} was read before`);
    return found;
  };
  const explained = outcome.differences.map((difference) => withWords(difference, table, text, day.environment));
  const elsewhere = await onOtherDays(odb, explained.filter(({ kind }) => kind === 'missing_here'), day.businessDate);
  const ofOurs = await paymentsOfOurs(odb, day.merchantAccountId, foreign.flatMap(({ lineNo, kind }) => (kind === 'refund' ? [text(lineNo).channelNumber] : [])));
  return [
    ...explained.map((one): Explained => {
      const other = one.kind === 'missing_here' ? elsewhere.get(one.number) : undefined;
      if (other === undefined) return one;
      // Far from midnight the other day's statement has it too.
      if (!other.nearMidnight) return { ...one, kind: 'duplicate' };
      return other.minor === one.theirsMinor ? { ...one, oursMinor: one.theirsMinor, otherDay: true } : one;
    }),
    ...foreign.map(({ lineNo, kind, amountMinor }): Explained => ({
      kind: kind === 'refund' && ofOurs.has(text(lineNo).channelNumber) ? 'refund_elsewhere' : 'foreign', lineKind: kind, ...words(text(lineNo)), lineNo, oursMinor: null, theirsMinor: amountMinor, differenceMinor: amountMinor, otherDay: false,
    })),
  ];
}

/** The channel's numbers, of these, under which it has payments of ours: what it gave back under a foreign number was refunded elsewhere. */
async function paymentsOfOurs(odb: OperatorDatabase, merchantAccountId: string, channelTradeNos: readonly string[]): Promise<ReadonlySet<string>> {
  const found = new Set<string>();
  for (let at = 0; at < channelTradeNos.length; at += SETTLEMENT_LOOK_UP_MAX) {
    const page = channelTradeNos.slice(at, at + SETTLEMENT_LOOK_UP_MAX);
    const payments = await odb.transaction(async (tx) => findPaymentsByChannelNumber(tx, { merchantAccountIds: await accountsOnOneBill(tx, merchantAccountId), channelTradeNos: page }));
    for (const { channelTradeNo } of payments) found.add(channelTradeNo);
  }
  return found;
}

const words = ({ number, channelNumber, at }: LineText) => ({ number: number === '' ? '-' : number, channelNumber, theirTime: at });

function withWords(difference: Difference, table: StatementTable, text: (lineNo: number) => LineText, environment: Environment): Explained {
  if (difference.kind === 'missing_there') {
    const { lineKind, id, attempt, oursMinor } = difference;
    const number = lineKind === 'payment' ? tradeNumber({ environment, orderId: id, attempt }) : refundNumber(environment, id);
    return { kind: difference.kind, lineKind, number, lineNo: null, channelNumber: null, theirTime: null, oursMinor, theirsMinor: null, differenceMinor: -oursMinor, otherDay: false };
  }
  const lineNo = table.lineNo(difference.row);
  const line = { ...words(text(lineNo)), lineNo, lineKind: table.kind(difference.row), theirsMinor: difference.theirsMinor, otherDay: false };
  if (difference.kind === 'missing_here' || difference.kind === 'duplicate') {
    return { ...line, kind: difference.kind, oursMinor: null, differenceMinor: difference.theirsMinor };
  }
  const { kind, oursMinor, theirsMinor } = difference;
  const closed = difference.kind === 'state_differs' && difference.closedRefund ? { closedRefund: true as const } : {};
  return { ...line, ...closed, kind, oursMinor, differenceMinor: kind === 'state_differs' ? 0n : theirsMinor - oursMinor };
}

async function readTexts(odb: OperatorDatabase, statement: StoredStatement, wanted: ReadonlySet<number>): Promise<Map<number, LineText>> {
  const texts = new Map<number, LineText>();
  await readTrades(statement.format as TradeFormat, readStatement(odb, statement.statementId), (line) => {
    if (!wanted.has(line.lineNo)) return;
    const cut = (from: number, to: number): string => line.bytes.toString('utf8', from, to).trim();
    texts.set(line.lineNo, { number: cut(line.numberFrom, line.numberTo), channelNumber: cut(line.channelFrom, line.channelTo), at: cut(line.atFrom, line.atTo) });
  });
  return texts;
}

/**
 * What is paid or accepted here on another day, by number: around midnight the two clocks need not agree. Payments have their time from the channel itself, so that it is a
 * matter of minutes; a refund has ours, which may be that of an answer hours later, so that it may be any other day.
 */
async function onOtherDays(odb: OperatorDatabase, missing: readonly Explained[], businessDate: string): Promise<Map<string, { readonly minor: bigint; readonly nearMidnight: boolean }>> {
  const found = new Map<string, { minor: bigint; nearMidnight: boolean }>();
  const { from, to } = businessDay(businessDate);
  for (let at = 0; at < missing.length; at += SETTLEMENT_LOOK_UP_MAX) {
    const page = missing.slice(at, at + SETTLEMENT_LOOK_UP_MAX);
    const numbers = (kind: LineKind): string[] => page.filter(({ lineKind }) => lineKind === kind).map(({ number }) => number);
    const [payments, refunds] = await odb.transaction(async (tx) => [await findSettlementPayments(tx, numbers('payment')), await findSettlementRefunds(tx, numbers('refund'))] as const);
    for (const { outTradeNo, paidMinor, paidAt } of payments) if (paidMinor !== null && paidAt !== null && businessDateOf(paidAt) !== businessDate) found.set(outTradeNo, { minor: paidMinor, nearMidnight: paidAt >= addMs(from, -AROUND_MIDNIGHT_MS) && paidAt < addMs(to, AROUND_MIDNIGHT_MS) });
    for (const { outRefundNo, amountMinor, acceptedAt } of refunds) if (acceptedAt !== null && businessDateOf(acceptedAt) !== businessDate) found.set(outRefundNo, { minor: amountMinor, nearMidnight: true });
  }
  return found;
}
