import type { Clock } from '../../../kernel/index.ts';
import { sqlTimestamp, type Tx } from '../../../platform/database/index.ts';
import { announce } from '../../../platform/live-updates/index.ts';

/** A top-up of which money goes back, and what is left of it then; cash that was given back for it by hand is taken off here. */
export type RefundedTopUp = { readonly orderId: string; readonly remainingMinor: bigint };

/** Takes back the unused coupons of top-ups that would no longer give any: what is left of them is below what the rule had asked for. What was used stays used. @returns how many. */
export async function takeBackCoupons(tx: Tx, topUps: readonly RefundedTopUp[], { refundId }: { readonly refundId: string }, { clock }: { readonly clock: Clock }): Promise<number> {
  if (topUps.length === 0) return 0;
  const taken = await tx.execute(
    `with due as (
       select c.coupon_id from unnest($2::uuid[], $3::bigint[]) as k (order_id, remaining_minor)
       join wallets.coupon_gift g on g.operator_id = $1 and g.cause = 'top_up' and g.cause_id = k.order_id and g.top_up_minimum_minor > k.remaining_minor
           - coalesce((select sum(b.amount_minor) from wallets.cash_given_back b where b.operator_id = $1 and b.cause_id = k.order_id), 0)
       join wallets.coupon c on c.operator_id = $1 and c.gift_id = g.gift_id and c.state = 'unused' order by c.coupon_id for update of c),
     taken as (update wallets.coupon c set state = 'taken_back', state_at = $5, taken_back_by = $4 from due where c.operator_id = $1 and c.coupon_id = due.coupon_id and c.state = 'unused' returning c.coupon_id)
     insert into wallets.coupon_event (operator_id, coupon_id, kind, refund_id, recorded_at) select $1, coupon_id, 'taken_back', $4, $5 from taken`,
    [tx.operatorIds[0], topUps.map(({ orderId }) => orderId), topUps.map(({ remainingMinor }) => remainingMinor), refundId, sqlTimestamp(clock.now())]);
  if (taken > 0) announce(tx, 'wallets.coupons');
  return taken;
}

/**
 * A refund of these top-ups failed, or what a channel had taken back came again: coupons that were taken back are the member's again if what is left is as much as their rule had asked for, whichever act had
 * taken them. What another act keeps below that stays taken back.
 */
export async function restoreCoupons(tx: Tx, topUps: readonly RefundedTopUp[], { refundId }: { readonly refundId: string }, { clock }: { readonly clock: Clock }): Promise<number> {
  if (topUps.length === 0) return 0;
  const restored = await tx.execute(
    `with due as (
       select c.coupon_id from unnest($2::uuid[], $3::bigint[]) as k (order_id, remaining_minor)
       join wallets.coupon_gift g on g.operator_id = $1 and g.cause = 'top_up' and g.cause_id = k.order_id and g.top_up_minimum_minor <= k.remaining_minor
           - coalesce((select sum(b.amount_minor) from wallets.cash_given_back b where b.operator_id = $1 and b.cause_id = k.order_id), 0)
       join wallets.coupon c on c.operator_id = $1 and c.gift_id = g.gift_id and c.state = 'taken_back' order by c.coupon_id for update of c),
     restored as (update wallets.coupon c set state = 'unused', state_at = $5, taken_back_by = null from due where c.operator_id = $1 and c.coupon_id = due.coupon_id and c.state = 'taken_back' returning c.coupon_id)
     insert into wallets.coupon_event (operator_id, coupon_id, kind, refund_id, recorded_at) select $1, coupon_id, 'restored', $4, $5 from restored`,
    [tx.operatorIds[0], topUps.map(({ orderId }) => orderId), topUps.map(({ remainingMinor }) => remainingMinor), refundId, sqlTimestamp(clock.now())]);
  if (restored > 0) announce(tx, 'wallets.coupons');
  return restored;
}
