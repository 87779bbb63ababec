import { assert, ok, refuse, type Clock, type Instant, type Result } from '../../kernel/index.ts';
import { recordAct, type ActOrigin, type Actor } from '../audit-log/index.ts';
import { sqlTimestamp, type Tx } from '../database/index.ts';

export type ErasureRejection =
  | { readonly code: 'person_unknown' }
  | { readonly code: 'person_already_erased'; readonly erasedAt: Instant };

/**
 * Destroys a person's key, on their request (PIPL art. 47, GDPR art. 17): whatever was sealed for them can never be read again, while
 * amounts and energy stay. The row keeps who did it, when and why, and the act is in the audit log, all in the same `tx`.
 * Backups made before still hold the key until they are destroyed themselves.
 */
export async function erasePerson(
  tx: Tx, request: { readonly personId: string; readonly actor: Actor; readonly from: ActOrigin; readonly reason: string }, { clock }: { readonly clock: Clock },
): Promise<Result<{ readonly erasedAt: Instant }, ErasureRejection>> {
  assert(tx.operatorIds.length === 1, 'personal data needs a transaction of exactly one operator');
  const [operatorId] = tx.operatorIds;
  assert(request.personId !== operatorId, 'the key of an operator is never erased');
  const [row] = await tx.query<{ erased_at: Instant | null }>(
    'select erased_at from platform.person_key where operator_id = $1 and person_id = $2 for update', [operatorId, request.personId]);
  if (!row) return refuse({ code: 'person_unknown' });
  if (row.erased_at !== null) return refuse({ code: 'person_already_erased', erasedAt: row.erased_at });
  const at = clock.now();
  await tx.execute(
    `update platform.person_key set wrapped_key = null, erased_at = $3, erased_by = $4, erasure_reason = $5
     where operator_id = $1 and person_id = $2`,
    [operatorId, request.personId, sqlTimestamp(at), request.actor.kind === 'system' ? 'system' : `${request.actor.kind}:${request.actor.id}`, request.reason]);
  await recordAct(tx, { actor: request.actor, from: request.from, act: 'platform.erase_person', subject: { kind: 'person', id: request.personId }, reason: request.reason }, { clock });
  return ok({ erasedAt: at });
}
