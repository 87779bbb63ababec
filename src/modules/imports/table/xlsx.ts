import { readSheet } from 'read-excel-file/node';
import { SessionTableFault } from './mapping.ts';

/** A workbook is unpacked in memory, unlike a text: larger tables come as CSV. */
export const XLSX_BYTES_MAX = 50_000_000;

/**
 * The first sheet's rows as texts, as a person sees them: dates as `yyyy-MM-dd HH:mm:ss` on the wall clock, numbers without grouping.
 * @throws SessionTableFault `table_too_long`, or `file_malformed` when the bytes are no workbook.
 */
export async function readWorkbook(bytes: Uint8Array): Promise<string[][]> {
  if (bytes.length > XLSX_BYTES_MAX) throw new SessionTableFault('table_too_long', `the workbook has ${bytes.length} bytes; above ${XLSX_BYTES_MAX} save it as CSV`);
  try {
    return (await readSheet(Buffer.from(bytes))).map((row) => row.map(textOf));
  } catch (error) {
    throw new SessionTableFault('file_malformed', `the workbook cannot be read: ${(error as Error).message}`, { cause: error });
  }
}

/** Spreadsheets keep seconds; what is below them is the noise of a day's fraction. */
function textOf(cell: unknown): string {
  if (cell === null || cell === undefined) return '';
  if (cell instanceof Date) return new Date(Math.round(cell.getTime() / 1000) * 1000).toISOString().slice(0, 19).replace('T', ' ');
  return typeof cell === 'number' ? plainNumber(cell) : String(cell);
}

/** A spreadsheet's number as it was typed: fifteen digits are what it keeps. */
const plainNumber = (value: number): string => (Number.isInteger(value) ? value.toFixed(0) : String(Number(value.toPrecision(15))));
