import { Type, type Static, type TSchema } from 'typebox';
import { IdJson, idToJson, InstantJson, instantToJson, NullOr, orNull } from '../../../platform/http/index.ts';
import { BREAKER_STATES } from '../channels/channels.ts';
import { LIMIT_RANGES, PUBLIC_KEYS_MAX, type AccountSettings, type CallLimits, type KeyReference } from '../channels/settings.ts';
import type { SeenAccount } from '../queries/merchant-accounts.ts';
import { PROBE_OUTCOMES } from '../store/notify-probes.ts';
import { ChannelKindJson, EnvironmentJson } from './order-json.ts';
import type { AccountVersion } from '../store/merchant-accounts.ts';

const ABOUT_LIMITS: Readonly<Record<keyof CallLimits, string>> = {
  timeoutMs: 'How long an answer may take; after that the outcome is unknown.', concurrencyMax: 'Calls on the wire at once.', waitMsMax: 'How long one more call waits for its turn.',
  callsPerSecondMax: 'Calls a second in the long run.', burstMax: 'Calls at once after a pause.', breakerFailures: 'Failures in a row that keep further calls back.',
  breakerOpenMs: 'How long calls are kept back before one may try.',
};
const limit = (name: keyof CallLimits) => Type.Integer({ minimum: LIMIT_RANGES[name][0], maximum: LIMIT_RANGES[name][1], description: ABOUT_LIMITS[name] });
const LimitsJson = Type.Object({
  timeoutMs: limit('timeoutMs'), concurrencyMax: limit('concurrencyMax'), waitMsMax: limit('waitMsMax'), callsPerSecondMax: limit('callsPerSecondMax'), burstMax: limit('burstMax'),
  breakerFailures: limit('breakerFailures'), breakerOpenMs: limit('breakerOpenMs'),
}, { title: 'CallLimits', additionalProperties: false });

const word = (description: string, maxLength = 128) => Type.String({ minLength: 1, maxLength, description });
const KeyJson = Type.String({ maxLength: 120, title: 'KeyReference', description: 'Where a key is, never the key: "file:NAME" in the operator\'s folder of keys, or "env:NAME".' });
const shared = <P extends Record<string, TSchema>>(own: P) => ({ ...own, apiAddress: word('Where the channel is called.', 200), notifyOrigin: NullOr(word('Origin of the notify address; null: the one of this installation.', 200)), limits: LimitsJson });

const WechatPayJson = Type.Object(shared({
  kind: Type.Literal('wechatpay'), merchantId: word('mchid'), appId: word('appid'), certificateSerial: word('Serial number of the API certificate.'), privateKey: KeyJson, apiV3Key: KeyJson,
  verifyWith: Type.Enum(['certificates', 'public_key'], { title: 'VerifyWith' }),
  publicKeys: Type.Array(Type.Object({ id: word('PUB_KEY_ID_…'), key: KeyJson }, { additionalProperties: false }), { maxItems: PUBLIC_KEYS_MAX }),
}), { title: 'WechatPaySettings', additionalProperties: false });
const AlipayJson = Type.Object(shared({
  kind: Type.Literal('alipay'), merchantId: word("The seller's id, 2088…"), appId: word('app_id'), privateKey: KeyJson, publicKeys: Type.Array(KeyJson, { maxItems: PUBLIC_KEYS_MAX }),
}), { title: 'AlipaySettings', additionalProperties: false });
export const SettingsJson = Type.Union([WechatPayJson, AlipayJson], { title: 'AccountSettings' });

/** Whether a key is named rightly the command checks, with the rest. */
export const settingsFromJson = (json: Static<typeof SettingsJson>): AccountSettings => json.kind === 'alipay'
  ? { ...json, privateKey: json.privateKey as KeyReference, publicKeys: json.publicKeys as KeyReference[] }
  : { ...json, privateKey: json.privateKey as KeyReference, apiV3Key: json.apiV3Key as KeyReference, publicKeys: json.publicKeys as { id: string; key: KeyReference }[] };
