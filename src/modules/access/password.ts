import { argon2, randomBytes, timingSafeEqual, type Argon2Parameters } from 'node:crypto';
import { promisify } from 'node:util';
import { assert } from '../../kernel/index.ts';
import { problem } from '../../platform/errors/index.ts';

const derive = promisify(argon2) as (algorithm: 'argon2id', parameters: Argon2Parameters) => Promise<Buffer>;

/** OWASP Password Storage Cheat Sheet (2025): argon2id, 19 MiB, 2 passes, 1 lane. A stored hash of other costs is made anew at log-in. */
const MEMORY_KIB = 19_456, PASSES = 2, PARALLELISM = 1, HASH_BYTES = 32, SALT_BYTES = 16;
/** Each takes 19 MiB and tens of milliseconds of one core; a flood of log-ins must not starve the rest. */
export const HASHES_AT_ONCE_MAX = 32;
export const PASSWORD_LENGTH_MIN = 10;
export const PASSWORD_LENGTH_MAX = 200;

let running = 0;
async function limited<T>(work: () => Promise<T>): Promise<T> {
  if (running >= HASHES_AT_ONCE_MAX) throw problem('too_many_requests', { retryAfterSeconds: 2 });
  running++;
  try {
    return await work();
  } finally {
    running--;
  }
}

/** A PHC string: `$argon2id$v=19$m=19456,t=2,p=1$salt$hash`. */
export async function hashPassword(password: string): Promise<string> {
  const nonce = randomBytes(SALT_BYTES);
  const hash = await limited(() => derive('argon2id', { message: password, nonce, memory: MEMORY_KIB, passes: PASSES, parallelism: PARALLELISM, tagLength: HASH_BYTES }));
  return `$argon2id$v=19$m=${MEMORY_KIB},t=${PASSES},p=${PARALLELISM}$${base64(nonce)}$${base64(hash)}`;
}

/** Whether the password is right, and whether its hash should be made anew with today's costs. */
export async function verifyPassword(password: string, stored: string): Promise<{ readonly right: boolean; readonly outdated: boolean }> {
  const match = /^\$argon2id\$v=19\$m=(\d+),t=(\d+),p=(\d+)\$([A-Za-z0-9+/]+)\$([A-Za-z0-9+/]+)$/.exec(stored);
  assert(match, 'a stored password hash is a PHC string of argon2id');
  const [memory, passes, parallelism] = [Number(match[1]), Number(match[2]), Number(match[3])];
  const expected = Buffer.from(match[5]!, 'base64');
  const hash = await limited(() => derive('argon2id', { message: password, nonce: Buffer.from(match[4]!, 'base64'), memory, passes, parallelism, tagLength: expected.length }));
  return { right: timingSafeEqual(hash, expected), outdated: memory !== MEMORY_KIB || passes !== PASSES || parallelism !== PARALLELISM };
}

let nobodys: Promise<string> | undefined;
/** Takes as long as checking a real password, so that the time does not tell whether an account exists. */
export async function verifyNobodysPassword(password: string): Promise<void> {
  nobodys ??= hashPassword(randomBytes(16).toString('hex'));
  await verifyPassword(password, await nobodys);
}

/** NIST SP 800-63B §3.1.1: length counts, composition rules do not. */
export function isPasswordAcceptable(password: string, logInName: string): boolean {
  const plain = password.toLowerCase();
  return password.length >= PASSWORD_LENGTH_MIN && password.length <= PASSWORD_LENGTH_MAX && !plain.includes(logInName) && new Set(plain).size >= 4;
}

const base64 = (bytes: Buffer): string => bytes.toString('base64').replace(/=+$/, '');
