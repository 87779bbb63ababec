import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { instant } from '../../kernel/index.ts';
import { openTestApi } from '../../../test/support/api.ts';
import { openTestDatabase } from '../../../test/support/database.ts';
import { manualClock, newUuid } from '../clock/index.ts';
import { insertNode } from '../nodes/index.ts';
import { createMetrics } from '../metrics/index.ts';
import { createPressureGauge, delayIn, insertPressure, parsePressure, pressedBy, readDiskPressure, readWalSyncs, type Pressure } from './index.ts';

const test = await openTestDatabase();
const clock = manualClock(instant(Date.UTC(2026, 10, 22, 4)));
const CREDIT = 'kirchhoff_payments_credit_seconds';

describe('pressure on the money path', () => {
  it('P-07 waiting for the disk is read as Linux tells it, and is unknown where it does not', async () => {
    assert.deepEqual(parsePressure('some avg10=37.50 avg60=12.00 avg300=3.10 total=123\nfull avg10=20.25 avg60=1.00 avg300=0.10 total=99\n'), { somePercent: 37.5, fullPercent: 20.25 });
    assert.deepEqual(parsePressure('some avg10=0.00 avg60=0.00 avg300=0.00 total=0\n'), { somePercent: 0, fullPercent: 0 });
    assert.equal(parsePressure(''), null);
    assert.equal(await readDiskPressure('/nonexistent/pressure'), null);
  });

  it('P-07 a look holds the commit of one row, the commits of the process, the log of the database and the event loop beside how late payments were', async () => {
    const metrics = createMetrics({ processMetrics: false });
    const credit = metrics.histogram(CREDIT, 'x', { buckets: [0.1, 0.5, 1, 5] });
    const gauge = createPressureGauge(metrics);
    const look = () => gauge.measure(test.database.untenanted, { now: clock.now(), probe: () => test.database.untenanted.query('select 1') });
    credit.observe(0.05);
    await look();
    for (let i = 0; i < 98; i++) credit.observe(0.05);
    credit.observe(3);
    credit.observe(3);
    await test.database.untenanted.transaction((tx) => tx.query('select 1'));
    const seen = await look();
    assert.deepEqual(seen.payments, { credited: 100, p50Ms: 100, p99Ms: 5_000 }, 'since the last look');
    assert.ok(seen.commits.commits >= 1 && seen.commits.maxUs !== null && seen.probeUs > 0);
    assert.ok(seen.wal !== null && seen.wal.syncs >= 0);
    const page = await metrics.registry.metrics();
    for (const name of ['kirchhoff_commit_probe_seconds', 'kirchhoff_commit_seconds{quantile="0.99"}', 'kirchhoff_wal_sync_seconds', 'kirchhoff_event_loop_delay_seconds{quantile="1"}', CREDIT]) assert.ok(page.includes(name), `${name} is beside the others on /metrics`);
    assert.deepEqual((await look()).payments, { credited: 0, p50Ms: null, p99Ms: null });
    assert.ok((await readWalSyncs(test.database.untenanted)).syncs >= 0n);
  });

  it('P-07 the console reads it node by node, and each row says what is out of the ordinary', async () => {
    const nodeId = newUuid(), quiet: Pressure = {
      measuredAt: clock.now(), disk: { somePercent: 1, fullPercent: 0 }, probeUs: 900, commits: { commits: 4, p50Us: 700, p99Us: 1_500, maxUs: 1_600 }, wal: { syncs: 4, us: 2_000 },
      loop: { p99Us: 1_000, maxUs: 2_000 }, payments: { credited: 12, p50Ms: 25, p99Ms: 100 },
    };
    await insertNode(test.database.untenanted, { nodeId, host: 'a', pid: 7, roles: ['worker'], version: '1', schemaVersion: '1', settings: {}, fingerprint: 'abcdefgh', startedAt: clock.now() });
    await insertPressure(test.database.untenanted, nodeId, quiet);
    clock.advance(60_000);
    await insertPressure(test.database.untenanted, nodeId, { ...quiet, measuredAt: clock.now(), disk: { somePercent: 71, fullPercent: 60 }, probeUs: 4_000_000, payments: { credited: 3, p50Ms: 2_000, p99Ms: 10_000 } });
    const testApi = await openTestApi(test, { clock });
    const operator = await testApi.operator(), user = await operator.user();
    const answer = await user.get('/operations/pressure');
    assert.equal(answer.statusCode, 200, answer.body);
    const { items } = answer.json() as { items: { node: string; probeUs: number; creditP99Ms: number; ioSomePercent: number; pressedBy: string[] }[] };
    assert.deepEqual(items.map(({ node, probeUs, creditP99Ms, ioSomePercent }) => [node, ioSomePercent, probeUs, creditP99Ms]), [['a:7', 71, 4_000_000, 10_000], ['a:7', 1, 900, 100]]);
    assert.deepEqual(items.map(({ pressedBy: by }) => by), [['work waits for the disk 71 % of the time', 'committing one row takes 4000 ms', 'payments are credited within 10000 ms (99 of 100)'], []]);
    assert.equal((await user.get('/operations/pressure?from=2026-11-20T00:00:00.000Z')).statusCode, 400);
    assert.equal((await (await operator.user('clerk')).get('/operations/pressure')).json().code, 'permission_missing');
  });

  it('P-07 nothing measured is nothing out of the ordinary', () => {
    assert.deepEqual(pressedBy({ ioSomePercent: null, probeUs: 0n, commitP99Us: null, loopMaxUs: 0n, creditP99Ms: null }), []);
    assert.deepEqual(delayIn(new Map()), { credited: 0, p50Ms: null, p99Ms: null });
    assert.deepEqual(delayIn(new Map([[1, 0], [5, 0], [Infinity, 10]])), { credited: 10, p50Ms: 5_000, p99Ms: 5_000 }, 'beyond the last bound it is at least that');
  });
});
