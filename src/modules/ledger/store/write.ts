/** Writes what a flush decided: one statement, all of it or nothing. */
import type { OperatorId } from '../../../kernel/index.ts';
import type { Tx } from '../../../platform/database/index.ts';
import { isLimited, mustBeWatched, type AccountState, type LedgerState } from '../domain/state.ts';
import type { TransferRequest } from '../domain/transfer.ts';
import { sqlArray, sqlUnsigned64, sqlUuid, sqlUuidOrNull } from './sql-array.ts';

const PARAMETERS = Array.from({ length: 32 }, (_, index) => `$${index + 1}`).join();
const WRITE = { name: 'ledger_write', text: `select ledger.write_transfers(${PARAMETERS}) as written` };

type Cell = string | number | bigint | boolean | null;
type Columns = readonly Cell[][];
const columns = (count: number): Columns => Array.from({ length: count }, () => []);
const TRANSFER_COLUMNS = 17, PENDING_COLUMNS = 3, LIMITED_COLUMNS = 7, UNLIMITED_COLUMNS = 4;

/** @returns false when nothing was written because an id was taken meanwhile: prefetch and execute again. */
export async function writeTransfers(tx: Tx, states: ReadonlyMap<OperatorId, LedgerState>): Promise<boolean> {
  const transfers = columns(TRANSFER_COLUMNS), pendings = columns(PENDING_COLUMNS), limited = columns(LIMITED_COLUMNS), unlimited = columns(UNLIMITED_COLUMNS);
  const pendingStatus: Cell[] = [];
  let anyPending = false;
  for (const [operatorId, state] of states) {
    for (const { record, pendingDelta, postedDelta } of state.movements) {
      addTransfer(transfers, operatorId, record, record.timestamp, pendingDelta, postedDelta, null);
      pendingStatus.push(record.pendingStatus);
      anyPending ||= record.pendingStatus !== null;
    }
    for (const { request, status, timestamp } of state.burnt) {
      addTransfer(transfers, operatorId, request, timestamp, 0n, 0n, status);
      pendingStatus.push(null);
    }
    const created = new Set(state.movements.map((movement) => movement.record.id));
    for (const [id, status] of state.settled) if (!created.has(id)) addRow(pendings, [operatorId, sqlUuid(id), status]);
    for (const account of state.accounts.values()) {
      if (isLimited(account)) addLimited(limited, operatorId, account);
      else addUnlimited(unlimited, operatorId, account);
    }
  }
  if (transfers[0]!.length === 0) return true;
  const status = anyPending ? sqlArray(pendingStatus) : '{}';
  const rows = await tx.query(WRITE, [...transfers.map(sqlArray), status, ...pendings.map(sqlArray), ...limited.map(sqlArray), ...unlimited.map(sqlArray)]);
  return rows[0]!.written === true;
}

function addTransfer(to: Columns, operatorId: OperatorId, t: TransferRequest, timestamp: bigint, pendingDelta: bigint, postedDelta: bigint, refusedAs: string | null): void {
  addRow(to, [
    operatorId, sqlUuid(t.id), sqlUuid(t.debitAccountId), sqlUuid(t.creditAccountId), t.amount, pendingDelta, postedDelta, timestamp, t.ledger, t.code, t.flags,
    t.timeout, sqlUuidOrNull(t.pendingId), sqlUuidOrNull(t.userData128), sqlUnsigned64(t.userData64), t.userData32 === 0 ? null : t.userData32, refusedAs,
  ]);
}

function addLimited(to: Columns, operatorId: OperatorId, { id, closed, balances, before }: AccountState): void {
  if (balances === null || (balances === before.balances && closed === before.closed)) return;
  addRow(to, [operatorId, sqlUuid(id), closed, balances.debitsPending, balances.debitsPosted, balances.creditsPending, balances.creditsPosted]);
}

/** An unlimited account is written only when it was closed, opened again, or became one to watch. */
function addUnlimited(to: Columns, operatorId: OperatorId, { id, closed, balances, before }: AccountState): void {
  const watched = balances !== null && mustBeWatched(balances);
  if (watched || closed !== before.closed) addRow(to, [operatorId, sqlUuid(id), closed, watched]);
}

function addRow(to: Columns, row: readonly Cell[]): void {
  for (let i = 0; i < row.length; i++) to[i]!.push(row[i]!);
}
