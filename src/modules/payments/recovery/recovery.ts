import { addMs, type Clock, type OperatorId } from '../../../kernel/index.ts';
import type { Database } from '../../../platform/database/index.ts';
import type { Logger } from '../../../platform/logging/logger.ts';
import { turnTaker } from '../inbox/turns.ts';
import { silentPaymentsMetrics, type PaymentsMetrics } from '../metrics.ts';
import { accountsWithChecksDue, claimExpiredOrders, operatorsWithOrdersExpired, type DueAccount } from '../store/due-checks.ts';
import { runsToWork, type RunToWork } from '../store/recovery-runs.ts';
import { checkDue, type RecoveryContext } from './due-checks.ts';
import { openGates } from './gates.ts';
import { RECOVERY_LIMITS, type RecoveryLimits } from './limits.ts';
import type { RecoveryPorts } from './ports.ts';
import { workRun } from './work-run.ts';

const PASS_PAUSE_MS = 5;

export type RecoveryOptions = {
  readonly database: Database; readonly ports: RecoveryPorts; readonly clock: Clock; readonly logger: Logger; readonly metrics?: PaymentsMetrics; readonly limits?: Partial<RecoveryLimits>;
  /** The operators this worker may work; by default all. For tests. */
  readonly only?: (operatorId: OperatorId) => boolean;
};
export type Recovery = {
  /** One pass over everything that is due now: checks, closings, runs, until nothing is. For tests and simulations, beside or instead of the loops. */
  pass(): Promise<void>;
  close(): Promise<void>;
};

/**
 * Finds lost payments without any notification: asks about what is due, closes what has expired, works clerks' runs. Any number of processes share the work.
 * @param start false for a recovery that only works when `pass` is called.
 */
export function startRecovery(options: RecoveryOptions, { start = true } = {}): Recovery {
  const { database, clock, logger } = options;
  const limits = { ...RECOVERY_LIMITS, ...options.limits };
  const context: RecoveryContext = { ...options, limits, metrics: options.metrics ?? silentPaymentsMetrics, gates: openGates(limits.questionsPerAccountMax) };
  const may = ({ operatorId }: { readonly operatorId: OperatorId }): boolean => options.only?.(operatorId) ?? true;

  const checks = turnTaker<DueAccount>({
    logger, about: 'due payments', workersMax: limits.accountsMax, nameOf: ({ operatorId, merchantAccountId }) => `${operatorId}/${merchantAccountId}`, turn: (account, turn) => checkDue(context, account, turn),
  });
  const closings = turnTaker<OperatorId>({ logger, about: 'expired orders', workersMax: limits.closersMax, nameOf: (operatorId) => operatorId, turn: (operatorId) => closeExpired(context, logger, operatorId) });
  const runs = turnTaker<RunToWork>({ logger, about: 'recovery runs', workersMax: limits.runsMax, nameOf: ({ operatorId, runId }) => `${operatorId}/${runId}`, turn: (run, turn) => workRun(context, run, turn) });

  const dueAccounts = async (): Promise<DueAccount[]> => (await accountsWithChecksDue(database, clock.now(), limits.accountsPerPollMax)).filter(may);
  const expired = async (): Promise<OperatorId[]> => (await operatorsWithOrdersExpired(database, clock.now(), limits.accountsPerPollMax)).filter((operatorId) => may({ operatorId }));
  const running = async (): Promise<RunToWork[]> => (await runsToWork(database, clock.now(), limits.accountsPerPollMax)).filter(may);
  const timers = start ? [checks.every(limits.pollMs, dueAccounts), closings.every(limits.pollMs, expired), runs.every(limits.pollMs, running)] : [];

  return {
    pass: async () => {
      for (;;) {
        const [accounts, operators, toWork] = [await dueAccounts(), await expired(), await running()];
        if (accounts.length + operators.length + toWork.length === 0) return;
        for (const account of accounts) checks.take(account);
        for (const operatorId of operators) closings.take(operatorId);
        for (const run of toWork) runs.take(run);
        await Promise.all([checks.idle(Infinity), closings.idle(Infinity), runs.idle(Infinity)]);
        // One whose turn failed rests a moment before it is taken again.
        await new Promise((resolve) => setTimeout(resolve, PASS_PAUSE_MS));
      }
    },
    close: async () => {
      for (const timer of timers) await timer.stop();
      await Promise.all([checks.close(), closings.close(), runs.close()]);
    },
  };
}

/** Closes orders whose end has come: the channel is asked, nothing is closed here alone. One that fails is tried again later, and holds up no other. */
async function closeExpired({ database, clock, limits, ports, gates }: RecoveryContext, logger: Logger, operatorId: OperatorId): Promise<'done' | 'more'> {
  const odb = database.forOperator(operatorId);
  const now = clock.now();
  const orders = await odb.transaction((tx) => claimExpiredOrders(tx, operatorId, { at: now, until: addMs(now, limits.closeAgainMs), countMax: limits.closePageMax }));
  await Promise.all(orders.map((orderId) => gates.through(`close ${operatorId}`, async () => {
    try {
      await ports.closeExpired(odb, orderId);
    } catch (error) {
      logger.error({ operatorId, orderId, error: error instanceof Error ? error.message : String(error) }, 'an expired order could not be closed; trying again later');
    }
  })));
  return orders.length >= limits.closePageMax ? 'more' : 'done';
}
