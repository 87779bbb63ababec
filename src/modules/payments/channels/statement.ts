/** The bytes of statements: decompressed as they arrive, bounded, and compared with what the channel says they hash to. */
import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import type { StatementFile } from '../domain/channel.ts';
import { STATEMENT_BYTES_MAX } from './adapter.ts';

/** A statement that did not arrive whole, or is not what the channel says it is. Nothing that was read of it counts. */
export class StatementFault extends Error {
  override readonly name = 'StatementFault';
}

/** Unpacks gzip where the content is; a text is handed on as it came. Which it is, the first two bytes say: the channel does not always pack what it was asked to. */
export async function* gunzipped(content: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  const iterator = content[Symbol.asyncIterator]();
  let head: Buffer = Buffer.alloc(0);
  while (head.length < 2) {
    const next = await nextPiece(iterator);
    if (next === null) break;
    head = Buffer.concat([head, next]);
  }
  const rest = (async function* whole(): AsyncGenerator<Buffer> {
    if (head.length > 0) yield head;
    for (let next = await nextPiece(iterator); next !== null; next = await nextPiece(iterator)) yield next;
  })();
  if (head[0] !== 0x1f || head[1] !== 0x8b) return yield* rest;
  const unpacked = createGunzip(), packed = Readable.from(rest);
  packed.on('error', (error) => unpacked.destroy(error));
  packed.pipe(unpacked);
  try {
    for await (const piece of unpacked) yield piece as Buffer;
  } catch (error) {
    throw error instanceof StatementFault ? error : new StatementFault('the statement cannot be unpacked', { cause: error });
  } finally {
    packed.destroy();
  }
}

async function nextPiece(iterator: AsyncIterator<Buffer>): Promise<Buffer | null> {
  try {
    const next = await iterator.next();
    return next.done === true ? null : next.value;
  } catch (error) {
    throw new StatementFault('the statement did not arrive whole', { cause: error });
  }
}

export async function* boundedContent(content: AsyncIterable<Buffer>, bytesMax: number = STATEMENT_BYTES_MAX): AsyncGenerator<Buffer> {
  let length = 0;
  for await (const piece of content) {
    length += piece.length;
    if (length > bytesMax) throw new StatementFault(`a statement longer than ${bytesMax} bytes`);
    yield piece;
  }
}

/** The content of a statement, held against its hash at the end. Whoever imports it commits nothing before the last piece. @throws StatementFault */
export async function* verifiedContent({ content, hash }: StatementFile): AsyncGenerator<Buffer> {
  const digest = hash === null ? null : createHash(hash.algorithm);
  for await (const piece of content) {
    digest?.update(piece);
    yield piece;
  }
  if (hash !== null && digest?.digest('hex') !== hash.value) throw new StatementFault('the statement does not hash to what the channel said');
}
