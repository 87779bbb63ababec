import { assert, ok, refuse, type Clock, type Instant, type MemberId, type Result } from '../../../kernel/index.ts';
import { newUuid } from '../../../platform/clock/index.ts';
import { sqlTimestamp, type Tx } from '../../../platform/database/index.ts';
import { announce } from '../../../platform/live-updates/index.ts';
import { isOnSale, validityOf, type CouponRule, type TopUpChannel } from '../domain/coupon.ts';
import { findRule, rulesOn } from './rules.ts';

export const RULE_GIVES = 'rule';
export const GIFT_MEMBERS_MAX = 200;

/** A top-up that has just been paid: by its payment order, or by its act at the cash desk. */
export type PaidTopUp = { readonly orderId: string; readonly memberId: MemberId; readonly amountMinor: bigint; readonly channel: TopUpChannel };
type Gift = { readonly rule: CouponRule; readonly memberId: MemberId; readonly cause: 'top_up' | 'new_member' | 'by_hand'; readonly causeId: string; readonly givenBy: string; readonly reason: string | null };

/** Gives what the rules say for top-ups, once for each: seen again it gives nothing. A rule whose packs are all given gives nothing either. @returns coupons given. */
export async function giveForTopUps(tx: Tx, topUps: readonly PaidTopUp[], { clock }: { readonly clock: Clock }): Promise<number> {
  if (topUps.length === 0) return 0;
  const rules = await rulesOn(tx, 'top_up', clock.now());
  return giveAll(tx, rules.flatMap((rule) => topUps.filter(({ amountMinor, channel }) => amountMinor >= rule.topUpMinimumMinor! && rule.topUpChannels.includes(channel))
    .map(({ orderId, memberId }): Gift => ({ rule, memberId, cause: 'top_up', causeId: orderId, givenBy: RULE_GIVES, reason: null }))), clock.now());
}

/** Gives newcomers theirs, once for each member, when their wallet is opened. */
export async function giveToNewcomers(tx: Tx, memberIds: readonly MemberId[], { clock }: { readonly clock: Clock }): Promise<number> {
  const rules = await rulesOn(tx, 'new_member', clock.now());
  return giveAll(tx, rules.flatMap((rule) => memberIds.map((memberId): Gift => ({ rule, memberId, cause: 'new_member', causeId: memberId, givenBy: RULE_GIVES, reason: null }))), clock.now());
}

export type GiftByHand = { readonly commandId: string; readonly ruleId: string; readonly memberIds: readonly MemberId[]; readonly givenBy: string; readonly reason: string;
  /** The version that was looked at, where somebody approved it; refused where the rule has changed since. */
  readonly seenVersion?: number | null;
};
export type GiftRejection = { readonly code: 'coupon_rule_not_found' } | { readonly code: 'coupon_rule_changed_meanwhile'; readonly version: number } | { readonly code: 'coupon_rule_not_by_hand' } | { readonly code: 'coupon_rule_off' } | { readonly code: 'coupon_packs_given'; readonly left: number };

/** A person gives one pack to each of some members; all of them or none. The members exist and have wallets. */
export async function giveByHand(tx: Tx, gift: GiftByHand, { clock }: { readonly clock: Clock }): Promise<Result<number, GiftRejection>> {
  assert(gift.memberIds.length <= GIFT_MEMBERS_MAX && gift.givenBy !== '', 'a gift by hand is signed');
  const now = clock.now();
  const rule = await findRule(tx, gift.ruleId);
  if (rule === null) return refuse({ code: 'coupon_rule_not_found' });
  if ((gift.seenVersion ?? rule.version) !== rule.version) return refuse({ code: 'coupon_rule_changed_meanwhile', version: rule.version });
  if (rule.issueCondition !== 'by_hand') return refuse({ code: 'coupon_rule_not_by_hand' });
  if (!isOnSale(rule, now)) return refuse({ code: 'coupon_rule_off' });
  const members = [...new Set(gift.memberIds)];
  const left = rule.giftsMax === null ? members.length : rule.giftsMax - rule.giftsIssued;
  if (left < members.length) return refuse({ code: 'coupon_packs_given', left });
  return ok(await giveAll(tx, members.map((memberId): Gift => ({ rule, memberId, cause: 'by_hand', causeId: gift.commandId, givenBy: gift.givenBy, reason: gift.reason })), now));
}

