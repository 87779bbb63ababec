import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { isAlive } from '../platform/embedded-postgres/index.ts';

/** Small notes in the data folder for people and commands. Nothing is decided by them: the database's own lock says who serves. */
export type Running = { readonly pid: number; readonly startedAt: string; readonly api?: string; readonly ocpp?: string };
export type LastBackup = { readonly folder: string; readonly createdAt: string; readonly verified: boolean };
const RUNNING = 'running.json', LAST_BACKUP = 'last-backup.json';

export const writeRunning = (dataFolder: string, running: Running): void => write(dataFolder, RUNNING, running);
export const forgetRunning = (dataFolder: string): void => rmSync(join(dataFolder, RUNNING), { force: true });
/** @returns null when nothing runs; the note of a program that was killed is not believed. */
export function readRunning(dataFolder: string): Running | null {
  const running = read<Running>(dataFolder, RUNNING);
  return running !== null && isAlive(running.pid) ? running : null;
}

export const noteBackup = (dataFolder: string, backup: LastBackup): void => write(dataFolder, LAST_BACKUP, backup);
export const lastBackup = (dataFolder: string): LastBackup | null => read<LastBackup>(dataFolder, LAST_BACKUP);

function write(dataFolder: string, name: string, value: object): void {
  mkdirSync(dataFolder, { recursive: true, mode: 0o711 });
  writeFileSync(join(dataFolder, name), `${JSON.stringify(value, null, 2)}\n`, { mode: 0o600 });
}

function read<T>(dataFolder: string, name: string): T | null {
  const path = join(dataFolder, name);
  if (!existsSync(path)) return null;
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as T;
  } catch {
    return null;
  }
}
