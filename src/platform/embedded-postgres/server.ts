import { spawn } from 'node:child_process';
import { closeSync, existsSync, mkdirSync, openSync, readFileSync, renameSync, statSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import pg from 'pg';
import type { Logger } from '../logging/logger.ts';
import { binariesVersion, findBinaries, serverUser } from './binaries.ts';
import { initialiseCluster, serverEnvironment, SUPERUSER } from './initialise.ts';
import { findPostmaster, isAlive, type Postmaster } from './postmaster.ts';
import { folderArgument, reachableBinaries } from './reachable.ts';

export type EmbeddedServer = {
  readonly port: number;
  readonly pid: number;
  /** The server was already running: left by a program that was killed. */
  readonly adopted: boolean;
  /** The cluster was made just now. */
  readonly created: boolean;
  /** The superuser's address; for bootstrapping, migrations and backups, never for serving. */
  adminUrl(database?: string): string;
  isRunning(): boolean;
  /** Fast shutdown: sessions end, everything is written, the process is gone when this resolves. */
  stop(): Promise<void>;
};

export type EmbeddedOptions = {
  readonly dataFolder: string;
  readonly superuserPassword: string;
  readonly logger: Logger;
  /** 0 or absent: any free port of the loopback address. */
  readonly port?: number;
  readonly connectionsMax?: number;
};

/** Replaying the log after a crash takes as long as the log is; it is given up only when the server itself gives up. */
const START_WAIT_MS_MAX = 15 * 60_000;
const STOP_WAIT_MS_MAX = 120_000;
const LOG_BYTES_MAX = 20 * 1024 * 1024;

/** The cluster's folder within the data folder. */
export const clusterFolder = (dataFolder: string): string => join(dataFolder, 'postgres');

/**
 * Starts the embedded PostgreSQL on `dataFolder`/postgres, or adopts the one that a killed program left behind. It listens on the loopback
 * address only, asks for passwords, and keeps `fsync`, `full_page_writes` and `synchronous_commit` on.
 */
export async function startEmbeddedPostgres(options: EmbeddedOptions): Promise<EmbeddedServer> {
  const user = serverUser();
  const folder = clusterFolder(options.dataFolder);
  mkdirSync(options.dataFolder, { recursive: true, mode: 0o711 });
  const found = await findBinaries();
  const binaries = reachableBinaries(found, binariesVersion(found), user);
  const created = await initialiseCluster(folder, { binaries, user, password: options.superuserPassword });
  const living = findPostmaster(folder);
  if (living) {
    options.logger.debug({ pid: living.pid, port: living.port }, 'a database server already runs on this data');
    return serverHandle(await waitUntilReady(folder, living.pid), { folder, created, adopted: true, password: options.superuserPassword });
  }
  const port = options.port !== undefined && options.port > 0 ? options.port : await freePort();
  const log = openLog(options.dataFolder);
  try {
    const child = spawn(binaries.postgres, ['-D', folderArgument(folder, user), ...serverSettings(port, options.connectionsMax ?? 200)], {
      ...user, cwd: folder, env: serverEnvironment(), stdio: ['ignore', log, log],
      // A group of its own: Ctrl-C in the terminal must reach the program first, which then stops the server.
      detached: true,
    });
    child.unref();
    const failed = new Promise<never>((_, reject) => {
      child.once('error', reject);
      child.once('exit', (code) => reject(new Error(`PostgreSQL ended with code ${code} at start:\n${logTail(options.dataFolder)}`)));
    });
    const ready = await Promise.race([waitUntilReady(folder, child.pid ?? -1), failed]);
    child.removeAllListeners('exit');
    return serverHandle(ready, { folder, created, adopted: false, password: options.superuserPassword });
  } finally {
    closeSync(log);
  }
}

/** The running server of a data folder, for commands beside the program (`audit`, `backup`). @returns null when none runs. */
export function findEmbeddedPostgres(dataFolder: string, superuserPassword: string): EmbeddedServer | null {
  const folder = clusterFolder(dataFolder);
  const living = existsSync(folder) ? findPostmaster(folder) : null;
  return living?.ready ? serverHandle(living, { folder, created: false, adopted: true, password: superuserPassword }) : null;
}

function serverSettings(port: number, connectionsMax: number): string[] {
  const settings = {
    port, listen_addresses: '127.0.0.1', unix_socket_directories: '', max_connections: connectionsMax,
    fsync: 'on', full_page_writes: 'on', synchronous_commit: 'on', wal_level: 'replica', max_wal_senders: 4,
    shared_buffers: '256MB', wal_compression: 'on', max_wal_size: '2GB', checkpoint_timeout: '10min', password_encryption: 'scram-sha-256',
    timezone: 'UTC', log_timezone: 'UTC', log_min_duration_statement: '2s', log_lock_waits: 'on', cluster_name: 'kirchhoff',
    idle_in_transaction_session_timeout: '5min',
    // Short statements only: compiling one takes longer than running it. And tables that grow from nothing want statistics soon.
    jit: 'off', autovacuum_naptime: '10s',
  };
  return Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
}

function serverHandle(
  postmaster: Postmaster, of: { readonly folder: string; readonly created: boolean; readonly adopted: boolean; readonly password: string },
): EmbeddedServer {
  return {
    port: postmaster.port, pid: postmaster.pid, adopted: of.adopted, created: of.created,
    adminUrl: (database = 'postgres') => `postgres://${SUPERUSER}:${encodeURIComponent(of.password)}@127.0.0.1:${postmaster.port}/${database}`,
    isRunning: () => findPostmaster(of.folder)?.pid === postmaster.pid,
    stop: () => stopPostmaster(of.folder, postmaster.pid),
  };
}

async function stopPostmaster(folder: string, pid: number): Promise<void> {
  // Verified again at the last moment: a signal must never reach a process that merely got the same number.
  if (findPostmaster(folder)?.pid !== pid) return;
  process.kill(pid, 'SIGINT');
  await until(() => !isAlive(pid) || findPostmaster(folder) === null, STOP_WAIT_MS_MAX, `PostgreSQL (pid ${pid}) did not stop`);
}

async function waitUntilReady(folder: string, pid: number): Promise<Postmaster> {
  let ready: Postmaster | null = null;
  await until(() => {
    const living = findPostmaster(folder);
    if (living?.ready) ready = living;
    return ready !== null || (pid > 0 && !isAlive(pid));
  }, START_WAIT_MS_MAX, 'PostgreSQL did not become ready');
  if (ready === null) throw new Error(`PostgreSQL (pid ${pid}) ended while starting`);
  return ready;
}

async function until(holds: () => boolean, waitMsMax: number, complaint: string): Promise<void> {
  const deadline = performance.now() + waitMsMax;
  while (!holds()) {
    if (performance.now() > deadline) throw new Error(`${complaint} within ${waitMsMax / 1000} s`);
    await new Promise((resolve) => setTimeout(resolve, 40));
  }
}

export async function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once('error', reject);
    probe.listen(0, '127.0.0.1', () => {
      const address = probe.address();
      probe.close(() => resolve(typeof address === 'object' && address ? address.port : 0));
    });
  });
}

const logFile = (dataFolder: string): string => join(dataFolder, 'postgres.log');

/** Two files of a bounded size; the server's own words are short. */
function openLog(dataFolder: string): number {
  const path = logFile(dataFolder);
  if (existsSync(path) && statSync(path).size > LOG_BYTES_MAX) renameSync(path, `${path}.1`);
  return openSync(path, 'a', 0o600);
}

function logTail(dataFolder: string): string {
  return readFileSync(logFile(dataFolder), 'utf8').trimEnd().split('\n').slice(-8).join('\n');
}

/** Whether a database answers at this address, with what it says when it does not. */
export async function probe(url: string): Promise<{ readonly ok: true; readonly version: number } | { readonly ok: false; readonly message: string }> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 5_000 });
  try {
    await client.connect();
    const { rows } = await client.query<{ version: number }>(`select current_setting('server_version_num')::int as version`);
    return { ok: true, version: rows[0]!.version };
  } catch (error) {
    return { ok: false, message: error instanceof Error ? error.message : String(error) };
  } finally {
    await client.end().catch(() => undefined);
  }
}
