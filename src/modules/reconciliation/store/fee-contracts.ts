import { sqlTimestamp, type Tx } from '../../../platform/database/index.ts';
import type { Instant } from '../../../kernel/index.ts';

/** @returns the rate in force on a day in parts per million, or null when none is set: then fees are taken as they come. */
export async function feeRateOn(tx: Tx, { merchantAccountId, businessDate }: { readonly merchantAccountId: string; readonly businessDate: string }): Promise<bigint | null> {
  const [row] = await tx.query<{ ratePpm: bigint }>(
    `select rate_ppm as "ratePpm" from reconciliation.fee_contract where operator_id = $1 and merchant_account_id = $2 and valid_from <= $3::date order by valid_from desc, version desc limit 1`,
    [tx.operatorIds[0], merchantAccountId, businessDate]);
  return row?.ratePpm ?? null;
}

export async function setFeeRate(tx: Tx, contract: { readonly merchantAccountId: string; readonly validFrom: string; readonly ratePpm: bigint; readonly changedBy: string; readonly at: Instant }): Promise<void> {
  await tx.execute(
    `insert into reconciliation.fee_contract (operator_id, merchant_account_id, version, valid_from, rate_ppm, changed_by, recorded_at)
     select $1, $2, coalesce(max(version), 0) + 1, $3::date, $4, $5, $6 from reconciliation.fee_contract where operator_id = $1 and merchant_account_id = $2`,
    [tx.operatorIds[0], contract.merchantAccountId, contract.validFrom, contract.ratePpm, contract.changedBy, sqlTimestamp(contract.at)]);
}
