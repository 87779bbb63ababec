import { ok, refuse, type Clock, type CurrencyCode, type Result } from '../../../kernel/index.ts';
import type { Tx } from '../../../platform/database/index.ts';
import type { ChargingPolicy } from '../domain/policy.ts';
import { loadStandingPolicy, setPolicy, type StandingPolicy } from '../store/policy.ts';

export const POLICY_REASON_LENGTH_MAX = 500;
export type PolicyChange = {
  readonly policy: ChargingPolicy;
  /** The version that whoever changes it has seen; another one in force is refused. */
  readonly seenVersion: number;
  readonly reason: string;
  readonly changedBy: string;
  readonly currency: CurrencyCode;
};
export type PolicyRejection = { readonly code: 'charging_policy_invalid' } | { readonly code: 'charging_policy_unchanged' } | { readonly code: 'charging_policy_changed_meanwhile' } | { readonly code: 'charging_policy_reason_missing' };

/** Puts a new version of the operator's policy in force. It counts for what begins or ends from now on. */
export async function changePolicy(tx: Tx, { policy, seenVersion, changedBy, currency, ...change }: PolicyChange, { clock }: { clock: Clock }): Promise<Result<{ before: StandingPolicy; after: StandingPolicy }, PolicyRejection>> {
  const reason = change.reason.trim();
  if (reason === '' || reason.length > POLICY_REASON_LENGTH_MAX) return refuse({ code: 'charging_policy_reason_missing' });
  const { holdAmountMinor, holdMinimumMinor, balanceThresholdMinor } = policy;
  if (holdMinimumMinor < 0n || holdMinimumMinor > holdAmountMinor || balanceThresholdMinor < 0n) return refuse({ code: 'charging_policy_invalid' });
  const before = await loadStandingPolicy(tx, currency);
  if (before.version !== seenVersion) return refuse({ code: 'charging_policy_changed_meanwhile' });
  if ((Object.keys(policy) as (keyof ChargingPolicy)[]).every((name) => policy[name] === before[name])) return refuse({ code: 'charging_policy_unchanged' });
  const version = await setPolicy(tx, policy, { clock, reason, changedBy, seenVersion });
  return version === null ? refuse({ code: 'charging_policy_changed_meanwhile' }) : ok({ before, after: { ...policy, version, changedAt: clock.now() } });
}
