import { scopeOf, type Principal } from '../../../platform/http/index.ts';
import type { MemberId } from '../../../kernel/index.ts';
import type { Tx } from '../../../platform/database/index.ts';
import { loadMembers } from '../../parties/index.ts';

/** Gives the names of users and API clients by id; the composition root knows who has them. */
export type NameActors = (tx: Tx, actorIds: readonly string[]) => Promise<ReadonlyMap<string, string | null>>;
export type Names = { /** `clerk:<id>` keeps its prefix; what is no id (`payer`, `channel`, `job`) stays. */ actor(actor: string): string; member(memberId: MemberId | null): string | null };

const UUID = /[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** Who is who on one page. Who may not see members sees that there is one, and not who it is. */
export async function namesOf(tx: Tx, principal: Principal, of: { readonly actors: readonly (string | null)[]; readonly members: readonly (MemberId | null)[]; readonly nameActors: NameActors }): Promise<Names> {
  const actorIds = [...new Set(of.actors.flatMap((actor) => UUID.exec(actor ?? '')?.[0] ?? []))];
  const actors = actorIds.length === 0 ? new Map<string, string | null>() : await of.nameActors(tx, actorIds);
  const scope = scopeOf(principal, 'members:read');
  const memberIds = [...new Set(of.members.filter((id) => id !== null))];
  const members = memberIds.length === 0 || scope === 'none' ? [] : [...(await loadMembers(tx, memberIds)).values()].filter(({ subOperatorId }) => scope === 'operator' || scope.includes(subOperatorId ?? ''));
  const nameOf = new Map(members.map((member) => [member.memberId, member.displayName]));
  return {
    actor: (actor) => actor.replace(UUID, (id) => actors.get(id) ?? id),
    member: (memberId) => (memberId === null ? null : nameOf.get(memberId) ?? null),
  };
}
