import { assert } from '../../../kernel/index.ts';
import { AMOUNT_MAX, ID_MAX, isUnsigned, U16_MAX, U32_MAX, USER_DATA_64_MAX } from '../domain/account.ts';
import { transferRequest, type TransferEvent, type TransferRequest } from '../domain/transfer.ts';

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
