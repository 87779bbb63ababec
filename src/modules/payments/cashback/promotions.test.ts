import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { openTestDatabase } from '../../../../test/support/database.ts';
import { addMs, MS_PER_DAY, MS_PER_HOUR } from '../../../kernel/index.ts';
import { newUuid } from '../../../platform/clock/index.ts';
import { adjustWallet, giveForTopUps, listCoupons, setCouponRule, type CouponTerms } from '../../wallets/index.ts';
import { decideChargeback, recordChargeback, type NewChargeback } from '../chargebacks/record-chargeback.ts';
import { applyForRefund, refundableOf, refundAccounts } from '../refunds/apply-for-refund.ts';
import { auditRefund } from '../refunds/audit-refund.ts';
import { auditRefunds } from '../refunds/audit-refunds.ts';
import { workDueRefunds } from '../refunds/run-refunds.ts';
import { findPaymentsByChannelNumber, takeRefundElsewhere } from '../refunds-elsewhere/take-refund.ts';
import { openWorld, type World } from '../world.fixture.ts';
import { changeCashbackRules } from './cashback-rules.ts';
import { giftsGoingBack } from './gifts-going-back.ts';

const test = await openTestDatabase({ poolSizeMax: 16 });

async function topUp(world: World, amountMinor: bigint): Promise<{ orderId: string; outTradeNo: string }> {
  const { orderId } = await world.open({ amountMinor });
  const { outTradeNo } = await world.offered(orderId);
  world.wechatpay.pay(outTradeNo);
  const item = world.notified(world.wechatpay, outTradeNo);
  await Promise.all([world.apply([item]), world.apply([item])]);
  await world.apply([item]);
  return { orderId, outTradeNo };
}
const rules = (world: World, seenVersion: number, ...tiers: readonly (readonly [bigint, bigint])[]) => world.as(async (tx) => {
  const changed = await changeCashbackRules(tx, { tiers: tiers.map(([topUpMinor, cashbackMinor]) => ({ topUpMinor, cashbackMinor })), from: addMs(world.clock.now(), -MS_PER_DAY), to: null, seenVersion, changedBy: 'usr', reason: null }, world);
  assert.ok(changed.ok);
});
const terms = (world: World, change: Partial<CouponTerms> = {}): CouponTerms => ({
  name: 'Five off', issueCondition: 'top_up', topUpMinimumMinor: 10_000n, denominationMinor: 500n, couponsPerGift: 2, giftsMax: null, onSaleFrom: addMs(world.clock.now(), -MS_PER_DAY), onSaleTo: null, validityDays: 30,
  validFrom: null, validTo: null, stationIds: [], thresholdMinor: 0n, useMax: 1, isOn: true, remark: null, ...change,
});
const rule = (world: World, change?: Partial<CouponTerms>) => world.as(async (tx) => {
  const made = await setCouponRule(tx, { ...terms(world, change), ruleId: null, seenVersion: null, changedBy: 'usr' }, world);
  assert.ok(made.ok);
  return made.value;
});
const states = async (world: World): Promise<string[]> => (await world.as((tx) => listCoupons(tx, { memberId: world.memberId, state: null, after: null, countMax: 500 }))).map(({ state }) => state).sort();
const refundable = async (world: World): Promise<bigint> => {
  const accounts = await refundAccounts(world.odb, world.channels, world.memberId);
  return (await world.as((tx) => refundableOf(tx, accounts, world.memberId, world.options))).refundableMinor;
};
async function refund(world: World, amountMinor: bigint) {
  const accounts = await refundAccounts(world.odb, world.channels, world.memberId);
  return await world.as((tx) => applyForRefund(tx, accounts, { commandId: newUuid(), memberId: world.memberId, amountMinor, reason: 'moves away', appliedBy: 'usr-clerk' }, world.options));
}
async function refunded(world: World, amountMinor: bigint): Promise<{ outRefundNo: string }> {
  const applied = await refund(world, amountMinor);
  assert.ok(applied.ok, applied.ok ? '' : applied.error.code);
  assert.ok((await world.as((tx) => auditRefund(tx, { refundId: applied.value.refund.refundId, decision: 'approve', by: 'usr-manager', note: null }, world.options))).ok);
  world.clock.advance(MS_PER_HOUR);
  while (await workDueRefunds(world.odb, world.channels, world.options) > 0) { /* until nothing is due */ }
  return applied.value.parts[0]!;
}
const books = async (world: World) => [...await world.failures(), ...(await world.as((tx) => auditRefunds(tx, world.options))).flatMap(({ failures }) => failures)];

