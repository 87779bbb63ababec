/** WeChat Pay APIv3: signatures of both directions and the encryption of notifications, as its documentation describes them. */
import { createCipheriv, randomBytes, sign, verify, type KeyObject } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import type { PlatformKey } from './keys.ts';

export const nonce = (): string => randomBytes(16).toString('hex').toUpperCase();

export const signAsync = (data: string, key: KeyObject): Promise<string> => new Promise((resolve, reject) => {
  sign('RSA-SHA256', Buffer.from(data), key, (error, signature) => (error ? reject(error) : resolve(signature.toString('base64'))));
});

export async function signedHeaders(key: PlatformKey, body: string | Buffer, at: number): Promise<Record<string, string>> {
  const [timestamp, nonceText] = [String(Math.floor(at / 1_000)), nonce()];
  const signature = await signAsync(`${timestamp}\n${nonceText}\n${body.toString()}\n`, key.privateKey);
  return {
    'Wechatpay-Nonce': nonceText, 'Wechatpay-Serial': key.serial, 'Wechatpay-Signature': signature, 'Wechatpay-Signature-Type': 'WECHATPAY2-SHA256-RSA2048', 'Wechatpay-Timestamp': timestamp,
  };
}

/** AEAD_AES_256_GCM as in notifications and certificates: base64 of the ciphertext followed by its 16-byte tag. */
export function encrypt(plain: string, apiV3Key: string, associatedData: string): { algorithm: 'AEAD_AES_256_GCM'; ciphertext: string; associated_data: string; nonce: string } {
  const iv = randomBytes(6).toString('hex');
  const cipher = createCipheriv('aes-256-gcm', Buffer.from(apiV3Key), Buffer.from(iv));
  cipher.setAAD(Buffer.from(associatedData));
  const ciphertext = Buffer.concat([cipher.update(plain, 'utf8'), cipher.final(), cipher.getAuthTag()]).toString('base64');
  return { algorithm: 'AEAD_AES_256_GCM', ciphertext, associated_data: associatedData, nonce: iv };
}

export type Authorization = { readonly mchid: string; readonly serial_no: string; readonly nonce_str: string; readonly timestamp: string; readonly signature: string };

/** Reads `WECHATPAY2-SHA256-RSA2048 mchid="…",…`; the order of the parts is free. */
export function readAuthorization(headers: IncomingHttpHeaders): Authorization | null {
  const match = /^WECHATPAY2-SHA256-RSA2048\s+(.+)$/.exec(headers.authorization ?? '');
  if (!match) return null;
  const parts = Object.fromEntries([...match[1]!.matchAll(/(\w+)="([^"]*)"/g)].map(([, name, value]) => [name!, value!]));
  const complete = ['mchid', 'serial_no', 'nonce_str', 'timestamp', 'signature'].every((name) => parts[name]);
  return complete ? parts as Authorization : null;
}

export const requestMessage = (method: string, url: string, given: Authorization, body: string): string => `${method}\n${url}\n${given.timestamp}\n${given.nonce_str}\n${body}\n`;

export function signatureFits(message: string, signature: string, key: KeyObject): boolean {
  return verify('RSA-SHA256', Buffer.from(message), key, Buffer.from(signature, 'base64'));
}
