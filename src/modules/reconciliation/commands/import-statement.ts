import { createHash } from 'node:crypto';
import type { Clock } from '../../../kernel/index.ts';
import { newUuid } from '../../../platform/clock/index.ts';
import type { OperatorDatabase, Tx } from '../../../platform/database/index.ts';
import { inPieces } from '../../../platform/stored-files/index.ts';
import { StatementUnreadable } from '../domain/line.ts';
import { findByDigest, insertPiece, insertStatement, type StatementFormat, type StoredStatement } from '../store/statements.ts';

/** The text of one statement at most: about ten million lines. */
export const STATEMENT_BYTES_MAX = 4n * 1024n ** 3n;

export type StatementToImport = {
  readonly merchantAccountId: string; readonly businessDate: string; readonly format: StatementFormat; readonly source: 'channel' | 'upload'; readonly importedBy: string;
  readonly content: AsyncIterable<Buffer>;
  /** What the channel says the text hashes to. */
  readonly hash: { readonly algorithm: 'sha1'; readonly value: string } | null;
};
export type ImportedStatement = { readonly statement: StoredStatement; /** False when the same text for that day was here already: nothing was stored. */ readonly isNew: boolean };

/** Carries the statement that was found out of a transaction that must not commit. */
class HereAlready extends Error {
  readonly statement: StoredStatement;
  constructor(statement: StoredStatement) {
    super('the same statement is here already');
    this.statement = statement;
  }
}

/**
 * Keeps a statement as it came, in one transaction and a bounded amount of memory; it is not interpreted here. Importing the same text again changes nothing.
 * @throws StatementUnreadable `statement_hash_differs` when the text is not what the channel hashed: it is asked for again, nothing is kept.
 */
export async function importStatement(odb: OperatorDatabase, given: StatementToImport, { clock }: { readonly clock: Clock }): Promise<ImportedStatement> {
  const statementId = newUuid();
  const kind = given.format.endsWith('_trade') ? 'trade' as const : 'fund_flow' as const;
  let started = false;
  try {
    return await odb.transaction(async (tx) => {
      // A stream is read once: a deadlock, after which the work would run again, cannot happen on rows that nobody else knows.
      if (started) throw new Error('a statement cannot be read twice: import it again');
      started = true;
      const { digest, bytes, pieces } = await keep(tx, statementId, given);
      const { merchantAccountId, businessDate, format, source, importedBy } = given;
      const statement: StoredStatement = { statementId, merchantAccountId, kind, businessDate, format, source, bytes, importedBy, importedAt: clock.now() };
      if (await insertStatement(tx, { ...statement, digest, pieces })) return { statement, isNew: true };
      const earlier = await findByDigest(tx, { ...statement, digest });
      throw earlier === null ? new Error('a statement that exists cannot be seen') : new HereAlready(earlier);
    });
  } catch (error) {
    if (error instanceof HereAlready) return { statement: error.statement, isNew: false };
    throw error;
  }
}

async function keep(tx: Tx, statementId: string, { content, hash }: StatementToImport): Promise<{ digest: Buffer; bytes: bigint; pieces: number }> {
  const digest = createHash('sha256'), claimed = hash === null ? null : createHash(hash.algorithm);
  let bytes = 0n, pieces = 0;
  let writing: Promise<void> = Promise.resolve();
  for await (const piece of inPieces(content)) {
    bytes += BigInt(piece.length);
    if (bytes > STATEMENT_BYTES_MAX) throw new StatementUnreadable('statement_incomplete', `a statement of more than ${STATEMENT_BYTES_MAX} bytes`);
    // The piece before is written while this one is hashed.
    const before = writing;
    writing = insertPiece(tx, statementId, pieces++, piece);
    writing.catch(() => undefined);
    digest.update(piece);
    claimed?.update(piece);
    await before;
  }
  await writing;
  if (claimed !== null && hash !== null && claimed.digest('hex') !== hash.value.toLowerCase()) {
    throw new StatementUnreadable('statement_hash_differs', `the text does not hash to ${hash.value}`);
  }
  return { digest: digest.digest(), bytes, pieces };
}
