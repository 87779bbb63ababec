import assert from 'node:assert/strict';
import { after } from 'node:test';
import type { Clock, MemberId, OperatorId } from '../../../kernel/index.ts';
import { newUuid, type manualClock } from '../../../platform/clock/index.ts';
import type { OperatorDatabase } from '../../../platform/database/index.ts';
import { silentLogger } from '../../../platform/logging/logger.ts';
import type { TestDatabase } from '../../../../test/support/database.ts';
import { createMember, createOperator } from '../../parties/index.ts';
import { walletBalances } from '../../wallets/index.ts';
import { offerOrder } from '../commands/offer-order.ts';
import { openOrder, type OpenOrder } from '../commands/open-order.ts';
import { walletTopUp } from '../commands/wallet-top-up.ts';
import type { NotificationView, PaymentView } from '../domain/channel.ts';
import type { Environment } from '../domain/order-number.ts';
import { silentPaymentsMetrics, type PaymentsMetrics } from '../metrics.ts';
import { inboxPorts, recoveryPorts } from '../start.ts';
import { insertTestAccount, scriptedAccounts, scriptedChannel, type ScriptedChannel, type TestAccount } from '../testing.ts';
import type { OrderPurposes } from '../types.ts';
import { startInboxApplier, type InboxApplier, type InboxApplierOptions } from './applier.ts';
import { openInbox, type Inbox, type NotificationChannels } from './receive.ts';

export const purposes: OrderPurposes = new Map([['wallet_top_up', walletTopUp]]);

export type Offered = { readonly orderId: string; readonly outTradeNo: string; readonly attempt: number };
/** An operator with a member and accounts at scripted channels, the inbox that they notify, and its applier. */
export type Desk = {
  readonly odb: OperatorDatabase; readonly operatorId: OperatorId; readonly memberId: MemberId;
  readonly account: TestAccount & { readonly notifyKey: string }; readonly channel: ScriptedChannel;
  readonly channels: NotificationChannels & ReturnType<typeof scriptedAccounts>;
  readonly inbox: Inbox; readonly ports: ReturnType<typeof recoveryPorts>;
  applier(more?: Partial<InboxApplierOptions>): InboxApplier;
  addAccount(environment?: Environment): Promise<TestAccount & { readonly notifyKey: string }>;
  offer(more?: Partial<OpenOrder> & { readonly merchantAccountId?: string }): Promise<Offered>;
  /** Sends what the channel would, and answers what it got. */
  notify(view: NotificationView, options?: { readonly notifyKey?: string }): Promise<{ readonly status: number }>;
  /** The payer pays, and the channel tells. */
  payAndNotify(offered: Offered, parts?: Parameters<ScriptedChannel['pay']>[1]): Promise<{ readonly status: number }>;
  balance(): Promise<bigint>;
  rows<R extends Record<string, unknown>>(sql: string, values?: readonly unknown[]): Promise<R[]>;
};

export const paymentView = (outTradeNo: string, payment: PaymentView): NotificationView => ({ kind: 'payment', notifyId: newUuid(), outTradeNo, payment });

export async function openDesk(test: TestDatabase, { clock, metrics = silentPaymentsMetrics }: { readonly clock: Clock; readonly metrics?: PaymentsMetrics }): Promise<Desk> {
  const created = await createOperator(test.database, { code: `pay-${newUuid().slice(-12)}`, name: 'Volt', currency: 'CNY', timeZone: 'Asia/Shanghai' });
  assert.ok(created.ok);
  const operatorId = created.value, odb = test.database.forOperator(operatorId);
  const memberId = await odb.transaction((tx) => createMember(tx, { displayName: 'Wang' }));
  const channel = scriptedChannel({ clock });
  const accounts = scriptedAccounts([]), keys = new Map<string, { operatorId: OperatorId; merchantAccountId: string }>();
  const addAccount = async (environment: Environment = 'T') => {
    const account = await odb.transaction((tx) => insertTestAccount(tx, { channel, clock, environment }));
    accounts.add(account);
    const [row] = await odb.transaction((tx) => tx.query<{ key: string }>('select notify_key as key from payments.merchant_account where merchant_account_id = $1', [account.merchantAccountId]));
    keys.set(row!.key, { operatorId, merchantAccountId: account.merchantAccountId });
    return { ...account, notifyKey: row!.key };
  };
  const account = await addAccount();
  const channels = { ...accounts, resolveNotifyKey: (key: string) => Promise.resolve(keys.get(key) ?? null) } as unknown as Desk['channels'];
  const inbox = openInbox({ database: test.database, channels, clock, logger: silentLogger, metrics });
  const desk: Desk = {
    odb, operatorId, memberId, account, channel, channels, inbox, addAccount, ports: recoveryPorts({ channels, clock, purposes }),
    applier: (more = {}) => {
      const applier = startInboxApplier({ database: test.database, channels, clock, logger: silentLogger, metrics, ports: inboxPorts({ clock, purposes }), only: (id) => id === operatorId, ...more });
      after(() => applier.close());
      return applier;
    },
    offer: async ({ merchantAccountId = account.merchantAccountId, ...more } = {}) => {
      const order = await odb.transaction((tx) => openOrder(tx, {
        commandId: newUuid(), environment: 'T', purpose: 'wallet_top_up', subjectId: memberId, memberId, amountMinor: 1_000n, description: 'Top-up', createdBy: 'test', ...more,
      }, { clock, purposes }));
      assert.ok(order.ok, JSON.stringify(order, (_name, value: unknown) => (typeof value === 'bigint' ? String(value) : value)));
      const offered = await offerOrder(odb, channels, { orderId: order.value.orderId, merchantAccountId, method: 'native_qr', payer: null, payerIp: null, actor: 'test' }, { clock, purposes });
      assert.ok(offered.ok);
      return { orderId: order.value.orderId, outTradeNo: offered.value.attempt.outTradeNo, attempt: offered.value.attempt.attempt };
    },
    notify: async (view, { notifyKey = account.notifyKey } = {}) => {
      // So that the next one is a later one.
      if ('advance' in clock) (clock as ReturnType<typeof manualClock>).advance(1);
      return (await inbox.receive(notifyKey, channel.notification(view), '203.0.113.7'))!;
    },
    payAndNotify: (offered, parts) => desk.notify(paymentView(offered.outTradeNo, channel.pay(offered.outTradeNo, parts))),
    balance: async () => (await odb.transaction((tx) => walletBalances(tx, [memberId], { clock }))).get(memberId)?.balanceMinor ?? 0n,
    rows: (sql, values) => odb.transaction((tx) => tx.query(sql, values)),
  };
  return desk;
}
