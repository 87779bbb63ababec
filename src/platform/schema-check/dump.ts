import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { OBJECT_KINDS, type ObjectKind, type SchemaObject } from './catalogue.ts';

export const SCHEMA_FOLDER = fileURLToPath(new URL('../../../schema/', import.meta.url));
const HEADER = '-- The end state of all migrations, read from the catalogue by `node tools/run.mjs schema`. Do not edit.';

/** One text a schema: `-- kind name` lines, each with its definition below. */
export function formatSchema(objects: readonly SchemaObject[]): Map<string, string> {
  const files = new Map<string, string>();
  for (const schema of [...new Set(objects.map((object) => object.schema))].sort()) {
    const own = objects.filter((object) => object.schema === schema);
    const blocks: string[] = [HEADER];
    for (const table of own.filter((object) => object.kind === 'table')) {
      const below = (object: SchemaObject): boolean => object.name.startsWith(`${table.name}.`) && object.kind !== 'function';
      blocks.push('', line(table), ...own.filter(below).map(line), ...own.filter((object) => object.kind === 'grant' && object.name.startsWith(`${table.name} to `)).map(line));
    }
    for (const kind of ['index', 'view', 'function'] as const) {
      const others = own.filter((object) => object.kind === kind);
      if (others.length > 0) blocks.push('', ...others.map(line));
    }
    files.set(`${schema}.sql`, `${blocks.join('\n')}\n`);
  }
  return files;
}

const line = (object: SchemaObject): string => {
  const [first = '', ...rest] = object.sql.split('\n');
  return [`-- ${object.kind} ${object.name}${first === '' ? '' : ` : ${first}`}`, ...rest.map((text) => `    ${text}`)].join('\n');
};

const OBJECT_LINE = new RegExp(`^-- (${OBJECT_KINDS.join('|')}) (.+?)(?: : (.*))?$`);

/** The objects that the committed files name; definitions only as far as their first line. */
export function parseSchema(text: string): { readonly kind: ObjectKind; readonly name: string; readonly firstLine: string }[] {
  return text.split('\n').flatMap((row) => {
    const match = OBJECT_LINE.exec(row);
    return match ? [{ kind: match[1] as ObjectKind, name: match[2]!, firstLine: match[3] ?? '' }] : [];
  });
}

export async function readSchemaFolder(folder: string = SCHEMA_FOLDER): Promise<Map<string, string>> {
  const names = (await readdir(folder)).filter((name) => name.endsWith('.sql')).sort();
  return new Map(await Promise.all(names.map(async (name) => [name, await readFile(join(folder, name), 'utf8')] as const)));
}
