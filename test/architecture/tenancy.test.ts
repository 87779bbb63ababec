import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import pg from 'pg';
import { openTestDatabase } from '../support/database.ts';

const test = await openTestDatabase();

/** Tables that belong to no operator: they hold no business record, or are what a message is looked up in before its operator is known. */
const UNTENANTED = /^(platform\.(migration|job|cron|setting|master_key|node)[a-z_]*|[a-z_]+\.[a-z_]*directory[a-z_]*|graphile_worker\..*)$/;

async function catalogue<R extends pg.QueryResultRow>(sql: string): Promise<R[]> {
  const client = new pg.Client({ connectionString: test.adminUrl });
  await client.connect();
  try {
    return (await client.query<R>(sql)).rows;
  } finally {
    await client.end();
  }
}

const tables = await catalogue<{ name: string; forced: boolean; policies: number; tenanted: boolean; superseded: boolean }>(`
  select n.nspname || '.' || c.relname as name, c.relrowsecurity and c.relforcerowsecurity as forced,
    (select count(*)::int from pg_policy p where p.polrelid = c.oid) as policies, c.relispartition as superseded,
    exists (select 1 from pg_attribute a where a.attrelid = c.oid and a.attname = 'operator_id' and not a.attisdropped) as tenanted
  from pg_class c join pg_namespace n on n.oid = c.relnamespace
  where c.relkind in ('r', 'p') and n.nspname not in ('pg_catalog', 'information_schema', 'graphile_worker') and n.nspname not like 'pg_toast%' and n.nspname not like 'pg_temp%'`);

describe('tenancy in the catalogue', () => {
  it('sees the tables', () => assert.ok(tables.length >= 10, `only ${tables.length} tables`));

  it('every table belongs to an operator and forces row-level security, also on its owner', () => {
    const open = tables.filter((table) => !UNTENANTED.test(table.name) && !table.superseded && !(table.tenanted && table.forced && table.policies > 0));
    assert.deepEqual(open.map((table) => table.name), []);
  });

  it('every primary key, unique, exclusion and foreign key of a tenant\'s table starts with operator_id', async () => {
    const rows = await catalogue<{ table: string; name: string; first: string }>(`
      select n.nspname || '.' || t.relname as table, c.conname as name,
        coalesce((select a.attname from pg_attribute a where a.attrelid = c.conrelid and a.attnum = c.conkey[1]), '') as first
      from pg_constraint c join pg_class t on t.oid = c.conrelid join pg_namespace n on n.oid = t.relnamespace
      where c.contype in ('p', 'u', 'x', 'f') and n.nspname not in ('pg_catalog', 'information_schema', 'graphile_worker')
      union all
      select n.nspname || '.' || t.relname, i.relname, coalesce((select a.attname from pg_attribute a where a.attrelid = t.oid and a.attnum = x.indkey[0]), '')
      from pg_index x join pg_class i on i.oid = x.indexrelid join pg_class t on t.oid = x.indrelid join pg_namespace n on n.oid = t.relnamespace
      where x.indisunique and n.nspname not in ('pg_catalog', 'information_schema', 'pg_toast', 'graphile_worker')`);
    const wrong = rows.filter((row) => !UNTENANTED.test(row.table) && row.first !== 'operator_id');
    assert.deepEqual(wrong.map((row) => `${row.table}: ${row.name} starts with ${row.first || 'an expression'}`), []);
  });

  it('no money or energy column is a floating point number', async () => {
    const rows = await catalogue<{ name: string }>(`
      select table_schema || '.' || table_name || '.' || column_name as name from information_schema.columns
      where data_type in ('real', 'double precision', 'money') and column_name !~ '_percent$' and table_schema not in ('pg_catalog', 'information_schema', 'graphile_worker')`);
    assert.deepEqual(rows.map((row) => row.name), []);
  });

  it('the serving roles are neither superusers nor owners nor free of row-level security', async () => {
    const rows = await catalogue<{ rolname: string; rolsuper: boolean; rolbypassrls: boolean; deletes: string | null }>(`
      select r.rolname, r.rolsuper, r.rolbypassrls,
        (select string_agg(t.table_schema || '.' || t.table_name, ', ') from information_schema.table_privileges t where t.grantee = r.rolname and t.privilege_type in ('DELETE', 'TRUNCATE')
           and t.table_schema not in ('graphile_worker', 'platform')) as deletes
      from pg_roles r where r.rolname in ('kirchhoff_app', 'kirchhoff_inbox')`);
    assert.equal(rows.length, 2);
    for (const row of rows) {
      assert.equal(row.rolsuper || row.rolbypassrls, false, row.rolname);
      assert.equal(row.deletes, null, `${row.rolname} may delete from ${row.deletes}`);
    }
  });
});
