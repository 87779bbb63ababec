import { createHash, type Hash } from 'node:crypto';
import { addMs, assert, ok, refuse, type Clock, type OperatorId, type Result } from '../../../kernel/index.ts';
import { newUuid } from '../../../platform/clock/index.ts';
import type { OperatorDatabase, Tx } from '../../../platform/database/index.ts';
import { forEachOperator, type Job } from '../../../platform/jobs/index.ts';
import { announce } from '../../../platform/live-updates/index.ts';
import { PIECE_BYTES, readAhead } from '../../../platform/stored-files/index.ts';
import { csvHead, csvRows } from '../files/csv.ts';
import { PDF_ROWS_MAX, writePdf } from '../files/pdf.ts';
import type { Reached, Row, Sheet } from '../files/sheet.ts';
import { XLSX_ROWS_MAX, xlsxHead, xlsxRows, xlsxTail } from '../files/xlsx.ts';
import type { ExportSubject } from '../queries/sheet-parameters.ts';
import { openSheet } from '../queries/sheets.ts';
import { failExport, findExport, finishExport, insertExport, readPart, takeExport, writePart, type Export, type ExportProgress } from '../store/exports.ts';

/** Few enough that a page and what is made of it die young: memory stays flat whatever the length of the table. */
export const ROWS_PER_PART = 2_000;
/** How long a writer may be silent before another one takes over. */
export const LEASE_MS = 60_000;
const TRIES_MAX = 5;

export type RequestExportRejection = { readonly code: 'export_format_not_for_bills' } | { readonly code: 'export_subject_not_found' };

/** Asks for a file; a job writes it. Bills are a table of millions and no document. */
export async function requestExport(tx: Tx, of: ExportSubject & Pick<Export, 'format' | 'language' | 'requestedBy'>, { clock }: { readonly clock: Clock }): Promise<Result<Export, RequestExportRejection>> {
  if (of.subject === 'bills' && of.format === 'pdf') return refuse({ code: 'export_format_not_for_bills' });
  const exportId = newUuid();
  await insertExport(tx, { ...of, exportId, requestedAt: clock.now() });
  announce(tx, 'reporting.exports');
  return ok((await findExport(tx, exportId))!);
}

type WriteOptions = { readonly clock: Clock; readonly rowsPerPart?: number; /** Asked between parts; for stopping, and for tests of being killed. */ readonly goOn?: () => boolean };

/** Writes what is waiting, one file after the other. @returns how many were finished. */
export async function writeExports(database: OperatorDatabase, options: WriteOptions): Promise<number> {
  let finished = 0;
  for (;;) {
    const taken = await database.transaction((tx) => takeExport(tx, lease(options.clock)));
    if (taken === null) return finished;
    if (taken.tries > TRIES_MAX) {
      await database.transaction((tx) => failExport(tx, taken.exportId, `export_given_up: after ${TRIES_MAX} tries`));
      continue;
    }
    const outcome = await writeExport(database, taken, options);
    if (outcome === 'stopped') return finished;
    if (outcome === 'done') finished += 1;
  }
}

const lease = (clock: Clock) => ({ now: clock.now(), leasedUntil: addMs(clock.now(), LEASE_MS) });

async function writeExport(database: OperatorDatabase, e: Export, options: WriteOptions): Promise<'done' | 'stopped' | 'failed' | 'taken_over'> {
  const { clock } = options;
  const sheet = await database.transaction((tx) => openSheet(tx, e, { language: e.language, format: e.format, clock }));
  const refusal = refusalOf(e, sheet);
  if (sheet === null || refusal !== null) {
    await database.transaction(async (tx) => { await failExport(tx, e.exportId, refusal ?? 'export_subject_not_found'); announce(tx, 'reporting.exports'); });
    return 'failed';
  }
  const hash = await hashSoFar(database, e);
  const written = e.format === 'pdf' ? await writeWhole(database, e, { sheet, options, hash }) : await writeStream(database, e, { sheet, options, hash });
  if (written !== 'done') return written;
  await database.transaction(async (tx) => {
    await finishExport(tx, e.exportId, { sha256: hash.digest('hex'), at: clock.now() });
    announce(tx, 'reporting.exports');
  });
  return 'done';
}

function refusalOf({ format }: Export, sheet: Sheet | null): string | null {
  if (sheet === null) return 'export_subject_not_found';
  if (sheet.rowsMax !== undefined && sheet.rowsTotal > sheet.rowsMax) return `export_too_long: more than ${sheet.rowsMax} rows; narrow it to a fleet, department or station`;
  if (format === 'pdf' && sheet.rowsTotal > PDF_ROWS_MAX) return `export_too_long: ${sheet.rowsTotal} rows, a PDF has at most ${PDF_ROWS_MAX}`;
  if (format === 'xlsx' && sheet.rowsTotal > XLSX_ROWS_MAX) return `export_too_long: ${sheet.rowsTotal} rows, a workbook has at most ${XLSX_ROWS_MAX}`;
  return null;
}

type Writing = { readonly sheet: Sheet; readonly options: WriteOptions; /** Of all parts that are kept. */ readonly hash: Hash };

