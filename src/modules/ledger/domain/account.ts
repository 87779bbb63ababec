/** Accounts: TigerBeetle's fields, flags and order of checks (its documentation of release 0.17, `create_accounts`). */

/** The largest amount, balance and sum of balances: what a signed 64-bit column holds. */
export const AMOUNT_MAX = (1n << 63n) - 1n;
/** Ids and `userData128` are 128-bit; zero and this value are reserved as ids. */
export const ID_MAX = (1n << 128n) - 1n;
export const USER_DATA_64_MAX = (1n << 64n) - 1n;
export const U32_MAX = 0xffff_ffff;
export const U16_MAX = 0xffff;
export const isUnsigned = (value: number, max: number): boolean => Number.isInteger(value) && value >= 0 && value <= max;

export type AccountFlags = {
  readonly linked: boolean;
  readonly debitsMustNotExceedCredits: boolean;
  readonly creditsMustNotExceedDebits: boolean;
  readonly history: boolean;
  readonly closed: boolean;
};

/** An account to create. What is left out is zero or false. */
export type AccountEvent = {
  readonly id: bigint;
  readonly ledger?: number;
  readonly code?: number;
  readonly flags?: Partial<AccountFlags>;
  readonly userData128?: bigint;
  readonly userData64?: bigint;
  readonly userData32?: number;
  readonly debitsPending?: bigint;
  readonly debitsPosted?: bigint;
  readonly creditsPending?: bigint;
  readonly creditsPosted?: bigint;
};

export type Balances = { readonly debitsPending: bigint; readonly debitsPosted: bigint; readonly creditsPending: bigint; readonly creditsPosted: bigint };

/** An account as looked up: its balances are those of now, `timestamp` is nanoseconds since 1970. */
export type Account = Balances & {
  readonly id: bigint;
  readonly ledger: number;
  readonly code: number;
  readonly flags: AccountFlags;
  readonly userData128: bigint;
  readonly userData64: bigint;
  readonly userData32: number;
  readonly timestamp: bigint;
};

/** In order of precedence: of several that apply, the first is returned. */
export const CREATE_ACCOUNT_STATUSES = [
  'created', 'linked_event_failed', 'linked_event_chain_open', 'reserved_flag', 'id_must_not_be_zero', 'id_must_not_be_int_max',
  'exists_with_different_flags', 'exists_with_different_user_data_128', 'exists_with_different_user_data_64', 'exists_with_different_user_data_32',
  'exists_with_different_ledger', 'exists_with_different_code', 'exists', 'flags_are_mutually_exclusive', 'debits_pending_must_be_zero',
  'debits_posted_must_be_zero', 'credits_pending_must_be_zero', 'credits_posted_must_be_zero', 'ledger_must_not_be_zero', 'code_must_not_be_zero',
] as const;
export type CreateAccountStatus = (typeof CREATE_ACCOUNT_STATUSES)[number];
/** `timestamp`: of the account when `created` or `exists`, else of the validation; nanoseconds since 1970. */
export type CreateAccountResult = { readonly status: CreateAccountStatus; readonly timestamp: bigint };

/** The flags as bits, numbered as TigerBeetle numbers them. */
export const ACCOUNT_FLAG = {
  linked: 1, debitsMustNotExceedCredits: 2, creditsMustNotExceedDebits: 4, history: 8, closed: 32,
} as const satisfies Record<keyof AccountFlags, number>;
export const ACCOUNT_LIMIT_FLAGS = ACCOUNT_FLAG.debitsMustNotExceedCredits | ACCOUNT_FLAG.creditsMustNotExceedDebits;
/** Set in the bits when the event's flags name something that is not a flag. */
export const RESERVED_FLAG = 1 << 30;

export function accountFlagBits(flags: Partial<AccountFlags> | undefined): number {
  return flagBits(flags as Record<string, unknown> | undefined, ACCOUNT_FLAG);
}

export function accountFlagsOf(bits: number): AccountFlags {
  return {
    linked: (bits & ACCOUNT_FLAG.linked) !== 0,
    debitsMustNotExceedCredits: (bits & ACCOUNT_FLAG.debitsMustNotExceedCredits) !== 0,
    creditsMustNotExceedDebits: (bits & ACCOUNT_FLAG.creditsMustNotExceedDebits) !== 0,
    history: (bits & ACCOUNT_FLAG.history) !== 0,
    closed: (bits & ACCOUNT_FLAG.closed) !== 0,
  };
}

export function flagBits(flags: Readonly<Record<string, unknown>> | undefined, known: Readonly<Record<string, number>>): number {
  let bits = 0;
  if (flags === undefined) return bits;
  for (const name in flags) {
    if (flags[name] !== true) continue;
    bits |= Object.hasOwn(known, name) ? known[name]! : RESERVED_FLAG;
  }
  return bits;
}

/** An account as it is stored; `flags` carries the closed bit of now. */
export type AccountRecord = {
  readonly id: bigint;
  readonly flags: number;
  readonly ledger: number;
  readonly code: number;
  readonly userData128: bigint;
  readonly userData64: bigint;
  readonly userData32: number;
  readonly timestamp: bigint;
};

/** Every check of one account, in order of precedence. @returns what to store when the status is `created`. */
export function checkAccount(event: AccountEvent, existing: AccountRecord | undefined, timestamp: bigint): CreateAccountResult & { readonly record?: AccountRecord } {
  const flags = accountFlagBits(event.flags);
  const refused = (status: CreateAccountStatus) => ({ status, timestamp });
  if ((flags & RESERVED_FLAG) !== 0) return refused('reserved_flag');
  if (event.id === 0n) return refused('id_must_not_be_zero');
  if (event.id === ID_MAX) return refused('id_must_not_be_int_max');
  const record: AccountRecord = {
    id: event.id, flags, ledger: event.ledger ?? 0, code: event.code ?? 0, userData128: event.userData128 ?? 0n,
    userData64: event.userData64 ?? 0n, userData32: event.userData32 ?? 0, timestamp,
  };
  if (existing !== undefined) {
    const status = compareWithExisting(record, existing);
    return { status, timestamp: status === 'exists' ? existing.timestamp : timestamp };
  }
  if ((flags & ACCOUNT_LIMIT_FLAGS) === ACCOUNT_LIMIT_FLAGS) return refused('flags_are_mutually_exclusive');
  if ((event.debitsPending ?? 0n) !== 0n) return refused('debits_pending_must_be_zero');
  if ((event.debitsPosted ?? 0n) !== 0n) return refused('debits_posted_must_be_zero');
  if ((event.creditsPending ?? 0n) !== 0n) return refused('credits_pending_must_be_zero');
  if ((event.creditsPosted ?? 0n) !== 0n) return refused('credits_posted_must_be_zero');
  if (record.ledger === 0) return refused('ledger_must_not_be_zero');
  if (record.code === 0) return refused('code_must_not_be_zero');
  return { status: 'created', timestamp, record };
}

function compareWithExisting(asked: AccountRecord, existing: AccountRecord): CreateAccountStatus {
  if (asked.flags !== existing.flags) return 'exists_with_different_flags';
  if (asked.userData128 !== existing.userData128) return 'exists_with_different_user_data_128';
  if (asked.userData64 !== existing.userData64) return 'exists_with_different_user_data_64';
  if (asked.userData32 !== existing.userData32) return 'exists_with_different_user_data_32';
  if (asked.ledger !== existing.ledger) return 'exists_with_different_ledger';
  if (asked.code !== existing.code) return 'exists_with_different_code';
  return 'exists';
}
