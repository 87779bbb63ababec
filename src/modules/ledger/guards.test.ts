/** What the database itself holds against whoever may write: the program past its rules, and the owner. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import pg from 'pg';
import { newOperatorId, openTestDatabase } from '../../../test/support/database.ts';
import { sqlState } from '../../platform/database/index.ts';
import { systemClock } from '../../platform/clock/index.ts';
import { createLanes, lookupTransfers } from './index.ts';
import { openBooks, transferOf } from './testing-books.ts';

const test = await openTestDatabase();
const POLICY = '42501', IDENTITY = '23001', SHAPE = '23514';

const TRANSFER = `insert into ledger.transfer (operator_id, id, debit_account_id, credit_account_id, amount, pending_delta, posted_delta, timestamp_ns, ledger, code, flags, refused_as)
  values ($1, gen_random_uuid()`;
const [ONE, TWO] = ['00000000-0000-0000-0000-000000000001', '00000000-0000-0000-0000-000000000002'];

/** Account 1 may not be overdrawn and has 100, 2 may not be overpaid, 3 takes anything. */
const WRONG: readonly (readonly [what: string, state: string, sql: string])[] = [
  ['an overdraft', POLICY, `update ledger.account set debits_posted = 101 where operator_id = $1 and id = '${ONE}'`],
  ['an overdraft by a hold', POLICY, `update ledger.account set debits_pending = 101 where operator_id = $1 and id = '${ONE}'`],
  ['an overpayment', POLICY, `update ledger.account set credits_posted = credits_posted + 1 where operator_id = $1 and id = '${TWO}'`],
  ['a negative balance', POLICY, `update ledger.account set debits_pending = -1 where operator_id = $1 and id = '00000000-0000-0000-0000-000000000003'`],
  ['another limit', IDENTITY, `update ledger.account set flags = 0 where operator_id = $1 and id = '${ONE}'`],
  ['another ledger', IDENTITY, `update ledger.account set ledger = 2 where operator_id = $1 and id = '${ONE}'`],
  ['a checkpoint going back', IDENTITY, `update ledger.account set checkpoint_sequence = -1 where operator_id = $1 and id = '${ONE}'`],
  ['both limits', SHAPE, `insert into ledger.account (operator_id, id, flags, ledger, code, timestamp_ns) values ($1, gen_random_uuid(), 6, 1, 1, 0)`],
  ['an account that starts below zero', POLICY, `insert into ledger.account (operator_id, id, flags, ledger, code, timestamp_ns, debits_posted) values ($1, gen_random_uuid(), 0, 1, 1, 0, -1)`],
  ['a transfer to itself', POLICY, `${TRANSFER}, '${ONE}', '${ONE}', 1, 0, 1, 0, 1, 1, 0, null)`],
  ['a negative amount', POLICY, `${TRANSFER}, '${ONE}', '${TWO}', -1, 0, 0, 0, 1, 1, 0, null)`],
  ['a negative posting', POLICY, `${TRANSFER}, '${ONE}', '${TWO}', 1, 0, -1, 0, 1, 1, 0, null)`],
  ['a refusal that moves value', POLICY, `${TRANSFER}, '${ONE}', '${TWO}', 1, 0, 1, 0, 1, 1, 0, 'exceeds_credits')`],
];

