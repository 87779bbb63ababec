import type { Instant } from '../../kernel/index.ts';
import type { Breakdown } from './request-timing.ts';

export const SLOW_MS_DEFAULT = 1_000;
/** Slow requests that wait to be written; beyond them only their number is kept. */
export const SLOW_WAITING_MAX = 200;

/** A request that took long: its route's pattern, never its address. */
export type SlowRequest = Breakdown & {
  readonly requestId: string; readonly operatorId: string | null; readonly startedAt: Instant; readonly method: string; readonly route: string; readonly status: number;
};
export type SlowRequests = {
  readonly slowMs: number;
  note(request: SlowRequest): void;
  /** What was noted since the last call, and how many had no room. */
  take(): { readonly requests: readonly SlowRequest[]; readonly dropped: number };
};

export function keepSlowRequests({ slowMs = SLOW_MS_DEFAULT }: { readonly slowMs?: number } = {}): SlowRequests {
  let waiting: SlowRequest[] = [], dropped = 0;
  return {
    slowMs,
    note(request) {
      if (request.totalUs < slowMs * 1_000) return;
      if (waiting.length < SLOW_WAITING_MAX) waiting.push(request);
      else dropped += 1;
    },
    take() {
      const taken = { requests: waiting, dropped };
      [waiting, dropped] = [[], 0];
      return taken;
    },
  };
}
