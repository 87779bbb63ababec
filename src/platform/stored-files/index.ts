import { createHash } from 'node:crypto';
import type { Instant } from '../../kernel/index.ts';
import { newUuid } from '../clock/index.ts';
import { sqlTimestamp, type OperatorDatabase, type Tx } from '../database/index.ts';
import { inPieces, packPiece, readAhead, unpackPiece } from './pieces.ts';

export { inPieces, packPiece, PIECE_BYTES, readAhead, unpackPiece } from './pieces.ts';

export const FILE_BYTES_MAX = 4n * 1024n ** 3n;
export const FILE_NAME_LENGTH_MAX = 255;

export type StoredFile = {
  readonly fileId: string; readonly name: string; readonly bytes: bigint;
  /** SHA-256 in hexadecimal. */
  readonly digest: string;
};
export type FileToStore = { readonly name: string; readonly content: AsyncIterable<Uint8Array> | Iterable<Uint8Array>; readonly storedBy: string; readonly at: Instant };

/** More than a file may have. */
export class FileTooLarge extends Error {
  override readonly name = 'FileTooLarge';
}

/**
 * Keeps a file as it is, in the caller's transaction and a bounded amount of memory. What is read from a stream is read once: run it in a
 * transaction that is not tried again, or give it content that can be read again.
 * @throws FileTooLarge above `FILE_BYTES_MAX`.
 */
export async function storeFile(tx: Tx, { name, content, storedBy, at }: FileToStore): Promise<StoredFile> {
  const [operatorId, fileId] = [tx.operatorIds[0], newUuid()];
  const hash = createHash('sha256');
  let bytes = 0n, pieces = 0;
  for await (const piece of inPieces(content)) {
    bytes += BigInt(piece.length);
    if (bytes > FILE_BYTES_MAX) throw new FileTooLarge(`more than ${FILE_BYTES_MAX} bytes`);
    hash.update(piece);
    await tx.execute({ name: 'platform_store_piece', text: 'insert into platform.stored_file_piece (operator_id, file_id, piece, content) values ($1, $2, $3, $4)' }, [operatorId, fileId, pieces++, await packPiece(piece)]);
  }
  const digest = hash.digest();
  const kept = name.slice(-FILE_NAME_LENGTH_MAX) || 'file';
  await tx.execute('insert into platform.stored_file (operator_id, file_id, name, bytes, pieces, digest, stored_by, stored_at) values ($1, $2, $3, $4, $5, $6, $7, $8)',
    [operatorId, fileId, kept, bytes, pieces, digest, storedBy, sqlTimestamp(at)]);
  return { fileId, name: kept, bytes, digest: digest.toString('hex') };
}

/** The content again, a piece at a time, each read in a short transaction of its own. */
export const readFile = (odb: OperatorDatabase, fileId: string): AsyncGenerator<Buffer> => readAhead(async (piece) => {
  const [row] = await odb.transaction((tx) => tx.query<{ content: Buffer }>(
    { name: 'platform_read_piece', text: 'select content from platform.stored_file_piece where operator_id = $1 and file_id = $2 and piece = $3' }, [tx.operatorIds[0], fileId, piece]));
  return row === undefined ? null : unpackPiece(row.content);
});
