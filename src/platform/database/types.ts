import pg from 'pg';
import { toIso, type Instant, type OperatorId } from '../../kernel/index.ts';

export type Row = Record<string, unknown>;
/** A statement with a name is prepared once per connection. */
export type Statement = string | { readonly name: string; readonly text: string };

export interface Queryable {
  query<R extends Row = Row>(statement: Statement, values?: readonly unknown[]): Promise<R[]>;
  /** Like `query`, for statements whose count of affected rows is the answer. */
  execute(statement: Statement, values?: readonly unknown[]): Promise<number>;
}

/** An open transaction in which row-level security lets exactly `operatorIds` through. */
export interface Tx extends Queryable {
  readonly operatorIds: readonly OperatorId[];
  /** Runs after a successful commit, in order; for waking a sleeper, never for work that must not be lost (use the outbox). */
  afterCommit(wake: () => void): void;
}

/** The database bound to one operator: nothing of another operator can be seen or written through it. */
export interface OperatorDatabase {
  readonly operatorId: OperatorId;
  /** The unbound database behind this handle, for lanes that share commits between operators. */
  readonly database: Database;
  /**
   * Runs `work` in one READ COMMITTED transaction. A deadlock or serialization failure rolls back and runs `work` again
   * (`TRANSACTION_ATTEMPTS_MAX` times), so `work` must have no effect outside the database.
   */
  transaction<T>(work: (tx: Tx) => Promise<T>): Promise<T>;
}

export interface Database {
  forOperator(operatorId: OperatorId): OperatorDatabase;
  /** One transaction for a batch of several operators' rows; `operatorIds` is bounded by `OPERATORS_PER_TRANSACTION_MAX`. */
  transactionFor<T>(operatorIds: readonly OperatorId[], work: (tx: Tx) => Promise<T>): Promise<T>;
  /** Statements on tables that belong to no tenant (jobs, directory functions), outside a tenant's transaction. */
  readonly untenanted: Queryable & { transaction<T>(work: (tx: Tx) => Promise<T>): Promise<T> };
  /** Work across all operators under the platform's own role; `why` goes to the log, and the caller writes the audit entry. */
  acrossOperators<T>(why: string, work: (tx: Tx) => Promise<T>): Promise<T>;
  /** Insert-only role: may append to inboxes and read nothing. Every operator's rows are let through, nothing can be changed. */
  readonly inbox: Queryable;
  /** The pool of the `app` role, for lanes that manage their own statements. */
  readonly pool: pg.Pool;
  close(): Promise<void>;
}

/** An instant as a parameter of a statement. */
export const sqlTimestamp: (at: Instant) => string = toIso;

const INT8 = 20, TIMESTAMPTZ = 1184, NUMERIC = 1700, DATE = 1082, INT8_ARRAY = 1016, TIMESTAMPTZ_ARRAY = 1185;
const toInstant = (text: string): number => Date.parse(text.replace(' ', 'T').replace(/([+-]\d{2})$/, '$1:00'));
const int8Array = (text: string): (bigint | null)[] =>
  text === '{}' ? [] : text.slice(1, -1).split(',').map((item) => (item === 'NULL' ? null : BigInt(item)));

/** int8 is bigint, timestamptz is an Instant, numeric and date stay text: the one place where the driver's types are chosen. */
export const driverTypes: pg.CustomTypesConfig = {
  getTypeParser: ((oid: number, format?: 'text' | 'binary') => {
    switch (oid) {
      case INT8: return BigInt;
      case TIMESTAMPTZ: return toInstant;
      case NUMERIC: case DATE: return (text: string) => text;
      case INT8_ARRAY: return int8Array;
      case TIMESTAMPTZ_ARRAY: return (text: string) => (text === '{}' ? [] : text.slice(1, -1).split(',').map((item) => toInstant(item.replaceAll('"', ''))));
      default: return pg.types.getTypeParser(oid as never, format as never);
    }
  }) as pg.CustomTypesConfig['getTypeParser'],
};
