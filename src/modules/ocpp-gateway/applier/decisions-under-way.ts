import type { OperatorId } from '../../../kernel/index.ts';
import type { Database } from '../../../platform/database/index.ts';

/**
 * Starts that a gateway of this process is deciding, by operator. An applier beside it stops before the oldest of them: it would find
 * the start undecided, decide it as well, and make the station wait until its whole batch has committed. Only a matter of speed: an
 * applier in another process does not know of them, and comes to the same sessions.
 */
const underWay = new WeakMap<Database, Map<OperatorId, Set<bigint>>>();

/** Runs `decide` while the frame `sequence` counts as being decided. */
export async function whileDeciding<T>(database: Database, frame: { readonly operatorId: OperatorId; readonly sequence: bigint }, decide: () => Promise<T>): Promise<T> {
  const byOperator = underWay.get(database) ?? new Map<OperatorId, Set<bigint>>();
  underWay.set(database, byOperator);
  const sequences = byOperator.get(frame.operatorId) ?? new Set();
  byOperator.set(frame.operatorId, sequences.add(frame.sequence));
  try {
    return await decide();
  } finally {
    sequences.delete(frame.sequence);
    if (sequences.size === 0) byOperator.delete(frame.operatorId);
  }
}

/** The oldest frame of the operator that is being decided here; null when there is none. */
export function oldestUnderWay(database: Database, operatorId: OperatorId): bigint | null {
  let oldest: bigint | null = null;
  for (const sequence of underWay.get(database)?.get(operatorId) ?? []) if (oldest === null || sequence < oldest) oldest = sequence;
  return oldest;
}