describe('P-11 cashback on a top-up', () => {
  it('P-11 is credited with the payment, once for each order, by the highest tier it reaches and the rules that stood when it was opened', async () => {
    const world = await openWorld(test);
    await topUp(world, 10_000n);
    assert.equal(await world.balance(), 10_000n);
    await rules(world, 0, [5_000n, 200n], [10_000n, 500n]);
    await topUp(world, 12_000n);
    assert.equal(await world.balance(), 22_500n);
    const late = await world.open({ amountMinor: 5_000n });
    const { outTradeNo } = await world.offered(late.orderId);
    world.clock.advance(MS_PER_HOUR);
    await rules(world, 1);
    world.wechatpay.pay(outTradeNo);
    world.clock.advance(MS_PER_DAY);
    await world.apply([{ ...world.notified(world.wechatpay, outTradeNo), source: { kind: 'query', actor: 'job', recoveredBy: 'job' } }]);
    assert.equal((await world.order(late.orderId)).state, 'paid', 'learnt of a day later, by recovery');
    assert.equal(await world.balance(), 22_500n + 5_200n);
    assert.deepEqual(await books(world), []);
  });

  it('P-11 C-19 is not paid out: a refund takes it back in proportion, and a refund that fails gives it again', async () => {
    const world = await openWorld(test);
    await rules(world, 0, [10_000n, 500n]);
    const { outTradeNo } = await topUp(world, 10_000n);
    assert.equal(await refundable(world), 10_000n);
    const half = await refunded(world, 5_000n);
    assert.equal(await world.balance(), 5_250n);
    world.wechatpay.settleRefund(outTradeNo, half.outRefundNo, 'succeeded');
    world.clock.advance(MS_PER_HOUR);
    while (await workDueRefunds(world.odb, world.channels, world.options) > 0) { /* until nothing is due */ }
    const rest = await refunded(world, 5_000n);
    assert.equal(await world.balance(), 0n);
    world.wechatpay.settleRefund(outTradeNo, rest.outRefundNo, 'closed');
    world.clock.advance(MS_PER_HOUR);
    while (await workDueRefunds(world.odb, world.channels, world.options) > 0) { /* until nothing is due */ }
    assert.equal(await world.balance(), 5_250n);
    assert.deepEqual(await books(world), []);
  });

  it('P-11 C-19 what was spent of it must be there to go back: less can be refunded then', async () => {
    const world = await openWorld(test);
    await rules(world, 0, [10_000n, 10_000n]);
    await topUp(world, 10_000n);
    await world.as(async (tx) => {
      assert.ok((await adjustWallet(tx, { commandId: newUuid(), memberId: world.memberId, kind: 'correction', direction: 'debit', amountMinor: 8_000n, reason: 'spent', actor: 'usr', approval: null }, world)).ok);
    });
    const most = await refundable(world);
    const tooMuch = await refund(world, 9_000n);
    assert.equal(tooMuch.ok ? 'ok' : tooMuch.error.code, 'refund_exceeds_balance');
    assert.ok(most > 0n && (await refund(world, most)).ok, `${most} can be had`);
    assert.deepEqual(await books(world), []);
  });
});

