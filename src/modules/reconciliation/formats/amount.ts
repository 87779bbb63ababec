/** Amounts in a statement are decimals of a major unit with two places, written in bytes: `12.30`, `-0.06`, `45`. They become minor units without a float. */
const DOT = 0x2e, MINUS = 0x2d, PLUS = 0x2b, ZERO = 0x30, SPACE = 0x20, TAB = 0x09;
/** Twelve digits before the dot: what stays exact as an integer with room to spare. */
const WHOLE_DIGITS_MAX = 12;

/** @returns the minor units as a safe integer, or null when the bytes are no amount. More than two decimals are accepted when they are zeros. */
export function minorOf(bytes: Buffer, start: number, end: number): number | null {
  let from = start, to = end;
  while (from < to && isBlank(bytes[from]!)) from++;
  while (to > from && isBlank(bytes[to - 1]!)) to--;
  if (from === to) return null;
  const sign = bytes[from] === MINUS ? -1 : 1;
  if (bytes[from] === MINUS || bytes[from] === PLUS) from++;
  let value = 0, whole = 0, decimals = -1;
  for (let at = from; at < to; at++) {
    const digit = bytes[at]! - ZERO;
    if (bytes[at] === DOT && decimals < 0) { decimals = 0; continue; }
    if (digit < 0 || digit > 9) return null;
    if (decimals < 0) { whole++; value = value * 10 + digit; }
    else if (decimals < 2) { decimals++; value = value * 10 + digit; }
    else if (digit !== 0) return null;
  }
  if (whole === 0 || whole > WHOLE_DIGITS_MAX) return null;
  for (let have = Math.max(decimals, 0); have < 2; have++) value *= 10;
  return value === 0 ? 0 : sign * value;
}

const isBlank = (byte: number): boolean => byte === SPACE || byte === TAB;
