import type { CurrencyCode, Instant } from '../../../kernel/index.ts';
import { sqlTimestamp, type Tx } from '../../../platform/database/index.ts';
import { defaultRepairPolicy, type AutomaticRule, type RepairPolicy } from '../domain/policy.ts';
import { onlyOperator } from './cases.ts';

type Stored = { readonly enabled: boolean; readonly automatic: readonly { cause: string; amountMinorMax: string; energyWhMax: string; waitMs: number }[]; readonly dueDays: number; readonly bulkFourEyesAboveMinor: string };

/** The policy in force: the newest, or the program's own as version 0. */
export async function loadRepairPolicy(tx: Tx, currency: CurrencyCode): Promise<RepairPolicy> {
  const [row] = await tx.query<{ version: number; settings: Stored }>('select version, settings from repair.policy where operator_id = $1 order by version desc limit 1', [onlyOperator(tx)]);
  if (row === undefined) return defaultRepairPolicy(currency);
  return fromStored(row.version, row.settings);
}

function fromStored(version: number, { enabled, automatic, dueDays, bulkFourEyesAboveMinor }: Stored): RepairPolicy {
  return {
    version, enabled, dueDays, bulkFourEyesAboveMinor: BigInt(bulkFourEyesAboveMinor),
    automatic: automatic.map((rule) => ({ ...rule, amountMinorMax: BigInt(rule.amountMinorMax), energyWhMax: BigInt(rule.energyWhMax) })),
  };
}

export type PolicyVersion = RepairPolicy & { readonly reason: string | null; readonly changedBy: string; readonly recordedAt: Instant };
/** Every version there was, newest first. */
export async function listPolicies(tx: Tx, { below, limit }: { readonly below: number | null; readonly limit: number }): Promise<PolicyVersion[]> {
  const rows = await tx.query<{ version: number; settings: Stored; reason: string | null; changedBy: string; recordedAt: Instant }>(
    `select version, settings, reason, changed_by as "changedBy", recorded_at as "recordedAt" from repair.policy where operator_id = $1 and ($2::int is null or version < $2) order by version desc limit $3`, [onlyOperator(tx), below, limit]);
  return rows.map(({ settings, ...row }) => ({ ...row, ...fromStored(row.version, settings) }));
}

export type Trial = { readonly cause: string; readonly open: number; readonly accepted: number; readonly acceptedMinor: bigint; readonly acceptedWh: bigint };
/** What rules would accept of the cases that are open now, by cause; waiting times are left out, because they pass. */
export async function tryRules(tx: Tx, rules: readonly AutomaticRule[]): Promise<Trial[]> {
  return tx.query<Trial>(
    `select c.primary_cause as cause, count(*)::int as open, count(*) filter (where a.fits)::int as accepted, coalesce(sum(c.proposed_minor) filter (where a.fits), 0)::bigint as "acceptedMinor",
       coalesce(sum(c.proposed_wh) filter (where a.fits), 0)::bigint as "acceptedWh"
     from repair.repair_case c left join jsonb_to_recordset($2::jsonb) as r (cause text, "amountMinorMax" bigint, "energyWhMax" bigint) on r.cause = c.primary_cause
     cross join lateral (select coalesce(c.state = 'proposed' and c.automatic and c.proposed_minor <= r."amountMinorMax" and abs(c.proposed_minor - coalesce(c.charged_minor, 0)) <= r."amountMinorMax" and c.proposed_wh <= r."energyWhMax", false) as fits) a
     where c.operator_id = $1 and c.closed_at is null group by 1 order by open desc, 1`,
    [onlyOperator(tx), JSON.stringify(rules, (_name, value: unknown) => (typeof value === 'bigint' ? String(value) : value))]);
}

/** @returns false when somebody else has made this version meanwhile. */
export async function insertRepairPolicy(tx: Tx, { version, ...settings }: RepairPolicy, by: { readonly changedBy: string; readonly reason: string | null; readonly recordedAt: Instant }): Promise<boolean> {
  const made = await tx.execute(
    'insert into repair.policy (operator_id, version, settings, reason, changed_by, recorded_at) values ($1, $2, $3, $4, $5, $6) on conflict do nothing',
    [onlyOperator(tx), version, JSON.stringify(settings, (_name, value: unknown) => (typeof value === 'bigint' ? String(value) : value)), by.reason, by.changedBy, sqlTimestamp(by.recordedAt)]);
  return made === 1;
}
