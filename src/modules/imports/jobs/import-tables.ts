import { MS_PER_MINUTE } from '../../../kernel/index.ts';
import { forEachOperator, type Job } from '../../../platform/jobs/index.ts';
import { workImports } from '../commands/import-table.ts';

/** Works the imports that people have started; one that another process left lying goes on from where it was. */
export const importTablesJob: Job = {
  name: 'import_tables', about: 'Reads and judges tables of sessions that were brought.', cron: '* * * * *', everyMs: MS_PER_MINUTE,
  run: async (context) => {
    let imports = 0;
    const operators = await forEachOperator(context, async (operatorId) => {
      imports += await workImports(context.database.forOperator(operatorId), context);
    });
    return { operators, imports };
  },
};
