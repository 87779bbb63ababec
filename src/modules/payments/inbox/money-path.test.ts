import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { instant } from '../../../kernel/index.ts';
import { manualClock } from '../../../platform/clock/index.ts';
import { roleUrls } from '../../../platform/database/index.ts';
import { openTestDatabase, TEST_MASTER_KEY } from '../../../../test/support/database.ts';
import { openDesk } from './desk.fixture.ts';
import type { MoneyPath, MoneyPathSeen } from './money-path.fixture.ts';

const test = await openTestDatabase();
const clock = manualClock(instant(Date.UTC(2026, 10, 22, 4)));

describe('the way of a payment', () => {
  it('P-07 needs PostgreSQL only: from the order to the credited wallet no other server is connected to, and no file can be written', async () => {
    const desk = await openDesk(test, { clock });
    const urls = roleUrls(test.adminUrl, TEST_MASTER_KEY);
    const of: MoneyPath = { urls, operatorId: desk.operatorId, memberId: desk.memberId, merchantAccountId: desk.account.merchantAccountId, notifyKey: desk.account.notifyKey, masterKey: TEST_MASTER_KEY.toString('base64'), at: clock.now() };
    const { stdout } = await promisify(execFile)(process.execPath, ['--permission', '--allow-fs-read=*', fileURLToPath(new URL('./money-path.fixture.ts', import.meta.url)), JSON.stringify(of)]);
    const seen = JSON.parse(stdout.trim().split('\n').at(-1)!) as MoneyPathSeen;
    assert.equal(seen.writing, 'ERR_ACCESS_DENIED', 'the proof holds: a file could not have been written');
    assert.deepEqual([seen.status, seen.balanceMinor], [200, '5000']);
    const { hostname, port } = new URL(urls.app);
    assert.deepEqual(seen.connections, [`${hostname}:${port}`]);
    assert.equal(await desk.balance(), 5_000n, 'and it is there for everybody');
  });
});
