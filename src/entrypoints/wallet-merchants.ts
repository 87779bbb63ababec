import { chmod, copyFile, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Clock } from '../kernel/index.ts';
import { addMerchantAccount, changeMerchantAccount, DEFAULT_LIMITS, type AccountSettings, type CallLimits, type ChannelDesk, type Environment } from '../modules/payments/index.ts';
import type { OperatorDatabase } from '../platform/database/index.ts';
import type { SimulatedMerchant, WalletChannelProcess } from './wallet-channel-process.ts';

/** The merchant accounts of one operator at the simulated channels, by channel. */
export type WalletAccounts = Readonly<Record<SimulatedMerchant['channel'], string>>;
export type WalletMerchants = {
  readonly wallet: WalletChannelProcess; readonly channels: ChannelDesk; readonly clock: Clock;
  /** The folder of keys of this operator: `<keys folder>/<operator code>`. */
  readonly keysFolder: string;
  /** Where the simulated channels reach this program. */
  readonly notifyOrigin: string;
  readonly environment: Environment; readonly limits?: CallLimits; readonly changedBy: string;
};
/** What the simulator writes down of a merchant. */
type MerchantFile = { readonly serial: string; readonly apiV3Key: string; readonly channelPublicKeys: Readonly<Record<string, string>>; readonly baseUrl: string };
const NAMES: WalletAccounts = { wechatpay: '微信支付（模拟） WeChat Pay, simulated', alipay: '支付宝（模拟） Alipay, simulated' };

/**
 * Gives an operator a merchant account at each of the simulated channels, as a person would: keys into the operator's folder, named by `file:`, and settings that the
 * channel is asked about. Called again after the simulator has moved to another port, it changes the address.
 */
export async function ensureWalletAccounts(odb: OperatorDatabase, of: WalletMerchants): Promise<WalletAccounts> {
  const known = await of.channels.accountsOf(odb.operatorId);
  const ids: Partial<Record<SimulatedMerchant['channel'], string>> = {};
  const allowedOrigins = [of.wallet.url, of.notifyOrigin];
  for (const merchant of of.wallet.merchants) {
    const settings = await settingsOf(merchant, of);
    const account = known.find(({ kind, merchant: merchantId }) => kind === merchant.channel && merchantId === merchant.merchantId);
    if (account === undefined) {
      const added = await odb.transaction((tx) => addMerchantAccount(tx, { name: NAMES[merchant.channel], environment: of.environment, enabled: true, settings, changedBy: of.changedBy }, { clock: of.clock, allowedOrigins }));
      if (!added.ok) throw new Error(`the simulated merchant account was refused: ${JSON.stringify(added.error)}`);
      ids[merchant.channel] = added.value.merchantAccountId;
      continue;
    }
    ids[merchant.channel] = account.merchantAccountId;
    if (account.settings.apiAddress === settings.apiAddress && account.settings.notifyOrigin === settings.notifyOrigin) continue;
    const changed = await changeMerchantAccount(odb, {
      merchantAccountId: account.merchantAccountId, version: account.version, enabled: account.enabled, changedBy: of.changedBy, reason: null,
      settings: { ...account.settings, apiAddress: settings.apiAddress, notifyOrigin: settings.notifyOrigin },
    }, { clock: of.clock, channels: of.channels, allowedOrigins });
    if (!changed.ok) throw new Error(`the simulated merchant account could not be moved: ${JSON.stringify(changed.error)}`);
  }
  return { wechatpay: ids.wechatpay!, alipay: ids.alipay! };
}

async function settingsOf({ channel, merchantId, appIds }: SimulatedMerchant, { wallet, keysFolder, notifyOrigin, limits = DEFAULT_LIMITS }: WalletMerchants): Promise<AccountSettings> {
  const from = join(wallet.keysFolder, `${channel}-${merchantId}`), name = `${channel}-${merchantId}`;
  const file = JSON.parse(await readFile(join(from, 'merchant.json'), 'utf8')) as MerchantFile;
  const [[id, channelKey] = ['', '']] = Object.entries(file.channelPublicKeys);
  await mkdir(keysFolder, { recursive: true, mode: 0o700 });
  await copyFile(join(from, 'private-key.pem'), join(keysFolder, `${name}-private.pem`));
  await chmod(join(keysFolder, `${name}-private.pem`), 0o600);
  await writeFile(join(keysFolder, `${name}-channel.pem`), channelKey, { mode: 0o600 });
  const shared = { merchantId, appId: appIds[0]!, privateKey: `file:${name}-private.pem` as const, apiAddress: file.baseUrl, notifyOrigin, limits };
  if (channel === 'alipay') return { ...shared, kind: 'alipay', publicKeys: [`file:${name}-channel.pem`] };
  await writeFile(join(keysFolder, `${name}-api-v3.txt`), file.apiV3Key, { mode: 0o600 });
  return { ...shared, kind: 'wechatpay', certificateSerial: file.serial, apiV3Key: `file:${name}-api-v3.txt`, verifyWith: 'public_key', publicKeys: [{ id, key: `file:${name}-channel.pem` }] };
}
