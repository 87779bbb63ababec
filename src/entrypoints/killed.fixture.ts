/** Work in a process of its own that is killed at a statement, before or after the transaction of that statement: nothing of it can be cleaned up. */
import { instant, type OperatorId } from '../kernel/index.ts';
import { workImport } from '../modules/imports/index.ts';
import { parsePeriod, publishPeriod, writeExports } from '../modules/reporting/index.ts';
import { connectDatabase, type DatabaseUrls, type OperatorDatabase, type Statement, type Tx } from '../platform/database/index.ts';

export type Killed = {
  readonly urls: DatabaseUrls; readonly operatorId: OperatorId; readonly at: number; readonly work: 'import' | 'export' | 'publish';
  /** The id of the import, the rows of a part of the export, or the period. */
  readonly of: string;
  /** At the so-and-so-many-th statement with this text in it; null lets the process live. */
  readonly kill: { readonly statement: string; readonly count: number; readonly when: 'before_commit' | 'after_commit' } | null;
};
const { urls, operatorId, at, work, of, kill } = JSON.parse(process.argv[2] ?? '{}') as Killed;
const clock = { now: () => instant(at) };
const dies = (): never => { process.kill(process.pid, 'SIGKILL'); throw new Error('killed'); };
let seen = 0;

const textOf = (statement: Statement): string => (typeof statement === 'string' ? statement : statement.text);
function mortal(tx: Tx): Tx {
  const noted = async <T>(statement: Statement, answer: Promise<T>): Promise<T> => {
    const result = await answer;
    if (kill === null || !textOf(statement).includes(kill.statement) || ++seen !== kill.count) return result;
    if (kill.when === 'before_commit') return dies();
    tx.afterCommit(dies);
    return result;
  };
  return { ...tx, query: (statement, values) => noted(statement, tx.query(statement, values)), execute: (statement, values) => noted(statement, tx.execute(statement, values)) };
}

const alive = connectDatabase(urls, { poolSizeMax: 2 }).forOperator(operatorId);
const odb: OperatorDatabase = { ...alive, transaction: (act) => alive.transaction((tx) => act(mortal(tx))) };
switch (work) {
  case 'import': await workImport(odb, of, { clock }); break;
  case 'export': await writeExports(odb, { clock, rowsPerPart: Number(of) }); break;
  case 'publish': {
    const published = await odb.transaction((tx) => publishPeriod(tx, { period: parsePeriod(of)!, publishedBy: 'usr_a', approvedBy: null }, { clock }));
    process.stdout.write(published.ok ? 'published' : published.error.code);
  }
}
process.exit(0);
