import type { OperatorId } from '../../../kernel/index.ts';
import type { OperatorDatabase, Tx } from '../../../platform/database/index.ts';
import type { AppliedView, AttemptToAsk, Consulted, RecoveredBy } from '../types.ts';

/** Who went looking, kept with the order when the answer is that it was paid. */
export type LookedFor = { readonly actor: string; readonly recoveredBy: RecoveredBy };

/** What recovery needs of orders and channels; given by the composition of the module. */
export type RecoveryPorts = {
  /** Asks the channel about one attempt, and nothing else: nothing is written. Closes or reverses at the channel where the order is over. */
  readonly consult: (operatorId: OperatorId, attempt: AttemptToAsk, by: LookedFor) => Promise<Consulted>;
  /** Keeps the exchanges as evidence and applies the views: one answer per view, in order. */
  readonly applyConsulted: (tx: Tx, consulted: readonly Consulted[]) => Promise<readonly AppliedView[]>;
  /** Closes an order by asking its channels, and decides by their answers. */
  readonly closeExpired: (odb: OperatorDatabase, orderId: string) => Promise<unknown>;
};
