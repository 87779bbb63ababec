import { execFile } from 'node:child_process';
import { chmodSync, chownSync, existsSync, mkdirSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { promisify } from 'node:util';
import type { PostgresBinaries, ServerUser } from './binaries.ts';
import { folderArgument } from './reachable.ts';

const run = promisify(execFile);
export const SUPERUSER = 'postgres';

/** The environment of the server's programs: nothing of ours that libpq would read (PGDATA, PGUSER, …). */
export const serverEnvironment = (): NodeJS.ProcessEnv => ({ PATH: process.env.PATH, LC_ALL: 'C', TZ: 'UTC' });

/**
 * Makes a new database cluster in `folder` unless there is one. Built beside and renamed, so a run that was killed half-way leaves nothing
 * that looks like a cluster. Without a password it lets everybody in and is not synced to the disk: for tests. Text sorts by code point, so an upgrade of the system's locales can never break an index.
 */
export async function initialiseCluster(
  folder: string, options: { readonly binaries: PostgresBinaries; readonly user: ServerUser | undefined; readonly password: string | null },
): Promise<boolean> {
  if (existsSync(join(folder, 'PG_VERSION'))) return false;
  const parent = join(folder, '..');
  const unfinished = `${basename(folder)}.new-`;
  for (const entry of readdirSync(parent)) {
    if (entry.startsWith(unfinished)) rmSync(join(parent, entry), { recursive: true, force: true });
  }
  const staging = join(parent, `${unfinished}${process.pid}`), cluster = join(staging, 'cluster');
  mkdirSync(cluster, { recursive: true, mode: 0o700 });
  const passwordFile = join(staging, 'password');
  writeFileSync(passwordFile, options.password ?? '', { mode: 0o600 });
  if (options.user) for (const path of [staging, cluster, passwordFile]) chownSync(path, options.user.uid, options.user.gid);
  const seenAs = folderArgument(cluster, options.user);
  await run(options.binaries.initdb, [
    '-D', seenAs, '-U', SUPERUSER, ...(options.password === null ? ['--auth=trust', '--no-sync'] : ['--auth=scram-sha-256', `--pwfile=${seenAs}/../password`]),
    '--encoding=UTF8', '--locale=C', '--locale-provider=builtin', '--builtin-locale=C.UTF-8', '--data-checksums',
  ], { ...options.user, cwd: cluster, env: serverEnvironment() });
  chmodSync(cluster, 0o700);
  renameSync(cluster, folder);
  rmSync(staging, { recursive: true, force: true });
  return true;
}
