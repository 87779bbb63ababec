/** The short way for a flush of simple transfers: one statement that locks, checks, moves and records, or says that the general way must tell the outcome. */
import { uuidToBigInt, type Clock, type OperatorId } from '../../../kernel/index.ts';
import type { Tx } from '../../../platform/database/index.ts';
import { EXACT_AMOUNT_MIN } from '../domain/state.ts';
import { isWellFormedSimple } from '../domain/transfer-create.ts';
import type { CreateTransferResult, TransferRequest } from '../domain/transfer.ts';
import { binaryInt4s, binaryInt8s, binaryInt8sOfU32, binaryUuids } from './binary-array.ts';
import type { KnownAccounts } from './known-accounts.ts';
import type { FlushPart } from './prefetch.ts';
import { sqlArray, sqlUnsigned64, sqlUuidOrNull } from './sql-array.ts';
import { takeTimestamps } from './timestamp.ts';

const PARAMETERS = Array.from({ length: 23 }, (_, index) => `$${index + 1}`).join();
const BOOK = { name: 'ledger_book_simple', text: `select ledger.book_simple(${PARAMETERS}) as limited` };

/** A flush of nothing but simple transfers, in the form in which the database takes it. */
export type SimpleFlush = {
  readonly operatorIds: readonly OperatorId[]; readonly count: number; readonly parts: readonly FlushPart[]; readonly columns: readonly (Buffer | string)[];
  /** The accounts that are not known, in the order in which the database gets them. */
  readonly unknown: readonly Touched[];
};

type Touched = { readonly operatorId: OperatorId; readonly operator: bigint; readonly id: bigint; readonly ledger: number; debits: bigint; credits: bigint };

/** @returns null when a transfer is not simple; `createTransfer` in the domain says what of it remains to be checked. */
export function simpleFlush(parts: readonly FlushPart[], known?: KnownAccounts): SimpleFlush | null {
  const transfers: TransferRequest[] = [], transferOperators: bigint[] = [], limited: Touched[] = [], unknown: Touched[] = [];
  for (const { operatorId, batches } of parts) {
    const operator = uuidToBigInt(operatorId);
    const touched = new Map<bigint, Touched>();
    const touch = (id: bigint, ledger: number): Touched => {
      let account = touched.get(id);
      if (account === undefined) touched.set(id, (account = { operatorId, operator, id, ledger, debits: 0n, credits: 0n }));
      return account;
    };
    for (const batch of batches) {
      for (const event of batch) {
        if (!isWellFormedSimple(event) || event.amount >= EXACT_AMOUNT_MIN) return null;
        const debit = touch(event.debitAccountId, event.ledger), credit = touch(event.creditAccountId, event.ledger);
        if (debit.ledger !== event.ledger || credit.ledger !== event.ledger) return null;
        debit.debits += event.amount;
        credit.credits += event.amount;
        transfers.push(event);
        transferOperators.push(operator);
      }
    }
    const knownOnes = known?.of(operatorId);
    // In order of (operator, id), like every lock on an account.
    for (const account of [...touched.values()].sort(byId)) {
      const facts = knownOnes?.get(account.id);
      if (facts === undefined) unknown.push(account);
      else if (facts.ledger !== account.ledger) return null;
      else if (facts.limited) limited.push(account);
    }
  }
  const columns = [
    binaryUuids(transferOperators), binaryUuids(transfers.map((t) => t.id)), binaryUuids(transfers.map((t) => t.debitAccountId)), binaryUuids(transfers.map((t) => t.creditAccountId)),
    binaryInt8s(transfers.map((t) => t.amount)), binaryInt8sOfU32(transfers.map((t) => t.ledger)), binaryInt4s(transfers.map((t) => t.code)), ...userData(transfers),
    ...accountColumns(limited), ...accountColumns(unknown),
  ];
  return { operatorIds: parts.map((part) => part.operatorId), count: transfers.length, parts, columns, unknown };
}

/**
 * @param known when the statement is a transaction of its own: then it has to say whose rows it touches (in a caller's transaction that is set),
 * and what it read of accounts is worth remembering.
 * @returns null when nothing was booked.
 */
export async function bookSimple(tx: Tx, flush: SimpleFlush, clock: Clock, known: KnownAccounts | null): Promise<CreateTransferResult[][][] | null> {
  const operators = flush.operatorIds.join(',');
  const first = takeTimestamps(clock, flush.count);
  const rows = await tx.query(BOOK, [known === null ? null : operators, `{${operators}}`, first, ...flush.columns]);
  const limited = rows[0]!.limited as readonly number[] | null;
  if (limited === null) return null;
  if (known !== null) flush.unknown.forEach(({ operatorId, id, ledger }, index) => known.remember(operatorId, id, { limited: limited.includes(index + 1), ledger }));
  let timestamp = first;
  return flush.parts.map((part) => part.batches.map((batch) => batch.map(() => ({ status: 'created', timestamp: timestamp++ }))));
}

const byId = (a: Touched, b: Touched): number => (a.id < b.id ? -1 : 1);

const accountColumns = (accounts: readonly Touched[]): Buffer[] => [
  binaryUuids(accounts.map((a) => a.operator)), binaryUuids(accounts.map((a) => a.id)), binaryInt8sOfU32(accounts.map((a) => a.ledger)),
  binaryInt8s(accounts.map((a) => a.debits)), binaryInt8s(accounts.map((a) => a.credits)),
];

/** Empty arrays stand for columns of nothing. */
function userData(requests: readonly TransferRequest[]): string[] {
  return [
    requests.some((t) => t.userData128 !== 0n) ? sqlArray(requests.map((t) => sqlUuidOrNull(t.userData128))) : '{}',
    requests.some((t) => t.userData64 !== 0n) ? sqlArray(requests.map((t) => sqlUnsigned64(t.userData64))) : '{}',
    requests.some((t) => t.userData32 !== 0) ? sqlArray(requests.map((t) => (t.userData32 === 0 ? null : t.userData32))) : '{}',
  ];
}
