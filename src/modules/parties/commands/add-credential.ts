import { assert, ok, refuse, type Clock, type MemberId, type Result } from '../../../kernel/index.ts';
import { newUuid } from '../../../platform/clock/index.ts';
import { sqlTimestamp, type Tx } from '../../../platform/database/index.ts';
import { personalIndex, sealPersonal } from '../../../platform/personal-data/index.ts';
import { TOKEN_LENGTH_MAX, tokenDigestText, type CredentialKind } from '../domain/member.ts';
import { onlyOperator } from '../only-operator.ts';

export type NewCredential = { readonly memberId: MemberId; readonly kind: CredentialKind; readonly token: string };
export type AddCredentialRejection =
  | { readonly code: 'token_invalid' }
  | { readonly code: 'member_not_found' }
  | { readonly code: 'token_taken' };

/**
 * Gives a member an OCPP identifier: card, app token, VIN or station password, unique among the operator's valid ones.
 * Checks in this order: form of the token (1–36 characters after trimming), member, token taken.
 */
export async function registerCredential(tx: Tx, credential: NewCredential): Promise<Result<string, AddCredentialRejection>> {
  const operatorId = onlyOperator(tx);
  const token = credential.token.trim();
  if (token === '' || token.length > TOKEN_LENGTH_MAX) return refuse({ code: 'token_invalid' });
  const [member] = await tx.query('select 1 from parties.member where operator_id = $1 and member_id = $2', [operatorId, credential.memberId]);
  if (!member) return refuse({ code: 'member_not_found' });
  const credentialId = newUuid();
  const inserted = await tx.execute(
    `insert into parties.member_credential (operator_id, credential_id, member_id, kind, token_index, token_sealed)
     values ($1, $2, $3, $4, $5, $6) on conflict (operator_id, token_index) where revoked_at is null do nothing`,
    [
      operatorId, credentialId, credential.memberId, credential.kind, await personalIndex(tx, tokenDigestText(token)),
      await sealPersonal(tx, { personId: credential.memberId, plaintext: token }),
    ]);
  return inserted === 1 ? ok(credentialId) : refuse({ code: 'token_taken' });
}

/** Adds a credential that the caller has checked already (imports, demo, tests). @throws AssertionFault on a refusal. */
export async function addCredential(tx: Tx, credential: NewCredential): Promise<string> {
  const result = await registerCredential(tx, credential);
  assert(result.ok, `credential refused: ${result.ok ? '' : result.error.code}`);
  return result.value;
}

export type RevokeCredentialRejection = { readonly code: 'credential_not_found' };

/** Ends a credential for good; charging sessions that it started keep it. Revoking twice changes nothing. */
export async function revokeCredential(
  tx: Tx, credential: { memberId: MemberId; credentialId: string }, { clock }: { clock: Clock },
): Promise<Result<{ readonly kind: CredentialKind }, RevokeCredentialRejection>> {
  const [row] = await tx.query<{ kind: CredentialKind }>(
    `update parties.member_credential set revoked_at = coalesce(revoked_at, $4)
     where operator_id = $1 and member_id = $2 and credential_id = $3 returning kind`,
    [onlyOperator(tx), credential.memberId, credential.credentialId, sqlTimestamp(clock.now())]);
  return row ? ok(row) : refuse({ code: 'credential_not_found' });
}
