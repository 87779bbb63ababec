import { createHash, randomBytes } from 'node:crypto';
import { bytesToUuid, type OperatorId } from '../../kernel/index.ts';

/**
 * Session cookies and API keys carry the operator's id in front of the secret, so that the tenant is known before the look-up and
 * no directory across tenants is needed. The id is no secret; what counts is the 256 random bits behind it, of which the database
 * keeps only a SHA-256 (a slow hash protects guessable secrets, and these are not).
 */
const SECRET_BYTES = 32, ID_BYTES = 16;
export type SecretToken = { readonly operatorId: OperatorId; readonly id: string | null; readonly hash: Buffer };

export function newSessionToken(operatorId: OperatorId): { readonly token: string; readonly hash: Buffer } {
  const secret = randomBytes(SECRET_BYTES);
  return { token: `khs_${Buffer.concat([uuidBytes(operatorId), secret]).toString('base64url')}`, hash: hashOf(secret) };
}

export function newApiKey(operatorId: OperatorId, apiClientId: string): { readonly key: string; readonly hash: Buffer } {
  const secret = randomBytes(SECRET_BYTES);
  return { key: `khk_${Buffer.concat([uuidBytes(operatorId), uuidBytes(apiClientId), secret]).toString('base64url')}`, hash: hashOf(secret) };
}

/** @returns null when the text was not made by one of the two above. */
export function readSecretToken(kind: 'session' | 'api_key', text: string): SecretToken | null {
  if (!text.startsWith(kind === 'session' ? 'khs_' : 'khk_')) return null;
  const bytes = Buffer.from(text.slice(4), 'base64url');
  const ids = kind === 'session' ? 1 : 2;
  if (bytes.length !== ids * ID_BYTES + SECRET_BYTES) return null;
  return {
    operatorId: bytesToUuid(bytes.subarray(0, ID_BYTES)) as OperatorId,
    id: kind === 'session' ? null : bytesToUuid(bytes.subarray(ID_BYTES, 2 * ID_BYTES)),
    hash: hashOf(bytes.subarray(ids * ID_BYTES)),
  };
}

const uuidBytes = (uuid: string): Buffer => Buffer.from(uuid.replaceAll('-', ''), 'hex');
const hashOf = (secret: Uint8Array): Buffer => createHash('sha256').update(secret).digest();
