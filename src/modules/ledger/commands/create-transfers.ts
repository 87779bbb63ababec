import { assert } from '../../../kernel/index.ts';
import type { CreateTransferResult, TransferEvent } from '../domain/transfer.ts';
import { isTx, inTx, operatorOf, type LedgerHandle, type LedgerOptions } from '../handle.ts';
import { flushTransfers } from '../store/flush.ts';
import { laneOf } from '../lanes.ts';
import { checkedRequest } from './checked-request.ts';
import { BATCH_EVENTS_MAX } from './create-accounts.ts';

/**
 * Books transfers; see `CREATE_TRANSFER_STATUSES` for the refusals and their order. A repeat of what was booked is `exists`. A refusal for a
 * reason of the moment (`TRANSIENT_STATUSES`) burns the id: with a `tx` the caller must commit it, or that memory is lost with the roll-back.
 * Limited accounts stay locked until the transaction ends; unlimited ones are never locked, except the balancing side of a balancing transfer
 * and both sides of an amount from 2^40 on. Limits: `BATCH_EVENTS_MAX` events, amounts to `AMOUNT_MAX`.
 * A single transfer outside a transaction travels in the lanes and shares its commit with others.
 * @returns one status per event, in order.
 */
export async function createTransfers(handle: LedgerHandle, events: readonly TransferEvent[], options: LedgerOptions): Promise<CreateTransferResult[]> {
  assert(events.length <= BATCH_EVENTS_MAX, `a batch has at most ${BATCH_EVENTS_MAX} events`);
  if (events.length === 0) return [];
  if (events.length === 1 && !isTx(handle)) return [await laneOf(handle.database, options.clock).createTransfer(handle.operatorId, events[0]!)];
  const batch = events.map(checkedRequest);
  const operatorId = operatorOf(handle, options);
  const [[results]] = (await inTx(handle, (tx) => flushTransfers(tx, [{ operatorId, batches: [batch] }], options.clock))) as [[CreateTransferResult[]]];
  return results;
}

