/** A seeded source of randomness: the same seed gives the same run (sfc32; not for secrets). */
export type Random = { next(): number; integer(max: number): number; chance(probability: number): boolean; pick<T>(items: readonly T[]): T; bytes(count: number): Uint8Array };

/** @param seed any 32-bit integer; print it, so that a failure can be run again. */
export function seededRandom(seed: number): Random {
  let a = 0x9e3779b9 | 0, b = 0x243f6a88 | 0, c = 0xb7e15162 | 0, d = seed | 0;
  const word = (): number => {
    const t = (((a + b) | 0) + d) | 0;
    d = (d + 1) | 0; a = b ^ (b >>> 9); b = (c + (c << 3)) | 0; c = (c << 21) | (c >>> 11); c = (c + t) | 0;
    return t >>> 0;
  };
  for (let i = 0; i < 12; i++) word();
  const next = (): number => word() / 4294967296;
  const integer = (max: number): number => Math.floor(next() * max);
  return {
    next, integer,
    chance: (probability) => next() < probability,
    pick: (items) => items[integer(items.length)]!,
    bytes: (count) => Uint8Array.from({ length: count }, () => word() & 0xff),
  };
}
