/** A transfer whose id is taken: the same request again (`exists`), or another one under its id. */
import { AMOUNT_MAX } from './account.ts';
import { BALANCING, POST_OR_VOID, TRANSFER_FLAG, type CreateTransferStatus, type TransferRecord, type TransferRequest } from './transfer.ts';

/** @param pending the transfer that `existing` posted or voided, if it did. */
export function compareWithExisting(asked: TransferRequest, existing: TransferRecord, pending: TransferRecord | undefined): CreateTransferStatus {
  // The flags decide how the rest is compared, so they come first.
  if (asked.flags !== existing.flags) return 'exists_with_different_flags';
  if (asked.pendingId !== existing.pendingId) return 'exists_with_different_pending_id';
  if (asked.timeout !== existing.timeout) return 'exists_with_different_timeout';
  return (asked.flags & POST_OR_VOID) !== 0 ? compareSettlement(asked, existing, pending!) : compareTransfer(asked, existing);
}

function compareTransfer(asked: TransferRequest, existing: TransferRecord): CreateTransferStatus {
  if (asked.debitAccountId !== existing.debitAccountId) return 'exists_with_different_debit_account_id';
  if (asked.creditAccountId !== existing.creditAccountId) return 'exists_with_different_credit_account_id';
  // The amount of a balancing transfer is an upper limit; what was moved may be less.
  const amountDiffers = (asked.flags & BALANCING) !== 0 ? asked.amount < existing.amount : asked.amount !== existing.amount;
  if (amountDiffers) return 'exists_with_different_amount';
  if (asked.userData128 !== existing.userData128) return 'exists_with_different_user_data_128';
  if (asked.userData64 !== existing.userData64) return 'exists_with_different_user_data_64';
  if (asked.userData32 !== existing.userData32) return 'exists_with_different_user_data_32';
  if (asked.ledger !== existing.ledger) return 'exists_with_different_ledger';
  if (asked.code !== existing.code) return 'exists_with_different_code';
  return 'exists';
}

/** Fields that a post or void leaves zero were taken from the pending transfer. */
function compareSettlement(asked: TransferRequest, existing: TransferRecord, pending: TransferRecord): CreateTransferStatus {
  if (asked.debitAccountId !== 0n && asked.debitAccountId !== existing.debitAccountId) return 'exists_with_different_debit_account_id';
  if (asked.creditAccountId !== 0n && asked.creditAccountId !== existing.creditAccountId) return 'exists_with_different_credit_account_id';
  const all = (asked.flags & TRANSFER_FLAG.voidPendingTransfer) !== 0 ? asked.amount === 0n : asked.amount === AMOUNT_MAX;
  if (existing.amount !== (all ? pending.amount : asked.amount)) return 'exists_with_different_amount';
  if (existing.userData128 !== (asked.userData128 === 0n ? pending.userData128 : asked.userData128)) return 'exists_with_different_user_data_128';
  if (existing.userData64 !== (asked.userData64 === 0n ? pending.userData64 : asked.userData64)) return 'exists_with_different_user_data_64';
  if (existing.userData32 !== (asked.userData32 === 0 ? pending.userData32 : asked.userData32)) return 'exists_with_different_user_data_32';
  if (asked.ledger !== 0 && asked.ledger !== existing.ledger) return 'exists_with_different_ledger';
  if (asked.code !== 0 && asked.code !== existing.code) return 'exists_with_different_code';
  return 'exists';
}
