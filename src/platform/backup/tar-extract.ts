import { closeSync, mkdirSync, openSync, writeSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';

/** The backup cannot be used as it is; the message says why. */
export class BackupFault extends Error {
  override readonly name = 'BackupFault';
}

const BLOCK = 512;
type Entry = { readonly name: string; readonly type: string; readonly size: number };

/**
 * Unpacks the tar stream that PostgreSQL writes (ustar: files and folders; sizes over 8 GB in base 256) below `folder`, which must exist.
 * @throws on a name that leads outside, a link, a bad checksum, or an end before its time.
 */
export async function extractTar(source: AsyncIterable<Buffer>, folder: string): Promise<{ files: number; bytes: number }> {
  let buffered: Buffer = Buffer.alloc(0), remaining = 0, padding = 0, fd: number | null = null, files = 0, bytes = 0, ended = false;
  const finishFile = (): void => { if (fd !== null) closeSync(fd); fd = null; };
  try {
    for await (const chunk of source) {
      buffered = buffered.length === 0 ? chunk : Buffer.concat([buffered, chunk]);
      for (;;) {
        if (remaining > 0) {
          const part = buffered.subarray(0, remaining);
          if (fd !== null) for (let at = 0; at < part.length;) at += writeSync(fd, part, at);
          remaining -= part.length;
          buffered = buffered.subarray(part.length);
          if (remaining > 0) break;
          finishFile();
        }
        if (buffered.length < padding) break;
        buffered = buffered.subarray(padding);
        padding = 0;
        if (buffered.length < BLOCK) break;
        const entry = readHeader(buffered.subarray(0, BLOCK));
        buffered = buffered.subarray(BLOCK);
        if (entry === null) { ended = true; continue; }
        fd = open(entry, folder);
        remaining = entry.size;
        padding = (BLOCK - (entry.size % BLOCK)) % BLOCK;
        if (fd !== null) { files += 1; bytes += entry.size; }
        if (remaining === 0) finishFile();
      }
    }
  } finally {
    finishFile();
  }
  if (remaining > 0 || !ended) throw new BackupFault('the archive ends before its time');
  return { files, bytes };
}

function open(entry: Entry, folder: string): number | null {
  const name = normalize(entry.name);
  if (name.startsWith('..') || name.startsWith('/')) throw new BackupFault(`the archive names a path outside: ${entry.name}`);
  const path = join(folder, name);
  if (entry.type === '5') {
    mkdirSync(path, { recursive: true, mode: 0o700 });
    return null;
  }
  if (entry.type !== '0' && entry.type !== '\0') throw new BackupFault(`the archive holds something that is neither a file nor a folder: ${entry.name}`);
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  return openSync(path, 'wx', 0o600);
}

/** @returns null for a block of zeros, which ends an archive. */
function readHeader(block: Buffer): Entry | null {
  if (block.every((byte) => byte === 0)) return null;
  const text = (from: number, length: number): string => block.toString('utf8', from, from + length).replace(/\0.*$/s, '');
  let sum = 0;
  for (let i = 0; i < BLOCK; i++) sum += i >= 148 && i < 156 ? 32 : block[i]!;
  if (sum !== Number.parseInt(text(148, 8).trim(), 8)) throw new BackupFault('the archive is damaged: a header has a wrong checksum');
  const prefix = text(345, 155);
  return { name: prefix === '' ? text(0, 100) : `${prefix}/${text(0, 100)}`, type: text(156, 1) || '\0', size: readSize(block) };
}

function readSize(block: Buffer): number {
  const field = block.subarray(124, 136);
  if ((field[0]! & 0x80) === 0) return Number.parseInt(field.toString('latin1').replace(/[\0 ].*$/s, '') || '0', 8);
  let value = 0;
  for (const byte of field.subarray(1)) value = value * 256 + byte;
  return value;
}
