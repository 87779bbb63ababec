import { ok, refuse, type Clock, type CurrencyCode, type Result } from '../../../kernel/index.ts';
import type { Tx } from '../../../platform/database/index.ts';
import { checkPolicy, type PolicyRejection, type RepairPolicy } from '../domain/policy.ts';
import { insertRepairPolicy, loadRepairPolicy } from '../store/policy.ts';

/** The next version of the policy; what was repaired before is not touched. `seenVersion` is the one it was decided on. */
export async function changeRepairPolicy(
  tx: Tx, change: { readonly policy: Omit<RepairPolicy, 'version'>; readonly seenVersion: number; readonly reason: string | null; readonly changedBy: string; readonly currency: CurrencyCode }, { clock }: { clock: Clock },
): Promise<Result<{ before: RepairPolicy; after: RepairPolicy }, PolicyRejection | { readonly code: 'repair_policy_changed_meanwhile'; readonly version: number }>> {
  const valid = checkPolicy(change.policy);
  if (!valid.ok) return valid;
  const before = await loadRepairPolicy(tx, change.currency);
  const after = { ...change.policy, version: before.version + 1 };
  const made = before.version === change.seenVersion && (await insertRepairPolicy(tx, after, { changedBy: change.changedBy, reason: change.reason, recordedAt: clock.now() }));
  return made ? ok({ before, after }) : refuse({ code: 'repair_policy_changed_meanwhile', version: before.version });
}
