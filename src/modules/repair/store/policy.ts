import type { CurrencyCode, Instant } from '../../../kernel/index.ts';
import { sqlTimestamp, type Tx } from '../../../platform/database/index.ts';
import { defaultRepairPolicy, type RepairPolicy } from '../domain/policy.ts';
import { onlyOperator } from './cases.ts';

type Stored = { readonly enabled: boolean; readonly automatic: readonly { cause: string; amountMinorMax: string; energyWhMax: string; waitMs: number }[]; readonly dueDays: number; readonly bulkFourEyesAboveMinor: string };

/** The policy in force: the newest, or the program's own as version 0. */
export async function loadRepairPolicy(tx: Tx, currency: CurrencyCode): Promise<RepairPolicy> {
  const [row] = await tx.query<{ version: number; settings: Stored }>('select version, settings from repair.policy where operator_id = $1 order by version desc limit 1', [onlyOperator(tx)]);
  if (row === undefined) return defaultRepairPolicy(currency);
  const { enabled, automatic, dueDays, bulkFourEyesAboveMinor } = row.settings;
  return {
    version: row.version, enabled, dueDays, bulkFourEyesAboveMinor: BigInt(bulkFourEyesAboveMinor),
    automatic: automatic.map((rule) => ({ ...rule, amountMinorMax: BigInt(rule.amountMinorMax), energyWhMax: BigInt(rule.energyWhMax) })),
  };
}

/** @returns false when somebody else has made this version meanwhile. */
export async function insertRepairPolicy(tx: Tx, { version, ...settings }: RepairPolicy, by: { readonly changedBy: string; readonly reason: string | null; readonly recordedAt: Instant }): Promise<boolean> {
  const made = await tx.execute(
    'insert into repair.policy (operator_id, version, settings, reason, changed_by, recorded_at) values ($1, $2, $3, $4, $5, $6) on conflict do nothing',
    [onlyOperator(tx), version, JSON.stringify(settings, (_name, value: unknown) => (typeof value === 'bigint' ? String(value) : value)), by.reason, by.changedBy, sqlTimestamp(by.recordedAt)]);
  return made === 1;
}
