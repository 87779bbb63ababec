import { execFileSync } from 'node:child_process';
import { readFileSync, readlinkSync, realpathSync, rmSync } from 'node:fs';
import { basename, join } from 'node:path';

export type Postmaster = { readonly pid: number; readonly port: number; readonly ready: boolean };

const START_TIME_TOLERANCE_S = 10;

/**
 * The server that runs on this data folder, found by its `postmaster.pid` and verified: the pid lives, is a `postgres`, and works in this
 * very folder. It outlives a `kill -9` of the program. A file left by a dead server, or whose pid now belongs to something else, is removed.
 */
export function findPostmaster(folder: string): Postmaster | null {
  const file = readPidFile(folder);
  if (file === null) return null;
  if (isServerOf(file, folder)) return { pid: file.pid, port: file.port, ready: file.status.startsWith('ready') };
  // PostgreSQL itself would refuse to start while any process of the same user has this pid, whatever that process is.
  rmSync(join(folder, 'postmaster.pid'), { force: true });
  return null;
}

type PidFile = { readonly pid: number; readonly startedAtS: number; readonly port: number; readonly status: string };

/** Lines: pid, data folder, start time, port, socket folder, address, shared memory key, status. @returns null when there is none. */
export function readPidFile(folder: string): PidFile | null {
  try {
    const lines = readFileSync(join(folder, 'postmaster.pid'), 'utf8').split('\n').map((line) => line.trim());
    const pid = Number(lines[0]);
    if (!Number.isInteger(pid) || pid <= 1) return null;
    return { pid, startedAtS: Number(lines[2] ?? 0), port: Number(lines[3] ?? 0), status: lines[7] ?? '' };
  } catch {
    return null;
  }
}

function isServerOf(file: PidFile, folder: string): boolean {
  if (!isAlive(file.pid)) return false;
  if (process.platform === 'linux') {
    try {
      // A server whose files npm replaced since is shown as "…/postgres (deleted)".
      const program = basename(readlinkSync(`/proc/${file.pid}/exe`).replace(/ \(deleted\)$/, ''));
      return program === 'postgres' && readlinkSync(`/proc/${file.pid}/cwd`) === realpathSync(folder);
    } catch {
      return false;
    }
  }
  return startedWhenTheFileSays(file);
}

/** Without /proc: a process called postgres that started when the file says. */
function startedWhenTheFileSays(file: PidFile): boolean {
  try {
    const text = execFileSync('ps', ['-p', String(file.pid), '-o', 'lstart=,comm='], { encoding: 'utf8', env: { PATH: process.env.PATH, LC_ALL: 'C' } }).trim();
    const startedAtS = Date.parse(text.slice(0, 24)) / 1000;
    return basename(text.slice(24).trim()).startsWith('postgres') && Math.abs(startedAtS - file.startedAtS) <= START_TIME_TOLERANCE_S;
  } catch {
    return false;
  }
}

export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
