import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import pg from 'pg';
import { addMs, instant, MS_PER_HOUR, MS_PER_MINUTE } from '../../kernel/index.ts';
import { newOperatorId, openTestDatabase, TEST_MASTER_KEY } from '../../../test/support/database.ts';
import { manualClock, systemClock } from '../clock/index.ts';
import { ensureRoles, rolePassword, roleUrls } from '../database/index.ts';
import { silentLogger } from '../logging/index.ts';
import { forEachOperator, growingTables, installJobs, measureTables, migrateJobQueue, overdueJobs, readJobStates, runJob, startJobs, type Job } from './index.ts';

const test = await openTestDatabase();
const context = { database: test.database, clock: systemClock, logger: silentLogger, operators: () => Promise.resolve([]) };
const job = (name: string, run: Job['run'] = () => Promise.resolve({ done: 1 })): Job => ({ name, about: '', cron: '* * * * *', everyMs: MS_PER_MINUTE, run });
const ownerUrl = (): string => {
  const url = new URL(test.adminUrl);
  url.username = 'kirchhoff_owner';
  url.password = rolePassword(TEST_MASTER_KEY, 'kirchhoff_owner');
  return url.href;
};

async function prepareQueue(): Promise<void> {
  const client = new pg.Client({ connectionString: test.adminUrl });
  await client.connect();
  await ensureRoles(client, TEST_MASTER_KEY);
  await migrateJobQueue(client, ownerUrl());
  await migrateJobQueue(client, ownerUrl());
  await client.end();
}

describe('jobs', () => {
  it('run at start under the serving role, and leave a history', async () => {
    await prepareQueue();
    const { promise: ran, resolve } = Promise.withResolvers<void>();
    const jobs = await startJobs({ ...context, jobs: [job('probe', () => { resolve(); return Promise.resolve({ swept: 3 }); })], concurrency: 1, appUrl: roleUrls(test.adminUrl, TEST_MASTER_KEY).app });
    await ran;
    await jobs.close();
    const state = (await readJobStates(test.database.untenanted)).find((row) => row.job === 'probe');
    assert.equal(state?.runs, 1);
    assert.ok(state.lastSucceededAt !== null);
  });

  it('keep a failure, go on, and forget it at the next success', async () => {
    let fail = true;
    const shaky = job('shaky', () => (fail ? Promise.reject(new Error('the disk is full')) : Promise.resolve({})));
    await installJobs(test.database.untenanted, [shaky], systemClock.now());
    const state = async () => (await readJobStates(test.database.untenanted)).find((row) => row.job === 'shaky')!;
    assert.equal(await runJob(shaky, context), false);
    assert.equal(await runJob(shaky, context), false);
    assert.deepEqual([(await state()).failuresInARow, (await state()).lastError], [2, 'the disk is full']);
    fail = false;
    assert.equal(await runJob(shaky, context), true);
    assert.deepEqual([(await state()).failuresInARow, (await state()).lastError], [0, null]);
  });

  it('P-16 a job that was never installed, or has not succeeded for three periods, is overdue', async () => {
    const clock = manualClock(instant(Date.UTC(2026, 0, 1)));
    const hourly = { ...job('clean_up'), everyMs: MS_PER_HOUR };
    assert.deepEqual(overdueJobs([], [hourly], clock.now()).map((missed) => missed.job), ['clean_up']);
    await installJobs(test.database.untenanted, [hourly], clock.now());
    const overdue = async () => overdueJobs(await readJobStates(test.database.untenanted), [hourly], clock.now()).map((missed) => missed.job);
    assert.deepEqual(await overdue(), []);
    clock.advance(3 * MS_PER_HOUR + 1);
    assert.deepEqual(await overdue(), ['clean_up']);
    await runJob(hourly, { ...context, clock });
    assert.deepEqual(await overdue(), []);
    clock.advance(2 * MS_PER_HOUR);
    assert.deepEqual(await overdue(), []);
  });

  it('P-16 a table that gained a lot within a day is named', async () => {
    const now = systemClock.now();
    const size = (hoursAgo: number, bytes: bigint) => test.database.untenanted.execute(
      `insert into platform.job_table_size values ('charging.huge', $1, $2, 0)`, [new Date(addMs(now, -hoursAgo * MS_PER_HOUR)).toISOString(), bytes]);
    await size(20, 1_000_000_000n);
    await size(1, 1_600_000_000n);
    await measureTables.run(context);
    assert.deepEqual((await growingTables(test.database.untenanted, now)).map((table) => [table.table, table.bytes]), [['charging.huge', 1_600_000_000n]]);
  });

  it("go on with the other operators when one operator's work fails", async () => {
    const [a, b, c] = [newOperatorId(), newOperatorId(), newOperatorId()];
    const seen: string[] = [];
    await assert.rejects(forEachOperator({ ...context, operators: () => Promise.resolve([a, b, c]) }, (operatorId) => {
      seen.push(operatorId);
      return operatorId === b ? Promise.reject(new Error('no')) : Promise.resolve();
    }), /failed for 1 of 3/);
    assert.deepEqual(seen, [a, b, c]);
  });
});
