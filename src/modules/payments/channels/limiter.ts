import type { CallLimits } from './settings.ts';

/** So many calls wait at most; one more is told at once that the channel is busy. */
export const CALLS_WAITING_MAX = 10_000;

/** Lets calls through in the order in which they came: at most so many at once, and so many a second (token bucket). */
export type Limiter = {
  /** @returns how to give the place back, or null when the turn did not come within `waitMsMax`. */
  acquire(): Promise<(() => void) | null>;
  /** Limits were changed: whoever waits is looked at anew. */
  changed(): void;
  inFlight(): number;
  waiting(): number;
  close(): void;
};

type Waiting = { readonly give: (place: (() => void) | null) => void; readonly until: number };

/** @param monotonicMs a clock that never goes back. */
export function createLimiter({ limits, monotonicMs }: { readonly limits: () => CallLimits; readonly monotonicMs: () => number }): Limiter {
  const queue: Waiting[] = [];
  let inFlight = 0, tokens = limits().burstMax, countedAt = monotonicMs(), timer: NodeJS.Timeout | undefined;

  function refill(now: number): void {
    const { callsPerSecondMax, burstMax } = limits();
    tokens = Math.min(burstMax, tokens + ((now - countedAt) * callsPerSecondMax) / 1000);
    countedAt = now;
  }
  function place(): () => void {
    let given = false;
    return () => {
      if (given) return;
      given = true;
      inFlight--;
      pump();
    };
  }
  function pump(): void {
    clearTimeout(timer);
    const now = monotonicMs();
    refill(now);
    while (queue.length > 0 && queue[0]!.until <= now) queue.shift()!.give(null);
    const { concurrencyMax, callsPerSecondMax } = limits();
    while (queue.length > 0 && inFlight < concurrencyMax && tokens >= 1) {
      inFlight++;
      tokens--;
      queue.shift()!.give(place());
    }
    if (queue.length === 0) return;
    // The first to give up is the first in the queue, as long as the limits stay; after a change the next turn sorts it out.
    const untilToken = inFlight < concurrencyMax ? Math.ceil(((1 - tokens) * 1000) / callsPerSecondMax) : Infinity;
    timer = setTimeout(pump, Math.max(1, Math.min(untilToken, queue[0]!.until - now)));
  }

  return {
    acquire: () => new Promise((give) => {
      if (queue.length >= CALLS_WAITING_MAX) return give(null);
      // A place that is free this moment is taken even when nothing may be waited for.
      queue.push({ give, until: monotonicMs() + Math.max(1, limits().waitMsMax) });
      pump();
    }),
    changed: pump,
    inFlight: () => inFlight,
    waiting: () => queue.length,
    close() {
      clearTimeout(timer);
      for (const { give } of queue.splice(0)) give(null);
    },
  };
}
