import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { openTestApi } from '../../../test/support/api.ts';
import { openTestDatabase } from '../../../test/support/database.ts';
import { encodeId, MS_PER_HOUR, type OperatorId } from '../../kernel/index.ts';
import { newUuid } from '../../platform/clock/index.ts';
import { applySurplus } from './commands/apply-surplus.ts';
import { declareGoneBack } from './commands/surplus-gone-back.ts';
import type { PaidView } from './domain/channel.ts';
import { auditRefund } from './refunds/audit-refund.ts';
import { auditRefunds } from './refunds/audit-refunds.ts';
import { refundSurplus, refundSurplusByPerson } from './refunds/refund-surplus.ts';
import { workDueRefunds } from './refunds/run-refunds.ts';
import { insertRefundSettings } from './refunds/store.ts';
import { openWorld, type World } from './world.fixture.ts';

const test = await openTestDatabase({ poolSizeMax: 16 });

async function paid(world: World, parts: Partial<Omit<PaidView, 'state'>> = { amountMinor: 4_000n }): Promise<{ orderId: string; outTradeNo: string }> {
  const { orderId, outTradeNo } = await world.offered((await world.open()).orderId);
  world.wechatpay.pay(outTradeNo, parts);
  await world.apply([world.notified(world.wechatpay, outTradeNo)]);
  return { orderId, outTradeNo };
}
const threshold = (world: World, auditAboveMinor: bigint) => world.as((tx) => insertRefundSettings(tx, { version: 1, auditAboveMinor, commissionPpm: 0n }, { changedBy: 'usr', reason: null, at: world.clock.now() }));
const refund = async (world: World, orderId: string, commandId: string = newUuid()) => {
  const refunded = await world.as((tx) => refundSurplusByPerson(tx, { commandId, orderId, attempt: 1, reason: 'the payer wants it back', actor: 'lin' }, world));
  return refunded.ok ? { code: refunded.value.refund.state, refundId: refunded.value.refund.refundId, number: refunded.value.parts[0]!.outRefundNo } : { code: refunded.error.code, refundId: '', number: '' };
};
const credit = async (world: World, orderId: string): Promise<string> => {
  const applied = await world.as((tx) => applySurplus(tx, { orderId, attempt: 1, memberId: world.memberId, reason: 'agreed', actor: 'lin', approvedBy: null }, world));
  return applied.ok ? applied.value.state : applied.error.code;
};
const goneBack = async (world: World, orderId: string, amountMinor: bigint, commandId: string = newUuid()): Promise<string> => {
  const said = await world.as((tx) => declareGoneBack(tx, { commandId, orderId, attempt: 1, amountMinor, reason: 'seen in the merchant platform', actor: 'lin', approvedBy: null }, world));
  return said.ok ? said.value.state : said.error.code;
};
const audit = (world: World, refundId: string, decision: 'approve' | 'reject', by: string) => world.as((tx) => auditRefund(tx, { refundId, decision, by, note: null }, world));
const work = async (world: World): Promise<void> => { world.clock.advance(MS_PER_HOUR); while (await workDueRefunds(world.odb, world.channels, world) > 0) { /* until nothing is due */ } };
const state = async (world: World): Promise<string[]> => (await world.surplus()).map((row) => row.state);
const books = async (world: World) => [...await world.failures(), ...(await world.as((tx) => auditRefunds(tx, world))).flatMap(({ failures }) => failures)];

