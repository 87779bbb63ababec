import { addMs, MS_PER_DAY, type Instant } from '../../kernel/index.ts';
import { sqlTimestamp, type Queryable } from '../database/index.ts';
import type { Job } from './job.ts';

export const SIZES_KEPT_MS = 90 * MS_PER_DAY;
/** A table is growing when it gained this much and this share within a day; small tables double all the time. */
const GROWTH_BYTES_MIN = 256 * 1024 * 1024, GROWTH_SHARE_MIN = 0.3;

export type GrowingTable = { readonly table: string; readonly bytes: bigint; readonly bytesADayBefore: bigint };

/** Measures every table, so that one that grows without bound is an alert and not a full disk (P-16: a store grew to 1.5 GB, payments timed out). */
export const measureTables: Job = {
  name: 'measure_tables', about: 'Writes down how large each table is.', cron: '7 * * * *', everyMs: 3_600_000,
  run: async ({ database, clock }) => {
    const now = clock.now();
    const measured = await database.untenanted.execute(
      `insert into platform.job_table_size (table_name, measured_at, bytes, rows_estimate)
       select n.nspname || '.' || c.relname, $1, pg_total_relation_size(c.oid), greatest(c.reltuples, 0)::bigint
       from pg_class c join pg_namespace n on n.oid = c.relnamespace
       where c.relkind = 'r' and n.nspname not in ('pg_catalog', 'information_schema') and n.nspname not like 'pg\\_%'
       on conflict do nothing`, [sqlTimestamp(now)]);
    const forgotten = await database.untenanted.execute('delete from platform.job_table_size where measured_at < $1', [sqlTimestamp(addMs(now, -SIZES_KEPT_MS))]);
    const growing = await growingTables(database.untenanted, now);
    return { measured, forgotten, growing: growing.map((table) => table.table).join(' ') };
  },
};

/** Tables that gained a lot within the last day, largest gain first. */
export async function growingTables(database: Queryable, now: Instant): Promise<GrowingTable[]> {
  const rows = await database.query<{ table_name: string; bytes: bigint; before: bigint }>(
    `select table_name, last.bytes, first.bytes as before
     from (select distinct on (table_name) table_name, bytes from platform.job_table_size where measured_at > $1 order by table_name, measured_at desc) last
       join (select distinct on (table_name) table_name, bytes from platform.job_table_size where measured_at > $1 order by table_name, measured_at) first using (table_name)
     where last.bytes - first.bytes > $2 and last.bytes > first.bytes * (1 + $3::numeric) order by last.bytes - first.bytes desc`,
    [sqlTimestamp(addMs(now, -MS_PER_DAY)), GROWTH_BYTES_MIN, GROWTH_SHARE_MIN]);
  return rows.map((row) => ({ table: row.table_name, bytes: row.bytes, bytesADayBefore: row.before }));
}
