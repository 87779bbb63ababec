import type { Clock, OperatorId } from '../../kernel/index.ts';
import type { Database } from '../database/index.ts';
import type { Logger } from '../logging/logger.ts';

export type JobContext = {
  readonly database: Database;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Every operator, in id order; for work that goes through them one after the other. */
  readonly operators: () => Promise<readonly OperatorId[]>;
};

/** What a run did, in numbers and words, for the log and `doctor`. */
export type JobSummary = Readonly<Record<string, number | string>>;

/** A job that ships with the program. It must be right to run it twice, and right to run it late. */
export type Job = {
  /** snake_case, stable: it is the key of the job's history. */
  readonly name: string;
  readonly about: string;
  /** A cron pattern in UTC, minutes first. */
  readonly cron: string;
  /** The pattern's period; a job without success for three of them is overdue (P-16). */
  readonly everyMs: number;
  readonly run: (context: JobContext) => Promise<JobSummary>;
};

/** Runs `work` for each operator; one operator's failure does not keep the others waiting, and is thrown at the end. */
export async function forEachOperator(context: JobContext, work: (operatorId: OperatorId) => Promise<void>): Promise<number> {
  const failures: unknown[] = [];
  const operators = await context.operators();
  for (const operatorId of operators) {
    try {
      await work(operatorId);
    } catch (error) {
      context.logger.error({ operatorId, error }, 'a job failed for one operator');
      failures.push(error);
    }
  }
  if (failures.length > 0) throw new AggregateError(failures, `failed for ${failures.length} of ${operators.length} operators`);
  return operators.length;
}
