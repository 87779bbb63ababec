/** Coupons (C-19): rules by version, gifts by hand, what a member has. */
import { Type, type Static } from 'typebox';
import { assert, instant, money, type Clock, type Instant, type MemberId } from '../../../kernel/index.ts';
import { recordAct, type Actor, type ActOrigin } from '../../../platform/audit-log/index.ts';
import { requestApproval, type ApprovalKind } from '../../../platform/approvals/index.ts';
import type { Tx } from '../../../platform/database/index.ts';
import { orProblem, problem } from '../../../platform/errors/index.ts';
import {
  Body, decodeCursor, IdJson, idFromJson, idToJson, InstantJson, instantFromJson, instantToJson, MoneyJson, moneyFromJson, moneyToJson, NullOr, orNull, Page, pageQuery, toPage, type Api, type Call,
} from '../../../platform/http/index.ts';
import { announce } from '../../../platform/live-updates/index.ts';
import { loadMembers, loadOperator } from '../../parties/index.ts';
import { fourEyesAbove } from '../commands/adjust-wallet.ts';
import { openWallets } from '../commands/open-wallet.ts';
import { GIFT_MEMBERS_MAX, giveByHand, type GiftByHand } from '../coupons/give-coupons.ts';
import { findRule, listRules, setCouponRule } from '../coupons/rules.ts';
import { COUPON_STATES, COUPON_STATIONS_MAX, COUPONS_PER_GIFT_MAX, ISSUE_CONDITIONS, TOP_UP_CHANNELS, type CouponRule, type CouponTerms } from '../domain/coupon.ts';
import { listCoupons, type ListedCoupon } from '../queries/coupons.ts';

const tag = 'coupons';
const TopUpChannelJson = Type.Enum([...TOP_UP_CHANNELS], { title: 'TopUpChannel' });
const ruleParams = Type.Object({ ruleId: IdJson('cpr') });
const terms = {
  name: Type.String({ minLength: 1, maxLength: 100 }), issueCondition: Type.Enum([...ISSUE_CONDITIONS], { title: 'CouponIssueCondition', description: 'On a top-up of at least so much, to a newcomer, or by hand.' }),
  topUpMinimum: NullOr(MoneyJson), topUpChannels: Type.Optional(Type.Array(TopUpChannelJson, { uniqueItems: true, description: 'Of a rule for top-ups: by which of them it gives. Left out: as before; a new rule gives by all of them.' })), denomination: MoneyJson, couponsPerGift: Type.Integer({ minimum: 1, maximum: COUPONS_PER_GIFT_MAX }),
  giftsMax: NullOr(Type.Integer({ minimum: 1, maximum: 10_000_000, description: 'How many packs there are in all; null: any number.' })), onSaleFrom: InstantJson, onSaleTo: NullOr(InstantJson),
  validityDays: NullOr(Type.Integer({ minimum: 1, maximum: 3_660, description: 'Days from when it is given; else a span from validFrom to validTo.' })), validFrom: NullOr(InstantJson), validTo: NullOr(InstantJson),
  stationIds: Type.Array(IdJson('sta'), { maxItems: COUPON_STATIONS_MAX, description: 'Where it holds; empty: everywhere.' }), threshold: MoneyJson,
  useMax: Type.Integer({ minimum: 1, maximum: 100, description: 'How many coupons one bill takes, where one of them is of this rule.' }), isOn: Type.Boolean(), remark: NullOr(Type.String({ maxLength: 500 })),
};
const Rule = Type.Object({ ruleId: IdJson('cpr'), version: Type.Integer(), ...terms, topUpChannels: Type.Array(TopUpChannelJson), giftsIssued: Type.Integer(), recordedAt: InstantJson }, { title: 'CouponRule' });
const Coupon = Type.Object({
  couponId: IdJson('cpn'), ruleId: IdJson('cpr'), name: Type.String(), amount: MoneyJson, threshold: MoneyJson, useMax: Type.Integer(), stationIds: Type.Array(IdJson('sta')), validFrom: InstantJson, validTo: InstantJson,
  givenAt: InstantJson, state: Type.Enum([...COUPON_STATES], { title: 'CouponState' }), stateAt: InstantJson, hasLapsed: Type.Boolean(), sessionId: NullOr(IdJson('chg')), discount: NullOr(MoneyJson),
}, { title: 'Coupon' });
const Given = Type.Object({ state: Type.Enum(['given', 'awaiting_approval'], { title: 'CouponGiftState' }), coupons: Type.Integer(), approvalId: NullOr(IdJson('apr')) }, { title: 'CouponGift' });

