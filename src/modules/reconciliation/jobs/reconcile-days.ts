import { addMs, MS_PER_DAY, MS_PER_HOUR, MS_PER_MINUTE, type Clock, type OperatorId } from '../../../kernel/index.ts';
import type { Database, OperatorDatabase } from '../../../platform/database/index.ts';
import { forEachOperator, type Job } from '../../../platform/jobs/index.ts';
import type { Logger } from '../../../platform/logging/logger.ts';
import { accountsOnOneBill, hasSettlementLines, type ChannelAccounts, type Channels, type OrderPurposes } from '../../payments/index.ts';
import { businessDateOf, businessDay } from '../domain/business-day.ts';
import { carriesItsBill, fetchStatement, settleDay } from '../commands/settle-day.ts';
import { claimDay, moveDay, requestDay, type DayWork } from '../store/day-work.ts';

/** Both channels have a day's statement ready by ten in the morning after it, China's time. */
const READY_AFTER_MS = 10 * MS_PER_HOUR;
/** How many days back a new installation, or one that stood still, fetches by itself. */
export const DAYS_BACK_MAX = 7;
/** A process that dies over a day is followed by another after this long. */
const LEASE_MS = 10 * MS_PER_MINUTE;
const PAUSES_MS = [5, 15, 60, 240].map((minutes) => minutes * MS_PER_MINUTE);
export const TRIES_MAX = 20;

export type ReconcileOptions = {
  readonly database: Database; readonly clock: Clock; readonly logger: Logger; readonly channels: Pick<Channels, 'accountsOf' | 'forAccount'> & ChannelAccounts; readonly purposes: OrderPurposes;
  readonly currencyOf: (odb: OperatorDatabase) => Promise<Parameters<typeof settleDay>[1]['currency']>;
};

/** Asks for every day whose statement should be there by now and that nobody has asked for. */
export async function requestReadyDays(options: Pick<ReconcileOptions, 'database' | 'clock' | 'channels'>, operatorId: OperatorId): Promise<void> {
  const now = options.clock.now();
  const accounts = await options.channels.accountsOf(operatorId);
  const ready = Array.from({ length: DAYS_BACK_MAX }, (_, back) => businessDateOf(addMs(now, -(back + 1) * MS_PER_DAY))).filter((date) => now >= addMs(businessDay(date).to, READY_AFTER_MS));
  if (accounts.length === 0) return;
  await options.database.forOperator(operatorId).transaction(async (tx) => {
    for (const { merchantAccountId } of accounts) for (const businessDate of ready) await requestDay(tx, { merchantAccountId, businessDate, by: 'system', at: now }, { onlyNew: true });
  });
}

/** Works one due day of an operator. @returns false when none is due. */
export async function workDay(options: ReconcileOptions, operatorId: OperatorId): Promise<boolean> {
  const { database, clock, logger } = options;
  const odb = database.forOperator(operatorId);
  const day = await odb.transaction((tx) => claimDay(tx, { at: clock.now(), until: addMs(clock.now(), LEASE_MS) }));
  if (day === null) return false;
  const end = async (to: Omit<Parameters<typeof moveDay>[2], 'at'>): Promise<void> => odb.transaction((tx) => moveDay(tx, day, { ...to, at: clock.now() }));
  try {
    await end(await settle(odb, day, options));
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    logger.error({ operatorId, merchantAccountId: day.merchantAccountId, businessDate: day.businessDate, error: message }, 'a day could not be reconciled; it is tried again');
    await end(again(day, message, clock));
  }
  return true;
}

async function settle(odb: OperatorDatabase, day: DayWork, options: ReconcileOptions): Promise<Omit<Parameters<typeof moveDay>[2], 'at'>> {
  const of = { merchantAccountId: day.merchantAccountId, businessDate: day.businessDate, actor: day.requestedBy, currency: await options.currencyOf(odb) };
  if (!(await carriesItsBill(odb, day.merchantAccountId))) return { state: 'done', nextTryAt: null, lines: 0n, lastError: 'on_another_bill' };
  const failures: string[] = [];
  for (const kind of ['trade', 'fund_flow'] as const) {
    const fetched = await fetchStatement(odb, of, kind, options);
    if (!fetched.ok && 'message' in fetched.error) failures.push(`${kind}: ${fetched.error.code}: ${fetched.error.message}`);
  }
  // What is here is matched: a statement that a channel refuses does not keep the other one waiting. The day comes again for what is missing.
  const report = await settleDay(odb, of, options);
  if (failures.length > 0) return again(day, failures.join('; '), options.clock);
  // A day without trade has no statement, and is done when we have nothing of it either; a statement that was uploaded counts as well.
  if (report === null) {
    const expected = await odb.transaction(async (tx) => hasSettlementLines(tx, { merchantAccountIds: await accountsOnOneBill(tx, day.merchantAccountId), ...businessDay(day.businessDate) }));
    return expected ? again(day, 'statement_missing: the channel has none, and we have payments or refunds of that day', options.clock) : { state: 'done', nextTryAt: null, lines: 0n, lastError: 'no_statement' };
  }
  return { state: 'done', nextTryAt: null, lines: BigInt(report.theirs.payments + report.theirs.refunds), lastError: null };
}

const again = (day: DayWork, lastError: string, clock: Clock): Omit<Parameters<typeof moveDay>[2], 'at'> => day.tries >= TRIES_MAX
  ? { state: 'failed', nextTryAt: null, lines: 0n, lastError }
  : { state: 'waiting', nextTryAt: addMs(clock.now(), PAUSES_MS[Math.min(day.tries, PAUSES_MS.length) - 1] ?? PAUSES_MS[0]!), lines: 0n, lastError };

/** Fetches statements once they are ready, matches them, and works what people ask for in between. */
export const reconcileDaysJob = (options: Pick<ReconcileOptions, 'channels' | 'purposes' | 'currencyOf'>): Job => ({
  name: 'reconcile_days', about: "Fetches the channels' statements, matches them with payments and refunds, and recovers what is missing here.", cron: '* * * * *', everyMs: MS_PER_MINUTE,
  run: async (context) => {
    let days = 0;
    const operators = await forEachOperator(context, async (operatorId) => {
      await requestReadyDays({ ...context, ...options }, operatorId);
      while (await workDay({ ...context, ...options }, operatorId)) days++;
    });
    return { operators, days };
  },
});
