/** A transfer that moves value at once or reserves it: every check in order of precedence, then the movement. */
import { ACCOUNT_FLAG, AMOUNT_MAX, ID_MAX } from './account.ts';
import { addMovement, EXACT_AMOUNT_MIN, moveCredits, moveDebits, setClosed, type AccountState, type LedgerState } from './state.ts';
import { BALANCING, CLOSING, expiresAt, TRANSFER_FLAG, type CreateTransferStatus, type TransferRequest } from './transfer.ts';

export function createTransfer(state: LedgerState, asked: TransferRequest, timestamp: bigint): CreateTransferStatus {
  const malformed = checkShape(asked);
  if (malformed !== null) return malformed;
  const debit = state.accounts.get(asked.debitAccountId);
  if (debit === undefined) return 'debit_account_not_found';
  const credit = state.accounts.get(asked.creditAccountId);
  if (credit === undefined) return 'credit_account_not_found';
  if (debit.ledger !== credit.ledger) return 'accounts_must_have_the_same_ledger';
  if (asked.ledger !== debit.ledger) return 'transfer_must_have_the_same_ledger_as_accounts';
  if (debit.closed) return 'debit_account_already_closed';
  if (credit.closed) return 'credit_account_already_closed';
  const amount = (asked.flags & BALANCING) === 0 ? asked.amount : balancingAmount(asked, debit, credit);
  if (amount >= EXACT_AMOUNT_MIN) {
    if (debit.balances === null) state.unread.add(debit.id);
    if (credit.balances === null) state.unread.add(credit.id);
  }
  const pending = (asked.flags & TRANSFER_FLAG.pending) !== 0;
  const illegal = checkOverflow(asked, timestamp, amount, debit, credit) ?? checkLimits(amount, debit, credit);
  if (illegal !== null) return illegal;

  const pendingDelta = pending ? amount : 0n;
  const postedDelta = pending ? 0n : amount;
  addMovement(state, { record: { ...asked, amount, timestamp, pendingStatus: pending ? 'pending' : null }, pendingDelta, postedDelta });
  moveDebits(state, debit, pendingDelta, postedDelta);
  moveCredits(state, credit, pendingDelta, postedDelta);
  if ((asked.flags & TRANSFER_FLAG.closingDebit) !== 0) setClosed(state, debit, true);
  if ((asked.flags & TRANSFER_FLAG.closingCredit) !== 0) setClosed(state, credit, true);
  return 'created';
}

/**
 * A transfer without flags, pending id or timeout whose shape is right: apart from its id being new, only the state of its two accounts decides about it.
 */
export const isWellFormedSimple = (asked: TransferRequest): boolean =>
  asked.flags === 0 && asked.id !== 0n && asked.id !== ID_MAX && checkShape(asked) === null;

function checkShape(asked: TransferRequest): CreateTransferStatus | null {
  if (asked.debitAccountId === 0n) return 'debit_account_id_must_not_be_zero';
  if (asked.debitAccountId === ID_MAX) return 'debit_account_id_must_not_be_int_max';
  if (asked.creditAccountId === 0n) return 'credit_account_id_must_not_be_zero';
  if (asked.creditAccountId === ID_MAX) return 'credit_account_id_must_not_be_int_max';
  if (asked.creditAccountId === asked.debitAccountId) return 'accounts_must_be_different';
  if (asked.pendingId !== 0n) return 'pending_id_must_be_zero';
  if ((asked.flags & TRANSFER_FLAG.pending) === 0) {
    if (asked.timeout !== 0) return 'timeout_reserved_for_pending_transfer';
    if ((asked.flags & CLOSING) !== 0) return 'closing_transfer_must_be_pending';
  }
  if (asked.ledger === 0) return 'ledger_must_not_be_zero';
  if (asked.code === 0) return 'code_must_not_be_zero';
  return null;
}

/** Clamps to what the account still has: never below zero, and zero is a legal transfer. The prefetch read the balances exactly. */
function balancingAmount(asked: TransferRequest, debit: AccountState, credit: AccountState): bigint {
  let amount = asked.amount;
  if ((asked.flags & TRANSFER_FLAG.balancingDebit) !== 0) {
    const { debitsPosted, debitsPending, creditsPosted } = debit.balances!;
    amount = min(amount, atLeastZero(creditsPosted - debitsPosted - debitsPending));
  }
  if ((asked.flags & TRANSFER_FLAG.balancingCredit) !== 0) {
    const { creditsPosted, creditsPending, debitsPosted } = credit.balances!;
    amount = min(amount, atLeastZero(debitsPosted - creditsPosted - creditsPending));
  }
  return amount;
}

/** An account without known balances is far from overflowing, or the prefetch would have read them. */
function checkOverflow(asked: TransferRequest, timestamp: bigint, amount: bigint, debit: AccountState, credit: AccountState): CreateTransferStatus | null {
  const d = debit.balances, c = credit.balances;
  if ((asked.flags & TRANSFER_FLAG.pending) !== 0) {
    if (d !== null && amount + d.debitsPending > AMOUNT_MAX) return 'overflows_debits_pending';
    if (c !== null && amount + c.creditsPending > AMOUNT_MAX) return 'overflows_credits_pending';
  }
  if (d !== null && amount + d.debitsPosted > AMOUNT_MAX) return 'overflows_debits_posted';
  if (c !== null && amount + c.creditsPosted > AMOUNT_MAX) return 'overflows_credits_posted';
  if (d !== null && amount + d.debitsPending + d.debitsPosted > AMOUNT_MAX) return 'overflows_debits';
  if (c !== null && amount + c.creditsPending + c.creditsPosted > AMOUNT_MAX) return 'overflows_credits';
  const lapses = expiresAt({ timestamp, timeout: asked.timeout });
  return lapses !== null && lapses > AMOUNT_MAX ? 'overflows_timeout' : null;
}

function checkLimits(amount: bigint, debit: AccountState, credit: AccountState): CreateTransferStatus | null {
  if ((debit.flags & ACCOUNT_FLAG.debitsMustNotExceedCredits) !== 0) {
    const { debitsPending, debitsPosted, creditsPosted } = debit.balances!;
    if (debitsPending + debitsPosted + amount > creditsPosted) return 'exceeds_credits';
  }
  if ((credit.flags & ACCOUNT_FLAG.creditsMustNotExceedDebits) !== 0) {
    const { creditsPending, creditsPosted, debitsPosted } = credit.balances!;
    if (creditsPending + creditsPosted + amount > debitsPosted) return 'exceeds_debits';
  }
  return null;
}

const min = (a: bigint, b: bigint): bigint => (a < b ? a : b);
const atLeastZero = (value: bigint): bigint => (value < 0n ? 0n : value);
