/** Our own side of a day, in chunks as the database packs them: parallel arrays in PostgreSQL's binary form, without an object a line. */
import { assert } from '../../../kernel/index.ts';
import type { Key } from './statement-table.ts';

const HEADER_BYTES = 20, LENGTH_BYTES = 4;

/** Ids, attempt numbers (0 for the part of a refund), amounts, and whether the payment or refund is known to have failed after all. */
export type PackedLines = { readonly ids: Buffer; readonly attempts: Buffer; readonly amounts: Buffer; readonly failed: Buffer };

export type OwnLines = {
  readonly count: number;
  readKey(index: number, key: Key): void;
  amountMinor(index: number): bigint;
  failed(index: number): boolean;
  id(index: number): string;
  attempt(index: number): number;
};

/** @param environment the letter in front of all numbers of this merchant account. */
export function ownLines(packed: PackedLines, environment: string): OwnLines {
  const count = packed.ids.length < HEADER_BYTES ? 0 : packed.ids.readInt32BE(12);
  assert(count === 0 || packed.amounts.readInt32BE(12) === count, 'parallel arrays have one length');
  const letter = environment.charCodeAt(0) << 8;
  const { ids, attempts, amounts, failed } = packed;
  const idAt = (index: number): number => HEADER_BYTES + index * (LENGTH_BYTES + 16) + LENGTH_BYTES;
  const attempt = (index: number): number => attempts.readInt16BE(HEADER_BYTES + index * (LENGTH_BYTES + 2) + LENGTH_BYTES);
  return {
    count, attempt,
    readKey: (index, key) => {
      const at = idAt(index);
      const a = ids.readUInt32BE(at), b = ids.readUInt32BE(at + 4), c = ids.readUInt32BE(at + 8), d = ids.readUInt32BE(at + 12);
      // 26 digits of five bits are two zero bits and the 128 of the id; six digits a word.
      key[0] = a >>> 4;
      key[1] = ((a & 0xf) << 26) | (b >>> 6);
      key[2] = ((b & 0x3f) << 24) | (c >>> 8);
      key[3] = ((c & 0xff) << 22) | (d >>> 10);
      key[4] = d & 0x3ff;
      key[5] = letter | attempt(index);
    },
    amountMinor: (index) => amounts.readBigInt64BE(HEADER_BYTES + index * (LENGTH_BYTES + 8) + LENGTH_BYTES),
    failed: (index) => failed[HEADER_BYTES + index * (LENGTH_BYTES + 1) + LENGTH_BYTES] === 1,
    id: (index) => {
      const hex = ids.toString('hex', idAt(index), idAt(index) + 16);
      return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
    },
  };
}
