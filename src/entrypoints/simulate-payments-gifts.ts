/** What the rules give for simulated top-ups and take back with them: what should have come of it, worked out from the payments alone. */
import { addMs, MS_PER_DAY } from '../kernel/index.ts';
import { changeCashbackRules } from '../modules/payments/index.ts';
import { setCouponRule } from '../modules/wallets/index.ts';
import type { PaymentDesk } from './payment-desk.ts';
import type { BookedGifts, PaymentBooks } from './simulate-payments-books.ts';

/** Ascending: the highest that a top-up reaches counts. */
const CASHBACK_TIERS = [{ topUpMinor: 10_000n, cashbackMinor: 333n }, { topUpMinor: 30_000n, cashbackMinor: 1_501n }] as const;
const COUPONS_FROM_MINOR = 20_000n, COUPONS_PER_TOP_UP = 2;

/** Before anybody pays: every top-up from so much on is given something. */
export async function openPromotions({ odb, clock }: PaymentDesk): Promise<void> {
  const from = addMs(clock.now(), -MS_PER_DAY);
  await odb.transaction(async (tx) => {
    const cashback = await changeCashbackRules(tx, { tiers: CASHBACK_TIERS, from, to: null, seenVersion: 0, changedBy: 'simulation', reason: null }, { clock });
    const coupons = await setCouponRule(tx, {
      ruleId: null, seenVersion: null, changedBy: 'simulation', name: 'Simulated', issueCondition: 'top_up', topUpMinimumMinor: COUPONS_FROM_MINOR, denominationMinor: 500n, couponsPerGift: COUPONS_PER_TOP_UP, giftsMax: null,
      onSaleFrom: from, onSaleTo: null, validityDays: 365, validFrom: null, validTo: null, stationIds: [], thresholdMinor: 0n, useMax: 1, isOn: true, remark: null,
    }, { clock });
    if (!cashback.ok || !coupons.ok) throw new Error(cashback.ok ? 'coupon rule refused' : cashback.error.code);
  });
}

/** What of cashback is in wallets, by member: given and not taken back. */
export function cashbackKept({ gifts }: PaymentBooks): Map<string, bigint> {
  const kept = new Map<string, bigint>();
  for (const { memberId, givenMinor, takenMinor } of gifts.cashback) kept.set(memberId, (kept.get(memberId) ?? 0n) + givenMinor - takenMinor);
  return kept;
}

/** Every payment that was credited has what the rules give for it, and no other; what went back took no more with it than its share, and coupons follow what is left. */
export function giftProblems(books: PaymentBooks): string[] {
  const credited = new Map(books.attempts.filter(({ disposition }) => disposition === 'applied').map(({ orderId, paidMinor, elsewhereMinor }) => [orderId, paidMinor! - elsewhereMinor]));
  return [...cashbackProblems(books.gifts, credited), ...couponProblems(books, credited)];
}

function cashbackProblems({ cashback, takeBacks }: BookedGifts, credited: ReadonlyMap<string, bigint>): string[] {
  const given = new Map(cashback.map((one) => [one.orderId, one])), taken = Map.groupBy(takeBacks, ({ orderId }) => orderId);
  const tierOf = (paidMinor: bigint): bigint => CASHBACK_TIERS.findLast(({ topUpMinor }) => topUpMinor <= paidMinor)?.cashbackMinor ?? 0n;
  return [
    ...[...credited].flatMap(([orderId, paidMinor]) => ((given.get(orderId)?.givenMinor ?? 0n) === tierOf(paidMinor) ? [] : [`order ${orderId} over ${paidMinor} was given ${given.get(orderId)?.givenMinor ?? 0n} of cashback and not ${tierOf(paidMinor)}`])),
    ...cashback.flatMap(({ orderId, givenMinor, takenMinor }) => {
      const acts = (taken.get(orderId) ?? []).filter(({ returned }) => !returned), paidMinor = credited.get(orderId);
      if (paidMinor === undefined) return [`cashback was given for ${orderId}, which nobody paid`];
      const sum = acts.reduce((total, act) => total + act.takenMinor, 0n);
      const tooMuch = acts.some((act) => act.takenMinor * paidMinor >= givenMinor * act.wentBackMinor + paidMinor);
      return sum !== takenMinor || takenMinor > givenMinor || tooMuch ? [`cashback of ${orderId}: ${takenMinor} of ${givenMinor} was taken back by acts that took ${acts.map((act) => `${act.takenMinor} with ${act.wentBackMinor}`).join(', ')}`] : [];
    }),
  ];
}

function couponProblems({ gifts, parts, chargebacks, attempts }: PaymentBooks, credited: ReadonlyMap<string, bigint>): string[] {
  const given = new Map(gifts.coupons.map((one) => [one.orderId, one])), orderOf = new Map(attempts.filter(({ disposition }) => disposition === 'applied').map(({ outTradeNo, orderId }) => [outTradeNo, orderId]));
  const gone = new Map<string, bigint>(), waiting = new Set<string>();
  const goes = (orderId: string | undefined, amount: bigint): void => { if (orderId !== undefined) gone.set(orderId, (gone.get(orderId) ?? 0n) + amount); };
  for (const { source, orderId, state, refundState, amountMinor } of parts) {
    if (source !== 'wallet' || state === 'failed') continue;
    goes(orderId, amountMinor);
    // Applied for and not audited: whether it counts depends on whether something else went back meanwhile.
    if (refundState === 'applied') waiting.add(orderId);
  }
  for (const { outTradeNo, state, amountMinor } of chargebacks) if (state !== 'won') goes(orderOf.get(outTradeNo), amountMinor);
  return [...credited].flatMap(([orderId, paidMinor]) => {
    const own = given.get(orderId), due = paidMinor >= COUPONS_FROM_MINOR ? COUPONS_PER_TOP_UP : 0;
    if ((own?.coupons ?? 0) !== due) return [`order ${orderId} over ${paidMinor} was given ${own?.coupons ?? 0} coupons and not ${due}`];
    if (!own || waiting.has(orderId)) return [];
    const leftMinor = paidMinor - (gone.get(orderId) ?? 0n), takenDue = leftMinor < COUPONS_FROM_MINOR ? due : 0;
    return own.takenBack === takenDue ? [] : [`order ${orderId}, of which ${leftMinor} is left: ${own.takenBack} coupons were taken back and not ${takenDue}`];
  });
}
