import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { openTestApi } from '../../../../test/support/api.ts';
import { openTestDatabase } from '../../../../test/support/database.ts';
import { encodeId, MS_PER_HOUR, type OperatorId } from '../../../kernel/index.ts';
import { newUuid } from '../../../platform/clock/index.ts';
import { accountId, lookupAccounts, moneyLedger } from '../../ledger/index.ts';
import { declareGoneBack } from '../commands/surplus-gone-back.ts';
import type { PaidView } from '../domain/channel.ts';
import { applyForRefund, refundableOf, refundAccounts } from '../refunds/apply-for-refund.ts';
import { auditRefunds } from '../refunds/audit-refunds.ts';
import { workDueRefunds } from '../refunds/run-refunds.ts';
import { insertRefundSettings } from '../refunds/store.ts';
import { openWorld, type World } from '../world.fixture.ts';
import { answerDoubt, loadDoubts, type DoubtAnswer } from './doubts.ts';
import { takeRefundElsewhere } from './take-refund.ts';

const test = await openTestDatabase({ poolSizeMax: 16 });

/** A credited top-up of 5,000. */
async function paid(world: World): Promise<{ orderId: string; outTradeNo: string; view: PaidView }> {
  const { orderId, outTradeNo } = await world.offered((await world.open()).orderId);
  const view = world.wechatpay.pay(outTradeNo);
  await world.apply([world.notified(world.wechatpay, outTradeNo)]);
  return { orderId, outTradeNo, view };
}
const told = (world: World, { outTradeNo, view }: Awaited<ReturnType<typeof paid>>, parts: Partial<PaidView>) => { world.clock.advance(1_000); return world.apply([world.notified(world.wechatpay, outTradeNo, { ...view, ...parts })]); };
const doubts = async (world: World, orderId: string) => (await world.as((tx) => loadDoubts(tx, orderId))).map(({ state, toldMinor, bookedMinor }) => [state, toldMinor, bookedMinor]);
const answer = async (world: World, orderId: string, amountMinor: bigint, more: Partial<DoubtAnswer> = {}): Promise<string> => {
  const said = await world.as((tx) => answerDoubt(tx, { orderId, attempt: 1, amountMinor, evidence: 'refund 5030 in the merchant platform', actor: 'lin', approvedBy: null, ...more }, world));
  return said.ok ? said.value.state : said.error.code;
};
const elsewhere = async (world: World, view: PaidView, amountMinor: bigint, number: string): Promise<string> => {
  const taken = await world.as((tx) => takeRefundElsewhere(tx, { merchantAccountIds: [world.accounts.wechatpay.merchantAccountId], channelTradeNo: view.channelTradeNo, number, amountMinor, by: 'system', approvedBy: null }, world));
  return taken.ok ? 'booked' : taken.error.code;
};
const owed = async (world: World): Promise<bigint> => {
  const [account] = await world.as((tx) => lookupAccounts(tx, [accountId('member_receivable', moneyLedger('CNY'), world.memberId)], world));
  return account ? account.debitsPosted - account.creditsPosted : 0n;
};
const refundable = async (world: World): Promise<bigint> => { const accounts = await refundAccounts(world.odb, world.channels, world.memberId); return (await world.as((tx) => refundableOf(tx, accounts, world.memberId, world))).refundableMinor; };
const books = async (world: World) => [...await world.failures(), ...(await world.as((tx) => auditRefunds(tx, world))).flatMap(({ failures }) => failures)];

