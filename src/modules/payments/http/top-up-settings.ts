import { Type, type Static } from 'typebox';
import { assert, money } from '../../../kernel/index.ts';
import { recordAct } from '../../../platform/audit-log/index.ts';
import { Body, CurrencyJson, InstantJson, instantToJson, IntegerJson, MoneyJson, moneyToJson, NullOr, orNull, PositiveIntegerJson, type Api } from '../../../platform/http/index.ts';
import { changeTopUpSettings, loadTopUpSettings, TOP_UP_AMOUNTS_MAX, TOP_UP_PROBLEMS, topUpWarnings, type TopUpSettings, type TopUpWarning } from '../commands/top-up-settings.ts';
import { orRefusal } from './order-json.ts';

const tag = 'payments';
const WARNINGS = ['never_set', 'no_live_account', ...TOP_UP_PROBLEMS] as const;
const Settings = Type.Object({
  version: Type.Integer({ description: '0 while the built-in amounts count.' }), currency: CurrencyJson, amounts: Type.Array(MoneyJson), minimum: MoneyJson, maximum: MoneyJson, balanceThreshold: MoneyJson,
  changedBy: NullOr(Type.String()), recordedAt: NullOr(InstantJson),
  warnings: Type.Array(Type.Enum([...WARNINGS], { title: 'TopUpWarning' }), { description: 'What must be put right before going live.' }),
}, { title: 'TopUpSettings' });

/** Top-up amounts on offer and the balance below which members are reminded: per operator, checked on every change and shown with what is missing before going live (C-22). */
export function registerTopUpSettingsRoutes(api: Api): void {
  api.route({
    method: 'GET', path: '/top-up-settings', operationId: 'getTopUpSettings', tag, summary: 'Top-up amounts on offer, their bounds, and the balance threshold',
    permission: 'wallets:read', audience: 'operator', response: Settings,
    handler: async (tx) => toJson(await loadTopUpSettings(tx), await topUpWarnings(tx)),
  });
  api.route({
    method: 'PUT', path: '/top-up-settings', operationId: 'changeTopUpSettings', tag, summary: 'Change the top-up amounts on offer',
    permission: 'settings:write', audience: 'operator', response: Settings, errors: ['top_up_settings_invalid'],
    body: Body({
      amountsMinor: Type.Array(PositiveIntegerJson, { maxItems: TOP_UP_AMOUNTS_MAX * 2 }), minimumMinor: PositiveIntegerJson, maximumMinor: PositiveIntegerJson, balanceThresholdMinor: IntegerJson,
      reason: Type.Optional(Type.String({ minLength: 1, maxLength: 500 })),
    }),
    handler: async (tx, call) => {
      assert(call.actor.kind !== 'system', 'a change over HTTP has somebody who is logged in');
      const before = await loadTopUpSettings(tx);
      const after = orRefusal(await changeTopUpSettings(tx, {
        amountsMinor: call.body.amountsMinor.map(BigInt), minimumMinor: BigInt(call.body.minimumMinor), maximumMinor: BigInt(call.body.maximumMinor), balanceThresholdMinor: BigInt(call.body.balanceThresholdMinor),
        changedBy: call.actor.id, reason: call.body.reason ?? null,
      }, call));
      const kept = ({ amountsMinor, minimumMinor, maximumMinor, balanceThresholdMinor, version }: TopUpSettings) => ({ version, amountsMinor, minimumMinor, maximumMinor, balanceThresholdMinor });
      await recordAct(tx, { actor: call.actor, from: call.from, act: 'payments.change_top_up_settings', subject: { kind: 'operator', id: call.operator.operatorId }, before: kept(before), after: kept(after), reason: call.body.reason ?? null }, call);
      return toJson(after, await topUpWarnings(tx));
    },
  });
}

function toJson(settings: TopUpSettings, warnings: TopUpWarning[]): Static<typeof Settings> {
  const amount = (minor: bigint): MoneyJson => moneyToJson(money(minor, settings.currency));
  return {
    version: settings.version, currency: settings.currency, amounts: settings.amountsMinor.map(amount), minimum: amount(settings.minimumMinor), maximum: amount(settings.maximumMinor),
    balanceThreshold: amount(settings.balanceThresholdMinor), changedBy: settings.changedBy, recordedAt: orNull(settings.recordedAt, instantToJson),
    warnings,
  };
}
