import type pg from 'pg';
import { Logger as WorkerLogger, parseCronItems, run, runMigrations, type TaskList } from 'graphile-worker';
import pgDriver from 'pg';
import type { Logger } from '../logging/logger.ts';
import type { Job, JobContext } from './job.ts';
import { installJobs, recordFailure, recordStart, recordSuccess } from './job-state.ts';

export type RunningJobs = { close(): Promise<void> };

/** The job queue's package keeps its own schema and migrations; what it makes belongs to the owner role, and the serving role may use it. */
export async function migrateJobQueue(admin: pg.ClientBase, ownerUrl: string): Promise<void> {
  await runMigrations({ connectionString: ownerUrl, logger: new WorkerLogger(() => () => undefined) });
  await admin.query(`do $$ declare t record; begin
    grant usage on schema graphile_worker to kirchhoff_app;
    grant select, insert, update, delete on all tables in schema graphile_worker to kirchhoff_app;
    grant execute on all functions in schema graphile_worker to kirchhoff_app;
    for t in select c.oid::regclass as name from pg_class c where c.relnamespace = 'graphile_worker'::regnamespace and c.relkind = 'r' and c.relrowsecurity
        and not exists (select 1 from pg_policy p where p.polrelid = c.oid and p.polname = 'serving') loop
      -- The package switches row-level security on without a policy, so that nobody but the owner sees its jobs.
      execute format('create policy serving on %s to kirchhoff_app using (true)', t.name);
    end loop;
  end $$`);
}

/**
 * Works the queue and the timetable of `jobs` in this process. Several workers share the work: a job never runs twice at once, and a minute's
 * run is queued once. A run that fails is not repeated at once; the next one of the timetable does the same work.
 */
export async function startJobs(options: JobContext & { readonly jobs: readonly Job[]; readonly concurrency: number; readonly appUrl: string }): Promise<RunningJobs> {
  const { database, clock, jobs, logger } = options;
  await installJobs(database.untenanted, jobs, clock.now());
  const pool = new pgDriver.Pool({ connectionString: options.appUrl, max: options.concurrency + 2, application_name: 'kirchhoff jobs' });
  const onError = (error: Error): void => logger.warn({ error: error.message }, 'a connection of the job queue broke');
  pool.on('error', onError);
  pool.on('connect', (client) => void client.on('error', onError));
  const taskList: TaskList = Object.fromEntries(jobs.map((job) => [job.name, async () => void await runJob(job, options)]));
  const runner = await run({
    pgPool: pool, taskList, concurrency: options.concurrency, noHandleSignals: true, logger: adaptLogger(logger), pollInterval: 2_000,
    parsedCronItems: parseCronItems(jobs.map((job) => ({
      task: job.name, match: job.cron, options: { backfillPeriod: 0, maxAttempts: 1, queueName: job.name, jobKey: job.name, jobKeyMode: 'replace' as const },
    }))),
  });
  // The first run does not wait for the timetable: after a long stop the work is waiting.
  for (const job of jobs) await runner.addJob(job.name, {}, { jobKey: job.name, queueName: job.name, maxAttempts: 1 });
  runner.promise.catch((error: unknown) => logger.error({ error }, 'the job queue ended'));
  return {
    close: async () => {
      await runner.stop().catch(() => undefined);
      await pool.end();
    },
  };
}

/** One run, with its history kept and its failure told; never throws. */
export async function runJob(job: Job, context: JobContext): Promise<boolean> {
  const { database, clock, logger } = context;
  const startedAt = performance.now();
  await recordStart(database.untenanted, job.name, clock.now());
  try {
    const summary = await job.run(context);
    await recordSuccess(database.untenanted, job.name, { now: clock.now(), summary });
    logger.debug({ job: job.name, ms: Math.round(performance.now() - startedAt), ...summary }, 'job done');
    return true;
  } catch (error) {
    logger.error({ job: job.name, error }, 'job failed');
    await recordFailure(database.untenanted, job.name, { now: clock.now(), error: error instanceof Error ? error.message : String(error) });
    return false;
  }
}

const adaptLogger = (logger: Logger): WorkerLogger => new WorkerLogger(() => (level, message, meta) => {
  if (level === 'error') logger.error({ meta }, message);
  else if (level === 'warning') logger.warn({ meta }, message);
  else logger.debug({ meta }, message);
});
