/**
 * What is set for a merchant's account: numbers, addresses, limits, and where its keys are. Kept by version as JSON; a key itself is never in it.
 */
import type { ChannelKind } from '../domain/channel.ts';

/** Where a key is: `file:NAME` in the operator's folder of keys, or `env:NAME`, a variable of the process (see `keys.ts`). */
export type KeyReference = `file:${string}` | `env:${string}`;

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
