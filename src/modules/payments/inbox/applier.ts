import { assert, MS_PER_SECOND, type Clock, type OperatorId } from '../../../kernel/index.ts';
import type { Database } from '../../../platform/database/index.ts';
import type { Logger } from '../../../platform/logging/logger.ts';
import { silentPaymentsMetrics, type PaymentsMetrics } from '../metrics.ts';
import { turnTaker } from './turns.ts';
import { operatorsWithNotificationsDue } from '../store/notifications.ts';
import { applyDue, type ApplyContext, type InboxPorts } from './apply-batch.ts';
import { INBOX_LIMITS, type InboxLimits } from './limits.ts';
import type { NotificationChannels } from './receive.ts';

export type InboxApplierOptions = {
  readonly database: Database; readonly channels: NotificationChannels; readonly ports: InboxPorts; readonly clock: Clock; readonly logger: Logger;
  readonly metrics?: PaymentsMetrics; readonly limits?: Partial<InboxLimits>; readonly atStep?: ApplyContext['atStep'];
  /** The operators this worker may work; by default all. For tests. */
  readonly only?: (operatorId: OperatorId) => boolean;
};
export type InboxApplier = {
  /** These operators have new notifications: they are worked at once instead of at the next poll. */
  wake(operatorIds: Iterable<OperatorId>): void;
  /** Resolves when nothing is due. @throws when that takes longer than `deadlineMs`. */
  drain(deadlineMs?: number): Promise<void>;
  close(): Promise<void>;
};

const OPERATORS_PER_POLL_MAX = 256, BATCHES_PER_TURN_MAX = 8;
const DRAIN_DEADLINE_MS = 60 * MS_PER_SECOND, DRAIN_POLL_MS = 10;

/**
 * Works the inbox: operators side by side, each in batches. Any number of workers on any number of nodes share it by the database's row locks. Nothing it is
 * told is needed: a poll finds what a lost wake-up left.
 */
export function startInboxApplier(options: InboxApplierOptions): InboxApplier {
  const { database, clock, logger } = options;
  const limits = { ...INBOX_LIMITS, ...options.limits };
  const context: ApplyContext = { ...options, limits, metrics: options.metrics ?? silentPaymentsMetrics };
  const may = (operatorId: OperatorId): boolean => options.only?.(operatorId) ?? true;
  const turns = turnTaker<OperatorId>({
    logger, about: 'payment notifications', workersMax: limits.operatorsMax, nameOf: (operatorId) => operatorId,
    turn: async (operatorId) => {
      for (let batch = 0; batch < BATCHES_PER_TURN_MAX; batch++) if (!(await applyDue(context, operatorId)).more) return 'done';
      return 'more';
    },
  });
  const due = async (): Promise<OperatorId[]> => (await operatorsWithNotificationsDue(database, clock.now(), OPERATORS_PER_POLL_MAX)).filter(may);
  const timer = turns.every(limits.pollMs, due);
  return {
    wake: (operatorIds) => { for (const operatorId of operatorIds) if (may(operatorId)) turns.take(operatorId, { again: true }); },
    drain: async (deadlineMs = DRAIN_DEADLINE_MS) => {
      const deadline = performance.now() + deadlineMs;
      for (;;) {
        const waiting = await due();
        if (waiting.length === 0) return turns.idle(deadline);
        for (const operatorId of waiting) turns.take(operatorId);
        await turns.idle(deadline);
        assert(performance.now() < deadline, `payment notifications still wait after ${deadlineMs} ms`);
        await new Promise((resolve) => setTimeout(resolve, DRAIN_POLL_MS));
      }
    },
    close: async () => {
      await timer.stop();
      await turns.close();
    },
  };
}
