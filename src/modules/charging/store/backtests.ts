import type { Instant } from '../../../kernel/index.ts';
import { sqlTimestamp, type Tx } from '../../../platform/database/index.ts';
import type { StoredRules } from '../domain/anomaly-rules.ts';
import { onlyOperator } from './sessions.ts';

export const BACKTEST_STATES = ['waiting', 'running', 'done', 'failed'] as const;
/** A back-test that somebody has asked for. `result` is as it is sent: energy and money as decimal strings. */
export type StoredBacktest = {
  readonly backtestId: string; readonly fromVersion: number; readonly thresholds: StoredRules; readonly from: Instant | null; readonly to: Instant | null; readonly state: (typeof BACKTEST_STATES)[number];
  readonly billsDone: number; readonly billsOf: number; readonly result: unknown; readonly failure: string | null; readonly requestedBy: string; readonly requestedAt: Instant; readonly finishedAt: Instant | null;
};
const COLUMNS = `backtest_id as "backtestId", from_version as "fromVersion", thresholds, from_at as "from", to_at as "to", state, bills_done as "billsDone", bills_of as "billsOf", result, failure,
  requested_by as "requestedBy", requested_at as "requestedAt", finished_at as "finishedAt"`;
const time = (at: Instant | null): string | null => (at === null ? null : sqlTimestamp(at));

export async function insertBacktest(tx: Tx, of: Pick<StoredBacktest, 'backtestId' | 'fromVersion' | 'thresholds' | 'from' | 'to' | 'requestedBy' | 'requestedAt'>): Promise<void> {
  await tx.execute(
    `insert into charging.backtest (operator_id, backtest_id, from_version, thresholds, from_at, to_at, state, requested_by, requested_at) values ($1, $2, $3, $4, $5, $6, 'waiting', $7, $8)`,
    [onlyOperator(tx), of.backtestId, of.fromVersion, JSON.stringify(of.thresholds), time(of.from), time(of.to), of.requestedBy, sqlTimestamp(of.requestedAt)]);
}

export async function loadBacktest(tx: Tx, backtestId: string): Promise<StoredBacktest | null> {
  const [row] = await tx.query<StoredBacktest>(`select ${COLUMNS} from charging.backtest where operator_id = $1 and backtest_id = $2`, [onlyOperator(tx), backtestId]);
  return row ?? null;
}

/** How many wait or run. */
export async function countDueBacktests(tx: Tx): Promise<number> {
  const [row] = await tx.query<{ count: bigint }>(`select count(*) as count from charging.backtest where operator_id = $1 and state in ('waiting', 'running')`, [onlyOperator(tx)]);
  return Number(row!.count);
}

/** Takes the oldest that nobody works on; what was begun and left is begun anew. @returns null when there is none. */
export async function claimBacktest(tx: Tx, { at, until, backtestId }: { readonly at: Instant; readonly until: Instant; readonly backtestId?: string }): Promise<StoredBacktest | null> {
  const [row] = await tx.query<StoredBacktest>(
    `update charging.backtest set state = 'running', bills_done = 0, lease_until = $3 where operator_id = $1 and backtest_id = (
       select backtest_id from charging.backtest where operator_id = $1 and state in ('waiting', 'running') and (lease_until is null or lease_until <= $2) and ($4::uuid is null or backtest_id = $4)
       order by requested_at limit 1 for update skip locked)
     returning ${COLUMNS}`, [onlyOperator(tx), sqlTimestamp(at), sqlTimestamp(until), backtestId ?? null]);
  return row ?? null;
}

export async function advanceBacktest(tx: Tx, backtestId: string, { done, of, until }: { readonly done: number; readonly of: number; readonly until: Instant }): Promise<void> {
  await tx.execute(`update charging.backtest set bills_done = $3, bills_of = $4, lease_until = $5 where operator_id = $1 and backtest_id = $2 and state = 'running'`,
    [onlyOperator(tx), backtestId, done, of, sqlTimestamp(until)]);
}

export async function finishBacktest(tx: Tx, backtestId: string, outcome: { readonly result: unknown } | { readonly failure: string }, at: Instant): Promise<void> {
  const [result, failure] = 'result' in outcome ? [outcome.result, null] : [null, outcome.failure];
  await tx.execute(`update charging.backtest set state = $3, result = $4, failure = $5, finished_at = $6 where operator_id = $1 and backtest_id = $2 and state = 'running'`,
    [onlyOperator(tx), backtestId, failure === null ? 'done' : 'failed', result === null ? null : JSON.stringify(result), failure, sqlTimestamp(at)]);
}
