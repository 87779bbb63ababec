import type { Instant } from '../../kernel/index.ts';
import { sqlTimestamp, type Queryable } from '../database/index.ts';

/** One look of one node; times in µs, of payments in ms. */
export type PressureRow = {
  readonly nodeId: string; readonly host: string; readonly pid: number; readonly roles: readonly string[]; readonly measuredAt: Instant; readonly ioSomePercent: number | null; readonly ioFullPercent: number | null;
  readonly probeUs: bigint; readonly commits: bigint; readonly commitP50Us: bigint | null; readonly commitP99Us: bigint | null; readonly commitMaxUs: bigint | null;
  readonly walSyncs: bigint | null; readonly walSyncUs: bigint | null; readonly loopP99Us: bigint; readonly loopMaxUs: bigint;
  readonly credited: bigint; readonly creditP50Ms: bigint | null; readonly creditP99Ms: bigint | null;
};
export const PRESSURE_ROWS_MAX = 2_000;

/** Newest first, at most `PRESSURE_ROWS_MAX`. */
export const listPressure = (database: Queryable, span: { readonly from: Instant; readonly to: Instant }): Promise<PressureRow[]> =>
  database.query<PressureRow>(
    `select p.node_id as "nodeId", n.host, n.pid, n.roles, p.measured_at as "measuredAt", p.io_some_percent as "ioSomePercent", p.io_full_percent as "ioFullPercent", p.probe_us as "probeUs", p.commits,
       p.commit_p50_us as "commitP50Us", p.commit_p99_us as "commitP99Us", p.commit_max_us as "commitMaxUs", p.wal_syncs as "walSyncs", p.wal_sync_us as "walSyncUs",
       p.loop_p99_us as "loopP99Us", p.loop_max_us as "loopMaxUs", p.credited, p.credit_p50_ms as "creditP50Ms", p.credit_p99_ms as "creditP99Ms"
     from platform.node_pressure p join platform.node n on n.node_id = p.node_id where p.measured_at >= $1 and p.measured_at < $2 order by p.measured_at desc, p.node_id limit ${PRESSURE_ROWS_MAX}`,
    [sqlTimestamp(span.from), sqlTimestamp(span.to)]);

/** From here on payments wait because the disk does, as the runbook has it. */
export const IO_PRESSURE_PERCENT_LOOK = 20, COMMIT_US_LOOK = 250_000, LOOP_US_LOOK = 500_000, CREDIT_MS_LOOK = 1_000;

/** What of a look is out of the ordinary, in words; empty when nothing is. */
export function pressedBy(row: Pick<PressureRow, 'ioSomePercent' | 'probeUs' | 'commitP99Us' | 'loopMaxUs' | 'creditP99Ms'>): string[] {
  const ms = (us: bigint): string => `${us / 1_000n} ms`;
  return [
    ...(row.ioSomePercent !== null && row.ioSomePercent >= IO_PRESSURE_PERCENT_LOOK ? [`work waits for the disk ${row.ioSomePercent.toFixed(0)} % of the time`] : []),
    ...(row.probeUs >= COMMIT_US_LOOK ? [`committing one row takes ${ms(row.probeUs)}`] : []),
    ...(row.commitP99Us !== null && row.commitP99Us >= COMMIT_US_LOOK ? [`commits take up to ${ms(row.commitP99Us)} (99 of 100)`] : []),
    ...(row.loopMaxUs >= LOOP_US_LOOK ? [`the event loop was held up for ${ms(row.loopMaxUs)}`] : []),
    ...(row.creditP99Ms !== null && row.creditP99Ms > CREDIT_MS_LOOK ? [`payments are credited within ${row.creditP99Ms} ms (99 of 100)`] : []),
  ];
}
