/** A PostgreSQL of its own for a benchmark: durable (fsync, full page writes and synchronous commit on), in a temporary folder, on a free port. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { connectDatabase, ensureRoles, migrate, readMigrations, roleUrls, type Database, type DatabaseUrls } from '../src/platform/database/index.ts';
import { startCluster, stopCluster } from '../src/platform/embedded-postgres/index.ts';

const BENCH_MASTER_KEY = Buffer.alloc(32, 9);
/** Beside PostgreSQL's defaults: memory that fits a small machine, and checkpoints rare enough not to fall into one figure of a pair and not the other. */
const SETTINGS = { shared_buffers: '256MB', max_wal_size: '4GB', checkpoint_timeout: '30min', max_connections: 100 };

export type BenchServer = { readonly adminUrl: string; /** Of the serving roles, for a process of its own. */ readonly urls: DatabaseUrls; readonly settings: string; open(poolSizeMax: number): Database; close(): Promise<void> };

/** Starts, migrates and returns it; `close` stops it and removes the folder. */
export async function startBenchServer(): Promise<BenchServer> {
  const directory = mkdtempSync(join(tmpdir(), 'kirchhoff-bench-'));
  const folder = join(directory, 'cluster');
  const { pid, port } = await startCluster({ folder, password: null, port: 0, settings: SETTINGS, logFile: join(directory, 'server.log') });
  const stop = async (): Promise<void> => {
    await stopCluster(folder, pid, 'immediate');
    rmSync(directory, { recursive: true, force: true });
  };
  const adminUrl = `postgres://postgres@127.0.0.1:${port}/postgres`;
  const opened: Database[] = [];
  try {
    const admin = new pg.Client({ connectionString: adminUrl });
    await admin.connect();
    await ensureRoles(admin, BENCH_MASTER_KEY);
    await migrate(admin, await readMigrations());
    await assertDurable(admin);
    await admin.end();
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    adminUrl, urls: roleUrls(adminUrl, BENCH_MASTER_KEY), settings: Object.entries(SETTINGS).map(([name, value]) => `${name}=${value}`).join(' '),
    open: (poolSizeMax) => {
      const database = connectDatabase(roleUrls(adminUrl, BENCH_MASTER_KEY), { poolSizeMax });
      opened.push(database);
      return database;
    },
    close: async () => {
      await Promise.all(opened.map((database) => database.close()));
      await stop();
    },
  };
}

async function assertDurable(admin: pg.Client): Promise<void> {
  const { rows } = await admin.query<{ name: string; setting: string }>(`select name, setting from pg_settings where name in ('fsync', 'synchronous_commit', 'full_page_writes')`);
  for (const { name, setting } of rows) if (setting !== 'on') throw new Error(`a benchmark on a server with ${name} = ${setting} measures nothing`);
}
