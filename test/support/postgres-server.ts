import { closeSync, existsSync, mkdirSync, openSync, statSync, unlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import { findPostmaster, startCluster, stopCluster } from '../../src/platform/embedded-postgres/index.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));
export const TEST_SERVER_PORT = Number(process.env.KIRCHHOFF_TEST_PG_PORT ?? 54329);
/** A port of its own means a folder of its own: two servers cannot share one. */
const SERVER_FOLDER = TEST_SERVER_PORT === 54329 ? 'test-postgres' : `test-postgres-${TEST_SERVER_PORT}`;
export const testAdminUrl = (database = 'postgres'): string => `postgres://postgres@127.0.0.1:${TEST_SERVER_PORT}/${database}`;

/** Durability is off, because a test database does not outlive its test; what measures or kills a server starts its own. */
const SETTINGS = { fsync: 'off', full_page_writes: 'off', synchronous_commit: 'off', max_connections: 400, shared_buffers: '256MB' };

/**
 * The PostgreSQL server that tests share: started by the first process that needs it, reused by the others and by later runs.
 * @returns whether this call started it.
 */
export async function ensureTestServer(): Promise<boolean> {
  if (await answers()) return false;
  const cache = join(root, '.cache');
  mkdirSync(cache, { recursive: true });
  const lock = join(cache, `${SERVER_FOLDER}.lock`);
  for (let attempt = 0; attempt < 240; attempt++) {
    if (takeLock(lock)) {
      try {
        if (await answers()) return false;
        const folder = join(cache, SERVER_FOLDER);
        await startCluster({ folder, password: null, port: TEST_SERVER_PORT, settings: SETTINGS, logFile: `${folder}.log` });
        return true;
      } finally {
        unlinkSync(lock);
      }
    }
    await new Promise((resolve) => setTimeout(resolve, 250));
    if (await answers()) return false;
  }
  throw new Error('the test PostgreSQL server did not come up within a minute');
}

/** Stops the shared server; what is still connected is cut off. */
export async function stopTestServer(): Promise<void> {
  const folder = join(root, '.cache', SERVER_FOLDER);
  const running = findPostmaster(folder);
  if (running) await stopCluster(folder, running.pid, 'immediate');
}

function takeLock(path: string): boolean {
  try {
    const fd = openSync(path, 'wx');
    writeFileSync(fd, String(process.pid));
    closeSync(fd);
    return true;
  } catch {
    if (existsSync(path) && Date.now() - statSync(path).mtimeMs > 60_000) unlinkSync(path);
    return false;
  }
}

async function answers(): Promise<boolean> {
  const client = new pg.Client({ connectionString: testAdminUrl(), connectionTimeoutMillis: 2_000 });
  try {
    await client.connect();
    return true;
  } catch {
    return false;
  } finally {
    await client.end().catch(() => undefined);
  }
}
