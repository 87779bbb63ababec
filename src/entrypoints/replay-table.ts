import { createHash } from 'node:crypto';
import { readFile, stat } from 'node:fs/promises';
import { basename } from 'node:path';
import { isCurrencyCode, type CurrencyCode } from '../kernel/index.ts';
import { loadSessionTable, readMapping, SessionTableFault } from '../modules/imports/index.ts';
import { UsageFault } from './options.ts';
import type { ReplayRow } from './replay-plan.ts';

export type ReplayTable = {
  readonly rows: readonly ReplayRow[];
  /** Names the operator, and begins every identity: another table, or another mapping of it, is another operator. */
  readonly prefix: string;
  readonly name: string;
  readonly currency: CurrencyCode;
  readonly timeZone: string;
};
const NAME_LENGTH = 8, DIGEST_LENGTH = 5;

/** Reads the first `limit` rows of a table. @throws UsageFault when the file or the mapping cannot be used, saying why. */
export async function readReplayTable(file: string, mappingFile: string, limit: number): Promise<ReplayTable> {
  try {
    const mapping = await readMapping(mappingFile);
    const currency = mapping.currency ?? 'CNY';
    if (!isCurrencyCode(currency)) throw new UsageFault(`the mapping's currency ${currency} is not one that Kirchhoff knows`);
    const { rows } = await loadSessionTable(file, mapping);
    const digest = createHash('sha256').update(await readFile(mappingFile)).update(basename(file)).update(String((await stat(file)).size)).digest('hex').slice(0, DIGEST_LENGTH);
    const name = basename(mappingFile).replace(/\.[^.]*$/, '').toLowerCase().replace(/[^a-z0-9]+/g, '').slice(0, NAME_LENGTH);
    return { rows: rows.slice(0, limit), prefix: `${name === '' ? 'table' : name}-${digest}`, name: mapping.title, currency, timeZone: mapping.time.zone };
  } catch (error) {
    if (error instanceof SessionTableFault || (error as NodeJS.ErrnoException).code === 'ENOENT') throw new UsageFault((error as Error).message);
    throw error;
  }
}
