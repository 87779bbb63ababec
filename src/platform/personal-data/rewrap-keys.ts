import type { OperatorId } from '../../kernel/index.ts';
import type { Database } from '../database/index.ts';
import { masterKeys } from '../secrets/index.ts';
import { unwrapKey, wrapKey } from './personal-data.ts';

export const REWRAP_BATCH_MAX = 500;

/** How many living person keys are wrapped under each version of the master key. */
export async function countKeysByVersion(database: Database): Promise<Map<number, number>> {
  const rows = await database.acrossOperators('count person keys by master key version', (tx) =>
    tx.query<{ master_version: number; keys: bigint }>(
      'select master_version, count(*) as keys from platform.person_key where wrapped_key is not null group by master_version order by 1'));
  return new Map(rows.map((row) => [row.master_version, Number(row.keys)]));
}

/**
 * Wraps every living person key anew under the current master key, in small transactions beside the serving program. Stopped
 * half-way it goes on where it was when called again; what it does not reach stays readable under the old version.
 * @returns how many keys were re-wrapped.
 */
export async function rewrapPersonKeys(database: Database, progress?: (done: number) => void): Promise<number> {
  const version = masterKeys().current();
  let done = 0;
  for (;;) {
    const operators = await database.acrossOperators('find operators with old person keys', (tx) =>
      tx.query<{ operator_id: OperatorId }>(
        'select distinct operator_id from platform.person_key where wrapped_key is not null and master_version < $1 limit 100', [version]));
    if (operators.length === 0) return done;
    for (const { operator_id: operatorId } of operators) {
      done += await rewrapBatch(database, operatorId, version);
      progress?.(done);
    }
  }
}

async function rewrapBatch(database: Database, operatorId: OperatorId, version: number): Promise<number> {
  const master = masterKeys();
  return database.forOperator(operatorId).transaction(async (tx) => {
    // Locked, so that an erasure waits for the re-wrap or is seen by it: a destroyed key never comes back.
    const rows = await tx.query<{ person_id: string; wrapped_key: Buffer; master_version: number }>(
      `select person_id, wrapped_key, master_version from platform.person_key
       where operator_id = $1 and wrapped_key is not null and master_version < $2 order by person_id limit ${REWRAP_BATCH_MAX} for update`,
      [operatorId, version]);
    const wrapped = rows.map((row) => wrapKey(master, {
      operatorId, personId: row.person_id, version,
      key: unwrapKey(master, { operatorId, personId: row.person_id, wrapped: row.wrapped_key, version: row.master_version }),
    }));
    await tx.execute(
      `update platform.person_key set wrapped_key = made.wrapped_key, master_version = $4
       from unnest($2::uuid[], $3::bytea[]) as made (person_id, wrapped_key)
       where person_key.operator_id = $1 and person_key.person_id = made.person_id`,
      [operatorId, rows.map((row) => row.person_id), wrapped, version]);
    return rows.length;
  });
}
