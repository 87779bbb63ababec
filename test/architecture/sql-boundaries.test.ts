import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, it } from 'node:test';

const root = fileURLToPath(new URL('../../', import.meta.url));
const { MAY_CALL } = createRequire(import.meta.url)('../../.dependency-cruiser.cjs') as { MAY_CALL: Record<string, string[]> };
const schemaOf = (module: string): string => module.replaceAll('-', '_');
const schemas = Object.keys(MAY_CALL).map(schemaOf);

/** Qualified names like `ledger.account` in SQL text; the platform's own schema is open to all for its procedures. */
const namedSchemas = (sql: string): Set<string> =>
  new Set([...sql.matchAll(/\b(?:from|join|into|update|table|on|references|exists|call|function|procedure|select|perform|type|view|index|trigger)\s+(?:only\s+)?([a-z_]+)\.[a-z_]+/gi)].map((match) => match[1]!.toLowerCase()).filter((name) => schemas.includes(name)));

async function filesBelow(folder: string, ending: string): Promise<string[]> {
  const entries = await readdir(join(root, folder), { recursive: true });
  return entries.filter((entry) => entry.endsWith(ending)).map((entry) => join(folder, entry));
}

describe('the boundaries in SQL', () => {
  it('a migration belongs to one module, says so in its name, and notes its locks in line one', async () => {
    const files = await filesBelow('migrations', '.sql');
    assert.ok(files.length > 0);
    for (const file of files) {
      const sql = await readFile(join(root, file), 'utf8');
      const name = /\/\d{4}_([a-z0-9_]+)\.sql$/.exec(file)?.[1] ?? '';
      const owner = [...schemas, 'platform'].find((schema) => name === schema || name.startsWith(`${schema}_`));
      assert.ok(owner, `${file}: the name must start with the module after the number`);
      assert.match(sql.split('\n')[0]!, /^-- .*lock/i, `${file}: line one must be a comment that names the locks`);
      const foreign = [...namedSchemas(sql.replaceAll(/--.*$/gm, ''))].filter((schema) => schema !== owner);
      assert.deepEqual(foreign, [], `${file} touches ${foreign.join(', ')}`);
    }
  });

  it("a module's sources name no other module's schema", async () => {
    for (const module of Object.keys(MAY_CALL)) {
      const files = (await filesBelow('src/modules', '.ts')).filter((file) => file.startsWith(`src/modules/${module}/`) && !/\.(test|fixture)\.ts$/.test(file));
      for (const file of files) {
        const source = (await readFile(join(root, file), 'utf8')).replaceAll(/^\s*(import|export)\b.*$/gm, '').replaceAll(/(\/\/.*$|^\s*\*.*$|\/\*\*.*$)/gm, '');
        const foreign = [...namedSchemas(source)].filter((schema) => schema !== schemaOf(module));
        assert.deepEqual(foreign, [], `${file} names the schema of ${foreign.join(', ')}`);
      }
    }
  });
});
