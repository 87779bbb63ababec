import type { OperatorId } from '../../../kernel/index.ts';
import type { OperatorDatabase, Tx } from '../../../platform/database/index.ts';
import type { AppliedView, AttemptToAsk, Observation, RecordedExchange, ViewItem } from '../types.ts';

/** What recovery needs of orders and channels; given by the composition of the module. */
export type RecoveryPorts = {
  /** Asks the channel about one attempt, and nothing else: nothing is written. A payment by code past its end is reversed here. */
  readonly ask: (operatorId: OperatorId, attempt: AttemptToAsk) => Promise<Asked>;
  readonly recordExchanges: (tx: Tx, exchanges: readonly RecordedExchange[]) => Promise<void>;
  readonly applyPayments: (tx: Tx, items: readonly ViewItem[]) => Promise<readonly AppliedView[]>;
  /** Closes an order by asking its channels, and decides by their answers. */
  readonly closeExpired: (odb: OperatorDatabase, orderId: string) => Promise<unknown>;
};
export type Asked = {
  readonly observation: Observation;
  readonly exchanges: readonly RecordedExchange[];
  /** False when no question left this process (breaker open, no free place): that is no answer of the channel, and no try. */
  readonly wasAsked: boolean;
};
