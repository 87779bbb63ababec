import { MS_PER_SECOND, type Clock, type OperatorId } from '../../../kernel/index.ts';
import { sqlTimestamp, type Database } from '../../../platform/database/index.ts';
import type { Logger } from '../../../platform/logging/logger.ts';
import { turnTaker } from '../inbox/turns.ts';
import type { ChannelAccounts } from '../types.ts';
import { refundSurplus } from './refund-surplus.ts';
import { turnOfRefunds, type RefundLimits } from './run-refunds.ts';

const POLL_MS = 2 * MS_PER_SECOND;
const OPERATORS_AT_ONCE_MAX = 4, OPERATORS_PER_POLL_MAX = 256;

export type RefundLoopOptions = {
  readonly database: Database; readonly channels: ChannelAccounts; readonly clock: Clock; readonly logger: Logger;
  readonly limits?: Partial<RefundLimits>;
  /** The operators this worker may work; by default all. For tests. */
  readonly only?: (operatorId: OperatorId) => boolean;
};
export type RefundLoop = { /** Everything that is due now, until nothing is. For tests and simulations. */ pass(): Promise<void>; close(): Promise<void> };

/** Sends refunds whose turn has come and asks about those under way, also what has to go back without anybody having asked. Any number of processes share the work. */
export function startRefunds({ database, channels, clock, logger, limits = {}, only = () => true }: RefundLoopOptions, { start = true } = {}): RefundLoop {
  const due = async (): Promise<OperatorId[]> => (await database.untenanted.query<{ operatorId: OperatorId }>(
    { name: 'payments_operators_with_refunds_due', text: 'select operator_id as "operatorId" from payments.operators_with_refunds_due($1, $2)' }, [sqlTimestamp(clock.now()), OPERATORS_PER_POLL_MAX]))
    .map(({ operatorId }) => operatorId).filter(only);
  const turns = turnTaker<OperatorId>({
    logger, about: 'refunds', workersMax: OPERATORS_AT_ONCE_MAX, nameOf: (operatorId) => operatorId,
    turn: async (operatorId, { closing }) => {
      const odb = database.forOperator(operatorId);
      // Both, whatever becomes of the other: neither may stop the other for good.
      let more = false, back = 0;
      try {
        ({ more } = await turnOfRefunds(odb, channels, { clock, limits, closing }));
      } finally {
        if (!closing()) back = await refundSurplus(odb, { clock });
      }
      return back > 0 || more ? 'more' : 'done';
    },
  });
  const timer = start ? turns.every(POLL_MS, due) : null;
  return {
    pass: async () => {
      for (let operators = await due(); operators.length > 0; operators = await due()) {
        for (const operatorId of operators) turns.take(operatorId);
        await turns.idle(Infinity);
      }
    },
    close: async () => {
      await timer?.stop();
      await turns.close();
    },
  };
}
