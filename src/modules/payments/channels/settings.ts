/**
 * What is set for a merchant's account: numbers, addresses, limits, and where its keys are. Kept by version as JSON; a key itself is never in it.
 */
import { ok, refuse, type Result } from '../../../kernel/index.ts';
import type { ChannelKind } from '../domain/channel.ts';
import type { Environment } from '../domain/order-number.ts';
import { isKeyReference, type KeyReference } from './keys.ts';

export type { KeyReference };


/** How an account may be called. All of it changes at run time, by a new version. */
export type CallLimits = {
  /** How long an answer may take. After that the outcome is unknown. */
  readonly timeoutMs: number;
  /** Calls on the wire at once, and how long one more waits for its turn (also for the rate limit) before it gives up. */
  readonly concurrencyMax: number; readonly waitMsMax: number;
  /** Token bucket: calls a second in the long run, and how many at once after a pause. */
  readonly callsPerSecondMax: number; readonly burstMax: number;
  /** Failures in a row (no answer, 5xx) that open the breaker, and how long it stays open before one call may try. */
  readonly breakerFailures: number; readonly breakerOpenMs: number;
};

export type WechatPaySettings = {
  readonly kind: 'wechatpay';
  /** `mchid` and `appid`. One account is one pair: a merchant with several apps has several accounts. */
  readonly merchantId: string; readonly appId: string;
  /** Serial number of the merchant's API certificate, in hexadecimal. */
  readonly certificateSerial: string;
  readonly privateKey: KeyReference; readonly apiV3Key: KeyReference;
  /**
   * What answers are verified with: `certificates` are downloaded with the APIv3 key and rotate by themselves; `public_key` has ids (`PUB_KEY_ID_…`) and files.
   * Public keys may be given beside certificates while a merchant is moved from one to the other.
   */
  readonly verifyWith: 'certificates' | 'public_key';
  readonly publicKeys: readonly { readonly id: string; readonly key: KeyReference }[];
};

export type AlipaySettings = {
  readonly kind: 'alipay';
  readonly appId: string;
  /** The seller's id (2088…). */
  readonly merchantId: string;
  readonly privateKey: KeyReference;
  /** Alipay's public keys; more than one while they rotate. */
  readonly publicKeys: readonly KeyReference[];
};

export type AccountSettings = (WechatPaySettings | AlipaySettings) & {
  /** Where the channel is called: its origin (WeChat Pay) or its gateway (Alipay). */
  readonly apiAddress: string;
  /** Origin of the notify address, when it is not the one of this installation. */
  readonly notifyOrigin: string | null;
  readonly limits: CallLimits;
};

export const DEFAULT_API_ADDRESS: Readonly<Record<ChannelKind, string>> = { wechatpay: 'https://api.mch.weixin.qq.com', alipay: 'https://openapi.alipay.com/gateway.do' };
export const DEFAULT_LIMITS: CallLimits = { timeoutMs: 8_000, concurrencyMax: 32, waitMsMax: 5_000, callsPerSecondMax: 50, burstMax: 100, breakerFailures: 10, breakerOpenMs: 15_000 };

/** Where channels really are. Another address needs to be allowed by whoever runs the installation, or an operator could have us call anything. */
export const CHANNEL_ORIGINS: Readonly<Record<ChannelKind, readonly string[]>> = {
  wechatpay: ['https://api.mch.weixin.qq.com', 'https://api2.mch.weixin.qq.com'],
  alipay: ['https://openapi.alipay.com', 'https://openapi-sandbox.dl.alipaydev.com'],
};
export const PUBLIC_KEYS_MAX = 8;
/** Least and most of each limit. */
export const LIMIT_RANGES: Readonly<Record<keyof CallLimits, readonly [least: number, most: number]>> = {
  timeoutMs: [100, 60_000], concurrencyMax: [1, 500], waitMsMax: [0, 60_000], callsPerSecondMax: [1, 1_000], burstMax: [1, 2_000], breakerFailures: [1, 1_000], breakerOpenMs: [50, 600_000],
};

/** What an installation allows beside the channels' own addresses: a simulator, a proxy. */
export type SettingsRules = { readonly allowedOrigins: readonly string[] };
export type SettingsRejection = { readonly code: 'merchant_account_settings_invalid'; readonly field: string; readonly why: string };

/**
 * Refuses what cannot be right, the first fault in the order of the fields. Whether the channel agrees only asking it tells (`Channel.probe`).
 * Live accounts are called at the channel's own address; an account of the demo never is.
 */