describe('P-12 surplus that waits for a person', () => {
  it('P-12 is refunded by one below the threshold of refunds, under one number, and the payer has it', async () => {
    const world = await openWorld(test), { orderId, outTradeNo } = await paid(world);
    await threshold(world, 5_000n);
    const first = await refund(world, orderId);
    assert.equal(first.code, 'approved');
    world.wechatpay.failNext('refund', 'after_effect');
    await work(world);
    await work(world);
    assert.deepEqual([...new Set(world.wechatpay.calls.filter(({ act }) => act === 'refund').map(({ number }) => number))], [first.number]);
    world.wechatpay.settleRefund(outTradeNo, first.number, 'succeeded');
    await work(world);
    assert.deepEqual([await state(world), await world.balance()], [['refunded'], 0n]);
    assert.deepEqual(await books(world), []);
  });

  it('P-12 the same command is the same refund with the same number, and another surplus under it is refused', async () => {
    const world = await openWorld(test), { orderId } = await paid(world), other = await paid(world), commandId = newUuid();
    const [first, again] = [await refund(world, orderId, commandId), await refund(world, orderId, commandId)];
    assert.deepEqual([again.refundId, again.number], [first.refundId, first.number]);
    assert.equal((await refund(world, other.orderId, commandId)).code, 'refund_command_reused');
    assert.deepEqual(await books(world), []);
  });

  it('C-16 above the threshold waits for another person, and is open for a person again when that one says no', async () => {
    const world = await openWorld(test), { orderId } = await paid(world);
    await threshold(world, 3_999n);
    const first = await refund(world, orderId);
    assert.equal(first.code, 'applied');
    const own = await audit(world, first.refundId, 'approve', 'lin');
    assert.equal(own.ok ? '' : own.error.code, 'refund_four_eyes');
    assert.equal(await credit(world, orderId), 'surplus_settled', 'what waits to go back cannot be credited');
    await work(world);
    assert.ok(!world.wechatpay.calls.some(({ act }) => act === 'refund'), 'nothing is sent before it is let go');
    assert.ok((await audit(world, first.refundId, 'reject', 'wang')).ok);
    assert.deepEqual(await state(world), ['open']);
    const second = await refund(world, orderId);
    assert.ok((await audit(world, second.refundId, 'approve', 'wang')).ok);
    await work(world);
    assert.ok(world.wechatpay.calls.some(({ number }) => number === second.number));
    assert.deepEqual(await books(world), []);
  });

  it('P-12 is never both credited and refunded, however many try both at the same moment', async () => {
    const world = await openWorld(test), { orderId } = await paid(world);
    await threshold(world, 5_000n);
    const ended = await Promise.all(Array.from({ length: 8 }, (_, index) => (index % 2 === 0 ? credit(world, orderId) : refund(world, orderId).then(({ code }) => code))));
    assert.equal(ended.filter((code) => code === 'applied_by_person' || code === 'approved').length, 1, ended.join());
    assert.equal(ended.filter((code) => code === 'surplus_settled').length, 7);
    assert.deepEqual(await books(world), []);
  });

  it('P-04 whose automatic refund the channel refused is refunded by a person under a new number', async () => {
    const world = await openWorld(test), { orderId } = await world.open();
    const [first, second] = [await world.offered(orderId), await world.offered(orderId, world.accounts.alipay)];
    world.wechatpay.pay(first.outTradeNo);
    await world.apply([world.notified(world.wechatpay, first.outTradeNo)]);
    world.alipay.set(second.outTradeNo, 'awaiting');
    world.alipay.pay(second.outTradeNo);
    await world.apply([world.notified(world.alipay, second.outTradeNo)]);
    await refundSurplus(world.odb, world);
    world.alipay.failNext('refund', { refused: 'refund_window_over' });
    await work(world);
    assert.deepEqual((await world.surplus()).map((row) => [row.state, row.automatic]), [['open', false]]);
    await threshold(world, 10_000n);
    const again = await world.as((tx) => refundSurplusByPerson(tx, { commandId: newUuid(), orderId, attempt: 2, reason: 'the channel lets us again', actor: 'lin' }, world));
    assert.ok(again.ok);
    await work(world);
    world.alipay.settleRefund(second.outTradeNo, again.value.parts[0]!.outRefundNo, 'succeeded');
    await work(world);
    assert.deepEqual([await state(world), await world.balance()], [['refunded'], 5_000n]);
    assert.deepEqual(await books(world), []);
  });

  it('P-12 of which some has gone back at the channel already is settled for the rest, and all of it when nothing is left', async () => {
    const world = await openWorld(test), { orderId } = await paid(world), commandId = newUuid();
    assert.equal(await goneBack(world, orderId, 4_001n), 'surplus_amount_invalid');
    assert.deepEqual([await goneBack(world, orderId, 1_500n, commandId), await goneBack(world, orderId, 1_500n, commandId), await goneBack(world, orderId, 2n, commandId)], ['open', 'open', 'surplus_command_reused']);
    assert.deepEqual([await credit(world, orderId), await world.balance()], ['applied_by_person', 2_500n]);
    assert.equal(await goneBack(world, orderId, 1n), 'surplus_settled');
    const whole = await paid(world);
    assert.equal(await goneBack(world, whole.orderId, 4_000n), 'refunded');
    assert.equal((await refund(world, whole.orderId)).code, 'surplus_settled');
    assert.deepEqual(await books(world), []);
  });
});

