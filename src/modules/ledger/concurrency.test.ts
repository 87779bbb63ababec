import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import pg from 'pg';
import { newOperatorId, openTestDatabase } from '../../../test/support/database.ts';
import type { OperatorId } from '../../kernel/index.ts';
import { systemClock } from '../../platform/clock/index.ts';
import type { Tx } from '../../platform/database/index.ts';
import { auditLedger, createLanes, createTransfers, LanesFull, lookupAccounts, lookupTransfers } from './index.ts';
import { openBooks, transferOf, type Books } from './testing-books.ts';

const test = await openTestDatabase();
const books = (): Books => openBooks(test.database, newOperatorId());
const tally = (statuses: readonly string[]): Record<string, number> =>
  Object.fromEntries([...Map.groupBy(statuses, (status) => status)].map(([status, all]) => [status, all.length]));
const failures = async (operatorId: OperatorId) =>
  (await test.database.acrossOperators('test', (tx) => auditLedger(tx, { operatorId }))).flatMap((check) => check.failures);

describe('many callers', () => {
  it('with one id create it exactly once, through lanes, batches and transactions at the same time', async () => {
    const b = books();
    await b.open(2);
    const lanes = createLanes(test.database, { clock: b.clock, flushEventsMax: 4, flushesMax: 3 });
    const calls = Array.from({ length: 36 }, (_, index) => index % 3 === 0 ? lanes.createTransfer(b.operatorId, transferOf(1n))
      : index % 3 === 1 ? createTransfers(b.handle, [transferOf(1n), transferOf(BigInt(100 + index))], b.options).then(([first]) => first!)
        : b.handle.transaction((tx) => createTransfers(tx, [transferOf(1n)], b.options)).then(([first]) => first!));
    const results = await Promise.all(calls);
    assert.deepEqual(tally(results.map((result) => result.status)), { created: 1, exists: 35 });
    assert.equal(new Set(results.map((result) => result.timestamp)).size, 1);
    assert.deepEqual(await b.balances(1n), [0n, 10n + 12n * 10n, 0n, 0n]);
  });

  it('cannot overdraw a limited account together', async () => {
    const b = books();
    await b.accounts({ id: 1n, ledger: 1, code: 1, flags: { debitsMustNotExceedCredits: true } }, { id: 2n, ledger: 1, code: 1 });
    await b.transfers(transferOf(1n, { debitAccountId: 2n, creditAccountId: 1n, amount: 105n }));
    const results = await Promise.all(Array.from({ length: 40 }, (_, index) => {
      const event = transferOf(BigInt(10 + index), { flags: { pending: index % 2 === 0 } });
      return index % 4 < 2 ? b.transfers(event) : b.handle.transaction((tx) => createTransfers(tx, [event], b.options)).then((r) => r.map((x) => x.status));
    }));
    assert.deepEqual(tally(results.flat()), { created: 10, exceeds_credits: 30 });
    assert.deepEqual(await failures(b.operatorId), []);
  });

  it('post a hold once', async () => {
    const b = books();
    await b.open(2);
    await b.transfers(transferOf(1n, { flags: { pending: true } }));
    const results = await Promise.all(Array.from({ length: 12 }, (_, index) => b.transfers({ id: BigInt(10 + index), pendingId: 1n, amount: BigInt(index % 10), flags: index % 2 === 0 ? { postPendingTransfer: true } : { voidPendingTransfer: true } })));
    assert.equal(results.flat().filter((status) => status === 'created').length, 1);
    assert.deepEqual(await failures(b.operatorId), []);
  });

  it('settle on one unlimited account inside their own transactions without queueing behind each other', async () => {
    const b = books();
    await b.open(4);
    await b.handle.transaction(async (first) => {
      await createTransfers(first, [transferOf(1n)], b.options);
      // The first transaction is still open: a lock on account 1 or 2 would make this one wait for ever.
      await b.handle.transaction((second) => createTransfers(second, [transferOf(2n, { debitAccountId: 3n })], b.options));
      assert.deepEqual(await b.transfers(transferOf(3n)), ['created']);
    });
    assert.deepEqual(await b.balances(2n), [0n, 0n, 0n, 30n]);
  });

  it("keep a caller's transaction alive when another took the id, before or meanwhile", async () => {
    const b = books();
    await b.open(2);
    let other: Promise<string[]> | undefined;
    await b.handle.transaction(async (tx) => {
      const book = async (...ids: bigint[]) => (await createTransfers(tx, ids.map((id) => transferOf(id)), b.options)).map((result) => result.status);
      assert.deepEqual(await book(1n), ['created']);
      await b.transfers(transferOf(2n));
      assert.deepEqual(await book(3n, 2n), ['created', 'exists']);
      other = b.transfers(transferOf(4n), transferOf(1n)); // Waits for this transaction to end.
      await tx.query('select pg_sleep(0.05)');
    });
    assert.deepEqual(await other, ['created', 'exists']);
    assert.deepEqual(await b.balances(1n), [0n, 40n, 0n, 0n]);
  });
});

