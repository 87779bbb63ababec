import type { CurrencyCode, Instant, MemberId } from '../../../kernel/index.ts';
import { sqlTimestamp, type Tx } from '../../../platform/database/index.ts';
import type { CouponState } from '../domain/coupon.ts';

export type ListedCoupon = {
  readonly couponId: string; readonly ruleId: string; readonly name: string; readonly currency: CurrencyCode; readonly amountMinor: bigint; readonly thresholdMinor: bigint; readonly useMax: number;
  readonly stationIds: readonly string[]; readonly validFrom: Instant; readonly validTo: Instant; readonly givenAt: Instant; readonly state: CouponState; readonly stateAt: Instant;
  readonly sessionId: string | null; readonly discountMinor: bigint | null;
};

/** A member's coupons, newest first, by keyset (givenAt, couponId). */
export const listCoupons = (
  tx: Tx, { memberId, state, after, countMax }: { readonly memberId: MemberId; readonly state: CouponState | null; readonly after: { readonly givenAt: Instant; readonly couponId: string } | null; readonly countMax: number },
): Promise<ListedCoupon[]> => tx.query<ListedCoupon>(
  `select coupon_id as "couponId", rule_id as "ruleId", name, currency, amount_minor as "amountMinor", threshold_minor as "thresholdMinor", use_max as "useMax", station_ids as "stationIds", valid_from as "validFrom",
     valid_to as "validTo", given_at as "givenAt", state, state_at as "stateAt", session_id as "sessionId", discount_minor as "discountMinor"
   from wallets.coupon where operator_id = $1 and member_id = $2 and ($3::text is null or state = $3) and ($4::timestamptz is null or (given_at, coupon_id) < ($4::timestamptz, $5::uuid))
   order by given_at desc, coupon_id desc limit $6`,
  [tx.operatorIds[0], memberId, state, after === null ? null : sqlTimestamp(after.givenAt), after?.couponId ?? null, countMax]);
