/** A flush: prefetch (locks) → execute (pure) → write, for the transfers of one or several operators in one transaction. */
import { assert, type Clock, type OperatorId } from '../../../kernel/index.ts';
import type { Tx } from '../../../platform/database/index.ts';
import { executeTransfers } from '../domain/batch.ts';
import type { LedgerState } from '../domain/state.ts';
import { TRANSIENT_STATUSES, type CreateTransferResult } from '../domain/transfer.ts';
import { bookSimple, simpleFlush } from './book-simple.ts';
import { expireDue } from './expire.ts';
import { prefetchTransfers, type FlushPart } from './prefetch.ts';
import { nowNs, takeTimestamps } from './timestamp.ts';
import { writeTransfers } from './write.ts';

/**
 * The first attempt does not look the ids up: when it writes a row for every event, the primary key has proved that none was taken. When it
 * does not (a refusal that leaves no row, or a taken id), the flush runs again and looks first, because an id that exists precedes all else.
 * Runs again when an id was taken meanwhile, when transfers lapsed, or when a balance turned out to be needed.
 */
export const FLUSH_ATTEMPTS_MAX = 50;

/** Where a flush's own transaction begins and ends, for the lanes; without them it runs in the caller's. */
export type FlushSteps = {
  /** Sends the begin of a transaction; the prefetch is sent behind it. */
  begin(): void;
  readonly beforeWrite?: (() => Promise<void>) | undefined;
  /** The write has been sent: the commit can be sent behind it. */
  afterWriteSent(): void;
  committed(): Promise<void>;
};

/** @returns for each part, in order, for each of its batches, one result per event. */
export async function flushTransfers(tx: Tx, parts: readonly FlushPart[], clock: Clock, steps?: FlushSteps): Promise<CreateTransferResult[][][]> {
  if (steps === undefined) { // With steps, the lanes have tried the short way before.
    const simple = simpleFlush(parts.map(({ operatorId, batches }) => ({ operatorId, requests: batches.flat() })));
    let timestamp = simple === null ? null : await bookSimple(tx, simple, clock);
    if (timestamp !== null) return parts.map((part) => part.batches.map((batch) => batch.map(() => ({ status: 'created', timestamp: timestamp!++ }))));
  }
  const exact = new Map<OperatorId, Set<bigint>>();
  let ids = false, begun = false;
  for (let attempt = 1; attempt <= FLUSH_ATTEMPTS_MAX; attempt++) {
    if (!begun) steps?.begin();
    begun = true;
    const prefetched = await prefetchTransfers(tx, parts, nowNs(clock), { ids, exact });
    if (prefetched.due !== null) {
      for (const operatorId of prefetched.due) await expireDue(tx, operatorId, [], clock);
      continue;
    }
    const results = parts.map((part) => {
      const state = prefetched.states.get(part.operatorId);
      assert(state !== undefined, 'an operator has two parts in one flush');
      // The time is taken after the locks were, so that on a limited account it runs with the sequence.
      return part.batches.map((batch) => executeTransfers(state, batch, takeTimestamps(clock, batch.length)));
    });
    const unread = noteUnread(prefetched.states, exact);
    const proved = ids || results.every((part) => part.every((batch) => batch.every(({ status }) => status === 'created' || TRANSIENT_STATUSES.has(status))));
    if (!unread && proved) {
      await steps?.beforeWrite?.();
      const written = writeTransfers(tx, prefetched.states);
      steps?.afterWriteSent();
      begun = steps === undefined;
      const done = await written;
      await steps?.committed();
      if (done) return results;
    }
    ids ||= !unread;
  }
  throw new Error(`a flush of transfers did not settle in ${FLUSH_ATTEMPTS_MAX} attempts`);
}

function noteUnread(states: ReadonlyMap<OperatorId, LedgerState>, exact: Map<OperatorId, Set<bigint>>): boolean {
  let any = false;
  for (const [operatorId, { unread }] of states) {
    if (unread.size === 0) continue;
    any = true;
    exact.set(operatorId, new Set([...(exact.get(operatorId) ?? []), ...unread]));
  }
  return any;
}
