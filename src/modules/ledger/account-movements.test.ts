/** What is found by account without an index on the hot path, and what a process may remember of accounts. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import pg from 'pg';
import { newOperatorId, openTestDatabase } from '../../../test/support/database.ts';
import { accountHistory, accountSumsByCode, AMOUNT_MAX, auditLedger, balancesAt, checkpointAccounts, createAccounts, createTransfers, expirePending, type TransferEvent } from './index.ts';
import { openBooks, transferOf, type Books } from './testing-books.ts';

const test = await openTestDatabase();
const books = (): Books => openBooks(test.database, newOperatorId());
const failures = async (b: Books) => (await test.database.acrossOperators('test', (tx) => auditLedger(tx, { operatorId: b.operatorId }))).flatMap((check) => check.failures.map(() => check.code));
const hold = (id: bigint, more: Partial<TransferEvent> = {}): TransferEvent => transferOf(id, { ...more, flags: { pending: true, ...more.flags } });

describe('a history', () => {
  it('is the same however far the index by account has come: not at all, half of the movements, all of them', async () => {
    const b = books();
    await b.accounts(...[1n, 2n, 3n, 4n].map((id) => ({ id, ledger: 1, code: 1, flags: { history: true, debitsMustNotExceedCredits: id === 3n } })));
    const read = async () => ({
      history: (await accountHistory(b.handle, [1n, 3n, 2n], b.options)).map((row) => [row.accountId, row.transferId, row.expired, row.debitsPending, row.debitsPosted, row.creditsPending, row.creditsPosted]),
      balances: (await balancesAt(b.handle, [3n, 1n, 4n, 2n], b.clock.now())).map((row) => [row.id, row.debitsPending, row.debitsPosted, row.creditsPending, row.creditsPosted]),
      sums: (await accountSumsByCode(b.handle, [1n, 3n, 1n], b.options)).map((row) => [row.accountId, row.code, row.debitsPosted, row.creditsPosted, row.debitsPending]).sort((x, y) => Number(x[0]) - Number(y[0]) || Number(x[1]) - Number(y[1])),
    });
    await b.transfers(transferOf(1n, { code: 7 }), transferOf(2n, { creditAccountId: 3n }), hold(3n, { timeout: 1, amount: 4n }), transferOf(4n, { debitAccountId: 3n, creditAccountId: 2n, amount: 11n }));
    b.clock.advance(1_000);
    await expirePending(b.handle, b.options);
    const first = await read();
    assert.deepEqual(first.history, [
      [1n, 1n, false, 0n, 10n, 0n, 0n], [1n, 2n, false, 0n, 20n, 0n, 0n], [1n, 3n, false, 4n, 20n, 0n, 0n], [1n, 3n, true, 0n, 20n, 0n, 0n],
      [3n, 2n, false, 0n, 0n, 0n, 10n], [2n, 1n, false, 0n, 0n, 0n, 10n], [2n, 3n, false, 0n, 0n, 4n, 10n], [2n, 3n, true, 0n, 0n, 0n, 10n],
    ]);
    assert.deepEqual(first.balances, [[3n, 0n, 0n, 0n, 10n], [1n, 0n, 20n, 0n, 0n], [4n, 0n, 0n, 0n, 0n], [2n, 0n, 0n, 0n, 10n]]);
    assert.deepEqual(first.sums, [[1n, 1, 10n, 0n, 4n], [1n, 7, 10n, 0n, 0n], [3n, 1, 0n, 10n, 0n]]);
    assert.equal((await checkpointAccounts(b.handle, { waitMs: 10_000 })).movements, 5);
    assert.deepEqual(await read(), first);
    await b.transfers(transferOf(5n, { debitAccountId: 2n, creditAccountId: 1n }), hold(6n, { amount: 1n }));
    const second = await read();
    assert.deepEqual(second.history.filter((row) => row[0] === 1n).slice(4), [[1n, 5n, false, 0n, 20n, 0n, 10n], [1n, 6n, false, 1n, 20n, 0n, 10n]]);
    await checkpointAccounts(b.handle, { waitMs: 10_000 });
    assert.deepEqual(await read(), second);
    assert.deepEqual(await failures(b), []);
  });

  it('that would miss an entry is reported by the audit', async () => {
    const b = books();
    await b.open(2);
    await b.transfers(transferOf(1n), transferOf(2n));
    await checkpointAccounts(b.handle, { waitMs: 10_000 });
    const admin = new pg.Client({ connectionString: test.adminUrl });
    await admin.connect();
    await admin.query('alter table ledger.account_movement disable trigger all');
    await admin.query(`delete from ledger.account_movement where ctid = (select min(ctid) from ledger.account_movement where operator_id = $1)`, [b.operatorId]);
    await admin.query('alter table ledger.account_movement enable trigger all');
    await admin.end();
    assert.deepEqual(await failures(b), ['ledger_balances_equal_entries']);
  });
});

describe('what is remembered of accounts', () => {
  it('never comes from a transaction that was rolled back', async () => {
    const b = books();
    await assert.rejects(b.handle.transaction(async (tx) => {
      await createAccounts(tx, [1n, 2n].map((id) => ({ id, ledger: 1, code: 1 })), b.options);
      assert.deepEqual((await createTransfers(tx, [transferOf(1n)], b.options)).map((result) => result.status), ['created']);
      throw new Error('changed my mind');
    }), /changed my mind/);
    assert.deepEqual(await b.transfers(transferOf(2n)), ['debit_account_not_found']);
  });

  it('does not hide that a balance came near the maximum since', async () => {
    const b = books();
    await b.open(3);
    assert.deepEqual([await b.transfers(transferOf(1n)), await b.transfers(transferOf(2n))], [['created'], ['created']]);
    assert.deepEqual(await b.transfers(transferOf(3n, { amount: AMOUNT_MAX - 25n })), ['created']);
    assert.deepEqual([await b.transfers(transferOf(4n)), await b.transfers(transferOf(5n, { amount: 5n }))], [['overflows_debits_posted'], ['created']]);
  });

  it('does not let a transfer through on another ledger', async () => {
    const b = books();
    await b.open(2);
    assert.deepEqual([await b.transfers(transferOf(1n)), await b.transfers(transferOf(2n, { ledger: 2 })), await b.transfers(transferOf(3n))],
      [['created'], ['transfer_must_have_the_same_ledger_as_accounts'], ['created']]);
  });
});
