import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import pg from 'pg';
import { newOperatorId, openTestDatabase } from '../../../test/support/database.ts';
import { instant, type OperatorId } from '../../kernel/index.ts';
import { sqlState, type Tx } from '../../platform/database/index.ts';
import { accountHistory, AMOUNT_MAX, auditLedger, balanceAt, checkpointAccounts, createAccounts, createTransfers, expirePending, extendHashChain, lookupAccounts, verifyHashChain, type AuditCheck, type TransferEvent } from './index.ts';
import { openBooks, transferOf, type Books } from './testing-books.ts';

const test = await openTestDatabase();
const books = (): Books => openBooks(test.database, newOperatorId());
const audit = (operatorId: OperatorId): Promise<AuditCheck[]> => test.database.acrossOperators('test', (tx) => auditLedger(tx, { operatorId }));
const failing = async (operatorId: OperatorId): Promise<string[]> => (await audit(operatorId)).filter((check) => check.failures.length > 0).map((check) => check.code);
const hold = (id: bigint, more: Partial<TransferEvent> = {}): TransferEvent => transferOf(id, { ...more, flags: { pending: true, ...more.flags } });

/** Runs statements as the superuser, as somebody would who tampers with the files. */
async function asSuperuser<T>(work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: test.adminUrl });
  await client.connect();
  try { return await work(client); } finally { await client.end(); }
}

describe('linked transfers', () => {
  it('happen together or not at all, also within one commit, and what they would have changed is undone', async () => {
    const b = books();
    await b.accounts({ id: 1n, ledger: 1, code: 1 }, { id: 2n, ledger: 1, code: 1, flags: { debitsMustNotExceedCredits: true } });
    assert.deepEqual(await b.transfers(
      transferOf(1n, { flags: { linked: true } }), transferOf(2n, { flags: { linked: true }, amount: 5n }), transferOf(3n, { debitAccountId: 2n, creditAccountId: 1n, amount: 16n }),
      transferOf(4n, { debitAccountId: 2n, creditAccountId: 1n, amount: 1n }), transferOf(1n),
      transferOf(5n, { flags: { linked: true } }), transferOf(6n, { debitAccountId: 2n, creditAccountId: 1n, amount: 20n }),
      transferOf(7n, { flags: { linked: true } }),
    ), ['linked_event_failed', 'linked_event_failed', 'exceeds_credits', 'exceeds_credits', 'created', 'created', 'created', 'linked_event_chain_open']);
    assert.deepEqual(await b.balances(2n), [0n, 20n, 0n, 20n]);
    assert.deepEqual(await b.transfers(transferOf(3n), transferOf(2n)), ['id_already_failed', 'created']);
  });

  it('undo a post inside a broken chain, so that the hold can be posted afterwards', async () => {
    const b = books();
    await b.open(2);
    const post = (id: bigint, linked: boolean): TransferEvent => ({ id, pendingId: 1n, amount: 10n, flags: { postPendingTransfer: true, linked } });
    assert.deepEqual(await b.transfers(hold(1n), post(2n, true), transferOf(0n), post(3n, false)), ['created', 'linked_event_failed', 'id_must_not_be_zero', 'created']);
    assert.deepEqual(await b.transfers(hold(4n, { flags: { linked: true } }), { id: 5n, pendingId: 4n, flags: { voidPendingTransfer: true } }), ['created', 'created']);
    assert.deepEqual(await b.balances(1n), [0n, 10n, 0n, 0n]);
  });
});

