import { randomBytes } from 'node:crypto';
import { bytesToUuid, encodeBase32Uuid, ok, refuse, type Clock, type Result } from '../../../kernel/index.ts';
import { newUuid } from '../../../platform/clock/index.ts';
import type { Tx } from '../../../platform/database/index.ts';
import { checkSettings, type AccountSettings, type SettingsRejection, type SettingsRules } from '../channels/settings.ts';
import type { Environment } from '../domain/order-number.ts';
import { insertMerchantAccount } from '../store/merchant-accounts.ts';

export const ACCOUNT_NAME_LENGTH_MAX = 100;

export type NewMerchantAccount = {
  readonly name: string; readonly environment: Environment; readonly settings: AccountSettings; readonly changedBy: string; readonly reason?: string | null;
  /** Only where the channel need not be asked first, such as the demo; otherwise an account begins disabled and `changeMerchantAccount` enables it. */
  readonly enabled?: boolean;
};
export type AddMerchantAccountRejection = { readonly code: 'merchant_account_name_malformed' } | { readonly code: 'merchant_account_name_taken' } | SettingsRejection;
export type AddedMerchantAccount = { readonly merchantAccountId: string; readonly notifyKey: string };

/** Adds a merchant's account at a channel, with a notify address of its own. Refusals in the order name, settings (see `checkSettings`), name taken. */
export async function addMerchantAccount(tx: Tx, input: NewMerchantAccount, { clock, ...rules }: SettingsRules & { readonly clock: Clock }): Promise<Result<AddedMerchantAccount, AddMerchantAccountRejection>> {
  const name = input.name.trim();
  if (name === '' || name.length > ACCOUNT_NAME_LENGTH_MAX || /\p{Cc}/u.test(name)) return refuse({ code: 'merchant_account_name_malformed' });
  const settings = checkSettings(input.settings, { ...rules, environment: input.environment });
  if (!settings.ok) return settings;
  // The key stands in an address that channels are told: long enough that nobody guesses it, and nothing can be done with it but to be refused.
  const added = { merchantAccountId: newUuid(), notifyKey: encodeBase32Uuid(bytesToUuid(randomBytes(16))) };
  const inserted = await insertMerchantAccount(tx, {
    ...added, kind: settings.value.kind, environment: input.environment, name, version: 1, settings: settings.value, enabled: input.enabled ?? false,
    changedBy: input.changedBy, reason: input.reason?.trim() || null, at: clock.now(),
  });
  return inserted ? ok(added) : refuse({ code: 'merchant_account_name_taken' });
}
