import type { Instant, OperatorId } from '../../../kernel/index.ts';
import { sqlTimestamp, type Database, type Tx } from '../../../platform/database/index.ts';
import type { Place } from './due-checks.ts';

export const RUN_STATES = ['running', 'paused', 'finished', 'cancelled'] as const;
export type RunState = (typeof RUN_STATES)[number];

/** What a run has come to. recovered: paid at the channel and booked by it. closed: a final answer without money, or paid meanwhile. unanswered: asked without an answer; its schedule goes on. */
export type RunCounts = { readonly asked: number; readonly recovered: number; readonly recoveredMinor: bigint; readonly closed: number; readonly stillOpen: number; readonly unanswered: number };
export type RecoveryRun = RunCounts & {
  readonly runId: string; readonly requestedBy: string; readonly reason: string | null; readonly from: Instant; readonly to: Instant; readonly merchantAccountId: string | null;
  readonly state: RunState; readonly candidates: number; readonly requestedAt: Instant; readonly movedAt: Instant; readonly finishedAt: Instant | null; readonly lastError: string | null; readonly place: Place | null;
};

type RunRow = Omit<RecoveryRun, 'place'> & { placeAt: Instant | null; placeOrder: string | null; placeAttempt: number | null };
const COLUMNS = `run_id as "runId", requested_by as "requestedBy", reason, span_from as "from", span_to as "to", merchant_account_id as "merchantAccountId", state, candidates, asked, recovered,
  recovered_minor as "recoveredMinor", closed, still_open as "stillOpen", unanswered, requested_at as "requestedAt", moved_at as "movedAt", finished_at as "finishedAt", last_error as "lastError",
  cursor_created_at as "placeAt", cursor_order_id as "placeOrder", cursor_attempt as "placeAttempt"`;
const runOf = ({ placeAt, placeOrder, placeAttempt, ...run }: RunRow): RecoveryRun =>
  ({ ...run, place: placeAt === null ? null : { createdAt: placeAt, orderId: placeOrder!, attempt: placeAttempt! } });

export async function insertRun(tx: Tx, operatorId: OperatorId, run: Pick<RecoveryRun, 'runId' | 'requestedBy' | 'reason' | 'from' | 'to' | 'merchantAccountId' | 'candidates' | 'requestedAt'>): Promise<void> {
  await tx.execute(
    `insert into payments.recovery_run (operator_id, run_id, requested_by, reason, span_from, span_to, merchant_account_id, state, candidates, requested_at, moved_at)
     values ($1, $2, $3, $4, $5, $6, $7, 'running', $8, $9, $9) on conflict (operator_id, run_id) do nothing`,
    [operatorId, run.runId, run.requestedBy, run.reason, sqlTimestamp(run.from), sqlTimestamp(run.to), run.merchantAccountId, run.candidates, sqlTimestamp(run.requestedAt)]);
}

export async function loadRun(tx: Tx, operatorId: OperatorId, runId: string, { lock = false } = {}): Promise<RecoveryRun | null> {
  const [row] = await tx.query<RunRow>(`select ${COLUMNS} from payments.recovery_run where operator_id = $1 and run_id = $2${lock ? ' for update' : ''}`, [operatorId, runId]);
  return row ? runOf(row) : null;
}

/** Newest first, after a place of the list. */
export const listRuns = async (tx: Tx, operatorId: OperatorId, { after, countMax }: { readonly after: { readonly requestedAt: Instant; readonly runId: string } | null; readonly countMax: number }): Promise<RecoveryRun[]> =>
  (await tx.query<RunRow>(
    `select ${COLUMNS} from payments.recovery_run where operator_id = $1 and ($2::timestamptz is null or (requested_at, run_id) < ($2, $3::uuid)) order by requested_at desc, run_id desc limit $4`,
    [operatorId, after === null ? null : sqlTimestamp(after.requestedAt), after?.runId ?? null, countMax])).map(runOf);

export type RunToWork = { readonly operatorId: OperatorId; readonly runId: string };
export const runsToWork = (database: Database, at: Instant, countMax: number): Promise<RunToWork[]> =>
  database.untenanted.query<RunToWork>({ name: 'payments_runs_to_work', text: 'select operator_id as "operatorId", run_id as "runId" from payments.recovery_runs_to_work($1, $2)' }, [sqlTimestamp(at), countMax]);

/** Takes a running run until `until`. Null when it does not run, or another process has it. */
export async function takeRun(tx: Tx, { operatorId, runId }: RunToWork, { at, until }: { readonly at: Instant; readonly until: Instant }): Promise<RecoveryRun | null> {
  const [row] = await tx.query<RunRow>({
    name: 'payments_take_run',
    text: `update payments.recovery_run set lease_until = $4 where operator_id = $1 and run_id = $2 and state = 'running' and (lease_until is null or lease_until <= $3) returning ${COLUMNS}`,
  }, [operatorId, runId, sqlTimestamp(at), sqlTimestamp(until)]);
  return row ? runOf(row) : null;
}

/** Moves a run on by what a page came to; whoever works it keeps it until `leaseUntil`, null gives it free. */
export async function moveRun(tx: Tx, { operatorId, runId }: RunToWork, moved: { readonly counts: RunCounts; readonly place: Place | null; readonly finished: boolean; readonly at: Instant; readonly leaseUntil: Instant | null }): Promise<void> {
  const { counts, place } = moved;
  await tx.execute({
    name: 'payments_move_run',
    text: `update payments.recovery_run set asked = asked + $3, recovered = recovered + $4, recovered_minor = recovered_minor + $5, closed = closed + $6, still_open = still_open + $7, unanswered = unanswered + $8,
        cursor_created_at = coalesce($9, cursor_created_at), cursor_order_id = coalesce($10, cursor_order_id), cursor_attempt = coalesce($11, cursor_attempt),
        moved_at = $12, lease_until = $14, last_error = null,
        state = case when $13 and state in ('running', 'paused') then 'finished' else state end, finished_at = case when $13 and state in ('running', 'paused') then $12 else finished_at end
      where operator_id = $1 and run_id = $2`,
  }, [
    operatorId, runId, counts.asked, counts.recovered, String(counts.recoveredMinor), counts.closed, counts.stillOpen, counts.unanswered,
    place === null ? null : sqlTimestamp(place.createdAt), place?.orderId ?? null, place?.attempt ?? null, sqlTimestamp(moved.at), moved.finished,
    moved.leaseUntil === null ? null : sqlTimestamp(moved.leaseUntil),
  ]);
}

/** The channel could not be asked: the run stays where it is and goes on later. */
export async function holdRun(tx: Tx, { operatorId, runId }: RunToWork, { until, error }: { readonly until: Instant; readonly error: string }): Promise<void> {
  await tx.execute('update payments.recovery_run set lease_until = $3, last_error = $4 where operator_id = $1 and run_id = $2', [operatorId, runId, sqlTimestamp(until), error.slice(0, 500)]);
}

export async function setRunState(tx: Tx, operatorId: OperatorId, runId: string, { state, at }: { readonly state: RunState; readonly at: Instant }): Promise<void> {
  await tx.execute(`update payments.recovery_run set state = $3, moved_at = $4, lease_until = null, finished_at = case when $3 = 'cancelled' then $4::timestamptz end where operator_id = $1 and run_id = $2`,
    [operatorId, runId, state, sqlTimestamp(at)]);
}

export async function runningRuns(tx: Tx, operatorId: OperatorId): Promise<number> {
  const [row] = await tx.query<{ count: number }>(`select count(*)::int as count from payments.recovery_run where operator_id = $1 and state = 'running'`, [operatorId]);
  return row!.count;
}
