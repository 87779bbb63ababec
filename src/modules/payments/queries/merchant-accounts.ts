import type { Tx } from '../../../platform/database/index.ts';
import type { AccountHealth } from '../channels/channels.ts';
import { readMerchantAccounts, readSigns, type AccountSigns, type MerchantAccount } from '../store/merchant-accounts.ts';

export type SeenAccount = { readonly account: MerchantAccount; readonly signs: AccountSigns; readonly health: AccountHealth | null };

const NO_SIGNS: AccountSigns = { probe: null, lastNotificationAt: null, notifyProbe: null };

/** An operator's merchant accounts with what shows whether they work: what the channel said last, the notify address, the last notification, how calls of this process go. */
export async function seeMerchantAccounts(tx: Tx, health: readonly AccountHealth[], only: readonly string[] | null = null): Promise<SeenAccount[]> {
  const accounts = await readMerchantAccounts(tx, only);
  const signs = await readSigns(tx, accounts.map(({ merchantAccountId }) => merchantAccountId));
  return accounts.map((account) => ({
    account, signs: signs.get(account.merchantAccountId) ?? NO_SIGNS,
    health: health.find((each) => each.operatorId === account.operatorId && each.merchantAccountId === account.merchantAccountId) ?? null,
  }));
}
