import { assert, type OperatorId } from '../../kernel/index.ts';
import type { Tx } from '../../platform/database/index.ts';

/** The operator that a transaction is bound to. @throws AssertionFault when it is bound to none or to several. */
export function onlyOperator(tx: Tx): OperatorId {
  const [operatorId] = tx.operatorIds;
  assert(operatorId !== undefined && tx.operatorIds.length === 1, 'this command needs a transaction of one operator');
  return operatorId;
}
