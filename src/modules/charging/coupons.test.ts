import assert from 'node:assert/strict';
import { afterEach, describe, it } from 'node:test';
import { openTestDatabase } from '../../../test/support/database.ts';
import { addMs, MS_PER_DAY, type Instant, type MemberId } from '../../kernel/index.ts';
import { newUuid } from '../../platform/clock/index.ts';
import { expireCoupons, giveByHand, listCoupons, setCouponRule, type CouponTerms } from '../wallets/index.ts';
import { addMember, addPoint, at, auditWorld, createWorld as makeWorld, speaker, T0, type World } from './world.fixture.ts';

const test = await openTestDatabase();
const worlds: World[] = [];
const createWorld = async (): Promise<World> => {
  const world = await makeWorld(test.database);
  worlds.push(world);
  return world;
};
afterEach(async () => {
  for (const world of worlds.splice(0)) assert.deepEqual(await auditWorld(world), []);
});

const TERMS: CouponTerms = {
  name: 'Five off', issueCondition: 'by_hand', topUpMinimumMinor: null, denominationMinor: 500n, couponsPerGift: 1, giftsMax: null, onSaleFrom: addMs(T0, -MS_PER_DAY), onSaleTo: null, validityDays: null,
  validFrom: addMs(T0, -MS_PER_DAY), validTo: addMs(T0, 7 * MS_PER_DAY), stationIds: [], thresholdMinor: 0n, useMax: 1, isOn: true, remark: null,
};

async function gift(world: World, memberId: MemberId, terms: Partial<CouponTerms> = {}): Promise<void> {
  await world.odb.transaction(async (tx) => {
    const rule = await setCouponRule(tx, { ...TERMS, ...terms, ruleId: null, seenVersion: null, changedBy: 'usr' }, world);
    assert.ok(rule.ok);
    const given = await giveByHand(tx, { commandId: newUuid(), ruleId: rule.value.ruleId, memberIds: [memberId], givenBy: 'usr', reason: 'sorry' }, world);
    assert.ok(given.ok);
  });
}
const coupons = async (world: World, memberId: MemberId) => (await world.odb.transaction((tx) => listCoupons(tx, { memberId, state: null, after: null, countMax: 100 })))
  .map(({ amountMinor, state, discountMinor }) => [amountMinor, state, discountMinor]).sort((a, b) => Number((a[0] as bigint) - (b[0] as bigint)));
const bills = (world: World) => world.odb.transaction((tx) => tx.query<{ version: number; total: bigint; coupon: bigint; hold: bigint; wallet: bigint; owed: bigint }>(
  'select version, total_minor as total, from_coupon_minor as coupon, from_hold_minor as hold, from_wallet_minor as wallet, receivable_minor as owed from charging.bill where operator_id = $1 order by recorded_at, version', [world.operatorId]));

/** Ten kWh from noon: 19.00. */
async function charge(world: World, { token, from = at(0), ref = `v201:${newUuid()}` }: { token: string; from?: Instant; ref?: string }): Promise<void> {
  const { chargePointId } = await addPoint(world);
  const say = speaker(chargePointId);
  await world.apply([say.started(from, ref, 0n, token), say.ended(addMs(from, 20 * 60_000), ref, 10_000n)]);
}

