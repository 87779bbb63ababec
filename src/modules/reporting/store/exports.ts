import type { Instant } from '../../../kernel/index.ts';
import { sqlTimestamp, type Tx } from '../../../platform/database/index.ts';
import type { Format, Language } from '../files/words.ts';
import type { XlsxProgress } from '../files/xlsx.ts';
import type { Reached } from '../files/sheet.ts';
import type { ExportSubject } from '../queries/sheet-parameters.ts';
import { onlyOperator } from '../only-operator.ts';

export type ExportState = 'waiting' | 'running' | 'done' | 'failed';
/** Where a file goes on: after which row, and what its format carries along. */
export type ExportProgress = { readonly after: Reached | null; readonly xlsx: XlsxProgress | null };
export type Export = ExportSubject & {
  readonly exportId: string; readonly format: Format; readonly language: Language; readonly state: ExportState; readonly rowsDone: bigint; readonly rowsTotal: bigint | null; readonly reached: ExportProgress | null;
  readonly parts: number; readonly bytes: bigint; readonly sha256: string | null; readonly failure: string | null; readonly tries: number; readonly requestedBy: string; readonly requestedAt: Instant; readonly doneAt: Instant | null;
};
const COLUMNS = `export_id as "exportId", subject, format, language, parameters, state, rows_done as "rowsDone", rows_total as "rowsTotal", reached, parts, bytes, sha256, failure, tries, requested_by as "requestedBy",
  requested_at as "requestedAt", done_at as "doneAt"`;

export async function insertExport(tx: Tx, of: ExportSubject & Pick<Export, 'exportId' | 'format' | 'language' | 'requestedBy' | 'requestedAt'>): Promise<void> {
  await tx.execute(`insert into reporting.export (operator_id, export_id, subject, format, language, parameters, state, requested_by, requested_at) values ($1, $2, $3, $4, $5, $6, 'waiting', $7, $8)`,
    [onlyOperator(tx), of.exportId, of.subject, of.format, of.language, JSON.stringify(of.parameters), of.requestedBy, sqlTimestamp(of.requestedAt)]);
}

export async function findExport(tx: Tx, exportId: string): Promise<Export | null> {
  const [row] = await tx.query<Export>(`select ${COLUMNS} from reporting.export where operator_id = $1 and export_id = $2`, [onlyOperator(tx), exportId]);
  return row ?? null;
}

/** Newest first. */
export const listExports = (tx: Tx, page: { readonly after: readonly [requestedAt: number, exportId: string] | null; readonly limit: number }): Promise<Export[]> => tx.query<Export>(
  `select ${COLUMNS} from reporting.export e where e.operator_id = $1 and ($2::timestamptz is null or (e.requested_at, e.export_id) < ($2, $3::uuid)) order by e.requested_at desc, e.export_id desc limit $4`,
  [onlyOperator(tx), page.after === null ? null : sqlTimestamp(page.after[0] as Instant), page.after?.[1] ?? null, page.limit]);

/** Takes the oldest that nobody is writing; one whose writer has not been heard of since its lease ended is taken over. */
export async function takeExport(tx: Tx, of: { readonly now: Instant; readonly leasedUntil: Instant }): Promise<Export | null> {
  const [row] = await tx.query<Export>(
    `update reporting.export t set state = 'running', leased_until = $3, tries = tries + 1 where t.operator_id = $1 and t.export_id = (
       select e.export_id from reporting.export e where e.operator_id = $1 and e.state in ('waiting', 'running') and (e.leased_until is null or e.leased_until <= $2) order by e.requested_at limit 1 for update skip locked)
     returning ${COLUMNS}`, [onlyOperator(tx), sqlTimestamp(of.now), sqlTimestamp(of.leasedUntil)]);
  return row ?? null;
}

/**
 * Writes a part with the progress that covers it: both, or neither. Whoever gets on has not tried in vain. @returns false when somebody else has written that part: this writer's lease had ended.
 */
export async function writePart(tx: Tx, e: Pick<Export, 'exportId' | 'parts'>, of: { readonly content: Buffer; readonly rows: number; readonly rowsTotal: number; readonly reached: ExportProgress; readonly leasedUntil: Instant }): Promise<boolean> {
  const moved = await tx.execute(
    `update reporting.export set rows_done = rows_done + $4, rows_total = $5, reached = $6, parts = parts + 1, bytes = bytes + $7, leased_until = $8, tries = 0 where operator_id = $1 and export_id = $2 and parts = $3 and state = 'running'`,
    [onlyOperator(tx), e.exportId, e.parts, of.rows, of.rowsTotal, JSON.stringify(of.reached), of.content.length, sqlTimestamp(of.leasedUntil)]);
  if (moved === 1) await tx.execute('insert into reporting.export_part (operator_id, export_id, part_number, content) values ($1, $2, $3, $4)', [onlyOperator(tx), e.exportId, e.parts, of.content]);
  return moved === 1;
}

export async function finishExport(tx: Tx, exportId: string, of: { readonly sha256: string; readonly at: Instant }): Promise<void> {
  await tx.execute(`update reporting.export set state = 'done', sha256 = $3, done_at = $4, leased_until = null where operator_id = $1 and export_id = $2 and state = 'running'`, [onlyOperator(tx), exportId, of.sha256, sqlTimestamp(of.at)]);
}
export async function failExport(tx: Tx, exportId: string, failure: string): Promise<void> {
  await tx.execute(`update reporting.export set state = 'failed', failure = $3, leased_until = null where operator_id = $1 and export_id = $2 and state in ('waiting', 'running')`, [onlyOperator(tx), exportId, failure.slice(0, 500)]);
}

export async function readPart(tx: Tx, exportId: string, part: number): Promise<Buffer | null> {
  const [row] = await tx.query<{ content: Buffer }>('select content from reporting.export_part where operator_id = $1 and export_id = $2 and part_number = $3', [onlyOperator(tx), exportId, part]);
  return row?.content ?? null;
}
