import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { systemClock } from '../platform/clock/index.ts';
import { backupSize, unpackBackup, writeBackup, writeRecord, type BackupRecord } from '../platform/backup/index.ts';
import { toIso } from '../kernel/index.ts';
import { connectDatabase, roleUrls } from '../platform/database/index.ts';
import { binariesVersion, clusterFolder, findBinaries, handToServerUser, startEmbeddedPostgres } from '../platform/embedded-postgres/index.ts';
import { silentLogger } from '../platform/logging/index.ts';
import { requireSchema } from '../platform/schema-check/index.ts';
import { fingerprint, type MasterKeys } from '../platform/secrets/index.ts';
import { auditText, runAudit } from './audit.ts';
import { configFor, type Command } from './command.ts';
import { EXIT, type Io } from './io.ts';
import { openSystem, ROOT, StartFault, superuserPassword, withAdmin, type System } from './open-system.ts';
import { UsageFault, type Parsed } from './options.ts';
import { noteBackup } from './state-files.ts';

export const backupCommand: Command = {
  name: 'backup',
  summary: 'Writes a consistent backup while the program goes on, restores it into a scratch server and audits it there.',
  detail: 'The master key is not in it: keep a copy of master.key apart, or personal data in the backup can never be read again.',
  options: [
    { name: 'to', value: 'DIR', about: 'Where the backup\'s folder is made: kirchhoff-<time>.' },
    { name: 'no-verify', about: 'Do not restore and audit it now (`kirchhoff restore --check` does it later).' },
    { name: 'json', about: 'Print one JSON object.' },
  ],
  exitCodes: { 0: 'written, and verified unless told not to', 1: 'not written, or what was written does not restore or balance' },
  examples: ['kirchhoff backup --to /mnt/backups'],
  run: async (parsed, io) => {
    const to = parsed.text('to');
    if (to === undefined) throw new UsageFault('backup needs --to DIR');
    const { config } = configFor(io);
    const system = await openSystem({ config, logger: silentLogger, as: 'command', name: 'backup' });
    try {
      return await backup(system, { parent: resolve(to), parsed, io });
    } finally {
      await system.close();
    }
  },
};

async function backup(system: System, { parent, parsed, io }: { parent: string; parsed: Parsed; io: Io }): Promise<number> {
  const startedAt = performance.now();
  const about = await describe(system);
  let told = 0;
  const { folder, record } = await writeBackup({ url: system.adminUrl, parent, about }, (bytes) => {
    if (bytes - told < 256 * 1024 * 1024) return;
    told = bytes;
    io.err(`${Math.round(bytes / 1024 / 1024)} MB …`);
  });
  const seconds = (): number => Math.round((performance.now() - startedAt) / 100) / 10;
  if (!parsed.has('json')) io.out(`Wrote ${folder}: ${megabytes(record.bytes)} MB in ${megabytes(backupSize(folder))} MB, ${seconds()} s.`);
  let verified: BackupRecord['verified'] | undefined;
  if (!parsed.has('no-verify')) {
    verified = await verifyBackup({ folder, record }, { keys: system.keys, scratchParent: system.config['data.folder'], superuserPassword: passwordOf(system), io });
    writeRecord(folder, { ...record, verified });
  }
  noteBackup(system.config['data.folder'], { folder, createdAt: record.createdAt, verified: verified !== undefined });
  if (parsed.has('json')) io.out(JSON.stringify({ folder, ...record, ...(verified ? { verified } : {}), seconds: seconds() }));
  else io.out(verified ? `Restored into a scratch server and audited: ${verified.checks} checks hold (${seconds()} s in all).` : 'Not verified. `kirchhoff restore --check --from DIR` does it.');
  return EXIT.ok;
}

async function describe(system: System): Promise<Pick<BackupRecord, 'createdAt' | 'program' | 'postgresVersion' | 'database' | 'superuser' | 'masterKeys'>> {
  const [row] = await withAdmin(system.adminUrl, async (admin) => (await admin.query<{ version: number; database: string; user: string }>(
    `select current_setting('server_version_num')::int as version, current_database() as database, current_user as user`)).rows);
  const program = (JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { version: string }).version;
  return {
    createdAt: toIso(systemClock.now()), program, postgresVersion: row!.version, database: row!.database, superuser: row!.user,
    masterKeys: Object.fromEntries(system.keys.versions().map((version) => [String(version), fingerprint(system.keys.key(version)!)])),
  };
}

const passwordOf = (system: System): string => decodeURIComponent(new URL(system.adminUrl).password);
const megabytes = (bytes: number): string => (bytes / 1024 / 1024).toFixed(1);

export type VerifyOptions = { readonly keys: MasterKeys; readonly scratchParent: string; readonly superuserPassword?: string; readonly io: Io };

/**
 * Proves a backup: unpacks it, starts a server of its own on it, compares the schema and audits the books; then throws all of that away.
 * @throws StartFault when it does not restore or does not balance.
 */
export async function verifyBackup(backup: { folder: string; record: BackupRecord }, options: VerifyOptions): Promise<NonNullable<BackupRecord['verified']>> {
  const bundled = Math.floor(Number.parseFloat(binariesVersion(await findBinaries())));
  if (Math.floor(backup.record.postgresVersion / 10_000) !== bundled) {
    throw new StartFault(`the backup is of PostgreSQL ${Math.floor(backup.record.postgresVersion / 10_000)}, the bundled server is ${bundled}: restore it into a server of its own version, and run \`kirchhoff audit\` there (or back up with --no-verify)`);
  }
  const scratch = join(options.scratchParent, `verify-${process.pid}`);
  rmSync(scratch, { recursive: true, force: true });
  mkdirSync(scratch, { recursive: true, mode: 0o711 });
  try {
    await unpackBackup(backup, clusterFolder(scratch));
    return await auditCluster(scratch, backup.record, options);
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

/** Starts a server on an unpacked cluster, checks schema and books, stops it. */
export async function auditCluster(dataFolder: string, record: BackupRecord, options: Omit<VerifyOptions, 'scratchParent'>): Promise<NonNullable<BackupRecord['verified']>> {
  handToServerUser(clusterFolder(dataFolder));
  const server = await startEmbeddedPostgres({ dataFolder, superuserPassword: options.superuserPassword ?? superuserPassword(options.keys), logger: silentLogger });
  try {
    const url = new URL(server.adminUrl(record.database));
    url.username = record.superuser;
    await withAdmin(url.href, requireSchema);
    const database = connectDatabase(roleUrls(url.href, options.keys.rolesKey()), { poolSizeMax: 4 });
    try {
      const report = await runAudit(database);
      if (!report.ok) {
        options.io.err(auditText(report));
        throw new StartFault('the restored books do not balance; see above');
      }
      return { at: toIso(systemClock.now()), checks: report.findings.length };
    } finally {
      await database.close();
    }
  } finally {
    await server.stop();
  }
}