describe('C-19 coupons on a top-up', () => {
  it('C-19 the same order gives once, and only from the amount that the rule asks for', async () => {
    const world = await openWorld(test);
    await rule(world);
    await topUp(world, 9_999n);
    assert.deepEqual(await states(world), []);
    const { orderId } = await topUp(world, 10_000n);
    assert.deepEqual(await states(world), ['unused', 'unused']);
    assert.equal(await world.as((tx) => giveForTopUps(tx, [{ orderId, memberId: world.memberId, amountMinor: 10_000n, channel: 'wechatpay' }], world)), 0);
    assert.deepEqual(await books(world), []);
  });

  it('C-19 never more packs than there are, however many pay at once', async () => {
    const world = await openWorld(test);
    await rule(world, { giftsMax: 3, couponsPerGift: 1 });
    await Promise.all(Array.from({ length: 8 }, () => topUp(world, 10_000n)));
    assert.deepEqual(await states(world), ['unused', 'unused', 'unused']);
    await assert.rejects(world.as((tx) => tx.execute('update wallets.coupon_stock set gifts_issued = 4 where operator_id = $1', [world.operatorId])), /coupon_stock_not_oversold/);
    assert.deepEqual(await books(world), []);
  });

  it('C-19 a newcomer is given theirs with their wallet, once', async () => {
    const world = await openWorld(test);
    await rule(world, { issueCondition: 'new_member', topUpMinimumMinor: null });
    await topUp(world, 100n);
    await topUp(world, 100n);
    assert.deepEqual(await states(world), ['unused', 'unused']);
    assert.deepEqual(await books(world), []);
  });

  it('C-19 a refund of the top-up takes unused coupons back, and gives them again when it fails', async () => {
    const world = await openWorld(test);
    await rule(world);
    const { outTradeNo } = await topUp(world, 10_000n);
    const { outRefundNo } = await refunded(world, 1n);
    assert.deepEqual(await states(world), ['taken_back', 'taken_back']);
    world.wechatpay.settleRefund(outTradeNo, outRefundNo, 'closed');
    world.clock.advance(MS_PER_HOUR);
    while (await workDueRefunds(world.odb, world.channels, world.options) > 0) { /* until nothing is due */ }
    assert.deepEqual(await states(world), ['unused', 'unused']);
    assert.deepEqual(await books(world), []);
  });
});

describe('C-19 cash that is given back for a payment through a channel', () => {
  it('C-19 P-11 takes its cashback and coupons with it, and a refund through the channel later takes only what is left of them', async () => {
    const world = await openWorld(test);
    await rules(world, 0, [10_000n, 500n]);
    await rule(world);
    await topUp(world, 20_000n);
    const inCash = (amountMinor: bigint) => world.as((tx) => adjustWallet(tx, { commandId: newUuid(), memberId: world.memberId, kind: 'refund', direction: 'debit', amountMinor, reason: 'in cash', actor: 'usr', approval: null }, { clock: world.clock, gifts: giftsGoingBack }));
    assert.ok((await inCash(8_000n)).ok);
    assert.deepEqual([await world.balance(), await states(world)], [20_500n - 8_000n - 200n, ['unused', 'unused']]);
    const { outTradeNo } = (await world.attempts((await world.as((tx) => tx.query<{ id: string }>('select order_id as id from payments.payment_order where operator_id = $1', [world.operatorId])))[0]!.id))[0]!;
    const { outRefundNo } = await refunded(world, 2_001n);
    assert.deepEqual(await states(world), ['taken_back', 'taken_back'], 'what went in cash counts for what is left of the payment');
    world.wechatpay.settleRefund(outTradeNo, outRefundNo, 'succeeded');
    world.clock.advance(MS_PER_HOUR);
    while (await workDueRefunds(world.odb, world.channels, world.options) > 0) { /* until nothing is due */ }
    const rest = await refundable(world);
    assert.ok((await inCash(rest)).ok);
    assert.ok(await world.balance() < 3n, 'nothing but the rounding is left');
    assert.deepEqual(await books(world), []);
  });
});

