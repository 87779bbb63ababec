import { createDecipheriv, sign, verify, type KeyObject } from 'node:crypto';

/** Answers and notifications whose clock is further off than this are not believed (pay.weixin.qq.com, "verify signatures"). */
export const CLOCK_SKEW_MS_MAX = 300_000;

/** SHA256 with RSA PKCS#1 v1.5, in base64. */
export const signText = (text: string, key: KeyObject): string => sign('sha256', Buffer.from(text, 'utf8'), key).toString('base64');

/** `METHOD\nURL\ntimestamp\nnonce\nbody\n`, the URL without its origin. */
export const requestText = (request: { readonly method: string; readonly url: URL; readonly timestamp: string; readonly nonce: string; readonly body: string }): string =>
  [request.method, request.url.pathname + request.url.search, request.timestamp, request.nonce, request.body, ''].join('\n');

export type AuthorizationParts = { readonly merchantId: string; readonly certificateSerial: string; readonly nonce: string; readonly timestamp: string; readonly signature: string };
export const authorization = ({ merchantId, certificateSerial, nonce, timestamp, signature }: AuthorizationParts): string =>
  `WECHATPAY2-SHA256-RSA2048 mchid="${merchantId}",nonce_str="${nonce}",signature="${signature}",timestamp="${timestamp}",serial_no="${certificateSerial}"`;

/** What WeChat Pay signs of an answer or a notification: over the raw bytes of the body. */
export type Signed = { readonly timestamp: string; readonly nonce: string; readonly body: Buffer; readonly signature: string };
export function isSignedBy(key: KeyObject, { timestamp, nonce, body, signature }: Signed): boolean {
  return verify('sha256', Buffer.concat([Buffer.from(`${timestamp}\n${nonce}\n`, 'utf8'), body, Buffer.from('\n')]), key, Buffer.from(signature, 'base64'));
}

export type Sealed = { readonly algorithm: string; readonly ciphertext: string; readonly nonce: string; readonly associatedData: string };
const TAG_BYTES = 16;

/** AEAD_AES_256_GCM with the APIv3 key; the last 16 bytes are the tag. @returns null when it was not sealed with this key or was changed. */
export function unseal({ algorithm, ciphertext, nonce, associatedData }: Sealed, apiV3Key: KeyObject): Buffer | null {
  const bytes = Buffer.from(ciphertext, 'base64');
  if (algorithm !== 'AEAD_AES_256_GCM' || bytes.length < TAG_BYTES || nonce.length === 0) return null;
  try {
    const decipher = createDecipheriv('aes-256-gcm', apiV3Key, Buffer.from(nonce, 'utf8'));
    decipher.setAAD(Buffer.from(associatedData, 'utf8'));
    decipher.setAuthTag(bytes.subarray(bytes.length - TAG_BYTES));
    return Buffer.concat([decipher.update(bytes.subarray(0, bytes.length - TAG_BYTES)), decipher.final()]);
  } catch {
    return null;
  }
}