describe('balancing transfers', () => {
  it('move what is there, at most what was asked, and a repeat exists', async () => {
    const b = books();
    await b.accounts({ id: 1n, ledger: 1, code: 1, flags: { debitsMustNotExceedCredits: true } }, { id: 2n, ledger: 1, code: 1 }, { id: 3n, ledger: 1, code: 1 });
    await b.transfers(transferOf(1n, { debitAccountId: 2n, creditAccountId: 1n, amount: 70n }), hold(2n, { amount: 20n }));
    const all = (id: bigint, amount: bigint, more: Partial<TransferEvent> = {}) => transferOf(id, { amount, flags: { balancingDebit: true }, ...more });
    assert.deepEqual(await b.transfers(all(3n, 30n), all(4n, AMOUNT_MAX), all(5n, AMOUNT_MAX)), ['created', 'created', 'created']);
    assert.deepEqual(await b.balances(1n), [20n, 50n, 0n, 70n]);
    assert.deepEqual(await b.transfers(all(4n, 20n), all(4n, 19n), all(4n, AMOUNT_MAX)), ['exists', 'exists_with_different_amount', 'exists']);
    // An unlimited account's balance is read exactly for it: account 2 has debits 70, credits 50 + 20 pending.
    assert.deepEqual(await b.transfers(transferOf(6n, { debitAccountId: 3n, creditAccountId: 2n, amount: AMOUNT_MAX, flags: { balancingCredit: true } })), ['created']);
    assert.deepEqual(await b.balances(3n), [0n, 0n, 0n, 0n]);
  });

  it('on one unlimited account do not take twice what is there once', async () => {
    const b = books();
    await b.open(12);
    await b.transfers(transferOf(1n, { debitAccountId: 12n, creditAccountId: 1n, amount: 100n }));
    await Promise.all(Array.from({ length: 8 }, (_, index) => b.handle.transaction((tx) =>
      createTransfers(tx, [transferOf(BigInt(10 + index), { creditAccountId: BigInt(2 + index), amount: 60n, flags: { balancingDebit: true } })], b.options))));
    assert.deepEqual(await b.balances(1n), [0n, 100n, 0n, 100n]);
    assert.deepEqual(await failing(b.operatorId), []);
  });
});

describe('closing an account', () => {
  it('lets nothing through but voids, and the void of the closing opens it again', async () => {
    const b = books();
    await b.open(2);
    await b.transfers(hold(1n), hold(2n));
    assert.deepEqual(await b.transfers(hold(3n, { amount: 0n, flags: { closingCredit: true } }), transferOf(4n)), ['created', 'credit_account_already_closed']);
    assert.equal((await lookupAccounts(b.handle, [2n], b.options))[0]!.flags.closed, true);
    assert.deepEqual(await b.transfers({ id: 5n, pendingId: 1n, amount: 10n, flags: { postPendingTransfer: true } }, { id: 6n, pendingId: 2n, flags: { voidPendingTransfer: true } }),
      ['credit_account_already_closed', 'created']);
    assert.deepEqual(await b.transfers({ id: 7n, pendingId: 3n, flags: { voidPendingTransfer: true } }, transferOf(8n)), ['created', 'created']);
    assert.deepEqual(await b.balances(2n), [0n, 0n, 10n, 10n]);
  });

  it('waits for transfers under way, and a lapsed closing opens the account', async () => {
    const b = books();
    await b.open(2);
    let closing: Promise<string[]> | undefined;
    await b.handle.transaction(async (tx) => {
      assert.deepEqual((await createTransfers(tx, [transferOf(1n), transferOf(2n)], b.options)).map((r) => r.status), ['created', 'created']);
      closing = b.transfers(hold(3n, { amount: 0n, timeout: 60, flags: { closingDebit: true } }), transferOf(4n));
      await tx.query('select pg_sleep(0.05)');
      await createTransfers(tx, [transferOf(5n)], b.options);
    });
    assert.deepEqual(await closing, ['created', 'debit_account_already_closed']);
    b.clock.advance(60_000);
    assert.deepEqual((await expirePending(b.handle, b.options)).map((expired) => expired.id), [3n]);
    assert.deepEqual(await b.transfers(transferOf(6n)), ['created']);
    assert.deepEqual(await failing(b.operatorId), []);
  });
});

