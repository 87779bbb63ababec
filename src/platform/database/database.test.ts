import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { newUuid } from '../clock/index.ts';
import { newOperatorId, openTestDatabase } from '../../../test/support/database.ts';
import { sqlState } from './index.ts';

const test = await openTestDatabase();

describe('the database handle', () => {
  const insert = 'insert into platform.inbox (operator_id, subscriber, event_id) values ($1, $2, $3)';

  it("shows an operator its own rows and nobody else's", async () => {
    const [mine, other] = [newOperatorId(), newOperatorId()];
    await test.database.forOperator(mine).transaction((tx) => tx.execute(insert, [mine, 'probe', newUuid()]));
    const count = (id: typeof mine) => test.database.forOperator(id).transaction((tx) => tx.query('select 1 from platform.inbox'));
    assert.equal((await count(mine)).length, 1);
    assert.equal((await count(other)).length, 0);
  });

  it("refuses to write another operator's row", async () => {
    const [mine, other] = [newOperatorId(), newOperatorId()];
    await assert.rejects(
      test.database.forOperator(mine).transaction((tx) => tx.execute(insert, [other, 'probe', newUuid()])),
      (error) => sqlState(error) === '42501',
    );
  });

  it('refuses to change or delete a row of an append-only table, even for the owner of the database', async () => {
    const mine = newOperatorId();
    await test.database.forOperator(mine).transaction((tx) => tx.execute(insert, [mine, 'probe', newUuid()]));
    await assert.rejects(
      test.database.forOperator(mine).transaction((tx) => tx.execute('update platform.inbox set subscriber = $1', ['x'])),
      (error) => ['42501', '23001'].includes(sqlState(error) ?? ''),
    );
  });

  it('returns int8 as bigint and timestamptz as milliseconds', async () => {
    const [row] = await test.database.untenanted.query(`select 9007199254740993::int8 as big, '2026-01-02 03:04:05.678+00'::timestamptz as at`);
    assert.equal(row?.big, 9007199254740993n);
    assert.equal(row?.at, Date.UTC(2026, 0, 2, 3, 4, 5, 678));
  });
});
