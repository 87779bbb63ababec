import { chmodSync, chownSync, lstatSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { serverUser } from './binaries.ts';

/** Hands an unpacked cluster to the user that runs the server, with the modes that PostgreSQL insists on. */
export function handToServerUser(folder: string): void {
  const user = serverUser();
  const visit = (path: string): void => {
    const isFolder = lstatSync(path).isDirectory();
    if (user) chownSync(path, user.uid, user.gid);
    chmodSync(path, isFolder ? 0o700 : 0o600);
    if (isFolder) for (const entry of readdirSync(path)) visit(join(path, entry));
  };
  visit(folder);
}
