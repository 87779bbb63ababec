import type pg from 'pg';
import { readCatalogue, type ObjectKind } from './catalogue.ts';
import { parseSchema, readSchemaFolder } from './dump.ts';

/** The database lacks what this program needs; every missing object is named. */
export class SchemaIncomplete extends Error {
  override readonly name = 'SchemaIncomplete';
  readonly missing: readonly string[];
  constructor(missing: readonly string[]) {
    const shown = missing.slice(0, MISSING_SHOWN_MAX);
    const more = missing.length > shown.length ? `\n  and ${missing.length - shown.length} more` : '';
    super(`schema_incomplete: ${shown.join('\nschema_incomplete: ')}${more}\nThe program does not serve on it. Restore a backup, or put back what was dropped by hand.`);
    this.missing = missing;
  }
}

const MISSING_SHOWN_MAX = 20;
/** What the program would fail without. Indexes make it slow and grants are seen in use; both are only noted. */
const NEEDED: readonly ObjectKind[] = ['table', 'column', 'constraint', 'policy', 'trigger', 'function', 'view'];

export type SchemaFindings = { readonly missing: readonly string[]; readonly different: readonly string[] };

/**
 * Compares the whole schema with the committed end state (C-02: after an upgrade columns were missing and every top-up failed). More
 * than the program knows is fine: the next release may have migrated already.
 */
export async function compareSchema(client: pg.ClientBase, expectedFiles?: ReadonlyMap<string, string>): Promise<SchemaFindings> {
  const files = expectedFiles ?? await readSchemaFolder();
  const there = new Map((await readCatalogue(client)).map((object) => [`${object.kind} ${object.name}`, object.sql.split('\n')[0] ?? '']));
  const missing: string[] = [], different: string[] = [];
  for (const expected of [...files.values()].flatMap(parseSchema)) {
    const key = `${expected.kind} ${expected.name}`;
    const found = there.get(key);
    if (found === undefined) (NEEDED.includes(expected.kind) ? missing : different).push(`${key} is missing`);
    else if (expected.kind === 'column' && found !== expected.firstLine) different.push(`${key} is ${found}, expected ${expected.firstLine}`);
  }
  // A missing table is named once, not once a column.
  const tables = missing.filter((text) => text.startsWith('table ')).map((text) => text.split(' ')[1]!);
  return { missing: missing.filter((text) => text.startsWith('table ') || !tables.some((table) => text.split(' ')[1]!.startsWith(`${table}.`))), different };
}

/** @throws SchemaIncomplete. */
export async function requireSchema(client: pg.ClientBase): Promise<readonly string[]> {
  const { missing, different } = await compareSchema(client);
  if (missing.length > 0) throw new SchemaIncomplete(missing);
  return different;
}
