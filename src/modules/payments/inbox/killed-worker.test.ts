import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { instant } from '../../../kernel/index.ts';
import { manualClock } from '../../../platform/clock/index.ts';
import { roleUrls } from '../../../platform/database/index.ts';
import { openTestDatabase, TEST_MASTER_KEY } from '../../../../test/support/database.ts';
import { auditPayments } from '../queries/audit.ts';
import { auditInbox } from './audit-inbox.ts';
import { APPLY_STEPS } from './apply-batch.ts';
import { openDesk, paymentView, type Offered } from './desk.fixture.ts';
import type { KilledWorker } from './killed-worker.fixture.ts';

const test = await openTestDatabase();
const clock = manualClock(instant(Date.UTC(2026, 10, 22, 4)));
const seed = Number(process.env.KIRCHHOFF_SEED ?? Date.now() % 1_000_000);
const WORKERS_MAX = 40, KILLS = 6;

/** A small generator (mulberry32), so that a failing run can be repeated. */
function random(state: number): () => number {
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

describe('a worker that is killed', () => {
  it(`P-01 between any two steps (claimed, applied, settled, committed) loses nothing and credits nothing twice; KIRCHHOFF_SEED=${seed}`, async (context) => {
    context.diagnostic(`seed ${seed}`);
    const next = random(seed), desk = await openDesk(test, { clock });
    const offered: Offered[] = [];
    for (let i = 0; i < 30; i++) {
      const each = await desk.offer();
      offered.push(each);
      await desk.payAndNotify(each);
      if (next() < 0.3) await desk.notify(paymentView(each.outTradeNo, desk.channel.viewOf(each.outTradeNo)));
    }
    let killed = 0;
    for (let worker = 0; worker < WORKERS_MAX; worker++) {
      const of: KilledWorker = {
        urls: roleUrls(test.adminUrl, TEST_MASTER_KEY), operatorId: desk.operatorId, at: clock.now(),
        afterSteps: killed < KILLS ? 1 + Math.floor(next() * APPLY_STEPS.length * 1.5) : Number.MAX_SAFE_INTEGER,
      };
      const child = spawn(process.execPath, [fileURLToPath(new URL('./killed-worker.fixture.ts', import.meta.url)), JSON.stringify(of)], { stdio: ['ignore', 'ignore', 'inherit'] });
      const [code, signal] = await once(child, 'exit') as [number | null, string | null];
      if (code === 0) break;
      assert.equal(signal, 'SIGKILL', `seed ${seed}`);
      killed++;
    }
    assert.ok(killed > 0, `seed ${seed}: no worker was killed`);
    assert.equal(await desk.balance(), 30_000n, `seed ${seed}`);
    const left = await desk.rows<{ outcome: string | null; count: number }>(`select outcome, count(*)::int as count from payments.notification_work group by 1 order by 1`);
    assert.deepEqual(left.filter(({ outcome }) => outcome !== 'known'), [{ outcome: 'credited', count: 30 }], `seed ${seed}`);
    const failed = (await desk.odb.transaction(async (tx) => [...await auditPayments(tx, { clock }), ...await auditInbox(tx, { clock })])).filter(({ failures }) => failures.length > 0);
    assert.deepEqual(failed, [], `seed ${seed}`);
  });
});
