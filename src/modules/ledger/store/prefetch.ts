/** Reads and locks what a flush of several operators' transfers needs to know: one statement. */
import { assert, type OperatorId } from '../../../kernel/index.ts';
import type { Row, Tx } from '../../../platform/database/index.ts';
import { ACCOUNT_FLAG, ID_MAX, type Balances } from '../domain/account.ts';
import { accountState, emptyState, EXACT_AMOUNT_MIN, type LedgerState } from '../domain/state.ts';
import { CLOSING, POST_OR_VOID, TRANSFER_FLAG, type PendingStatus, type TransferRequest } from '../domain/transfer.ts';
import { bigIntOfUuid, sqlArray, sqlUuid, unsigned64 } from './sql-array.ts';

/** One operator's part of a flush: batches that are executed one after the other against the same state. */
export type FlushPart = { readonly operatorId: OperatorId; readonly batches: readonly (readonly TransferRequest[])[] };

const PREFETCH = { name: 'ledger_prefetch', text: 'select * from ledger.prefetch_transfers($1,$2,$3,$4,$5,$6,$7,$8,$9,$10)' };

/** @returns the operators whose lapsed pending transfers must be expired first, or the states to execute against. */
export type Prefetched = { readonly due: readonly OperatorId[] } | { readonly due: null; readonly states: ReadonlyMap<OperatorId, LedgerState> };

/** What an earlier attempt of the same flush found that it must also read. */
export type Wanted = { readonly ids: boolean; readonly exact: ReadonlyMap<OperatorId, ReadonlySet<bigint>> };

/** @param wanted whether to look the ids up, and accounts, per operator, whose balances are needed though nothing in the events says so. */
export async function prefetchTransfers(tx: Tx, parts: readonly FlushPart[], nowNs: bigint, wanted: Wanted): Promise<Prefetched> {
  const keys = collectKeys(parts, wanted);
  const rows = await tx.query(PREFETCH, [
    sqlArray(parts.map((part) => part.operatorId)), keys.closing, nowNs,
    sqlArray(keys.accountOperators), sqlArray(keys.accountIds), sqlArray(keys.accountExact),
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

function collectKeys(parts: readonly FlushPart[], wanted: Wanted) {
  const keys = {
    closing: false, accountOperators: [] as string[], accountIds: [] as string[], accountExact: [] as boolean[],
    transferOperators: [] as string[], transferIds: [] as string[], pendingOperators: [] as string[], pendingIds: [] as string[],
  };
  for (const { operatorId, batches } of parts) {
    const accounts = new Map<bigint, boolean>();
    const transfers = new Set<bigint>();
    const pendings = new Set<bigint>();
    for (const id of wanted.exact.get(operatorId) ?? []) accounts.set(id, true);
    for (const batch of batches) {
      for (const event of batch) {
        if (wanted.ids) transfers.add(event.id);
        if ((event.flags & CLOSING) !== 0) keys.closing = true;
        if ((event.flags & POST_OR_VOID) !== 0) pendings.add(event.pendingId);
        else collectAccounts(accounts, event);
      }
    }
    for (const [id, isExact] of accounts) { keys.accountOperators.push(operatorId); keys.accountIds.push(sqlUuid(id)); keys.accountExact.push(isExact); }
    for (const id of transfers) { keys.transferOperators.push(operatorId); keys.transferIds.push(sqlUuid(id)); }
    for (const id of pendings) {
      if (id === 0n || id === ID_MAX) continue;
      keys.pendingOperators.push(operatorId); keys.pendingIds.push(sqlUuid(id));
    }
  }
  return keys;
}

/** A balancing side's balance is its amount; a large amount could overflow: both are read exactly, under lock. */
function collectAccounts(accounts: Map<bigint, boolean>, event: TransferRequest): void {
  const balancing = (event.flags & (TRANSFER_FLAG.balancingDebit | TRANSFER_FLAG.balancingCredit)) !== 0;
  const large = !balancing && event.amount >= EXACT_AMOUNT_MIN;
  const debitExact = large || (event.flags & TRANSFER_FLAG.balancingDebit) !== 0;
  const creditExact = large || (event.flags & TRANSFER_FLAG.balancingCredit) !== 0;
  if (debitExact || !accounts.has(event.debitAccountId)) accounts.set(event.debitAccountId, debitExact);
  if (creditExact || !accounts.has(event.creditAccountId)) accounts.set(event.creditAccountId, creditExact);
}

function addAccount(state: LedgerState, row: Row): void {
  const id = bigIntOfUuid(row.id as string);
  const balances: Balances | null = row.n1 === null ? null
    : { debitsPending: row.n1 as bigint, debitsPosted: row.n2 as bigint, creditsPending: row.n3 as bigint, creditsPosted: row.n4 as bigint };
  const flags = (row.flags as number) & ~ACCOUNT_FLAG.closed;
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
