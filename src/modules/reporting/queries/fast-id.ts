import type { IdPrefix } from '../../../kernel/index.ts';

const ALPHABET = '0123456789abcdefghjkmnpqrstvwxyz';

/** `encodeId` for files of millions of rows: the same text, by 30 bits at a time instead of one big number. */
export function fastId(prefix: IdPrefix, uuid: string): string {
  const hex = uuid.slice(0, 8) + uuid.slice(9, 13) + uuid.slice(14, 18) + uuid.slice(19, 23) + uuid.slice(24);
  // 128 bits are 26 characters of 5 bits with two bits of zero before them: 2 + 8 × 15 + 6 bits… taken from the end, 15 bits are not whole hex digits, 20 bits are five of them.
  let text = '';
  for (let end = 32; end > 0; end -= 5) {
    let bits = Number.parseInt(hex.slice(Math.max(0, end - 5), end), 16);
    for (let i = 0; i < 4 && text.length < 26; i++) { text = ALPHABET[bits & 31]! + text; bits >>>= 5; }
  }
  return `${prefix}_${text}`;
}
