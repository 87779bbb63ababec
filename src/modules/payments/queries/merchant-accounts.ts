import type { Tx } from '../../../platform/database/index.ts';
import type { AccountHealth } from '../channels/channels.ts';
import { readMerchantAccounts, readSigns, type AccountSigns, type MerchantAccount } from '../store/merchant-accounts.ts';

export type SeenAccount = { readonly account: MerchantAccount; readonly signs: AccountSigns; readonly health: AccountHealth | null };

export const hasMerchantAccount = async (tx: Tx, merchantAccountId: string): Promise<boolean> => (await readMerchantAccounts(tx, [merchantAccountId])).length > 0;

/**
 * A channel makes one bill, and one flow of funds, for a merchant's number, also when several of its apps are accounts here. @returns the accounts that share the bill of
 * this one, itself among them, the oldest first: that one carries the bill.
 */
export async function accountsOnOneBill(tx: Tx, merchantAccountId: string): Promise<string[]> {
  const accounts = await readMerchantAccounts(tx);
  const own = accounts.find((account) => account.merchantAccountId === merchantAccountId);
  if (own === undefined) return [merchantAccountId];
  return accounts.filter(({ kind, environment, settings }) => kind === own.kind && environment === own.environment && settings.merchantId === own.settings.merchantId).map((account) => account.merchantAccountId);
}

export type BillAccount = { readonly merchantAccountId: string; readonly kind: MerchantAccount['kind']; /** As the channel writes it on its bills. */ readonly merchantId: string };

/** The account that carries the bill of this one, which is itself or an older one with the same number. @returns null when there is no such account. */
export async function loadBillAccount(tx: Tx, merchantAccountId: string): Promise<BillAccount | null> {
  const [carrierId] = await accountsOnOneBill(tx, merchantAccountId);
  const [carrier] = await readMerchantAccounts(tx, [carrierId!]);
  return carrier === undefined ? null : { merchantAccountId: carrier.merchantAccountId, kind: carrier.kind, merchantId: carrier.settings.merchantId };
}

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
