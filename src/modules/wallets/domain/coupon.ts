/** Coupons: what a rule may say, and which of a member's coupons pay a bill. Pure. */
import { addMs, MS_PER_DAY, type BillId, type CurrencyCode, type Instant, type MemberId, type SessionId } from '../../../kernel/index.ts';

export const ISSUE_CONDITIONS = ['top_up', 'new_member', 'by_hand'] as const;
export type IssueCondition = (typeof ISSUE_CONDITIONS)[number];
/** By what a top-up was paid: a rule says for which of them it gives. */
export const TOP_UP_CHANNELS = ['wechatpay', 'alipay', 'cash_desk'] as const;
export type TopUpChannel = (typeof TOP_UP_CHANNELS)[number];
export const COUPON_STATES = ['unused', 'used', 'expired', 'taken_back'] as const;
export type CouponState = (typeof COUPON_STATES)[number];

export const COUPONS_PER_GIFT_MAX = 100;
export const COUPON_MINOR_MAX = 1_000_000n;
export const COUPON_STATIONS_MAX = 200;

/** What a coupon is worth, when it is given, and where and for how long it holds. */
export type CouponTerms = {
  readonly name: string; readonly issueCondition: IssueCondition;
  /** Of a gift on a top-up: the least top-up that gives it. */
  readonly topUpMinimumMinor: bigint | null;
  /** Of a gift on a top-up: by which of them it gives. Not told: as before, and a new rule gives by all of them. */
  readonly topUpChannels?: readonly TopUpChannel[];
  readonly denominationMinor: bigint; readonly couponsPerGift: number;
  /** How many gifts there are in all; null: any number. */
  readonly giftsMax: number | null;
  readonly onSaleFrom: Instant; readonly onSaleTo: Instant | null;
  /** Either days from when it is given, or a span that is the same for all. */
  readonly validityDays: number | null; readonly validFrom: Instant | null; readonly validTo: Instant | null;
  /** Empty: at every station. */
  readonly stationIds: readonly string[];
  /** The least bill that takes it. */
  readonly thresholdMinor: bigint;
  /** How many coupons one bill takes, where one of them is of this rule. */
  readonly useMax: number;
  readonly isOn: boolean; readonly remark: string | null;
};
export type CouponRule = CouponTerms & { readonly topUpChannels: readonly TopUpChannel[]; readonly ruleId: string; readonly version: number; readonly currency: CurrencyCode; readonly changedBy: string; readonly recordedAt: Instant; readonly giftsIssued: number };

export const COUPON_RULE_PROBLEMS = [
  'name', 'top_up_minimum', 'top_up_channels', 'denomination', 'coupons_per_gift', 'gifts_max', 'on_sale_reversed', 'validity_missing', 'validity_reversed', 'validity_over_before_sale', 'too_many_stations', 'threshold', 'use_max',
] as const;
export type CouponRuleProblem = (typeof COUPON_RULE_PROBLEMS)[number];

const between = (value: number, least: number, most: number): boolean => Number.isInteger(value) && value >= least && value <= most;

/** Everything that is wrong with a rule, all at once. */
export function checkTerms(terms: CouponTerms): CouponRuleProblem[] {
  const { validityDays: days, validFrom, validTo } = terms;
  const span = validFrom !== null && validTo !== null;
  const wrong: readonly [CouponRuleProblem, boolean][] = [
    ['name', terms.name.trim() === '' || terms.name.length > 100],
    ['top_up_minimum', (terms.issueCondition === 'top_up') !== (terms.topUpMinimumMinor !== null) || (terms.topUpMinimumMinor ?? 1n) <= 0n],
    ['top_up_channels', terms.issueCondition === 'top_up' && terms.topUpChannels?.length === 0],
    ['denomination', terms.denominationMinor <= 0n || terms.denominationMinor > COUPON_MINOR_MAX],
    ['coupons_per_gift', !between(terms.couponsPerGift, 1, COUPONS_PER_GIFT_MAX)],
    ['gifts_max', terms.giftsMax !== null && !between(terms.giftsMax, 1, 10_000_000)],
    ['on_sale_reversed', terms.onSaleTo !== null && terms.onSaleTo <= terms.onSaleFrom],
    ['validity_missing', (days === null) !== span || (validFrom === null) !== (validTo === null) || (days !== null && !between(days, 1, 3_660))],
    ['validity_reversed', span && validTo <= validFrom],
    ['validity_over_before_sale', span && validTo <= terms.onSaleFrom],
    ['too_many_stations', terms.stationIds.length > COUPON_STATIONS_MAX],
    ['threshold', terms.thresholdMinor < 0n],
    ['use_max', !between(terms.useMax, 1, 100)],
  ];
  return wrong.flatMap(([problem, is]) => (is ? [problem] : []));
}

