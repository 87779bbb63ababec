import { addMs, type Clock } from '../../../kernel/index.ts';
import type { Database } from '../../../platform/database/index.ts';
import type { CheckOutcome, CreditSource, PaymentsMetrics } from '../metrics.ts';
import { claimDueAttempts, putOffChecks, type DueAccount } from '../store/due-checks.ts';
import { askPage, wasAnswered, writeAnswers, type Result } from './ask-page.ts';
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
  const { database, clock, limits, ports, gates } = context;
  const { operatorId } = account;
  const odb = database.forOperator(operatorId);
  const attempts = await odb.transaction((tx) => claimDueAttempts(tx, account, { at: clock.now(), countMax: limits.pageMax, leaseMs: limits.leaseMs, counterLeaseMs: limits.counterLeaseMs }));
  if (attempts.length === 0) return 'done';
  const answers = await askPage(ports, gates, { operatorId, attempts, by: { actor: 'system', recoveredBy: 'job' } });
  const answered = answers.filter(wasAnswered), unasked = answers.filter(({ consulted }) => consulted === null);
  // After the orders are locked, as everybody does it.
  const { results, faults } = await writeAnswers(odb, ports, answered, (tx) => putOffChecks(tx, operatorId, unasked.map(({ attempt }) => attempt), addMs(clock.now(), limits.breakerPauseMs)));
  measure(context, results, 'job');
  // Told once all the others were written.
  if (faults.length > 0) throw faults[0]!;
  return unasked.length === 0 && attempts.length >= limits.pageMax ? 'more' : 'done';
}

export function measure({ clock, metrics }: Pick<RecoveryContext, 'clock' | 'metrics'>, results: readonly Result[], source: CreditSource): void {
  const now = clock.now();
  for (const result of results) {
    metrics.checked(checkOutcome(result), 1);
    if (result.view?.outcome === 'credited' && result.view.order?.paidAt) metrics.paidToCredited(source, result.view.order.paidAt, now);
  }
}

function checkOutcome({ view, observed }: Result): CheckOutcome {
  if (view?.outcome === 'credited' || view?.outcome === 'surplus') return view.outcome;
  if (observed === 'no_answer') return 'unanswered';
  return view?.outcome === 'observed' ? 'moved' : 'unchanged';
}
