import { ok, refuse, type Clock, type Result } from '../../../kernel/index.ts';
import type { OperatorDatabase, Tx } from '../../../platform/database/index.ts';
import type { ChannelDesk } from '../channels/registry.ts';
import { checkSettings, identityOf, type AccountSettings, type SettingsRejection, type SettingsRules } from '../channels/settings.ts';
import type { Outcome } from '../domain/channel.ts';
import { insertProbe, insertVersion, readMerchantAccounts, type MerchantAccount } from '../store/merchant-accounts.ts';

export type MerchantAccountChange = {
  readonly merchantAccountId: string;
  /** The version that whoever changes it has seen. */
  readonly version: number;
  readonly settings: AccountSettings; readonly enabled: boolean; readonly changedBy: string; readonly reason: string | null;
};
export type ChangeMerchantAccountRejection =
  | { readonly code: 'merchant_account_not_found' }
  | SettingsRejection
  | { readonly code: 'merchant_account_kind_fixed' }
  | { readonly code: 'merchant_account_changed_meanwhile'; readonly version: number }
  /** The channel said no to these settings, or could not be asked. What was in force still is. */
  | { readonly code: 'merchant_account_not_proven'; readonly outcome: 'refused' | 'unknown'; readonly reason: string; readonly channelCode: string | null; readonly message: string };

type Options = SettingsRules & { readonly clock: Clock; readonly channels: Pick<ChannelDesk, 'tryOut'>; /** In the transaction that writes the change: for the audit log. */ readonly recorded?: (tx: Tx, before: MerchantAccount, after: MerchantAccount) => Promise<void> };

/**
 * Writes the next version of an account's settings, which counts at once and everywhere; the versions before stay readable. An account is enabled only with settings
 * that the channel has just accepted: where merchant, app, address or keys change, or a disabled account is enabled, the channel is asked first (P-18). Limits alone
 * are not asked about, so that they can be changed while the channel is ill (P-06). The merchant's number stays once a payment was begun under it: asked under another one the
 * channel would know of no such payment, which closes it, and would refund none. Doing it twice does it once. Refusals in the order of the type.
 */
export async function changeMerchantAccount(odb: OperatorDatabase, change: MerchantAccountChange, options: Options): Promise<Result<MerchantAccount, ChangeMerchantAccountRejection>> {
  const current = await load(odb, change.merchantAccountId);
  if (current === null) return refuse({ code: 'merchant_account_not_found' });
  const settings = checkSettings(change.settings, { ...options, environment: current.environment });
  if (!settings.ok) return settings;
  if (settings.value.kind !== current.kind) return refuse({ code: 'merchant_account_kind_fixed' });
  if (isDone(current, change)) return ok(current);
  if (current.version !== change.version) return refuse({ code: 'merchant_account_changed_meanwhile', version: current.version });
  if (settings.value.merchantId !== current.settings.merchantId && await odb.transaction((tx) => hasAttempts(tx, change.merchantAccountId))) {
    return refuse({ code: 'merchant_account_settings_invalid', field: 'merchantId', why: 'payments were begun under the number that it has: another merchant is another account' });
  }
  if (change.enabled && (!current.enabled || identityOf(settings.value) !== identityOf(current.settings))) {
    const outcome = await options.channels.tryOut(odb.operatorId, { ...current, settings: settings.value });
    await odb.transaction((tx) => insertProbe(tx, { ...current, version: null, outcome, probedBy: change.changedBy, at: options.clock.now() }));
    if (outcome.kind !== 'confirmed') return refuse(notProven(outcome));
  }
  return odb.transaction(async (tx) => {
    const next = { merchantAccountId: change.merchantAccountId, version: change.version + 1, settings: settings.value, enabled: change.enabled, changedBy: change.changedBy, reason: change.reason, at: options.clock.now() };
    if (!await insertVersion(tx, next)) return refuse({ code: 'merchant_account_changed_meanwhile', version: change.version + 1 });
    const after: MerchantAccount = { ...current, ...next, changedAt: next.at };
    await options.recorded?.(tx, current, after);
    return ok(after);
  });
}

const load = async (odb: OperatorDatabase, merchantAccountId: string): Promise<MerchantAccount | null> =>
  (await odb.transaction((tx) => readMerchantAccounts(tx, [merchantAccountId])))[0] ?? null;

async function hasAttempts(tx: Tx, merchantAccountId: string): Promise<boolean> {
  const rows = await tx.query('select 1 from payments.payment_attempt where operator_id = $1 and merchant_account_id = $2 limit 1', [tx.operatorIds[0], merchantAccountId]);
  return rows.length > 0;
}

/** A repeat of a change that was made: the version after the one that was seen says the same. */
const isDone = (current: MerchantAccount, change: MerchantAccountChange): boolean =>
  current.version === change.version + 1 && current.enabled === change.enabled && canonical(current.settings) === canonical(change.settings) && current.changedBy === change.changedBy;

/** jsonb gives fields back in an order of its own. */
const canonical = (value: unknown): string => JSON.stringify(value, (_name, field: unknown) =>
  typeof field === 'object' && field !== null && !Array.isArray(field) ? Object.fromEntries(Object.entries(field).sort(([a], [b]) => (a < b ? -1 : 1))) : field);

const notProven = (outcome: Exclude<Outcome<null>, { kind: 'confirmed' }>): ChangeMerchantAccountRejection => ({
  code: 'merchant_account_not_proven', outcome: outcome.kind, reason: outcome.reason, channelCode: outcome.kind === 'refused' ? outcome.channelCode : null, message: outcome.message,
});
