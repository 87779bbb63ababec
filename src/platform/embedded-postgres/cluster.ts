import { spawn } from 'node:child_process';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { binariesVersion, findBinaries, serverUser } from './binaries.ts';
import { initialiseCluster, serverEnvironment } from './initialise.ts';
import { findPostmaster, isAlive, type Postmaster } from './postmaster.ts';
import { folderArgument, reachableBinaries } from './reachable.ts';

export type ClusterOptions = {
  /** The cluster's own folder; made when it is missing, in a folder that exists. */
  readonly folder: string;
  /** The superuser's; null lets in everybody who reaches the port: for servers of tests and benchmarks. */
  readonly password: string | null;
  /** 0: any free port of the loopback address. */
  readonly port: number;
  /** Beside the port, the loopback address and no socket. */
  readonly settings: Readonly<Record<string, string | number>>;
  /** Where the server writes what it has to say; appended to. */
  readonly logFile: string;
};
export type RunningCluster = Postmaster & {
  /** The server was already running: left by a program that was killed, or started by another process. */
  readonly adopted: boolean;
  /** The cluster was made just now. */
  readonly created: boolean;
};

/** Replaying the log after a crash takes as long as the log is; it is given up only when the server itself gives up. */
const START_WAIT_MS_MAX = 15 * 60_000;
const STOP_WAIT_MS_MAX = 120_000;
/** PostgreSQL's own words: `fast` ends sessions and writes everything, `immediate` leaves the rest to the next start. */
const STOP_SIGNALS = { fast: 'SIGINT', immediate: 'SIGQUIT' } as const;

/** Makes the cluster unless it is there, and starts its server unless one runs; resolves when it takes connections. The server outlives this process. */
export async function startCluster(options: ClusterOptions): Promise<RunningCluster> {
  const { folder } = options;
  const user = serverUser();
  const found = await findBinaries();
  const binaries = reachableBinaries(found, binariesVersion(found), user);
  const created = await initialiseCluster(folder, { binaries, user, password: options.password });
  const living = findPostmaster(folder);
  if (living) return { ...await waitUntilReady(folder, living.pid), adopted: true, created };
  const port = options.port > 0 ? options.port : await freePort();
  const settings = { ...options.settings, port, listen_addresses: '127.0.0.1', unix_socket_directories: '' };
  const log = openSync(options.logFile, 'a', 0o600);
  try {
    const child = spawn(binaries.postgres, ['-D', folderArgument(folder, user), ...Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`])], {
      ...user, cwd: folder, env: serverEnvironment(), stdio: ['ignore', log, log],
      // A group of its own: Ctrl-C in the terminal must reach the program first, which then stops the server.
      detached: true,
    });
    child.unref();
    const failed = new Promise<never>((_, reject) => {
      child.once('error', reject);
      child.once('exit', (code) => reject(new Error(`PostgreSQL ended with code ${code} at start:\n${logTail(options.logFile)}`)));
    });
    const ready = await Promise.race([waitUntilReady(folder, child.pid ?? -1), failed]);
    child.removeAllListeners('exit');
    return { ...ready, adopted: false, created };
  } finally {
    closeSync(log);
  }
}

/** Stops the server of a folder; the process is gone when this resolves. Nothing happens when another one, or none, runs there. */
export async function stopCluster(folder: string, pid: number, how: keyof typeof STOP_SIGNALS = 'fast'): Promise<void> {
  // Verified again at the last moment: a signal must never reach a process that merely got the same number.
  if (findPostmaster(folder)?.pid !== pid) return;
  process.kill(pid, STOP_SIGNALS[how]);
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

const logTail = (logFile: string): string => readFileSync(logFile, 'utf8').trimEnd().split('\n').slice(-8).join('\n');
