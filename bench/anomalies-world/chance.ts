/** Chance that is equal for equal seeds, and nothing of the program's own. */
export type Chance = { next(): number; between(low: number, high: number): number; below(count: number): number; is(probability: number): boolean; of<T>(items: readonly T[]): T };

/** mulberry32 */
export function chanceOf(seed: number): Chance {
  let state = seed | 0;
  const next = (): number => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
  return {
    next, between: (low, high) => low + (high - low) * next(), below: (count) => Math.floor(next() * count),
    is: (probability) => next() < probability, of: (items) => items[Math.floor(next() * items.length)]!,
  };
}
