import { accessSync, chmodSync, constants, cpSync, existsSync, lstatSync, mkdirSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import type { PostgresBinaries, ServerUser } from './binaries.ts';

/**
 * Whether the user that runs the server can walk to `path`. A checkout below root's private home (mode 0700) is out of reach for the
 * `postgres` user, whatever the mode of the folder itself.
 */
export function canReach(path: string, user: ServerUser | undefined): boolean {
  if (user === undefined) return true;
  for (let folder = dirname(path); ; folder = dirname(folder)) {
    const { mode, uid, gid } = statSync(folder);
    const bit = uid === user.uid ? 0o100 : gid === user.gid ? 0o010 : 0o001;
    if ((mode & bit) === 0) return false;
    if (folder === dirname(folder)) return true;
  }
}

/**
 * How the server is told its folder. Linux resolves `/proc/self/cwd` without walking the parents, and a child inherits the folder it
 * was started in: so the data stays where the operator put it although the server's user could never walk there.
 * @throws on other systems when the folder is out of reach.
 */
export function folderArgument(folder: string, user: ServerUser | undefined): string {
  if (canReach(join(folder, 'x'), user)) return folder;
  if (process.platform === 'linux') return '/proc/self/cwd';
  throw new Error(`the user that runs PostgreSQL cannot reach ${folder}; set KIRCHHOFF_DATA to a folder outside private homes, or do not run as root`);
}

/**
 * The binaries where the server's user can execute them: where npm put them, or a copy (about 60 MB, made once per version) in the first
 * public folder that belongs to root alone.
 */
export function reachableBinaries(binaries: PostgresBinaries, version: string, user: ServerUser | undefined): PostgresBinaries {
  if (canReach(binaries.postgres, user)) return binaries;
  const native = dirname(dirname(binaries.postgres));
  for (const parent of ['/var/cache', '/usr/local/lib', '/opt', tmpdir()]) {
    if (!isUsable(parent, user)) continue;
    const copy = join(parent, 'kirchhoff', `postgresql-${version}`);
    if (!isCompleteCopy(copy)) makeCopy(native, copy);
    const inCopy = (binary: string): string => join(copy, 'bin', basename(binary));
    return { initdb: inCopy(binaries.initdb), pg_ctl: inCopy(binaries.pg_ctl), postgres: inCopy(binaries.postgres) };
  }
  throw new Error(`the user that runs PostgreSQL cannot reach ${native}, and no folder was found to copy the binaries to; install the checkout outside private homes`);
}

function isUsable(parent: string, user: ServerUser | undefined): boolean {
  try {
    accessSync(parent, constants.W_OK);
    return canReach(join(parent, 'x'), user);
  } catch {
    return false;
  }
}

/** Another user must not be able to plant the program that root is about to run: the folders have to be root's own. */
function isCompleteCopy(copy: string): boolean {
  if (!existsSync(join(copy, 'complete'))) return false;
  for (const folder of [dirname(copy), copy, join(copy, 'bin')]) {
    const { uid, mode } = lstatSync(folder);
    if (uid !== process.getuid?.() || (mode & 0o022) !== 0) throw new Error(`${folder} can be written by others; remove it and start again`);
  }
  return true;
}

function makeCopy(native: string, copy: string): void {
  mkdirSync(dirname(copy), { recursive: true, mode: 0o755 });
  const { uid } = lstatSync(dirname(copy));
  if (uid !== process.getuid?.()) throw new Error(`${dirname(copy)} belongs to another user; remove it and start again`);
  chmodSync(dirname(copy), 0o755);
  const draft = `${copy}.${process.pid}`;
  rmSync(draft, { recursive: true, force: true });
  cpSync(native, draft, { recursive: true, verbatimSymlinks: true, mode: constants.COPYFILE_FICLONE });
  chmodSync(draft, 0o755);
  writeFileSync(join(draft, 'complete'), '');
  rmSync(copy, { recursive: true, force: true });
  renameSync(draft, copy);
}
