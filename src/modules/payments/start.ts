import type { Clock, OperatorId } from '../../kernel/index.ts';
import type { Database } from '../../platform/database/index.ts';
import type { Logger } from '../../platform/logging/logger.ts';
import type { Channels } from './channels/channels.ts';
import { applyPaymentViews } from './commands/apply-payment-views.ts';
import { closeOrder } from './commands/close-order.ts';
import { applyConsulted, consultChannel } from './commands/consult-channel.ts';
import { startInboxApplier, type InboxApplier } from './inbox/applier.ts';
import type { InboxPorts } from './inbox/apply-batch.ts';
import type { InboxLimits } from './inbox/limits.ts';
import type { PaymentsMetrics } from './metrics.ts';
import type { RecoveryLimits } from './recovery/limits.ts';
import type { RecoveryPorts } from './recovery/ports.ts';
import { startRecovery, type Recovery } from './recovery/recovery.ts';
import { startRefunds, type RefundLoop } from './refunds/refund-loop.ts';
import { applyRefundViews } from './refunds/apply-refund-views.ts';
import type { OrderPurposes } from './types.ts';

export type PaymentsOptions = {
  readonly database: Database; readonly channels: Pick<Channels, 'forAccount' | 'resolveNotifyKey'>; readonly clock: Clock; readonly logger: Logger; readonly metrics?: PaymentsMetrics;
  readonly purposes: OrderPurposes;
  readonly inboxLimits?: Partial<InboxLimits>; readonly recoveryLimits?: Partial<RecoveryLimits>;
  /** The operators this worker may work; by default all. For tests. */
  readonly only?: (operatorId: OperatorId) => boolean;
};
export type RunningPayments = {
  /** These operators have new notifications: they are worked at once instead of at the next poll. */
  wake(operatorIds: Iterable<OperatorId>): void;
  readonly inbox: InboxApplier;
  readonly recovery: Recovery;
  readonly refunds: RefundLoop;
  close(): Promise<void>;
};

/** What works a notification, and what looks for payments without one, wired to orders. */
export function inboxPorts({ clock, purposes }: Pick<PaymentsOptions, 'clock' | 'purposes'>): InboxPorts {
  return {
    applyPayments: (tx, items) => applyPaymentViews(tx, items, { clock, purposes }),
    applyRefunds: async (tx, items) => void await applyRefundViews(tx, items.map(({ merchantAccountId, notificationId, view }) =>
      ({ outRefundNo: view.outRefundNo, seen: view.refund, merchantAccountId, source: { actor: 'channel', notificationId } })), { clock }),
  };
}
export function recoveryPorts({ channels, clock, purposes }: Pick<PaymentsOptions, 'channels' | 'clock' | 'purposes'>): RecoveryPorts {
  return {
    consult: (operatorId, attempt, by) => consultChannel(channels, operatorId, attempt, { ...by, clock }),
    applyConsulted: (tx, consulted) => applyConsulted(tx, consulted, { clock, purposes }),
    closeExpired: (odb, orderId) => closeOrder(odb, channels, { orderId, reason: 'expired', actor: 'system' }, { clock, purposes }),
  };
}

/** The background of payments, part of the worker role: works the inbox, asks about what is due, closes what has expired, goes through clerks' runs, works refunds. */
export function startPayments(options: PaymentsOptions): RunningPayments {
  const { database, channels, clock, logger } = options;
  const shared = { database, clock, logger, ...(options.metrics ? { metrics: options.metrics } : {}), ...(options.only ? { only: options.only } : {}) };
  const inbox = startInboxApplier({ ...shared, channels, ports: inboxPorts(options), ...(options.inboxLimits ? { limits: options.inboxLimits } : {}) });
  const recovery = startRecovery({ ...shared, ports: recoveryPorts(options), ...(options.recoveryLimits ? { limits: options.recoveryLimits } : {}) });
  const refunds = startRefunds({ ...shared, channels });
  return {
    wake: (operatorIds) => inbox.wake(operatorIds),
    inbox, recovery, refunds,
    close: async () => { await Promise.all([inbox.close(), recovery.close(), refunds.close()]); },
  };
}