/** Part by part, each in a transaction with the progress that covers it. */
async function writeStream(database: OperatorDatabase, e: Export, { sheet, options, hash }: Writing): Promise<'done' | 'stopped' | 'taken_over'> {
  if (isWritten(e)) return 'done';
  const limit = options.rowsPerPart ?? ROWS_PER_PART;
  let { parts, reached } = e;
  for (;;) {
    if (options.goOn && !options.goOn()) return 'stopped';
    const step = await database.transaction(async (tx): Promise<{ readonly reached: ExportProgress; readonly last: boolean; readonly content: Buffer } | null> => {
      const page = await sheet.page(tx, reached?.after ?? null, limit);
      const last = page.rows.length < limit;
      const piece = pieceOf(e, sheet, { reached, rows: page.rows, last });
      const progress: ExportProgress = { after: page.rows.length === 0 ? reached?.after ?? null : page.reached, xlsx: piece.xlsx };
      const kept = await writePart(tx, { exportId: e.exportId, parts }, { content: piece.content, rows: page.rows.length, rowsTotal: sheet.rowsTotal, reached: { ...progress, ...(last ? END : {}) }, leasedUntil: lease(options.clock).leasedUntil });
      announce(tx, 'reporting.exports');
      return kept ? { reached: progress, last, content: piece.content } : null;
    });
    if (step === null) return 'taken_over';
    hash.update(step.content);
    if (step.last) return 'done';
    parts += 1;
    reached = step.reached;
  }
}

/** The mark that the last part was written: whoever takes over then has only to finish. */
const END = { after: ['end'] as Reached };
const isWritten = ({ reached }: Export): boolean => reached?.after?.[0] === 'end';

function pieceOf(e: Export, sheet: Sheet, of: { readonly reached: ExportProgress | null; readonly rows: readonly Row[]; readonly last: boolean }): { readonly content: Buffer; readonly xlsx: ExportProgress['xlsx'] } {
  const first = of.reached === null;
  if (e.format === 'csv') return { content: Buffer.from((first ? csvHead(sheet) : '') + csvRows(sheet.columns, of.rows) + (of.last ? csvRows(sheet.columns, sheet.footer) : '')), xlsx: null };
  const head = first ? xlsxHead(sheet) : null;
  const before = head?.progress ?? of.reached?.xlsx;
  assert(before, 'a workbook goes on where it was');
  const body = xlsxRows(before, sheet.columns, of.rows);
  return { content: Buffer.concat([...(head ? [head.bytes] : []), body.bytes, ...(of.last ? [xlsxTail(body.progress, sheet)] : [])]), xlsx: body.progress };
}

/** A document is laid out as a whole: after a kill it is laid out again, since no part of it was kept. */
async function writeWhole(database: OperatorDatabase, e: Export, { sheet, options, hash }: Writing): Promise<'done' | 'stopped' | 'taken_over'> {
  if (isWritten(e)) return 'done';
  if (options.goOn && !options.goOn()) return 'stopped';
  const { rows } = await database.transaction((tx) => sheet.page(tx, null, PDF_ROWS_MAX));
  const content = await writePdf(sheet, rows, e.language);
  const kept = await database.transaction(async (tx) => {
    for (let from = 0, part = e.parts; from < content.length; from += PIECE_BYTES, part++) {
      const moved = await writePart(tx, { exportId: e.exportId, parts: part }, {
        content: content.subarray(from, from + PIECE_BYTES), rows: from === 0 ? rows.length : 0, rowsTotal: sheet.rowsTotal, reached: { ...END, xlsx: null }, leasedUntil: lease(options.clock).leasedUntil,
      });
      if (!moved) return false;
    }
    announce(tx, 'reporting.exports');
    return true;
  });
  if (kept) hash.update(content);
  return kept ? 'done' : 'taken_over';
}

/** The file's parts in order, each in a transaction of its own: for whoever sends it. */
export async function* exportContent(database: OperatorDatabase, { exportId, parts }: Pick<Export, 'exportId' | 'parts'>): AsyncGenerator<Buffer> {
  let read = 0;
  for await (const content of readAhead((part) => (part < parts ? database.transaction((tx) => readPart(tx, exportId, part)) : Promise.resolve(null)))) {
    read += 1;
    yield content;
  }
  assert(read === parts, 'a file has all its parts');
}

/** Of what an earlier writer has kept: only after a kill is any of it read again. */
async function hashSoFar(database: OperatorDatabase, e: Export): Promise<Hash> {
  const hash = createHash('sha256');
  for await (const content of exportContent(database, e)) hash.update(content);
  return hash;
}

/** Picks up every minute what was asked for and what a killed process left. */
export const writeExportsJob: Job = {
  name: 'write_exports', about: 'Writes the files of reports, bills and statements that were asked for.', cron: '* * * * *', everyMs: 60_000,
  run: async (context) => {
    let files = 0;
    const operators = await forEachOperator(context, async (operatorId: OperatorId) => { files += await writeExports(context.database.forOperator(operatorId), context); });
    return { operators, files };
  },
};
