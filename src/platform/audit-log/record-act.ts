import { assert, type Clock } from '../../kernel/index.ts';
import { newUuid, systemClock } from '../clock/index.ts';
import { sqlTimestamp, type Tx } from '../database/index.ts';

export type Actor = { readonly kind: 'user' | 'api_client'; readonly id: string } | { readonly kind: 'system' };
export type ActOrigin = { readonly ip: string | null; readonly userAgent: string | null; readonly requestId?: string };
export const SYSTEM_ACTOR: Actor = { kind: 'system' };
export const NO_ORIGIN: ActOrigin = { ip: null, userAgent: null };

export type Act = {
  readonly actor: Actor;
  readonly from: ActOrigin;
  /** `module.act_in_the_imperative`, e.g. `wallets.top_up`. */
  readonly act: string;
  /** What it was done to, e.g. `{ kind: 'member', id: memberId }`. */
  readonly subject: { readonly kind: string; readonly id: string };
  /** What changed, as plain JSON values (bigint is written as a decimal string). Never personal data or secrets in clear. */
  readonly before?: Readonly<Record<string, unknown>> | null;
  readonly after?: Readonly<Record<string, unknown>> | null;
  readonly reason?: string | null;
};

/** Field names that hold personal data or secrets everywhere in the program; the log keeps the record's id instead. */
const NEVER_IN_CLEAR = /^(display_?name|phone|email|plate|vin|token|password|secret|address|open_?id)$/i;
const USER_AGENT_LENGTH_MAX = 512;

/**
 * Writes an act to the audit log in the transaction that does it: the act and its entry commit together.
 * @throws AssertionFault when `before` or `after` has a field that would put personal data or a secret in clear.
 */
export async function recordAct(tx: Tx, act: Act, { clock }: { clock: Clock } = { clock: systemClock }): Promise<string> {
  assert(tx.operatorIds.length === 1, 'an act belongs to one operator');
  for (const state of [act.before, act.after]) refusePersonalData(state);
  const entryId = newUuid();
  await tx.execute(
    `insert into platform.audit_entry
       (operator_id, entry_id, recorded_at, actor_kind, actor_id, ip, user_agent, act, subject_kind, subject_id, before, after, reason, request_id)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)`,
    [
      tx.operatorIds[0], entryId, sqlTimestamp(clock.now()), act.actor.kind, act.actor.kind === 'system' ? null : act.actor.id,
      act.from.ip, act.from.userAgent?.slice(0, USER_AGENT_LENGTH_MAX) ?? null, act.act, act.subject.kind, act.subject.id,
      toJson(act.before), toJson(act.after), act.reason?.trim() || null, act.from.requestId ?? null,
    ]);
  return entryId;
}

function refusePersonalData(value: unknown): void {
  if (value === null || typeof value !== 'object') return;
  for (const [name, field] of Object.entries(value)) {
    assert(!NEVER_IN_CLEAR.test(name), `the audit log keeps no ${name} in clear; name the record by its id`);
    refusePersonalData(field);
  }
}

const toJson = (state: object | null | undefined): string | null =>
  state ? JSON.stringify(state, (_name, value: unknown) => (typeof value === 'bigint' ? String(value) : value)) : null;
