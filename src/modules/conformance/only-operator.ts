import { assert, type OperatorId } from '../../kernel/index.ts';
import type { Tx } from '../../platform/database/index.ts';

export function onlyOperator(tx: Tx): OperatorId {
  assert(tx.operatorIds.length === 1, 'makes are judged operator by operator');
  return tx.operatorIds[0]!;
}
