/** An archive, written from front to back in a bounded amount of memory (APPNOTE.TXT 4.3 and 4.4, without ZIP64). The same entries give the same bytes. */
import { crc32, constants, createDeflateRaw } from 'node:zlib';
import { Readable } from 'node:stream';
import { assert } from '../../kernel/index.ts';

export type ZipEntry = { readonly name: string; readonly content: () => AsyncIterable<Uint8Array> | Iterable<Uint8Array> };
const UINT32_MAX = 0xffff_ffff, ENTRIES_MAX = 65_535;
/** UTF-8 names; sizes follow the data. */
const FLAGS = 0x0808, DEFLATED = 8, VERSION = 20;
/** 1980-01-01 00:00: archives that hold the same are the same. */
const DATE = 0x21;

type Written = { readonly name: Buffer; readonly offset: number; readonly crc: number; readonly packed: number; readonly plain: number };

/** @throws AssertionFault above four gigabytes or 65,535 entries. */
export async function* zip(entries: readonly ZipEntry[]): AsyncGenerator<Buffer> {
  assert(entries.length <= ENTRIES_MAX, 'an archive has at most 65535 entries');
  const written: Written[] = [];
  let offset = 0;
  for (const entry of entries) {
    const name = Buffer.from(entry.name), start = offset;
    const head = header(0x04034b50, 30, name);
    yield head;
    offset += head.length;
    let crc = 0, packed = 0, plain = 0;
    const counted = async function* (): AsyncGenerator<Uint8Array> { for await (const piece of entry.content()) { crc = crc32(piece, crc); plain += piece.length; yield piece; } };
    const source = Readable.from(counted());
    const deflate = createDeflateRaw({ level: constants.Z_DEFAULT_COMPRESSION });
    source.on('error', (error) => deflate.destroy(error));
    for await (const piece of source.pipe(deflate) as AsyncIterable<Buffer>) { packed += piece.length; yield piece; }
    const tail = Buffer.alloc(16);
    for (const [i, value] of [0x08074b50, crc, packed, plain].entries()) tail.writeUInt32LE(value, 4 * i);
    yield tail;
    offset += packed + tail.length;
    assert(offset <= UINT32_MAX && plain <= UINT32_MAX, 'an archive is smaller than four gigabytes');
    written.push({ name, offset: start, crc, packed, plain });
  }
  const directory = Buffer.concat(written.map(central));
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x06054b50, 0);
  end.writeUInt16LE(written.length, 8);
  end.writeUInt16LE(written.length, 10);
  end.writeUInt32LE(directory.length, 12);
  end.writeUInt32LE(offset, 16);
  yield directory;
  yield end;
}

function header(signature: number, length: number, name: Buffer): Buffer {
  const head = Buffer.alloc(length);
  head.writeUInt32LE(signature, 0);
  for (const [i, value] of [VERSION, FLAGS, DEFLATED, 0, DATE].entries()) head.writeUInt16LE(value, 4 + 2 * i);
  head.writeUInt16LE(name.length, 26);
  return Buffer.concat([head, name]);
}

function central({ name, offset, crc, packed, plain }: Written): Buffer {
  const row = Buffer.alloc(46);
  row.writeUInt32LE(0x02014b50, 0);
  for (const [i, value] of [VERSION, VERSION, FLAGS, DEFLATED, 0, DATE].entries()) row.writeUInt16LE(value, 4 + 2 * i);
  for (const [i, value] of [crc, packed, plain].entries()) row.writeUInt32LE(value, 16 + 4 * i);
  row.writeUInt16LE(name.length, 28);
  row.writeUInt32LE(offset, 42);
  return Buffer.concat([row, name]);
}
