import type { Clock, CurrencyCode } from '../../../kernel/index.ts';
import { sqlTimestamp, type Tx } from '../../../platform/database/index.ts';
import { defaultPolicy, type ChargingPolicy } from '../domain/policy.ts';
import { onlyOperator } from './sessions.ts';

/** The operator's policy, or the program's defaults for its currency. */
export async function loadPolicy(tx: Tx, currency: CurrencyCode): Promise<ChargingPolicy> {
  const [row] = await tx.query<ChargingPolicy>({
    name: 'charging_load_policy',
    text: `select hold_amount_minor as "holdAmountMinor", hold_minimum_minor as "holdMinimumMinor", balance_threshold_minor as "balanceThresholdMinor",
        silence_deadline_s as "silenceDeadlineS", default_connector_power_w as "defaultConnectorPowerW", abnormal_bills as "abnormalBills",
        sessions_per_member_max as "sessionsPerMemberMax"
      from charging.policy where operator_id = $1`,
  }, [onlyOperator(tx)]);
  return row ?? defaultPolicy(currency);
}

/** Replaces the operator's policy. */
export async function setPolicy(tx: Tx, policy: ChargingPolicy, { clock }: { clock: Clock }): Promise<void> {
  await tx.execute(
    `insert into charging.policy (operator_id, hold_amount_minor, hold_minimum_minor, balance_threshold_minor, silence_deadline_s,
       default_connector_power_w, abnormal_bills, sessions_per_member_max, changed_at)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9)
     on conflict (operator_id) do update set hold_amount_minor = excluded.hold_amount_minor, hold_minimum_minor = excluded.hold_minimum_minor,
       balance_threshold_minor = excluded.balance_threshold_minor, silence_deadline_s = excluded.silence_deadline_s,
       default_connector_power_w = excluded.default_connector_power_w, abnormal_bills = excluded.abnormal_bills,
       sessions_per_member_max = excluded.sessions_per_member_max, changed_at = excluded.changed_at`,
    [onlyOperator(tx), policy.holdAmountMinor, policy.holdMinimumMinor, policy.balanceThresholdMinor, policy.silenceDeadlineS,
      policy.defaultConnectorPowerW, policy.abnormalBills, policy.sessionsPerMemberMax, sqlTimestamp(clock.now())]);
}
