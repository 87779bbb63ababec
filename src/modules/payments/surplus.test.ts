import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { openTestDatabase } from '../../../test/support/database.ts';
import { newUuid } from '../../platform/clock/index.ts';
import type { MemberId } from '../../kernel/index.ts';
import { accountSpec, moneyLedger, transferId } from '../ledger/index.ts';
import { memberAccountId } from '../wallets/index.ts';
import { applyPaymentViews } from './commands/apply-payment-views.ts';
import { applySurplus, type ApplySurplus } from './commands/apply-surplus.ts';
import { walletTopUp } from './commands/wallet-top-up.ts';
import type { OrderPurposeOwner, OrderPurposes, PaymentOrder } from './types.ts';
import { openWorld, type World } from './world.fixture.ts';

const test = await openTestDatabase({ poolSizeMax: 16 });

async function paidWrongly(world: World): Promise<string> {
  const { orderId, outTradeNo } = await world.offered((await world.open()).orderId);
  world.wechatpay.pay(outTradeNo, { amountMinor: 4_000n });
  await world.apply([world.notified(world.wechatpay, outTradeNo)]);
  return orderId;
}

describe('a surplus', () => {
  const apply = async (world: World, orderId: string, parts: Partial<ApplySurplus> = {}) => {
    const applied = await world.as((tx) => applySurplus(tx, { orderId, attempt: 1, memberId: world.memberId, reason: 'the payer agrees', actor: 'lin', approvedBy: null, ...parts }, { clock: world.clock }));
    return applied.ok ? applied.value.state : applied.error.code;
  };

  it('P-12 is credited to a member by a person, once, however many try at the same moment', async () => {
    const world = await openWorld(test);
    const orderId = await paidWrongly(world);
    assert.deepEqual((await Promise.all(Array.from({ length: 4 }, () => apply(world, orderId)))).toSorted(), ['applied_by_person', 'surplus_settled', 'surplus_settled', 'surplus_settled']);
    assert.equal(await world.balance(), 4_000n);
    assert.ok((await world.timeline(orderId)).some(({ kind, actor }) => kind === 'surplus_applied' && actor === 'lin'));
    assert.deepEqual(await world.failures(), []);
  });

  it('is not, in this order, when it is not there, for nobody, without a reason; above the threshold not by one person (C-16)', async () => {
    const world = await openWorld(test);
    const orderId = await paidWrongly(world);
    assert.equal(await apply(world, newUuid()), 'surplus_not_found');
    assert.equal(await apply(world, orderId, { memberId: newUuid() as MemberId }), 'member_not_found');
    assert.equal(await apply(world, orderId, { reason: ' ' }), 'adjustment_reason_missing');
    await world.as((tx) => tx.execute(`insert into wallets.adjustment_policy (operator_id, version, four_eyes_above_minor, changed_by, recorded_at) values ($1, 1, 3999, 'x', now())`, [world.operatorId]));
    assert.equal(await apply(world, orderId), 'adjustment_needs_second_person');
    assert.equal(await apply(world, orderId, { approvedBy: 'wang' }), 'applied_by_person');
    assert.deepEqual(await world.failures(), []);
  });
});

describe('P-11 what is booked beside a payment', () => {
  const cashback = (fails: boolean): OrderPurposes => {
    const owner: OrderPurposeOwner = {
      ...walletTopUp,
      postings: (_tx, orders: readonly PaymentOrder[]) => {
        const ledger = moneyLedger('CNY');
        // Neither cashback nor a coupon, which have rules and an audit of their own.
        const expense = accountSpec('compensation_expense', ledger, null);
        return Promise.resolve({
          specs: [expense],
          transfers: orders.map((order) => ({
            id: transferId('test.beside', order.orderId), debitAccountId: expense.id, creditAccountId: memberAccountId('member_wallet', order.memberId!, order.currency), amount: 500n, ledger, code: 299,
          })),
        });
      },
      paid: () => (fails ? Promise.reject(new Error('the owner fails')) : Promise.resolve()),
    };
    return new Map([['wallet_top_up', owner]]);
  };

  it('P-11 is in the wallet with it, in one event, or neither is', async () => {
    const world = await openWorld(test);
    const { orderId, outTradeNo } = await world.offered((await world.open()).orderId);
    world.wechatpay.pay(outTradeNo);
    const seen = world.notified(world.wechatpay, outTradeNo);
    const applyWith = (fails: boolean) => world.as((tx) => applyPaymentViews(tx, [seen], { clock: world.clock, purposes: cashback(fails) }));
    await assert.rejects(applyWith(true), /the owner fails/);
    assert.deepEqual([(await world.order(orderId)).state, await world.balance()], ['awaiting_payment', 0n], 'nothing is half done');
    await applyWith(false);
    await applyWith(false);
    assert.deepEqual([(await world.order(orderId)).state, await world.balance()], ['paid', 5_500n]);
    assert.deepEqual(await world.failures(), []);
  });
});