export function registerCouponRoutes(api: Api): void {
  registerRules(api);
  registerGiving(api);
  api.route({
    method: 'GET', path: '/members/:memberId/coupons', operationId: 'listCoupons', tag, summary: "A member's coupons, newest first", permission: 'coupons:read', audience: 'operator',
    params: Type.Object({ memberId: IdJson('mem') }), query: Type.Object({ ...pageQuery, state: Type.Optional(Type.Enum([...COUPON_STATES])) }), response: Page(Coupon), errors: ['member_not_found'],
    handler: async (tx, call) => {
      const memberId = idFromJson<MemberId>('mem', call.params.memberId, 'member_not_found');
      const { limit, state } = call.query, cursor = decodeCursor(call.query.cursor, ['number', 'uuid']);
      const rows = await listCoupons(tx, { memberId, state: state ?? null, after: cursor === null ? null : { givenAt: instant(cursor[0]), couponId: cursor[1] }, countMax: limit + 1 });
      return toPage(rows, limit, (row) => couponToJson(row, call.clock.now()), (row) => [row.givenAt, row.couponId]);
    },
  });
}

function registerRules(api: Api): void {
  api.route({
    method: 'GET', path: '/coupon-rules', operationId: 'listCouponRules', tag, summary: 'Coupon rules as they stand, newest first', permission: 'coupons:read', audience: 'operator',
    query: Type.Object({ ...pageQuery }), response: Page(Rule),
    handler: async (tx, call) => {
      const cursor = decodeCursor(call.query.cursor, ['uuid']);
      return toPage(await listRules(tx, { after: cursor?.[0] ?? null, countMax: call.query.limit + 1 }), call.query.limit, ruleToJson, (rule) => [rule.ruleId]);
    },
  });
  const errors = ['coupon_rule_invalid', 'currency_differs', 'coupon_rule_changed_meanwhile', 'coupon_gifts_given_already'] as const;
  api.route({
    method: 'POST', path: '/coupon-rules', operationId: 'createCouponRule', tag, summary: 'Make a coupon rule', permission: 'coupons:write', audience: 'operator', status: 201, body: Body(terms), response: Rule, errors: [...errors],
    handler: (tx, call) => change(tx, call, { ruleId: null, seenVersion: null }),
  });
  api.route({
    method: 'PUT', path: '/coupon-rules/:ruleId', operationId: 'changeCouponRule', tag, summary: 'Change a coupon rule; coupons that were given stay as they are',
    description: 'Give the version that you have seen: when somebody has changed the rule since, nothing is changed.', permission: 'coupons:write', audience: 'operator', params: ruleParams,
    body: Body({ ...terms, version: Type.Integer() }), response: Rule, errors: [...errors, 'coupon_rule_not_found'],
    handler: (tx, call) => change(tx, call, { ruleId: idFromJson('cpr', call.params.ruleId, 'coupon_rule_not_found'), seenVersion: call.body.version }),
  });
}

type RuleCall = Pick<Call<unknown, unknown, Static<ReturnType<typeof Type.Object<typeof terms>>>>, 'body' | 'actor' | 'from' | 'clock'>;

