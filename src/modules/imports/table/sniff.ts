import { parse } from 'csv-parse/sync';

/** How much of a file is looked at before anything is known of it. */
export const SNIFF_BYTES_MAX = 262_144;
const DELIMITERS = [',', ';', '\t', '|'] as const;
/** Titles and notes that stand above a header. */
const PREAMBLE_LINES_MAX = 30;
const SNIFF_ROWS_MAX = 400;

export type FileForm = { readonly kind: 'csv'; readonly encoding: string; readonly delimiter: string; readonly skipLines: number; readonly header: readonly string[] };

/** A ZIP container begins with these bytes, and every XLSX is one. */
export const isXlsx = (head: Uint8Array): boolean => head[0] === 0x50 && head[1] === 0x4b && head[2] === 0x03 && head[3] === 0x04;

/**
 * The encoding that the bytes can be read in: a byte order mark, else UTF-8, else GB 18030 where that reads as Chinese, else Windows-1252.
 * The last character may be cut in half by the end of the sample.
 */
export function sniffEncoding(head: Uint8Array): string {
  if (head[0] === 0xff && head[1] === 0xfe) return 'utf-16le';
  if (head[0] === 0xfe && head[1] === 0xff) return 'utf-16be';
  if (decodes(head, 'utf-8') !== null) return 'utf-8';
  const chinese = decodes(head, 'gb18030');
  return chinese !== null && /\p{Script=Han}/u.test(chinese) ? 'gb18030' : 'windows-1252';
}

function decodes(head: Uint8Array, encoding: string): string | null {
  try {
    return new TextDecoder(encoding, { fatal: true }).decode(head, { stream: true });
  } catch {
    return null;
  }
}

/**
 * The form of a delimited text: the delimiter that cuts the most rows into the same number of cells, and the line at which the header
 * stands. Pure. @returns null when nothing cuts it into at least three columns.
 */
export function sniffForm(head: Uint8Array): FileForm | null {
  const encoding = sniffEncoding(head);
  const text = new TextDecoder(encoding).decode(head, { stream: true });
  const lastBreak = Math.max(text.lastIndexOf('\n'), text.lastIndexOf('\r'));
  const whole = head.length < SNIFF_BYTES_MAX || lastBreak < 0 ? text : text.slice(0, lastBreak);
  const forms = DELIMITERS.flatMap((delimiter) => formWith(whole, delimiter, encoding));
  return forms.toSorted((a, b) => b.score - a.score)[0]?.form ?? null;
}

function formWith(text: string, delimiter: string, encoding: string): { form: FileForm; score: number }[] {
  const rows = cut(text, delimiter);
  const widths = new Map<number, number>();
  for (const { record } of rows) widths.set(record.length, (widths.get(record.length) ?? 0) + 1);
  const [width, count] = [...widths].toSorted(([a, x], [b, y]) => y - x || b - a)[0] ?? [0, 0];
  if (width < 3) return [];
  const header = rows.slice(0, PREAMBLE_LINES_MAX).find(({ record }) => record.length === width && record.filter((cell) => /\p{L}/u.test(cell)).length >= 3);
  return header === undefined ? [] : [{ form: { kind: 'csv', encoding, delimiter, skipLines: header.line - 1, header: header.record.map((cell) => cell.trim()) }, score: (count / rows.length) * Math.min(width, 40) }];
}

function cut(text: string, delimiter: string): { record: string[]; line: number }[] {
  try {
    const rows = parse(text, {
      delimiter, bom: true, info: true, relax_column_count: true, relax_quotes: true, skip_empty_lines: true, record_delimiter: ['\r\n', '\n', '\r'], to: SNIFF_ROWS_MAX,
    }) as unknown as { record: string[]; info: { lines: number } }[];
    let before = 0;
    return rows.map(({ record, info }) => { const line = before + 1; before = info.lines; return { record, line }; });
  } catch {
    return [];
  }
}
