import { MS_PER_HOUR } from '../../../kernel/index.ts';
import { forEachOperator, type Job } from '../../../platform/jobs/index.ts';
import { endQuietCases } from '../commands/work-case.ts';

/** Ends the watching of cases whose time is over. */
export const endQuietCasesJob: Job = {
  name: 'end_quiet_cases', about: 'Resolves support cases that were watched to the end without a recurrence.', cron: '7 * * * *', everyMs: MS_PER_HOUR,
  run: async (context) => {
    let ended = 0;
    const operators = await forEachOperator(context, async (operatorId) => {
      const odb = context.database.forOperator(operatorId);
      for (let now = -1; now !== 0;) ended += now = await odb.transaction((tx) => endQuietCases(tx, context));
    });
    return { operators, ended };
  },
};
