import type { MemberId } from '../../../kernel/index.ts';
import type { Tx } from '../../../platform/database/index.ts';
import { problem } from '../../../platform/errors/index.ts';
import { idFromJson, type Call } from '../../../platform/http/index.ts';
import type { Member } from '../domain/member.ts';
import { loadMembers } from '../queries/members.ts';

/** The member of the path, unless it belongs to a sub-operator that the caller's role does not reach. */
export async function visibleMember(tx: Tx, call: Pick<Call<{ memberId: string }, unknown, unknown>, 'params' | 'subOperators'>): Promise<Member> {
  const memberId = idFromJson<MemberId>('mem', call.params.memberId, 'member_not_found');
  const member = (await loadMembers(tx, [memberId])).get(memberId);
  if (!member || (call.subOperators !== 'operator' && !call.subOperators.includes(member.subOperatorId ?? ''))) throw problem('member_not_found');
  return member;
}
