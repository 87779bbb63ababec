import { addMs, MS_PER_MINUTE, type OperatorId } from '../../src/kernel/index.ts';
import { newUuid, systemClock } from '../../src/platform/clock/index.ts';
import { loadConfig } from '../../src/platform/config/index.ts';
import type { Database } from '../../src/platform/database/index.ts';
import { silentLogger } from '../../src/platform/logging/index.ts';
import { createMetrics } from '../../src/platform/metrics/index.ts';
import { fingerprintOf, printSettings, reportNode, type NewNode, type NodeReport } from '../../src/platform/nodes/index.ts';
import { insertPressure } from '../../src/platform/pressure/index.ts';
import { keepSlowRequests, type SlowRequests } from '../../src/platform/timings/index.ts';

const MEASURED_MINUTES = 40;
/** The minute in which the disk was busy. */
const BUSY = 12;

/** Two living nodes of which one was forgotten in an upgrade, forty minutes of pressure with a busy one, and a request that took long in it. */
export async function seedOperations(database: Database, operatorId: OperatorId): Promise<Pick<NodeReport, 'close'>> {
  const clock = systemClock, now = clock.now();
  const settings = (environment: Record<string, string>) => printSettings(loadConfig({ environment, workingFolder: '/nonexistent' }).explained, Buffer.alloc(32, 9));
  const [here, forgotten] = [settings({ KIRCHHOFF_JOBS_CONCURRENCY: '8' }), settings({ KIRCHHOFF_JOBS_CONCURRENCY: '2' })];
  const tell = (node: NewNode, slowRequests: SlowRequests) => reportNode({ database, clock, logger: silentLogger, metrics: createMetrics({ processMetrics: false }), slowRequests, everyMs: 3_600_000, node });
  const other = await tell({ nodeId: newUuid(), host: 'hz-worker-2', pid: 811, roles: ['worker'], version: '0.1.0', schemaVersion: '0100_reconciliation_statements', settings: forgotten, fingerprint: fingerprintOf(forgotten), startedAt: addMs(now, -90 * MS_PER_MINUTE) }, keepSlowRequests());
  const nodeId = newUuid(), slowRequests = keepSlowRequests();
  slowRequests.note({
    requestId: newUuid(), operatorId, startedAt: addMs(now, -BUSY * MS_PER_MINUTE), method: 'POST', route: '/api/v1/members/:memberId/top-ups', status: 201, totalUs: 1_840_000, loopUs: 3_000, poolUs: 120_000, queryUs: 1_690_000, channelUs: 0,
    handlerUs: 27_000, waits: [{ kind: 'query', name: 'insert into ledger.transfer', count: 3, us: 1_610_000 }, { kind: 'query', name: 'select ledger.account', count: 2, us: 80_000 }],
  });
  const node = { nodeId, host: 'hz-api-1', pid: 640, roles: ['api', 'worker'], version: '0.2.0', schemaVersion: '0125_platform_nodes', settings: here, fingerprint: fingerprintOf(here), startedAt: addMs(now, -60 * MS_PER_MINUTE) };
  const report = await tell(node, slowRequests);
  for (let back = MEASURED_MINUTES; back > 0; back--) {
    const busy = Math.max(0, 3 - Math.abs(back - BUSY));
    await insertPressure(database.untenanted, nodeId, {
      measuredAt: addMs(now, -back * MS_PER_MINUTE), disk: { somePercent: 2 + busy * 12, fullPercent: busy * 5 }, probeUs: 900 + busy * 110_000, wal: { syncs: 380, us: 300_000 }, loop: { p99Us: 1_900 + (back % 7) * 250, maxUs: 9_000 },
      commits: { commits: 400, p50Us: 800 + busy * 40_000, p99Us: 2_400 + (back % 5) * 300 + busy * 130_000, maxUs: 9_000 + busy * 200_000 }, payments: { credited: 20 + (back % 6) * 3, p50Ms: 24 + busy * 180, p99Ms: 90 + (back % 4) * 12 + busy * 460 },
    });
  }
  return { close: async () => { await other.close(); await report.close(); } };
}
