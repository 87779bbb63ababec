import { createHash } from 'node:crypto';
import { createReadStream, createWriteStream, existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { PassThrough } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip, createGzip } from 'node:zlib';
import { receiveBaseBackup } from './base-backup.ts';
import { BackupFault, extractTar } from './tar-extract.ts';

/** What a backup says about itself, in backup.json beside the data. No secret is in it. */
export type BackupRecord = {
  readonly format: 1;
  readonly createdAt: string;
  readonly program: string;
  readonly postgresVersion: number;
  readonly systemIdentifier: string;
  readonly database: string;
  readonly superuser: string;
  readonly startLsn: string;
  readonly endLsn: string;
  readonly bytes: number;
  readonly sha256: string;
  /** Fingerprints of the master keys that are needed to read personal data in it. */
  readonly masterKeys: Readonly<Record<string, string>>;
  readonly verified?: { readonly at: string; readonly checks: number };
};

const DATA = 'base.tar.gz', MANIFEST = 'backup_manifest', RECORD = 'backup.json';

/** Writes a backup of the server at `url` into a new folder below `parent`. It gets its name when it is complete, never before. */
export async function writeBackup(
  of: { readonly url: string; readonly parent: string; readonly about: Pick<BackupRecord, 'createdAt' | 'program' | 'postgresVersion' | 'database' | 'superuser' | 'masterKeys'> },
  progress?: (bytes: number) => void,
): Promise<{ readonly folder: string; readonly record: BackupRecord }> {
  mkdirSync(of.parent, { recursive: true, mode: 0o700 });
  const name = `kirchhoff-${of.about.createdAt.replaceAll(/[-:]|\.\d+/g, '')}`;
  const folder = join(of.parent, name), draft = join(of.parent, `.${name}.${process.pid}`);
  if (existsSync(folder)) throw new BackupFault(`${folder} exists already`);
  mkdirSync(draft, { mode: 0o700 });
  try {
    const tar = new PassThrough({ highWaterMark: 1 << 20 });
    const hash = createHash('sha256');
    const gzip = createGzip({ level: 1 });
    gzip.on('data', (chunk: Buffer) => hash.update(chunk));
    const written = pipeline(tar, gzip, createWriteStream(join(draft, DATA), { mode: 0o600, flush: true }));
    const received = await receiveBaseBackup(of.url, tar, progress).finally(() => tar.end());
    await written;
    writeFileSync(join(draft, MANIFEST), received.manifest, { mode: 0o600, flush: true });
    const record: BackupRecord = {
      format: 1, ...of.about, systemIdentifier: received.systemIdentifier, startLsn: received.startLsn, endLsn: received.endLsn, bytes: received.bytes, sha256: hash.digest('hex'),
    };
    writeRecord(draft, record);
    renameSync(draft, folder);
    return { folder, record };
  } catch (error) {
    rmSync(draft, { recursive: true, force: true });
    throw error;
  }
}

export const writeRecord = (folder: string, record: BackupRecord): void =>
  writeFileSync(join(folder, RECORD), `${JSON.stringify(record, null, 2)}\n`, { mode: 0o600, flush: true });

/** The backup in `folder`, or the newest one below it. @throws when there is none. */
export function findBackup(folder: string): { readonly folder: string; readonly record: BackupRecord } {
  if (!existsSync(folder)) throw new BackupFault(`${folder} does not exist`);
  const candidates = existsSync(join(folder, RECORD)) ? [folder]
    : readdirSync(folder).filter((name) => name.startsWith('kirchhoff-') && existsSync(join(folder, name, RECORD))).sort().map((name) => join(folder, name));
  const newest = candidates.at(-1);
  if (newest === undefined) throw new BackupFault(`${folder} holds no backup: no folder in it has a ${RECORD}`);
  const record = JSON.parse(readFileSync(join(newest, RECORD), 'utf8')) as BackupRecord;
  if (record.format !== 1) throw new BackupFault(`${basename(newest)} was written in format ${String(record.format)}, this program reads 1`);
  return { folder: newest, record };
}

/** Unpacks a backup into `target`, which must be empty or absent. The data is compared with its checksum before anything is started on it. */
export async function unpackBackup(backup: { readonly folder: string; readonly record: BackupRecord }, target: string): Promise<{ files: number; bytes: number }> {
  if (existsSync(target) && readdirSync(target).length > 0) throw new BackupFault(`${target} is not empty; a restore never overwrites anything`);
  mkdirSync(target, { recursive: true, mode: 0o700 });
  const hash = createHash('sha256');
  const file = createReadStream(join(backup.folder, DATA), { highWaterMark: 1 << 20 });
  file.on('data', (chunk) => hash.update(chunk));
  const gunzip = createGunzip();
  const [unpacked] = await Promise.all([extractTar(gunzip, target), pipeline(file, gunzip)]).catch((error: unknown) => {
    throw error instanceof BackupFault ? error : new BackupFault(`${join(backup.folder, DATA)} is damaged: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
  });
  const found = hash.digest('hex');
  if (found !== backup.record.sha256) throw new BackupFault(`${join(backup.folder, DATA)} is damaged: its checksum is ${found.slice(0, 12)}…, expected ${backup.record.sha256.slice(0, 12)}…`);
  return unpacked;
}

export const backupSize = (folder: string): number => statSync(join(folder, DATA)).size;
