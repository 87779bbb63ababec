import type { Instant, SessionId, StationId } from '../../../kernel/index.ts';
import { sqlTimestamp, type Tx } from '../../../platform/database/index.ts';
import type { StoredRules } from '../domain/anomaly-rules.ts';
import type { BillChange, ChangedBill } from '../domain/backtest.ts';
import type { FlagCause } from '../domain/flag.ts';
import { onlyOperator } from './sessions.ts';

export const BACKTEST_STATES = ['waiting', 'running', 'done', 'failed'] as const;
/** A back-test that somebody has asked for. `result` is as it is sent: energy and money as decimal strings. */
export type StoredBacktest = {
  readonly backtestId: string; readonly fromVersion: number; readonly thresholds: StoredRules; readonly from: Instant | null; readonly to: Instant | null; readonly state: (typeof BACKTEST_STATES)[number];
  readonly billsDone: number; readonly billsOf: number; /** Times it was begun. */ readonly attempt: number; readonly newlyFlagged: number; readonly noLongerFlagged: number; readonly differing: number; readonly result: unknown; readonly failure: string | null; readonly requestedBy: string; readonly requestedAt: Instant; readonly finishedAt: Instant | null;
};
const COLUMNS = `backtest_id as "backtestId", from_version as "fromVersion", thresholds, from_at as "from", to_at as "to", state, bills_done as "billsDone", bills_of as "billsOf", attempt, newly_flagged as "newlyFlagged", no_longer_flagged as "noLongerFlagged", differing, result, failure,
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
    `update charging.backtest set state = 'running', bills_done = 0, attempt = attempt + 1, newly_flagged = 0, no_longer_flagged = 0, differing = 0, lease_until = $3 where operator_id = $1 and backtest_id = (
       select backtest_id from charging.backtest where operator_id = $1 and state in ('waiting', 'running') and (lease_until is null or lease_until <= $2) and ($4::uuid is null or backtest_id = $4)
       order by requested_at limit 1 for update skip locked)
     returning ${COLUMNS}`, [onlyOperator(tx), sqlTimestamp(at), sqlTimestamp(until), backtestId ?? null]);
  return row ?? null;
}

/** `attempt` tells who works: one whose lease ran out, and which somebody else has begun anew, advances and finishes nothing. */
export type BacktestStep = { readonly attempt: number; readonly done: number; readonly of: number; readonly until: Instant; readonly counts: Readonly<Record<BillChange, number>> };
/** @returns false when somebody else has begun it anew. */
export async function advanceBacktest(tx: Tx, backtestId: string, { attempt, done, of, until, counts }: BacktestStep): Promise<boolean> {
  return await tx.execute(
    `update charging.backtest set bills_done = $3, bills_of = $4, lease_until = $5, newly_flagged = $6, no_longer_flagged = $7, differing = $8 where operator_id = $1 and backtest_id = $2 and state = 'running' and attempt = $9`,
    [onlyOperator(tx), backtestId, done, of, sqlTimestamp(until), counts.newly_flagged, counts.no_longer_flagged, counts.differs, attempt]) === 1;
}

/** As it is stored and sent: energy and money as decimal strings. */
export type StoredSide = { readonly state: 'settled' | 'held'; readonly causes: FlagCause[]; readonly energyWh: string; readonly totalMinor: string };
export type BacktestBillRow = { readonly sessionId: SessionId; readonly startedAt: Instant; readonly stationId: StationId; readonly change: BillChange; readonly before: StoredSide; readonly after: StoredSide };
const storedSide = ({ energyWh, totalMinor, ...side }: ChangedBill['before']): StoredSide => ({ state: side.state, causes: [...side.causes], energyWh: String(energyWh), totalMinor: String(totalMinor) });

export async function insertBacktestBills(tx: Tx, { backtestId, attempt }: Pick<StoredBacktest, 'backtestId' | 'attempt'>, bills: readonly ChangedBill[]): Promise<void> {
  if (bills.length === 0) return;
  await tx.execute(
    `insert into charging.backtest_bill (operator_id, backtest_id, attempt, session_id, started_at, change, before, after)
     select $1, $2, $3, * from unnest($4::uuid[], $5::timestamptz[], $6::text[], $7::jsonb[], $8::jsonb[])`,
    [onlyOperator(tx), backtestId, attempt, bills.map(({ sessionId }) => sessionId), bills.map(({ startedAt }) => sqlTimestamp(startedAt)), bills.map(({ change }) => change),
      bills.map(({ before }) => JSON.stringify(storedSide(before))), bills.map(({ after }) => JSON.stringify(storedSide(after)))]);
}

export type BacktestBillFilter = { readonly change: BillChange | null; /** One that the bill gains or loses. */ readonly cause: FlagCause | null; readonly after: { readonly startedAt: Instant; readonly sessionId: SessionId } | null; readonly limit: number };
/** Bills that would come out differently, in the order in which their sessions began. */
export const listBacktestBills = (tx: Tx, { backtestId, attempt }: Pick<StoredBacktest, 'backtestId' | 'attempt'>, { change, cause, after, limit }: BacktestBillFilter): Promise<BacktestBillRow[]> => tx.query<BacktestBillRow>(
  `select b.session_id as "sessionId", b.started_at as "startedAt", s.station_id as "stationId", b.change, b.before, b.after
   from charging.backtest_bill b join charging.session s on s.operator_id = b.operator_id and s.session_id = b.session_id
   where b.operator_id = $1 and b.backtest_id = $2 and b.attempt = $3 and ($4::text is null or b.change = $4)
     and ($5::text is null or (b.before->'causes' ? $5) <> (b.after->'causes' ? $5))
     and ($6::timestamptz is null or (b.started_at, b.session_id) > ($6, $7::uuid))
   order by b.started_at, b.session_id limit $8`,
  [onlyOperator(tx), backtestId, attempt, change, cause, time(after?.startedAt ?? null), after?.sessionId ?? null, limit]);

/** Newest first. */
export const listBacktests = (tx: Tx, { before, limit }: { readonly before: { readonly requestedAt: Instant; readonly backtestId: string } | null; readonly limit: number }): Promise<StoredBacktest[]> => tx.query<StoredBacktest>(
  `select ${COLUMNS} from charging.backtest where operator_id = $1 and ($2::timestamptz is null or (requested_at, backtest_id) < ($2, $3::uuid)) order by requested_at desc, backtest_id desc limit $4`,
  [onlyOperator(tx), time(before?.requestedAt ?? null), before?.backtestId ?? null, limit]);

export async function finishBacktest(tx: Tx, { backtestId, attempt }: Pick<StoredBacktest, 'backtestId' | 'attempt'>, outcome: { readonly result: unknown } | { readonly failure: string }, at: Instant): Promise<void> {
  const [result, failure] = 'result' in outcome ? [outcome.result, null] : [null, outcome.failure];
  await tx.execute(`update charging.backtest set state = $3, result = $4, failure = $5, finished_at = $6 where operator_id = $1 and backtest_id = $2 and state = 'running' and attempt = $7`,
    [onlyOperator(tx), backtestId, failure === null ? 'done' : 'failed', result === null ? null : JSON.stringify(result), failure, sqlTimestamp(at), attempt]);
}
