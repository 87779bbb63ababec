import { addMs, assert, MS_PER_MINUTE, type Clock, type Instant } from '../../../kernel/index.ts';
import { newUuid } from '../../../platform/clock/index.ts';
import type { OperatorDatabase } from '../../../platform/database/index.ts';
import { accountsOnOneBill, packedPayments, packedRefunds, type Environment } from '../../payments/index.ts';
import { businessDay } from '../domain/business-day.ts';
import { StatementUnreadable, type LineKind, type StatementTrailer } from '../domain/line.ts';
import { createMatcher, sumsOf, type Matcher, type MatchOutcome } from '../domain/match.ts';
import { ownLines } from '../domain/own-lines.ts';
import { createStatementTable, newKey, readKey, type StatementTable } from '../domain/statement-table.ts';
import { readTrades, type TradeFormat } from '../formats/index.ts';
import { newestStatement, readStatement, type StoredStatement } from '../store/statements.ts';
import { explainDifferences, type ForeignLine } from './explain-differences.ts';
import { writeRun, type DayReport } from '../store/runs.ts';

/** Our side of a day is read in windows of this length: some ten thousand lines each on a day with a million. */
const WINDOW_MS = 15 * MS_PER_MINUTE;
/** A line of either channel has 200 to 300 bytes. */
const LINE_BYTES_TYPICAL = 230;
/** Lines under numbers that are none of ours; more of them mean that the account is not ours alone. */
export const FOREIGN_LINES_MAX = 100_000;

export type DayToReconcile = {
  readonly merchantAccountId: string; readonly businessDate: string;
  /** The letter of the account's environment: the same account at the channel may carry test and live (P-14). */
  readonly environment: Environment;
  readonly feeRatePpm: bigint | null;
};
export type ReadProgress = (done: { readonly lines: number; readonly windows: number }) => void;

/**
 * Matches a day's newest trade statement with our payments and refunds of that day, both ways, and writes the run and its breaks in one transaction.
 * Running it again gives the same breaks; what has been explained stays explained, and a break that is no more is resolved.
 * @returns null when there is no statement for the day.
 * @throws StatementUnreadable, TooManyDifferences: nothing is written then.
 */
export async function reconcileDay(odb: OperatorDatabase, day: DayToReconcile, { clock, progress }: { readonly clock: Clock; readonly progress?: ReadProgress }): Promise<DayReport | null> {
  const startedAt = clock.now();
  const statement = await odb.transaction((tx) => newestStatement(tx, { ...day, kind: 'trade' }));
  if (statement === null) return null;
  const { table, foreign, trailer } = await readTable(odb, statement, day.environment);
  compareTotals(table, foreign, trailer);
  const matcher = createMatcher(table, day);
  await readOurs(odb, day, matcher, (windows) => progress?.({ lines: table.size, windows }));
  const outcome = matcher.finish();
  const explained = await explainDifferences(odb, { day, statement, table, outcome, foreign });
  assert(residual(outcome) === 0n, 'the differences explain the difference between both sums');
  return await odb.transaction((tx) => writeRun(tx, { runId: newUuid(), statement, startedAt, finishedAt: clock.now(), outcome, explained, foreign }));
}

async function readTable(odb: OperatorDatabase, statement: StoredStatement, environment: Environment): Promise<{ table: StatementTable; foreign: ForeignLine[]; trailer: StatementTrailer }> {
  const table = createStatementTable(Math.ceil(Number(statement.bytes) / LINE_BYTES_TYPICAL)), key = newKey(), letter = environment.charCodeAt(0);
  const foreign: ForeignLine[] = [];
  const trailer = await readTrades(statement.format as TradeFormat, readStatement(odb, statement.statementId), (line) => {
    const { bytes, numberFrom, numberTo, kind } = line;
    const isOurs = bytes[numberFrom] === letter && readKey(bytes, numberFrom, numberTo, key) && ((key[5]! & 0xff) === 0) === (kind === 'refund');
    const amountMinor = BigInt(line.amountMinor), feeMinor = BigInt(line.feeMinor);
    if (isOurs) { table.add(key, kind, amountMinor, feeMinor, line.state, line.lineNo); return; }
    if (foreign.length === FOREIGN_LINES_MAX) throw new StatementUnreadable('statement_line_malformed', `more than ${FOREIGN_LINES_MAX} numbers that are none of ours`);
    foreign.push({ lineNo: line.lineNo, kind, amountMinor, feeMinor });
  });
  return { table, foreign, trailer };
}

/** The totals that the statement ends with must be those of its lines, or lines are missing. */
function compareTotals(table: StatementTable, foreign: readonly ForeignLine[], trailer: StatementTrailer): void {
  const sums = sumsOf(table);
  const of = (kind: LineKind): bigint => foreign.reduce((sum, line) => (line.kind === kind ? sum + line.amountMinor : sum), 0n);
  const read = {
    lines: table.size + foreign.length, paymentsMinor: sums.paymentsMinor + of('payment'), refundsMinor: sums.refundsMinor + of('refund'),
    feesMinor: foreign.reduce((sum, line) => sum + line.feeMinor, sums.feesMinor),
  };
  for (const [name, value] of Object.entries(read) as [keyof StatementTrailer, number | bigint][]) {
    const claimed = trailer[name];
    if (claimed !== null && claimed !== value) throw new StatementUnreadable('statement_totals_differ', `${name}: the lines make ${value}, the statement says ${claimed}`);
  }
}

/** The next window is on its way while this one is matched. */
async function readOurs(odb: OperatorDatabase, { merchantAccountId, businessDate, environment }: DayToReconcile, matcher: Matcher, done: (windows: number) => void): Promise<void> {
  const { from, to } = businessDay(businessDate);
  const merchantAccountIds = await odb.transaction((tx) => accountsOnOneBill(tx, merchantAccountId));
  const load = (start: Instant) => odb.transaction(async (tx) => {
    const window = { merchantAccountIds, from: start, to: addMs(start, WINDOW_MS) };
    return { payments: await packedPayments(tx, window), refunds: await packedRefunds(tx, window) };
  });
  let next = load(from);
  for (let start = from, windows = 1; start < to; start = addMs(start, WINDOW_MS), windows++) {
    const { payments, refunds } = await next;
    if (addMs(start, WINDOW_MS) < to) { next = load(addMs(start, WINDOW_MS)); next.catch(() => undefined); }
    if (payments !== null) matcher.ours(ownLines(payments, environment), 'payment');
    if (refunds !== null) matcher.ours(ownLines(refunds, environment), 'refund');
    done(windows);
  }
}

/** Theirs less ours, less what each difference says of it, payments and refunds apart: nothing may be left. */
function residual({ ours, theirs, differences }: MatchOutcome): bigint {
  let left = theirs.paymentsMinor - ours.paymentsMinor + theirs.refundsMinor - ours.refundsMinor;
  for (const difference of differences) {
    if (difference.kind === 'missing_here' || difference.kind === 'duplicate') left -= difference.theirsMinor;
    else if (difference.kind === 'missing_there') left += difference.oursMinor;
    else if (difference.kind === 'amount_differs') left -= difference.theirsMinor - difference.oursMinor;
  }
  return left;
}
