import type { Branded } from './brand.ts';
import { assert } from './assert.ts';

/** Every record's id is a UUID (version 7, so that indexes grow at one end); outside it is shown with a prefix: `bill_01h…`. */
export type OperatorId = Branded<string, 'OperatorId'>;
export type MemberId = Branded<string, 'MemberId'>;
export type ChargePointId = Branded<string, 'ChargePointId'>;
export type ConnectorId = Branded<string, 'ConnectorId'>;
export type StationId = Branded<string, 'StationId'>;
export type TariffId = Branded<string, 'TariffId'>;
export type SessionId = Branded<string, 'SessionId'>;
export type BillId = Branded<string, 'BillId'>;
export type UserId = Branded<string, 'UserId'>;
export type CorrectionId = Branded<string, 'CorrectionId'>;
export type RepairCaseId = Branded<string, 'RepairCaseId'>;

export const ID_PREFIXES = ['op', 'sub', 'dept', 'mem', 'tag', 'usr', 'role', 'ses', 'key', 'sta', 'cp', 'con', 'tar', 'chg', 'bill', 'top', 'apr', 'aud', 'evt', 'frm', 'cmd', 'job',
  'pay', 'mch', 'ntf', 'rfa', 'rfp', 'run', 'cpn', 'cbk', 'dsp', 'stm', 'brk', 'prd', 'cpr', 'cor', 'rpc', 'blk', 'flt', 'veh', 'pub', 'sst', 'exp', 'imp', 'sup', 'evp'] as const;
export type IdPrefix = (typeof ID_PREFIXES)[number];

const ALPHABET = '0123456789abcdefghjkmnpqrstvwxyz'; // Crockford base 32: no i, l, o, u.
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

/** A UUIDv7 from a time and 74 random bits (RFC 9562 §5.7); both are passed in. */
export function uuidV7(epochMs: number, random: Uint8Array): string {
  assert(random.length >= 10, 'uuidV7 needs ten random bytes');
  const bytes = new Uint8Array(16);
  for (let i = 0, ms = epochMs; i < 6; i++) { bytes[5 - i] = ms % 256; ms = Math.floor(ms / 256); }
  bytes.set(random.subarray(0, 10), 6);
  bytes[6] = 0x70 | (bytes[6]! & 0x0f);
  bytes[8] = 0x80 | (bytes[8]! & 0x3f);
  return bytesToUuid(bytes);
}

/** The UUIDv7 of the same time and random bytes as a 128-bit number, without its text in between. */
export function uuidV7Number(epochMs: number, random: Uint8Array): bigint {
  assert(random.length >= 10, 'uuidV7Number needs ten random bytes');
  const high = (BigInt(epochMs) << 16n) | BigInt(0x7000 | ((random[0]! & 0x0f) << 8) | random[1]!);
  const low = (BigInt((0x80 | (random[2]! & 0x3f)) * 2 ** 24 + ((random[3]! << 16) | (random[4]! << 8) | random[5]!)) << 32n)
    | BigInt(random[6]! * 2 ** 24 + ((random[7]! << 16) | (random[8]! << 8) | random[9]!));
  return (high << 64n) | low;
}

const HEX = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'));
export function bytesToUuid(bytes: Uint8Array): string {
  let hex = '';
  for (let i = 0; i < 16; i++) hex += HEX[bytes[i]!]!;
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}

export const uuidToBigInt = (uuid: string): bigint => BigInt(`0x${uuid.replaceAll('-', '')}`);
export function bigIntToUuid(value: bigint): string {
  assert(value >= 0n && value < 1n << 128n, 'a 128-bit id is between 0 and 2^128 - 1');
  const hex = value.toString(16).padStart(32, '0');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}

/** The id as the outside sees it: prefix, underscore, 26 characters of base 32. */
export function encodeId(prefix: IdPrefix, uuid: string): string {
  return `${prefix}_${encodeBase32Uuid(uuid)}`;
}

/** 26 characters of Crockford's base 32 in lower case; in the order of the ids. */
export function encodeBase32Uuid(uuid: string): string {
  assert(UUID.test(uuid), `not a UUID: ${uuid}`);
  let rest = uuidToBigInt(uuid);
  let text = '';
  for (let i = 0; i < 26; i++) { text = ALPHABET[Number(rest & 31n)] + text; rest >>= 5n; }
  return text;
}

/** @returns the UUID, or null when the text has another prefix or is no id. */
export function decodeId(prefix: IdPrefix, text: string): string | null {
  if (!text.startsWith(`${prefix}_`)) return null;
  return decodeBase32Uuid(text.slice(prefix.length + 1));
}

/** @returns the UUID, or null when the text is not 26 characters of base 32 within 128 bits. */
export function decodeBase32Uuid(text: string): string | null {
  if (text.length !== 26) return null;
  let value = 0n;
  for (const char of text) {
    const digit = ALPHABET.indexOf(char);
    if (digit < 0) return null;
    value = (value << 5n) | BigInt(digit);
  }
  return value >> 128n === 0n ? bigIntToUuid(value) : null;
}
