import { parse } from 'csv-parse';
import { Readable } from 'node:stream';
import type { AnomalyRules } from '../../charging/index.ts';
import { judgeChargePoint, type JudgedRow } from '../domain/judge.ts';
import { proposeMapping, type GivenColumns, type MappingProposal } from '../domain/propose-mapping.ts';
import { readRecords, type ReadRow } from '../table/read.ts';
import { SessionTableFault, type SessionTableMapping } from '../table/index.ts';
import { isXlsx, SNIFF_BYTES_MAX, sniffForm } from '../table/sniff.ts';
import { readWorkbook, XLSX_BYTES_MAX } from '../table/xlsx.ts';

/** A dry run reads so many rows: enough to see what a mapping does, few enough to answer at once. */
export const PREVIEW_ROWS_MAX = 20_000;
export const PREVIEW_SAMPLES_MAX = 5;
const SAMPLE_RECORDS_MAX = 2_000;

type Bytes = AsyncIterable<Uint8Array>;
/** How a text is cut into columns, where somebody knows better than its looks; a workbook has rows above its header only. */
export type GivenForm = { readonly encoding?: string; readonly delimiter?: string; readonly skipLines?: number };
export type ProposalQuestion = { readonly title: string; readonly zone: string; readonly given?: GivenColumns; readonly form?: GivenForm };

/** Looks at the beginning of a file and proposes how to read it; columns that a person has chosen stand. @throws SessionTableFault when it is no table at all. */
export async function proposeForFile(content: Bytes, { title, zone, given = {}, form: said = {} }: ProposalQuestion): Promise<MappingProposal> {
  const head = await firstBytes(content, SNIFF_BYTES_MAX);
  if (isXlsx(head.bytes)) {
    const rows = await readWorkbook((await firstBytes(head.all, XLSX_BYTES_MAX + 1)).bytes);
    const skipLines = said.skipLines ?? Math.max(0, rows.findIndex((row) => row.filter((cell) => /\p{L}/u.test(cell)).length >= 3));
    return proposeMapping({ title, file: { skipLines }, header: (rows[skipLines] ?? []).map((cell) => cell.trim()), records: rows.slice(skipLines + 1, skipLines + 1 + SAMPLE_RECORDS_MAX) }, zone, given);
  }
  const seen = sniffForm(head.bytes);
  if (seen === null && said.delimiter === undefined) throw new SessionTableFault('file_malformed', 'nothing cuts this text into three columns or more: it is no table that could be read');
  const form = { encoding: said.encoding ?? seen?.encoding ?? 'utf-8', delimiter: said.delimiter ?? seen!.delimiter, skipLines: said.skipLines ?? seen?.skipLines ?? 0 };
  const records: string[][] = [];
  const text = decoder(form.encoding).decode(head.bytes, { stream: true });
  const parser = parse({ delimiter: form.delimiter, from_line: form.skipLines + 1, bom: true, relax_column_count: true, relax_quotes: true, skip_empty_lines: true, record_delimiter: ['\r\n', '\n', '\r'], to: SAMPLE_RECORDS_MAX + 1 });
  for await (const record of Readable.from([text]).pipe(parser) as AsyncIterable<string[]>) records.push(record);
  // The last record of a sample that ends somewhere may be cut.
  const whole = head.bytes.length < SNIFF_BYTES_MAX ? records : records.slice(0, -1);
  return proposeMapping({ title, file: form, header: (whole[0] ?? []).map((cell) => cell.trim()), records: whole.slice(1) }, zone, given);
}

function decoder(encoding: string): InstanceType<typeof TextDecoder> {
  try {
    return new TextDecoder(encoding);
  } catch {
    throw new SessionTableFault('mapping_invalid', `"${encoding}" is not an encoding`);
  }
}

async function firstBytes(content: Bytes, bytesMax: number): Promise<{ bytes: Uint8Array; all: Bytes }> {
  const pieces: Uint8Array[] = [];
  let size = 0;
  const iterator = content[Symbol.asyncIterator]();
  for (; size < bytesMax;) {
    const next = await iterator.next();
    if (next.done) break;
    pieces.push(next.value);
    size += next.value.length;
  }
  const all = async function* (): AsyncGenerator<Uint8Array> {
    yield* pieces;
    for (let next = await iterator.next(); !next.done; next = await iterator.next()) yield next.value;
  };
  return { bytes: Buffer.concat(pieces).subarray(0, bytesMax), all: all() };
}

export type PreviewedRow = ReadRow & { readonly judged: JudgedRow | null };
export type TablePreview = {
  readonly rowsRead: number;
  /** False: the file goes on beyond what was read. */
  readonly whole: boolean;
  readonly refused: readonly { readonly code: string; readonly rows: number; readonly samples: readonly PreviewedRow[] }[];
  readonly causes: readonly { readonly code: number | null; readonly cause: string; readonly rows: number; readonly samples: readonly PreviewedRow[] }[];
  readonly clean: number;
  readonly first: readonly PreviewedRow[];
};

/** What an import would make of a file, without making it. @throws SessionTableFault when the mapping does not fit the file. */
export async function previewTable(content: Bytes, mapping: SessionTableMapping, rules: AnomalyRules, rowsMax = PREVIEW_ROWS_MAX): Promise<TablePreview> {
  const rows: ReadRow[] = [];
  let whole = true;
  for await (const row of readRecords(content, mapping)) {
    if (rows.length >= rowsMax) { whole = false; break; }
    rows.push(row);
  }
  const context = { zone: mapping.time.zone, rules, connectorsByOverlap: mapping.connector && 'byOverlap' in mapping.connector ? mapping.connector.byOverlap : null, powerW: mapping.powerW ?? null };
  const judged = new Map<number, JudgedRow>();
  for (const own of Map.groupBy(rows.filter(({ row }) => row.notReplayable === null), ({ row }) => row.chargePointKey).values()) {
    for (const each of judgeChargePoint(own.map(({ row }) => row), context)) judged.set(each.rowNumber, each);
  }
  const previewed = rows.map((each) => ({ ...each, judged: judged.get(each.row.rowNumber) ?? null }));
  const count = <K>(keyed: readonly (readonly [K, PreviewedRow])[]): { key: K; rows: number; samples: PreviewedRow[] }[] =>
    [...Map.groupBy(keyed, ([key]) => JSON.stringify(key)).values()].map((group) => ({ key: group[0]![0], rows: group.length, samples: group.slice(0, PREVIEW_SAMPLES_MAX).map(([, row]) => row) })).sort((a, b) => b.rows - a.rows);
  return {
    rowsRead: rows.length, whole, clean: previewed.filter(({ judged: verdict }) => verdict?.flags.length === 0).length, first: previewed.slice(0, PREVIEW_SAMPLES_MAX),
    refused: count(previewed.flatMap((each) => (each.row.notReplayable === null ? [] : [[each.row.notReplayable, each] as const]))).map(({ key, ...rest }) => ({ code: key, ...rest })),
    causes: count(previewed.flatMap((each) => [...new Map(each.judged?.flags.map((flag) => [flag.cause, flag] as const) ?? []).values()].map(({ code, cause }) => [{ code, cause }, each] as const))).map(({ key, ...rest }) => ({ ...key, ...rest })),
  };
}
