import type { Tx } from '../database/index.ts';
import type { Actor } from './record-act.ts';

/** Gives the names of users and API clients by id; given by the composition root, because neither the platform nor most modules know who has them. */
export type NameActors = (tx: Tx, actorIds: readonly string[]) => Promise<ReadonlyMap<string, string | null>>;

/** Records keep an actor as the id, or as an id with its kind before it (`user:<id>`, `clerk:<id>`); `payer`, `channel`, `job` and `system` have none. */
const UUID_AT_END = /[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
const idIn = (actor: string): string | null => UUID_AT_END.exec(actor)?.[0] ?? null;

export type ActorNames = {
  /** The name alone; null for what is no id, and for somebody who is gone. */
  name(actor: string): string | null;
  /** The name alone, or what is kept where there is none. */
  nameOrKept(actor: string): string;
  /** The name in the place of the id: `clerk:<id>` keeps its prefix. */
  inPlace(actor: string): string;
};

/** Who is who among the actors of one answer, in one look-up. */
export async function loadActorNames(tx: Tx, nameActors: NameActors, actors: readonly (string | null)[]): Promise<ActorNames> {
  const ids = [...new Set(actors.flatMap((actor) => (actor === null ? [] : idIn(actor) ?? [])))];
  const names = ids.length === 0 ? new Map<string, string | null>() : await nameActors(tx, ids);
  const name = (actor: string): string | null => names.get(idIn(actor) ?? '') ?? null;
  return { name, nameOrKept: (actor) => name(actor) ?? actor, inPlace: (actor) => actor.replace(UUID_AT_END, (id) => names.get(id) ?? id) };
}

/** How an actor stands in the records of most modules: the id alone. */
export const actorIdOf = (actor: Actor): string => (actor.kind === 'system' ? 'system' : actor.id);
