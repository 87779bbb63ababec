import { MS_PER_MINUTE } from '../../../kernel/index.ts';
import { forEachOperator, type Job } from '../../../platform/jobs/index.ts';
import { guardBalances, type GuardOptions } from './guard-balances.ts';

/** Stops charging where the money is nearly used up. */
export const guardBalancesJob = (options: Pick<GuardOptions, 'stop'>): Job => ({
  name: 'guard_balances', about: 'Asks charging sessions to stop whose member has less than the threshold left.', cron: '* * * * *', everyMs: MS_PER_MINUTE,
  run: async (context) => {
    let stops = 0;
    const operators = await forEachOperator(context, async (operatorId) => { stops += await guardBalances(context.database.forOperator(operatorId), { clock: context.clock, ...options }); });
    return { operators, stops };
  },
});
