import type { Queryable } from '../database/index.ts';

/** How often the server has synced its log to the disk since it counts, and how long that took; the time is 0 while `track_wal_io_timing` is off. */
export type WalSyncs = { readonly syncs: bigint; readonly us: bigint };
const POSTGRES_18 = 180_000;
const IN_PG_STAT_IO = `select coalesce(sum(fsyncs), 0)::bigint as syncs, (coalesce(sum(fsync_time), 0) * 1000)::bigint as us from pg_stat_io where object = 'wal'`;
const IN_PG_STAT_WAL = 'select wal_sync::bigint as syncs, (wal_sync_time * 1000)::bigint as us from pg_stat_wal';

export async function readWalSyncs(database: Queryable): Promise<WalSyncs> {
  const [version] = await database.query<{ number: number }>(`select current_setting('server_version_num')::int as number`);
  const [row] = await database.query<WalSyncs>((version?.number ?? 0) >= POSTGRES_18 ? IN_PG_STAT_IO : IN_PG_STAT_WAL);
  return row ?? { syncs: 0n, us: 0n };
}
