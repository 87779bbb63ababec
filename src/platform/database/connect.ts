import pg from 'pg';
import { assert, type OperatorId } from '../../kernel/index.ts';
import { silentLogger, type Logger } from '../logging/logger.ts';
import { beginWait, inSpan, noteCommit, statementName } from '../timings/index.ts';
import { driverTypes, type Database, type Queryable, type Row, type Statement, type Tx } from './types.ts';

export const TRANSACTION_ATTEMPTS_MAX = 5;
export const OPERATORS_PER_TRANSACTION_MAX = 256;
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
const SERIALIZATION_FAILURE = '40001', DEADLOCK_DETECTED = '40P01';

export type DatabaseUrls = { readonly app: string; readonly inbox: string; readonly platform: string };
export type DatabaseOptions = { readonly poolSizeMax?: number; readonly statementTimeoutMs?: number; readonly applicationName?: string; readonly logger?: Logger };

/**
 * Opens the pools of the three roles that serve (see `roles.ts`). Nothing connects until the first statement.
 * Limits: `poolSizeMax` connections for `app` (default 16), a quarter of it for the others.
 */
export function connectDatabase(urls: DatabaseUrls, options: DatabaseOptions = {}): Database {
  const logger = options.logger ?? silentLogger;
  const size = options.poolSizeMax ?? 16;
  const open = (url: string, max: number): pg.Pool => {
    // Statements that a transaction sends without waiting for each other travel together.
    const pool = new pg.Pool({
      connectionString: url, max, pipeline: true, types: driverTypes, application_name: options.applicationName ?? 'kirchhoff',
      statement_timeout: options.statementTimeoutMs ?? 60_000, connectionTimeoutMillis: 15_000, idleTimeoutMillis: 60_000,
    });
    // An idle connection that breaks is replaced by the pool; without a listener it would end the process.
    pool.on('error', (error) => logger.warn({ error: error.message }, 'an idle database connection broke'));
    return pool;
  };
  const app = open(urls.app, size);
  const inbox = open(urls.inbox, Math.max(2, size >> 2));
  const platform = open(urls.platform, Math.max(2, size >> 2));
  const transactionFor = <T>(operatorIds: readonly OperatorId[], work: (tx: Tx) => Promise<T>): Promise<T> => inTransaction(app, operatorIds, work);
  const database: Database = {
    pool: app,
    inbox: poolQueryable(inbox),
    untenanted: { ...poolQueryable(app), transaction: (work) => inTransaction(app, [], work) },
    transactionFor,
    forOperator: (operatorId) => ({ operatorId, database, transaction: (work) => transactionFor([operatorId], work) }),
    acrossOperators: (why, work) => {
      logger.debug({ why }, 'work across operators');
      return inTransaction(platform, [], work);
    },
    close: async () => { await Promise.all([app.end(), inbox.end(), platform.end()]); },
  };
  return database;
}

async function inTransaction<T>(pool: pg.Pool, operatorIds: readonly OperatorId[], work: (tx: Tx) => Promise<T>): Promise<T> {
  assert(operatorIds.length <= OPERATORS_PER_TRANSACTION_MAX, 'too many operators in one transaction');
  for (const id of operatorIds) assert(UUID.test(id), `not an operator id: ${id}`);
  for (let attempt = 1; ; attempt++) {
    try {
      return await inSpan('transaction', () => runOnce(pool, operatorIds, work));
    } catch (error) {
      if (attempt >= TRANSACTION_ATTEMPTS_MAX || !isRetryable(error)) throw error;
      await new Promise((resolve) => setTimeout(resolve, attempt * 5 + (process.hrtime()[1] % 10)));
    }
  }
}

async function runOnce<T>(pool: pg.Pool, operatorIds: readonly OperatorId[], work: (tx: Tx) => Promise<T>): Promise<T> {
  const client = await connection(pool);
  const wakes: (() => void)[] = [];
  let broken: Error | undefined;
  // A connection that breaks while it is lent out says so as an event too, which without a listener would end the process.
  const noteBroken = (error: Error): void => { broken ??= error; };
  client.on('error', noteBroken);
  try {
    // One round trip. The ids were checked to be UUIDs, so they can stand in the text; an empty list sees no tenant's rows.
    await timed('begin', () => client.query(`begin; set local kirchhoff.operators = '${operatorIds.join(',')}'`));
    const result = await work({ ...clientQueryable(client), operatorIds, afterCommit: (wake) => wakes.push(wake) });
    const commitsAt = performance.now();
    await timed('commit', () => client.query('commit'));
    noteCommit(performance.now() - commitsAt);
    for (const wake of wakes) wake();
    return result;
  } catch (error) {
    try {
      await client.query('rollback');
    } catch (rollbackError) {
      broken = rollbackError instanceof Error ? rollbackError : new Error(String(rollbackError));
    }
    throw error;
  } finally {
    client.off('error', noteBroken);
    client.release(broken);
  }
}

async function connection(pool: pg.Pool): Promise<pg.PoolClient> {
  const arrived = beginWait('pool', 'connection');
  try {
    return await pool.connect();
  } finally {
    arrived();
  }
}

/** One statement, with the time until its answer counted to whatever request it belongs to. */
async function timed<T>(name: string, query: () => Promise<T>): Promise<T> {
  const answered = beginWait('query', name);
  let failed = true;
  try {
    const result = await query();
    failed = false;
    return result;
  } finally {
    answered(failed);
  }
}

/** The database undid the transaction and asks for another try: nothing of it happened. */
export const isRetryable = (error: unknown): boolean => sqlState(error) === SERIALIZATION_FAILURE || sqlState(error) === DEADLOCK_DETECTED;
export const sqlState = (error: unknown): string | undefined =>
  error instanceof pg.DatabaseError ? error.code : undefined;
export const constraintOf = (error: unknown): string | undefined =>
  error instanceof pg.DatabaseError ? error.constraint : undefined;

const clientQueryable = (client: pg.ClientBase): Queryable => queryable((query) => client.query(query));

/** Every statement on a connection of its own. */
const poolQueryable = (pool: pg.Pool): Queryable => queryable((query) => pool.query(query), async (send) => {
  // With a connection at hand there is nothing to wait for; without one the pool's queue is waited for, and told apart.
  if (pool.idleCount > 0 || pool.totalCount < (pool.options.max ?? 0)) return send((query) => pool.query(query));
  const client = await connection(pool);
  let broken: Error | undefined;
  const noteBroken = (error: Error): void => { broken ??= error; };
  client.on('error', noteBroken);
  try {
    return await send((query) => client.query(query));
  } finally {
    client.off('error', noteBroken);
    client.release(broken);
  }
});

type Send = (query: pg.QueryConfig) => Promise<pg.QueryResult>;
function queryable(send: Send, on: (work: (send: Send) => Promise<pg.QueryResult>) => Promise<pg.QueryResult> = (work) => work(send)): Queryable {
  const run = (statement: Statement, values: readonly unknown[] = []): Promise<pg.QueryResult> => on((through) => timed(statementName(statement), () =>
    through(typeof statement === 'string' ? { text: statement, values: values as unknown[] } : { ...statement, values: values as unknown[] })));
  return {
    query: async <R extends Row>(statement: Statement, values?: readonly unknown[]) => (await run(statement, values)).rows as R[],
    execute: async (statement, values) => (await run(statement, values)).rowCount ?? 0,
  };
}
