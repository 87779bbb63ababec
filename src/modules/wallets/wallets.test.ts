import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { describe, it } from 'node:test';
import { openTestDatabase } from '../../../test/support/database.ts';
import { instant, type MemberId, type OperatorId } from '../../kernel/index.ts';
import { manualClock, newUuid } from '../../platform/clock/index.ts';
import { sqlState, type Tx } from '../../platform/database/index.ts';
import { accountId, auditLedger, createTransfers, moneyLedger, transferId } from '../ledger/index.ts';
import { createMember, createOperator } from '../parties/index.ts';
import { auditWallets, memberAccountId, placeHold, planHold, planPayment, TOP_UP_MINOR_MAX, topUpAtCashDesk, walletBalances, walletStatement } from './index.ts';

const test = await openTestDatabase({ poolSizeMax: 16 });
const clock = manualClock(instant(Date.UTC(2026, 2, 2)));

async function operatorWithMember(): Promise<{ operatorId: OperatorId; memberId: MemberId; as: <T>(work: (tx: Tx) => Promise<T>) => Promise<T> }> {
  const created = await createOperator(test.database, { code: `w-${randomBytes(6).toString('hex')}`, name: 'W', currency: 'CNY', timeZone: 'Asia/Shanghai' });
  assert.ok(created.ok);
  const as = <T>(work: (tx: Tx) => Promise<T>): Promise<T> => test.database.forOperator(created.value).transaction(work);
  return { operatorId: created.value, memberId: await as((tx) => createMember(tx, { displayName: 'Lin' })), as };
}
const topUp = (memberId: MemberId, amountMinor: bigint, commandId: string = newUuid(), actor = 'usr') => (tx: Tx) => topUpAtCashDesk(tx, { commandId, memberId, amountMinor, actor }, { clock });
const balance = async ({ as, memberId }: { as: <T>(work: (tx: Tx) => Promise<T>) => Promise<T>; memberId: MemberId }) => (await as((tx) => walletBalances(tx, [memberId], { clock }))).get(memberId);
const failuresOf = async (as: <T>(work: (tx: Tx) => Promise<T>) => Promise<T>, operatorId: OperatorId) => as(async (tx) => [...(await auditWallets(tx)), ...(await auditLedger(tx, { operatorId }))].flatMap((check) => check.failures));

describe('a cash-desk top-up', () => {
  it('credits the wallet and leaves a signed act, one for one', async () => {
    const { operatorId, memberId, as } = await operatorWithMember();
    const receipt = await as(topUp(memberId, 10_000n));
    assert.ok(receipt.ok);
    assert.equal(receipt.value.actor, 'usr');
    assert.equal((await balance({ as, memberId }))?.availableMinor, 10_000n);
    assert.deepEqual(await failuresOf(as, operatorId), []);
  });

  it('sent again gives the same receipt and books nothing, also from many callers at once', async () => {
    const { operatorId, memberId, as } = await operatorWithMember();
    const commandId = newUuid();
    const receipts = await Promise.all(Array.from({ length: 8 }, () => as(topUp(memberId, 500n, commandId))));
    for (const receipt of receipts) assert.deepEqual(receipt, receipts[0]);
    assert.equal((await balance({ as, memberId }))?.balanceMinor, 500n);
    assert.deepEqual(await failuresOf(as, operatorId), []);
  });

  it('is refused, in this order, when the command was used otherwise, the amount is none, or the member is not there', async () => {
    const { memberId, as } = await operatorWithMember();
    const commandId = newUuid();
    await as(topUp(memberId, 500n, commandId));
    const code = async (work: (tx: Tx) => ReturnType<typeof topUpAtCashDesk>): Promise<string> => { const result = await as(work); return result.ok ? 'ok' : result.error.code; };
    assert.equal(await code(topUp(memberId, -1n, commandId)), 'top_up_command_reused');
    assert.equal(await code(topUp(memberId, 500n, commandId, 'somebody else')), 'top_up_command_reused');
    assert.equal(await code(topUp(newUuid() as MemberId, 0n)), 'top_up_amount_invalid');
    assert.equal(await code(topUp(memberId, TOP_UP_MINOR_MAX + 1n)), 'top_up_amount_invalid');
    assert.equal(await code(topUp(newUuid() as MemberId, 1n)), 'member_not_found');
  });

  it('cannot be changed or taken away once it is signed', async () => {
    const { memberId, as } = await operatorWithMember();
    await as(topUp(memberId, 500n));
    for (const change of ['update wallets.cash_desk_top_up set amount_minor = 1', 'delete from wallets.cash_desk_top_up']) {
      await assert.rejects(as((tx) => tx.execute(change)), (error) => ['42501', '23001'].includes(sqlState(error) ?? ''));
    }
  });

  it('that never happened is found by the audit: a credit from the cash desk without a signature', async () => {
    const { operatorId, memberId, as } = await operatorWithMember();
    await as(topUp(memberId, 500n));
    const ledger = moneyLedger('CNY');
    await as((tx) => createTransfers(tx, [{
      id: transferId('test', memberId), debitAccountId: accountId('cash_desk', ledger, null), creditAccountId: memberAccountId('member_wallet', memberId, 'CNY'), amount: 77n, ledger, code: 1,
    }], { clock }));
    assert.deepEqual(await failuresOf(as, operatorId), [{ id: 'CNY', detail: 'signed acts 500, cash desk account 577' }]);
  });
});

