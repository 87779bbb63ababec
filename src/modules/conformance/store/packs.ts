import type { Instant } from '../../../kernel/index.ts';
import { sqlTimestamp, type Tx } from '../../../platform/database/index.ts';
import type { StoredFile } from '../../../platform/stored-files/index.ts';
import { onlyOperator } from '../only-operator.ts';
import type { Days, MakeFilter } from '../queries/makes.ts';

export const PACK_STEPS = ['sessions', 'findings', 'session_frames', 'document', 'archive'] as const;
export type PackStep = (typeof PACK_STEPS)[number];
export type PackState = 'waiting' | 'running' | 'done' | 'failed';
export type Pack = MakeFilter & Days & {
  readonly packId: string; readonly language: 'zh' | 'en'; readonly state: PackState; readonly step: PackStep; readonly reached: { readonly after: string } | null; readonly itemsDone: bigint; readonly itemsTotal: bigint | null; readonly frames: bigint;
  readonly documentFileId: string | null; readonly documentSha256: string | null; readonly archiveFileId: string | null; readonly archiveSha256: string | null; readonly archiveBytes: bigint | null; readonly failure: string | null;
  readonly tries: number; readonly requestedBy: string; readonly requestedAt: Instant; readonly doneAt: Instant | null;
};
export type PackFile = { readonly number: number; readonly name: string; readonly fileId: string; readonly bytes: bigint; readonly sha256: string };

const COLUMNS = `pack_id as "packId", maker, model, firmware, from_on::text as "from", to_on::text as "to", language, state, step, reached, items_done as "itemsDone", items_total as "itemsTotal", frames, document_file_id as "documentFileId",
  document_sha256 as "documentSha256", archive_file_id as "archiveFileId", archive_sha256 as "archiveSha256", archive_bytes as "archiveBytes", failure, tries, requested_by as "requestedBy", requested_at as "requestedAt", done_at as "doneAt"`;

export async function insertPack(tx: Tx, of: MakeFilter & Days & Pick<Pack, 'packId' | 'language' | 'requestedBy' | 'requestedAt'> & { readonly maskKey: Buffer }): Promise<void> {
  await tx.execute(
    `insert into conformance.evidence_pack (operator_id, pack_id, maker, model, firmware, from_on, to_on, language, state, step, mask_key, requested_by, requested_at) values ($1, $2, $3, $4, $5, $6, $7, $8, 'waiting', 'sessions', $9, $10, $11)
     on conflict do nothing`,
    [onlyOperator(tx), of.packId, of.maker, of.model, of.firmware, of.from, of.to, of.language, of.maskKey, of.requestedBy, sqlTimestamp(of.requestedAt)]);
}
export async function findPack(tx: Tx, packId: string): Promise<Pack | null> {
  const [row] = await tx.query<Pack>(`select ${COLUMNS} from conformance.evidence_pack where operator_id = $1 and pack_id = $2`, [onlyOperator(tx), packId]);
  return row ?? null;
}
export async function maskKeyOf(tx: Tx, packId: string): Promise<Buffer> {
  const [row] = await tx.query<{ key: Buffer }>('select mask_key as key from conformance.evidence_pack where operator_id = $1 and pack_id = $2', [onlyOperator(tx), packId]);
  return row!.key;
}
/** Newest first. */
export const listPacks = (tx: Tx, page: { readonly after: readonly [requestedAt: number, packId: string] | null; readonly limit: number }): Promise<Pack[]> => tx.query<Pack>(
  `select ${COLUMNS} from conformance.evidence_pack p where p.operator_id = $1 and ($2::timestamptz is null or (p.requested_at, p.pack_id) < ($2, $3::uuid)) order by p.requested_at desc, p.pack_id desc limit $4`,
  [onlyOperator(tx), page.after === null ? null : sqlTimestamp(page.after[0] as Instant), page.after?.[1] ?? null, page.limit]);

