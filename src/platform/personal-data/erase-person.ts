import { assert, ok, refuse, type Instant, type Result } from '../../kernel/index.ts';
import { sqlTimestamp, type Tx } from '../database/index.ts';

export type ErasureRejection =
  | { readonly code: 'person_unknown' }
  | { readonly code: 'person_already_erased'; readonly erasedAt: Instant };

/**
 * Destroys a person's key, on their request (PIPL art. 47, GDPR art. 17): whatever was sealed for them can never be read again, while
 * amounts and energy stay. The row keeps who did it, when and why; the caller writes the audit entry in the same `tx`.
 * Backups made before still hold the key until they are destroyed themselves.
 */
export async function erasePerson(
  tx: Tx, request: { readonly personId: string; readonly erasedBy: string; readonly reason: string; readonly at: Instant },
): Promise<Result<{ readonly erasedAt: Instant }, ErasureRejection>> {
  assert(tx.operatorIds.length === 1, 'personal data needs a transaction of exactly one operator');
  const [operatorId] = tx.operatorIds;
  assert(request.personId !== operatorId, 'the key of an operator is never erased');
  const [row] = await tx.query<{ erased_at: Instant | null }>(
    'select erased_at from platform.person_key where operator_id = $1 and person_id = $2 for update', [operatorId, request.personId]);
  if (!row) return refuse({ code: 'person_unknown' });
  if (row.erased_at !== null) return refuse({ code: 'person_already_erased', erasedAt: row.erased_at });
  await tx.execute(
    `update platform.person_key set wrapped_key = null, erased_at = $3, erased_by = $4, erasure_reason = $5
     where operator_id = $1 and person_id = $2`,
    [operatorId, request.personId, sqlTimestamp(request.at), request.erasedBy, request.reason]);
  return ok({ erasedAt: request.at });
}
