import { MS_PER_MINUTE, type OperatorId } from '../kernel/index.ts';
import { loadOperator } from '../modules/parties/index.ts';
import { repairAutomatically, workBulk } from '../modules/repair/index.ts';
import { forEachOperator, type Job, type JobContext } from '../platform/jobs/index.ts';
import { REPAIR_SUBJECTS } from './repair-subjects.ts';

const faultTo = ({ logger }: JobContext, operatorId: OperatorId) => (error: Error, caseId: string): void => logger.error({ operatorId, caseId, error }, 'the repair of a case failed, and was passed over');

/** What the operator's policy repairs without a person, and cases whose request for approval was refused or has lapsed. */
const automatic: Job = {
  name: 'repair_automatic', about: 'Accepts proposals of abnormal bills that the policy accepts without a person.', cron: '* * * * *', everyMs: MS_PER_MINUTE,
  run: async (context) => {
    const sums = { checked: 0, applied: 0, refused: 0, lapsed: 0 };
    const operators = await forEachOperator(context, async (operatorId) => {
      const odb = context.database.forOperator(operatorId);
      const { currency } = await odb.transaction((tx) => loadOperator(tx));
      const done = await repairAutomatically(odb, { subjects: REPAIR_SUBJECTS, clock: context.clock, currency, onFault: faultTo(context, operatorId) });
      for (const key of ['checked', 'applied', 'refused', 'lapsed'] as const) sums[key] += done[key];
    });
    return { operators, ...sums };
  },
};

/** Bulk runs that somebody has started, from where they stopped. */
const bulk: Job = {
  name: 'repair_bulk', about: 'Works the bulk repairs that were started, page by page.', cron: '* * * * *', everyMs: MS_PER_MINUTE,
  run: async (context) => {
    let items = 0;
    const operators = await forEachOperator(context, async (operatorId) => {
      items += await workBulk(context.database.forOperator(operatorId), { subjects: REPAIR_SUBJECTS, clock: context.clock, onFault: faultTo(context, operatorId) });
    });
    return { operators, items };
  },
};

export const REPAIR_JOBS: readonly Job[] = [automatic, bulk];
