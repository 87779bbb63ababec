/** The short way for a flush of simple transfers: one statement that locks, checks, moves and records, or says that the general way must tell the outcome. */
import { uuidToBigInt, type Clock, type OperatorId } from '../../../kernel/index.ts';
import type { Tx } from '../../../platform/database/index.ts';
import { EXACT_AMOUNT_MIN } from '../domain/state.ts';
import { isWellFormedSimple } from '../domain/transfer-create.ts';
import type { TransferRequest } from '../domain/transfer.ts';
import type { KnownAccount, KnownAccounts, KnownOperator } from './known-accounts.ts';
import { arrayBytesMax, Parameters, parametersOf } from './parameters.ts';
import type { PreparedCall } from './prepared-call.ts';
import { sqlUnsigned64 } from './sql-array.ts';
import { takeTimestamps } from './timestamp.ts';

const PARAMETERS = 22;
export const BOOK = { name: 'ledger_book_simple', text: `select ledger.book_simple(${Array.from({ length: PARAMETERS }, (_, index) => `$${index + 1}`).join()}) as limited`, parameters: PARAMETERS };

/** A flush of nothing but simple transfers. */
export type SimpleFlush = {
  readonly parts: readonly SimplePart[]; readonly transfers: readonly TransferRequest[]; readonly operators: readonly bigint[];
  /** The operator of each transfer. */
  readonly transferOperators: readonly bigint[];
  /** In order of (operator, id), like every lock on an account. */
  readonly limited: readonly Touched[]; readonly unknown: readonly Touched[];
};

type Touched = { readonly operatorId: OperatorId; readonly operator: bigint; readonly id: bigint; readonly ledger: number; debits: bigint; credits: bigint };

/** What one operator books in a flush; `known` is what the process knows of its accounts. */
export type SimplePart = { readonly operatorId: OperatorId; readonly requests: readonly TransferRequest[]; readonly known?: KnownOperator };

/** @returns null when a transfer is not simple; `createTransfer` in the domain says what of it remains to be checked. */
export function simpleFlush(parts: readonly SimplePart[]): SimpleFlush | null {
  const transfers: TransferRequest[] = [], operators: bigint[] = [], transferOperators: bigint[] = [], limited: Touched[] = [], unknown: Touched[] = [];
  for (const { operatorId, known, requests } of parts) {
    const operator = known?.number ?? uuidToBigInt(operatorId), knownOnes = known?.accounts;
    // Both are the operator's stretch at the end of the list; by id only when there are several transfers.
    const touched: TouchedOfOperator = { operatorId, operator, limited, unknown, byId: requests.length === 1 ? null : new Map() };
    const limitedFrom = limited.length, unknownFrom = unknown.length;
    for (const event of requests) {
      if (!isWellFormedSimple(event) || event.amount >= EXACT_AMOUNT_MIN) return null;
      if (!touch(touched, knownOnes?.get(event.debitAccountId), event, true) || !touch(touched, knownOnes?.get(event.creditAccountId), event, false)) return null;
      transfers.push(event);
      transferOperators.push(operator);
    }
    operators.push(operator);
    sortFrom(limited, limitedFrom);
    sortFrom(unknown, unknownFrom);
  }
  return { parts, transfers, operators, transferOperators, limited, unknown };
}

type TouchedOfOperator = { readonly operatorId: OperatorId; readonly operator: bigint; readonly limited: Touched[]; readonly unknown: Touched[]; readonly byId: Map<bigint, Touched> | null };

/** Adds one side of a transfer; an account that is known to be unlimited is not named. @returns false when it is on another ledger. */
function touch({ operatorId, operator, limited, unknown, byId }: TouchedOfOperator, facts: KnownAccount | undefined, event: TransferRequest, debit: boolean): boolean {
  if (facts !== undefined && facts.ledger !== event.ledger) return false;
  if (facts?.limited === false) return true;
  const id = debit ? event.debitAccountId : event.creditAccountId;
  let account = byId?.get(id);
  if (account === undefined) {
    account = { operatorId, operator, id, ledger: event.ledger, debits: 0n, credits: 0n };
    byId?.set(id, account);
    (facts === undefined ? unknown : limited).push(account);
  }
  if (debit) account.debits += event.amount; else account.credits += event.amount;
  return account.ledger === event.ledger;
}

function sortFrom(accounts: Touched[], from: number): void {
  if (accounts.length - from < 2) return;
  const stretch = accounts.splice(from).sort((a, b) => (a.id < b.id ? -1 : 1));
  for (const account of stretch) accounts.push(account);
}

/** Books in a caller's transaction. @returns the timestamp of the first transfer, each other's is one more; null when nothing was booked. */
export async function bookSimple(tx: Tx, flush: SimpleFlush, clock: Clock): Promise<bigint | null> {
  const first = takeTimestamps(clock, flush.transfers.length);
  const parameters = parametersFor(flush, Buffer.allocUnsafe(bytesMaxOf(flush, null)), 0, null, first);
  const rows = await tx.query({ name: BOOK.name, text: BOOK.text }, parametersOf(parameters.buffer, 0, parameters.end));
  return rows[0]!.limited === null ? null : first;
}

