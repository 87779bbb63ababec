/** Transfers: TigerBeetle's fields, flags and statuses (its documentation of release 0.17, `create_transfers`). */
import { flagBits } from './account.ts';

export type TransferFlags = {
  readonly linked: boolean;
  readonly pending: boolean;
  readonly postPendingTransfer: boolean;
  readonly voidPendingTransfer: boolean;
  readonly balancingDebit: boolean;
  readonly balancingCredit: boolean;
  readonly closingDebit: boolean;
  readonly closingCredit: boolean;
};

/** A transfer to create. What is left out is zero or false. `timeout` is in seconds, `amount` in the ledger's smallest unit. */
export type TransferEvent = {
  readonly id: bigint;
  readonly debitAccountId?: bigint;
  readonly creditAccountId?: bigint;
  readonly amount?: bigint;
  readonly pendingId?: bigint;
  readonly userData128?: bigint;
  readonly userData64?: bigint;
  readonly userData32?: number;
  readonly timeout?: number;
  readonly ledger?: number;
  readonly code?: number;
  readonly flags?: Partial<TransferFlags>;
};

/** A transfer as looked up; `timestamp` is nanoseconds since 1970. */
export type Transfer = Required<Omit<TransferEvent, 'flags'>> & { readonly flags: TransferFlags; readonly timestamp: bigint };

/** In order of precedence: of several that apply, the first is returned. */
export const CREATE_TRANSFER_STATUSES = [
  'created', 'linked_event_failed', 'linked_event_chain_open', 'reserved_flag', 'id_must_not_be_zero', 'id_must_not_be_int_max',
  'exists_with_different_flags', 'exists_with_different_pending_id', 'exists_with_different_timeout', 'exists_with_different_debit_account_id',
  'exists_with_different_credit_account_id', 'exists_with_different_amount', 'exists_with_different_user_data_128',
  'exists_with_different_user_data_64', 'exists_with_different_user_data_32', 'exists_with_different_ledger', 'exists_with_different_code',
  'exists', 'id_already_failed', 'flags_are_mutually_exclusive', 'debit_account_id_must_not_be_zero', 'debit_account_id_must_not_be_int_max',
  'credit_account_id_must_not_be_zero', 'credit_account_id_must_not_be_int_max', 'accounts_must_be_different', 'pending_id_must_be_zero',
  'pending_id_must_not_be_zero', 'pending_id_must_not_be_int_max', 'pending_id_must_be_different', 'timeout_reserved_for_pending_transfer',
  'closing_transfer_must_be_pending', 'ledger_must_not_be_zero', 'code_must_not_be_zero', 'debit_account_not_found', 'credit_account_not_found',
  'accounts_must_have_the_same_ledger', 'transfer_must_have_the_same_ledger_as_accounts', 'pending_transfer_not_found',
  'pending_transfer_not_pending', 'pending_transfer_has_different_debit_account_id', 'pending_transfer_has_different_credit_account_id',
  'pending_transfer_has_different_ledger', 'pending_transfer_has_different_code', 'exceeds_pending_transfer_amount',
  'pending_transfer_has_different_amount', 'pending_transfer_already_posted', 'pending_transfer_already_voided', 'pending_transfer_expired',
  'debit_account_already_closed', 'credit_account_already_closed', 'overflows_debits_pending', 'overflows_credits_pending',
  'overflows_debits_posted', 'overflows_credits_posted', 'overflows_debits', 'overflows_credits', 'overflows_timeout', 'exceeds_credits',
  'exceeds_debits',
] as const;
export type CreateTransferStatus = (typeof CREATE_TRANSFER_STATUSES)[number];
/** `timestamp`: of the transfer when `created` or `exists`, else of the validation; nanoseconds since 1970. */
export type CreateTransferResult = { readonly status: CreateTransferStatus; readonly timestamp: bigint };

/**
 * Refusals that depend on the state of the moment. They burn the transfer's id: the same id returns `id_already_failed` ever after, so
 * that a repeat of a request whose answer got lost can never have another outcome.
 */
export const TRANSIENT_STATUSES: ReadonlySet<CreateTransferStatus> = new Set<CreateTransferStatus>([
  'debit_account_not_found', 'credit_account_not_found', 'pending_transfer_not_found', 'exceeds_credits', 'exceeds_debits',
  'debit_account_already_closed', 'credit_account_already_closed',
]);

/** The flags as bits, numbered as TigerBeetle numbers them. */
export const TRANSFER_FLAG = {
  linked: 1, pending: 2, postPendingTransfer: 4, voidPendingTransfer: 8, balancingDebit: 16, balancingCredit: 32, closingDebit: 64, closingCredit: 128,
} as const satisfies Record<keyof TransferFlags, number>;
export const POST_OR_VOID = TRANSFER_FLAG.postPendingTransfer | TRANSFER_FLAG.voidPendingTransfer;
export const BALANCING = TRANSFER_FLAG.balancingDebit | TRANSFER_FLAG.balancingCredit;
export const CLOSING = TRANSFER_FLAG.closingDebit | TRANSFER_FLAG.closingCredit;

/** An event with every field present and its flags as bits. */
export type TransferRequest = Required<Omit<TransferEvent, 'flags'>> & { readonly flags: number };

export type PendingStatus = 'pending' | 'posted' | 'voided' | 'expired';

/** A transfer as stored: immutable, except that a pending one is settled once. */
export type TransferRecord = TransferRequest & { readonly timestamp: bigint; pendingStatus: PendingStatus | null };

/** What a stored transfer moved. Post and void carry the release of the whole pending amount as a negative `pendingDelta`. */
export type Movement = { readonly record: TransferRecord; readonly pendingDelta: bigint; readonly postedDelta: bigint };

export function transferRequest(event: TransferEvent): TransferRequest {
  return {
    id: event.id, debitAccountId: event.debitAccountId ?? 0n, creditAccountId: event.creditAccountId ?? 0n, amount: event.amount ?? 0n,
    pendingId: event.pendingId ?? 0n, userData128: event.userData128 ?? 0n, userData64: event.userData64 ?? 0n, userData32: event.userData32 ?? 0,
    timeout: event.timeout ?? 0, ledger: event.ledger ?? 0, code: event.code ?? 0,
    flags: event.flags === undefined ? 0 : flagBits(event.flags as Record<string, unknown>, TRANSFER_FLAG),
  };
}

export function transferFlagsOf(bits: number): TransferFlags {
  return {
    linked: (bits & TRANSFER_FLAG.linked) !== 0,
    pending: (bits & TRANSFER_FLAG.pending) !== 0,
    postPendingTransfer: (bits & TRANSFER_FLAG.postPendingTransfer) !== 0,
    voidPendingTransfer: (bits & TRANSFER_FLAG.voidPendingTransfer) !== 0,
    balancingDebit: (bits & TRANSFER_FLAG.balancingDebit) !== 0,
    balancingCredit: (bits & TRANSFER_FLAG.balancingCredit) !== 0,
    closingDebit: (bits & TRANSFER_FLAG.closingDebit) !== 0,
    closingCredit: (bits & TRANSFER_FLAG.closingCredit) !== 0,
  };
}

/**
 * When a pending transfer lapses: nanoseconds since 1970, or null when it never does. Counted from the millisecond of its timestamp, because
 * the clock shows milliseconds and the digits below only keep timestamps apart.
 */
export const expiresAt = (record: { readonly timestamp: bigint; readonly timeout: number }): bigint | null =>
  record.timeout === 0 ? null : record.timestamp - (record.timestamp % 1_000_000n) + BigInt(record.timeout) * 1_000_000_000n;
