import { addMs, type Instant } from '../../kernel/index.ts';
import { sqlTimestamp, type Queryable } from '../database/index.ts';
import type { Job, JobSummary } from './job.ts';

/** A job is overdue after this many of its periods, and never before `OVERDUE_MS_MIN`: a restart in between is not an alarm. */
export const OVERDUE_PERIODS = 3;
export const OVERDUE_MS_MIN = 5 * 60_000;
const ERROR_LENGTH_MAX = 2_000;

export type JobState = {
  readonly job: string; readonly everyMs: number; readonly installedAt: Instant; readonly lastStartedAt: Instant | null;
  readonly lastSucceededAt: Instant | null; readonly lastError: string | null; readonly failuresInARow: number; readonly runs: number;
};
export type OverdueJob = { readonly job: string; readonly since: Instant; readonly lastError: string | null };

/** Writes down which jobs there ought to be, so that their absence can be seen. */
export async function installJobs(database: Queryable, jobs: readonly Job[], now: Instant): Promise<void> {
  await database.execute(
    `insert into platform.job_state (job, every_ms, installed_at)
     select job, every_ms, $3 from unnest($1::text[], $2::bigint[]) as shipped (job, every_ms)
     on conflict (job) do update set every_ms = excluded.every_ms where job_state.every_ms <> excluded.every_ms`,
    [jobs.map((job) => job.name), jobs.map((job) => job.everyMs), sqlTimestamp(now)]);
}

export const recordStart = (database: Queryable, job: string, now: Instant): Promise<number> =>
  database.execute('update platform.job_state set last_started_at = $2, runs = runs + 1 where job = $1', [job, sqlTimestamp(now)]);

export const recordSuccess = (database: Queryable, job: string, at: { readonly now: Instant; readonly summary: JobSummary }): Promise<number> =>
  database.execute('update platform.job_state set last_succeeded_at = $2, last_summary = $3, last_error = null, failures_in_a_row = 0 where job = $1',
    [job, sqlTimestamp(at.now), JSON.stringify(at.summary)]);

export const recordFailure = (database: Queryable, job: string, at: { readonly now: Instant; readonly error: string }): Promise<number> =>
  database.execute('update platform.job_state set last_failed_at = $2, last_error = $3, failures_in_a_row = failures_in_a_row + 1 where job = $1',
    [job, sqlTimestamp(at.now), at.error.slice(0, ERROR_LENGTH_MAX)]);

export async function readJobStates(database: Queryable): Promise<JobState[]> {
  const rows = await database.query<{
    job: string; every_ms: bigint; installed_at: Instant; last_started_at: Instant | null; last_succeeded_at: Instant | null; last_error: string | null;
    failures_in_a_row: number; runs: bigint;
  }>('select job, every_ms, installed_at, last_started_at, last_succeeded_at, last_error, failures_in_a_row, runs from platform.job_state order by job');
  return rows.map((row) => ({
    job: row.job, everyMs: Number(row.every_ms), installedAt: row.installed_at, lastStartedAt: row.last_started_at, lastSucceededAt: row.last_succeeded_at,
    lastError: row.last_error, failuresInARow: row.failures_in_a_row, runs: Number(row.runs),
  }));
}

/**
 * The jobs of this release that have not succeeded for too long, including those that were never installed (P-16: the daily clean-up of the
 * old site was never installed on the new one). Pure: what there is, what there ought to be, and the time.
 */
export function overdueJobs(states: readonly JobState[], jobs: readonly Pick<Job, 'name' | 'everyMs'>[], now: Instant): OverdueJob[] {
  return jobs.flatMap((job) => {
    const state = states.find((candidate) => candidate.job === job.name);
    if (!state) return [{ job: job.name, since: now, lastError: 'the job was never installed: no worker has run with this release' }];
    const since = state.lastSucceededAt ?? state.installedAt;
    const allowedMs = Math.max(OVERDUE_MS_MIN, job.everyMs * OVERDUE_PERIODS);
    return now > addMs(since, allowedMs) ? [{ job: job.name, since, lastError: state.lastError }] : [];
  });
}
