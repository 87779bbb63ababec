import { monitorEventLoopDelay } from 'node:perf_hooks';

const TICK_MS = 20;
/** A timer that is this much late is how timers are; more is a loop that was held up. */
const USUAL_MS = 5;

let expectedAt: number | null = null;
let stalled = 0;
let histogram: ReturnType<typeof monitorEventLoopDelay> | null = null;

/** Starts watching, once a process; keeps no process alive. */
export function watchEventLoop(): void {
  if (expectedAt !== null) return;
  histogram = monitorEventLoopDelay({ resolution: TICK_MS });
  histogram.enable();
  expectedAt = performance.now() + TICK_MS;
  setInterval(() => {
    const now = performance.now();
    stalled += lateness(now);
    expectedAt = now + TICK_MS;
  }, TICK_MS).unref();
}

const lateness = (now: number): number => {
  const late = now - (expectedAt ?? now);
  return late > USUAL_MS ? late : 0;
};

/** How long the event loop has been held up since the watch began, up to now, in ms. The difference of two calls is what happened between. */
export const stalledMs = (): number => stalled + lateness(performance.now());

/** How late the loop was since the last call, in µs: the 99th percentile and the longest. */
export function takeLoopDelay(): { readonly p99Us: number; readonly maxUs: number } {
  if (histogram === null || histogram.count === 0) return { p99Us: 0, maxUs: 0 };
  // The histogram holds whole intervals: what is above one is delay.
  const delay = (ns: number): number => Math.max(0, Math.round(ns / 1_000 - TICK_MS * 1_000));
  const taken = { p99Us: delay(histogram.percentile(99)), maxUs: delay(histogram.max) };
  histogram.reset();
  return taken;
}
