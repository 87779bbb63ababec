/** A zip as Alipay makes it: entries in GBK, with names in GBK and without the flag that would say UTF-8. */
import { crc32, deflateRawSync } from 'node:zlib';

let codes: Map<string, number> | null = null;

/** Encodes text in GBK; what GBK does not have becomes `?`. */
export function gbk(text: string): Buffer {
  codes ??= buildCodes();
  const out = Buffer.allocUnsafe(text.length * 2);
  let size = 0;
  for (const character of text) {
    const point = character.codePointAt(0)!;
    const code = point < 0x80 ? point : codes.get(character) ?? 0x3f;
    if (code > 0xff) out[size++] = code >> 8;
    out[size++] = code & 0xff;
  }
  return out.subarray(0, size);
}

/** The decoder is part of Node, the encoder is not: every pair of bytes is decoded once. */
function buildCodes(): Map<string, number> {
  const decoder = new TextDecoder('gbk', { fatal: true });
  const map = new Map<string, number>();
  for (let lead = 0x81; lead <= 0xfe; lead++) {
    for (let trail = 0x40; trail <= 0xfe; trail++) {
      if (trail === 0x7f) continue;
      try {
        map.set(decoder.decode(Uint8Array.of(lead, trail)), (lead << 8) | trail);
      } catch { /* a pair that stands for nothing */ }
    }
  }
  return map;
}

export function gbkZip(entries: readonly { readonly name: string; readonly text: string }[]): Buffer {
  const locals: Buffer[] = [];
  const centrals: Buffer[] = [];
  let offset = 0;
  for (const entry of entries) {
    const [name, content] = [gbk(entry.name), gbk(entry.text)];
    const packed = deflateRawSync(content);
    // Version 2.0, no flags, deflate, 2026-01-01 00:00.
    const common = Buffer.alloc(26);
    common.writeUInt16LE(20, 0);
    common.writeUInt16LE(0, 2);
    common.writeUInt16LE(8, 4);
    common.writeUInt16LE(0x5c21, 8);
    common.writeUInt32LE(crc32(content), 10);
    common.writeUInt32LE(packed.length, 14);
    common.writeUInt32LE(content.length, 18);
    common.writeUInt16LE(name.length, 22);
    const local = Buffer.concat([Buffer.from('504b0304', 'hex'), common, name, packed]);
    const tail = Buffer.alloc(14);
    tail.writeUInt32LE(offset, 10);
    centrals.push(Buffer.concat([Buffer.from('504b01021400', 'hex'), common, tail, name]));
    locals.push(local);
    offset += local.length;
  }
  const central = Buffer.concat(centrals);
  const end = Buffer.alloc(18);
  end.writeUInt16LE(entries.length, 4);
  end.writeUInt16LE(entries.length, 6);
  end.writeUInt32LE(central.length, 8);
  end.writeUInt32LE(offset, 12);
  return Buffer.concat([...locals, central, Buffer.from('504b0506', 'hex'), end]);
}
