import type { OperatorId } from '../../../kernel/index.ts';
import type { Database } from '../../../platform/database/index.ts';

/** How long an applier leaves a start to the gateway that stored it; by then it is decided, or the gateway is gone. Of this process's own clock. */
export const DECISION_GRACE_MS = 1_000;

const seen = new WeakMap<Database, Map<OperatorId, ReadonlyMap<bigint, number>>>();

/**
 * The oldest of an operator's undecided starts that a gateway of another process may still be deciding; null when there is none. To decide it as well
 * would make its station wait for a whole batch. All that are seen together are waited for together, so that a gateway that died costs one
 * grace and not one for each of its starts.
 */
export function oldestAwaited(database: Database, operatorId: OperatorId, undecided: readonly bigint[], now: number = performance.now()): bigint | null {
  const byOperator = seen.get(database) ?? new Map<OperatorId, ReadonlyMap<bigint, number>>();
  seen.set(database, byOperator);
  if (undecided.length === 0) {
    byOperator.delete(operatorId);
    return null;
  }
  const before = byOperator.get(operatorId);
  const since = new Map(undecided.map((sequence) => [sequence, before?.get(sequence) ?? now]));
  byOperator.set(operatorId, since);
  let oldest: bigint | null = null;
  for (const [sequence, at] of since) if (now - at < DECISION_GRACE_MS && (oldest === null || sequence < oldest)) oldest = sequence;
  return oldest;
}