describe('P-04 surplus that goes back by itself', () => {
  it('P-04 and cannot is held for a person with the reason on it, and the page goes on', async () => {
    const world = await openWorld(test);
    const reversed: string[] = [];
    for (let index = 0; index < 3; index++) {
      const { orderId } = await world.open(), [first, second] = [await world.offered(orderId), await world.offered(orderId, world.accounts.alipay)];
      world.wechatpay.pay(first.outTradeNo);
      world.alipay.set(second.outTradeNo, 'awaiting');
      world.alipay.pay(second.outTradeNo);
      await world.apply([world.notified(world.wechatpay, first.outTradeNo), world.notified(world.alipay, second.outTradeNo)]);
      reversed.push(orderId);
      world.clock.advance(1_000);
    }
    // Something else has taken of the first one: nobody knows how, and it must not stop the others.
    await world.as((tx) => tx.execute('update payments.payment_attempt set charged_back_minor = 1 where operator_id = $1 and order_id = $2 and attempt = 2', [world.operatorId, reversed[0]]));
    assert.equal(await refundSurplus(world.odb, world), 3);
    assert.equal(await refundSurplus(world.odb, world), 0);
    assert.deepEqual((await world.surplus()).map((row) => [row.state, row.automatic]), [['open', false], ['refunding', true], ['refunding', true]]);
    assert.ok((await world.timeline(reversed[0]!)).some(({ kind }) => kind === 'surplus_held'));
    const [held] = await world.as((tx) => tx.query<{ because: string }>(`select held_because as because from payments.surplus where operator_id = $1 and state = 'open'`, [world.operatorId]));
    assert.equal(held?.because, 'less_is_left_of_the_payment');
    await threshold(world, 10_000n);
    const refused = await world.as((tx) => refundSurplusByPerson(tx, { commandId: newUuid(), orderId: reversed[0]!, attempt: 2, reason: 'try', actor: 'lin' }, world));
    assert.equal(refused.ok ? '' : refused.error.code, 'surplus_not_refundable');
  });
});

