import { instant, type Clock, type Instant } from '../../../kernel/index.ts';
import type { Logger } from '../../../platform/logging/logger.ts';
import { createBreaker } from './breaker.ts';
import type { AccountHealth } from './channels.ts';
import { createLimiter } from './limiter.ts';
import type { CallLimits } from './settings.ts';
import { createTransport, type Transport, type TransportOptions } from './transport.ts';

export type CallObserver = NonNullable<TransportOptions['observe']>;

/** One account's way to its channel: limits that can be changed while calls are under way, breaker, and how calls went lately. */
export type Caller = {
  readonly transport: Transport;
  setLimits(limits: CallLimits): void;
  health(): Omit<AccountHealth, 'operatorId' | 'merchantAccountId' | 'version'>;
  close(): void;
};

export type CallerOptions = { readonly limits: CallLimits; readonly clock: Clock; readonly monotonicMs: () => number; readonly fetch?: typeof fetch; readonly observer: CallObserver; readonly logger?: Logger };

export function createCaller({ limits: initial, clock, monotonicMs, fetch: send = fetch, observer, logger }: CallerOptions): Caller {
  let limits = initial, breakerSince: Instant | null = null, lastAnswerAt: Instant | null = null, lastFailureAt: Instant | null = null, lastFailure: string | null = null;
  const current = (): CallLimits => limits;
  const limiter = createLimiter({ limits: current, monotonicMs });
  const breaker = createBreaker({
    limits: current, monotonicMs,
    changed: (to) => {
      breakerSince = instant(clock.now());
      logger?.warn({ breaker: to, lastFailure }, 'the breaker of a payment channel changed');
    },
  });
  const observe: CallObserver = (call) => {
    if (call.failure === null) lastAnswerAt = call.at;
    else if (call.outcome !== 'circuit_open') [lastFailureAt, lastFailure] = [call.at, `${call.act}: ${call.failure}`];
    observer(call);
  };
  return {
    transport: createTransport({ fetch: send, clock, limits: current, limiter, breaker, observe }),
    setLimits(next) {
      limits = next;
      limiter.changed();
    },
    health: () => ({ breaker: breaker.state(), breakerSince, callsInFlight: limiter.inFlight(), callsWaiting: limiter.waiting(), lastAnswerAt, lastFailureAt, lastFailure }),
    close: () => limiter.close(),
  };
}
