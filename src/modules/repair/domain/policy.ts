import { CURRENCY_DECIMALS, MS_PER_DAY, ok, refuse, type CurrencyCode, type Result } from '../../../kernel/index.ts';
import type { RepairCase } from './case.ts';

/** What is repaired without a person, of one cause. Amounts in minor units, energy in Wh. */
export type AutomaticRule = { readonly cause: string; readonly amountMinorMax: bigint; readonly energyWhMax: bigint; /** After the case was opened, for facts that may still come. */ readonly waitMs: number };
export type RepairPolicy = {
  readonly version: number;
  readonly enabled: boolean;
  readonly automatic: readonly AutomaticRule[];
  /** A case is due so many days after it was opened. */
  readonly dueDays: number;
  /** A bulk run of more than this is started by another person than the one who previewed it. */
  readonly bulkFourEyesAboveMinor: bigint;
};
export const AUTOMATIC_RULES_MAX = 100, DUE_DAYS_MAX = 365, WAIT_MS_MAX = 30 * MS_PER_DAY;

/** Nothing is repaired without a person until an operator says so. */
export const defaultRepairPolicy = (currency: CurrencyCode): RepairPolicy =>
  ({ version: 0, enabled: false, automatic: [], dueDays: 7, bulkFourEyesAboveMinor: 5_000n * 10n ** BigInt(CURRENCY_DECIMALS[currency]) });

export type PolicyRejection = { readonly code: 'repair_policy_invalid'; readonly field: string };
export function checkPolicy({ automatic, dueDays, bulkFourEyesAboveMinor }: Omit<RepairPolicy, 'version'>): Result<null, PolicyRejection> {
  const wrong = (field: string): Result<null, PolicyRejection> => refuse({ code: 'repair_policy_invalid', field });
  if (automatic.length > AUTOMATIC_RULES_MAX || new Set(automatic.map(({ cause }) => cause)).size !== automatic.length) return wrong('automatic');
  for (const { cause, amountMinorMax, energyWhMax, waitMs } of automatic) {
    if (!/^[a-z_]{1,60}$/.test(cause) || amountMinorMax < 0n || energyWhMax < 0n || waitMs < 0 || waitMs > WAIT_MS_MAX) return wrong(`automatic.${cause}`);
  }
  if (dueDays < 1 || dueDays > DUE_DAYS_MAX) return wrong('dueDays');
  return bulkFourEyesAboveMinor < 0n ? wrong('bulkFourEyesAboveMinor') : ok(null);
}

/** Whether the policy accepts a case's proposal at this moment; its limit of money holds for what is charged then, and for what that moves up or down. */
export function isAutomatic(policy: RepairPolicy, of: Pick<RepairCase, 'state' | 'automatic' | 'primaryCause' | 'proposedMinor' | 'chargedMinor' | 'proposedWh' | 'openedAt'>, now: number): boolean {
  const rule = policy.automatic.find(({ cause }) => cause === of.primaryCause);
  return policy.enabled && rule !== undefined && of.state === 'proposed' && of.automatic && of.proposedMinor !== null && of.proposedWh !== null
    && of.proposedMinor <= rule.amountMinorMax && (of.chargedMinor ?? 0n) - of.proposedMinor <= rule.amountMinorMax && of.proposedWh <= rule.energyWhMax && now - of.openedAt >= rule.waitMs;
}
