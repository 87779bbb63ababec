import { copyFileSync, existsSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { findBackup, unpackBackup, type BackupRecord } from '../platform/backup/index.ts';
import { clusterFolder } from '../platform/embedded-postgres/index.ts';
import { fingerprint, installMasterKeys, loadMasterKeys, MASTER_KEY_FILE, type MasterKeys } from '../platform/secrets/index.ts';
import { auditCluster, verifyBackup } from './backup.ts';
import { configFor, type Command } from './command.ts';
import { EXIT, type Io } from './io.ts';
import { StartFault } from './open-system.ts';
import { UsageFault, type Parsed } from './options.ts';

export const restoreCommand: Command = {
  name: 'restore',
  summary: 'Restores a backup into an empty data folder and audits it. Overwrites nothing.',
  detail: 'The data folder is the one of the settings (KIRCHHOFF_DATA). Its master.key must be the one the backup was made with: put the saved copy there,\nor name it with --master-key.',
  options: [
    { name: 'from', value: 'DIR', about: 'A backup, or a folder of backups: the newest is taken.' },
    { name: 'master-key', value: 'FILE', about: 'The saved master.key; it is copied into the data folder.' },
    { name: 'check', about: 'Only prove that the backup restores and balances; the data folder is left alone.' },
  ],
  exitCodes: { 0: 'restored (or proved) and the books balance', 1: 'not restored; the data folder is as it was' },
  examples: ['KIRCHHOFF_DATA=/srv/kirchhoff kirchhoff restore --from /mnt/backups --master-key /safe/master.key', 'kirchhoff restore --check --from /mnt/backups'],
  run: restore,
};

async function restore(parsed: Parsed, io: Io): Promise<number> {
  const from = parsed.text('from');
  if (from === undefined) throw new UsageFault('restore needs --from DIR');
  const { config } = configFor(io);
  const dataFolder = config['data.folder'];
  const target = clusterFolder(dataFolder);
  const backup = findBackup(resolve(from));
  if (!parsed.has('check') && existsSync(target)) throw new StartFault(`${dataFolder} holds a database already; restore into an empty data folder (KIRCHHOFF_DATA), or move this one away`);
  const keys = findKeys(dataFolder, { file: parsed.text('master-key'), fromEnvironment: config['data.masterKey'], keep: !parsed.has('check') });
  requireKeysOf(backup.record, keys);
  installMasterKeys(keys);
  if (parsed.has('check')) {
    const verified = await verifyBackup(backup, { keys, scratchParent: dataFolder, io });
    io.out(`${backup.folder} restores, and its books balance: ${verified.checks} checks hold.`);
    return EXIT.ok;
  }
  const verified = await restoreInto(dataFolder, { backup, keys, io });
  io.out(`Restored ${backup.folder} of ${backup.record.createdAt} into ${dataFolder}; ${verified.checks} checks hold. \`kirchhoff start\` serves it.`);
  return EXIT.ok;
}

/** Unpacked, started and audited beside; moved into its place only when the books balance. */
async function restoreInto(dataFolder: string, of: { backup: { folder: string; record: BackupRecord }; keys: MasterKeys; io: Io }): Promise<{ checks: number }> {
  const staging = join(dataFolder, `restore-${process.pid}`);
  mkdirSync(staging, { recursive: true, mode: 0o711 });
  try {
    const { bytes } = await unpackBackup(of.backup, clusterFolder(staging));
    of.io.err(`unpacked ${(bytes / 1024 / 1024).toFixed(1)} MB, starting a server on it …`);
    const verified = await auditCluster(staging, of.backup.record, { keys: of.keys, io: of.io });
    renameSync(clusterFolder(staging), clusterFolder(dataFolder));
    return verified;
  } finally {
    rmSync(staging, { recursive: true, force: true });
  }
}

function findKeys(dataFolder: string, options: { file: string | undefined; fromEnvironment: string | undefined; keep: boolean }): MasterKeys {
  const place = join(dataFolder, MASTER_KEY_FILE);
  if (options.file !== undefined && options.keep && options.fromEnvironment === undefined) {
    if (existsSync(place)) throw new StartFault(`${place} exists already; leave --master-key out, or move it away`);
    mkdirSync(dataFolder, { recursive: true, mode: 0o711 });
    copyFileSync(resolve(options.file), place);
  }
  return loadMasterKeys({ dataFolder, fromEnvironment: options.fromEnvironment, create: false });
}

function requireKeysOf(record: BackupRecord, keys: MasterKeys): void {
  for (const [version, wanted] of Object.entries(record.masterKeys)) {
    const key = keys.key(Number(version));
    if (key === null || fingerprint(key) !== wanted) throw new StartFault(`this backup needs master key version ${version}, which ${key === null ? 'is not here' : 'is another one here'}; put the master.key that was saved with it into the data folder`);
  }
}
