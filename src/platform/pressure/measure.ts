import type { Instant } from '../../kernel/index.ts';
import { sqlTimestamp, type Queryable } from '../database/index.ts';
import type { Metrics } from '../metrics/index.ts';
import { takeCommitTimes, takeLoopDelay, type CommitTimes } from '../timings/index.ts';
import { readDiskPressure, type DiskPressure } from './linux-pressure.ts';
import { paymentDelayOf, type PaymentDelay } from './payment-delay.ts';
import { readWalSyncs, type WalSyncs } from './wal-syncs.ts';

/** What a process saw of its surroundings since it last looked: the disk, the database's log, its commits, its event loop, and how late payments were. */
export type Pressure = {
  readonly measuredAt: Instant; readonly disk: DiskPressure | null;
  /** The commit of one row with nothing else to do, in µs. */
  readonly probeUs: number;
  readonly commits: CommitTimes; readonly wal: { readonly syncs: number; readonly us: number } | null;
  readonly loop: { readonly p99Us: number; readonly maxUs: number }; readonly payments: PaymentDelay;
};
export type PressureGauge = { /** @param probe commits one row. */ measure(database: Queryable, at: { readonly now: Instant; readonly probe: () => Promise<unknown> }): Promise<Pressure> };

/** Keeps the last look as figures: `kirchhoff_io_pressure_percent`, `kirchhoff_commit_probe_seconds`, `kirchhoff_commit_seconds`, `kirchhoff_wal_sync_seconds`, `kirchhoff_event_loop_delay_seconds`. */
export function createPressureGauge(metrics: Metrics): PressureGauge {
  const disk = metrics.gauge('kirchhoff_io_pressure_percent', 'Share of the last ten seconds in which some, or all, work of this machine waited for the disk.', ['kind']);
  const probe = metrics.gauge('kirchhoff_commit_probe_seconds', 'The last commit of one row with nothing else to do.');
  const commit = metrics.gauge('kirchhoff_commit_seconds', 'Commits of this process within the last minute.', ['quantile']);
  const wal = metrics.gauge('kirchhoff_wal_sync_seconds', "Mean time of the database's syncs of its log within the last minute; 0 while track_wal_io_timing is off.");
  const loop = metrics.gauge('kirchhoff_event_loop_delay_seconds', 'How late the event loop was within the last minute.', ['quantile']);
  const paymentDelay = paymentDelayOf(metrics);
  let before: WalSyncs | null = null;
  return {
    async measure(database, { now, probe: commitOne }) {
      const startedMs = performance.now();
      await commitOne();
      const probeUs = Math.round((performance.now() - startedMs) * 1_000);
      const syncs = await readWalSyncs(database).catch(() => null);
      const seen: Pressure = {
        measuredAt: now, disk: await readDiskPressure(), probeUs, commits: takeCommitTimes(), loop: takeLoopDelay(), payments: await paymentDelay(),
        wal: syncs === null || before === null ? null : { syncs: Math.max(0, Number(syncs.syncs - before.syncs)), us: Math.max(0, Number(syncs.us - before.us)) },
      };
      before = syncs;
      if (seen.disk !== null) {
        disk.set({ kind: 'some' }, seen.disk.somePercent);
        disk.set({ kind: 'full' }, seen.disk.fullPercent);
      }
      probe.set(probeUs / 1e6);
      commit.set({ quantile: '0.99' }, (seen.commits.p99Us ?? 0) / 1e6);
      commit.set({ quantile: '1' }, (seen.commits.maxUs ?? 0) / 1e6);
      wal.set(seen.wal === null || seen.wal.syncs === 0 ? 0 : seen.wal.us / seen.wal.syncs / 1e6);
      loop.set({ quantile: '0.99' }, seen.loop.p99Us / 1e6);
      loop.set({ quantile: '1' }, seen.loop.maxUs / 1e6);
      return seen;
    },
  };
}

export async function insertPressure(database: Queryable, nodeId: string, seen: Pressure): Promise<void> {
  await database.execute(
    `insert into platform.node_pressure (node_id, measured_at, io_some_percent, io_full_percent, probe_us, commits, commit_p50_us, commit_p99_us, commit_max_us, wal_syncs, wal_sync_us, loop_p99_us, loop_max_us, credited, credit_p50_ms, credit_p99_ms)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16) on conflict do nothing`,
    [nodeId, sqlTimestamp(seen.measuredAt), seen.disk?.somePercent ?? null, seen.disk?.fullPercent ?? null, seen.probeUs, seen.commits.commits, seen.commits.p50Us, seen.commits.p99Us, seen.commits.maxUs,
      seen.wal?.syncs ?? null, seen.wal?.us ?? null, seen.loop.p99Us, seen.loop.maxUs, seen.payments.credited, seen.payments.p50Ms, seen.payments.p99Ms]);
}
