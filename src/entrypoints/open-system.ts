import { hkdfSync } from 'node:crypto';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import type { Config } from '../platform/config/index.ts';
import { connectDatabase, ensureRoles, migrate, readMigrations, rolePassword, roleUrls, type Database } from '../platform/database/index.ts';
import { clusterFolder, findEmbeddedPostgres, probe, startEmbeddedPostgres, type EmbeddedServer } from '../platform/embedded-postgres/index.ts';
import { migrateJobQueue } from '../platform/jobs/index.ts';
import type { Logger } from '../platform/logging/logger.ts';
import { requireSchema } from '../platform/schema-check/index.ts';
import { checkMasterKeys, installMasterKeys, loadMasterKeys, type MasterKeys } from '../platform/secrets/index.ts';
import { takeInstanceLock, type InstanceLock } from './instance-lock.ts';
import { readRunning } from './state-files.ts';

export const ROOT = fileURLToPath(new URL('../../', import.meta.url));
/** The embedded server's database. */
export const DATABASE_NAME = 'kirchhoff';
const POSTGRES_VERSION_MIN = 160_000;

/** Something about the surroundings that the operator has to put right; the message says what. */
export class StartFault extends Error {
  override readonly name = 'StartFault';
}

export type System = {
  readonly config: Config;
  readonly database: Database;
  /** May create roles and run migrations; for commands of the operator, never for serving. */
  readonly adminUrl: string;
  readonly keys: MasterKeys;
  readonly server: EmbeddedServer | null;
  readonly lock: InstanceLock | null;
  readonly migrated: readonly string[];
  close(): Promise<void>;
};

export type OpenOptions = {
  readonly config: Config;
  readonly logger: Logger;
  /** serve: the one program on this data, migrates. command: beside a running program, or alone; changes no schema. */
  readonly as: 'serve' | 'command';
  readonly name: string;
};

/**
 * Opens the database that the settings name: starts or adopts the embedded server, checks the master key, sets up roles, migrates, and
 * connects as the serving roles. `close` undoes it in the reverse order, and stops the server if this call is the one responsible for it.
 * @throws StartFault, MasterKeyFault, MigrationFault, each with a message for the operator.
 */
export async function openSystem(options: OpenOptions): Promise<System> {
  const { config, logger } = options;
  const external = config['database.url'];
  const folder = config['data.folder'];
  const firstRun = external === undefined && !existsSync(join(clusterFolder(folder), 'PG_VERSION'));
  if (firstRun && options.as === 'command') throw new StartFault(`there is no database in ${folder} yet; \`kirchhoff start\` makes one`);
  const keys = loadMasterKeys({ dataFolder: folder, fromEnvironment: config['data.masterKey'], create: firstRun || external !== undefined });
  installMasterKeys(keys);
  const undo: (() => Promise<void>)[] = [];
  const close = async (): Promise<void> => {
    for (const step of undo.splice(0).reverse()) await step();
  };
  try {
    const server = external === undefined ? await openServer(options, keys, undo) : null;
    const lock = server === null ? null : await lockServer(server, options, undo);
    const adminUrl = external ?? await ensureDatabase(server!);
    const migrated = await withAdmin(adminUrl, (admin) => setUp(admin, keys, { ...options, adminUrl, alone: lock !== null }));
    const database = connectDatabase(roleUrls(adminUrl, keys.rolesKey()), {
      poolSizeMax: config['database.connectionsMax'], applicationName: `kirchhoff ${options.name}`, logger,
    });
    undo.push(() => database.close());
    await refuseSuperuser(database);
    return { config, database, adminUrl, keys, server, lock, migrated, close };
  } catch (error) {
    await close();
    throw error;
  }
}

export const superuserPassword = (keys: MasterKeys): string =>
  Buffer.from(hkdfSync('sha256', keys.rolesKey(), 'kirchhoff', 'database superuser', 24)).toString('base64url');

async function openServer(options: OpenOptions, keys: MasterKeys, undo: (() => Promise<void>)[]): Promise<EmbeddedServer> {
  const { config, logger } = options;
  const running = options.as === 'command' ? findEmbeddedPostgres(config['data.folder'], superuserPassword(keys)) : null;
  if (running) return withWorkingPassword(running, keys);
  const server = await withWorkingPassword(
    await startEmbeddedPostgres({ dataFolder: config['data.folder'], superuserPassword: superuserPassword(keys), logger, port: config['database.embeddedPort'] }), keys);
  // An adopted server may turn out to be another instance's; it is ours to stop only once the lock is ours.
  if (!server.adopted) undo.push(() => server.stop());
  return server;
}