describe('a balance', () => {
  it('near the maximum is watched, so that it cannot overflow in small steps either', async () => {
    const b = books();
    await b.open(3);
    assert.deepEqual(await b.transfers(transferOf(1n, { amount: AMOUNT_MAX - 15n })), ['created']);
    assert.deepEqual(await b.transfers(transferOf(2n)), ['created']);
    assert.deepEqual(await b.transfers(transferOf(3n), transferOf(4n, { amount: 5n }), transferOf(5n, { creditAccountId: 3n, amount: 1n })), ['overflows_debits_posted', 'created', 'overflows_debits_posted']);
    assert.deepEqual(await b.balances(1n), [0n, AMOUNT_MAX, 0n, 0n]);
    assert.deepEqual(await failing(b.operatorId), []);
  });

  it('is known at every past instant, and accounts with history tell each step', async () => {
    const b = books();
    await b.accounts({ id: 1n, ledger: 1, code: 1, flags: { history: true } }, { id: 2n, ledger: 1, code: 1 });
    const start = b.clock.now();
    await b.transfers(transferOf(1n));
    b.clock.advance(1_000);
    await b.transfers(hold(2n, { timeout: 2, amount: 7n }), transferOf(3n, { debitAccountId: 2n, creditAccountId: 1n, amount: 3n }));
    b.clock.advance(2_000);
    await expirePending(b.handle, b.options);
    const at = async (ms: number) => Object.values((await balanceAt(b.handle, 1n, instant(start + ms)))!);
    assert.deepEqual(await at(-1), [0n, 0n, 0n, 0n]);
    assert.deepEqual(await at(0), [0n, 10n, 0n, 0n]);
    assert.deepEqual(await at(1_000), [7n, 10n, 0n, 3n]);
    assert.deepEqual(await at(3_000), [0n, 10n, 0n, 3n]);
    const rows = await accountHistory(b.handle, [1n, 2n], b.options);
    assert.deepEqual(rows.map((row) => [row.accountId, row.transferId, row.expired, row.debitsPending, row.debitsPosted, row.creditsPosted]),
      [[1n, 1n, false, 0n, 10n, 0n], [1n, 2n, false, 7n, 10n, 0n], [1n, 3n, false, 7n, 10n, 3n], [1n, 2n, true, 0n, 10n, 3n]]);
    assert.deepEqual((await accountHistory(b.handle, [1n], { ...b.options, reversed: true, limit: 1 })).map((row) => row.transferId), [2n]);
    assert.equal(await balanceAt(b.handle, 99n, b.clock.now()), null);
  });

  it('of an unlimited account stays the same when its movements are folded into a checkpoint', async () => {
    const b = books();
    await b.open(2);
    await b.transfers(transferOf(1n), hold(2n, { timeout: 1 }), hold(3n));
    b.clock.advance(1_000);
    await b.transfers({ id: 4n, pendingId: 3n, amount: 4n, flags: { postPendingTransfer: true } });
    const before = [await b.balances(1n), await b.balances(2n)];
    assert.deepEqual(before, [[0n, 14n, 0n, 0n], [0n, 0n, 0n, 14n]]);
    assert.deepEqual(await checkpointAccounts(b.handle, { waitMs: 10_000 }), { accounts: 2, movements: 5 });
    assert.deepEqual(await checkpointAccounts(b.handle, { waitMs: 10_000 }), { accounts: 0, movements: 0 });
    assert.deepEqual([await b.balances(1n), await b.balances(2n)], before);
    await b.transfers(transferOf(5n));
    assert.deepEqual(await b.balances(1n), [0n, 24n, 0n, 0n]);
    assert.deepEqual(await failing(b.operatorId), []);
  });

  it('is not folded past a transfer that another transaction has yet to commit', async () => {
    const b = books();
    await b.open(2);
    await b.handle.transaction(async (tx) => {
      await createTransfers(tx, [transferOf(1n)], b.options);
      await b.transfers(transferOf(2n), transferOf(3n));
      assert.deepEqual(await checkpointAccounts(b.handle, { waitMs: 20 }), { accounts: 0, movements: 0 });
      assert.equal(await extendHashChain(b.handle, { waitMs: 20 }), 0);
    });
    assert.equal((await checkpointAccounts(b.handle, { waitMs: 10_000 })).movements, 3);
    assert.deepEqual(await b.balances(1n), [0n, 30n, 0n, 0n]);
  });
});

