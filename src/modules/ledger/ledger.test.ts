import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { instant } from '../../kernel/index.ts';
import { manualClock } from '../../platform/clock/index.ts';
import { newOperatorId, openTestDatabase } from '../../../test/support/database.ts';
import { createAccounts, createTransfers, expirePending, lookupAccounts, lookupTransfers, type AccountEvent, type TransferEvent } from './index.ts';

const test = await openTestDatabase();
const START = Date.UTC(2026, 0, 1);

function setUp() {
  const clock = manualClock(instant(START));
  const handle = test.database.forOperator(newOperatorId());
  const account = (id: bigint, more: Partial<AccountEvent> = {}): AccountEvent => ({ id, ledger: 156, code: 1, ...more });
  const transfer = (id: bigint, amount: bigint, more: Partial<TransferEvent> = {}): TransferEvent => ({ id, debitAccountId: 1n, creditAccountId: 2n, amount, ledger: 156, code: 7, ...more });
  return {
    clock, handle, account, transfer,
    accounts: async (...events: AccountEvent[]) => (await createAccounts(handle, events, { clock })).map((result) => result.status),
    transfers: async (...events: TransferEvent[]) => (await createTransfers(handle, events, { clock })).map((result) => result.status),
    balances: async (id: bigint) => {
      const [found] = await lookupAccounts(handle, [id], { clock });
      return [found!.debitsPending, found!.debitsPosted, found!.creditsPending, found!.creditsPosted];
    },
  };
}

describe('the ledger', () => {
  it('moves value between unlimited accounts and reads it back', async () => {
    const t = setUp();
    assert.deepEqual(await t.accounts(t.account(1n), t.account(2n)), ['created', 'created']);
    assert.deepEqual(await t.accounts(t.account(1n), t.account(2n, { code: 2 })), ['exists', 'exists_with_different_code']);
    assert.deepEqual(await t.transfers(t.transfer(10n, 500n), t.transfer(11n, 7n, { userData64: 2n ** 64n - 1n }), t.transfer(10n, 500n)), ['created', 'created', 'exists']);
    assert.deepEqual(await t.balances(1n), [0n, 507n, 0n, 0n]);
    assert.deepEqual(await t.balances(2n), [0n, 0n, 0n, 507n]);
    const found = await lookupTransfers(t.handle, [11n, 99n, 10n], { clock: t.clock });
    assert.deepEqual(found.map((item) => [item.id, item.amount, item.userData64]), [[11n, 7n, 2n ** 64n - 1n], [10n, 500n, 0n]]);
  });

  it('holds, posts a part and releases the rest, and burns the id of what could not be paid', async () => {
    const t = setUp();
    await t.accounts(t.account(1n, { flags: { debitsMustNotExceedCredits: true } }), t.account(2n));
    assert.deepEqual(await t.transfers(t.transfer(5n, 1n)), ['exceeds_credits']);
    assert.deepEqual(await t.transfers(t.transfer(6n, 100n, { debitAccountId: 2n, creditAccountId: 1n })), ['created']);
    assert.deepEqual(await t.transfers(t.transfer(5n, 1n)), ['id_already_failed']);
    assert.deepEqual(await t.transfers(t.transfer(7n, 80n, { flags: { pending: true } }), t.transfer(8n, 21n)), ['created', 'exceeds_credits']);
    assert.deepEqual(await t.balances(1n), [80n, 0n, 0n, 100n]);
    assert.deepEqual(await t.transfers({ id: 9n, pendingId: 7n, amount: 30n, flags: { postPendingTransfer: true } }), ['created']);
    assert.deepEqual(await t.balances(1n), [0n, 30n, 0n, 100n]);
    assert.deepEqual(await t.balances(2n), [0n, 100n, 0n, 30n]);
  });

  it('releases a lapsed hold even if nobody asks for it', async () => {
    const t = setUp();
    await t.accounts(t.account(1n, { flags: { debitsMustNotExceedCredits: true } }), t.account(2n));
    await t.transfers(t.transfer(6n, 100n, { debitAccountId: 2n, creditAccountId: 1n }), t.transfer(7n, 80n, { timeout: 60, flags: { pending: true } }));
    t.clock.advance(59_999);
    assert.deepEqual(await t.balances(1n), [80n, 0n, 0n, 100n]);
    t.clock.advance(1);
    assert.deepEqual(await t.transfers(t.transfer(8n, 100n)), ['created']);
    assert.deepEqual(await t.balances(1n), [0n, 100n, 0n, 100n]);
    assert.deepEqual(await t.transfers({ id: 9n, pendingId: 7n, flags: { voidPendingTransfer: true } }), ['pending_transfer_expired']);
    assert.deepEqual(await expirePending(t.handle, { clock: t.clock }), []);
    assert.deepEqual(await t.balances(2n), [0n, 100n, 0n, 100n]);
  });
});
