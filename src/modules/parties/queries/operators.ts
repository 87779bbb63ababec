import { assert, type OperatorId } from '../../../kernel/index.ts';
import type { Database, Tx } from '../../../platform/database/index.ts';
import type { Operator } from '../domain/operator.ts';
import { onlyOperator } from '../only-operator.ts';

const COLUMNS = `operator_id as "operatorId", code, name, currency, time_zone as "timeZone", created_at as "createdAt"`;

/** The operator of this transaction. @throws AssertionFault when it is bound to several operators or to one that does not exist. */
export async function loadOperator(tx: Tx): Promise<Operator> {
  const operatorId = onlyOperator(tx);
  const [operator] = await tx.query<Operator>({ name: 'parties_load_operator', text: `select ${COLUMNS} from parties.operator where operator_id = $1` }, [operatorId]);
  assert(operator, `no such operator: ${operatorId}`);
  return operator;
}

/** Finds a tenant by the code its people type at log-in. @returns null when there is none. */
export async function findOperatorByCode(database: Database, code: string): Promise<OperatorId | null> {
  const [row] = await database.untenanted.query<{ id: OperatorId | null }>('select parties.find_operator($1) as id', [code.trim().toLowerCase()]);
  return row?.id ?? null;
}

/** Every operator of the platform, oldest first: for appliers, sweeps and the audit, which then work operator by operator. */
export async function listOperators(database: Database, why: string): Promise<Operator[]> {
  return database.acrossOperators(why, (tx) => tx.query<Operator>(`select ${COLUMNS} from parties.operator order by operator_id`));
}
