/** A prepared statement that takes all its parameters in binary and returns one value as text, sent as one message: no description is asked for, nothing is converted. */
import pg from 'pg';
import { assert } from '../../../kernel/index.ts';
import type { Parameters } from './parameters.ts';

/**
 * @param bytesMax what the parameters take at most. @param write writes them into `memory`, from `start` on. @returns the value of the only row.
 * One call at a time: the message stays in the connection's own memory until the server, which has read it then, has answered.
 */
export type PreparedCall = (bytesMax: number, write: (memory: Buffer, start: number) => Parameters) => Promise<string | null>;
export type PreparedStatement = { readonly name: string; readonly text: string; readonly parameters: number };

/** Execute of the unnamed portal without a limit of rows, then Sync, which ends the implicit transaction. */
const EXECUTE_AND_SYNC = Buffer.from([0x45, 0, 0, 0, 9, 0, 0, 0, 0, 0, 0x53, 0, 0, 0, 4]);
const BINARY = 1;
/** A flush of 32 transfers takes half of it. */
const MESSAGE_BYTES_MIN = 16_384;

/** What the driver's connection is to a query of its own making. */
type Wire = { readonly parsedStatements: Record<string, string | undefined>; parse(statement: PreparedStatement): void; readonly stream: { write(bytes: Buffer): void; cork(): void; uncork(): void } };

type Done = (error: Error | null, value: string | null) => void;

/** The driver lets only its own queries and their descendants travel behind each other; of its own this one keeps nothing but that. */
class Call extends pg.Query {
  readonly #statement: PreparedStatement;
  readonly #message: Buffer;
  readonly #done: Done;
  #value: string | null = null;

  constructor(statement: PreparedStatement, message: Buffer, done: Done) {
    super(statement.text);
    Object.assign(this, { name: statement.name }); // Under which the driver notes that the connection has parsed it.
    this.#statement = statement;
    this.#message = message;
    this.#done = done;
  }

  override submit = (connection: pg.Connection): void => {
    const wire = connection as unknown as Wire;
    if (wire.parsedStatements[this.#statement.name] !== undefined) { wire.stream.write(this.#message); return; }
    wire.stream.cork();
    wire.parse({ ...this.#statement });
    wire.stream.write(this.#message);
    wire.stream.uncork();
  };

  handleDataRow(message: { readonly fields: readonly (string | null)[] }): void { this.#value = message.fields[0] ?? null; }
  handleCommandComplete(): void { /* One row was all. */ }
  handleReadyForQuery(): void { this.#done(null, this.#value); }
  handleError(error: Error): void { this.#done(error, null); }
}

export function preparedCall(client: pg.ClientBase, statement: PreparedStatement): PreparedCall {
  const nameBytes = Buffer.byteLength(statement.name);
  /** Bind: code, length, unnamed portal, statement, one format for all parameters, their number. */
  const head = Buffer.alloc(1 + 4 + 1 + nameBytes + 1 + 2 + 2 + 2);
  head.write('B');
  head.write(statement.name, 6);
  head.writeInt16BE(1, nameBytes + 7);
  head.writeInt16BE(BINARY, nameBytes + 9);
  head.writeInt16BE(statement.parameters, nameBytes + 11);
  const tailBytes = 2 + EXECUTE_AND_SYNC.length;
  let memory = Buffer.allocUnsafe(MESSAGE_BYTES_MIN), busy = false;
  return (bytesMax, write) => new Promise((resolve, reject) => {
    assert(!busy, 'a connection books one flush at a time');
    const bytes = head.length + bytesMax + tailBytes;
    if (memory.length < bytes) memory = Buffer.allocUnsafe(2 * bytes);
    const { end } = write(memory, head.length);
    const message = memory.subarray(0, end + tailBytes);
    head.copy(message);
    message.writeInt32BE(end + 2 - 1, 1);
    message.writeInt16BE(0, end); // Results as text.
    EXECUTE_AND_SYNC.copy(message, end + 2);
    busy = true;
    client.query(new Call(statement, message, (error, value) => {
      busy = false;
      if (error === null) resolve(value); else reject(error);
    }) as pg.Submittable);
  });
}
