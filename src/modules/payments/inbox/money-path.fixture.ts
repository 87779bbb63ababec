/**
 * The whole way of a payment in a process that may write no file (Node's permission model): the order, the notification over HTTP, its storing, working and crediting. Prints where it connected
 * to and what came of it. `channel` stands for the payment channel, which is not ours.
 */
import { subscribe } from 'node:diagnostics_channel';
import { writeFileSync } from 'node:fs';
import type { Socket } from 'node:net';
import { join } from 'node:path';
import { instant, type MemberId, type OperatorId } from '../../../kernel/index.ts';
import { newUuid } from '../../../platform/clock/index.ts';
import { connectDatabase, type DatabaseUrls } from '../../../platform/database/index.ts';
import { createApi } from '../../../platform/http/index.ts';
import { silentLogger } from '../../../platform/logging/logger.ts';
import { installMasterKeys, masterKeysOf } from '../../../platform/secrets/index.ts';
import { walletBalances } from '../../wallets/index.ts';
import { offerOrder } from '../commands/offer-order.ts';
import { openOrder } from '../commands/open-order.ts';
import { walletTopUp } from '../commands/wallet-top-up.ts';
import { NOTIFY_PATH, registerNotifyRoute } from '../http/notify.ts';
import { inboxPorts } from '../start.ts';
import { scriptedAccounts, scriptedChannel } from '../testing.ts';
import type { OrderPurposes } from '../types.ts';
import { startInboxApplier } from './applier.ts';
import { openInbox, type NotificationChannels } from './receive.ts';

export type MoneyPath = { readonly urls: DatabaseUrls; readonly operatorId: string; readonly memberId: string; readonly merchantAccountId: string; readonly notifyKey: string; readonly masterKey: string; readonly at: number };
export type MoneyPathSeen = { readonly connections: readonly string[]; readonly writing: string; readonly status: number; readonly balanceMinor: string };

const of = JSON.parse(process.argv[2] ?? '{}') as MoneyPath;
installMasterKeys(masterKeysOf(new Map([[1, Buffer.from(of.masterKey, 'base64')]])));
const connections = new Set<string>();
subscribe('net.client.socket', (message) => {
  const { socket } = message as { socket: Socket };
  socket.once('connect', () => connections.add(`${socket.remoteAddress}:${socket.remotePort}`));
});

const clock = { now: () => instant(of.at) };
const purposes: OrderPurposes = new Map([['wallet_top_up', walletTopUp]]);
const operatorId = of.operatorId as OperatorId, memberId = of.memberId as MemberId;
const database = connectDatabase(of.urls, { poolSizeMax: 4 }), odb = database.forOperator(operatorId);
const channel = scriptedChannel({ clock });
const channels = {
  ...scriptedAccounts([{ merchantAccountId: of.merchantAccountId, channel, environment: 'T' }]), resolveNotifyKey: () => Promise.resolve({ operatorId, merchantAccountId: of.merchantAccountId }),
} as unknown as NotificationChannels & ReturnType<typeof scriptedAccounts>;

const order = await odb.transaction((tx) => openOrder(tx, {
  commandId: newUuid(), environment: 'T', purpose: 'wallet_top_up', subjectId: memberId, memberId, amountMinor: 5_000n, description: 'Top-up', createdBy: 'test',
}, { clock, purposes }));
if (!order.ok) throw new Error(order.error.code);
const offered = await offerOrder(odb, channels, { orderId: order.value.orderId, merchantAccountId: of.merchantAccountId, method: 'native_qr', payer: null, payerIp: null, actor: 'test' }, { clock, purposes });
if (!offered.ok) throw new Error(offered.error.code);
const { outTradeNo } = offered.value.attempt;

const inbox = openInbox({ database, channels, clock, logger: silentLogger });
const api = await createApi({ database, clock, logger: silentLogger, authenticate: () => Promise.resolve({ ok: false, error: { code: 'not_authenticated' } }) });
registerNotifyRoute(api.server, { inbox, database, clock });
const sent = channel.notification({ kind: 'payment', notifyId: newUuid(), outTradeNo, payment: channel.pay(outTradeNo) });
const answer = await api.server.inject({ method: 'POST', url: `${NOTIFY_PATH}/${of.notifyKey}`, payload: Buffer.from(sent.body), headers: { ...sent.headers, 'content-type': 'application/json' } });
const applier = startInboxApplier({ database, channels, clock, logger: silentLogger, ports: inboxPorts({ clock, purposes }), only: (id) => id === operatorId });
await applier.drain();
const balance = (await odb.transaction((tx) => walletBalances(tx, [memberId], { clock }))).get(memberId)?.balanceMinor ?? 0n;

let writing = 'is possible';
try {
  writeFileSync(join(import.meta.dirname, `written-${process.pid}`), '');
} catch (error) {
  writing = (error as { code?: string }).code ?? String(error);
}
const seen: MoneyPathSeen = { connections: [...connections], writing, status: answer.statusCode, balanceMinor: String(balance) };
console.log(JSON.stringify(seen));
process.exit(0);