async function change(tx: Tx, call: RuleCall, of: { readonly ruleId: string | null; readonly seenVersion: number | null }): Promise<Static<typeof Rule>> {
  const { currency } = await loadOperator(tx);
  const minor = (json: MoneyJson): bigint => {
    if (json.currency !== currency) throw problem('currency_differs', { data: { currency } });
    return moneyFromJson(json).amountMinor;
  };
  assert(call.actor.kind !== 'system', 'a change over HTTP has somebody who is logged in');
  const { topUpMinimum, denomination, threshold, onSaleFrom, onSaleTo, validFrom, validTo, stationIds, name, issueCondition, couponsPerGift, giftsMax, validityDays, useMax, isOn, remark, topUpChannels } = call.body;
  const asked: CouponTerms = {
    ...(topUpChannels === undefined ? {} : { topUpChannels }), name, issueCondition, couponsPerGift, giftsMax, validityDays, useMax, isOn, remark, topUpMinimumMinor: orNull(topUpMinimum, minor), denominationMinor: minor(denomination), thresholdMinor: minor(threshold),
    onSaleFrom: instantFromJson(onSaleFrom), onSaleTo: orNull(onSaleTo, instantFromJson), validFrom: orNull(validFrom, instantFromJson), validTo: orNull(validTo, instantFromJson),
    stationIds: stationIds.map((id) => idFromJson('sta', id, 'coupon_rule_invalid')),
  };
  const before = of.ruleId === null ? null : await findRule(tx, of.ruleId);
  const after = orProblem(await setCouponRule(tx, { ...asked, ...of, changedBy: call.actor.id }, call));
  const kept = ({ recordedAt: _at, changedBy: _by, ...rule }: CouponRule) => rule;
  await recordAct(tx, { actor: call.actor, from: call.from, act: before === null ? 'wallets.create_coupon_rule' : 'wallets.change_coupon_rule', subject: { kind: 'coupon_rule', id: after.ruleId }, before: orNull(before, kept), after: kept(after) }, call);
  announce(tx, 'wallets.coupons');
  return ruleToJson(after);
}

function registerGiving(api: Api): void {
  api.route({
    method: 'POST', path: '/coupon-rules/:ruleId/gifts', operationId: 'giveCoupons', tag, summary: 'Give a pack to each of some members',
    description: 'All of them or none. Worth more than the threshold for money by hand it waits for another person.', permission: 'coupons:give', audience: 'operator', status: 201, params: ruleParams, response: Given,
    body: Body({ memberIds: Type.Array(IdJson('mem'), { minItems: 1, maxItems: GIFT_MEMBERS_MAX }), reason: Type.String({ minLength: 1, maxLength: 500 }) }),
    errors: ['coupon_rule_not_found', 'coupon_rule_changed_meanwhile', 'coupon_rule_not_by_hand', 'coupon_rule_off', 'coupon_packs_given', 'member_not_found'],
    handler: async (tx, call) => {
      assert(call.actor.kind !== 'system', 'a gift by hand has somebody who is logged in');
      const memberIds = [...new Set(call.body.memberIds.map((id) => idFromJson<MemberId>('mem', id, 'member_not_found')))];
      if ((await loadMembers(tx, memberIds)).size !== memberIds.length) throw problem('member_not_found');
      const gift: GiftByHand = { commandId: call.commandId, ruleId: idFromJson('cpr', call.params.ruleId, 'coupon_rule_not_found'), memberIds, givenBy: call.actor.id, reason: call.body.reason.trim() };
      const rule = await findRule(tx, gift.ruleId);
      if (rule === null) throw problem('coupon_rule_not_found');
      const above = await fourEyesAbove(tx);
      if (rule.denominationMinor * BigInt(rule.couponsPerGift * memberIds.length) > above) {
        const approvalId = await requestApproval(tx, {
          kind: 'wallets.give_coupons', payload: { ...gift, seenVersion: rule.version }, subject: { kind: 'coupon_rule', id: gift.ruleId }, reason: gift.reason, rule: `coupons by hand worth more than ${above} minor units need a second person`,
          requestedBy: call.actor, from: call.from,
        }, call);
        announce(tx, 'approvals');
        return { state: 'awaiting_approval' as const, coupons: 0, approvalId: idToJson('apr', approvalId) };
      }
      const coupons = await give(tx, gift, call);
      if (!coupons.ok) return orProblem(coupons);
      return { state: 'given' as const, coupons: coupons.value, approvalId: null };
    },
  });
}

