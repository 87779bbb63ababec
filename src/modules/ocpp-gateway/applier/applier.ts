import { assert, MS_PER_SECOND, type Clock, type OperatorId } from '../../../kernel/index.ts';
import type { Database } from '../../../platform/database/index.ts';
import type { Logger } from '../../../platform/logging/logger.ts';
import { GATEWAY_LIMITS, type GatewayLimits } from '../limits.ts';
import { silentMetrics, type ChargingPort, type GatewayMetrics, type LocationsPort } from '../ports.ts';
import { operatorsBehind } from '../store/applier.ts';
import { FRAMES_CHANNEL } from '../store/frame-news.ts';
import { listen } from '../store/listen.ts';
import { applyAround } from './apply-batch.ts';

export type ApplierOptions = {
  readonly database: Database; readonly clock: Clock; readonly logger: Logger; readonly charging: ChargingPort; readonly locations: LocationsPort;
  readonly limits?: Partial<GatewayLimits>; readonly metrics?: GatewayMetrics;
  /** The operators this worker may work; by default all. For tests. */
  readonly only?: (operatorId: OperatorId) => boolean;
};

export type Applier = {
  /** These operators have new frames: they are worked at once instead of at the next poll. */
  wake(operatorIds: Iterable<OperatorId>): void;
  /** Resolves when no frame of any operator waits. @throws when that takes longer than `deadlineMs`. */
  drain(deadlineMs?: number): Promise<void>;
  close(): Promise<void>;
};

const OPERATORS_PER_POLL_MAX = 256;
const DRAIN_DEADLINE_MS = 60 * MS_PER_SECOND, DRAIN_POLL_MS = 20;
const PAUSE_AFTER_FAULT_MS = 250, PAUSE_AFTER_FAULT_MS_MAX = 10 * MS_PER_SECOND;
/** A worker that always found a full batch would never let the next operator in. */
const BATCHES_PER_TURN_MAX = 8;

/**
 * Works the frame log: each operator's frames in order, in batches, several operators at a time. Any number of workers on any number
 * of nodes share the operators. Gateways of other processes wake it by a notification. Nothing it is told is needed: a poll finds what a lost wake-up left.
 */
export function startApplier(options: ApplierOptions): Applier {
  const limits = { ...GATEWAY_LIMITS, ...options.limits };
  const metrics = options.metrics ?? silentMetrics;
  const turns = turnTaker({ ...options, limits, metrics });
  let polling: Promise<void> = Promise.resolve();
  let failures = 0, notBefore = 0;

  const poll = async (): Promise<bigint> => {
    const behind = (await operatorsBehind(options.database, OPERATORS_PER_POLL_MAX)).filter(({ operatorId }) => options.only?.(operatorId) ?? true);
    const lag = behind.reduce((sum, operator) => sum + operator.behind, 0n);
    metrics.gauge('applier_lag_frames', Number(lag));
    for (const { operatorId } of behind) turns.take(operatorId);
    return lag;
  };
  const look = (): void => {
    if (performance.now() < notBefore) return;
    polling = polling.then(poll).then(() => { failures = 0; }, (error: unknown) => {
      if (failures++ === 0) options.logger.warn({ error: error instanceof Error ? error.message : String(error) }, 'the frame log cannot be looked at; trying again');
      notBefore = performance.now() + Math.min(PAUSE_AFTER_FAULT_MS * 2 ** failures, PAUSE_AFTER_FAULT_MS_MAX);
    });
  };
  const wake: Applier['wake'] = (operatorIds) => {
    for (const operatorId of operatorIds) if (options.only?.(operatorId) ?? true) turns.take(operatorId);
  };
  const timer = setInterval(look, limits.applierPollMs);
  const listener = listen(options.database.pool, options.logger, [FRAMES_CHANNEL], (_channel, operatorIds) => { wake(operatorIds.split(' ') as OperatorId[]); }, look);

  return {
    wake,
    drain: async (deadlineMs = DRAIN_DEADLINE_MS) => {
      const deadline = performance.now() + deadlineMs;
      for (;;) {
        const lag = await poll();
        if (lag === 0n) return;
        await turns.idle(deadline);
        assert(performance.now() < deadline, `the applier is still ${lag} frames behind after ${deadlineMs} ms`);
        // Another worker may hold what is left.
        await new Promise((resolve) => setTimeout(resolve, DRAIN_POLL_MS));
      }
    },
    close: async () => {
      clearInterval(timer);
      await listener.stop();
      await polling;
      await turns.close();
    },
  };
}

type Turns = { take(operatorId: OperatorId): void; idle(deadline: number): Promise<void>; close(): Promise<void> };
type TurnOptions = ApplierOptions & { readonly limits: GatewayLimits; readonly metrics: GatewayMetrics };

/** Gives operators their turns: each once at a time, `applierOperatorsMax` at once, first come first served. */
function turnTaker(options: TurnOptions): Turns {
  const { limits, metrics, logger } = options;
  const waiting = new Set<OperatorId>();
  const running = new Map<OperatorId, Promise<void>>();
  /** Operators whose last turn failed wait, without a place among the workers. */
  const faults = new Map<OperatorId, { count: number; notBefore: number }>();
  let closed = false;

  const start = (): void => {
    for (const operatorId of waiting) {
      if (running.size >= limits.applierOperatorsMax) return;
      if (running.has(operatorId)) continue;
      waiting.delete(operatorId);
      running.set(operatorId, turn(operatorId).finally(() => {
        running.delete(operatorId);
        if (!closed) start();
      }));
    }
  };

  const turn = async (operatorId: OperatorId): Promise<void> => {
    try {
      for (let batch = 0; !closed && batch < BATCHES_PER_TURN_MAX; batch++) {
        const startedAt = performance.now();
        const applied = await applyAround(options, operatorId, limits.applierBatchFramesMax);
        faults.delete(operatorId);
        if (applied.state === 'held_elsewhere') return;
        metrics.observe('apply_ms', performance.now() - startedAt);
        metrics.increment('frames_applied', undefined, applied.frames);
        if (applied.unprocessable > 0) {
          metrics.increment('frames_unprocessable', undefined, applied.unprocessable);
          logger.warn({ operatorId, frames: applied.unprocessable }, 'frames could not be worked and were passed over; see ocpp_gateway.unprocessable_frame');
        }
        if (!applied.more) return;
      }
      waiting.add(operatorId);
    } catch (error) {
      const count = (faults.get(operatorId)?.count ?? 0) + 1;
      faults.set(operatorId, { count, notBefore: performance.now() + Math.min(PAUSE_AFTER_FAULT_MS * 2 ** (count - 1), PAUSE_AFTER_FAULT_MS_MAX) });
      if (count === 1) logger.error({ operatorId, error: error instanceof Error ? error.message : String(error) }, 'frames could not be worked; trying again');
    }
  };

  return {
    take: (operatorId) => {
      if (closed || (faults.get(operatorId)?.notBefore ?? 0) > performance.now()) return;
      waiting.add(operatorId);
      start();
    },
    idle: async (deadline) => {
      while ((running.size > 0 || waiting.size > 0) && performance.now() < deadline) await Promise.race([...running.values(), new Promise((resolve) => setTimeout(resolve, DRAIN_POLL_MS))]);
    },
    close: async () => {
      closed = true;
      waiting.clear();
      await Promise.all(running.values());
    },
  };
}
