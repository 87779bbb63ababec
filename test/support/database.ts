import { createHash, randomBytes } from 'node:crypto';
import { after } from 'node:test';
import pg from 'pg';
import type { OperatorId } from '../../src/kernel/index.ts';
import { newUuid } from '../../src/platform/clock/index.ts';
import { connectDatabase, ensureRoles, migrate, readMigrations, roleUrls, type Database } from '../../src/platform/database/index.ts';
import { installMasterKeys, masterKeysOf } from '../../src/platform/secrets/index.ts';
import { ensureTestServer, testAdminUrl } from './postgres-server.ts';

/** The master key of every test database; it protects nothing. */
export const TEST_MASTER_KEY = Buffer.alloc(32, 7);
installMasterKeys(masterKeysOf(new Map([[1, TEST_MASTER_KEY]])));
export type TestDatabase = { readonly database: Database; readonly adminUrl: string; drop(): Promise<void> };

/**
 * A migrated database of its own on the shared test server, dropped after the test file. It is copied from a template that is made
 * once per state of the migrations folder, so a new one costs some tens of milliseconds. Call it at the top level of a test file
 * (`const test = await openTestDatabase();`), not in a hook: it is dropped when the file ends.
 */
export async function openTestDatabase(options: { poolSizeMax?: number } = {}): Promise<TestDatabase> {
  await ensureTestServer();
  const template = await ensureTemplate();
  const name = `test_${Date.now().toString(36)}_${randomBytes(4).toString('hex')}`;
  await withAdmin('postgres', (admin) => admin.query(`create database ${name} template ${template}`));
  const adminUrl = testAdminUrl(name);
  const database = connectDatabase(roleUrls(adminUrl, TEST_MASTER_KEY), { poolSizeMax: options.poolSizeMax ?? 8 });
  let open = true;
  const drop = async (): Promise<void> => {
    if (!open) return;
    open = false;
    await database.close();
    await withAdmin('postgres', (admin) => admin.query(`drop database ${name} with (force)`));
  };
  after(drop);
  return { database, adminUrl, drop };
}

export const newOperatorId = (): OperatorId => newUuid() as OperatorId;

async function ensureTemplate(): Promise<string> {
  const migrations = await readMigrations();
  const digest = createHash('sha256').update(migrations.map((migration) => migration.name + migration.sha256).join()).digest('hex').slice(0, 12);
  const template = `template_${digest}`;
  await withAdmin('postgres', async (admin) => {
    await admin.query(`select pg_advisory_lock(hashtext('test template'))`);
    const { rows } = await admin.query('select 1 from pg_database where datname = $1', [template]);
    if (rows.length > 0) return;
    const draft = `${template}_draft`;
    await admin.query(`drop database if exists ${draft} with (force)`);
    await admin.query(`create database ${draft}`);
    await withAdmin(draft, async (client) => {
      await ensureRoles(client, TEST_MASTER_KEY);
      await migrate(client, migrations);
    });
    await admin.query(`alter database ${draft} rename to ${template}`);
  });
  return template;
}

async function withAdmin<T>(database: string, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: testAdminUrl(database) });
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}
