import { ok, refuse, type Clock, type CurrencyCode, type Result } from '../../../kernel/index.ts';
import type { Tx } from '../../../platform/database/index.ts';
import type { CorrectionThreshold } from '../domain/correction.ts';
import { insertCorrectionPolicy, loadCorrectionPolicy, type CorrectionPolicy } from '../store/corrections.ts';

export type CorrectionPolicyRejection = { readonly code: 'correction_policy_invalid' } | { readonly code: 'correction_policy_changed_meanwhile'; readonly version: number };

/** From which difference on a correction needs a second person, from now on. `seenVersion` is the one that it was decided on. */
export async function changeCorrectionPolicy(
  tx: Tx, change: CorrectionThreshold & { readonly seenVersion: number; readonly reason: string | null; readonly changedBy: string; readonly currency: CurrencyCode }, { clock }: { clock: Clock },
): Promise<Result<{ before: CorrectionPolicy; after: CorrectionPolicy }, CorrectionPolicyRejection>> {
  const { aboveMinor, aboveWh, seenVersion, reason, changedBy } = change;
  if (aboveMinor < 0n || aboveWh < 0n) return refuse({ code: 'correction_policy_invalid' });
  const before = await loadCorrectionPolicy(tx, change.currency);
  const after = { version: before.version + 1, aboveMinor, aboveWh };
  const made = before.version === seenVersion && (await insertCorrectionPolicy(tx, { ...after, reason, changedBy, recordedAt: clock.now() }));
  return made ? ok({ before, after }) : refuse({ code: 'correction_policy_changed_meanwhile', version: before.version });
}
