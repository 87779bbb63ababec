import { addMs, type Clock } from '../../../kernel/index.ts';
import type { Database } from '../../../platform/database/index.ts';
import { announce } from '../../../platform/live-updates/index.ts';
import type { CheckOutcome, PaymentsMetrics } from '../metrics.ts';
import { claimDueAttempts, putOffChecks, type DueAccount } from '../store/due-checks.ts';
import type { AppliedView } from '../types.ts';
import { applyAnswers, askPage } from './ask-page.ts';
import type { Gates } from './gates.ts';
import type { RecoveryLimits } from './limits.ts';
import type { RecoveryPorts } from './ports.ts';

export type RecoveryContext = {
  readonly database: Database; readonly ports: RecoveryPorts; readonly clock: Clock; readonly metrics: PaymentsMetrics; readonly limits: RecoveryLimits; readonly gates: Gates;
};

/**
 * Asks one account's channel about its due attempts, a page: taken by the database, asked without a transaction, written together. What the process does not get
 * to write is asked again when the lease is over.
 */
export async function checkDue(context: RecoveryContext, account: DueAccount): Promise<'done' | 'more'> {
  const { database, clock, limits, ports, gates, metrics } = context;
  const odb = database.forOperator(account.operatorId);
  const attempts = await odb.transaction((tx) => claimDueAttempts(tx, account, { at: clock.now(), countMax: limits.pageMax, leaseMs: limits.leaseMs, counterLeaseMs: limits.counterLeaseMs }));
  if (attempts.length === 0) return 'done';
  const answers = await askPage(ports, gates, { operatorId: account.operatorId, attempts });
  const answered = answers.filter(({ asked }) => asked.wasAsked), unasked = answers.filter(({ asked }) => !asked.wasAsked);
  const applied = await odb.transaction(async (tx) => {
    await putOffChecks(tx, account.operatorId, unasked.map(({ attempt }) => attempt), addMs(clock.now(), limits.breakerPauseMs));
    const views = await applyAnswers(ports, tx, answered, { actor: 'system', recoveredBy: 'job' });
    if (views.some(({ outcome }) => outcome !== 'unchanged')) announce(tx, 'payments.orders');
    return views;
  });
  const now = clock.now();
  for (const [index, view] of applied.entries()) {
    metrics.checked(checkOutcome(view, answered[index]!.asked.observation.state), 1);
    if (view.outcome === 'credited' && view.order?.paidAt) metrics.paidToCredited('job', view.order.paidAt, now);
  }
  return unasked.length === 0 && attempts.length >= limits.pageMax ? 'more' : 'done';
}

export function checkOutcome({ outcome }: AppliedView, observed: string): CheckOutcome {
  if (outcome === 'credited' || outcome === 'surplus') return outcome;
  if (observed === 'no_answer') return 'unanswered';
  return outcome === 'observed' ? 'moved' : 'unchanged';
}
