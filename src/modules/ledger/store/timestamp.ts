import type { Clock } from '../../../kernel/index.ts';

const latest = new WeakMap<Clock, bigint>();
const NS_PER_MS = 1_000_000n;

export const nowNs = (clock: Clock): bigint => BigInt(clock.now()) * NS_PER_MS;

/**
 * Takes `count` timestamps in nanoseconds, one after the other, never one twice from the same clock. They say when something was recorded;
 * what came first is said by the sequence (two nodes' clocks differ).
 * @returns the first of them.
 */
export function takeTimestamps(clock: Clock, count: number): bigint {
  const now = nowNs(clock);
  const last = latest.get(clock);
  const first = last === undefined || now > last ? now : last + 1n;
  latest.set(clock, first + BigInt(Math.max(count, 1)) - 1n);
  return first;
}