describe('a hold', () => {
  const request = { currency: 'CNY', amountMinor: 5_000n, minimumMinor: 500n } as const;

  it('takes what the policy asks for, as far as the balance reaches, and refuses below the minimum', () => {
    const held = (available: bigint) => { const plan = planHold(available, request); return plan.ok ? plan.value : plan.error.code; };
    assert.deepEqual([held(9_000n), held(5_000n), held(4_999n), held(500n), held(499n), held(0n)], [5_000n, 5_000n, 4_999n, 500n, 'insufficient_funds', 'insufficient_funds']);
    const free = planHold(0n, { amountMinor: 5_000n, minimumMinor: 0n });
    assert.deepEqual(free, { ok: true, value: 0n });
  });

  it('of many starts at once never exceeds what is there', async () => {
    const { operatorId, memberId, as } = await operatorWithMember();
    await as(topUp(memberId, 12_300n));
    const holds = await Promise.all(Array.from({ length: 8 }, () => as((tx) => placeHold(tx, { ...request, memberId, sessionId: newUuid() }, { clock }))));
    const amounts = holds.flatMap((hold) => (hold.ok && hold.value ? [hold.value.amountMinor] : [])).sort();
    assert.deepEqual(amounts, [2_300n, 5_000n, 5_000n]);
    assert.deepEqual(await balance({ as, memberId }), { currency: 'CNY', balanceMinor: 12_300n, heldMinor: 12_300n, availableMinor: 0n, receivableMinor: 0n });
    assert.deepEqual((await as((tx) => walletStatement(tx, memberId, { limit: 10, after: null, clock })))?.movements.map(({ kind }) => kind), ['cash_desk_top_up'], 'holds move nothing');
    assert.deepEqual(await failuresOf(as, operatorId), []);
  });
});

describe('paying a bill', () => {
  const plan = (totalMinor: bigint, holdMinor: bigint | null) => {
    const planned = planPayment({ memberId: newUuid() as MemberId, currency: 'CNY', billId: newUuid(), sessionUserData: 1n, totalMinor, hold: holdMinor === null ? null : { transferId: 7n, amountMinor: holdMinor } });
    return [planned.fromHoldMinor, planned.holdTransfer?.flags?.voidPendingTransfer ? 'void' : planned.holdTransfer?.amount ?? null, planned.walletTransfer?.amount ?? null];
  };
  it('posts the hold up to the bill, takes the rest from the wallet, and gives a hold back that is not needed', () => {
    assert.deepEqual(plan(1_900n, 5_000n), [1_900n, 1_900n, null]);
    assert.deepEqual(plan(7_600n, 5_000n), [5_000n, 5_000n, 2_600n]);
    assert.deepEqual(plan(0n, 5_000n), [0n, 'void', null]);
    assert.deepEqual(plan(300n, null), [0n, null, 300n]);
  });
});
