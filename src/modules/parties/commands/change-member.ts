import { assert, ok, refuse, type Instant, type MemberId, type Result } from '../../../kernel/index.ts';
import { sqlTimestamp, type Tx } from '../../../platform/database/index.ts';
import { erasePerson, personalIndex, sealPersonal } from '../../../platform/personal-data/index.ts';
import { normalisePhone, phoneDigestText, type MemberStatus } from '../domain/member.ts';
import { onlyOperator } from '../only-operator.ts';
import { belong } from './belong.ts';
import { DISPLAY_NAME_LENGTH_MAX, type RegisterMemberRejection } from './create-member.ts';

export type MemberNotFound = { readonly code: 'member_not_found' };
export type EraseMemberRejection = MemberNotFound | { readonly code: 'member_erased' };

/**
 * Freezes a member (no new charging, no spending; what runs is billed) or lets them act again.
 * @returns the state before; setting the same state again changes nothing.
 */
export async function setMemberStatus(tx: Tx, memberId: MemberId, status: MemberStatus): Promise<Result<{ readonly before: MemberStatus }, MemberNotFound>> {
  const [row] = await tx.query<{ status: MemberStatus }>(
    'select status from parties.member where operator_id = $1 and member_id = $2 for update', [onlyOperator(tx), memberId]);
  if (!row) return refuse({ code: 'member_not_found' });
  if (row.status !== status) await tx.execute('update parties.member set status = $3 where operator_id = $1 and member_id = $2', [onlyOperator(tx), memberId, status]);
  return ok({ before: row.status });
}

export type MemberChange = {
  readonly displayName?: string;
  /** null takes the number away. */
  readonly phone?: string | null;
  readonly departmentId?: string | null;
  readonly subOperatorId?: string | null;
};

export type ChangeMemberRejection = MemberNotFound | { readonly code: 'member_erased' } | { readonly code: RegisterMemberRejection['code'] };

/** Changes what is given and leaves the rest. Checks in the order of `registerMember`, after the member itself. */
export async function changeMember(tx: Tx, memberId: MemberId, change: MemberChange): Promise<Result<null, ChangeMemberRejection>> {
  const operatorId = onlyOperator(tx);
  const [row] = await tx.query<{ erased: boolean }>(
    'select erased_at is not null as erased from parties.member where operator_id = $1 and member_id = $2 for update', [operatorId, memberId]);
  if (!row) return refuse({ code: 'member_not_found' });
  if (row.erased) return refuse({ code: 'member_erased' });
  const displayName = change.displayName?.trim();
  if (displayName !== undefined && (displayName === '' || displayName.length > DISPLAY_NAME_LENGTH_MAX)) return refuse({ code: 'display_name_invalid' });
  const phone = change.phone ? normalisePhone(change.phone) : null;
  if (change.phone && phone === null) return refuse({ code: 'phone_invalid' });
  for (const [table, id] of [['department', change.departmentId], ['sub_operator', change.subOperatorId]] as const) {
    if (id && (await tx.query(`select 1 from parties.${table} where operator_id = $1 and ${table}_id = $2`, [operatorId, id])).length === 0) return refuse({ code: `${table}_not_found` });
  }
  const phoneIndex = phone === null ? null : await personalIndex(tx, phoneDigestText(phone));
  const [holder] = await tx.query('select 1 from parties.member where operator_id = $1 and phone_index = $2 and member_id <> $3', [operatorId, phoneIndex, memberId]);
  if (holder) return refuse({ code: 'phone_taken' });
  const sealed = async (text: string | null | undefined): Promise<Buffer | null> => (text ? sealPersonal(tx, { personId: memberId, plaintext: text }) : null);
  await tx.execute(
    `update parties.member set display_name_sealed = coalesce($3, display_name_sealed),
       phone_sealed = case when $4 then $5 else phone_sealed end, phone_index = case when $4 then $6 else phone_index end,
       department_id = case when $7 then $8 else department_id end, sub_operator_id = case when $9 then $10 else sub_operator_id end
     where operator_id = $1 and member_id = $2`,
    [
      operatorId, memberId, await sealed(displayName), change.phone !== undefined, await sealed(phone), phoneIndex,
      change.departmentId !== undefined, change.departmentId ?? null, change.subOperatorId !== undefined, change.subOperatorId ?? null,
    ]);
  if (change.departmentId !== undefined) {
    const moved = await belong(tx, 'member_department', { subjectId: memberId, toId: change.departmentId, validFrom: null });
    assert(moved.ok, 'nobody is put into a department from a day to come');
  }
  return ok(null);
}

/**
 * Erases a member on their request: the key of their personal data is destroyed, the digests by which they could be found are
 * cleared, their cards end, and the account freezes. Amounts and energy stay under the id.
 */
export async function eraseMember(
  tx: Tx, erasure: { memberId: MemberId; erasedBy: string; reason: string; at: Instant },
): Promise<Result<null, EraseMemberRejection>> {
  const operatorId = onlyOperator(tx);
  const [member] = await tx.query('select 1 from parties.member where operator_id = $1 and member_id = $2 for update', [operatorId, erasure.memberId]);
  if (!member) return refuse({ code: 'member_not_found' });
  const erased = await erasePerson(tx, { personId: erasure.memberId, erasedBy: erasure.erasedBy, reason: erasure.reason, at: erasure.at });
  if (!erased.ok) return refuse({ code: 'member_erased' });
  await tx.execute(
    `update parties.member set status = 'frozen', phone_sealed = null, phone_index = null, erased_at = $3 where operator_id = $1 and member_id = $2`,
    [operatorId, erasure.memberId, sqlTimestamp(erasure.at)]);
  // A digest of a card number can be guessed; a random one cannot, and keeps the row's form.
  await tx.execute(
    `update parties.member_credential set revoked_at = coalesce(revoked_at, $3), token_index = uuid_send(gen_random_uuid()) where operator_id = $1 and member_id = $2`,
    [operatorId, erasure.memberId, sqlTimestamp(erasure.at)]);
  return ok(null);
}
