import { loadActorNames, type NameActors } from '../../../platform/audit-log/index.ts';
import { scopeOf, type Principal } from '../../../platform/http/index.ts';
import type { MemberId } from '../../../kernel/index.ts';
import type { Tx } from '../../../platform/database/index.ts';
import { loadMembers } from '../../parties/index.ts';

export type Names = { /** `clerk:<id>` keeps its prefix; what is no id (`payer`, `channel`, `job`) stays. */ actor(actor: string): string; member(memberId: MemberId | null): string | null };

/** Who is who on one page. Who may not see members sees that there is one, and not who it is. */
export async function namesOf(tx: Tx, principal: Principal, of: { readonly actors: readonly (string | null)[]; readonly members: readonly (MemberId | null)[]; readonly nameActors: NameActors }): Promise<Names> {
  const actors = await loadActorNames(tx, of.nameActors, of.actors);
  const scope = scopeOf(principal, 'members:read');
  const memberIds = [...new Set(of.members.filter((id) => id !== null))];
  const members = memberIds.length === 0 || scope === 'none' ? [] : [...(await loadMembers(tx, memberIds)).values()].filter(({ subOperatorId }) => scope === 'operator' || scope.includes(subOperatorId ?? ''));
  const nameOf = new Map(members.map((member) => [member.memberId, member.displayName]));
  return {
    actor: actors.inPlace,
    member: (memberId) => (memberId === null ? null : nameOf.get(memberId) ?? null),
  };
}