export function checkSettings(settings: AccountSettings, { environment, allowedOrigins }: SettingsRules & { readonly environment: Environment }): Result<AccountSettings, SettingsRejection> {
  const wrong = (field: string, why: string) => refuse({ code: 'merchant_account_settings_invalid' as const, field, why });
  const { merchantId, appId, limits } = settings;
  if (settings.kind === 'wechatpay') {
    if (!/^\d{8,32}$/.test(merchantId)) return wrong('merchantId', 'a merchant number has 8 to 32 digits');
    if (!/^wx[0-9a-zA-Z_-]{6,30}$/.test(appId)) return wrong('appId', 'an app id begins with wx');
    if (!/^[0-9A-Fa-f]{8,64}$/.test(settings.certificateSerial)) return wrong('certificateSerial', 'a serial number has hexadecimal digits');
    if (settings.verifyWith === 'public_key' && settings.publicKeys.length === 0) return wrong('publicKeys', 'verifying with public keys needs one');
    if (settings.publicKeys.length > PUBLIC_KEYS_MAX || new Set(settings.publicKeys.map(({ id }) => id)).size !== settings.publicKeys.length) return wrong('publicKeys', `at most ${PUBLIC_KEYS_MAX}, each id once`);
    if (settings.publicKeys.some(({ id }) => !/^PUB_KEY_ID_[0-9A-Za-z]{1,60}$/.test(id))) return wrong('publicKeys', 'the id of a public key begins with PUB_KEY_ID_');
  } else {
    if (!/^\d{16}$/.test(appId)) return wrong('appId', 'an app id has 16 digits');
    if (!/^2088\d{12}$/.test(merchantId)) return wrong('merchantId', "a seller's id has 16 digits and begins with 2088");
    if (settings.publicKeys.length === 0 || settings.publicKeys.length > PUBLIC_KEYS_MAX) return wrong('publicKeys', `1 to ${PUBLIC_KEYS_MAX} public keys of Alipay`);
  }
  const key = keysNamedIn(settings).find((reference) => !isKeyReference(reference));
  if (key !== undefined) return wrong('keys', 'a key is named file:NAME or env:NAME; the key itself is never written here');
  const address = checkAddress(settings, { environment, allowedOrigins });
  if (address !== null) return wrong(...address);
  for (const [name, [least, most]] of Object.entries(LIMIT_RANGES) as [keyof CallLimits, readonly [number, number]][]) {
    if (!Number.isInteger(limits[name]) || limits[name] < least || limits[name] > most) return wrong(`limits.${name}`, `${least} to ${most}`);
  }
  return ok(settings);
}

export const keysNamedIn = (settings: AccountSettings): readonly string[] =>
  settings.kind === 'wechatpay' ? [settings.privateKey, settings.apiV3Key, ...settings.publicKeys.map(({ key }) => key)] : [settings.privateKey, ...settings.publicKeys];

function checkAddress({ kind, apiAddress, notifyOrigin }: AccountSettings, { environment, allowedOrigins }: SettingsRules & { readonly environment: Environment }): [field: string, why: string] | null {
  const url = URL.canParse(apiAddress) ? new URL(apiAddress) : null;
  if (url === null || url.username !== '' || url.search !== '' || url.hash !== '' || apiAddress.endsWith('/')) return ['apiAddress', 'an address without a slash at its end, without parameters'];
  const own = CHANNEL_ORIGINS[kind].includes(url.origin);
  if (environment === 'D' && own) return ['apiAddress', 'the demo never calls the real channel'];
  if (environment === 'L' && !own && !(url.protocol === 'https:' && allowedOrigins.includes(url.origin))) return ['apiAddress', "live payments go to the channel's own address"];
  if (!own && !allowedOrigins.includes(url.origin)) return ['apiAddress', 'not an address of this channel; whoever runs this installation can allow another one'];
  if (notifyOrigin === null) return null;
  const origin = URL.canParse(notifyOrigin) ? new URL(notifyOrigin) : null;
  if (origin === null || origin.origin !== notifyOrigin) return ['notifyOrigin', 'an origin, such as https://pay.example.com'];
  if (origin.protocol !== 'https:' && !(environment === 'D' && allowedOrigins.includes(notifyOrigin))) return ['notifyOrigin', 'channels notify over TLS'];
  return null;
}

/** Everything that decides whether the channel accepts us: a change of it is proven before it counts. Limits are not part of it, so that they can be changed while the channel is ill. */
export const identityOf = ({ limits: _limits, notifyOrigin: _origin, ...identity }: AccountSettings): string => JSON.stringify(identity, Object.keys(identity).sort().concat('id', 'key'));
