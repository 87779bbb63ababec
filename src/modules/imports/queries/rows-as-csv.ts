import type { OperatorDatabase } from '../../../platform/database/index.ts';
import { readFile } from '../../../platform/stored-files/index.ts';
import { proposeForFile } from '../commands/preview-table.ts';
import type { SessionImport } from '../store/imports.ts';
import { listRows, type ImportedRow, type RowFilter } from '../store/rows.ts';

const ROWS_PER_READ = 1_000;
const BYTE_ORDER_MARK = '\uFEFF';

/** Rows of an import as CSV that spreadsheets open: where each stood in the file, why it is here, and its own cells as they came. A page in memory. */
export async function* rowsAsCsv(odb: OperatorDatabase, of: SessionImport, which: RowFilter['which']): AsyncGenerator<string> {
  const header = await headerOf(odb, of);
  yield `${BYTE_ORDER_MARK}${lineOf(['row', 'refused', 'causes', 'problems', ...header])}`;
  for (let after = 0; ;) {
    const rows = await odb.transaction((tx) => listRows(tx, of.importId, { which, cause: null, after, countMax: ROWS_PER_READ }));
    if (rows.length === 0) return;
    yield rows.map((row) => lineOf(cellsOf(row))).join('');
    after = rows.at(-1)!.rowNumber;
  }
}

const cellsOf = ({ rowNumber, refusedCode, flags, problems, record }: ImportedRow): string[] =>
  [String(rowNumber), refusedCode ?? '', [...new Set(flags?.map(({ cause }) => cause))].join(' '), problems.map(({ code, text }) => (text === undefined ? code : `${code}: ${text}`)).join('; '), ...record];

/** What the columns are called in the file; none where it cannot be looked at any more. */
async function headerOf(odb: OperatorDatabase, { fileId, fileName, mapping }: SessionImport): Promise<readonly string[]> {
  if (mapping?.file?.header) return mapping.file.header;
  return (await proposeForFile(readFile(odb, fileId), { title: fileName, zone: 'UTC' }).catch(() => ({ header: [] }))).header;
}

/** A cell that begins like a formula is kept from becoming one; a figure stays a figure. */
function quoted(text: string): string {
  const safe = /^[=+@\t\r]/.test(text) || (text.startsWith('-') && !/^-[\d.,]+$/.test(text)) ? `'${text}` : text;
  return `"${safe.replaceAll('"', '""')}"`;
}
const lineOf = (cells: readonly string[]): string => `${cells.map(quoted).join(',')}\r\n`;