export async function countOpenPacks(tx: Tx): Promise<number> {
  const [row] = await tx.query<{ count: bigint }>(`select count(*) as count from conformance.evidence_pack where operator_id = $1 and state in ('waiting', 'running')`, [onlyOperator(tx)]);
  return Number(row!.count);
}

/** Takes the oldest that nobody is writing; one whose writer was not heard of since its lease ended is taken over. */
export async function takePack(tx: Tx, of: { readonly now: Instant; readonly leasedUntil: Instant }): Promise<Pack | null> {
  const [row] = await tx.query<Pack>(
    `update conformance.evidence_pack t set state = 'running', leased_until = $3, tries = tries + 1 where t.operator_id = $1 and t.pack_id = (
       select p.pack_id from conformance.evidence_pack p where p.operator_id = $1 and p.state in ('waiting', 'running') and (p.leased_until is null or p.leased_until <= $2) order by p.requested_at limit 1 for update skip locked)
     returning ${COLUMNS}`, [onlyOperator(tx), sqlTimestamp(of.now), sqlTimestamp(of.leasedUntil)]);
  return row ?? null;
}

export type Progress = { readonly step: PackStep; readonly reached: { readonly after: string } | null; readonly items: number; readonly frames: number; readonly itemsTotal: number | null; readonly leasedUntil: Instant };
/** @returns the pack as it is then; null when somebody else has taken it over since. */
export async function advance(tx: Tx, pack: Pack, to: Progress): Promise<Pack | null> {
  const [row] = await tx.query<Pack>(
    `update conformance.evidence_pack set step = $3, reached = $4, items_done = items_done + $5, frames = frames + $6, items_total = coalesce($7, items_total), leased_until = $8
     where operator_id = $1 and pack_id = $2 and state = 'running' and tries = $9 returning ${COLUMNS}`,
    [onlyOperator(tx), pack.packId, to.step, to.reached === null ? null : JSON.stringify(to.reached), to.items, to.frames, to.itemsTotal, sqlTimestamp(to.leasedUntil), pack.tries]);
  return row ?? null;
}
export async function addFile(tx: Tx, packId: string, file: StoredFile): Promise<void> {
  await tx.execute(
    `insert into conformance.evidence_file (operator_id, pack_id, file_number, name, file_id, bytes, sha256)
     select $1, $2, coalesce(max(file_number), 0) + 1, $3, $4, $5, $6 from conformance.evidence_file where operator_id = $1 and pack_id = $2`, [onlyOperator(tx), packId, file.name, file.fileId, file.bytes, file.digest]);
}
export const filesOf = (tx: Tx, packId: string): Promise<PackFile[]> => tx.query<PackFile>(
  `select file_number as number, name, file_id as "fileId", bytes, sha256 from conformance.evidence_file where operator_id = $1 and pack_id = $2 order by file_number`, [onlyOperator(tx), packId]);
export async function setDocument(tx: Tx, packId: string, file: StoredFile): Promise<void> {
  await tx.execute('update conformance.evidence_pack set document_file_id = $3, document_sha256 = $4 where operator_id = $1 and pack_id = $2', [onlyOperator(tx), packId, file.fileId, file.digest]);
}
export async function finishPack(tx: Tx, pack: Pack, file: StoredFile, at: Instant): Promise<boolean> {
  return 1 === await tx.execute(
    `update conformance.evidence_pack set state = 'done', archive_file_id = $3, archive_sha256 = $4, archive_bytes = $5, done_at = $6, leased_until = null where operator_id = $1 and pack_id = $2 and state = 'running' and tries = $7`,
    [onlyOperator(tx), pack.packId, file.fileId, file.digest, file.bytes, sqlTimestamp(at), pack.tries]);
}
export async function failPack(tx: Tx, packId: string, failure: string): Promise<void> {
  await tx.execute(`update conformance.evidence_pack set state = 'failed', failure = $3, leased_until = null where operator_id = $1 and pack_id = $2 and state in ('waiting', 'running')`, [onlyOperator(tx), packId, failure.slice(0, 500)]);
}
