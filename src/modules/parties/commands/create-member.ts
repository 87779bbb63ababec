import { assert, ok, refuse, type MemberId, type OperatorId, type Result } from '../../../kernel/index.ts';
import { newUuid } from '../../../platform/clock/index.ts';
import type { Tx } from '../../../platform/database/index.ts';
import { personalIndex, sealPersonal } from '../../../platform/personal-data/index.ts';
import { normalisePhone, phoneDigestText } from '../domain/member.ts';
import { onlyOperator } from '../only-operator.ts';
import { belong } from './belong.ts';

export const DISPLAY_NAME_LENGTH_MAX = 200;

export type NewMember = {
  readonly displayName: string;
  readonly phone?: string | null;
  readonly departmentId?: string | null;
  readonly subOperatorId?: string | null;
};
export type RegisterMemberRejection =
  | { readonly code: 'display_name_invalid' }
  | { readonly code: 'phone_invalid' }
  | { readonly code: 'department_not_found' }
  | { readonly code: 'sub_operator_not_found' }
  | { readonly code: 'phone_taken'; readonly memberId: MemberId };

/** Registers a member. Checks in this order: name, phone, department, sub-operator, phone taken. */
export async function registerMember(tx: Tx, member: NewMember): Promise<Result<MemberId, RegisterMemberRejection>> {
  const operatorId = onlyOperator(tx);
  const displayName = member.displayName.trim();
  if (displayName === '' || displayName.length > DISPLAY_NAME_LENGTH_MAX) return refuse({ code: 'display_name_invalid' });
  const phone = member.phone ? normalisePhone(member.phone) : null;
  if (member.phone && phone === null) return refuse({ code: 'phone_invalid' });
  if (member.departmentId && !(await exists(tx, 'department', operatorId, member.departmentId))) return refuse({ code: 'department_not_found' });
  if (member.subOperatorId && !(await exists(tx, 'sub_operator', operatorId, member.subOperatorId))) return refuse({ code: 'sub_operator_not_found' });
  const memberId = newUuid() as MemberId;
  const phoneIndex = phone === null ? null : await personalIndex(tx, phoneDigestText(phone));
  const inserted = await tx.execute(
    `insert into parties.member (operator_id, member_id, display_name_sealed, phone_sealed, phone_index, department_id, sub_operator_id)
     values ($1, $2, $3, $4, $5, $6, $7) on conflict (operator_id, phone_index) do nothing`,
    [
      operatorId, memberId, await sealPersonal(tx, { personId: memberId, plaintext: displayName }),
      phone === null ? null : await sealPersonal(tx, { personId: memberId, plaintext: phone }),
      phoneIndex,
      member.departmentId ?? null, member.subOperatorId ?? null,
    ]);
  if (inserted === 1) {
    if (member.departmentId) await belong(tx, 'member_department', { subjectId: memberId, toId: member.departmentId, validFrom: 'always' });
    return ok(memberId);
  }
  assert(phoneIndex !== null, 'only a phone number can collide');
  const [holder] = await tx.query<{ memberId: MemberId }>(
    'select member_id as "memberId" from parties.member where operator_id = $1 and phone_index = $2', [operatorId, phoneIndex]);
  assert(holder, 'the phone number that collided has a member');
  return refuse({ code: 'phone_taken', memberId: holder.memberId });
}

/** Registers a member whose details the caller has checked already (imports, demo, tests). @throws AssertionFault on a refusal. */
export async function createMember(tx: Tx, member: NewMember): Promise<MemberId> {
  const result = await registerMember(tx, member);
  assert(result.ok, `member refused: ${result.ok ? '' : result.error.code}`);
  return result.value;
}

async function exists(tx: Tx, table: 'department' | 'sub_operator', operatorId: OperatorId, id: string): Promise<boolean> {
  return (await tx.query(`select 1 from parties.${table} where operator_id = $1 and ${table}_id = $2`, [operatorId, id])).length > 0;
}