describe('C-19 P-11 a payment that the channel takes back', () => {
  const chargedBack = async (world: World, orderId: string, amountMinor: bigint, change: Partial<NewChargeback> = {}) => {
    const recorded = await world.as((tx) => recordChargeback(tx, { orderId, attempt: 1, amountMinor, channelReference: `D${amountMinor}`, reason: 'card holder', source: 'person', openedBy: 'usr', ...change }, world));
    assert.ok(recorded.ok, recorded.ok ? '' : recorded.error.code);
    return recorded.value;
  };
  const decide = async (world: World, chargebackId: string, outcome: 'won' | 'lost') => {
    assert.ok((await world.as((tx) => decideChargeback(tx, { chargebackId, outcome, by: 'usr', note: null }, world))).ok);
  };
  const spend = (world: World, amountMinor: bigint) => world.as((tx) => adjustWallet(tx, { commandId: newUuid(), memberId: world.memberId, kind: 'correction', direction: 'debit', amountMinor, reason: 'spent', actor: 'usr', approval: null }, world));
  const gifted = async (): Promise<{ world: World; orderId: string; outTradeNo: string }> => {
    const world = await openWorld(test);
    await rules(world, 0, [10_000n, 500n]);
    await rule(world);
    return { world, ...await topUp(world, 10_000n) };
  };

  it('C-19 P-11 takes its cashback in proportion and its unused coupons with it, says so, and gives both again when the dispute is won', async () => {
    const { world, orderId } = await gifted();
    const first = await chargedBack(world, orderId, 4_000n);
    assert.deepEqual([first.cashbackMinor, first.coupons, await world.balance(), await states(world)], [200n, 2, 6_300n, ['taken_back', 'taken_back']]);
    const again = await chargedBack(world, orderId, 4_000n, { source: 'fund_flow', openedBy: 'system' });
    assert.deepEqual([again.cashbackMinor, again.coupons, await world.balance()], [200n, 2, 6_300n], 'the same again takes nothing');
    const rest = await chargedBack(world, orderId, 6_000n);
    assert.deepEqual([rest.cashbackMinor, rest.coupons, rest.receivableMinor, await world.balance()], [300n, 0, 0n, 0n]);
    assert.deepEqual(await books(world), []);
    await decide(world, first.chargebackId, 'won');
    assert.deepEqual([await world.balance(), await states(world)], [4_200n, ['taken_back', 'taken_back']], 'of the payment less is left than the coupons were given for');
    await decide(world, rest.chargebackId, 'won');
    assert.deepEqual([await world.balance(), await states(world)], [10_500n, ['unused', 'unused']]);
    assert.deepEqual((await world.timeline(orderId)).filter(({ kind }) => kind === 'chargeback_opened').map(({ detail }) => [detail.cashbackMinor, detail.coupons]), [['200', 2], ['300', 0]]);
    assert.deepEqual(await books(world), []);
  });

  it('C-19 P-11 takes only cashback that the wallet still has: what was spent of it is not owed', async () => {
    const { world, orderId } = await gifted();
    await spend(world, 400n);
    const some = await chargedBack(world, orderId, 10_000n);
    assert.deepEqual([some.fromWalletMinor, some.receivableMinor, some.cashbackMinor, await world.balance()], [10_000n, 0n, 100n, 0n]);
    await decide(world, some.chargebackId, 'won');
    assert.equal(await world.balance(), 10_100n);
    await spend(world, 10_100n);
    const none = await chargedBack(world, orderId, 10_000n, { channelReference: 'D2' });
    assert.deepEqual([none.fromWalletMinor, none.receivableMinor, none.cashbackMinor, none.coupons], [0n, 10_000n, 0n, 2]);
    assert.deepEqual(await books(world), []);
  });

  it('C-19 P-11 also when it was refunded on the merchant platform; a refund of ours later takes only what is left', async () => {
    const { world, orderId, outTradeNo } = await gifted();
    const channelTradeNo = (await world.attempts(orderId))[0]!.channelTradeNo!, merchantAccountIds = [world.accounts.wechatpay.merchantAccountId];
    assert.equal((await world.as((tx) => findPaymentsByChannelNumber(tx, { merchantAccountIds, channelTradeNos: [channelTradeNo] }))).length, 1);
    const taken = await world.as((tx) => takeRefundElsewhere(tx, { merchantAccountIds, channelTradeNo, number: 'E1', amountMinor: 5_000n, by: 'system', approvedBy: null }, world));
    assert.ok(taken.ok, taken.ok ? '' : taken.error.code);
    assert.deepEqual([await world.balance(), await states(world)], [5_250n, ['taken_back', 'taken_back']]);
    assert.equal(await refundable(world), 5_000n);
    const { outRefundNo } = await refunded(world, 5_000n);
    world.wechatpay.settleRefund(outTradeNo, outRefundNo, 'succeeded');
    world.clock.advance(MS_PER_HOUR);
    while (await workDueRefunds(world.odb, world.channels, world.options) > 0) { /* until nothing is due */ }
    assert.equal(await world.balance(), 0n);
    assert.deepEqual(await books(world), []);
  });
});
