import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import pg from 'pg';
import { openTestDatabase } from '../../../test/support/database.ts';
import { compareSchema, formatSchema, readCatalogue, readSchemaFolder, requireSchema, SchemaIncomplete } from './index.ts';

const test = await openTestDatabase();

async function asAdmin<T>(work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: test.adminUrl });
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

describe('the committed schema', () => {
  it('is what the migrations make (if not: node tools/run.mjs schema)', async () => {
    const made = await asAdmin(async (client) => formatSchema(await readCatalogue(client)));
    const committed = await readSchemaFolder();
    assert.deepEqual([...committed.keys()], [...made.keys()], 'one file a schema');
    for (const [name, text] of made) assert.equal(committed.get(name), text, `schema/${name} is out of date: node tools/run.mjs schema`);
  });

  it('is found complete in a migrated database', async () => {
    assert.deepEqual(await asAdmin((client) => compareSchema(client)), { missing: [], different: [] });
  });

  it('C-02 a dropped column is named and keeps the program from serving', async () => {
    await asAdmin(async (client) => {
      await client.query('begin');
      await client.query('alter table platform.person_key drop column erased_by cascade');
      await assert.rejects(requireSchema(client), (error: SchemaIncomplete) => {
        assert.ok(error instanceof SchemaIncomplete);
        assert.match(error.message, /^schema_incomplete: column platform\.person_key\.erased_by is missing$/m);
        return true;
      });
      await client.query('rollback');
    });
  });

  it('C-02 a dropped table is named once, a dropped trigger too, and a column more does no harm', async () => {
    await asAdmin(async (client) => {
      await client.query('begin');
      await client.query('drop table platform.inbox cascade; drop trigger guard on platform.person_key; alter table platform.outbox add column of_the_next_release text');
      const { missing } = await compareSchema(client);
      assert.deepEqual([...missing].sort(), ['table platform.inbox is missing', 'trigger platform.person_key.guard is missing']);
      await client.query('rollback');
    });
  });
});