describe('lanes', () => {
  it('share flushes between operators, each with its own results', async () => {
    const all = await Promise.all(Array.from({ length: 20 }, async () => { const b = books(); await b.open(2); return b; }));
    let flushes = 0;
    const lanes = createLanes(test.database, { clock: systemClock, flushOperatorsMax: 8, fault: () => { flushes += 1; return Promise.resolve(); } });
    const results = await Promise.all(all.flatMap((b) => [1n, 2n, 1n].map((id) => lanes.createTransfer(b.operatorId, transferOf(id)))));
    assert.deepEqual(tally(results.map((result) => result.status)), { created: 40, exists: 20 });
    assert.ok(flushes <= 10, `${flushes} flushes`);
    for (const b of all) assert.deepEqual(await b.balances(2n), [0n, 0n, 0n, 20n]);
    await lanes.idle();
  });

  it('serve a quiet operator soon although a busy one has thousands waiting', async () => {
    const [busy, quiet] = [books(), books()];
    await busy.open(2);
    await quiet.open(2);
    const lanes = createLanes(test.database, { clock: systemClock, flushEventsMax: 50, flushesMax: 1 });
    let served = 0;
    const many = Array.from({ length: 1_000 }, (_, index) => lanes.createTransfer(busy.operatorId, transferOf(BigInt(index + 1))).then(() => { served += 1; }));
    const servedBefore = await lanes.createTransfer(quiet.operatorId, transferOf(1n)).then(() => served);
    assert.ok(servedBefore <= 100, `${servedBefore} of the busy operator's came first`);
    await Promise.all(many);
  });

  it('refuse what is over their limit at once', async () => {
    const b = books();
    await b.open(2);
    const lanes = createLanes(test.database, { clock: b.clock, queueMax: 3 });
    const outcomes = await Promise.allSettled([1n, 2n, 3n, 4n].map((id) => lanes.createTransfer(b.operatorId, transferOf(id))));
    assert.deepEqual(outcomes.map((outcome) => outcome.status), ['fulfilled', 'fulfilled', 'fulfilled', 'rejected']);
    assert.ok((outcomes[3] as PromiseRejectedResult).reason instanceof LanesFull);
  });

  it("fail only the caller whose transfer fails, when a flush of many operators breaks", async () => {
    const [good, bad] = [books(), books()];
    await good.open(2);
    await bad.open(2);
    const lanes = createLanes(test.database, { clock: systemClock, fault: (ids) => ids.includes(bad.operatorId) ? Promise.reject(new Error('a fault')) : Promise.resolve() });
    const outcomes = await Promise.allSettled([good, bad, good, bad, good].map((b, index) => lanes.createTransfer(b.operatorId, transferOf(BigInt(index + 1)))));
    assert.deepEqual(outcomes.map((outcome) => outcome.status), ['fulfilled', 'rejected', 'fulfilled', 'rejected', 'fulfilled']);
    assert.deepEqual(await good.balances(1n), [0n, 30n, 0n, 0n]);
    assert.deepEqual(await bad.balances(1n), [0n, 0n, 0n, 0n]);
  });

  it('lose nothing and book nothing twice when connections are killed in the middle of flushes', async () => {
    const b = books();
    await b.open(20);
    const killer = new pg.Client({ connectionString: test.adminUrl });
    await killer.connect();
    let flushes = 0;
    const kills: Promise<unknown>[] = [];
    const fault = async (_: unknown, tx: Tx): Promise<void> => {
      if (flushes++ % 7 !== 3) return;
      const [row] = await tx.query<{ pid: number }>('select pg_backend_pid() as pid');
      // With the write on its way, or just before it.
      const killed = killer.query('select pg_terminate_backend($1)', [row!.pid]);
      kills.push(killed);
      if (flushes % 2 === 0) await killed;
    };
    const lanes = createLanes(test.database, { clock: systemClock, flushEventsMax: 10, fault });
    const ids = Array.from({ length: 300 }, (_, index) => BigInt(index + 1));
    const statuses = await Promise.all(ids.map(async (id) => {
      const event = transferOf(id, { debitAccountId: 1n + (id % 10n), creditAccountId: 11n + (id % 10n) });
      for (let attempt = 0; attempt < 10; attempt++) {
        try { return (await lanes.createTransfer(b.operatorId, event)).status; } catch { /* A caller repeats with the same id. */ }
      }
      throw new Error('the ledger did not come back');
    }));
    await Promise.all(kills);
    assert.ok(kills.length > 3, `${kills.length} connections killed`);
    await killer.end();
    assert.deepEqual(Object.keys(tally(statuses)).filter((status) => status !== 'created' && status !== 'exists'), []);
    assert.equal((await lookupTransfers(b.handle, ids, b.options)).length, ids.length);
    const accounts = await lookupAccounts(b.handle, Array.from({ length: 20 }, (_, index) => BigInt(index + 1)), b.options);
    assert.equal(accounts.reduce((sum, account) => sum + account.debitsPosted, 0n), 3_000n);
    assert.deepEqual(await failures(b.operatorId), []);
  });
});
