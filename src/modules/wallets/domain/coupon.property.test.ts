import assert from 'node:assert/strict';
import { it } from 'node:test';
import fc from 'fast-check';
import { instant, type BillId, type MemberId, type SessionId } from '../../../kernel/index.ts';
import { checkTerms, chooseCoupons, type BillToDiscount, type CouponOffer, type CouponTerms } from './coupon.ts';

const BILL: Omit<BillToDiscount, 'totalMinor'> = { billId: 'b' as BillId, sessionId: 's' as SessionId, memberId: 'm' as MemberId, currency: 'CNY', stationId: 'st', endedAt: instant(1_000) };
const offer = (index: number, parts: { amount: bigint; threshold: bigint; useMax: number; to: number; elsewhere: boolean }): CouponOffer => ({
  couponId: `c${index}`, memberId: 'm' as MemberId, currency: 'CNY', amountMinor: parts.amount, stationIds: parts.elsewhere ? ['other'] : [], thresholdMinor: parts.threshold, useMax: parts.useMax, validFrom: instant(0), validTo: instant(parts.to), sessionId: null,
});

/** The most that any allowed set of coupons takes off. */
function best(totalMinor: bigint, offers: readonly CouponOffer[]): bigint {
  let most = 0n;
  for (let set = 0; set < 1 << offers.length; set++) {
    const chosen = offers.filter((_, index) => set & (1 << index));
    const allowed = chosen.every((each) => each.useMax >= chosen.length && each.thresholdMinor <= totalMinor && each.stationIds.length === 0 && each.validTo > 1_000);
    const sum = chosen.reduce((total, each) => total + each.amountMinor, 0n);
    const taken = sum < totalMinor ? sum : totalMinor;
    if (allowed && taken > most) most = taken;
  }
  return most;
}

it('C-19 coupons take as much off a bill as any allowed set of them would, never more than the bill, and none that does not hold', () => {
  const seed = Math.floor(Math.random() * 2 ** 31);
  console.log(`seed ${seed}`);
  const parts = fc.record({ amount: fc.bigInt(1n, 30n), threshold: fc.bigInt(0n, 40n), useMax: fc.integer({ min: 1, max: 3 }), to: fc.constantFrom(900, 1_001, 2_000, 3_000), elsewhere: fc.boolean() });
  fc.assert(fc.property(fc.bigInt(0n, 50n), fc.array(parts, { maxLength: 7 }), (totalMinor, all) => {
    const offers = all.map((each, index) => offer(index, each));
    const chosen = chooseCoupons({ ...BILL, totalMinor }, offers);
    const discount = chosen.reduce((sum, { discountMinor }) => sum + discountMinor, 0n);
    assert.equal(discount, best(totalMinor, offers));
    assert.ok(discount <= totalMinor && new Set(chosen.map(({ couponId }) => couponId)).size === chosen.length);
    for (const { couponId, discountMinor } of chosen) {
      const used = offers.find((each) => each.couponId === couponId)!;
      assert.ok(discountMinor > 0n && discountMinor <= used.amountMinor && used.useMax >= chosen.length);
    }
  }), { seed, numRuns: 500 });
});

it('C-19 of coupons that take the same, the one that lapses first is used', () => {
  const of = (to: number, amount = 10n) => ({ amount, threshold: 0n, useMax: 1, to, elsewhere: false });
  assert.deepEqual(chooseCoupons({ ...BILL, totalMinor: 20n }, [offer(1, of(3_000)), offer(2, of(2_000)), offer(3, of(2_500))]), [{ couponId: 'c2', discountMinor: 10n }]);
  assert.deepEqual(chooseCoupons({ ...BILL, totalMinor: 8n }, [offer(1, of(2_000, 30n)), offer(2, of(2_000, 9n))]), [{ couponId: 'c2', discountMinor: 8n }], 'the smaller of two that both pay it all');
});

it('C-19 a rule that does not fit together is refused with everything that is wrong', () => {
  const good: CouponTerms = {
    name: 'x', issueCondition: 'by_hand', topUpMinimumMinor: null, denominationMinor: 1n, couponsPerGift: 1, giftsMax: null, onSaleFrom: instant(0), onSaleTo: null, validityDays: 1, validFrom: null, validTo: null, stationIds: [],
    thresholdMinor: 0n, useMax: 1, isOn: true, remark: null,
  };
  assert.deepEqual(checkTerms(good), []);
  assert.deepEqual(checkTerms({ ...good, name: ' ', issueCondition: 'top_up', validityDays: null, useMax: 0 }), ['name', 'top_up_minimum', 'validity_missing', 'use_max']);
  assert.deepEqual(checkTerms({ ...good, validityDays: null, validFrom: instant(5), validTo: instant(4) }), ['validity_reversed']);
});
