/**
 * Writes what is made from the sources: contracts/openapi.yaml, docs/reference/errors.md, docs/reference/api.md.
 * Run it after a change of a route, a permission or an error: `node tools/contract.ts`. A test compares.
 */
import { writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { stringify } from 'yaml';
import { composeApi } from '../src/entrypoints/api.ts';
import { systemClock } from '../src/platform/clock/index.ts';
import { connectDatabase } from '../src/platform/database/index.ts';
import { errorReference } from '../src/platform/errors/reference.ts';
import { apiReference } from '../src/platform/http/api-reference.ts';
import { openApiDocument } from '../src/platform/http/index.ts';
import { silentLogger } from '../src/platform/logging/logger.ts';

export type GeneratedFile = { readonly path: string; readonly text: string };

/** The generated files as they should be, by path from the root of the repository. Needs no database. */
export async function generatedFiles(): Promise<GeneratedFile[]> {
  const nowhere = 'postgres://127.0.0.1:1/nowhere';
  const database = connectDatabase({ app: nowhere, inbox: nowhere, platform: nowhere });
  const api = await composeApi({ database, clock: systemClock, logger: silentLogger });
  await api.server.ready();
  const document = openApiDocument(api.server);
  await api.server.close();
  await database.close();
  return [
    { path: 'contracts/openapi.yaml', text: stringify(document, { lineWidth: 140, aliasDuplicateObjects: false }) },
    { path: 'docs/reference/errors.md', text: errorReference() },
    { path: 'docs/reference/api.md', text: apiReference(document) },
  ];
}

if (import.meta.main) {
  const root = fileURLToPath(new URL('../', import.meta.url));
  for (const { path, text } of await generatedFiles()) await writeFile(root + path, text);
}
