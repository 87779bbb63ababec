/** Reads and locks what a flush of several operators' transfers needs to know: one statement. */
import { assert, type OperatorId } from '../../../kernel/index.ts';
import type { Row, Tx } from '../../../platform/database/index.ts';
import { ACCOUNT_FLAG, ID_MAX, type Balances } from '../domain/account.ts';
import { accountState, emptyState, EXACT_AMOUNT_MIN, type LedgerState } from '../domain/state.ts';
import { BALANCING, CLOSING, POST_OR_VOID, TRANSFER_FLAG, type PendingStatus, type TransferRequest } from '../domain/transfer.ts';
import { bigIntOfUuid, sqlArray, sqlUuid, unsigned64 } from './sql-array.ts';

/** One operator's part of a flush: batches that are executed one after the other against the same state. */
export type FlushPart = { readonly operatorId: OperatorId; readonly batches: readonly (readonly TransferRequest[])[] };

const PREFETCH = { name: 'ledger_prefetch', text: 'select * from ledger.prefetch_transfers($1,$2,$3,$4,$5,$6,$7,$8,$9,$10,$11)' };

/** @returns the operators whose lapsed pending transfers must be expired first, or the states to execute against. */
export type Prefetched = { readonly due: readonly OperatorId[] } | { readonly due: null; readonly states: ReadonlyMap<OperatorId, LedgerState> };

/** What an earlier attempt of the same flush found that it must also read. */
export type Wanted = { readonly ids: boolean; readonly exact: ReadonlyMap<OperatorId, ReadonlySet<bigint>> };

/** @param wanted whether to look the ids up, and accounts, per operator, whose balances are needed though nothing in the events says so. */
export async function prefetchTransfers(tx: Tx, parts: readonly FlushPart[], nowNs: bigint, wanted: Wanted): Promise<Prefetched> {
  const keys = collectKeys(parts, wanted);
  const rows = await tx.query(PREFETCH, [
    sqlArray(parts.map((part) => part.operatorId)), keys.closing, nowNs,
    sqlArray(keys.accountOperators), sqlArray(keys.accountIds), sqlArray(keys.exactOperators), sqlArray(keys.exactIds),
    sqlArray(keys.transferOperators), sqlArray(keys.transferIds), sqlArray(keys.pendingOperators), sqlArray(keys.pendingIds),
  ]);
  if (rows[0]?.kind === 'd') return { due: rows.map((row) => row.operator_id as OperatorId) };
  const states = new Map(parts.map((part) => [part.operatorId, emptyState()]));
  for (const row of rows) {
    const state = states.get(row.operator_id as OperatorId);
    assert(state !== undefined, 'a row of an operator that was not asked for');
    if (row.kind === 'a') addAccount(state, row); else addTransfer(state, row);
  }
  return { due: null, states };
}

/** In order of (operator, id): the parts are sorted, and hex of one length sorts as the database sorts uuids. */
function collectKeys(parts: readonly FlushPart[], wanted: Wanted) {
  const keys = {
    closing: false, accountOperators: [] as string[], accountIds: [] as string[], exactOperators: [] as string[], exactIds: [] as string[],
    transferOperators: [] as string[], transferIds: [] as string[], pendingOperators: [] as string[], pendingIds: [] as string[],
  };
  for (const { operatorId, batches } of parts) {
    const accounts = new Set<bigint>(), exact = new Set<bigint>(wanted.exact.get(operatorId)), transfers = new Set<bigint>(), pendings = new Set<bigint>();
    for (const batch of batches) {
      for (const event of batch) {
        if (wanted.ids) transfers.add(event.id);
        if ((event.flags & CLOSING) !== 0) keys.closing = true;
        if ((event.flags & POST_OR_VOID) === 0) collectAccounts(accounts, exact, event);
        else if (event.pendingId !== 0n && event.pendingId !== ID_MAX) pendings.add(event.pendingId);
      }
    }
    addKeys(keys.accountOperators, keys.accountIds, operatorId, accounts);
    addKeys(keys.exactOperators, keys.exactIds, operatorId, exact);
    addKeys(keys.transferOperators, keys.transferIds, operatorId, transfers);
    addKeys(keys.pendingOperators, keys.pendingIds, operatorId, pendings);
  }
  return keys;
}

function addKeys(operators: string[], ids: string[], operatorId: OperatorId, set: ReadonlySet<bigint>): void {
  for (const id of Array.from(set, sqlUuid).sort()) { operators.push(operatorId); ids.push(id); }
}

/** A balancing side's balance is its amount; a large amount could overflow: both are read exactly, under lock. */
function collectAccounts(accounts: Set<bigint>, exact: Set<bigint>, event: TransferRequest): void {
  accounts.add(event.debitAccountId);
  accounts.add(event.creditAccountId);
  const large = (event.flags & BALANCING) === 0 && event.amount >= EXACT_AMOUNT_MIN;
  if (large || (event.flags & TRANSFER_FLAG.balancingDebit) !== 0) exact.add(event.debitAccountId);
  if (large || (event.flags & TRANSFER_FLAG.balancingCredit) !== 0) exact.add(event.creditAccountId);
}

function addAccount(state: LedgerState, row: Row): void {
  const id = bigIntOfUuid(row.id as string);
  const balances: Balances | null = row.n1 === null ? null
    : { debitsPending: row.n1 as bigint, debitsPosted: row.n2 as bigint, creditsPending: row.n3 as bigint, creditsPosted: row.n4 as bigint };
  const flags = (row.flags as number) & ~ACCOUNT_FLAG.closed;
  // A watched account is read exactly: the flush runs again with its balances.
  if (row.n5 === 1n) state.unread.add(id); else state.unread.delete(id);
  state.accounts.set(id, accountState({ id, flags, ledger: Number(row.ledger), code: row.code as number, closed: row.closed as boolean, balances }));
}

function addTransfer(state: LedgerState, row: Row): void {
  const id = bigIntOfUuid(row.id as string);
  if (row.refused === true) { state.burntIds.add(id); return; }
  state.transfers.set(id, {
    id, flags: row.flags as number, ledger: Number(row.ledger), code: row.code as number, amount: row.n1 as bigint, timestamp: row.n2 as bigint,
    timeout: Number(row.n3), userData64: unsigned64(row.n4 as bigint | null), userData32: Number(row.n5 ?? 0n),
    debitAccountId: bigIntOfUuid(row.debit_account_id as string), creditAccountId: bigIntOfUuid(row.credit_account_id as string),
    pendingId: bigIntOfUuid(row.pending_id as string | null), userData128: bigIntOfUuid(row.user_data_128 as string | null),
    pendingStatus: row.status as PendingStatus | null,
  });
}
