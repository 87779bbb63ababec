/** What is too long for a row is kept in pieces: of one size, each compressed as a whole, so that it can be read back alone. Whose rows they are in is their owner's. */
import { promisify } from 'node:util';
import { zstdCompress, zstdDecompress } from 'node:zlib';
import { assert } from '../../kernel/index.ts';

export const PIECE_BYTES = 1 << 20;
const compress = promisify(zstdCompress), decompress = promisify(zstdDecompress);

/** A piece as it is kept, and as it was. */
export const packPiece = (piece: Buffer): Promise<Buffer> => compress(piece);
export async function unpackPiece(kept: Buffer): Promise<Buffer> {
  const piece = await decompress(kept);
  assert(piece.length <= PIECE_BYTES, 'a piece has its size');
  return piece;
}

/** Cuts what arrives into pieces of one size; only the last is shorter. */
export async function* inPieces(content: AsyncIterable<Uint8Array> | Iterable<Uint8Array>): AsyncGenerator<Buffer> {
  let waiting: Uint8Array[] = [], size = 0;
  for await (let arrived of content) {
    while (size + arrived.length >= PIECE_BYTES) {
      const room = PIECE_BYTES - size;
      yield Buffer.concat([...waiting, arrived.subarray(0, room)]);
      arrived = arrived.subarray(room);
      waiting = []; size = 0;
    }
    if (arrived.length > 0) { waiting.push(arrived); size += arrived.length; }
  }
  assert(size < PIECE_BYTES, 'a full piece has been given out');
  if (size > 0) yield Buffer.concat(waiting);
}

/** Pieces from the first on until one is null, each with the next one on its way: two of them are in memory, whatever the length. */
export async function* readAhead(load: (piece: number) => Promise<Buffer | null>): AsyncGenerator<Buffer> {
  let next = load(0);
  for (let piece = 0; ; piece++) {
    const content = await next;
    if (content === null) return;
    next = load(piece + 1);
    next.catch(() => undefined); // Seen when it is awaited; a reader that stops early leaves it.
    yield content;
  }
}