/**
 * Books in a transaction of its own, which says whose rows it touches and, since it commits, remembers what it read of accounts.
 * @returns as `bookSimple`.
 */
export async function bookSimpleAlone(call: PreparedCall, flush: SimpleFlush, clock: Clock, known: KnownAccounts): Promise<bigint | null> {
  const first = takeTimestamps(clock, flush.transfers.length);
  const tenant = flush.parts.map((part) => part.operatorId).join();
  const limited = await call(bytesMaxOf(flush, tenant), (memory, start) => parametersFor(flush, memory, start, tenant, first));
  if (limited === null) return null;
  if (flush.unknown.length > 0) {
    const positions = new Set(limited.slice(1, -1).split(',').map(Number)); // {1,2,…}
    flush.unknown.forEach(({ operatorId, id, ledger }, index) => known.remember(operatorId, id, { limited: positions.has(index + 1), ledger }));
  }
  return first;
}

function bytesMaxOf({ transfers: { length: n }, operators, limited, unknown }: SimpleFlush, tenant: string | null): number {
  return 64 + (tenant?.length ?? 0) + arrayBytesMax(operators.length, 16) + 5 * arrayBytesMax(n, 16) + 4 * arrayBytesMax(n, 8) + arrayBytesMax(n, 4)
    + 2 * (arrayBytesMax(limited.length, 16) + arrayBytesMax(limited.length, 8)) + 2 * arrayBytesMax(unknown.length, 16) + 3 * arrayBytesMax(unknown.length, 8);
}

/** In the order of the parameters of `ledger.book_simple`. */
function parametersFor({ transfers, operators, transferOperators, limited, unknown }: SimpleFlush, memory: Buffer, start: number, tenant: string | null, first: bigint): Parameters {
  const n = transfers.length;
  const p = new Parameters(memory, start);
  p.text(tenant);
  p.array('uuid', operators.length); for (const operator of operators) p.uuid(operator); p.endArray();
  p.int8(first);
  p.array('uuid', n); for (const operator of transferOperators) p.uuid(operator); p.endArray();
  p.array('uuid', n); for (const t of transfers) p.uuid(t.id); p.endArray();
  p.array('uuid', n); for (const t of transfers) p.uuid(t.debitAccountId); p.endArray();
  p.array('uuid', n); for (const t of transfers) p.uuid(t.creditAccountId); p.endArray();
  p.array('int8', n); for (const t of transfers) p.int8(t.amount); p.endArray();
  p.array('int8', n); for (const t of transfers) p.int8OfU32(t.ledger); p.endArray();
  p.array('int4', n); for (const t of transfers) p.int4(t.code); p.endArray();
  userData(p, transfers);
  p.array('uuid', limited.length); for (const a of limited) p.uuid(a.operator); p.endArray();
  p.array('uuid', limited.length); for (const a of limited) p.uuid(a.id); p.endArray();
  p.array('int8', limited.length); for (const a of limited) p.int8(a.debits); p.endArray();
  p.array('int8', limited.length); for (const a of limited) p.int8(a.credits); p.endArray();
  p.array('uuid', unknown.length); for (const a of unknown) p.uuid(a.operator); p.endArray();
  p.array('uuid', unknown.length); for (const a of unknown) p.uuid(a.id); p.endArray();
  p.array('int8', unknown.length); for (const a of unknown) p.int8OfU32(a.ledger); p.endArray();
  p.array('int8', unknown.length); for (const a of unknown) p.int8(a.debits); p.endArray();
  p.array('int8', unknown.length); for (const a of unknown) p.int8(a.credits); p.endArray();
  return p;
}

/** Zero is stored as null; empty arrays stand for columns of nothing. */
function userData(p: Parameters, transfers: readonly TransferRequest[]): void {
  let has128 = false, has64 = false, has32 = false;
  for (const t of transfers) { has128 ||= t.userData128 !== 0n; has64 ||= t.userData64 !== 0n; has32 ||= t.userData32 !== 0; }
  p.array('uuid', has128 ? transfers.length : 0, has128);
  if (has128) for (const t of transfers) if (t.userData128 === 0n) p.null(); else p.uuid(t.userData128);
  p.endArray();
  p.array('int8', has64 ? transfers.length : 0, has64);
  if (has64) for (const t of transfers) { const stored = sqlUnsigned64(t.userData64); if (stored === null) p.null(); else p.int8(stored); }
  p.endArray();
  p.array('int8', has32 ? transfers.length : 0, has32);
  if (has32) for (const t of transfers) if (t.userData32 === 0) p.null(); else p.int8OfU32(t.userData32);
  p.endArray();
}
