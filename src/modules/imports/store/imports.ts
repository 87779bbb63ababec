import { assert, type Instant, type OperatorId } from '../../../kernel/index.ts';
import { sqlTimestamp, type Tx } from '../../../platform/database/index.ts';
import type { SessionTableMapping } from '../table/index.ts';

export const IMPORT_STATES = ['uploaded', 'reading', 'judging', 'done', 'failed'] as const;
export type ImportState = (typeof IMPORT_STATES)[number];
export type SessionImport = {
  readonly importId: string; readonly fileId: string; readonly fileName: string; readonly digest: string; readonly state: ImportState; readonly mapping: SessionTableMapping | null;
  readonly rulesVersion: number | null; readonly rowsRead: bigint; readonly rowsJudged: bigint; readonly judgedUpTo: string | null; readonly failureCode: string | null; readonly failure: string | null;
  readonly requestedBy: string; readonly requestedAt: Instant; readonly finishedAt: Instant | null;
};
const COLUMNS = `import_id as "importId", file_id as "fileId", file_name as "fileName", digest, state, mapping, rules_version as "rulesVersion", rows_read as "rowsRead", rows_judged as "rowsJudged",
  judged_up_to as "judgedUpTo", failure_code as "failureCode", failure, requested_by as "requestedBy", requested_at as "requestedAt", finished_at as "finishedAt"`;

export const onlyOperator = (tx: Tx): OperatorId => {
  assert(tx.operatorIds.length === 1, 'imports work for one operator at a time');
  return tx.operatorIds[0]!;
};

export async function insertImport(tx: Tx, of: Pick<SessionImport, 'importId' | 'fileId' | 'fileName' | 'digest' | 'requestedBy' | 'requestedAt'>): Promise<void> {
  await tx.execute(
    `insert into imports.session_import (operator_id, import_id, file_id, file_name, digest, state, requested_by, requested_at) values ($1, $2, $3, $4, $5, 'uploaded', $6, $7)`,
    [onlyOperator(tx), of.importId, of.fileId, of.fileName, of.digest, of.requestedBy, sqlTimestamp(of.requestedAt)]);
}

export async function loadImport(tx: Tx, importId: string, lock: 'lock' | 'look' = 'look'): Promise<SessionImport | null> {
  const [row] = await tx.query<SessionImport>(`select ${COLUMNS} from imports.session_import where operator_id = $1 and import_id = $2${lock === 'lock' ? ' for update' : ''}`, [onlyOperator(tx), importId]);
  return row ?? null;
}

/** The import that has read, or is reading, the same bytes by the same mapping. */
export async function findTwin(tx: Tx, of: { readonly importId: string; readonly digest: string; readonly mapping: SessionTableMapping }): Promise<SessionImport | null> {
  const [row] = await tx.query<SessionImport>(
    `select ${COLUMNS} from imports.session_import where operator_id = $1 and digest = $2 and md5(mapping::text) = md5($3::jsonb::text) and state <> 'failed' and import_id <> $4`,
    [onlyOperator(tx), of.digest, JSON.stringify(of.mapping), of.importId]);
  return row ?? null;
}

export const listImports = (tx: Tx, { before, countMax }: { readonly before: { readonly requestedAt: Instant; readonly importId: string } | null; readonly countMax: number }): Promise<SessionImport[]> =>
  tx.query<SessionImport>(
    `select ${COLUMNS} from imports.session_import where operator_id = $1 and ($2::timestamptz is null or (requested_at, import_id) < ($2, $3::uuid)) order by requested_at desc, import_id desc limit $4`,
    [onlyOperator(tx), before === null ? null : sqlTimestamp(before.requestedAt), before?.importId ?? null, countMax]);

export async function beginReading(tx: Tx, importId: string, mapping: SessionTableMapping, rulesVersion: number): Promise<void> {
  await tx.execute(`update imports.session_import set state = 'reading', mapping = $3, rules_version = $4 where operator_id = $1 and import_id = $2 and state = 'uploaded'`,
    [onlyOperator(tx), importId, JSON.stringify(mapping), rulesVersion]);
}

/** Takes the oldest import that nobody works on. @returns null when there is none. */
export async function claimImport(tx: Tx, { at, until, importId }: { readonly at: Instant; readonly until: Instant; readonly importId?: string }): Promise<SessionImport | null> {
  const [row] = await tx.query<SessionImport>(
    `update imports.session_import set lease_until = $3 where operator_id = $1 and import_id = (
       select import_id from imports.session_import where operator_id = $1 and state in ('reading', 'judging') and (lease_until is null or lease_until <= $2) and ($4::uuid is null or import_id = $4)
       order by requested_at limit 1 for update skip locked)
     returning ${COLUMNS}`, [onlyOperator(tx), sqlTimestamp(at), sqlTimestamp(until), importId ?? null]);
  return row ?? null;
}

export type Progress = { readonly rowsRead?: bigint; readonly rowsJudged?: bigint; readonly judgedUpTo?: string; readonly state?: 'judging' | 'done'; readonly leaseUntil: Instant; readonly at: Instant };
export async function advanceImport(tx: Tx, importId: string, { rowsRead, rowsJudged, judgedUpTo, state, leaseUntil, at }: Progress): Promise<void> {
  await tx.execute(
    `update imports.session_import set rows_read = coalesce($3, rows_read), rows_judged = coalesce($4, rows_judged), judged_up_to = coalesce($5, judged_up_to), state = coalesce($6, state),
       lease_until = $7, finished_at = case when $6 = 'done' then $8::timestamptz else finished_at end
     where operator_id = $1 and import_id = $2`,
    [onlyOperator(tx), importId, rowsRead ?? null, rowsJudged ?? null, judgedUpTo ?? null, state ?? null, sqlTimestamp(leaseUntil), sqlTimestamp(at)]);
}

export async function failImport(tx: Tx, importId: string, of: { readonly code: string; readonly message: string; readonly at: Instant }): Promise<void> {
  await tx.execute(`update imports.session_import set state = 'failed', failure_code = $3, failure = $4, finished_at = $5 where operator_id = $1 and import_id = $2 and state <> 'failed'`,
    [onlyOperator(tx), importId, of.code, of.message.slice(0, 2_000), sqlTimestamp(of.at)]);
}
