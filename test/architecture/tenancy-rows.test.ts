import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import pg from 'pg';
import { newOperatorId, openTestDatabase } from '../support/database.ts';

const test = await openTestDatabase();
const admin = new pg.Client({ connectionString: test.adminUrl });
await admin.connect();

type Column = { readonly name: string; readonly type: string };
const { rows: tables } = await admin.query<{ name: string; readable: boolean; columns: Column[] }>(`
  select c.oid::regclass::text as name, has_table_privilege('kirchhoff_app', c.oid, 'select') as readable,
    (select jsonb_agg(jsonb_build_object('name', a.attname, 'type', format_type(a.atttypid, null)) order by a.attnum) from pg_attribute a
      where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped and a.attnotnull and a.attidentity = '' and a.attgenerated = '') as columns
  from pg_class c join pg_namespace n on n.oid = c.relnamespace
  where c.relkind in ('r', 'p') and not c.relispartition and n.nspname not in ('pg_catalog', 'information_schema', 'graphile_worker')
    and c.relname not like '%directory%' and exists (select 1 from pg_attribute a where a.attrelid = c.oid and a.attname = 'operator_id' and not a.attisdropped)
  order by 1`);

/** Some value of a type, the same for every operator: it is the operator alone that must tell the rows apart. */
function sampleOf(type: string): string {
  if (type.endsWith('[]')) return '{}';
  switch (type) {
    case 'uuid': return '01900000-0000-7000-8000-000000000001';
    case 'boolean': return 'false';
    case 'timestamp with time zone': case 'date': return '2026-01-01';
    case 'jsonb': case 'json': return '{}';
    case 'bytea': return '\\x00';
    case 'tstzrange': return '[2026-01-01,2026-01-02)';
    case 'inet': return '127.0.0.1';
    case 'cidr': return '127.0.0.0/8';
    case 'text': return 'sample';
    default: return '1';
  }
}

/** Rows of two operators in every table. The rules about contents are taken off this throw-away database; those about tenancy stay. */
async function plantRows(operators: readonly string[]): Promise<void> {
  const checks = await admin.query<{ drop: string }>(`
    select format('alter table %s drop constraint %I cascade', c.conrelid::regclass, c.conname) as drop
    from pg_constraint c join pg_namespace n on n.oid = c.connamespace where c.contype in ('c', 'f', 'x') and c.conrelid <> 0 and c.conparentid = 0
      and n.nspname not in ('pg_catalog', 'information_schema', 'graphile_worker')`);
  for (const { drop } of checks.rows) await admin.query(drop).catch(() => undefined); // A cascade may have taken it along.
  await admin.query('set session_replication_role = replica');
  for (const table of tables) {
    for (const operator of operators) {
      const names = table.columns.map((column) => `"${column.name}"`).join(', ');
      const values = table.columns.map((column) => (column.name === 'operator_id' ? operator : sampleOf(column.type)));
      await admin.query(`insert into ${table.name} (${names}) overriding system value values (${values.map((_, index) => `$${index + 1}`).join(', ')})`, values);
    }
  }
}

describe("tenancy, on every table that belongs to operators", async () => {
  const [mine, foreign] = [newOperatorId(), newOperatorId()];
  await plantRows([mine, foreign]);
  assert.ok(tables.length >= 40, `only ${tables.length} tables were found`);

  for (const table of tables.filter((each) => each.readable)) {
    it(`${table.name} shows an operator its own rows and no foreign one`, async () => {
      const owners = (await test.database.forOperator(mine).transaction((tx) => tx.query<{ operator_id: string }>(`select operator_id from ${table.name}`))).map((row) => row.operator_id);
      assert.ok(owners.includes(mine), 'the own row is not seen');
      assert.deepEqual(owners.filter((owner) => owner !== mine), []);
    });
  }

  it('shows nothing at all where no operator was named', async () => {
    for (const table of tables.filter((each) => each.readable)) {
      assert.deepEqual(await test.database.untenanted.query(`select operator_id from ${table.name}`), [], table.name);
    }
  });

  it('lets the inbox role read no table', async () => {
    for (const table of tables) await assert.rejects(test.database.inbox.query(`select operator_id from ${table.name}`), /permission denied/, table.name);
  });
  await admin.end();
});
