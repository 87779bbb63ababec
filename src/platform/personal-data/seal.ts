import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto';

/** Layout of everything sealed: format 1, nonce (12), ciphertext, tag (16). AES-256-GCM, a fresh random nonce each time. */
const FORMAT = 1, NONCE_BYTES = 12, TAG_BYTES = 16;
export const SEAL_OVERHEAD_BYTES = 1 + NONCE_BYTES + TAG_BYTES;

/** `context` is authenticated, not stored: a sealed value moved to another row, person or operator does not open. */
export function seal(key: Uint8Array, plaintext: Uint8Array, context: string): Buffer {
  const nonce = randomBytes(NONCE_BYTES);
  const cipher = createCipheriv('aes-256-gcm', key, nonce);
  cipher.setAAD(Buffer.from(context));
  return Buffer.concat([Buffer.of(FORMAT), nonce, cipher.update(plaintext), cipher.final(), cipher.getAuthTag()]);
}

/** @throws when the value was not sealed with this key and context, or was changed since. */
export function unseal(key: Uint8Array, sealed: Uint8Array, context: string): Buffer {
  const bytes = Buffer.from(sealed.buffer, sealed.byteOffset, sealed.byteLength);
  if (bytes.length < SEAL_OVERHEAD_BYTES || bytes[0] !== FORMAT) throw new Error(`sealed value has an unknown format (${context})`);
  const decipher = createDecipheriv('aes-256-gcm', key, bytes.subarray(1, 1 + NONCE_BYTES));
  decipher.setAAD(Buffer.from(context));
  decipher.setAuthTag(bytes.subarray(-TAG_BYTES));
  return Buffer.concat([decipher.update(bytes.subarray(1 + NONCE_BYTES, -TAG_BYTES)), decipher.final()]);
}

/** The master key is never used itself: each purpose has a key of its own derived from it. */
export const wrappingKey = (masterKey: Uint8Array): Uint8Array =>
  new Uint8Array(hkdfSync('sha256', masterKey, 'kirchhoff', 'person keys', 32));
export const keyContext = (operatorId: string, personId: string): string => `person key ${operatorId} ${personId}`;
export const valueContext = (operatorId: string, personId: string): string => `personal ${operatorId} ${personId}`;
