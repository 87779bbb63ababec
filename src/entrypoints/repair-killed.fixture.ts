/** A worker of bulk repairs in a process of its own that is killed in the middle of a page: nothing of it can be cleaned up. */
import { instant, type OperatorId } from '../kernel/index.ts';
import { repairSubjects, workBulk } from '../modules/repair/index.ts';
import { connectDatabase, type DatabaseUrls } from '../platform/database/index.ts';
import { REPAIR_SUBJECTS } from './repair-subjects.ts';

export type KilledBulk = { readonly urls: DatabaseUrls; readonly operatorId: OperatorId; readonly at: number; readonly afterApplied: number };
const { urls, operatorId, at, afterApplied } = JSON.parse(process.argv[2] ?? '{}') as KilledBulk;
let applied = 0;
const subjects = repairSubjects([...REPAIR_SUBJECTS.values()].map((subject) => ({
  ...subject,
  apply: async (...of: Parameters<typeof subject.apply>) => {
    const result = await subject.apply(...of);
    if (++applied >= afterApplied) process.kill(process.pid, 'SIGKILL');
    return result;
  },
})));
await workBulk(connectDatabase(urls, { poolSizeMax: 2 }).forOperator(operatorId), { subjects, clock: { now: () => instant(at) } });
process.exit(0);