describe('P-12 a credited payment of which the channel says that more went back than we know of', () => {
  it('P-12 is a doubt that a person sees, once, however often it is told, and no money moves by it', async () => {
    const world = await openWorld(test), one = await paid(world);
    for (let times = 0; times < 3; times++) await told(world, one, { refundedMinor: 1_200n });
    assert.deepEqual([await doubts(world, one.orderId), await world.balance()], [[['open', 1_200n, null]], 5_000n]);
    await told(world, one, { refundedMinor: 2_000n });
    assert.deepEqual(await doubts(world, one.orderId), [['open', 2_000n, null]], 'more has gone back since');
    assert.deepEqual((await world.timeline(one.orderId)).filter(({ kind }) => kind === 'refund_doubted').length, 1);
    assert.deepEqual(await books(world), []);
  });

  it('P-12 an amount that the channel does not tell is entered by a person with evidence: it leaves the wallet, and cannot be refunded again', async () => {
    const world = await openWorld(test), one = await paid(world);
    await told(world, one, { refundsUnknown: true });
    assert.deepEqual(await doubts(world, one.orderId), [['open', null, null]]);
    assert.deepEqual([await answer(world, one.orderId, 5_001n), await answer(world, one.orderId, 1n, { evidence: ' ' })], ['refund_doubt_amount_invalid', 'adjustment_reason_missing']);
    assert.equal(await answer(world, one.orderId, 1_200n), 'booked');
    assert.deepEqual([await world.balance(), await refundable(world), await doubts(world, one.orderId)], [3_800n, 3_800n, [['booked', null, 1_200n]]]);
    assert.equal(await answer(world, one.orderId, 1n), 'refund_doubt_not_found');
    await told(world, one, { refundsUnknown: true });
    assert.equal((await doubts(world, one.orderId)).length, 1, 'what is known is no doubt');
    await told(world, one, { refundedMinor: 1_300n });
    assert.deepEqual(await doubts(world, one.orderId), [['booked', null, 1_200n], ['open', 1_300n, null]], 'and more than that is another');
    assert.deepEqual(await books(world), []);
  });

  it('C-16 above the threshold two persons are needed, also for saying that nothing went back', async () => {
    const world = await openWorld(test), one = await paid(world);
    await world.as((tx) => tx.execute(`insert into wallets.adjustment_policy (operator_id, version, four_eyes_above_minor, changed_by, recorded_at) values ($1, 1, 1000, 'usr', now())`, [world.operatorId]));
    await told(world, one, { refundedMinor: 2_000n });
    assert.deepEqual([await answer(world, one.orderId, 2_000n), await answer(world, one.orderId, 0n)], ['adjustment_needs_second_person', 'adjustment_needs_second_person']);
    assert.equal(await answer(world, one.orderId, 0n, { approvedBy: 'wang' }), 'dismissed');
    assert.equal(await world.balance(), 5_000n);
    await told(world, one, { refundedMinor: 2_000n });
    assert.equal((await doubts(world, one.orderId)).length, 1, 'what was answered is not asked again');
    assert.deepEqual(await books(world), []);
  });

  it('P-12 refunds of ours, on their way and done, are no doubt', async () => {
    const world = await openWorld(test), one = await paid(world);
    await world.as((tx) => insertRefundSettings(tx, { version: 1, auditAboveMinor: 100_000n, commissionPpm: 0n }, { changedBy: 'usr', reason: null, at: world.clock.now() }));
    const accounts = await refundAccounts(world.odb, world.channels, world.memberId);
    const applied = await world.as((tx) => applyForRefund(tx, accounts, { commandId: newUuid(), memberId: world.memberId, amountMinor: 2_000n, reason: 'moves', appliedBy: 'usr' }, world));
    assert.ok(applied.ok);
    await told(world, one, { refundedMinor: 2_000n });
    await workDueRefunds(world.odb, world.channels, world);
    world.wechatpay.settleRefund(one.outTradeNo, applied.value.parts[0]!.outRefundNo, 'succeeded');
    world.clock.advance(MS_PER_HOUR);
    await workDueRefunds(world.odb, world.channels, world);
    await told(world, one, { refundedMinor: 2_000n });
    await told(world, one, { refundsUnknown: true });
    assert.deepEqual(await doubts(world, one.orderId), []);
    assert.deepEqual(await books(world), []);
  });
});

describe('P-12 a refund at the channel under a number that is none of ours', () => {
  it('P-12 is booked once: the wallet gives what it has, the member owes the rest, and the doubt about it is over', async () => {
    const world = await openWorld(test), one = await paid(world);
    await told(world, one, { refundedMinor: 4_000n });
    for (let times = 0; times < 2; times++) assert.equal(await elsewhere(world, one.view, 4_000n, '50300001'), 'booked');
    assert.deepEqual([await world.balance(), await owed(world), await doubts(world, one.orderId)], [1_000n, 0n, [['booked', 4_000n, 4_000n]]]);
    assert.deepEqual([await elsewhere(world, one.view, 1_001n, '50300002'), await elsewhere(world, { ...one.view, channelTradeNo: 'nobody' }, 1n, '50300003')], ['refund_elsewhere_exceeds_payment', 'refund_elsewhere_payment_unknown']);
    assert.deepEqual(await books(world), []);
  });

  it('P-12 that a person has answered before is the same one, and two of the same amount are two', async () => {
    const world = await openWorld(test), one = await paid(world);
    await told(world, one, { refundedMinor: 1_500n });
    assert.equal(await answer(world, one.orderId, 1_500n), 'booked');
    assert.equal(await elsewhere(world, one.view, 1_500n, '50300001'), 'booked');
    assert.equal(await world.balance(), 3_500n);
    assert.equal(await elsewhere(world, one.view, 1_500n, '50300002'), 'booked');
    assert.equal(await elsewhere(world, one.view, 1_500n, '50300003'), 'booked');
    assert.equal(await world.balance(), 500n);
    assert.deepEqual(await books(world), []);
  });

  it('P-12 of a payment that is kept apart is what has gone back of it, once', async () => {
    const world = await openWorld(test), { orderId, outTradeNo } = await world.offered((await world.open()).orderId);
    const view = world.wechatpay.pay(outTradeNo, { refundsUnknown: true });
    await world.apply([world.notified(world.wechatpay, outTradeNo)]);
    for (let times = 0; times < 2; times++) assert.equal(await elsewhere(world, view, 2_000n, '50300001'), 'booked');
    assert.deepEqual((await world.as((tx) => tx.query<{ back: bigint; state: string }>('select gone_back_minor as back, state from payments.surplus where operator_id = $1', [world.operatorId]))), [{ back: 2_000n, state: 'open' }]);
    assert.equal(await elsewhere(world, view, 3_001n, '50300002'), 'refund_elsewhere_exceeds_payment');
    assert.deepEqual(await doubts(world, orderId), []);
    assert.deepEqual(await books(world), []);
  });
});

