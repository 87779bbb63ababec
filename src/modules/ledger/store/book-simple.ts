/** The short way for a flush of simple transfers: one statement that locks, checks, moves and records, or says that the general way must tell the outcome. */
import { uuidToBigInt, type Clock, type OperatorId } from '../../../kernel/index.ts';
import type { Tx } from '../../../platform/database/index.ts';
import { EXACT_AMOUNT_MIN } from '../domain/state.ts';
import { isWellFormedSimple } from '../domain/transfer-create.ts';
import type { CreateTransferResult, TransferRequest } from '../domain/transfer.ts';
import { binaryInt4s, binaryInt8s, binaryInt8sOfU32, binaryUuids } from './binary-array.ts';
import type { FlushPart } from './prefetch.ts';
import { sqlArray, sqlUnsigned64, sqlUuidOrNull } from './sql-array.ts';
import { takeTimestamps } from './timestamp.ts';

const PARAMETERS = Array.from({ length: 18 }, (_, index) => `$${index + 1}`).join();
const BOOK = { name: 'ledger_book_simple', text: `select ledger.book_simple(${PARAMETERS}) as booked` };

/** A flush of nothing but simple transfers, in the form in which the database takes it. */
export type SimpleFlush = { readonly operatorIds: readonly OperatorId[]; readonly count: number; readonly parts: readonly FlushPart[]; readonly columns: readonly (Buffer | string)[] };

type Touched = { readonly id: bigint; readonly ledger: number; debits: bigint; credits: bigint };

/** @returns null when a transfer is not simple; `createTransfer` in the domain says what of it remains to be checked. */
export function simpleFlush(parts: readonly FlushPart[]): SimpleFlush | null {
  const transfers: TransferRequest[] = [], accounts: Touched[] = [];
  const transferOperators: bigint[] = [], accountOperators: bigint[] = [];
  for (const { operatorId, batches } of parts) {
    const operator = uuidToBigInt(operatorId);
    const touched = new Map<bigint, Touched>();
    for (const batch of batches) {
      for (const event of batch) {
        if (!isWellFormedSimple(event) || event.amount >= EXACT_AMOUNT_MIN) return null;
        const debit = touch(touched, event.debitAccountId, event.ledger), credit = touch(touched, event.creditAccountId, event.ledger);
        if (debit.ledger !== event.ledger || credit.ledger !== event.ledger) return null;
        debit.debits += event.amount;
        credit.credits += event.amount;
        transfers.push(event);
        transferOperators.push(operator);
      }
    }
    // In order of (operator, id), like every lock on an account.
    for (const account of [...touched.values()].sort((a, b) => (a.id < b.id ? -1 : 1))) {
      accounts.push(account);
      accountOperators.push(operator);
    }
  }
  const columns = [
    binaryUuids(transferOperators), binaryUuids(transfers.map((t) => t.id)), binaryUuids(transfers.map((t) => t.debitAccountId)), binaryUuids(transfers.map((t) => t.creditAccountId)),
    binaryInt8s(transfers.map((t) => t.amount)), binaryInt8sOfU32(transfers.map((t) => t.ledger)), binaryInt4s(transfers.map((t) => t.code)), ...userData(transfers),
    binaryUuids(accountOperators), binaryUuids(accounts.map((a) => a.id)), binaryInt8sOfU32(accounts.map((a) => a.ledger)),
    binaryInt8s(accounts.map((a) => a.debits)), binaryInt8s(accounts.map((a) => a.credits)),
  ];
  return { operatorIds: parts.map((part) => part.operatorId), count: transfers.length, parts, columns };
}

/**
 * @param lane whether the statement is a transaction of its own and so has to say whose rows it touches; in a caller's transaction that is set.
 * @returns null when nothing was booked.
 */
export async function bookSimple(tx: Tx, flush: SimpleFlush, clock: Clock, lane: boolean): Promise<CreateTransferResult[][][] | null> {
  const operators = flush.operatorIds.join(',');
  const first = takeTimestamps(clock, flush.count);
  const rows = await tx.query(BOOK, [lane ? operators : null, `{${operators}}`, first, ...flush.columns]);
  if (rows[0]!.booked !== true) return null;
  let timestamp = first;
  return flush.parts.map((part) => part.batches.map((batch) => batch.map(() => ({ status: 'created', timestamp: timestamp++ }))));
}

function touch(accounts: Map<bigint, Touched>, id: bigint, ledger: number): Touched {
  let account = accounts.get(id);
  if (account === undefined) accounts.set(id, (account = { id, ledger, debits: 0n, credits: 0n }));
  return account;
}

/** Empty arrays stand for columns of nothing. */
function userData(requests: readonly TransferRequest[]): string[] {
  return [
    requests.some((t) => t.userData128 !== 0n) ? sqlArray(requests.map((t) => sqlUuidOrNull(t.userData128))) : '{}',
    requests.some((t) => t.userData64 !== 0n) ? sqlArray(requests.map((t) => sqlUnsigned64(t.userData64))) : '{}',
    requests.some((t) => t.userData32 !== 0) ? sqlArray(requests.map((t) => (t.userData32 === 0 ? null : t.userData32))) : '{}',
  ];
}
