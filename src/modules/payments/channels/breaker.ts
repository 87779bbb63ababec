import type { CallLimits } from './settings.ts';
import type { BreakerState } from './channels.ts';

/**
 * Stops calling a channel that does not answer. After `breakerFailures` failures in a row nothing is sent for `breakerOpenMs`; then one call may try, and its fate
 * decides for the others. A refusal is an answer, so it never opens the breaker.
 */
export type Breaker = {
  /** @returns how to tell what became of the call, or null when it must not be made. */
  admit(): ((fate: 'answered' | 'failed' | 'not_sent') => void) | null;
  state(): BreakerState;
};

/** @param monotonicMs a clock that never goes back. */
export function createBreaker({ limits, monotonicMs, changed }: { readonly limits: () => CallLimits; readonly monotonicMs: () => number; readonly changed?: (to: BreakerState) => void }): Breaker {
  let failures = 0, openedAt: number | null = null, trying = false;
  const state = (): BreakerState => openedAt === null ? 'closed' : trying || monotonicMs() - openedAt >= limits().breakerOpenMs ? 'half_open' : 'open';
  return {
    state,
    admit() {
      const before = state();
      if (before === 'open' || (before === 'half_open' && trying)) return null;
      const probe = before === 'half_open';
      if (probe) { trying = true; changed?.('half_open'); }
      return (fate) => {
        if (probe) trying = false;
        if (fate === 'not_sent') return;
        if (fate === 'answered') {
          failures = 0;
          if (openedAt !== null && probe) { openedAt = null; changed?.('closed'); }
          return;
        }
        failures++;
        if (probe || (openedAt === null && failures >= limits().breakerFailures)) { openedAt = monotonicMs(); changed?.('open'); }
      };
    },
  };
}
