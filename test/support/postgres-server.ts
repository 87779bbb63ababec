import { execFile } from 'node:child_process';
import { chownSync, closeSync, existsSync, mkdirSync, openSync, statSync, unlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import pg from 'pg';
import { binariesVersion, findBinaries, folderArgument, reachableBinaries, serverUser, type PostgresBinaries, type ServerUser } from '../../src/platform/embedded-postgres/index.ts';

const run = promisify(execFile);
const root = fileURLToPath(new URL('../../', import.meta.url));
export const TEST_SERVER_PORT = Number(process.env.KIRCHHOFF_TEST_PG_PORT ?? 54329);
/** A port of its own means a folder of its own: two servers cannot share one. */
const SERVER_FOLDER = TEST_SERVER_PORT === 54329 ? 'test-postgres' : `test-postgres-${TEST_SERVER_PORT}`;
export const testAdminUrl = (database = 'postgres'): string => `postgres://postgres@127.0.0.1:${TEST_SERVER_PORT}/${database}`;

/** Durability is off, because a test database does not outlive its test; what measures or kills a server starts its own. */
const SETTINGS = 'fsync=off full_page_writes=off synchronous_commit=off max_connections=400 shared_buffers=256MB listen_addresses=127.0.0.1'.split(' ');

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
        await startServer(join(cache, SERVER_FOLDER));
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
  const directory = join(root, '.cache', SERVER_FOLDER);
  const { binaries, user, seenAs } = await reach(directory);
  await run(binaries.pg_ctl, ['-D', seenAs, '-m', 'immediate', 'stop'], { ...user, cwd: directory, env: { PATH: process.env.PATH } });
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

async function startServer(directory: string): Promise<void> {
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  const user = serverUser();
  if (user) chownSync(directory, user.uid, user.gid);
  const { binaries, seenAs } = await reach(directory);
  const options = { ...user, cwd: directory, env: { PATH: process.env.PATH, LC_ALL: 'C' } };
  if (!existsSync(join(directory, 'PG_VERSION'))) {
    await run(binaries.initdb, ['-D', seenAs, '-U', 'postgres', '--auth=trust', '--encoding=UTF8', '--locale=C', '--no-sync'], options);
  }
  const settings = [`port=${TEST_SERVER_PORT}`, "unix_socket_directories=''", ...SETTINGS].map((setting) => `-c ${setting}`).join(' ');
  await run(binaries.pg_ctl, ['-D', seenAs, '-o', settings, '-l', `${seenAs}/server.log`, '-w', '-t', '60', 'start'], options);
}

/** Binaries and folder as the server's user can use them, also when the checkout lies below root's private home. */
async function reach(directory: string): Promise<{ binaries: PostgresBinaries; user: ServerUser | undefined; seenAs: string }> {
  const user = serverUser();
  const found = await findBinaries();
  return { binaries: reachableBinaries(found, binariesVersion(found), user), user, seenAs: folderArgument(directory, user) };
}
