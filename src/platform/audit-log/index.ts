export { listActs, type AuditEntry, type AuditFilter } from './list-acts.ts';
export { actorIdOf, loadActorNames, type ActorNames, type NameActors } from './actor-names.ts';
export { NO_ORIGIN, recordAct, SYSTEM_ACTOR, type Act, type ActOrigin, type Actor } from './record-act.ts';
