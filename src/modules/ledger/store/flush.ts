/** A flush: prefetch (locks) → execute (pure) → write, for the transfers of one or several operators in one transaction. */
import { assert, type Clock, type OperatorId } from '../../../kernel/index.ts';
import type { Tx } from '../../../platform/database/index.ts';
import { executeTransfers } from '../domain/batch.ts';
import type { CreateTransferResult } from '../domain/transfer.ts';
import { expireDue } from './expire.ts';
import { prefetchTransfers, type FlushPart } from './prefetch.ts';
import { nowNs, takeTimestamps } from './timestamp.ts';
import { writeTransfers } from './write.ts';

/** Runs again when an id was taken meanwhile, when transfers lapsed, or when a balance turned out to be needed. */
export const FLUSH_ATTEMPTS_MAX = 50;

/** @returns for each part, in order, for each of its batches, one result per event. */
export async function flushTransfers(tx: Tx, parts: readonly FlushPart[], clock: Clock): Promise<CreateTransferResult[][][]> {
  const exact = new Map<OperatorId, Set<bigint>>();
  for (let attempt = 1; attempt <= FLUSH_ATTEMPTS_MAX; attempt++) {
    const prefetched = await prefetchTransfers(tx, parts, nowNs(clock), exact);
    if (prefetched.due !== null) {
      for (const operatorId of prefetched.due) await expireDue(tx, operatorId, [], clock);
      continue;
    }
    const results: CreateTransferResult[][][] = [];
    let unread = false;
    for (const part of parts) {
      const state = prefetched.states.get(part.operatorId);
      assert(state !== undefined, 'an operator has two parts in one flush');
      // The time is taken after the locks were, so that on a limited account it runs with the sequence.
      results.push(part.batches.map((batch) => executeTransfers(state, batch, takeTimestamps(clock, batch.length))));
      if (state.unread.size > 0) {
        unread = true;
        exact.set(part.operatorId, new Set([...(exact.get(part.operatorId) ?? []), ...state.unread]));
      }
    }
    if (!unread && (await writeTransfers(tx, prefetched.states))) return results;
  }
  throw new Error(`a flush of transfers did not settle in ${FLUSH_ATTEMPTS_MAX} attempts`);
}
