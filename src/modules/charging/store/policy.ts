import type { Clock, CurrencyCode, Instant } from '../../../kernel/index.ts';
import { sqlTimestamp, type Tx } from '../../../platform/database/index.ts';
import { defaultPolicy, type ChargingPolicy } from '../domain/policy.ts';
import { onlyOperator } from './sessions.ts';

const FIELDS = `hold_amount_minor as "holdAmountMinor", hold_minimum_minor as "holdMinimumMinor", balance_threshold_minor as "balanceThresholdMinor",
  silence_deadline_s as "silenceDeadlineS", default_connector_power_w as "defaultConnectorPowerW", abnormal_bills as "abnormalBills",
  sessions_per_member_max as "sessionsPerMemberMax"`;
const COLUMNS = 'hold_amount_minor, hold_minimum_minor, balance_threshold_minor, silence_deadline_s, default_connector_power_w, abnormal_bills, sessions_per_member_max';
const values = (policy: ChargingPolicy): readonly (bigint | number | string | null)[] => [
  policy.holdAmountMinor, policy.holdMinimumMinor, policy.balanceThresholdMinor, policy.silenceDeadlineS, policy.defaultConnectorPowerW, policy.abnormalBills, policy.sessionsPerMemberMax,
];

/** The operator's policy, or the program's defaults for its currency. */
export async function loadPolicy(tx: Tx, currency: CurrencyCode): Promise<ChargingPolicy> {
  const [row] = await tx.query<ChargingPolicy>({ name: 'charging_load_policy', text: `select ${FIELDS} from charging.policy where operator_id = $1` }, [onlyOperator(tx)]);
  return row ?? defaultPolicy(currency);
}

/** `version` 0 and no time while nobody has decided anything; 0 with a time where that was before versions were kept. */
export type StandingPolicy = ChargingPolicy & { readonly version: number; readonly changedAt: Instant | null };
export async function loadStandingPolicy(tx: Tx, currency: CurrencyCode): Promise<StandingPolicy> {
  const [row] = await tx.query<StandingPolicy>(`select ${FIELDS}, version, changed_at as "changedAt" from charging.policy where operator_id = $1`, [onlyOperator(tx)]);
  return row ?? { ...defaultPolicy(currency), version: 0, changedAt: null };
}

export type PolicyVersion = ChargingPolicy & { readonly version: number; readonly reason: string | null; readonly changedBy: string; readonly recordedAt: Instant };
/** Newest first. */
export const listPolicyVersions = (tx: Tx, { below, limit }: { readonly below: number | null; readonly limit: number }): Promise<PolicyVersion[]> => tx.query<PolicyVersion>(
  `select ${FIELDS}, version, reason, changed_by as "changedBy", recorded_at as "recordedAt" from charging.policy_version where operator_id = $1 and ($2::integer is null or version < $2) order by version desc limit $3`,
  [onlyOperator(tx), below, limit]);

type PolicyDecision = {
  readonly clock: Clock; readonly reason?: string; readonly changedBy?: string;
  /** Refused where another version is in force; left out, whatever is in force is replaced. */
  readonly seenVersion?: number;
};

/** Puts a new version of the operator's policy in force. @returns its number; null where `seenVersion` is not in force any more, and then nothing was stored. */
export async function setPolicy(tx: Tx, policy: ChargingPolicy, { clock, reason, changedBy, seenVersion }: PolicyDecision): Promise<number | null> {
  const at = sqlTimestamp(clock.now());
  const [stored] = await tx.query<{ version: number }>(
    `insert into charging.policy as p (operator_id, ${COLUMNS}, changed_at, version) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, 1)
     on conflict (operator_id) do update set hold_amount_minor = excluded.hold_amount_minor, hold_minimum_minor = excluded.hold_minimum_minor,
       balance_threshold_minor = excluded.balance_threshold_minor, silence_deadline_s = excluded.silence_deadline_s,
       default_connector_power_w = excluded.default_connector_power_w, abnormal_bills = excluded.abnormal_bills,
       sessions_per_member_max = excluded.sessions_per_member_max, changed_at = excluded.changed_at, version = p.version + 1
       where $10::integer is null or p.version = $10
     returning version`, [onlyOperator(tx), ...values(policy), at, seenVersion ?? null]);
  if (stored === undefined) return null;
  await tx.execute(
    `insert into charging.policy_version (operator_id, ${COLUMNS}, version, reason, changed_by, recorded_at) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)`,
    [onlyOperator(tx), ...values(policy), stored.version, reason ?? null, changedBy ?? 'system', at]);
  return stored.version;
}
