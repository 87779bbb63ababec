import { MS_PER_DAY } from '../../../kernel/index.ts';
import { sqlTimestamp } from '../../../platform/database/index.ts';
import type { Job } from '../../../platform/jobs/index.ts';

/** Months after this one for which the frame log has a partition. The job may fail for so long before frames fall into the partition of the rest. */
export const FRAME_MONTHS_AHEAD = 3;

/** Makes the partitions of the frame log ahead of their months. A month whose frames were stored before it had one stays where it is. */
export const makeFramePartitionsJob: Job = {
  name: 'make_frame_partitions', about: 'Makes the frame log\'s partitions ahead of their months.', cron: '17 2 * * *', everyMs: MS_PER_DAY,
  run: async ({ database, clock }) => {
    const months = await database.untenanted.query<{ partition: string; made: boolean }>(
      'select partition, made from ocpp_gateway.make_frame_partitions($1, $2)', [sqlTimestamp(clock.now()), FRAME_MONTHS_AHEAD]);
    const named = (made: boolean): string => months.filter((month) => month.made === made).map(({ partition }) => partition).join(' ');
    return { made: named(true), left: named(false) };
  },
};
