import { ok, refuse, type Result } from '../../../kernel/index.ts';
import type { OperatorDatabase } from '../../../platform/database/index.ts';
import { announce } from '../../../platform/live-updates/index.ts';
import { accountsOnOneBill, askChannel, findSettlementPayments, parseTradeNumber, type StatementKind } from '../../payments/index.ts';
import { acceptedRefundsElsewhere, openMissingPayments, resolveBreak } from '../store/breaks.ts';
import { feeRateOn } from '../store/fee-contracts.ts';
import { bookedSoFar, bookPosting } from '../store/postings.ts';
import { businessDateOf } from '../domain/business-day.ts';
import type { DayReport } from '../store/runs.ts';
import type { Day, DayOptions } from './day-options.ts';
import { checkFundFlow } from './check-fund-flow.ts';
import { confirmRefundsElsewhere } from './confirm-refunds-elsewhere.ts';
import { importStatement } from './import-statement.ts';
import { reconcileDay } from './reconcile-day.ts';

/** Lost payments asked about together. */
const RECOVER_PAGE_MAX = 32;

export type { Day, DayOptions };
export type FetchRejection = { readonly code: 'statement_not_there' } | { readonly code: 'statement_refused'; readonly channelCode: string; readonly message: string } | { readonly code: 'statement_unknown'; readonly message: string };

/** Fetches one of a day's statements from the channel and keeps it. The same text again is kept once. */
export async function fetchStatement(
  odb: OperatorDatabase, { merchantAccountId, businessDate, actor }: Day, kind: StatementKind, { channels, clock }: DayOptions,
): Promise<Result<{ readonly isNew: boolean }, FetchRejection>> {
  const { channel } = await channels.forAccount(odb.operatorId, merchantAccountId);
  const fetched = await channel.fetchStatement({ kind, date: businessDate });
  if (fetched.kind === 'unknown') return refuse({ code: 'statement_unknown', message: fetched.message });
  if (fetched.kind === 'refused') return refuse(fetched.reason === 'no_statement' ? { code: 'statement_not_there' } : { code: 'statement_refused', channelCode: fetched.channelCode, message: fetched.message });
  const { format, content, hash } = fetched.value;
  const { isNew } = await importStatement(odb, { merchantAccountId, businessDate, format, source: 'channel', importedBy: actor, content, hash }, { clock });
  return ok({ isNew });
}

/**
 * Matches a day, asks the channel about every payment that it has and we do not (which credits it), matches again when something was recovered, books the day's fees, and follows the
 * fund flow. Doing it again changes nothing. @returns null when there is no trade statement, or the bill is that of an older account of the same merchant.
 */
export async function settleDay(odb: OperatorDatabase, day: Day, options: DayOptions): Promise<DayReport | null> {
  if (!(await carriesItsBill(odb, day.merchantAccountId))) return null;
  const { environment } = await options.channels.forAccount(odb.operatorId, day.merchantAccountId);
  const feeRatePpm = await odb.transaction((tx) => feeRateOn(tx, day));
  const match = (): Promise<DayReport | null> => reconcileDay(odb, { ...day, environment, feeRatePpm }, options);
  let report = await match();
  if (report !== null && await recoverMissing(odb, day, options) > 0) report = (await match()) ?? report;
  // After what was lost is here: a chargeback may be of it, and a refund that was made elsewhere.
  if (report !== null) await confirmRefundsElsewhere(odb, day, options);
  await checkFundFlow(odb, day, options);
  if (report === null) return null;
  await bookFees(odb, day, report, options);
  return report;
}

/** Fees and payouts of a bill are booked once, at the oldest of the accounts that share it. */
export const carriesItsBill = async (odb: OperatorDatabase, merchantAccountId: string): Promise<boolean> => (await odb.transaction((tx) => accountsOnOneBill(tx, merchantAccountId)))[0] === merchantAccountId;

/**
 * A payment missing here is a lost order: the channel is asked, and what it answers decides. @returns how many are here now: those that came in, of whatever amount, and those that somebody else brought in
 * since the day was matched.
 */
async function recoverMissing(odb: OperatorDatabase, day: Day, options: DayOptions): Promise<number> {
  let recovered = 0;
  for (let after: string | null = null; ;) {
    const page: Awaited<ReturnType<typeof openMissingPayments>> = await odb.transaction((tx) => openMissingPayments(tx, { ...day, after, countMax: RECOVER_PAGE_MAX }));
    const known = new Map((await odb.transaction((tx) => findSettlementPayments(tx, page.map(({ number }) => number)))).filter(({ paidMinor }) => paidMinor !== null).map(({ outTradeNo, paidAt }) => [outTradeNo, paidAt]));
    const lost = page.filter(({ number }) => !known.has(number));
    recovered += [...known.values()].filter((paidAt) => paidAt !== null && businessDateOf(paidAt) === day.businessDate).length;
    await Promise.all(lost.map(async ({ number }) => {
      const parsed = parseTradeNumber(number);
      if (parsed === null) return;
      await askChannel(odb, options.channels, { orderId: parsed.orderId, attempt: parsed.attempt, actor: day.actor, recoveredBy: 'job' }, options);
    }));
    recovered += await odb.transaction(async (tx) => {
      const paid = new Map((await findSettlementPayments(tx, lost.map(({ number }) => number))).map((payment) => [payment.outTradeNo, payment.paidMinor]));
      let count = 0;
      for (const { breakId, number, theirsMinor } of lost) {
        const minor = paid.get(number) ?? null;
        if (minor === null) continue;
        // What came in with another amount is another break, which the next match opens in place of this one.
        if (minor === theirsMinor) await resolveBreak(tx, breakId, { resolution: 'recovered', resolvedBy: day.actor, at: options.clock.now() });
        count++;
      }
      announce(tx, 'reconciliation.days');
      return count;
    });
    if (page.length < RECOVER_PAGE_MAX) return recovered;
    after = page.at(-1)!.breakId;
  }
}

/**
 * What the statement says was kept, less what was booked of the day before: a corrected statement books the difference. Of a refund elsewhere, the fee comes back with the refund: not before that is confirmed,
 * and where a person confirms it, with the next settling of the day.
 */
async function bookFees(odb: OperatorDatabase, { merchantAccountId, businessDate, currency }: Day, { statementId, theirs, elsewhereFees }: DayReport, { clock }: DayOptions): Promise<void> {
  await odb.transaction(async (tx) => {
    const accepted = await acceptedRefundsElsewhere(tx, { merchantAccountId, businessDate }, elsewhereFees.map(({ number }) => number));
    const elsewhereMinor = elsewhereFees.reduce((sum, { number, feeMinor }) => (accepted.has(number) ? sum + feeMinor : sum), 0n);
    const open = theirs.feesMinor + elsewhereMinor - await bookedSoFar(tx, { kind: 'fees', merchantAccountId, businessDate });
    if (open !== 0n) await bookPosting(tx, { kind: 'fees', merchantAccountId, businessDate, currency, reference: statementId, amountMinor: open, statementId }, { clock });
  });
}
