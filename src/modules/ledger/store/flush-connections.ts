/** The lanes' own connections. A flush of simple transfers is one statement; any other, pipelined, two round trips (begin + prefetch, write + commit). */
import pg from 'pg';
import type { Clock, OperatorId } from '../../../kernel/index.ts';
import { isRetryable, TRANSACTION_ATTEMPTS_MAX, type Database, type Row, type Statement, type Tx } from '../../../platform/database/index.ts';
import type { CreateTransferResult } from '../domain/transfer.ts';
import { BOOK, bookSimpleAlone, simpleFlush, type SimplePart } from './book-simple.ts';
import { openKnownAccounts, type KnownAccounts } from './known-accounts.ts';
import { flushTransfers, type FlushSteps } from './flush.ts';
import { preparedCall, type PreparedCall } from './prepared-call.ts';

/** For tests of what happens when a flush breaks: called before its write. */
export type FlushFault = (operatorIds: readonly OperatorId[], tx: Tx) => Promise<void>;
export type FlushConnections = { readonly known: KnownAccounts; flush(parts: readonly KnownPart[], clock: Clock, fault?: FlushFault): Promise<Flushed> };
/** Every transfer is a batch of its own. */
export type KnownPart = Required<SimplePart>;
/** All were created, and the timestamp of each is one more than that of the one before it; or what became of each transfer of each part. */
export type Flushed = { readonly createdFrom: bigint } | { readonly createdFrom: null; readonly results: readonly (readonly CreateTransferResult[])[] };

/** Flushes of one database that run at once: while one waits for its commit to reach the disk, another one computes. */
export const FLUSHES_MAX = 2;
const connectionsOf = new WeakMap<Database, FlushConnections>();

/**
 * The flush connections of a database, `FLUSHES_MAX` for all its lanes together. They open with the first flush, close when they have been idle, and keep
 * no process alive.
 */
export function flushConnections(database: Database): FlushConnections {
  let connections = connectionsOf.get(database);
  if (connections === undefined) connectionsOf.set(database, (connections = openConnections(database)));
  return connections;
}

function openConnections(database: Database): FlushConnections {
  const pool = new pg.Pool({ ...database.pool.options, max: FLUSHES_MAX, min: 0, idleTimeoutMillis: 10_000, allowExitOnIdle: true, pipeline: true } as pg.PoolConfig);
  const known = openKnownAccounts();
  pool.on('error', () => known.forget()); // An idle connection broke: the pool has dropped it already.
  return {
    known,
    flush: async (parts, clock, fault) => {
      for (let attempt = 1; ; attempt++) {
        try {
          return await flushOnce(pool, known, parts, clock, fault);
        } catch (error) {
          if (attempt >= TRANSACTION_ATTEMPTS_MAX || !isRetryable(error)) throw error;
        }
      }
    },
  };
}

const bookings = new WeakMap<pg.ClientBase, PreparedCall>();
function bookingOn(client: pg.ClientBase): PreparedCall {
  let booking = bookings.get(client);
  if (booking === undefined) bookings.set(client, (booking = preparedCall(client, BOOK)));
  return booking;
}

async function flushOnce(pool: pg.Pool, known: KnownAccounts, parts: readonly KnownPart[], clock: Clock, fault: FlushFault | undefined): Promise<Flushed> {
  const client = await pool.connect();
  const operatorIds = parts.map((part) => part.operatorId);
  let broken: Error | undefined;
  const noteBroken = (error: Error): void => { broken ??= error; known.forget(); };
  client.on('error', noteBroken);
  /** Begin or commit that was sent and is not yet answered. */
  let unanswered: Promise<unknown> = Promise.resolve();
  const send = (text: string): void => {
    unanswered = Promise.all([unanswered, client.query(text)]);
    unanswered.catch(() => undefined); // Awaited below; until then a failure is not unhandled.
  };
  const steps: FlushSteps = {
    // The ids are UUIDs of our own, checked by the database when it casts them. Without this row-level security lets nothing through.
    begin: () => send(`begin; set local kirchhoff.operators = '${operatorIds.join(',')}'`),
    beforeWrite: fault === undefined ? undefined : () => fault(operatorIds, queryable(client, operatorIds)),
    // Sent right behind the write: when the write failed or found an id taken, it ends a transaction that changed nothing.
    afterWriteSent: () => send('commit'),
    committed: () => unanswered.then(() => undefined),
  };
  try {
    const simple = simpleFlush(parts); // One statement is a transaction of its own: no begin, no commit.
    if (simple !== null) {
      await fault?.(operatorIds, queryable(client, operatorIds));
      const createdFrom = await bookSimpleAlone(bookingOn(client), simple, clock, known);
      if (createdFrom !== null) return { createdFrom };
    }
    const batched = parts.map(({ operatorId, requests }) => ({ operatorId, batches: requests.map((request) => [request]) }));
    const results = await flushTransfers(queryable(client, operatorIds), batched, clock, steps);
    return { createdFrom: null, results: results.map((ofPart) => ofPart.map((ofBatch) => ofBatch[0]!)) };
  } catch (error) {
    await Promise.allSettled([unanswered, client.query('rollback').catch(noteBroken)]);
    throw error;
  } finally {
    client.off('error', noteBroken);
    client.release(broken);
  }
}

function queryable(client: pg.ClientBase, operatorIds: readonly OperatorId[]): Tx {
  const run = (statement: Statement, values: readonly unknown[] = []): Promise<pg.QueryResult> =>
    client.query(typeof statement === 'string' ? { text: statement, values: values as unknown[] } : { ...statement, values: values as unknown[] });
  return {
    operatorIds,
    query: async <R extends Row>(statement: Statement, values?: readonly unknown[]) => (await run(statement, values)).rows as R[],
    execute: async (statement, values) => (await run(statement, values)).rowCount ?? 0,
    afterCommit: () => { throw new Error('a flush wakes its callers itself'); },
  };
}
