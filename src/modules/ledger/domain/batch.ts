/** A batch of events: one status each, in order; a linked chain happens whole or not at all. */
import { ID_MAX, RESERVED_FLAG } from './account.ts';
import { closeChain, openChain, type LedgerState } from './state.ts';
import { createTransfer } from './transfer-create.ts';
import { compareWithExisting } from './transfer-exists.ts';
import { settleTransfer } from './transfer-settle.ts';
import { POST_OR_VOID, TRANSFER_FLAG, TRANSIENT_STATUSES, type CreateTransferResult, type TransferRequest } from './transfer.ts';

/** What the chain rules need of an event and of its outcome; accounts and transfers share them. */
type Chained<E, S extends string> = {
  readonly isLinked: (event: E) => boolean;
  readonly apply: (event: E, timestamp: bigint) => { status: S | 'created' | 'linked_event_failed' | 'linked_event_chain_open'; timestamp: bigint };
  readonly open: () => void;
  readonly close: (keep: boolean) => void;
  readonly refused?: (event: E, status: string, timestamp: bigint) => void;
};
type ChainResult<S extends string> = { status: S | 'created' | 'linked_event_failed' | 'linked_event_chain_open'; timestamp: bigint };

/** @param timestamp of the first event; each further one is a nanosecond later. */
export function runChained<E, S extends string>(events: readonly E[], timestamp: bigint, rules: Chained<E, S>): ChainResult<S>[] {
  const results: ChainResult<S>[] = [];
  let chainStart = -1;
  let broken = false;
  for (let index = 0; index < events.length; index++) {
    const event = events[index]!;
    const at = timestamp + BigInt(index);
    const linked = rules.isLinked(event);
    if (linked && chainStart < 0) { chainStart = index; rules.open(); }
    const result = applyInChain(event, at, linked && index === events.length - 1, broken, rules);
    results.push(result);
    if (result.status !== 'created') {
      if (chainStart >= 0 && !broken) {
        broken = true;
        rules.close(false);
        for (let earlier = chainStart; earlier < index; earlier++) results[earlier] = { status: 'linked_event_failed', timestamp: results[earlier]!.timestamp };
      }
      rules.refused?.(event, result.status, result.timestamp);
    }
    if (chainStart >= 0 && (!linked || result.status === 'linked_event_chain_open')) {
      if (!broken) rules.close(true);
      chainStart = -1;
      broken = false;
    }
  }
  return results;
}

function applyInChain<E, S extends string>(event: E, at: bigint, leftOpen: boolean, broken: boolean, rules: Chained<E, S>): ChainResult<S> {
  if (leftOpen) return { status: 'linked_event_chain_open', timestamp: at };
  if (broken) return { status: 'linked_event_failed', timestamp: at };
  return rules.apply(event, at);
}

/** Executes a batch against the prefetched state, which afterwards holds what is to be written. Pure apart from `state`. */
export function executeTransfers(state: LedgerState, events: readonly TransferRequest[], timestamp: bigint): CreateTransferResult[] {
  return runChained(events, timestamp, {
    isLinked: (event) => (event.flags & TRANSFER_FLAG.linked) !== 0,
    apply: (event, at) => executeTransfer(state, event, at),
    open: () => openChain(state),
    close: (keep) => closeChain(state, keep),
    refused: (request, status, at) => {
      if (!TRANSIENT_STATUSES.has(status as CreateTransferResult['status'])) return;
      state.burntIds.add(request.id);
      state.burnt.push({ request, status: status as CreateTransferResult['status'], timestamp: at });
    },
  });
}

function executeTransfer(state: LedgerState, asked: TransferRequest, timestamp: bigint): CreateTransferResult {
  if ((asked.flags & RESERVED_FLAG) !== 0) return { status: 'reserved_flag', timestamp };
  if (asked.id === 0n) return { status: 'id_must_not_be_zero', timestamp };
  if (asked.id === ID_MAX) return { status: 'id_must_not_be_int_max', timestamp };
  // Idempotency comes before the rest of the shape: a repeat of what succeeded is `exists` whatever the state is now.
  const existing = state.transfers.get(asked.id);
  if (existing !== undefined) {
    const status = compareWithExisting(asked, existing, state.transfers.get(existing.pendingId));
    return { status, timestamp: status === 'exists' ? existing.timestamp : timestamp };
  }
  if (state.burntIds.has(asked.id)) return { status: 'id_already_failed', timestamp };
  const status = (asked.flags & POST_OR_VOID) !== 0 ? settleTransfer(state, asked, timestamp) : createTransfer(state, asked, timestamp);
  return { status, timestamp };
}
