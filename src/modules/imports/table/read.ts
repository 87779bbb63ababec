import { parse, type CsvError } from 'csv-parse';
import { createReadStream } from 'node:fs';
import { Readable } from 'node:stream';
import { recordReader, type RecordReader } from './columns.ts';
import { SessionTableFault, type SessionTableMapping } from './mapping.ts';
import { malformedRow, rowReader, type SessionRow } from './row.ts';
import { isXlsx } from './sniff.ts';
import { readWorkbook, XLSX_BYTES_MAX } from './xlsx.ts';

/** A quote that never closes would swallow the rest of the file as one cell: it stops here with the line instead. */
export const RECORD_CHARS_MAX = 65_536;

/** A file's path, or its bytes in any pieces. */
export type TableSource = string | URL | AsyncIterable<Uint8Array> | Iterable<Uint8Array>;

/** A row as it was read, and the cells it was read from. */
export type ReadRow = { readonly row: SessionRow; readonly record: readonly string[] };

/**
 * Reads a table row by row, in the order of the file, holding one row at a time. Every record gives exactly one row, good or bad;
 * empty lines, and records without a single text, are not records. A workbook (XLSX) is recognised by its first bytes and read whole.
 * Connectors of a mapping with `byOverlap` are all 1 here: they need the whole table (`loadSessionTable`).
 * @throws SessionTableFault when the file as a whole does not fit the mapping.
 */
export async function* readSessionTable(source: TableSource, mapping: SessionTableMapping): AsyncGenerator<SessionRow> {
  for await (const { row } of readRecords(source, mapping)) yield row;
}

/** As `readSessionTable`, with the cells beside each row. */
export async function* readRecords(source: TableSource, mapping: SessionTableMapping): AsyncGenerator<ReadRow> {
  const toRow = rowReader(mapping);
  let columns: RecordReader | undefined;
  let header = mapping.file?.header;
  if (header) columns = recordReader(mapping, header);
  let rowNumber = 0;
  for await (const record of recordsOf(source, mapping)) {
    if (!columns || !header) {
      header = record.map((name) => name.trim());
      columns = recordReader(mapping, header);
      continue;
    }
    rowNumber++;
    yield { record, row: fits(record, header, columns) ? toRow(rowNumber, columns.texts(record)) : malformedRow(rowNumber, record.join('|')) };
  }
  if (!columns) throw new SessionTableFault('file_malformed', 'the file is empty: there is not even a header');
}

async function* recordsOf(source: TableSource, mapping: SessionTableMapping): AsyncGenerator<readonly string[]> {
  const bytes = typeof source === 'string' || source instanceof URL ? createReadStream(source) : source;
  const pieces = (Symbol.asyncIterator in bytes ? bytes[Symbol.asyncIterator]() : bytes[Symbol.iterator]()) as AsyncIterator<Uint8Array> | Iterator<Uint8Array>;
  const first = await pieces.next();
  const rest = { [Symbol.asyncIterator]: async function* () { for (let next = first; !next.done; next = await pieces.next()) yield next.value; } };
  try {
    yield* !first.done && isXlsx(first.value) ? workbookRecords(rest, mapping) : textRecords(rest, mapping);
  } finally {
    await pieces.return?.();
  }
}

async function* workbookRecords(bytes: AsyncIterable<Uint8Array>, mapping: SessionTableMapping): AsyncGenerator<readonly string[]> {
  const pieces: Uint8Array[] = [];
  let size = 0;
  for await (const piece of bytes) {
    size += piece.length;
    if (size > XLSX_BYTES_MAX) throw new SessionTableFault('table_too_long', `the workbook is larger than ${XLSX_BYTES_MAX} bytes; save it as CSV`);
    pieces.push(piece);
  }
  const rows = await readWorkbook(Buffer.concat(pieces));
  for (const record of rows.slice(mapping.file?.skipLines ?? 0)) if (record.some((cell) => cell.trim() !== '')) yield record;
}

async function* textRecords(bytes: AsyncIterable<Uint8Array>, mapping: SessionTableMapping): AsyncGenerator<readonly string[]> {
  const parser = parse({
    delimiter: mapping.file?.delimiter ?? ',', from_line: (mapping.file?.skipLines ?? 0) + 1, bom: false, columns: false, info: true,
    // Both kinds of line ends, because some exports have one kind after the header and the other after the rows.
    record_delimiter: ['\r\n', '\n', '\r'], relax_column_count: true, relax_quotes: true, skip_empty_lines: true, skip_records_with_empty_values: true,
    max_record_size: RECORD_CHARS_MAX,
  });
  const text = Readable.from(decoded(bytes, mapping.file?.encoding ?? 'utf-8'));
  text.on('error', (error) => parser.destroy(error));
  try {
    for await (const { record } of text.pipe(parser) as AsyncIterable<{ record: string[] }>) yield record;
  } catch (error) {
    throw asFault(error);
  } finally {
    text.destroy();
  }
}

/** Cells may be missing behind the last one that is used, and empty ones may be added; anything else has slipped. */
const fits = (record: readonly string[], header: readonly string[], { cellsMin }: RecordReader): boolean =>
  record.length >= cellsMin && record.slice(header.length).every((cell) => cell.trim() === '');

async function* decoded(bytes: AsyncIterable<Uint8Array>, encoding: string): AsyncGenerator<string> {
  const decoder = new TextDecoder(encoding, { fatal: true });
  try {
    // The decoder drops a byte order mark by itself.
    for await (const piece of bytes) yield decoder.decode(piece, { stream: true });
    yield decoder.decode();
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    throw new SessionTableFault('encoding_wrong', `the file is not ${encoding}; name its encoding in file.encoding (for example latin1 or gb18030)`, { cause: error });
  }
}

function asFault(error: unknown): unknown {
  const csv = error as Partial<CsvError>;
  if (!csv.code?.startsWith('CSV_')) return error;
  return new SessionTableFault('file_malformed', `line ${csv.lines ?? '?'}: ${csv.message} (a quote that is opened and not closed?)`, { cause: error });
}