describe('the tables of the ledger', () => {
  it('refuse rows that cannot be, from the program and from the owner', async () => {
    const b = openBooks(test.database, newOperatorId());
    await b.accounts({ id: 1n, ledger: 1, code: 1, flags: { debitsMustNotExceedCredits: true } }, { id: 2n, ledger: 1, code: 1, flags: { creditsMustNotExceedDebits: true } }, { id: 3n, ledger: 1, code: 1 });
    assert.deepEqual(await b.transfers(transferOf(1n, { debitAccountId: 3n, creditAccountId: 1n, amount: 100n })), ['created']);
    const owner = new pg.Client({ connectionString: test.adminUrl });
    await owner.connect();
    try {
      await owner.query('set role kirchhoff_owner');
      for (const [what, state, sql] of WRONG) {
        await assert.rejects(b.handle.transaction((tx) => tx.execute(sql, [b.operatorId])), (error) => sqlState(error) === state, `${what}, by the program`);
        await owner.query(`begin; set local kirchhoff.operators = '${b.operatorId}'`);
        await assert.rejects(owner.query(sql, [b.operatorId]), (error) => sqlState(error) === state, `${what}, by the owner`);
        await owner.query('rollback');
      }
    } finally {
      await owner.end();
    }
    assert.deepEqual(await b.balances(1n), [0n, 0n, 0n, 100n]);
  });

  it('are searched for an account by its key alone, and show only accounts of the operators of the transaction', async () => {
    const [own, foreign] = [openBooks(test.database, newOperatorId()), openBooks(test.database, newOperatorId())];
    for (const b of [own, foreign]) await b.open(2);
    await own.handle.transaction(async (tx) => {
      const plan = await tx.query<{ 'QUERY PLAN': string }>(`explain (costs off) select 1 from ledger.account where operator_id = '${own.operatorId}' and id = '${ONE}'`);
      const text = plan.map((row) => row['QUERY PLAN']).join('\n');
      assert.doesNotMatch(text, /Index Cond.*ANY/, 'the list of operators is no condition of the index');
      assert.match(text, /Filter.*ANY/, 'the list of operators is asked of what was found');
      const seen = async (sql: string): Promise<unknown> => (await tx.query(sql, [[own.operatorId, foreign.operatorId]]))[0]!.count;
      assert.equal(Number(await seen('select count(*) from ledger.account where operator_id = any ($1)')), 2);
      assert.equal(Number(await seen('select count(*) from ledger.account where operator_id = any ($1) or true')), 2);
      assert.equal(await tx.execute('update ledger.account set closed = true where operator_id = $1', [foreign.operatorId]), 0);
    });
  });
});

describe('a transfer through the lanes', () => {
  it('is stored as it was asked for, with the largest numbers that fit and beside others that leave them out', async () => {
    const b = openBooks(test.database, newOperatorId());
    await b.open(2);
    const lanes = createLanes(test.database, { clock: systemClock });
    const events = [
      transferOf((1n << 128n) - 2n, { amount: (1n << 40n) - 1n, userData128: (1n << 128n) - 1n, userData64: (1n << 64n) - 1n, userData32: 0xffff_ffff, code: 0xffff }),
      transferOf(1n << 64n), transferOf(7n, { userData64: 1n }), transferOf(8n, { userData128: 1n << 64n, userData32: 1, amount: 0n }),
    ];
    for (const round of [0n, 10n]) { // First without, then with the accounts known.
      const asked = events.map((event) => ({ ...event, id: event.id + (event.id < 100n ? round : -round) }));
      const results = await Promise.all(asked.map((event) => lanes.createTransfer(b.operatorId, event)));
      assert.deepEqual(results.map((result) => result.status), asked.map(() => 'created'));
      const stored = await lookupTransfers(b.handle, asked.map((event) => event.id), b.options);
      assert.deepEqual(stored.map((t) => [t.id, t.debitAccountId, t.creditAccountId, t.amount, t.userData128, t.userData64, t.userData32, t.ledger, t.code, t.timestamp]),
        asked.map((t, index) => [t.id, 1n, 2n, t.amount, t.userData128 ?? 0n, t.userData64 ?? 0n, t.userData32 ?? 0, 1, t.code, results[index]!.timestamp]));
    }
  });

  it('travels with others in one flush when few wait, and in two at once when many do', async () => {
    const b = openBooks(test.database, newOperatorId());
    await b.open(2);
    let id = 0n, underWay = 0, most = 0, expected = 1;
    const deadline = Date.now() + 10_000;
    const lanes = createLanes(test.database, { clock: systemClock, fault: async () => {
      most = Math.max(most, (underWay += 1));
      do await new Promise((resolve) => setImmediate(resolve)); while (most < expected && Date.now() < deadline);
      underWay -= 1;
    } });
    for (const [callers, flushes] of [[1, 1], [31, 1], [200, 2]] as const) {
      most = 0;
      expected = flushes;
      await Promise.all(Array.from({ length: callers }, async () => { for (let i = 0; i < 4; i++) await lanes.createTransfer(b.operatorId, transferOf((id += 1n))); }));
      assert.equal(most, flushes, `flushes under way at once for ${callers} callers`);
    }
    await lanes.idle();
  });
});