describe('P-12 a refund elsewhere that was known before its statement came', () => {
  it('P-12 because the channel told it when the payment came is not booked again; what went back since is, whatever the order of the lines', async () => {
    const world = await openWorld(test), { outTradeNo } = await world.offered((await world.open()).orderId);
    const view = world.wechatpay.pay(outTradeNo, { refundedMinor: 1_200n });
    await world.apply([world.notified(world.wechatpay, outTradeNo)]);
    assert.equal(await world.balance(), 3_800n);
    for (const [number, minor, left] of [['50300001', 500n, 3_800n], ['50300002', 1_000n, 3_500n], ['50300003', 700n, 2_800n]] as const) {
      assert.equal(await elsewhere(world, view, minor, number), 'booked');
      assert.equal(await world.balance(), left);
    }
    assert.deepEqual(await books(world), []);
  });

  it('P-12 because a person has said how much of a payment that is kept apart had gone back is not booked again', async () => {
    const world = await openWorld(test), { orderId, outTradeNo } = await world.offered((await world.open()).orderId);
    const view = world.wechatpay.pay(outTradeNo, { refundsUnknown: true });
    await world.apply([world.notified(world.wechatpay, outTradeNo)]);
    const said = await world.as((tx) => declareGoneBack(tx, { commandId: newUuid(), orderId, attempt: 1, amountMinor: 2_000n, reason: 'seen there', actor: 'lin', approvedBy: null }, world));
    assert.ok(said.ok);
    for (const [number, minor] of [['50300001', 2_000n], ['50300002', 500n]] as const) assert.equal(await elsewhere(world, view, minor, number), 'booked');
    assert.deepEqual((await world.as((tx) => tx.query<{ back: bigint }>('select gone_back_minor as back from payments.surplus where operator_id = $1', [world.operatorId]))), [{ back: 2_500n }]);
    assert.deepEqual(await books(world), []);
  });
});

describe('P-12 doubts over HTTP', () => {
  it('C-16 are listed, answered with evidence, and above the threshold by two', async () => {
    const api = await openTestApi(test), operator = await api.operator(), world = await openWorld(test, { operatorId: operator.operatorId as OperatorId });
    const [clerk, manager] = [await operator.user(), await operator.user()], one = await paid(world);
    await told(world, one, { refundedMinor: 1_200n });
    const path = `/payment-orders/${encodeId('pay', one.orderId)}/refund-doubts/1/answer`, amount = { amountMinor: '1200', currency: 'CNY' };
    const [listed] = (await clerk.get('/refund-doubts?state=open')).json().items;
    assert.deepEqual([listed.orderId, listed.told.amountMinor, listed.known.amountMinor, listed.booked], [encodeId('pay', one.orderId), '1200', '0', null]);
    await manager.send('PUT', '/adjustment-policy', { fourEyesAboveMinor: '1000' });
    const asked = await clerk.post(path, { amount, evidence: 'refund 5030 there' });
    assert.deepEqual([asked.statusCode, asked.json().state, await world.balance()], [201, 'awaiting_approval', 5_000n], asked.body);
    assert.equal((await manager.post(`/approvals/${asked.json().approvalId}/decision`, { decision: 'approve' })).json().state, 'approved');
    assert.equal(await world.balance(), 3_800n);
    const [after] = (await clerk.get('/refund-doubts?state=booked')).json().items;
    assert.deepEqual([after.booked.amountMinor, after.evidence, after.approvedBy !== null], ['1200', 'refund 5030 there', true]);
    assert.equal((await clerk.post(path, { amount, evidence: 'again' })).json().code, 'refund_doubt_not_found');
    assert.equal((await clerk.get('/audit-entries?act=payments.answer_refund_doubt')).json().items.length, 1);
    assert.deepEqual(await books(world), []);
  });
});
