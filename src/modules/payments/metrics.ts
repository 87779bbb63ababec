import type { Clock, Instant } from '../../kernel/index.ts';
import type { Database } from '../../platform/database/index.ts';
import type { Metrics } from '../../platform/metrics/index.ts';
import type { Outcome, Verdict } from './inbox/notification.ts';
import { inboxFigures } from './store/notifications.ts';
import { outstandingFigures } from './store/due-checks.ts';

/** How a payment that was credited came to be known. */
export type CreditSource = 'notification' | 'job' | 'clerk';
export type CheckOutcome = 'credited' | 'surplus' | 'moved' | 'unchanged' | 'unanswered';

/** The figures that the inbox and recovery keep. One object a process: a name is registered once. */
export type PaymentsMetrics = {
  received(verdict: Verdict | 'unknown_key' | 'not_stored' | 'not_kept'): void;
  stored(ms: number, rows: number): void;
  settled(outcome: Outcome | 'postponed', count: number): void;
  /** A notification was received at `receivedAt`, and what it told was credited and committed at `creditedAt`. */
  credited(receivedAt: Instant, creditedAt: Instant): void;
  /** From the payer's paying (by the channel's clock) to our crediting, whoever found it. */
  paidToCredited(source: CreditSource, paidAt: Instant, creditedAt: Instant): void;
  checked(outcome: CheckOutcome, count: number): void;
};

export const silentPaymentsMetrics: PaymentsMetrics = {
  received: () => undefined, stored: () => undefined, settled: () => undefined, credited: () => undefined, paidToCredited: () => undefined, checked: () => undefined,
};

const CREDIT_BUCKETS_S = [0.01, 0.025, 0.05, 0.1, 0.2, 0.3, 0.5, 0.75, 1, 2, 5, 10, 60, 300, 1_200] as const;
const PAID_BUCKETS_S = [0.5, 1, 2, 5, 10, 30, 60, 120, 300, 600, 1_800, 3_600, 21_600, 86_400] as const;
const seconds = (from: Instant, to: Instant): number => Math.max(0, to - from) / 1_000;

/** The figures in the process's registry, under `kirchhoff_payments_…`; the gauges are read from the database at each scrape. */
export function paymentsMetrics(metrics: Metrics, { database, clock }: { readonly database: Database; readonly clock: Clock }): PaymentsMetrics {
  const received = metrics.counter('kirchhoff_payments_notifications_total', 'Notifications received, by verdict.', ['verdict']);
  const settled = metrics.counter('kirchhoff_payments_notifications_settled_total', 'Notifications worked, by what became of them.', ['outcome']);
  const checks = metrics.counter('kirchhoff_payments_checks_total', 'Payments asked about at their channel, by what came of it.', ['outcome']);
  const store = metrics.histogram('kirchhoff_payments_store_seconds', 'One group insert of notifications, commit included.', { buckets: CREDIT_BUCKETS_S });
  const credit = metrics.histogram('kirchhoff_payments_credit_seconds', 'From a notification received to its payment credited and committed. A 99th percentile above 1 is an alert.', { buckets: CREDIT_BUCKETS_S });
  const paid = metrics.histogram('kirchhoff_payments_paid_to_credited_seconds', "From paying, by the channel's clock, to crediting.", { labels: ['source'], buckets: PAID_BUCKETS_S });
  const oldest = metrics.gauge('kirchhoff_payments_inbox_oldest_seconds', 'How long the longest waiting notification has been due.');
  metrics.gauge('kirchhoff_payments_inbox_waiting', 'Notifications that are stored and not worked yet, over all operators.', [], async (gauge) => {
    const now = clock.now();
    const { waiting, oldestAt } = await inboxFigures(database, now);
    gauge.set(Number(waiting));
    oldest.set(oldestAt === null ? 0 : seconds(oldestAt, now));
  });
  metrics.gauge('kirchhoff_payments_outstanding', 'Attempts without a final answer of their channel: unresolved (asked, or past their end), overdue (their check is late).', ['kind'], async (gauge) => {
    const { unresolved, overdue } = await outstandingFigures(database, clock.now());
    gauge.set({ kind: 'unresolved' }, Number(unresolved));
    gauge.set({ kind: 'overdue' }, Number(overdue));
  });
  return {
    received: (verdict) => { received.inc({ verdict }); },
    stored: (ms) => { store.observe(ms / 1_000); },
    settled: (outcome, count) => { if (count > 0) settled.inc({ outcome }, count); },
    credited: (receivedAt, creditedAt) => { credit.observe(seconds(receivedAt, creditedAt)); },
    paidToCredited: (source, paidAt, creditedAt) => { paid.observe({ source }, seconds(paidAt, creditedAt)); },
    checked: (outcome, count) => { if (count > 0) checks.inc({ outcome }, count); },
  };
}