/** Rules take their turn in the order of their ids. */
async function giveAll(tx: Tx, gifts: readonly Gift[], now: Instant): Promise<number> {
  let given = 0;
  const byRule = Map.groupBy(gifts, ({ rule }) => rule.ruleId);
  for (const ruleId of [...byRule.keys()].sort()) given += await giveOfRule(tx, byRule.get(ruleId)!, now);
  if (given > 0) announce(tx, 'wallets.coupons');
  return given;
}

async function giveOfRule(tx: Tx, gifts: readonly Gift[], now: Instant): Promise<number> {
  const { rule } = gifts[0]!;
  // The stock is locked first: whoever comes second sees what the first has given.
  const [stock] = await tx.query<{ left: number | null }>('select gifts_max - gifts_issued as left from wallets.coupon_stock where operator_id = $1 and rule_id = $2 for update', [tx.operatorIds[0], rule.ruleId]);
  assert(stock, 'a rule has its stock');
  const known = new Set((await tx.query<{ key: string }>(
    `select g.cause_id || '/' || g.member_id as key from wallets.coupon_gift g where g.operator_id = $1 and g.rule_id = $2 and g.cause = $3 and g.cause_id = any($4::uuid[])`,
    [tx.operatorIds[0], rule.ruleId, gifts[0]!.cause, gifts.map(({ causeId }) => causeId)])).map(({ key }) => key));
  const fresh = gifts.filter(({ causeId, memberId }) => !known.has(`${causeId}/${memberId}`)).slice(0, stock.left ?? gifts.length).map((gift) => ({ ...gift, giftId: newUuid() }));
  if (fresh.length === 0) return 0;
  await tx.execute('update wallets.coupon_stock set gifts_issued = gifts_issued + $3 where operator_id = $1 and rule_id = $2', [tx.operatorIds[0], rule.ruleId, fresh.length]);
  await tx.execute(
    `insert into wallets.coupon_gift (operator_id, gift_id, rule_id, rule_version, member_id, cause, cause_id, top_up_minimum_minor, coupons, given_by, reason, recorded_at)
     select $1, k.gift_id, $2, $3, k.member_id, $4, k.cause_id, $5, $6, $7, $8, $9 from unnest($10::uuid[], $11::uuid[], $12::uuid[]) as k (gift_id, member_id, cause_id)`,
    [tx.operatorIds[0], rule.ruleId, rule.version, fresh[0]!.cause, rule.topUpMinimumMinor, rule.couponsPerGift, fresh[0]!.givenBy, fresh[0]!.reason, sqlTimestamp(now),
      fresh.map(({ giftId }) => giftId), fresh.map(({ memberId }) => memberId), fresh.map(({ causeId }) => causeId)]);
  const { validFrom, validTo } = validityOf(rule, now);
  const coupons = fresh.flatMap(({ giftId, memberId }) => Array.from({ length: rule.couponsPerGift }, () => ({ couponId: newUuid(), giftId, memberId })));
  await tx.execute(
    `with given as (
       insert into wallets.coupon (operator_id, coupon_id, gift_id, rule_id, member_id, name, currency, amount_minor, station_ids, threshold_minor, use_max, valid_from, valid_to, given_at, state, state_at)
       select $1, k.coupon_id, k.gift_id, $2, k.member_id, $3, $4, $5, $6, $7, $8, $9, $10, $11, 'unused', $11 from unnest($12::uuid[], $13::uuid[], $14::uuid[]) as k (coupon_id, gift_id, member_id) returning coupon_id)
     insert into wallets.coupon_event (operator_id, coupon_id, kind, recorded_at) select $1, coupon_id, 'given', $11 from given`,
    [tx.operatorIds[0], rule.ruleId, rule.name, rule.currency, rule.denominationMinor, rule.stationIds, rule.thresholdMinor, rule.useMax, sqlTimestamp(validFrom), sqlTimestamp(validTo), sqlTimestamp(now),
      coupons.map(({ couponId }) => couponId), coupons.map(({ giftId }) => giftId), coupons.map(({ memberId }) => memberId)]);
  return coupons.length;
}
