import type { Instant, MemberId } from '../../../kernel/index.ts';

export const CREDENTIAL_KINDS = ['rfid', 'app', 'vin', 'station_password'] as const;
export type CredentialKind = (typeof CREDENTIAL_KINDS)[number];
export type MemberStatus = 'active' | 'frozen';

export type Member = {
  readonly memberId: MemberId;
  /** null when the person was erased: amounts and energy stay, the name is gone. */
  readonly displayName: string | null;
  readonly phone: string | null;
  readonly departmentId: string | null;
  readonly subOperatorId: string | null;
  readonly status: MemberStatus;
  readonly createdAt: Instant;
};

export type Credential = {
  readonly credentialId: string;
  readonly memberId: MemberId;
  readonly kind: CredentialKind;
  /** null when the member was erased. */
  readonly token: string | null;
  readonly createdAt: Instant;
  readonly revokedAt: Instant | null;
};

/** OCPP 2.0.1 idToken.idToken: identifierString[36]; the longest of both versions. */
export const TOKEN_LENGTH_MAX = 36;

/** OCPP compares identifiers without regard to case (1.6 CiString20, 2.0.1 identifierString); stations add blanks. */
export const normaliseToken = (token: string): string => token.trim().toLowerCase();

/** What is digested for the look-up; the purpose keeps a phone number and a card of equal digits apart. */
export const tokenDigestText = (token: string): string => `token ${normaliseToken(token)}`;
export const phoneDigestText = (phone: string): string => `phone ${phone}`;

/**
 * A phone number as it is searched: digits with an optional leading +.
 * @returns null when fewer than 5 or more than 15 digits are left (E.164 §6.1).
 */
export function normalisePhone(phone: string): string | null {
  const digits = phone.replace(/[\s().-]/g, '').replace(/^00/, '+');
  return /^\+?\d{5,15}$/.test(digits) ? digits : null;
}