/** `secrets retire` was interrupted between the server and the file: the password may come from a newer version than the oldest held. */
async function withWorkingPassword(server: EmbeddedServer, keys: MasterKeys): Promise<EmbeddedServer> {
  if ((await probe(server.adminUrl())).ok) return server;
  for (const version of keys.versions()) {
    const password = superuserPassword({ ...keys, rolesKey: () => keys.key(version)! });
    const adminUrl = (database = 'postgres'): string => Object.assign(new URL(server.adminUrl(database)), { password }).href;
    if ((await probe(adminUrl())).ok) return { ...server, adminUrl };
  }
  return server;
}

/** A command beside the running program takes no lock; everything else on an embedded server is alone with it. */
async function lockServer(server: EmbeddedServer, options: OpenOptions, undo: (() => Promise<void>)[]): Promise<InstanceLock | null> {
  if (options.as === 'command' && server.adopted) return null;
  const taken = await takeInstanceLock(server.adminUrl(), options.name);
  if (!taken.ok) {
    const folder = options.config['data.folder'], console = readRunning(folder)?.api;
    throw new StartFault(`another Kirchhoff already runs on ${folder}: ${taken.error.holder}${console === undefined ? '' : `, console ${console}`}. Stop it first, or use another data folder (KIRCHHOFF_DATA).`);
  }
  if (server.adopted) {
    options.logger.warn({ pid: server.pid, port: server.port }, 'the database server of an earlier run is still there and is taken over');
    undo.push(() => server.stop());
  }
  undo.push(() => taken.value.release());
  return taken.value;
}

async function ensureDatabase(server: EmbeddedServer): Promise<string> {
  await withAdmin(server.adminUrl(), async (admin) => {
    const { rows } = await admin.query('select 1 from pg_database where datname = $1', [DATABASE_NAME]);
    if (rows.length === 0) await admin.query(`create database ${DATABASE_NAME}`);
  });
  return server.adminUrl(DATABASE_NAME);
}

async function setUp(admin: pg.Client, keys: MasterKeys, options: OpenOptions & { readonly adminUrl: string; readonly alone: boolean }): Promise<string[]> {
  const { rows: [server] } = await admin.query<{ version: number; fsync: string }>(
    `select current_setting('server_version_num')::int as version, current_setting('fsync') as fsync`);
  if (server!.version < POSTGRES_VERSION_MIN) throw new StartFault(`PostgreSQL 16 or newer is needed, DATABASE_URL leads to ${Math.floor(server!.version / 10_000)}`);
  if (server!.fsync !== 'on') throw new StartFault('the database server runs with fsync = off and would lose money at the next power cut; turn it on');
  await checkMasterKeys(admin, keys, { remember: false });
  // Beside a running program the roles are as it set them; alone, they may still have the passwords of a key that was retired since.
  if (options.as === 'serve' || options.alone) await ensureRoles(admin, keys.rolesKey());
  if (options.as === 'command') return [];
  const migrated = await migrate(admin, await readMigrations());
  const owner = Object.assign(new URL(options.adminUrl), { username: 'kirchhoff_owner', password: rolePassword(keys.rolesKey(), 'kirchhoff_owner') });
  await migrateJobQueue(admin, owner.href);
  // An index or a type that differs makes nothing wrong, but somebody should know.
  for (const difference of await requireSchema(admin)) options.logger.warn({ difference }, 'the database differs from what this program expects');
  await checkMasterKeys(admin, keys, { remember: true });
  return migrated;
}

/** Row-level security does not bind a superuser: serving as one would show every operator's rows to every other. */
async function refuseSuperuser(database: Database): Promise<void> {
  const [role] = await database.untenanted.query<{ name: string; bypasses: boolean }>(
    'select rolname as name, rolsuper or rolbypassrls as bypasses from pg_roles where rolname = current_user');
  if (role?.bypasses !== false) throw new StartFault(`the program refuses to serve as ${role?.name ?? 'an unknown role'}: it is a superuser or bypasses row-level security`);
}

export async function withAdmin<T>(url: string, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 15_000, application_name: 'kirchhoff admin' });
  try {
    await client.connect();
  } catch (error) {
    // The address holds a password and stays out of the message.
    throw new StartFault(`the database does not answer: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
  }
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}
