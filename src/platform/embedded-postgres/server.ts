import { existsSync, mkdirSync, renameSync, statSync } from 'node:fs';
import { join } from 'node:path';
import pg from 'pg';
import type { Logger } from '../logging/logger.ts';
import { startCluster, stopCluster, type ClusterOptions, type RunningCluster } from './cluster.ts';
import { SUPERUSER } from './initialise.ts';
import { findPostmaster } from './postmaster.ts';

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

const LOG_BYTES_MAX = 20 * 1024 * 1024;

/** The cluster's folder within the data folder. */
export const clusterFolder = (dataFolder: string): string => join(dataFolder, 'postgres');

/**
 * Starts the embedded PostgreSQL on `dataFolder`/postgres, or adopts the one that a killed program left behind. It listens on the loopback
 * address only, asks for passwords, and keeps `fsync`, `full_page_writes` and `synchronous_commit` on.
 */
export async function startEmbeddedPostgres(options: EmbeddedOptions): Promise<EmbeddedServer> {
  const folder = clusterFolder(options.dataFolder);
  mkdirSync(options.dataFolder, { recursive: true, mode: 0o711 });
  const running = await startCluster({
    folder, password: options.superuserPassword, port: options.port ?? 0, settings: serverSettings(options.connectionsMax ?? 200), logFile: boundedLog(options.dataFolder),
  });
  if (running.adopted) options.logger.debug({ pid: running.pid, port: running.port }, 'a database server already runs on this data');
  return serverHandle(running, { folder, password: options.superuserPassword });
}

/** The running server of a data folder, for commands beside the program (`audit`, `backup`). @returns null when none runs. */
export function findEmbeddedPostgres(dataFolder: string, superuserPassword: string): EmbeddedServer | null {
  const folder = clusterFolder(dataFolder);
  const living = existsSync(folder) ? findPostmaster(folder) : null;
  return living?.ready ? serverHandle({ ...living, created: false, adopted: true }, { folder, password: superuserPassword }) : null;
}

function serverSettings(connectionsMax: number): ClusterOptions['settings'] {
  return {
    max_connections: connectionsMax, fsync: 'on', full_page_writes: 'on', synchronous_commit: 'on', wal_level: 'replica', max_wal_senders: 4,
    shared_buffers: '256MB', wal_compression: 'on', max_wal_size: '2GB', checkpoint_timeout: '10min', password_encryption: 'scram-sha-256', track_wal_io_timing: 'on',
    timezone: 'UTC', log_timezone: 'UTC', log_min_duration_statement: '2s', log_lock_waits: 'on', cluster_name: 'kirchhoff',
    idle_in_transaction_session_timeout: '5min',
    // Short statements only: compiling one takes longer than running it. And tables that grow from nothing want statistics soon.
    jit: 'off', autovacuum_naptime: '10s',
  };
}

function serverHandle(cluster: RunningCluster, of: { readonly folder: string; readonly password: string }): EmbeddedServer {
  return {
    port: cluster.port, pid: cluster.pid, adopted: cluster.adopted, created: cluster.created,
    adminUrl: (database = 'postgres') => `postgres://${SUPERUSER}:${encodeURIComponent(of.password)}@127.0.0.1:${cluster.port}/${database}`,
    isRunning: () => findPostmaster(of.folder)?.pid === cluster.pid,
    stop: () => stopCluster(of.folder, cluster.pid),
  };
}

/** Two files of a bounded size; the server's own words are short. */
function boundedLog(dataFolder: string): string {
  const path = join(dataFolder, 'postgres.log');
  if (existsSync(path) && statSync(path).size > LOG_BYTES_MAX) renameSync(path, `${path}.1`);
  return path;
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