describe('the hash chain and the audit', () => {
  it('cover what was booked, burnt and expired, and show a row that was changed or removed behind the program', async () => {
    const b = books();
    await b.open(2);
    await b.transfers(transferOf(1n), transferOf(2n, { creditAccountId: 9n }), hold(3n, { timeout: 1 }));
    b.clock.advance(1_000);
    await expirePending(b.handle, b.options);
    assert.equal(await extendHashChain(b.handle, { waitMs: 10_000 }), 4);
    await b.transfers(transferOf(4n), transferOf(5n));
    assert.equal(await extendHashChain(b.handle, { waitMs: 10_000 }), 2);
    assert.equal(await extendHashChain(b.handle, { waitMs: 10_000 }), 0);
    assert.deepEqual((await audit(b.operatorId)).map((check) => [check.code, check.checked, check.failures]), [
      ['ledger_debits_equal_credits', 1, []], ['ledger_balances_equal_entries', 2, []], ['ledger_limits_hold', 0, []],
      ['ledger_transfers_have_accounts', 4, []], ['ledger_pendings_settled_once', 1, []], ['ledger_hash_chain', 6, []],
    ]);
    await asSuperuser(async (client) => {
      await client.query('alter table ledger.transfer disable trigger all');
      await client.query(`update ledger.transfer set user_data_64 = 1 where operator_id = $1 and id = '00000000-0000-0000-0000-000000000004'`, [b.operatorId]);
    });
    const check = await test.database.acrossOperators('test', (tx) => verifyHashChain(tx, { operatorId: b.operatorId }));
    assert.deepEqual(check.failures.map((failure) => [failure.id, failure.detail.endsWith('a row was changed')]), [[`${b.operatorId}/2`, true]]);
    await asSuperuser(async (client) => {
      await client.query(`delete from ledger.transfer where operator_id = $1 and id = '00000000-0000-0000-0000-000000000001'`, [b.operatorId]);
      await client.query('alter table ledger.transfer enable trigger all');
    });
    assert.deepEqual(await failing(b.operatorId), ['ledger_hash_chain']);
    await checkpointAccounts(b.handle, { waitMs: 10_000 });
    await asSuperuser(async (client) => {
      await client.query('alter table ledger.account disable trigger all');
      await client.query(`update ledger.account set debits_posted = debits_posted + 1 where operator_id = $1 and id = '00000000-0000-0000-0000-000000000001'`, [b.operatorId]);
      await client.query('alter table ledger.account enable trigger all');
    });
    assert.deepEqual(await failing(b.operatorId), ['ledger_debits_equal_credits', 'ledger_balances_equal_entries', 'ledger_hash_chain']);
  });

  it('report an account whose balances a test set', async () => {
    const b = books();
    await b.open(2);
    await b.setBalances(1n, { debitsPosted: 5n });
    assert.deepEqual(await failing(b.operatorId), ['ledger_debits_equal_credits', 'ledger_balances_equal_entries']);
  });
});

describe('the tables', () => {
  const tables = ['account', 'transfer', 'pending_transfer', 'expiry', 'checkpoint', 'chain_link'];
  const fill = async (): Promise<Books> => {
    const b = books();
    await b.open(2);
    await b.transfers(transferOf(1n), hold(2n, { timeout: 1 }));
    b.clock.advance(1_000);
    await expirePending(b.handle, b.options);
    await checkpointAccounts(b.handle, { waitMs: 10_000 });
    await extendHashChain(b.handle, { waitMs: 10_000 });
    return b;
  };

  it("show an operator its own rows and nobody else's", async () => {
    const [mine, other] = [await fill(), books()];
    for (const table of tables) {
      const count = async (b: Books) => (await b.handle.transaction((tx) => tx.query(`select 1 from ledger.${table}`))).length;
      assert.ok((await count(mine)) > 0, `own rows of ${table}`);
      assert.equal(await count(other), 0, `foreign rows of ${table}`);
    }
  });

  it('refuse to be changed, emptied or deleted from, by the program and by the owner', async () => {
    const b = await fill();
    const refused = async (work: (tx: Tx) => Promise<unknown>, what: string) =>
      assert.rejects(b.handle.transaction(work), (error) => ['42501', '23001'].includes(sqlState(error) ?? ''), what);
    const identity: Record<string, string> = { account: 'ledger = 7', transfer: 'amount = 7', pending_transfer: `status = 'posted'`, expiry: 'ledger = 7', checkpoint: 'sequence = 0', chain_link: 'movements = 7' };
    for (const table of tables) {
      for (const statement of [`update ledger.${table} set ${identity[table]!}`, `delete from ledger.${table}`, `truncate ledger.${table}`]) {
        await refused((tx) => tx.execute(statement), statement);
        await asSuperuser(async (client) => {
          await client.query(`set role kirchhoff_owner; set kirchhoff.operators = '${b.operatorId}'`);
          await assert.rejects(client.query(statement), (error) => (error as { code?: string }).code === '23001', `owner: ${statement}`);
        });
      }
    }
  });

  it('hold accounts of another operator apart, even under the same ids', async () => {
    const [one, two] = [books(), books()];
    await one.open(2);
    await two.open(2);
    await one.transfers(transferOf(1n));
    assert.deepEqual([await one.balances(1n), await two.balances(1n)], [[0n, 10n, 0n, 0n], [0n, 0n, 0n, 0n]]);
    assert.deepEqual(await two.transfers(transferOf(1n, { amount: 3n })), ['created']);
    await assert.rejects(one.handle.transaction((tx) => createAccounts(tx, [], { clock: one.clock, operatorId: two.operatorId }).then(() => createTransfers(tx, [transferOf(9n)], { clock: one.clock, operatorId: two.operatorId }))));
  });
});
