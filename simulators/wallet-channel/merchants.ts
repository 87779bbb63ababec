/** Merchants of the simulated channels, their keys and the channels' own. */
import { createPublicKey, type KeyObject } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { AlipayKeys } from './alipay-voice.ts';
import { newApiV3Key, platformCertificate, platformPublicKey, rsaKey, serialOf, writeMerchantKeys, type MerchantKeys, type PlatformKey } from './keys.ts';
import type { ChannelName, Merchant } from './types.ts';
import type { WechatKeys } from './wechatpay-voice.ts';
import type { World } from './world.ts';

export type NewMerchant = {
  readonly channel: ChannelName; readonly merchantId?: string | undefined; readonly appIds?: readonly string[] | undefined; readonly name?: string | undefined;
  /** WeChat Pay: platform certificates (older merchants) or the WeChat Pay public key (newer ones, the default). */
  readonly verifyWith?: 'certificate' | 'public_key' | undefined;
  /** The merchant brings its own public key; the private one stays where it is. */
  readonly publicKeyPem?: string | undefined; readonly apiV3Key?: string | undefined; readonly feePerMyriad?: number | undefined;
};
export type ChannelKeys = {
  readonly wechat: WechatKeys; readonly alipay: AlipayKeys; readonly publicKeys: (merchant: Merchant) => Record<string, string>;
  /** A new platform certificate: listed at once, signing from the next message on. */
  rotate(): Promise<string>;
};

export async function openChannelKeys(folder: string | null, at: number): Promise<ChannelKeys> {
  if (folder) mkdirSync(folder, { recursive: true });
  const file = (name: string): string | null => (folder ? join(folder, name) : null);
  const [certificate, publicKey, alipay, stranger] = await Promise.all([
    platformCertificate('Tenpay.com sign', file('wechatpay-platform-key.pem'), at), platformPublicKey(file('wechatpay-public-key-pair.pem'), at), rsaKey(file('alipay-key.pem')), rsaKey(null),
  ]);
  const certificates = [certificate];
  const strangerKey: PlatformKey = { ...publicKey, privateKey: stranger.privateKey };
  return {
    wechat: {
      signing(merchant, asked) {
        if (asked === publicKey.serial) return publicKey;
        return certificates.find((key) => key.serial === asked) ?? (merchant.verifyWith === 'public_key' ? publicKey : certificates.at(-1)!);
      },
      certificates: () => certificates, stranger: () => strangerKey,
    },
    alipay: { signing: () => alipay.privateKey, stranger: () => stranger.privateKey },
    publicKeys: (merchant) => (merchant.channel === 'alipay' ? { alipay: alipay.publicKeyPem }
      : Object.fromEntries((merchant.verifyWith === 'public_key' ? [publicKey] : certificates).map((key) => [key.serial, key.certificatePem ?? key.publicKeyPem]))),
    async rotate() {
      const next = await platformCertificate('Tenpay.com sign', file(`wechatpay-platform-key-${certificates.length + 1}.pem`), at);
      certificates.push(next);
      return next.serial;
    },
  };
}

export async function addMerchant(world: World, keys: ChannelKeys, wanted: NewMerchant, place: { readonly folder: string | null; readonly url: string }): Promise<MerchantKeys> {
  const number = world.merchants.size + 1;
  const merchantId = wanted.merchantId ?? (wanted.channel === 'alipay' ? `2088${String(421_000_000_000 + number)}` : String(1_900_000_100 + number));
  const appIds = wanted.appIds ?? [wanted.channel === 'alipay' ? `2021${String(3_000_000_000 + number).padStart(12, '0')}` : `wx${(0x8888_8888_0000 + number).toString(16).padStart(16, '0')}`];
  if (world.merchants.has(merchantId)) throw new Error(`merchant ${merchantId} is there already`);
  for (const appId of appIds) if (world.byApp.has(appId) && wanted.channel === 'alipay') throw new Error(`app ${appId} is there already`);
  const stored = place.folder ? join(place.folder, `${wanted.channel}-${merchantId}`) : null;
  const before = stored && existsSync(join(stored, 'merchant.json')) ? JSON.parse(readFileSync(join(stored, 'merchant.json'), 'utf8')) as MerchantKeys : null;
  if (stored) mkdirSync(stored, { recursive: true });
  const own = wanted.publicKeyPem && wanted.publicKeyPem !== before?.publicKeyPem ? { publicKeyPem: wanted.publicKeyPem, privateKeyPem: null } : await rsaKey(stored ? join(stored, 'private-key.pem') : null);
  const publicKey: KeyObject = createPublicKey(own.publicKeyPem);
  const merchant: Merchant = {
    channel: wanted.channel, merchantId, name: wanted.name ?? `Merchant ${merchantId}`, appIds: [...appIds], publicKey, serial: serialOf(own.publicKeyPem), apiV3Key: wanted.apiV3Key ?? before?.apiV3Key ?? newApiV3Key(),
    verifyWith: wanted.verifyWith ?? 'public_key', feePerMyriad: wanted.feePerMyriad ?? world.settings.feePerMyriad, funds: [], balanceFen: 0, tokens: 0, tokensAt: 0,
  };
  if (Buffer.byteLength(merchant.apiV3Key) !== 32) throw new Error('the APIv3 key is 32 bytes');
  world.merchants.set(merchantId, merchant);
  for (const appId of appIds) world.byApp.set(appId, merchant);
  const described: MerchantKeys = {
    channel: merchant.channel, merchantId, appIds, name: merchant.name, privateKeyPem: own.privateKeyPem, publicKeyPem: own.publicKeyPem, serial: merchant.serial, apiV3Key: merchant.apiV3Key,
    channelPublicKeys: keys.publicKeys(merchant), channelSerial: merchant.channel === 'alipay' ? 'alipay' : keys.wechat.signing(merchant).serial, baseUrl: merchant.channel === 'alipay' ? `${place.url}/gateway.do` : place.url,
  };
  if (place.folder) writeMerchantKeys(place.folder, described);
  world.journal.merchant({ channel: wanted.channel, name: merchant.name, merchantId, appIds, publicKeyPem: own.publicKeyPem, apiV3Key: merchant.apiV3Key, verifyWith: merchant.verifyWith, feePerMyriad: merchant.feePerMyriad });
  return described;
}
