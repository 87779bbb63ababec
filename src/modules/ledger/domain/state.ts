/** What one operator's flush works on: the accounts and transfers it touches, prefetched, and what it changes of them. */
import { assert } from '../../../kernel/index.ts';
import { ACCOUNT_LIMIT_FLAGS, type Balances } from './account.ts';
import type { CreateTransferStatus, Movement, PendingStatus, TransferRecord, TransferRequest } from './transfer.ts';

/** From this amount on, an unlimited account's balances are read exactly (and under lock) before the transfer. */
export const EXACT_AMOUNT_MIN = 1n << 40n;
/**
 * From this sum of pending and posted on, an account is watched: read exactly before every transfer. Below it, an unlimited account could
 * overflow only through more than 2^22 transfers of less than `EXACT_AMOUNT_MIN` each since its last checkpoint.
 */
export const WATCHED_BALANCE_MIN = 1n << 62n;

/**
 * An account during a flush. `balances` is null for an unlimited account whose balance nobody needs: it is neither read nor locked
 * (its balance is a checkpoint plus the movements since).
 */
export type AccountState = {
  readonly id: bigint;
  readonly flags: number;
  readonly ledger: number;
  readonly code: number;
  closed: boolean;
  balances: Balances | null;
  /** Balances and flag as they were read, to tell what changed. */
  readonly before: { readonly balances: Balances | null; readonly closed: boolean };
};

export type BurntTransfer = { readonly request: TransferRequest; readonly status: CreateTransferStatus; readonly timestamp: bigint };

export type LedgerState = {
  readonly accounts: Map<bigint, AccountState>;
  /** Existing transfers that events name by id or by pending id, and those made by this flush. */
  readonly transfers: Map<bigint, TransferRecord>;
  readonly burntIds: Set<bigint>;
  readonly movements: Movement[];
  readonly burnt: BurntTransfer[];
  /** Pending transfers settled by this flush that existed before it. */
  readonly settled: Map<bigint, PendingStatus>;
  /** Unlimited accounts whose balances turned out to be needed: the flush is to be run again with them read. */
  readonly unread: Set<bigint>;
  /** Undoes the events of the open linked chain, last first; null outside a chain. */
  undo: (() => void)[] | null;
};

export const emptyState = (): LedgerState => ({
  accounts: new Map(), transfers: new Map(), burntIds: new Set(), movements: [], burnt: [], settled: new Map(), unread: new Set(), undo: null,
});

export function accountState(account: { id: bigint; flags: number; ledger: number; code: number; closed: boolean; balances: Balances | null }): AccountState {
  return { ...account, before: { balances: account.balances, closed: account.closed } };
}

export const mustBeWatched = ({ debitsPending, debitsPosted, creditsPending, creditsPosted }: Balances): boolean =>
  debitsPending + debitsPosted >= WATCHED_BALANCE_MIN || creditsPending + creditsPosted >= WATCHED_BALANCE_MIN;

export const isLimited = (account: { readonly flags: number }): boolean => (account.flags & ACCOUNT_LIMIT_FLAGS) !== 0;

export function openChain(state: LedgerState): void {
  assert(state.undo === null, 'a linked chain is open already');
  state.undo = [];
}

/** Keeps the chain's effects, or takes all of them back. */
export function closeChain(state: LedgerState, keep: boolean): void {
  const undo = state.undo;
  assert(undo !== null, 'no linked chain is open');
  state.undo = null;
  if (!keep) for (let i = undo.length - 1; i >= 0; i--) undo[i]!();
}

export function addMovement(state: LedgerState, movement: Movement): void {
  state.transfers.set(movement.record.id, movement.record);
  state.movements.push(movement);
  state.undo?.push(() => {
    state.transfers.delete(movement.record.id);
    state.movements.pop();
  });
}

export function settlePending(state: LedgerState, pending: TransferRecord, status: PendingStatus): void {
  assert(pending.pendingStatus === 'pending', 'only a pending transfer is settled');
  pending.pendingStatus = status;
  state.settled.set(pending.id, status);
  state.undo?.push(() => {
    pending.pendingStatus = 'pending';
    state.settled.delete(pending.id);
  });
}

export function setClosed(state: LedgerState, account: AccountState, closed: boolean): void {
  const previous = account.closed;
  account.closed = closed;
  state.undo?.push(() => { account.closed = previous; });
}

/** Moves an account's balances; an account without known balances has nothing to move. */
export function moveDebits(state: LedgerState, account: AccountState, pendingDelta: bigint, postedDelta: bigint): void {
  const previous = account.balances;
  if (previous === null) return;
  account.balances = { ...previous, debitsPending: previous.debitsPending + pendingDelta, debitsPosted: previous.debitsPosted + postedDelta };
  state.undo?.push(() => { account.balances = previous; });
}

export function moveCredits(state: LedgerState, account: AccountState, pendingDelta: bigint, postedDelta: bigint): void {
  const previous = account.balances;
  if (previous === null) return;
  account.balances = { ...previous, creditsPending: previous.creditsPending + pendingDelta, creditsPosted: previous.creditsPosted + postedDelta };
  state.undo?.push(() => { account.balances = previous; });
}