export const settingsToJson = (settings: AccountSettings): Static<typeof SettingsJson> =>
  settings.kind === 'alipay' ? { ...settings, publicKeys: [...settings.publicKeys] } : { ...settings, publicKeys: settings.publicKeys.map((each) => ({ ...each })) };

const version = { version: Type.Integer(), settings: SettingsJson, enabled: Type.Boolean(), changedBy: Type.String(), reason: NullOr(Type.String()), changedAt: InstantJson };
export const VersionJson = Type.Object(version, { title: 'MerchantAccountVersion' });
export const versionToJson = (of: AccountVersion, nameOf: (actor: string) => string): Static<typeof VersionJson> =>
  ({ version: of.version, settings: settingsToJson(of.settings), enabled: of.enabled, changedBy: nameOf(of.changedBy), reason: of.reason, changedAt: instantToJson(of.changedAt) });

export const ProbeJson = Type.Object({
  outcome: Type.Enum(['confirmed', 'refused', 'unknown'], { title: 'ChannelOutcome' }), reason: NullOr(Type.String()), channelCode: NullOr(Type.String()), message: NullOr(Type.String()), at: InstantJson,
}, { title: 'ChannelProbe', description: 'What the channel said when it was asked whether the settings are right.' });
export const NotifyProbeJson = Type.Object({ outcome: NullOr(Type.Enum([...PROBE_OUTCOMES], { title: 'NotifyProbeOutcome' })), address: Type.String(), sentAt: InstantJson, arrivedAt: NullOr(InstantJson) }, { title: 'NotifyAddressProbe' });
const HealthJson = Type.Object({
  breaker: Type.Enum([...BREAKER_STATES], { title: 'BreakerState' }), breakerSince: NullOr(InstantJson), callsInFlight: Type.Integer(), callsWaiting: Type.Integer(),
  lastAnswerAt: NullOr(InstantJson), lastFailureAt: NullOr(InstantJson), lastFailure: NullOr(Type.String()),
}, { title: 'ChannelHealth', description: 'How calls of the answering process go; other processes have their own.' });

export const AccountJson = Type.Object({
  merchantAccountId: IdJson('mch'), kind: ChannelKindJson, name: Type.String(),
  environment: EnvironmentJson, notifyAddress: Type.String(), recordedAt: InstantJson, ...version,
  probe: NullOr(ProbeJson), notifyProbe: NullOr(NotifyProbeJson), lastNotificationAt: NullOr(InstantJson), health: NullOr(HealthJson),
}, { title: 'MerchantAccount' });

export function accountToJson({ account, signs, health }: SeenAccount, { nameOf, notifyOrigin }: { readonly nameOf: (actor: string) => string; readonly notifyOrigin: string }): Static<typeof AccountJson> {
  const { probe, notifyProbe, lastNotificationAt } = signs;
  return {
    merchantAccountId: idToJson('mch', account.merchantAccountId), kind: account.kind, name: account.name, environment: account.environment,
    notifyAddress: `${account.settings.notifyOrigin ?? notifyOrigin}/notify/${account.notifyKey}`, recordedAt: instantToJson(account.recordedAt), ...versionToJson(account, nameOf),
    probe: orNull(probe, ({ outcome, reason, channelCode, message, probedAt }) => ({ outcome, reason, channelCode, message, at: instantToJson(probedAt) })),
    notifyProbe: orNull(notifyProbe, (each) => ({ outcome: each.outcome, address: each.address, sentAt: instantToJson(each.sentAt), arrivedAt: orNull(each.arrivedAt, instantToJson) })),
    lastNotificationAt: orNull(lastNotificationAt, instantToJson),
    health: orNull(health, ({ breaker, breakerSince, callsInFlight, callsWaiting, lastAnswerAt, lastFailureAt, lastFailure }) => ({
      breaker, breakerSince: orNull(breakerSince, instantToJson), callsInFlight, callsWaiting, lastAnswerAt: orNull(lastAnswerAt, instantToJson), lastFailureAt: orNull(lastFailureAt, instantToJson), lastFailure,
    })),
  };
}
