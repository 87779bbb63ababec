/**
 * The keys that answers and notifications are verified with, by the serial number that they name in `Wechatpay-Serial`: platform certificates, downloaded with the
 * APIv3 key and replaced by WeChat Pay some days before they end, or WeChat Pay's public keys, which merchants since 2024 have instead.
 */
import { X509Certificate, type KeyObject } from 'node:crypto';
import { MS_PER_HOUR, MS_PER_SECOND, type Clock, type Instant } from '../../../../kernel/index.ts';
import { fieldsOf, parseJson, UnreadableAnswer } from '../outcome.ts';
import { CLOCK_SKEW_MS_MAX, isSignedBy, unseal, type Signed } from './signature.ts';

/** Certificates are looked for this often; new ones appear days before the old ones end. */
export const CERTIFICATES_AGE_MS_MAX = 12 * MS_PER_HOUR;
/** Between two downloads because of an unknown serial number: whoever sends those must not make us call. */
export const DOWNLOAD_SPACING_MS = 10 * MS_PER_SECOND;

export type SignedHeaders = { readonly serial: string; readonly signed: Signed };
export type Verification = 'genuine' | 'forged' | 'stale' | 'unknown_serial';

/** @returns null when the four headers are not there. */
export function signedHeaders(header: (name: string) => string | null | undefined, body: Buffer): SignedHeaders | null {
  const [serial, timestamp, nonce, signature] = ['wechatpay-serial', 'wechatpay-timestamp', 'wechatpay-nonce', 'wechatpay-signature'].map((name) => header(name) ?? '');
  if (!serial || !timestamp || !nonce || !signature || !/^\d{1,12}$/.test(timestamp)) return null;
  return { serial, signed: { timestamp, nonce, body, signature } };
}

export type PlatformKeys = {
  /** @param at when it came: a late look at an old notification judges by then. */
  verify(headers: SignedHeaders, at: Instant): Verification;
  /** Takes over public keys from the settings; those that are not among them any more are forgotten. */
  setPublicKeys(keys: ReadonlyMap<string, KeyObject>): void;
  /** Reads the answer of `/v3/certificates`. @returns the headers' verdict with the new certificates. @throws UnreadableAnswer */
  takeCertificates(body: Buffer, headers: SignedHeaders, apiV3Key: KeyObject): Verification;
  /** Whether certificates should be downloaded now. */
  downloadIsDue(): boolean;
  noteDownload(): void;
  serials(): readonly string[];
};

export function createPlatformKeys({ clock }: { readonly clock: Clock }): PlatformKeys {
  let publicKeys: ReadonlyMap<string, KeyObject> = new Map();
  let certificates = new Map<string, { readonly key: KeyObject; readonly until: number }>();
  let downloadedAt = -Infinity, triedAt = -Infinity, wanted = true;
  const verify: PlatformKeys['verify'] = ({ serial, signed }, at) => {
    const certificate = certificates.get(serial);
    const key = publicKeys.get(serial) ?? (certificate && certificate.until > at ? certificate.key : undefined);
    if (key === undefined) {
      wanted = true;
      return 'unknown_serial';
    }
    // First the signature: a wrong clock on something forged says nothing.
    if (!isSignedBy(key, signed)) return 'forged';
    return Math.abs(Number(signed.timestamp) * 1000 - at) > CLOCK_SKEW_MS_MAX ? 'stale' : 'genuine';
  };
  return {
    verify,
    setPublicKeys: (keys) => { publicKeys = keys; },
    takeCertificates(body, headers, apiV3Key) {
      const fresh = readCertificates(body, apiV3Key), kept = certificates;
      certificates = new Map([...kept].filter(([, { until }]) => until > clock.now()).concat([...fresh]));
      const verdict = verify(headers, clock.now());
      // The APIv3 key alone vouches for what is inside; the signature must agree, or nothing of it is used.
      if (verdict !== 'genuine') certificates = kept;
      else [downloadedAt, wanted] = [clock.now(), false];
      return verdict;
    },
    downloadIsDue: () => clock.now() - triedAt >= DOWNLOAD_SPACING_MS && (wanted || clock.now() - downloadedAt >= CERTIFICATES_AGE_MS_MAX),
    noteDownload: () => { triedAt = clock.now(); },
    serials: () => [...publicKeys.keys(), ...certificates.keys()],
  };
}

function readCertificates(body: Buffer, apiV3Key: KeyObject): Map<string, { key: KeyObject; until: number }> {
  const found = new Map<string, { key: KeyObject; until: number }>();
  for (const item of fieldsOf(parseJson(body.toString('utf8'))).list('data')) {
    const sealed = item.object('encrypt_certificate');
    const pem = unseal({ algorithm: sealed.text('algorithm'), ciphertext: sealed.text('ciphertext'), nonce: sealed.text('nonce'), associatedData: sealed.textOrNull('associated_data') ?? '' }, apiV3Key);
    if (pem === null) throw new UnreadableAnswer('a platform certificate does not open with the APIv3 key');
    const certificate = openCertificate(pem);
    const serial = item.text('serial_no');
    if (certificate.serialNumber.replace(/^0+/, '').toUpperCase() !== serial.replace(/^0+/, '').toUpperCase()) throw new UnreadableAnswer('a platform certificate has another serial number than it is announced with');
    found.set(serial, { key: certificate.publicKey, until: Date.parse(certificate.validTo) });
  }
  if (found.size === 0) throw new UnreadableAnswer('no platform certificate was given');
  return found;
}

function openCertificate(pem: Buffer): X509Certificate {
  try {
    return new X509Certificate(pem);
  } catch {
    throw new UnreadableAnswer('what was sealed is no certificate');
  }
}
