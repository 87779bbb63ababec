import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { openTestDatabase, TEST_MASTER_KEY } from '../../test/support/database.ts';
import { auditWorld } from '../modules/charging/world.fixture.ts';
import { BULK_PAGE, loadRun, previewBulk, startBulk } from '../modules/repair/index.ts';
import { newUuid } from '../platform/clock/index.ts';
import { roleUrls } from '../platform/database/index.ts';
import { ANY, deliver, lostBill, openLive, repairFailures } from './repair.fixture.ts';
import type { KilledBulk } from './repair-killed.fixture.ts';

const test = await openTestDatabase();
const CASES = 2 * BULK_PAGE + 5;

it('C-05 a bulk repair whose process is killed in the middle of a page goes on with that page, and repairs every bill once', async () => {
  const all = await openLive(test, { yuan: 5_000 });
  const { world } = all;
  for (let hour = 0; hour < CASES; hour++) await lostBill(all, hour);
  await deliver(test, world);
  const runId = newUuid();
  await world.odb.transaction((tx) => previewBulk(tx, { runId, filter: ANY, reason: 'register 0', currency: 'CNY', by: newUuid() }, world));
  assert.ok((await world.odb.transaction((tx) => startBulk(tx, { runId, by: newUuid() }, world))).ok);
  const run = () => world.odb.transaction((tx) => loadRun(tx, runId));
  const work = async (afterApplied: number): Promise<string> => {
    const of: KilledBulk = { urls: roleUrls(test.adminUrl, TEST_MASTER_KEY), operatorId: world.operatorId, at: world.clock.now(), afterApplied };
    const child = spawn(process.execPath, [fileURLToPath(new URL('./repair-killed.fixture.ts', import.meta.url)), JSON.stringify(of)], { stdio: ['ignore', 'ignore', 'inherit'] });
    const [code, signal] = await once(child, 'exit') as [number | null, string | null];
    return signal ?? String(code);
  };
  assert.equal(await work(BULK_PAGE + 7), 'SIGKILL');
  assert.deepEqual([(await run())?.state, (await run())?.applied], ['running', BULK_PAGE], 'the page that was whole stays, the one that was not is as if it had never begun');
  assert.equal(await work(3), 'SIGKILL');
  assert.equal((await run())?.applied, BULK_PAGE);
  assert.equal(await work(Number.MAX_SAFE_INTEGER), '0');
  assert.deepEqual([(await run())?.state, (await run())?.applied], ['done', CASES]);
  assert.equal(await all.wallet(), 500_000n - (await run())!.totalMinor);
  const [{ count } = { count: 0 }] = await world.odb.transaction((tx) => tx.query<{ count: number }>('select count(*)::int as count from charging.correction where operator_id = $1', [world.operatorId]));
  assert.equal(count, CASES);
  await deliver(test, world);
  assert.deepEqual([...await auditWorld(world), ...await repairFailures(world)], []);
});