describe('C-19 coupons on charging bills', () => {
  it('C-19 a coupon pays its part of the bill in the bill\'s own transaction, as promotion expense, and the member the rest', async () => {
    const world = await createWorld();
    const { memberId, token } = await addMember(world, 100);
    await gift(world, memberId);
    await charge(world, { token });
    const [bill] = await bills(world);
    assert.deepEqual([bill?.total, bill?.coupon, bill!.hold + bill!.wallet, bill?.owed], [1_900n, 500n, 1_400n, 0n]);
    assert.equal(await world.balance('member_wallet', memberId), 8_600n);
    assert.equal(await world.balance('promotion_expense', null), -500n);
    assert.equal(await world.balance('revenue_electricity', null) + await world.balance('revenue_service', null), 1_900n);
    assert.deepEqual(await coupons(world, memberId), [[500n, 'used', 500n]]);
  });

  it('C-19 what takes the most off is chosen, never more than the bill; threshold, stations, validity and the count per bill are kept', async () => {
    const world = await createWorld();
    const { memberId, token } = await addMember(world, 100);
    await gift(world, memberId, { denominationMinor: 3_000n });
    await gift(world, memberId, { denominationMinor: 5_000n, thresholdMinor: 1_901n });
    await gift(world, memberId, { denominationMinor: 5_001n, stationIds: [newUuid()] });
    await gift(world, memberId, { denominationMinor: 5_002n, validFrom: at(60) });
    await gift(world, memberId, { denominationMinor: 100n });
    await charge(world, { token });
    assert.equal((await bills(world))[0]?.coupon, 1_900n);
    assert.equal(await world.balance('member_wallet', memberId), 10_000n);
    assert.deepEqual((await coupons(world, memberId)).filter(([, state]) => state === 'used'), [[3_000n, 'used', 1_900n]]);
    const other = await addMember(world, 100);
    await gift(world, other.memberId, { useMax: 2, couponsPerGift: 3, denominationMinor: 300n });
    await charge(world, other);
    assert.deepEqual(await coupons(world, other.memberId), [[300n, 'unused', null], [300n, 'used', 300n], [300n, 'used', 300n]]);
  });

  it('C-19 a bill in a next version uses its coupon again exactly once, and gives it back when it no longer reaches the threshold', async () => {
    const world = await createWorld();
    const { memberId, token } = await addMember(world, 100);
    await gift(world, memberId, { thresholdMinor: 1_500n });
    const { chargePointId } = await addPoint(world);
    const say = speaker(chargePointId);
    const [start, early, late, end] = [say.started(at(9 * 60), 'v201:a', 0n, token, { seqNo: 0 }), say.read(at(9 * 60 + 30), 'v201:a', 5_500n, { seqNo: 1 }), say.read(at(10 * 60), 'v201:a', 1_000n, { seqNo: 2 }), say.ended(at(11 * 60), 'v201:a', 11_000n, { seqNo: 3 })];
    await world.apply([start, end]);
    assert.deepEqual((await bills(world)).map(({ total, coupon }) => [total, coupon]), [[1_595n, 500n]]);
    await world.apply([late]);
    assert.deepEqual((await bills(world)).map(({ total, coupon }) => [total, coupon]), [[1_595n, 500n], [1_190n, 0n]]);
    assert.deepEqual(await coupons(world, memberId), [[500n, 'unused', null]]);
    assert.equal(await world.balance('promotion_expense', null), 0n);
    assert.equal(await world.balance('member_wallet', memberId), 10_000n - 1_190n);
    assert.ok(early.registerWh);
  });

  it('C-19 a next version that still takes the coupon reverses the first use and books the second', async () => {
    const world = await createWorld();
    const { memberId, token } = await addMember(world, 100);
    await gift(world, memberId);
    const { chargePointId } = await addPoint(world);
    const say = speaker(chargePointId);
    await world.apply([say.started(at(9 * 60), 'v201:a', 0n, token, { seqNo: 0 }), say.ended(at(11 * 60), 'v201:a', 11_000n, { seqNo: 2 })]);
    await world.apply([say.read(at(10 * 60), 'v201:a', 1_000n, { seqNo: 1 })]);
    assert.deepEqual((await bills(world)).map(({ total, coupon }) => [total, coupon]), [[1_595n, 500n], [1_190n, 500n]]);
    assert.deepEqual(await coupons(world, memberId), [[500n, 'used', 500n]]);
    assert.equal(await world.balance('promotion_expense', null), -500n);
    assert.equal(await world.balance('member_wallet', memberId), 10_000n - 690n);
  });

  it('C-19 two charges of one member at the same moment never share a coupon', async () => {
    const world = await createWorld();
    const { memberId, token } = await addMember(world, 100);
    await gift(world, memberId);
    await Promise.all([charge(world, { token }), charge(world, { token, from: at(120) })]);
    assert.deepEqual((await bills(world)).map(({ coupon }) => coupon).sort(), [0n, 500n]);
    assert.equal(await world.balance('member_wallet', memberId), 10_000n - 3_300n);
  });

  it('C-19 what has lapsed is marked by a job, after a while in which a late bill of a charge in time still takes it', async () => {
    const world = await createWorld();
    const { memberId, token } = await addMember(world, 100);
    await gift(world, memberId, { validTo: addMs(world.clock.now(), 1) });
    world.clock.advance(MS_PER_DAY);
    assert.equal(await expireCoupons(world.odb, world), 0);
    await charge(world, { token });
    assert.deepEqual(await coupons(world, memberId), [[500n, 'used', 500n]]);
    await gift(world, memberId, { denominationMinor: 700n, validTo: addMs(world.clock.now(), 1) });
    world.clock.advance(4 * MS_PER_DAY);
    assert.equal(await expireCoupons(world.odb, world), 1);
    assert.deepEqual(await coupons(world, memberId), [[500n, 'used', 500n], [700n, 'expired', null]]);
  });
});
