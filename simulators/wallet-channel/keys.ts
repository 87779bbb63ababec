import { createPrivateKey, createPublicKey, createHash, generateKeyPair, randomBytes, type KeyObject } from 'node:crypto';
import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { selfSignedCertificate } from './certificate.ts';
import type { ChannelName } from './types.ts';

const generate = promisify(generateKeyPair);
const DAY_MS = 86_400_000;

/** A key of WeChat Pay's own: `serial` is that of its certificate, or `PUB_KEY_ID_…` of the newer kind without one. */
export type PlatformKey = { readonly serial: string; readonly privateKey: KeyObject; readonly publicKeyPem: string; readonly certificatePem: string | null; readonly effectiveAt: number; readonly expiresAt: number };

/** What a merchant's program is configured with. Every key is the simulator's own and good for nothing else. */
export type MerchantKeys = {
  readonly channel: ChannelName; readonly merchantId: string; readonly appIds: readonly string[]; readonly name: string;
  /** The merchant's own key (WeChat Pay: apiclient_key.pem; Alipay: the app's private key), PKCS#8 PEM; null when the merchant brought its public key. */
  readonly privateKeyPem: string | null; readonly publicKeyPem: string;
  /** WeChat Pay: serial of the merchant's API certificate. */
  readonly serial: string;
  /** WeChat Pay: the APIv3 key, 32 characters. */
  readonly apiV3Key: string;
  /** What answers and notifications are verified with: WeChat Pay's keys by serial, Alipay's one under `alipay`. */
  readonly channelPublicKeys: Readonly<Record<string, string>>;
  /** WeChat Pay: which of them signs now. */
  readonly channelSerial: string;
  /** Where it calls: WeChat Pay the origin, Alipay the gateway. */
  readonly baseUrl: string;
};

export async function rsaKey(file: string | null): Promise<{ privateKey: KeyObject; publicKeyPem: string; privateKeyPem: string }> {
  const privateKeyPem = file && existsSync(file)
    ? readFileSync(file, 'utf8')
    : (await generate('rsa', { modulusLength: 2048, publicKeyEncoding: { type: 'spki', format: 'pem' }, privateKeyEncoding: { type: 'pkcs8', format: 'pem' } })).privateKey;
  if (file && !existsSync(file)) writePrivate(file, privateKeyPem);
  const privateKey = createPrivateKey(privateKeyPem);
  return { privateKey, privateKeyPem, publicKeyPem: createPublicKey(privateKey).export({ type: 'spki', format: 'pem' }).toString() };
}

/** A serial that stays the same for the same key. */
export const serialOf = (publicKeyPem: string): string => createHash('sha1').update(publicKeyPem).digest('hex').toUpperCase();

export async function platformCertificate(name: string, file: string | null, at: number): Promise<PlatformKey> {
  const { privateKey, publicKeyPem } = await rsaKey(file);
  const serial = serialOf(publicKeyPem);
  const [effectiveAt, expiresAt] = [at - DAY_MS, at + 5 * 365 * DAY_MS];
  const certificatePem = selfSignedCertificate({ commonName: name, serialHex: serial, publicKey: createPublicKey(privateKey), privateKey, from: effectiveAt, to: expiresAt });
  return { serial, privateKey, publicKeyPem, certificatePem, effectiveAt, expiresAt };
}

export async function platformPublicKey(file: string | null, at: number): Promise<PlatformKey> {
  const { privateKey, publicKeyPem } = await rsaKey(file);
  const digits = BigInt(`0x${serialOf(publicKeyPem)}`).toString().slice(0, 28);
  return { serial: `PUB_KEY_ID_0${digits}`, privateKey, publicKeyPem, certificatePem: null, effectiveAt: at, expiresAt: Number.MAX_SAFE_INTEGER };
}

export const newApiV3Key = (): string => randomBytes(16).toString('hex');

/** Writes the keys as a merchant keeps them: `<folder>/<channel>-<merchant>/{merchant.json,private-key.pem,public-key.pem,channel-<serial>.pem}`. */
export function writeMerchantKeys(folder: string, keys: MerchantKeys): string {
  const own = join(folder, `${keys.channel}-${keys.merchantId}`);
  mkdirSync(own, { recursive: true });
  if (keys.privateKeyPem) writePrivate(join(own, 'private-key.pem'), keys.privateKeyPem);
  writeFileSync(join(own, 'public-key.pem'), keys.publicKeyPem);
  for (const [serial, pem] of Object.entries(keys.channelPublicKeys)) writeFileSync(join(own, `channel-${serial}.pem`), pem);
  writePrivate(join(own, 'merchant.json'), `${JSON.stringify(keys, null, 2)}\n`);
  return own;
}

function writePrivate(file: string, text: string): void {
  writeFileSync(file, text, { mode: 0o600 });
  chmodSync(file, 0o600);
}
