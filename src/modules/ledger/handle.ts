import { assert, type Clock, type OperatorId } from '../../kernel/index.ts';
import type { OperatorDatabase, Tx } from '../../platform/database/index.ts';

/** An open transaction (the ledger's writes commit with it) or an operator's database (they commit on return). */
export type LedgerHandle = Tx | OperatorDatabase;
/** `operatorId` is needed only with a transaction that is open for several operators. */
export type LedgerOptions = { readonly clock: Clock; readonly operatorId?: OperatorId };

export const isTx = (handle: LedgerHandle): handle is Tx => 'operatorIds' in handle;

export function operatorOf(handle: LedgerHandle, options: { readonly operatorId?: OperatorId }): OperatorId {
  if (!isTx(handle)) return handle.operatorId;
  const operatorId = options.operatorId ?? (handle.operatorIds.length === 1 ? handle.operatorIds[0] : undefined);
  assert(operatorId !== undefined && handle.operatorIds.includes(operatorId), 'the transaction must be open for the one operator that is meant');
  return operatorId;
}

/** Runs in the given transaction, or in one of its own. */
export const inTx = <T>(handle: LedgerHandle, work: (tx: Tx) => Promise<T>): Promise<T> => (isTx(handle) ? work(handle) : handle.transaction(work));
