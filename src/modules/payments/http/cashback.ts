import { Type, type Static } from 'typebox';
import { assert, money } from '../../../kernel/index.ts';
import { recordAct } from '../../../platform/audit-log/index.ts';
import { Body, CurrencyJson, InstantJson, instantFromJson, instantToJson, MoneyJson, moneyToJson, NullOr, orNull, PositiveIntegerJson, type Api } from '../../../platform/http/index.ts';
import { TOP_UP_CHANNELS } from '../../wallets/index.ts';
import { CASHBACK_TIERS_MAX, changeCashbackRules, currentCashbackRules, type CashbackRules } from '../cashback/cashback-rules.ts';
import { orRefusal } from './order-json.ts';

const tag = 'payments';
const ChannelJson = Type.Enum([...TOP_UP_CHANNELS], { title: 'TopUpChannel' });
const Rules = Type.Object({
  version: Type.Integer({ description: '0 while nobody has set any.' }), currency: CurrencyJson, tiers: Type.Array(Type.Object({ topUp: MoneyJson, cashback: MoneyJson }, { title: 'CashbackTier' }), { description: 'Ascending; the highest that a top-up reaches counts.' }),
  channels: Type.Array(ChannelJson), from: InstantJson, to: NullOr(InstantJson), recordedAt: NullOr(InstantJson),
}, { title: 'CashbackRules' });

/** Cashback on top-ups (P-11): which top-up is given how much. */
export function registerCashbackRoutes(api: Api): void {
  api.route({
    method: 'GET', path: '/cashback-rules', operationId: 'getCashbackRules', tag, summary: 'Which top-up is given how much cashback', permission: 'coupons:read', audience: 'operator', response: Rules,
    handler: async (tx) => toJson(await currentCashbackRules(tx)),
  });
  api.route({
    method: 'PUT', path: '/cashback-rules', operationId: 'changeCashbackRules', tag, summary: 'Change which top-up is given how much cashback',
    description: 'Orders that are open already are given what stood when they were opened. Give the version that you have seen. Without tiers nothing is given.', permission: 'coupons:write', audience: 'operator', response: Rules,
    errors: ['cashback_rules_invalid', 'cashback_rules_changed_meanwhile'],
    body: Body({
      version: Type.Integer(), tiers: Type.Array(Body({ topUpMinor: PositiveIntegerJson, cashbackMinor: PositiveIntegerJson }), { maxItems: CASHBACK_TIERS_MAX * 2 }), from: InstantJson, to: NullOr(InstantJson),
      channels: Type.Optional(Type.Array(ChannelJson, { uniqueItems: true, description: 'For top-ups by which of these it is given. Left out: as before; at first all of them.' })),
      reason: Type.Optional(NullOr(Type.String({ maxLength: 500 }))),
    }),
    handler: async (tx, call) => {
      assert(call.actor.kind !== 'system', 'a change over HTTP has somebody who is logged in');
      const before = await currentCashbackRules(tx), { version, tiers, from, to, channels } = call.body, reason = call.body.reason?.trim() || null;
      const after = orRefusal(await changeCashbackRules(tx, {
        seenVersion: version, ...(channels === undefined ? {} : { channels }), tiers: tiers.map((tier) => ({ topUpMinor: BigInt(tier.topUpMinor), cashbackMinor: BigInt(tier.cashbackMinor) })), from: instantFromJson(from), to: orNull(to, instantFromJson), changedBy: call.actor.id, reason,
      }, call));
      await recordAct(tx, { actor: call.actor, from: call.from, act: 'payments.change_cashback_rules', subject: { kind: 'operator', id: call.operator.operatorId }, before: { ...before }, after: { ...after }, reason }, call);
      return toJson(after);
    },
  });
}

function toJson({ version, currency, tiers, channels, from, to, recordedAt }: CashbackRules): Static<typeof Rules> {
  const amount = (minor: bigint): MoneyJson => moneyToJson(money(minor, currency));
  return {
    version, currency, tiers: tiers.map(({ topUpMinor, cashbackMinor }) => ({ topUp: amount(topUpMinor), cashback: amount(cashbackMinor) })), channels: [...channels], from: instantToJson(from), to: orNull(to, instantToJson), recordedAt: orNull(recordedAt, instantToJson),
  };
}
