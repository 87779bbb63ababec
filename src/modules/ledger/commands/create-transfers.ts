import { assert } from '../../../kernel/index.ts';
import { AMOUNT_MAX, ID_MAX, U16_MAX, U32_MAX, USER_DATA_64_MAX } from '../domain/account.ts';
import { transferRequest, type CreateTransferResult, type TransferEvent, type TransferRequest } from '../domain/transfer.ts';
import { inTx, operatorOf, type LedgerHandle, type LedgerOptions } from '../handle.ts';
import { flushTransfers } from '../store/flush.ts';
import { BATCH_EVENTS_MAX, isUnsigned } from './create-accounts.ts';

/**
 * Books transfers; see `CREATE_TRANSFER_STATUSES` for the refusals and their order. A repeat of what was booked is `exists`. A refusal for a
 * reason of the moment (`TRANSIENT_STATUSES`) burns the id: with a `tx` the caller must commit it, or that memory is lost with the roll-back.
 * Limited accounts stay locked until the transaction ends; unlimited ones are never locked, except the balancing side of a balancing transfer
 * and both sides of an amount from 2^40 on. Limits: `BATCH_EVENTS_MAX` events, amounts to `AMOUNT_MAX`.
 * @returns one status per event, in order.
 */
export async function createTransfers(handle: LedgerHandle, events: readonly TransferEvent[], options: LedgerOptions): Promise<CreateTransferResult[]> {
  assert(events.length <= BATCH_EVENTS_MAX, `a batch has at most ${BATCH_EVENTS_MAX} events`);
  const batch = events.map(checkedRequest);
  if (batch.length === 0) return [];
  const operatorId = operatorOf(handle, options);
  const [[results]] = (await inTx(handle, (tx) => flushTransfers(tx, [{ operatorId, batches: [batch] }], options.clock))) as [[CreateTransferResult[]]];
  return results;
}

/** Fills in what was left out; a number that no field can hold is the caller's bug, not a refusal. */
export function checkedRequest(event: TransferEvent): TransferRequest {
  const request = transferRequest(event);
  for (const id of [request.id, request.debitAccountId, request.creditAccountId, request.pendingId, request.userData128]) {
    assert(id >= 0n && id <= ID_MAX, 'ids and userData128 are between 0 and 2^128 - 1');
  }
  assert(request.amount >= 0n && request.amount <= AMOUNT_MAX, 'an amount is between 0 and AMOUNT_MAX');
  assert(request.userData64 >= 0n && request.userData64 <= USER_DATA_64_MAX, 'userData64 is an unsigned 64-bit integer');
  assert(isUnsigned(request.userData32, U32_MAX), 'userData32 is an unsigned 32-bit integer');
  assert(isUnsigned(request.timeout, U32_MAX), 'timeout is an unsigned 32-bit number of seconds');
  assert(isUnsigned(request.ledger, U32_MAX), 'ledger is an unsigned 32-bit integer');
  assert(isUnsigned(request.code, U16_MAX), 'code is an unsigned 16-bit integer');
  return request;
}