describe('P-12 a payment that was refunded at the channel before we heard of it', () => {
  it('P-12 in part is credited for what remains, and no more than that can be refunded or charged back', async () => {
    const world = await openWorld(test), { orderId, outTradeNo } = await paid(world, { refundedMinor: 1_200n });
    assert.deepEqual([(await world.order(orderId)).state, await world.balance()], ['paid', 3_800n]);
    await world.apply([world.notified(world.wechatpay, outTradeNo)]);
    assert.equal(await world.balance(), 3_800n);
    await assert.rejects(world.as((tx) => tx.execute('update payments.payment_attempt set refunding_minor = 3801 where operator_id = $1 and order_id = $2', [world.operatorId, orderId])), /payment_attempt_back_within_paid/);
    assert.ok((await world.timeline(orderId)).some(({ kind }) => kind === 'refund_at_channel'));
    assert.deepEqual(await books(world), []);
  });

  it('P-12 by an amount that the channel does not tell is kept apart for a person, not credited blindly', async () => {
    const world = await openWorld(test), { orderId } = await paid(world, { refundsUnknown: true });
    assert.deepEqual((await world.surplus()).map((row) => [row.reason, row.automatic, row.amountMinor]), [['refund_amount_unknown', false, 5_000n]]);
    assert.deepEqual([(await world.order(orderId)).state, await world.balance()], ['awaiting_payment', 0n]);
    assert.equal(await goneBack(world, orderId, 2_000n), 'open');
    assert.deepEqual([await credit(world, orderId), await world.balance()], ['applied_by_person', 3_000n]);
    assert.deepEqual(await books(world), []);
  });

  it('P-12 and that came on top goes back by itself for what remains', async () => {
    const world = await openWorld(test), { orderId } = await world.open();
    const [first, second] = [await world.offered(orderId), await world.offered(orderId, world.accounts.alipay)];
    world.wechatpay.pay(first.outTradeNo);
    await world.apply([world.notified(world.wechatpay, first.outTradeNo)]);
    world.alipay.set(second.outTradeNo, 'awaiting');
    world.alipay.pay(second.outTradeNo, { refundedMinor: 1_000n });
    await world.apply([world.notified(world.alipay, second.outTradeNo)]);
    assert.deepEqual((await world.surplus()).map((row) => [row.reason, row.amountMinor]), [['second_payment', 4_000n]]);
    assert.equal(await refundSurplus(world.odb, world), 1);
    assert.deepEqual(await books(world), []);
  });
});

describe('P-12 surplus over HTTP', () => {
  it('C-16 is listed, refunded on the refund desk by two persons, and what has gone back takes two above the threshold', async () => {
    const api = await openTestApi(test), operator = await api.operator();
    const world = await openWorld(test, { operatorId: operator.operatorId as OperatorId });
    const [clerk, manager] = [await operator.user(), await operator.user()];
    const [one, other] = [await paid(world), await paid(world)];
    const listed = (await clerk.get('/surplus?state=open&automatic=false')).json().items;
    assert.deepEqual(listed.map((row: { orderId: string; left: { amountMinor: string } }) => [row.orderId, row.left.amountMinor]), [[encodeId('pay', one.orderId), '4000'], [encodeId('pay', other.orderId), '4000']]);
    const asked = await clerk.post(`/payment-orders/${encodeId('pay', one.orderId)}/surplus/1/refund`, { reason: 'the payer wants it back' });
    assert.deepEqual([asked.statusCode, asked.json().refund.state, asked.json().refund.source], [201, 'applied', 'surplus'], asked.body);
    const path = `/refunds/${asked.json().refund.refundId}/approve`;
    assert.equal((await clerk.post(path, {})).json().code, 'refund_four_eyes');
    assert.equal((await manager.post(path, {})).json().refund.state, 'approved');
    await manager.send('PUT', '/adjustment-policy', { fourEyesAboveMinor: '1000' });
    const said = await clerk.post(`/payment-orders/${encodeId('pay', other.orderId)}/surplus/1/gone-back`, { amount: { amountMinor: '4000', currency: 'CNY' }, reason: 'seen at the channel' });
    assert.deepEqual([said.statusCode, said.json().state], [201, 'awaiting_approval'], said.body);
    assert.equal((await manager.post(`/approvals/${said.json().approvalId}/decision`, { decision: 'approve' })).json().state, 'approved');
    assert.equal((await clerk.get('/surplus?state=refunded')).json().items[0].goneBack.amountMinor, '4000');
    const acts = (await clerk.get('/audit-entries?act=payments')).json().items.map(({ act }: { act: string }) => act);
    for (const act of ['payments.refund_surplus', 'payments.surplus_gone_back']) assert.ok(acts.includes(act), act);
    assert.deepEqual(await books(world), []);
  });
});
