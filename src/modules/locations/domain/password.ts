import { createHmac, timingSafeEqual } from 'node:crypto';

/** OCPP 1.6 security whitepaper: an AuthorizationKey is 20 bytes written as 40 hexadecimal digits; 2.0.1 BasicAuthPassword is 16–40 characters. */
export const PASSWORD_LENGTH_MIN = 16;
export const PASSWORD_LENGTH_MAX = 40;
export const PASSWORD_RANDOM_BYTES = 20;
const SALT_BYTES = 16;

/** A new password from `PASSWORD_RANDOM_BYTES` random bytes. */
export const chargePointPassword = (random: (count: number) => Uint8Array): string => Buffer.from(random(PASSWORD_RANDOM_BYTES)).toString('hex');

/**
 * The form that is stored: `hmac-sha256$salt$digest`. One HMAC and not argon2, on purpose: slow hashes protect passwords that
 * people choose, and these are 160 random bits that no search will meet; and after an outage thousands of charge points log in
 * within seconds, which a slow hash would turn into minutes of darkness.
 */
export function hashChargePointPassword(password: string, random: (count: number) => Uint8Array): string {
  const salt = Buffer.from(random(SALT_BYTES)).toString('base64url');
  return `hmac-sha256$${salt}$${digest(password, salt).toString('base64url')}`;
}

/** Constant-time in the digest. An unknown or damaged stored form matches nothing. */
export function verifyChargePointPassword(password: string, stored: string): boolean {
  const [scheme, salt, expected] = stored.split('$');
  if (scheme !== 'hmac-sha256' || !salt || !expected) return false;
  const [actual, wanted] = [digest(password, salt), Buffer.from(expected, 'base64url')];
  return actual.length === wanted.length && timingSafeEqual(actual, wanted);
}

const digest = (password: string, salt: string): Buffer => createHmac('sha256', salt).update(password, 'utf8').digest();
