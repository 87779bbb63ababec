/** Noto Sans SC (SIL Open Font License 1.1) as it ships from npm, unpacked once: the reader of fonts would inflate a table of a WOFF anew for each glyph. */
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { inflateSync } from 'node:zlib';
import { assert } from '../../kernel/index.ts';

const require_ = createRequire(import.meta.url);
const WEIGHTS = { regular: 400, bold: 700 } as const;
export type Weight = keyof typeof WEIGHTS;
const loaded = new Map<Weight, Promise<Buffer>>();

/** The font as OpenType, read once a process. */
export function loadFont(weight: Weight): Promise<Buffer> {
  const known = loaded.get(weight);
  if (known) return known;
  const file = require_.resolve(`@fontsource/noto-sans-sc/files/noto-sans-sc-chinese-simplified-${WEIGHTS[weight]}-normal.woff`);
  const font = readFile(file).then(unpackWoff);
  loaded.set(weight, font);
  return font;
}

/** WOFF 1.0 to the OpenType file that it packs (W3C Recommendation, sections 3 to 5). */
export function unpackWoff(woff: Buffer): Buffer {
  assert(woff.toString('latin1', 0, 4) === 'wOFF', 'a WOFF begins with its signature');
  const count = woff.readUInt16BE(12);
  const tables = Array.from({ length: count }, (_, i) => {
    const at = 44 + 20 * i;
    const [offset, packed, length] = [woff.readUInt32BE(at + 4), woff.readUInt32BE(at + 8), woff.readUInt32BE(at + 12)];
    const bytes = woff.subarray(offset, offset + packed);
    return { tag: woff.subarray(at, at + 4), checksum: woff.readUInt32BE(at + 16), bytes: packed < length ? inflateSync(bytes) : bytes };
  });
  const power = Math.floor(Math.log2(count));
  const head = Buffer.alloc(12 + 16 * count);
  woff.copy(head, 0, 4, 8);
  for (const [i, value] of [count, 16 * 2 ** power, power, 16 * (count - 2 ** power)].entries()) head.writeUInt16BE(value, 4 + 2 * i);
  const parts: Buffer[] = [head];
  let offset = head.length;
  for (const [i, { tag, checksum, bytes }] of tables.entries()) {
    tag.copy(head, 12 + 16 * i);
    for (const [j, value] of [checksum, offset, bytes.length].entries()) head.writeUInt32BE(value, 16 + 16 * i + 4 * j);
    const padding = Buffer.alloc((4 - (bytes.length % 4)) % 4);
    parts.push(bytes, padding);
    offset += bytes.length + padding.length;
  }
  return Buffer.concat(parts);
}
