/** Reads a zip archive as Alipay makes them for statements: a few small files, names in GBK, no encryption. Only what is needed for that. */
import { crc32, createInflateRaw } from 'node:zlib';
import { Readable } from 'node:stream';
import { StatementFault } from '../statement.ts';

/** Packed statements of a million lines have some tens of megabytes. */
export const ARCHIVE_BYTES_MAX = 268_435_456;
const FILES_MAX = 100;
const END_SIGNATURE = 0x06054b50, FILE_SIGNATURE = 0x02014b50, LOCAL_SIGNATURE = 0x04034b50;
const STORED = 0, DEFLATED = 8, NAME_IS_UTF8 = 0x800, ENCRYPTED = 0x1;

export type ZipEntry = { readonly name: string; readonly bytes: number; content(): AsyncIterable<Buffer> };

/** @throws StatementFault when it is no archive, or one that is not whole. */
export function readZip(archive: Buffer): ZipEntry[] {
  const end = findEnd(archive), count = archive.readUInt16LE(end + 10);
  if (count > FILES_MAX) throw new StatementFault(`an archive of more than ${FILES_MAX} files`);
  const entries: ZipEntry[] = [];
  let at = archive.readUInt32LE(end + 16);
  for (let i = 0; i < count; i++) {
    const head = slice(archive, at, 46);
    if (head.readUInt32LE(0) !== FILE_SIGNATURE) throw new StatementFault('the list of the archive is broken');
    const flags = head.readUInt16LE(8), nameLength = head.readUInt16LE(28);
    const name = slice(archive, at + 46, nameLength);
    const place = { method: head.readUInt16LE(10), crc: head.readUInt32LE(16), packedBytes: head.readUInt32LE(20), bytes: head.readUInt32LE(24), at: head.readUInt32LE(42) };
    if ((flags & ENCRYPTED) !== 0) throw new StatementFault('the archive is encrypted');
    entries.push({ name: new TextDecoder((flags & NAME_IS_UTF8) !== 0 ? 'utf-8' : 'gbk').decode(name), bytes: place.bytes, content: () => unpack(archive, place) });
    at += 46 + nameLength + head.readUInt16LE(30) + head.readUInt16LE(32);
  }
  return entries;
}

/** The end record stands within the last 64 KiB; a comment may follow it. */
function findEnd(archive: Buffer): number {
  for (let at = archive.length - 22; at >= Math.max(0, archive.length - 22 - 0xffff); at--) if (archive.readUInt32LE(at) === END_SIGNATURE) return at;
  throw new StatementFault('the archive has no end: it did not arrive whole');
}

const slice = (archive: Buffer, at: number, length: number): Buffer => {
  if (at + length > archive.length) throw new StatementFault('the archive is cut off');
  return archive.subarray(at, at + length);
};

async function* unpack(archive: Buffer, place: { method: number; crc: number; packedBytes: number; bytes: number; at: number }): AsyncGenerator<Buffer> {
  const local = slice(archive, place.at, 30);
  if (local.readUInt32LE(0) !== LOCAL_SIGNATURE) throw new StatementFault('a file of the archive is not where the list says');
  const packed = slice(archive, place.at + 30 + local.readUInt16LE(26) + local.readUInt16LE(28), place.packedBytes);
  if (place.method !== STORED && place.method !== DEFLATED) throw new StatementFault('a file of the archive is packed in a way that is not known');
  let length = 0, check = 0;
  try {
    for await (const piece of place.method === STORED ? [packed] : Readable.from([packed]).pipe(createInflateRaw())) {
      const bytes = piece as Buffer;
      length += bytes.length;
      if (length > place.bytes) throw new StatementFault('a file of the archive is longer than the list says');
      check = crc32(bytes, check);
      yield bytes;
    }
  } catch (error) {
    throw error instanceof StatementFault ? error : new StatementFault('a file of the archive cannot be unpacked', { cause: error });
  }
  if (length !== place.bytes || check !== place.crc) throw new StatementFault('a file of the archive is not what the list says');
}
