import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { openTestDatabase } from '../../../../test/support/database.ts';
import { MS_PER_DAY, MS_PER_HOUR, MS_PER_MINUTE } from '../../../kernel/index.ts';
import { newUuid } from '../../../platform/clock/index.ts';
import type { ChannelAccounts } from '../types.ts';
import { openWorld, type World } from '../world.fixture.ts';
import { applyForRefund, refundAccounts, type RefundWithParts } from './apply-for-refund.ts';
import { auditRefund } from './audit-refund.ts';
import { auditRefunds } from './audit-refunds.ts';
import { refundSurplus } from './refund-surplus.ts';
import { workDueRefunds } from './run-refunds.ts';
import { findRefund, loadParts } from './store.ts';

const test = await openTestDatabase();

/** A pass after which faults stay with the parts that had them. */
const work = (world: World, channels: ChannelAccounts = world.channels): Promise<unknown> => workDueRefunds(world.odb, channels, world.options).catch((error: unknown) => error);

/** A refund over payments at the given channels, audited, so that its parts are due. */
async function approvedRefund(world: World, channels: readonly ('wechatpay' | 'alipay')[]): Promise<RefundWithParts> {
  for (const channel of channels) {
    const order = await world.open({ amountMinor: 1_000n });
    const { outTradeNo } = await world.offered(order.orderId, world.accounts[channel]);
    world[channel].pay(outTradeNo);
    await world.apply([world.notified(world[channel], outTradeNo)]);
    world.clock.advance(MS_PER_MINUTE);
  }
  const accounts = await refundAccounts(world.odb, world.channels, world.memberId);
  const applied = await world.as((tx) => applyForRefund(tx, accounts, {
    commandId: newUuid(), memberId: world.memberId, amountMinor: BigInt(channels.length) * 1_000n, reason: 'moves away', appliedBy: 'usr-clerk',
  }, world.options));
  assert.ok(applied.ok);
  const audited = await world.as((tx) => auditRefund(tx, { refundId: applied.value.refund.refundId, decision: 'approve', by: 'usr-manager', note: null }, world.options));
  assert.ok(audited.ok);
  return audited.value;
}
const look = (world: World, refundId: string) => world.as(async (tx) => ({ refund: (await findRefund(tx, { refundId }))!, parts: await loadParts(tx, [refundId]) }));
const partAt = async (world: World, refundId: string, channel: 'wechatpay' | 'alipay') => (await look(world, refundId)).parts.find((part) => part.merchantAccountId === world.accounts[channel].merchantAccountId)!;
async function books(world: World): Promise<unknown[]> {
  const refunds = await world.as((tx) => auditRefunds(tx, world.options));
  return [...(await world.failures()), ...refunds.flatMap((check) => check.failures.map((failure) => ({ check: check.code, ...failure })))];
}

describe('a question about a refund that the channel refuses', () => {
  for (const reason of ['bad_signature', 'no_permission', 'invalid_request', 'other'] as const) {
    it(`for ${reason} tells nothing of the refund: the money does not return to the wallet while it may be with the payer`, async () => {
      const world = await openWorld(test);
      const { refund, parts: [part] } = await approvedRefund(world, ['wechatpay']);
      await work(world);
      assert.equal((await look(world, refund.refundId)).parts[0]?.state, 'processing');
      world.wechatpay.failNext('queryRefund', { refused: reason });
      world.clock.advance(MS_PER_HOUR);
      await work(world);
      assert.deepEqual([(await look(world, refund.refundId)).parts[0]?.state, await world.balance()], ['processing', 0n]);
      const { outTradeNo } = (await world.attempts(part!.orderId))[0]!;
      world.wechatpay.settleRefund(outTradeNo, part!.outRefundNo, 'succeeded');
      world.clock.advance(MS_PER_DAY);
      await work(world);
      assert.deepEqual([(await look(world, refund.refundId)).refund.state, await world.balance()], ['refunded', 0n]);
      assert.deepEqual(await books(world), []);
    });
  }
});

