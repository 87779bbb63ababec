import { addMs, assert, instant, MS_PER_MINUTE, ok, refuse, type Clock, type Instant, type Result } from '../../../kernel/index.ts';
import { newUuid } from '../../../platform/clock/index.ts';
import type { OperatorDatabase, Tx } from '../../../platform/database/index.ts';
import { announce } from '../../../platform/live-updates/index.ts';
import { forEachOperator, type Job } from '../../../platform/jobs/index.ts';
import { DEFAULT_RULES, parseRules, storedRules, type AnomalyRules, type RulesRejection } from '../domain/anomaly-rules.ts';
import type { BacktestResult, BillChange } from '../domain/backtest.ts';
import { runBacktest, type BacktestRange } from '../queries/backtest.ts';
import { advanceBacktest, claimBacktest, countDueBacktests, finishBacktest, insertBacktest, insertBacktestBills, loadBacktest, type StoredBacktest } from '../store/backtests.ts';
import { listRuleSets, loadRules } from '../store/rules.ts';

/** Back-tests of an operator that may wait or run at once. */
export const BACKTESTS_DUE_MAX = 5;
/** Bills that one back-test names, the earliest; the counts are of all. */
export const BACKTEST_BILLS_MAX = 20_000;
const LEASE_MS = 5 * MS_PER_MINUTE;

export type BacktestRequest = BacktestRange & {
  /** Thresholds that differ from those in force. */
  readonly thresholds: unknown;
  readonly requestedBy: string;
};
export type BacktestRejection = RulesRejection | { readonly code: 'too_many_backtests' } | { readonly code: 'backtest_range_reversed' };

/** Asks for a back-test of other thresholds against those in force. Worked by `workBacktest`; the job does it within a minute. */
export async function requestBacktest(tx: Tx, { thresholds, from, to, requestedBy }: BacktestRequest, { clock }: { clock: Clock }): Promise<Result<StoredBacktest, BacktestRejection>> {
  if (from !== null && to !== null && from >= to) return refuse({ code: 'backtest_range_reversed' });
  const current = await loadRules(tx);
  const rules = parseRules(thresholds, current.rules);
  if (!rules.ok) return rules;
  if ((await countDueBacktests(tx)) >= BACKTESTS_DUE_MAX) return refuse({ code: 'too_many_backtests' });
  const backtestId = newUuid();
  await insertBacktest(tx, { backtestId, fromVersion: current.version, thresholds: storedRules(rules.value), from, to, requestedBy, requestedAt: clock.now() });
  const stored = await loadBacktest(tx, backtestId);
  assert(stored, 'what was just stored is there');
  return ok(stored);
}

/**
 * Works one back-test to its end, with its progress stored after each page. One that was interrupted is worked again from its beginning, since
 * nothing came of it.
 * @returns it as it is now; null where there is none to be worked.
 */
export async function workBacktest(odb: OperatorDatabase, { clock, signal, backtestId }: { clock: Clock; signal?: AbortSignal; backtestId?: string }): Promise<StoredBacktest | null> {
  const until = (): Instant => addMs(clock.now(), LEASE_MS);
  const claimed = await odb.transaction((tx) => claimBacktest(tx, { at: clock.now(), until: until(), ...(backtestId === undefined ? {} : { backtestId }) }));
  if (claimed === null) return null;
  const id = claimed.backtestId;
  const oldRules = await odb.transaction((tx) => rulesOf(tx, claimed.fromVersion));
  const newRules = parseRules(claimed.thresholds, oldRules);
  assert(newRules.ok, 'stored thresholds are within their limits');
  const counts: Record<BillChange, number> = { newly_flagged: 0, no_longer_flagged: 0, differs: 0 };
  const taken = new AbortController();
  let named = 0;
  try {
    const result = await runBacktest(odb, {
      oldRules, newRules: newRules.value, from: claimed.from === null ? null : instant(claimed.from), to: claimed.to === null ? null : instant(claimed.to), signal: AbortSignal.any([taken.signal, ...(signal ? [signal] : [])]),
      onProgress: ({ done, of, changed }) => {
        for (const { change } of changed) counts[change]++;
        const listed = changed.slice(0, BACKTEST_BILLS_MAX - named);
        named += listed.length;
        return odb.transaction(async (tx) => {
          if (!(await advanceBacktest(tx, id, { attempt: claimed.attempt, done, of, until: until(), counts }))) return taken.abort();
          await insertBacktestBills(tx, claimed, listed);
          announce(tx, 'charging.backtests');
        });
      },
    });
    if (result !== null) await finish(odb, claimed, { result: resultToStored(result) }, clock.now());
  } catch (error) {
    await finish(odb, claimed, { failure: (error instanceof Error ? error.message : String(error)).slice(0, 500) }, clock.now());
    throw error;
  }
  return odb.transaction((tx) => loadBacktest(tx, id));
}

async function finish(odb: OperatorDatabase, claimed: StoredBacktest, outcome: Parameters<typeof finishBacktest>[2], at: Instant): Promise<void> {
  await odb.transaction(async (tx) => {
    await finishBacktest(tx, claimed, outcome, at);
    announce(tx, 'charging.backtests');
  });
}

async function rulesOf(tx: Tx, version: number): Promise<AnomalyRules> {
  return version === 0 ? DEFAULT_RULES : (await listRuleSets(tx)).find((each) => each.version === version)?.rules ?? DEFAULT_RULES;
}

/** Amounts and energies as decimal strings, as the API sends them. */
export const resultToStored = (result: BacktestResult): unknown => JSON.parse(JSON.stringify(result, (_name, value: unknown) => (typeof value === 'bigint' ? String(value) : value)));

export const backtestRulesJob: Job = {
  name: 'backtest_rules', about: 'Works out what changed thresholds would have done to past bills, where somebody has asked.', cron: '* * * * *', everyMs: MS_PER_MINUTE,
  run: async (context) => {
    let worked = 0;
    const operators = await forEachOperator(context, async (operatorId) => {
      while ((await workBacktest(context.database.forOperator(operatorId), context)) !== null) worked++;
    });
    return { operators, worked };
  },
};
