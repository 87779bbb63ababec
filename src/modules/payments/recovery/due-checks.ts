import { addMs, type Clock } from '../../../kernel/index.ts';
import type { Database } from '../../../platform/database/index.ts';
import type { Turn } from '../inbox/turns.ts';
import type { CheckOutcome, CreditSource, PaymentsMetrics } from '../metrics.ts';
import { claimDueAttempts, putOffChecks, type DueAccount } from '../store/due-checks.ts';
import type { AttemptToAsk } from '../types.ts';
import { page, workThrough } from '../work-through.ts';
import { askOne, writeAnswers, type Answered, type Result } from './ask-channel.ts';
import type { Gates } from './gates.ts';
import type { RecoveryLimits } from './limits.ts';
import type { RecoveryPorts } from './ports.ts';

export type RecoveryContext = {
  readonly database: Database; readonly ports: RecoveryPorts; readonly clock: Clock; readonly metrics: PaymentsMetrics; readonly limits: RecoveryLimits; readonly gates: Gates;
};

/**
 * Asks one account's channel about its due attempts: taken by the database, asked without a transaction, written in pages, all three at the same time, so that only the
 * channel's limits are waited for. What the process does not get to write is asked again when the lease is over; what it takes and does not ask it gives back.
 */
export async function checkDue(context: RecoveryContext, account: DueAccount, turn: Turn): Promise<'done' | 'more'> {
  const { database, clock, limits, ports } = context;
  const { operatorId } = account;
  const odb = database.forOperator(operatorId);
  let shut = false;
  const worked = await workThrough<AttemptToAsk, Answered<AttemptToAsk>>({
    take: async (countMax) => page(await odb.transaction((tx) => claimDueAttempts(tx, account, { at: clock.now(), countMax, leaseMs: limits.leaseMs, counterLeaseMs: limits.counterLeaseMs })), countMax),
    // What a taken one has as its next check is the end of its lease.
    work: (attempt, stopped) => askOne(context, operatorId, attempt, { by: { actor: 'system', recoveredBy: 'job' }, leaseUntil: attempt.nextCheckAt, stopped, shut: () => { shut = true; } }),
    write: async (answers) => {
      const { results, faults } = await writeAnswers(odb, ports, answers, () => Promise.resolve());
      measure(context, results, 'job');
      return faults;
    },
    goOn: (taken) => taken < limits.attemptsPerTurnMax || !turn.othersWait(),
    leave: () => shut || turn.closing(),
  }, { aheadMax: limits.pageMax, pageMax: limits.pageMax, lingerMs: limits.lingerMs, lookAgainMs: limits.pollMs });
  const now = clock.now(), left = worked.left.filter(({ nextCheckAt }) => nextCheckAt !== null && nextCheckAt > now);
  if (left.length > 0 && !worked.aborted) await odb.transaction((tx) => putOffChecks(tx, operatorId, left, shut ? addMs(now, limits.breakerPauseMs) : now));
  // Told once all the others were written.
  if (worked.faults.length > 0) throw worked.faults[0];
  return worked.complete || shut ? 'done' : 'more';
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
