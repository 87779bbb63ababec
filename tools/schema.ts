/** `node tools/run.mjs schema`: writes schema/<module>.sql anew from a freshly migrated database. */
import { readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import pg from 'pg';
import { formatSchema, readCatalogue, SCHEMA_FOLDER } from '../src/platform/schema-check/index.ts';
import { openTestDatabase } from '../test/support/database.ts';

const test = await openTestDatabase();
const client = new pg.Client({ connectionString: test.adminUrl });
await client.connect();
const files = formatSchema(await readCatalogue(client));
await client.end();
await test.drop();
for (const name of readdirSync(SCHEMA_FOLDER)) if (name.endsWith('.sql') && !files.has(name)) rmSync(join(SCHEMA_FOLDER, name));
for (const [name, text] of files) writeFileSync(join(SCHEMA_FOLDER, name), text);
console.log(`wrote ${[...files.keys()].join(', ')}`);
