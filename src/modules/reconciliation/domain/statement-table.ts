/**
 * The lines of one statement, packed into typed arrays (about 50 bytes a line) and found by our number. A million lines fit into some 60 MB, so that
 * a statement of any realistic size is matched in memory in one pass over our own records.
 */
import type { LineKind, LineState } from './line.ts';
import { LINE_STATES } from './line.ts';

/** More lines in a day than any channel's statement holds in one file. */
export const STATEMENT_LINES_MAX = 20_000_000;
const KEY_WORDS = 6;
/** Our numbers end within this many bytes; a longer number is not ours. */
export const NUMBER_BYTES_MAX = 32;

/**
 * A number as six words: the 26 characters of base 32 in 130 bits, then what stands around them. Only numbers of our own form have a key; every other number
 * was given by somebody else who uses the same merchant account.
 */
export type Key = Uint32Array;
export const newKey = (): Key => new Uint32Array(KEY_WORDS);

const DIGIT = (() => {
  const table = new Int8Array(256).fill(-1);
  [...'0123456789abcdefghjkmnpqrstvwxyz'].forEach((char, value) => { table[char.charCodeAt(0)] = value; });
  return table;
})();
const R = 0x52;

/** Reads `L<26><2 digits>` (a payment) or `LR<26>` (a refund). @returns false when the bytes are not a number of ours. */
export function readKey(bytes: Buffer, start: number, end: number, key: Key): boolean {
  const length = end - start;
  const refund = bytes[start + 1] === R && length === 28;
  if (!refund && length !== 29) return false;
  const body = refund ? start + 2 : start + 1;
  for (let word = 0; word < 5; word++) {
    let value = 0;
    // Five words of up to six digits of five bits.
    for (let at = body + word * 6, until = Math.min(at + 6, body + 26); at < until; at++) {
      const digit = DIGIT[bytes[at]!]!;
      if (digit < 0) return false;
      value = value * 32 + digit;
    }
    key[word] = value;
  }
  const tail = refund ? 0 : (bytes[end - 2]! - 0x30) * 10 + bytes[end - 1]! - 0x30;
  if (tail < 0 || tail > 99 || (!refund && tail === 0)) return false;
  key[5] = (bytes[start]! << 8) | tail;
  return true;
}

export type StatementTable = {
  readonly size: number;
  /** Adds a line under its key. @returns the row it got. */
  add(key: Key, kind: LineKind, amountMinor: bigint, feeMinor: bigint, state: LineState, lineNo: number): number;
  /** The rows of a key, in the order of the file; usually one. */
  find(key: Key): number;
  /** The next row of the same key, or -1. */
  next(row: number): number;
  kind(row: number): LineKind; amountMinor(row: number): bigint; feeMinor(row: number): bigint; state(row: number): LineState; lineNo(row: number): number;
  /** Marks a row as matched. */
  take(row: number): void;
  isTaken(row: number): boolean;
};

const CAPACITY_MIN = 1 << 12;

/** @param expectedLines room for so many is made at once, because growing holds the old and the new arrays for a moment; more lines are taken all the same. */
export function createStatementTable(expectedLines = CAPACITY_MIN): StatementTable {
  let capacity = Math.min(Math.max(expectedLines, CAPACITY_MIN), STATEMENT_LINES_MAX), size = 0;
  let keys = new Uint32Array(capacity * KEY_WORDS), amounts = new BigInt64Array(capacity), fees = new BigInt64Array(capacity), lines = new Uint32Array(capacity);
  let marks = new Uint8Array(capacity), chain = new Int32Array(capacity), slots = slotsFor(capacity);

  const hash = (source: Uint32Array, at: number): number => {
    let h = 0x9e3779b9;
    for (let i = 0; i < KEY_WORDS; i++) { h = Math.imul(h ^ source[at + i]!, 0x85ebca6b); h ^= h >>> 15; }
    return (h ^ (h >>> 13)) & (slots.length - 1);
  };
  const same = (row: number, source: Uint32Array, at: number): boolean => {
    for (let i = 0; i < KEY_WORDS; i++) if (keys[row * KEY_WORDS + i] !== source[at + i]) return false;
    return true;
  };
  /** The slot that holds the first row of the key, or the free slot where it would go. */
  const slotOf = (source: Uint32Array, at: number): number => {
    let slot = hash(source, at);
    while (slots[slot]! >= 0 && !same(slots[slot]!, source, at)) slot = (slot + 1) & (slots.length - 1);
    return slot;
  };
  const grow = (): void => {
    if (capacity >= STATEMENT_LINES_MAX) throw new RangeError(`a statement of more than ${STATEMENT_LINES_MAX} lines`);
    capacity *= 2;
    keys = enlarged(keys, new Uint32Array(capacity * KEY_WORDS)); amounts = enlarged(amounts, new BigInt64Array(capacity)); fees = enlarged(fees, new BigInt64Array(capacity));
    lines = enlarged(lines, new Uint32Array(capacity)); marks = enlarged(marks, new Uint8Array(capacity)); chain = enlarged(chain, new Int32Array(capacity));
    slots = slotsFor(capacity);
    for (let row = 0; row < size; row++) {
      const slot = slotOf(keys, row * KEY_WORDS);
      if (slots[slot]! < 0) slots[slot] = row; // Later rows of the key hang on the chain of the first, which did not change.
    }
  };
  return {
    get size() { return size; },
    add: (key, kind, amountMinor, feeMinor, state, lineNo) => {
      if (size === capacity) grow();
      const row = size++;
      keys.set(key, row * KEY_WORDS);
      amounts[row] = amountMinor; fees[row] = feeMinor; lines[row] = lineNo;
      marks[row] = (kind === 'refund' ? REFUND : 0) | (LINE_STATES.indexOf(state) << STATE_SHIFT);
      chain[row] = -1;
      const slot = slotOf(key, 0);
      if (slots[slot]! < 0) slots[slot] = row;
      else { let last = slots[slot]!; while (chain[last]! >= 0) last = chain[last]!; chain[last] = row; }
      return row;
    },
    find: (key) => slots[slotOf(key, 0)]!,
    next: (row) => chain[row]!,
    kind: (row) => ((marks[row]! & REFUND) !== 0 ? 'refund' : 'payment'),
    amountMinor: (row) => amounts[row]!, feeMinor: (row) => fees[row]!, lineNo: (row) => lines[row]!,
    state: (row) => LINE_STATES[(marks[row]! >> STATE_SHIFT) & 3]!,
    take: (row) => { marks[row]! |= TAKEN; },
    isTaken: (row) => (marks[row]! & TAKEN) !== 0,
  };
}

/** A power of two with room to spare: a third of it stays free. */
const slotsFor = (capacity: number): Int32Array<ArrayBuffer> => new Int32Array(2 ** Math.ceil(Math.log2(capacity * 1.5))).fill(-1);

const REFUND = 1, TAKEN = 2, STATE_SHIFT = 2;

function enlarged<A extends { set(source: A): void }>(old: A, larger: A): A {
  larger.set(old);
  return larger;
}
