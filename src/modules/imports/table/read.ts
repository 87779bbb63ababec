import { parse, type CsvError } from 'csv-parse';
import { createReadStream } from 'node:fs';
import { Readable } from 'node:stream';
import { recordReader, type RecordReader } from './columns.ts';
import { SessionTableFault, type SessionTableMapping } from './mapping.ts';
import { malformedRow, rowReader, type SessionRow } from './row.ts';

/** A quote that never closes would swallow the rest of the file as one cell: it stops here with the line instead. */
export const RECORD_CHARS_MAX = 65_536;

/** A file's path, or its bytes in any pieces. */
export type TableSource = string | URL | AsyncIterable<Uint8Array> | Iterable<Uint8Array>;

/**
 * Reads a table row by row, in the order of the file, holding one row at a time. Every record gives exactly one row, good or bad;
 * empty lines, and records without a single text, are not records.
 * Connectors of a mapping with `byOverlap` are all 1 here: they need the whole table (`loadSessionTable`).
 * @throws SessionTableFault when the file as a whole does not fit the mapping.
 */
export async function* readSessionTable(source: TableSource, mapping: SessionTableMapping): AsyncGenerator<SessionRow> {
  const parser = parse({
    delimiter: mapping.file?.delimiter ?? ',', from_line: (mapping.file?.skipLines ?? 0) + 1, bom: false, columns: false, info: true,
    // Both kinds of line ends, because some exports have one kind after the header and the other after the rows.
    record_delimiter: ['\r\n', '\n', '\r'], relax_column_count: true, relax_quotes: true, skip_empty_lines: true, skip_records_with_empty_values: true,
    max_record_size: RECORD_CHARS_MAX,
  });
  const text = Readable.from(decoded(source, mapping.file?.encoding ?? 'utf-8'));
  text.on('error', (error) => parser.destroy(error));
  const toRow = rowReader(mapping);
  let columns: RecordReader | undefined;
  let header = mapping.file?.header;
  if (header) columns = recordReader(mapping, header);
  let rowNumber = 0;
  try {
    for await (const { record } of text.pipe(parser) as AsyncIterable<{ record: string[] }>) {
      if (!columns || !header) {
        header = record.map((name) => name.trim());
        columns = recordReader(mapping, header);
        continue;
      }
      rowNumber++;
      yield fits(record, header, columns) ? toRow(rowNumber, columns.texts(record)) : malformedRow(rowNumber, record.join('|'));
    }
  } catch (error) {
    throw asFault(error);
  } finally {
    text.destroy();
  }
  if (!columns) throw new SessionTableFault('file_malformed', 'the file is empty: there is not even a header');
}

/** Cells may be missing behind the last one that is used, and empty ones may be added; anything else has slipped. */
const fits = (record: readonly string[], header: readonly string[], { cellsMin }: RecordReader): boolean =>
  record.length >= cellsMin && record.slice(header.length).every((cell) => cell.trim() === '');

async function* decoded(source: TableSource, encoding: string): AsyncGenerator<string> {
  const decoder = new TextDecoder(encoding, { fatal: true });
  const bytes = typeof source === 'string' || source instanceof URL ? createReadStream(source) : source;
  try {
    // The decoder drops a byte order mark by itself.
    for await (const piece of bytes) yield decoder.decode(piece as Uint8Array, { stream: true });
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
