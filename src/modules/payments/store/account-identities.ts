import type { Tx } from '../../../platform/database/index.ts';
import type { AccountIdentity } from '../domain/decide.ts';
import type { Environment } from '../domain/order-number.ts';
import { onlyOperator } from './orders.ts';

/** Merchant and app of accounts, in every version that they have had: what was begun under an older one is paid to the older one. */
export async function loadAccountIdentities(tx: Tx, merchantAccountIds: readonly string[]): Promise<Map<string, AccountIdentity>> {
  const rows = await tx.query<{ merchantAccountId: string; merchant: string; app: string }>({
    name: 'payments_account_identities',
    text: `select distinct v.merchant_account_id as "merchantAccountId", v.settings ->> 'merchantId' as merchant, v.settings ->> 'appId' as app
      from payments.merchant_account_version v where v.operator_id = $1 and v.merchant_account_id = any($2::uuid[])`,
  }, [onlyOperator(tx), [...new Set(merchantAccountIds)]]);
  const identities = new Map<string, { merchant: string; app: string }[]>();
  for (const { merchantAccountId, ...identity } of rows) identities.set(merchantAccountId, [...(identities.get(merchantAccountId) ?? []), identity]);
  return identities;
}

/** Environments of the accounts that take payments. */
export async function enabledEnvironments(tx: Tx): Promise<Environment[]> {
  const rows = await tx.query<{ environment: Environment }>(
    `select distinct m.environment from payments.merchant_account m
     cross join lateral (select v.enabled from payments.merchant_account_version v where v.operator_id = $1 and v.merchant_account_id = m.merchant_account_id order by v.version desc limit 1) v
     where m.operator_id = $1 and v.enabled order by 1`, [onlyOperator(tx)]);
  return rows.map(({ environment }) => environment);
}
