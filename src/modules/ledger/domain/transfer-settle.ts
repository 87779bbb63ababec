/** Posting or voiding a pending transfer: every check in order of precedence, then the release and the movement. */
import { assert } from '../../../kernel/index.ts';
import { AMOUNT_MAX, ID_MAX } from './account.ts';
import { addMovement, moveCredits, moveDebits, setClosed, settlePending, type LedgerState } from './state.ts';
import { expiresAt, POST_OR_VOID, TRANSFER_FLAG, type CreateTransferStatus, type TransferRecord, type TransferRequest } from './transfer.ts';

export function settleTransfer(state: LedgerState, asked: TransferRequest, timestamp: bigint): CreateTransferStatus {
  const malformed = checkShape(asked);
  if (malformed !== null) return malformed;
  const pending = state.transfers.get(asked.pendingId);
  if (pending === undefined) return 'pending_transfer_not_found';
  if (pending.pendingStatus === null) return 'pending_transfer_not_pending';
  const voids = (asked.flags & TRANSFER_FLAG.voidPendingTransfer) !== 0;
  const all = voids ? asked.amount === 0n : asked.amount === AMOUNT_MAX;
  const amount = all ? pending.amount : asked.amount;
  const mismatch = checkAgainstPending(asked, pending, amount, voids) ?? checkStillPending(pending, timestamp);
  if (mismatch !== null) return mismatch;
  const debit = state.accounts.get(pending.debitAccountId);
  const credit = state.accounts.get(pending.creditAccountId);
  assert(debit !== undefined && credit !== undefined, 'the accounts of a pending transfer are prefetched');
  // The only movement that a closed account still takes is the void of what is pending on it.
  if (debit.closed && !voids) return 'debit_account_already_closed';
  if (credit.closed && !voids) return 'credit_account_already_closed';

  const postedDelta = voids ? 0n : amount;
  settlePending(state, pending, voids ? 'voided' : 'posted');
  addMovement(state, { record: settlementRecord(asked, pending, amount, timestamp), pendingDelta: -pending.amount, postedDelta });
  moveDebits(state, debit, -pending.amount, postedDelta);
  moveCredits(state, credit, -pending.amount, postedDelta);
  if (voids && (pending.flags & TRANSFER_FLAG.closingDebit) !== 0) setClosed(state, debit, false);
  if (voids && (pending.flags & TRANSFER_FLAG.closingCredit) !== 0) setClosed(state, credit, false);
  return 'created';
}

function checkShape(asked: TransferRequest): CreateTransferStatus | null {
  const flags = asked.flags & ~TRANSFER_FLAG.linked;
  if ((flags & POST_OR_VOID) === POST_OR_VOID || (flags & ~POST_OR_VOID) !== 0) return 'flags_are_mutually_exclusive';
  if (asked.pendingId === 0n) return 'pending_id_must_not_be_zero';
  if (asked.pendingId === ID_MAX) return 'pending_id_must_not_be_int_max';
  if (asked.pendingId === asked.id) return 'pending_id_must_be_different';
  if (asked.timeout !== 0) return 'timeout_reserved_for_pending_transfer';
  return null;
}

function checkAgainstPending(asked: TransferRequest, pending: TransferRecord, amount: bigint, voids: boolean): CreateTransferStatus | null {
  if (asked.debitAccountId !== 0n && asked.debitAccountId !== pending.debitAccountId) return 'pending_transfer_has_different_debit_account_id';
  if (asked.creditAccountId !== 0n && asked.creditAccountId !== pending.creditAccountId) return 'pending_transfer_has_different_credit_account_id';
  if (asked.ledger !== 0 && asked.ledger !== pending.ledger) return 'pending_transfer_has_different_ledger';
  if (asked.code !== 0 && asked.code !== pending.code) return 'pending_transfer_has_different_code';
  if (amount > pending.amount) return 'exceeds_pending_transfer_amount';
  if (voids && amount < pending.amount) return 'pending_transfer_has_different_amount';
  return null;
}

function checkStillPending(pending: TransferRecord, timestamp: bigint): CreateTransferStatus | null {
  if (pending.pendingStatus === 'posted') return 'pending_transfer_already_posted';
  if (pending.pendingStatus === 'voided') return 'pending_transfer_already_voided';
  const lapses = expiresAt(pending);
  return pending.pendingStatus === 'expired' || (lapses !== null && lapses <= timestamp) ? 'pending_transfer_expired' : null;
}

/** What the request leaves zero is taken from the pending transfer. */
function settlementRecord(asked: TransferRequest, pending: TransferRecord, amount: bigint, timestamp: bigint): TransferRecord {
  return {
    id: asked.id, debitAccountId: pending.debitAccountId, creditAccountId: pending.creditAccountId, amount, pendingId: asked.pendingId,
    userData128: asked.userData128 === 0n ? pending.userData128 : asked.userData128,
    userData64: asked.userData64 === 0n ? pending.userData64 : asked.userData64,
    userData32: asked.userData32 === 0 ? pending.userData32 : asked.userData32,
    timeout: 0, ledger: pending.ledger, code: pending.code, flags: asked.flags, timestamp, pendingStatus: null,
  };
}
