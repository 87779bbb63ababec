/** The short way for a flush of simple transfers: one statement that locks, checks, moves and records, or says that the general way must tell the outcome. */
import type { Clock, OperatorId } from '../../../kernel/index.ts';
import type { Tx } from '../../../platform/database/index.ts';
import { EXACT_AMOUNT_MIN } from '../domain/state.ts';
import { isWellFormedSimple } from '../domain/transfer-create.ts';
import type { CreateTransferResult, TransferRequest } from '../domain/transfer.ts';
import type { FlushPart } from './prefetch.ts';
import { sqlArray, sqlUnsigned64, sqlUuid, sqlUuidOrNull } from './sql-array.ts';
import { takeTimestamps } from './timestamp.ts';

const PARAMETERS = Array.from({ length: 18 }, (_, index) => `$${index + 1}`).join();
const BOOK = { name: 'ledger_book_simple', text: `select ledger.book_simple(${PARAMETERS}) as booked` };

/** A flush of nothing but simple transfers, in the form in which the database takes it. */
export type SimpleFlush = { readonly operatorIds: readonly OperatorId[]; readonly count: number; readonly parts: readonly FlushPart[]; readonly columns: readonly string[] };

type Touched = { readonly uuid: string; readonly ledger: number; debits: bigint; credits: bigint };

/** @returns null when a transfer is not simple; `createTransfer` in the domain says what of it remains to be checked. */
export function simpleFlush(parts: readonly FlushPart[]): SimpleFlush | null {
  const several = parts.length > 1;
  const transferOperators: string[] = [], ids: string[] = [], debits: string[] = [], credits: string[] = [], amounts: bigint[] = [], ledgers: number[] = [], codes: number[] = [];
  const requests: TransferRequest[] = [];
  const accountOperators: string[] = [], accountIds: string[] = [], accountLedgers: number[] = [], debited: bigint[] = [], credited: bigint[] = [];
  for (const { operatorId, batches } of parts) {
    const accounts = new Map<bigint, Touched>();
    for (const batch of batches) {
      for (const event of batch) {
        if (!isWellFormedSimple(event) || event.amount >= EXACT_AMOUNT_MIN) return null;
        const debit = touch(accounts, event.debitAccountId, event.ledger), credit = touch(accounts, event.creditAccountId, event.ledger);
        if (debit.ledger !== event.ledger || credit.ledger !== event.ledger) return null;
        debit.debits += event.amount;
        credit.credits += event.amount;
        if (several) transferOperators.push(operatorId);
        ids.push(sqlUuid(event.id)); debits.push(debit.uuid); credits.push(credit.uuid);
        amounts.push(event.amount); ledgers.push(event.ledger); codes.push(event.code);
        requests.push(event);
      }
    }
    // In order of (operator, id), like every lock on an account.
    for (const account of [...accounts.values()].sort((a, b) => (a.uuid < b.uuid ? -1 : 1))) {
      if (several) accountOperators.push(operatorId);
      accountIds.push(account.uuid); accountLedgers.push(account.ledger); debited.push(account.debits); credited.push(account.credits);
    }
  }
  return {
    operatorIds: parts.map((part) => part.operatorId), count: ids.length, parts,
    columns: [...[transferOperators, ids, debits, credits, amounts, ledgers, codes].map(sqlArray), ...userData(requests), ...[accountOperators, accountIds, accountLedgers, debited, credited].map(sqlArray)],
  };
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
  if (account === undefined) accounts.set(id, (account = { uuid: sqlUuid(id), ledger, debits: 0n, credits: 0n }));
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