/** Whether a rule gives anything at this moment; how many gifts are left is the stock's to say. */
export const isOnSale = (rule: Pick<CouponTerms, 'isOn' | 'onSaleFrom' | 'onSaleTo' | 'validTo'>, now: Instant): boolean =>
  rule.isOn && rule.onSaleFrom <= now && (rule.onSaleTo === null || now < rule.onSaleTo) && (rule.validTo === null || now < rule.validTo);

/** From when and until when a coupon that is given now holds. */
export const validityOf = (rule: Pick<CouponTerms, 'validityDays' | 'validFrom' | 'validTo'>, now: Instant): { readonly validFrom: Instant; readonly validTo: Instant } =>
  rule.validityDays === null ? { validFrom: rule.validFrom!, validTo: rule.validTo! } : { validFrom: now, validTo: addMs(now, rule.validityDays * MS_PER_DAY) };

/** A coupon that could pay. */
export type CouponOffer = {
  readonly couponId: string; readonly memberId: MemberId; readonly currency: CurrencyCode; readonly amountMinor: bigint; readonly stationIds: readonly string[]; readonly thresholdMinor: bigint; readonly useMax: number;
  readonly validFrom: Instant; readonly validTo: Instant;
  /** The session whose bill it pays so far, when a next version of that bill is made. */
  readonly sessionId: SessionId | null;
};
export type BillToDiscount = {
  readonly billId: BillId; readonly sessionId: SessionId; readonly memberId: MemberId | null; readonly currency: CurrencyCode; readonly stationId: string; readonly totalMinor: bigint; readonly endedAt: Instant;
};
export type ChosenCoupon = { readonly couponId: string; readonly discountMinor: bigint };

/** Whether a coupon holds for a bill. The end of the charge counts, so that a bill that is made late loses none. */
export const holdsFor = (offer: CouponOffer, bill: BillToDiscount): boolean =>
  offer.memberId === bill.memberId && offer.currency === bill.currency && (offer.sessionId === null || offer.sessionId === bill.sessionId) && offer.validFrom <= bill.endedAt && bill.endedAt < offer.validTo
  && bill.totalMinor >= offer.thresholdMinor && (offer.stationIds.length === 0 || offer.stationIds.includes(bill.stationId));

/**
 * Which coupons pay a bill: what takes the most off it, and of those that take the same what lapses first. Never more than the bill, and never more coupons than
 * each of those chosen lets one bill have.
 */
export function chooseCoupons(bill: BillToDiscount, offers: readonly CouponOffer[]): readonly ChosenCoupon[] {
  const usable = offers.filter((offer) => holdsFor(offer, bill));
  let best: readonly ChosenCoupon[] = [], bestMinor = 0n;
  // Of every number of coupons that a bill might have: the best of those that let it have so many.
  for (const most of [...new Set(usable.map(({ useMax }) => useMax))].sort((a, b) => a - b)) {
    const chosen = fill(bill.totalMinor, usable.filter(({ useMax }) => useMax >= most), most);
    const minor = chosen.reduce((sum, { discountMinor }) => sum + discountMinor, 0n);
    if (minor > bestMinor) [best, bestMinor] = [chosen, minor];
  }
  return best;
}

function fill(totalMinor: bigint, offers: readonly CouponOffer[], most: number): readonly ChosenCoupon[] {
  const left = [...offers], chosen: ChosenCoupon[] = [];
  for (let rest = totalMinor; rest > 0n && chosen.length < most && left.length > 0;) {
    const takes = ({ amountMinor }: CouponOffer): bigint => (amountMinor < rest ? amountMinor : rest);
    const better = (a: CouponOffer, b: CouponOffer): boolean => takes(a) !== takes(b) ? takes(a) > takes(b) : a.validTo !== b.validTo ? a.validTo < b.validTo
      : a.amountMinor !== b.amountMinor ? a.amountMinor < b.amountMinor : a.couponId < b.couponId;
    const offer = left.reduce((one, other) => (better(other, one) ? other : one));
    chosen.push({ couponId: offer.couponId, discountMinor: takes(offer) });
    left.splice(left.indexOf(offer), 1);
    rest -= chosen.at(-1)!.discountMinor;
  }
  return chosen;
}