describe('a part that cannot be worked', () => {
  it('because its account cannot be opened holds up no other, and is tried again', async () => {
    const world = await openWorld(test);
    const { refund } = await approvedRefund(world, ['wechatpay', 'alipay']);
    let broken = true;
    const channels: ChannelAccounts = {
      forAccount: (operatorId, merchantAccountId) => (broken && merchantAccountId === world.accounts.alipay.merchantAccountId ? Promise.reject(new Error('its settings cannot be read')) : world.channels.forAccount(operatorId, merchantAccountId)),
    };
    await work(world, channels);
    assert.equal((await partAt(world, refund.refundId, 'wechatpay')).state, 'processing');
    assert.equal(world.alipay.calls.filter(({ act }) => act === 'refund').length, 0);
    broken = false;
    world.clock.advance(MS_PER_HOUR);
    await work(world, channels);
    assert.equal((await partAt(world, refund.refundId, 'alipay')).state, 'processing');
    assert.deepEqual(await books(world), []);
  });

  it('because what the channel says of it cannot be stored holds up no other', async () => {
    const world = await openWorld(test);
    const { refund, parts } = await approvedRefund(world, ['wechatpay', 'alipay']);
    await work(world);
    const alipay = await partAt(world, refund.refundId, 'alipay'), wechatpay = await partAt(world, refund.refundId, 'wechatpay');
    assert.equal(parts.length, 2);
    for (const [channel, part] of [[world.alipay, alipay], [world.wechatpay, wechatpay]] as const) {
      channel.settleRefund((await world.attempts(part.orderId))[0]!.outTradeNo, part.outRefundNo, 'succeeded');
    }
    const query = world.alipay.queryRefund.bind(world.alipay);
    let spoilt = true;
    world.alipay.queryRefund = async (asked) => {
      const outcome = await query(asked);
      // A text that PostgreSQL does not take.
      return spoilt && outcome.kind === 'confirmed' && outcome.value.state === 'succeeded' ? { ...outcome, value: { ...outcome.value, channelRefundNo: 'r\u0000' } } : outcome;
    };
    world.clock.advance(MS_PER_HOUR);
    await work(world);
    assert.equal((await partAt(world, refund.refundId, 'wechatpay')).state, 'succeeded');
    spoilt = false;
    world.clock.advance(MS_PER_HOUR);
    await work(world);
    assert.equal((await look(world, refund.refundId)).refund.state, 'refunded');
    assert.deepEqual(await books(world), []);
  });
});

describe('money that is not due and that the channel does not refund', () => {
  it('P-04 waits for a person: it is not sent again and again under new numbers', async () => {
    const world = await openWorld(test);
    const order = await world.open();
    const one = await world.offered(order.orderId), two = await world.offered(order.orderId, world.accounts.alipay);
    world.alipay.set(two.outTradeNo, 'awaiting');
    for (const [channel, attempt] of [[world.wechatpay, one], [world.alipay, two]] as const) {
      channel.pay(attempt.outTradeNo);
      await world.apply([world.notified(channel, attempt.outTradeNo)]);
    }
    world.alipay.failNext('refund', { refused: 'refund_window_over' }, { refused: 'refund_window_over' }, { refused: 'refund_window_over' });
    for (let round = 0; round < 3; round++) {
      await refundSurplus(world.odb, world.options);
      await work(world);
      world.clock.advance(MS_PER_HOUR);
    }
    assert.equal(world.alipay.calls.filter(({ act }) => act === 'refund').length, 1);
    assert.deepEqual((await world.surplus()).map(({ state }) => state), ['open']);
    assert.ok((await world.timeline(order.orderId)).some(({ kind }) => kind === 'surplus_reopened'));
    const due = await test.database.untenanted.query<{ id: string }>('select operator_id as id from payments.operators_with_refunds_due($1, 1000)', [new Date(world.clock.now()).toISOString()]);
    assert.ok(!due.some(({ id }) => id === world.operatorId), 'nobody is woken for it');
    assert.deepEqual(await books(world), []);
  });
});