async function give(tx: Tx, gift: GiftByHand, { actor, from, clock }: { readonly actor: Actor; readonly from: ActOrigin; readonly clock: Clock }): ReturnType<typeof giveByHand> {
  await openWallets(tx, gift.memberIds, (await loadOperator(tx)).currency, { clock });
  const given = await giveByHand(tx, gift, { clock });
  if (given.ok) {
    await recordAct(tx, {
      actor, from, act: 'wallets.give_coupons', subject: { kind: 'coupon_rule', id: gift.ruleId }, after: { commandId: gift.commandId, members: gift.memberIds, coupons: given.value, askedBy: gift.givenBy }, reason: gift.reason,
    }, { clock });
  }
  return given;
}

/** What approving does: the coupons are given in the name of whoever asked. */
export const couponGiftApproval: ApprovalKind = {
  kind: 'wallets.give_coupons',
  async apply(tx, { payload, requestedBy, reason, decidedBy }, { clock, from }) {
    const gift: GiftByHand = { commandId: payload.commandId as string, ruleId: payload.ruleId as string, memberIds: payload.memberIds as MemberId[], givenBy: requestedBy, reason, seenVersion: (payload.seenVersion as number | undefined) ?? null };
    const given = await give(tx, gift, { actor: { kind: 'user', id: decidedBy }, from, clock });
    return given.ok ? { ok: true, value: { coupons: given.value } } : given;
  },
};

function ruleToJson(rule: CouponRule): Static<typeof Rule> {
  const amount = (minor: bigint): MoneyJson => moneyToJson(money(minor, rule.currency));
  const { ruleId, version, name, issueCondition, couponsPerGift, giftsMax, validityDays, useMax, isOn, remark, giftsIssued } = rule;
  return {
    ruleId: idToJson('cpr', ruleId), version, name, issueCondition, couponsPerGift, giftsMax, validityDays, useMax, isOn, remark, giftsIssued, topUpChannels: [...rule.topUpChannels], topUpMinimum: orNull(rule.topUpMinimumMinor, amount),
    denomination: amount(rule.denominationMinor), threshold: amount(rule.thresholdMinor), onSaleFrom: instantToJson(rule.onSaleFrom), onSaleTo: orNull(rule.onSaleTo, instantToJson),
    validFrom: orNull(rule.validFrom, instantToJson), validTo: orNull(rule.validTo, instantToJson), stationIds: rule.stationIds.map((id) => idToJson('sta', id)), recordedAt: instantToJson(rule.recordedAt),
  };
}

function couponToJson(coupon: ListedCoupon, now: Instant): Static<typeof Coupon> {
  const amount = (minor: bigint): MoneyJson => moneyToJson(money(minor, coupon.currency));
  return {
    couponId: idToJson('cpn', coupon.couponId), ruleId: idToJson('cpr', coupon.ruleId), name: coupon.name, amount: amount(coupon.amountMinor), threshold: amount(coupon.thresholdMinor), useMax: coupon.useMax,
    stationIds: coupon.stationIds.map((id) => idToJson('sta', id)), validFrom: instantToJson(coupon.validFrom), validTo: instantToJson(coupon.validTo), givenAt: instantToJson(coupon.givenAt), state: coupon.state,
    stateAt: instantToJson(coupon.stateAt), hasLapsed: coupon.validTo <= now, sessionId: orNull(coupon.sessionId, (id) => idToJson('chg', id)), discount: orNull(coupon.discountMinor, amount),
  };
}
