import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type pg from 'pg';

export const MIGRATIONS_FOLDER = fileURLToPath(new URL('../../../migrations/', import.meta.url));
export type Migration = { readonly name: string; readonly sql: string; readonly sha256: string };

/** A migration that was applied was edited afterwards, or one of a newer release is in the database. */
export class MigrationFault extends Error {
  override readonly name = 'MigrationFault';
}

export async function readMigrations(folder: string = MIGRATIONS_FOLDER): Promise<Migration[]> {
  const names = (await readdir(folder)).filter((name) => /^\d{4}_[a-z0-9_]+\.sql$/.test(name)).sort();
  return Promise.all(names.map(async (name) => {
    const sql = await readFile(join(folder, name), 'utf8');
    return { name, sql, sha256: createHash('sha256').update(sql).digest('hex') };
  }));
}

/**
 * Applies what is missing, in name order, each file in a transaction of its own: it completes or changes nothing (C-02).
 * Runners on several nodes wait for each other. Runs as the owner role; the connection must be allowed to `set role` to it.
 * @returns the names that were applied now.
 * @throws MigrationFault when an applied file differs from the one on disk.
 */
export async function migrate(admin: pg.ClientBase, migrations: readonly Migration[]): Promise<string[]> {
  await admin.query(`select pg_advisory_lock(hashtext('kirchhoff migrations'))`);
  try {
    await admin.query('set role kirchhoff_owner');
    await admin.query(`create schema if not exists platform;
      create table if not exists platform.migration (name text primary key, sha256 text not null, applied_at timestamptz not null default now())`);
    const applied = await admin.query<{ name: string; sha256: string }>('select name, sha256 from platform.migration');
    const known = new Map(applied.rows.map((row) => [row.name, row.sha256]));
    refuseDrift(migrations, known);
    const done: string[] = [];
    for (const migration of migrations) {
      if (known.has(migration.name)) continue;
      await applyOne(admin, migration);
      done.push(migration.name);
    }
    return done;
  } finally {
    await admin.query('reset role');
    await admin.query(`select pg_advisory_unlock(hashtext('kirchhoff migrations'))`);
  }
}

function refuseDrift(migrations: readonly Migration[], known: ReadonlyMap<string, string>): void {
  for (const migration of migrations) {
    const sha256 = known.get(migration.name);
    if (sha256 !== undefined && sha256 !== migration.sha256) {
      throw new MigrationFault(`${migration.name} was applied in another form; migrations are forward-only: restore the file and add a new one`);
    }
  }
  const onDisk = new Set(migrations.map((migration) => migration.name));
  const unknown = [...known.keys()].filter((name) => !onDisk.has(name));
  if (unknown.length > 1) {
    throw new MigrationFault(`the database is newer than this program by ${unknown.length} migrations (${unknown.join(', ')}); one release back is the limit`);
  }
}

async function applyOne(admin: pg.ClientBase, migration: Migration): Promise<void> {
  await admin.query('begin');
  try {
    await admin.query(`set local lock_timeout = '10s'`);
    await admin.query(migration.sql);
    await admin.query('insert into platform.migration (name, sha256) values ($1, $2)', [migration.name, migration.sha256]);
    await admin.query('commit');
  } catch (error) {
    await admin.query('rollback');
    throw new MigrationFault(`${migration.name} failed and changed nothing: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
  }
}
