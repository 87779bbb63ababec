/**
 * Top-ups through the whole way of a notification: 200 paid orders a second for a minute, each notified as WeChat Pay does (sealed and signed), by a process of its own.
 * The program verifies, stores durably, answers, applies, books the wallet and commits. p50 and p99 are from a notification received to its payment credited and
 * committed (C-01: p99 below one second). One process, one operator, one merchant account: every payment meets the same accounts. `--seconds N` makes it shorter.
 */
import { fork } from 'node:child_process';
import { createPublicKey, generateKeyPairSync, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import fastify from 'fastify';
import { addMs, MS_PER_HOUR, type CurrencyCode, type Instant, type MemberId } from '../src/kernel/index.ts';
import { createMember, createOperator } from '../src/modules/parties/index.ts';
import {
  addMerchantAccount, auditPayments, createChannels, DEFAULT_LIMITS, openInbox, openOrder, registerNotifyRoute, silentPaymentsMetrics, startPayments, tradeNumber, walletTopUp, type OrderPurposes,
} from '../src/modules/payments/index.ts';
import { newUuid, systemClock } from '../src/platform/clock/index.ts';
import { sqlTimestamp, type Database, type OperatorDatabase } from '../src/platform/database/index.ts';
import { silentLogger } from '../src/platform/logging/logger.ts';
import { installMasterKeys, masterKeysOf } from '../src/platform/secrets/index.ts';
import { machine, percentile, printMeasurements } from './harness.ts';
import type { BenchArguments } from './run.ts';
import { startBenchServer } from './server.ts';
import type { FromPayers, ToPayers } from './top-up-processes/payers.ts';

const PER_SECOND = 200, SECONDS = 60, WARM_UP_ORDERS = 400, AMOUNT_MINOR = 5_000n, MEMBERS = 500, SLICES = 6;
const ORDERS_PER_TRANSACTION = 200, CREDIT_DEADLINE_MS = 60_000;
const MERCHANT_ID = '1900000001', APP_ID = 'wxbench0000000001', SERIAL = 'PUB_KEY_ID_0100000000000000000000000001';
const clock = systemClock;
const purposes: OrderPurposes = new Map([['wallet_top_up', walletTopUp]]);

export async function run({ json, arguments: given }: BenchArguments): Promise<void> {
  installMasterKeys(masterKeysOf(new Map([[1, randomBytes(32)]])));
  const seconds = given.includes('--seconds') ? Number(given[given.indexOf('--seconds') + 1]) : SECONDS;
  const server = await startBenchServer();
  const keysFolder = mkdtempSync(join(tmpdir(), 'kirchhoff-bench-keys-'));
  try {
    const shop = await openShop(server.open(16), keysFolder);
    process.stderr.write(`opening ${PER_SECOND * seconds + WARM_UP_ORDERS} orders\n`);
    const orders = await openOrders(shop, PER_SECOND * seconds + WARM_UP_ORDERS);
    const measured = await measure(shop, orders);
    await balanced(shop, orders.length);
    printMeasurements([{
      name: 'top-up.credited', unit: 'orders/s', baseline: null, ratio: null, machine: machine(), rounds: 1, ...measured, offered_per_second: PER_SECOND, orders: PER_SECOND * seconds,
    }], json);
  } finally {
    await server.close();
    rmSync(keysFolder, { recursive: true, force: true });
  }
}

type Shop = { readonly database: Database; readonly odb: OperatorDatabase; readonly merchantAccountId: string; readonly notifyKey: string; readonly members: readonly MemberId[]; readonly keysFolder: string; readonly channelKey: string; readonly apiV3Key: string };

async function openShop(database: Database, keysFolder: string): Promise<Shop> {
  const code = `bench-${newUuid().slice(-12)}`;
  const created = await createOperator(database, { code, name: 'Bench', currency: 'CNY', timeZone: 'Asia/Shanghai' });
  if (!created.ok) throw new Error(created.error.code);
  const odb = database.forOperator(created.value);
  const pem = () => generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
  const channelKey = pem(), apiV3Key = randomBytes(16).toString('hex');
  mkdirSync(join(keysFolder, code));
  for (const [name, text] of [['own.pem', pem()], ['api-v3.txt', apiV3Key], ['channel.pem', createPublicKey(channelKey).export({ type: 'spki', format: 'pem' }).toString()]] as const) writeFileSync(join(keysFolder, code, name), text, { mode: 0o600 });
  const account = await odb.transaction((tx) => addMerchantAccount(tx, {
    name: 'Bench', environment: 'T', changedBy: 'bench', enabled: true, settings: {
      kind: 'wechatpay', merchantId: MERCHANT_ID, appId: APP_ID, certificateSerial: 'AB'.repeat(20), privateKey: 'file:own.pem', apiV3Key: 'file:api-v3.txt', verifyWith: 'public_key',
      publicKeys: [{ id: SERIAL, key: 'file:channel.pem' }], apiAddress: 'http://127.0.0.1:9', notifyOrigin: null, limits: DEFAULT_LIMITS,
    },
  }, { clock, allowedOrigins: ['http://127.0.0.1:9'] }));
  if (!account.ok) throw new Error(JSON.stringify(account.error));
  const members: MemberId[] = [];
  for (let i = 0; i < MEMBERS; i++) members.push(await odb.transaction((tx) => createMember(tx, { displayName: 'Bench' })));
  return { database, odb, ...account.value, members, keysFolder, channelKey, apiV3Key };
}

/** Orders as they are when their code is on the payer's screen. */
async function openOrders({ odb, members, merchantAccountId }: Shop, count: number): Promise<string[]> {
  const numbers: string[] = [];
  while (numbers.length < count) {
    await odb.transaction(async (tx) => {
      const ids: string[] = [], own: string[] = [];
      for (let i = 0; i < Math.min(ORDERS_PER_TRANSACTION, count - numbers.length); i++) {
        const memberId = members[(numbers.length + i) % members.length]!;
        const order = await openOrder(tx, { commandId: newUuid(), environment: 'T', purpose: 'wallet_top_up', subjectId: memberId, memberId, amountMinor: AMOUNT_MINOR, description: 'Top-up', createdBy: 'bench', lifetimeMs: MS_PER_HOUR }, { clock, purposes });
        if (!order.ok) throw new Error(order.error.code);
        ids.push(order.value.orderId);
        own.push(tradeNumber({ environment: 'T', orderId: order.value.orderId, attempt: 1 }));
      }
      const now = clock.now();
      await tx.execute(
        `insert into payments.payment_attempt (operator_id, order_id, attempt, merchant_account_id, channel, method, out_trade_no, amount_minor, state, state_at, created_at, code_lapses_at, next_check_at)
         select $1, id, 1, $4, 'wechatpay', 'native_qr', number, $5, 'open', $6, $6, $7, $7 from unnest($2::uuid[], $3::text[]) as o (id, number)`,
        [odb.operatorId, ids, own, merchantAccountId, AMOUNT_MINOR, sqlTimestamp(now), sqlTimestamp(addMs(now, MS_PER_HOUR))]);
      await tx.execute(`update payments.payment_order set state = 'awaiting_payment' where operator_id = $1 and order_id = any ($2)`, [odb.operatorId, ids]);
      numbers.push(...own);
    });
  }
  return numbers;
}

type Figures = { readonly value: number; readonly min: number; readonly max: number } & Readonly<Record<string, number>>;

async function measure(shop: Shop, orders: readonly string[]): Promise<Figures> {
  const credited: { readonly ms: number; readonly at: Instant }[] = [];
  const metrics = { ...silentPaymentsMetrics, credited: (receivedAt: Instant, at: Instant) => { credited.push({ ms: at - receivedAt, at }); } };
  const channels = createChannels({ database: shop.database, clock, logger: silentLogger, keysFolder: shop.keysFolder, notifyOrigin: 'http://127.0.0.1' });
  const payments = startPayments({ database: shop.database, channels, clock, logger: silentLogger, metrics, purposes });
  const inbox = openInbox({ database: shop.database, channels, clock, logger: silentLogger, metrics, onStored: (operatorIds) => payments.wake(operatorIds) });
  const app = fastify();
  registerNotifyRoute(app, { inbox, database: shop.database, clock });
  await app.listen({ host: '127.0.0.1', port: 0 });
  const payers = fork(fileURLToPath(new URL('./top-up-processes/payers.ts', import.meta.url)), { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
  await once(payers, 'message');
  const url = `http://127.0.0.1:${(app.server.address() as AddressInfo).port}/notify/${shop.notifyKey}`;
  const pay = async (outTradeNos: readonly string[]): Promise<FromPayers> => {
    const wanted = credited.length + outTradeNos.length;
    payers.send({ url, privateKeyPem: shop.channelKey, serial: SERIAL, apiV3Key: shop.apiV3Key, merchantId: MERCHANT_ID, appId: APP_ID, amountMinor: Number(AMOUNT_MINOR), outTradeNos, perSecond: PER_SECOND } satisfies ToPayers);
    const [paid] = await once(payers, 'message') as [FromPayers];
    const deadline = performance.now() + CREDIT_DEADLINE_MS;
    while (credited.length < wanted && performance.now() < deadline) await new Promise((resolve) => setTimeout(resolve, 20));
    if (credited.length < wanted) throw new Error(`${wanted - credited.length} payments were not credited; ${paid.refused} notifications were refused`);
    return paid;
  };
  try {
    await pay(orders.slice(0, WARM_UP_ORDERS));
    credited.length = 0;
    const before = process.cpuUsage();
    const paid = await pay(orders.slice(WARM_UP_ORDERS));
    const { user, system } = process.cpuUsage(before);
    return { ...figures(credited, paid), cpu_ms_per_order: Math.round((user + system) / 10 / credited.length) / 100 };
  } finally {
    payers.disconnect();
    await app.close();
    await inbox.close();
    await payments.close();
    await channels.close();
  }
}

function figures(credited: readonly { readonly ms: number; readonly at: Instant }[], { refused }: FromPayers): Figures {
  const from = Math.min(...credited.map(({ at, ms }) => at - ms)), to = Math.max(...credited.map(({ at }) => at)), sliceMs = (to - from) / SLICES;
  const slices = Array.from({ length: SLICES }, (_, slice) => (1000 * credited.filter(({ at }) => at >= from + slice * sliceMs && (at < from + (slice + 1) * sliceMs || slice === SLICES - 1)).length) / sliceMs);
  const ms = credited.map((each) => each.ms);
  return {
    value: Math.round((1000 * credited.length) / (to - from)), min: Math.round(Math.min(...slices)), max: Math.round(Math.max(...slices)),
    p50_ms: percentile(ms, 0.5), p99_ms: percentile(ms, 0.99), max_ms: Math.max(...ms), refused,
  };
}

/** A figure of payments that do not add up would be worth nothing. */
async function balanced({ odb }: Shop, count: number): Promise<void> {
  const failed = (await odb.transaction((tx) => auditPayments(tx, { clock }))).filter((check) => check.failures.length > 0);
  if (failed.length > 0) throw new Error(`payments do not add up after the benchmark: ${failed.map(({ code }) => code).join(', ')}`);
  const [paid] = await odb.transaction((tx) => tx.query<{ count: number }>(`select count(*)::int as count from payments.payment_order where state = 'paid' and currency = $1`, ['CNY' satisfies CurrencyCode]));
  if (paid!.count !== count) throw new Error(`${paid!.count} of ${count} orders are paid`);
}
