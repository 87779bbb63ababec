import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startWalletChannel, type MerchantKeys, type WalletChannel } from '../../simulators/wallet-channel/index.ts';
import { composeApi } from '../../src/entrypoints/api.ts';
import { registerConsole } from '../../src/entrypoints/console.ts';
import { PAYMENT_PURPOSES } from '../../src/entrypoints/payment-purposes.ts';
import type { MemberId, OperatorId } from '../../src/kernel/index.ts';
import {
  addMerchantAccount, createChannels, DEFAULT_LIMITS, offerOrder, openInbox, openOrder, registerNotifyRoute, startPayments, type AccountSettings, type ChannelDesk, type PaymentAttempt, type PaymentOrder,
} from '../../src/modules/payments/index.ts';
import { newUuid, systemClock } from '../../src/platform/clock/index.ts';
import type { Database, OperatorDatabase } from '../../src/platform/database/index.ts';
import { startLiveUpdates } from '../../src/platform/live-updates/index.ts';
import { silentLogger } from '../../src/platform/logging/logger.ts';
import { LOG_IN } from './seeded-world.ts';

const clock = systemClock, logger = silentLogger;

/** A console with payments as in production: two merchant accounts at simulated channels, the inbox, and the worker's background. */
export type PaymentsDesk = {
  readonly origin: string; readonly wallet: WalletChannel; readonly odb: OperatorDatabase; readonly channels: ChannelDesk; readonly accounts: Readonly<Record<'wechatpay' | 'alipay', string>>;
  /** An order that is offered by QR code; the payer has not paid yet. */
  offered(of: { memberId: MemberId; yuan: number; channel?: 'wechatpay' | 'alipay' }): Promise<{ order: PaymentOrder; attempt: PaymentAttempt }>;
  /** The payer pays, and the channel's notification has come in or, when it was lost, never will. */
  pay(outTradeNo: string): Promise<void>;
  close(): Promise<void>;
};

export async function openPaymentsDesk(database: Database, operatorId: OperatorId): Promise<PaymentsDesk> {
  const keysFolder = await mkdtemp(join(tmpdir(), 'kirchhoff-keys-')), odb = database.forOperator(operatorId);
  const wallet = await startWalletChannel({ seed: 11, timeFactor: 0.001 });
  const port = await freePort(), origin = `http://127.0.0.1:${port}`;
  const rules = { allowedOrigins: [wallet.url] };
  const channels = createChannels({ database, clock, logger, keysFolder, settingsAgeMsMax: 0, notifyOrigin: origin });
  const accounts = { wechatpay: await addAccount(odb, wallet, { keysFolder, rules, channel: 'wechatpay' }), alipay: await addAccount(odb, wallet, { keysFolder, rules, channel: 'alipay' }) };
  const live = await startLiveUpdates({ database, logger });
  const api = await composeApi({ database, clock, logger, live, payments: { channels, rules, keysFolder, allow: () => undefined, notifyOrigin: origin } });
  const payments = startPayments({ database, channels, clock, logger, purposes: PAYMENT_PURPOSES });
  const inbox = openInbox({ database, channels, clock, logger, onStored: (operators) => { payments.wake(operators); } });
  registerNotifyRoute(api.server, { inbox, database, clock });
  assert.ok(await registerConsole(api.server), 'web/dist is there: run `npm run build` in web/ first');
  await api.server.listen({ host: '127.0.0.1', port });
  const options = { clock, purposes: PAYMENT_PURPOSES };
  return {
    origin, wallet, odb, channels, accounts,
    offered: async ({ memberId, yuan, channel = 'wechatpay' }) => {
      const order = await odb.transaction((tx) => openOrder(tx, { commandId: newUuid(), environment: 'D', purpose: 'wallet_top_up', subjectId: memberId, memberId, amountMinor: BigInt(yuan) * 100n, description: '充值 Top-up', createdBy: 'system' }, options));
      assert.ok(order.ok);
      const offer = await offerOrder(odb, channels, { orderId: order.value.orderId, merchantAccountId: accounts[channel], method: 'native_qr', payer: null, payerIp: null, actor: 'system' }, options);
      assert.ok(offer.ok, offer.ok ? '' : offer.error.code);
      return offer.value;
    },
    pay: async (outTradeNo) => { wallet.control.pay({ outTradeNo }); await wallet.control.idle(); },
    close: async () => {
      await payments.close();
      await api.server.close();
      await inbox.close();
      await live.close();
      await channels.close();
      await wallet.close();
      await rm(keysFolder, { recursive: true, force: true });
    },
  };
}

/** Channels are told the notify address before anything listens on it. */
async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => { server.listen(0, '127.0.0.1', resolve); });
  const { port } = server.address() as AddressInfo;
  await new Promise<void>((resolve) => { server.close(() => { resolve(); }); });
  return port;
}

async function addAccount(odb: OperatorDatabase, wallet: WalletChannel, { keysFolder, rules, channel }: { keysFolder: string; rules: { allowedOrigins: readonly string[] }; channel: 'wechatpay' | 'alipay' }): Promise<string> {
  const merchant = await wallet.control.createMerchant({ channel });
  const settings = await keep(merchant, { folder: join(keysFolder, LOG_IN.operatorCode), channel });
  const added = await odb.transaction((tx) => addMerchantAccount(tx, { name: channel === 'wechatpay' ? '微信收款 WeChat' : '支付宝收款 Alipay', environment: 'D', settings, changedBy: 'system', enabled: true }, { ...rules, clock }));
  assert.ok(added.ok, added.ok ? '' : added.error.code);
  return added.value.merchantAccountId;
}

/** Puts the merchant's keys where the settings say. */
async function keep(merchant: MerchantKeys, { folder, channel }: { folder: string; channel: 'wechatpay' | 'alipay' }): Promise<AccountSettings> {
  await mkdir(folder, { recursive: true });
  const [[id, pem] = ['', '']] = Object.entries(merchant.channelPublicKeys);
  const shared = { merchantId: merchant.merchantId, appId: merchant.appIds[0]!, privateKey: `file:${channel}-key.pem` as const, apiAddress: merchant.baseUrl, notifyOrigin: null, limits: DEFAULT_LIMITS };
  await writeFile(join(folder, `${channel}-key.pem`), merchant.privateKeyPem!);
  await writeFile(join(folder, `${channel}-channel.pem`), pem);
  if (channel === 'alipay') return { kind: 'alipay', ...shared, publicKeys: ['file:alipay-channel.pem'] };
  await writeFile(join(folder, 'wechatpay-apiv3'), merchant.apiV3Key);
  return { kind: 'wechatpay', ...shared, certificateSerial: merchant.serial, apiV3Key: 'file:wechatpay-apiv3', verifyWith: 'public_key', publicKeys: [{ id, key: 'file:wechatpay-channel.pem' }] };
}
