import { createHash } from 'node:crypto';
import { promisify } from 'node:util';
import { zstdCompress, zstdDecompress } from 'node:zlib';
import { assert, type Instant } from '../../kernel/index.ts';
import { newUuid } from '../clock/index.ts';
import { sqlTimestamp, type OperatorDatabase, type Tx } from '../database/index.ts';

/** Each piece is compressed as a whole and can be read back alone. */
export const FILE_PIECE_BYTES = 1 << 20;
export const FILE_BYTES_MAX = 4n * 1024n ** 3n;
export const FILE_NAME_LENGTH_MAX = 255;
const compress = promisify(zstdCompress), decompress = promisify(zstdDecompress);

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
    await tx.execute({ name: 'platform_store_piece', text: 'insert into platform.stored_file_piece (operator_id, file_id, piece, content) values ($1, $2, $3, $4)' }, [operatorId, fileId, pieces++, await compress(piece)]);
  }
  const digest = hash.digest();
  const kept = name.slice(-FILE_NAME_LENGTH_MAX) || 'file';
  await tx.execute('insert into platform.stored_file (operator_id, file_id, name, bytes, pieces, digest, stored_by, stored_at) values ($1, $2, $3, $4, $5, $6, $7, $8)',
    [operatorId, fileId, kept, bytes, pieces, digest, storedBy, sqlTimestamp(at)]);
  return { fileId, name: kept, bytes, digest: digest.toString('hex') };
}

/** The content again, a piece at a time, each read in a short transaction of its own. */
export async function* readFile(odb: OperatorDatabase, fileId: string): AsyncGenerator<Buffer> {
  for (let piece = 0; ; piece++) {
    const [row] = await odb.transaction((tx) => tx.query<{ content: Buffer }>(
      { name: 'platform_read_piece', text: 'select content from platform.stored_file_piece where operator_id = $1 and file_id = $2 and piece = $3' }, [tx.operatorIds[0], fileId, piece]));
    if (row === undefined) return;
    yield await decompress(row.content);
  }
}

/** Cuts what arrives into pieces of one size. */
async function* inPieces(content: FileToStore['content']): AsyncGenerator<Buffer> {
  let waiting: Uint8Array[] = [], size = 0;
  for await (let arrived of content) {
    while (size + arrived.length >= FILE_PIECE_BYTES) {
      const room = FILE_PIECE_BYTES - size;
      yield Buffer.concat([...waiting, arrived.subarray(0, room)]);
      arrived = arrived.subarray(room);
      waiting = []; size = 0;
    }
    if (arrived.length > 0) { waiting.push(arrived); size += arrived.length; }
  }
  assert(size < FILE_PIECE_BYTES, 'a full piece has been given out');
  if (size > 0) yield Buffer.concat(waiting);
}
