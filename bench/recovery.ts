/**
 * Recovery of very many: 120,000 orders whose notifications never came are asked about, at the channel's rate limit, and one in twenty turns out to be paid and is credited.
 * The channel answers within milliseconds behind the same limiter that real accounts have (1,000 calls a second); what is measured is how near recovery comes to it,
 * and that its memory does not grow with the backlog. `--orders N` takes fewer.
 */
import { randomBytes } from 'node:crypto';
import pg from 'pg';
import { addMs, MS_PER_HOUR, type Instant, type MemberId } from '../src/kernel/index.ts';
import { createMember, createOperator } from '../src/modules/parties/index.ts';
import { auditPayments, openOrder, startPayments, walletTopUp, type Channel, type Exchange, type OrderPurposes, type PaymentView } from '../src/modules/payments/index.ts';
import { createLimiter } from '../src/modules/payments/channels/limiter.ts';
import { DEFAULT_LIMITS } from '../src/modules/payments/channels/settings.ts';
import { newUuid, systemClock } from '../src/platform/clock/index.ts';
import { sqlTimestamp, type Database, type OperatorDatabase } from '../src/platform/database/index.ts';
import { silentLogger } from '../src/platform/logging/logger.ts';
import { installMasterKeys, masterKeysOf } from '../src/platform/secrets/index.ts';
import { machine, printMeasurements } from './harness.ts';
import type { BenchArguments } from './run.ts';
import { startBenchServer } from './server.ts';

const CANDIDATES = 120_000, PAID_EVERY = 20, MEMBERS = 500, AMOUNT_MINOR = 5_000n, SLICES = 6;
const CALLS_PER_SECOND = 1_000, ANSWER_MS = 5, SAMPLE_MS = 250, MEBIBYTE = 2 ** 20;
const MERCHANT = '1900000001', APP = 'wxbench0000000001';
const clock = systemClock;
const purposes: OrderPurposes = new Map([['wallet_top_up', walletTopUp]]);

export async function run({ json, arguments: given }: BenchArguments): Promise<void> {
  installMasterKeys(masterKeysOf(new Map([[1, randomBytes(32)]])));
  const count = given.includes('--orders') ? Number(given[given.indexOf('--orders') + 1]) : CANDIDATES;
  const server = await startBenchServer();
  try {
    const database = server.open(16);
    const shop = await openShop(database);
    process.stderr.write(`making ${count} open orders\n`);
    await openOrders(shop, count);
    await analyse(server.adminUrl);
    const measured = await measure(database, shop, count);
    await balanced(shop, count);
    printMeasurements([{ name: 'recovery.orders', unit: 'orders/s', baseline: null, ratio: null, machine: machine(), rounds: 1, ...measured, limit_per_second: CALLS_PER_SECOND, orders: count }], json);
  } finally {
    await server.close();
  }
}

type Shop = { readonly odb: OperatorDatabase; readonly merchantAccountId: string; readonly members: readonly MemberId[] };

async function openShop(database: Database): Promise<Shop> {
  const created = await createOperator(database, { code: `bench-${newUuid().slice(-12)}`, name: 'Bench', currency: 'CNY', timeZone: 'Asia/Shanghai' });
  if (!created.ok) throw new Error(created.error.code);
  const odb = database.forOperator(created.value), merchantAccountId = newUuid();
  const members: MemberId[] = [];
  await odb.transaction(async (tx) => {
    await tx.execute(`insert into payments.merchant_account (operator_id, merchant_account_id, channel, environment, name, notify_key, recorded_at) values ($1, $2, 'wechatpay', 'T', 'Bench', $3, now())`,
      [odb.operatorId, merchantAccountId, 'b'.repeat(26)]);
    await tx.execute(`insert into payments.merchant_account_version (operator_id, merchant_account_id, version, settings, enabled, changed_by, recorded_at) values ($1, $2, 1, $3, true, 'bench', now())`,
      [odb.operatorId, merchantAccountId, JSON.stringify({ kind: 'wechatpay', merchantId: MERCHANT, appId: APP })]);
  });
  for (let i = 0; i < MEMBERS; i++) {
    members.push(await odb.transaction(async (tx) => {
      const memberId = await createMember(tx, { displayName: 'Bench' });
      // Opens the wallet; this order is never offered and has nothing to ask about.
      const order = await openOrder(tx, { commandId: newUuid(), environment: 'T', purpose: 'wallet_top_up', subjectId: memberId, memberId, amountMinor: AMOUNT_MINOR, description: 'Top-up', createdBy: 'bench' }, { clock, purposes });
      if (!order.ok) throw new Error(order.error.code);
      return memberId;
    }));
  }
  return { odb, merchantAccountId, members };
}

/** As a lost day leaves them: open, made over the last hours, all due to be asked about. */
async function openOrders({ odb, merchantAccountId, members }: Shop, count: number): Promise<void> {
  const now = clock.now();
  await odb.transaction(async (tx) => {
    await tx.execute(`create temporary table bench_order on commit drop as
      select gen_random_uuid() as id, i, (($1::uuid[])[1 + i % cardinality($1::uuid[])]) as member, $2::timestamptz - (i % 7200) * interval '1 second' as at from generate_series(1, $3::int) as i`, [members, sqlTimestamp(now), count]);
    await tx.execute(
      `insert into payments.payment_order (operator_id, order_id, command_id, environment, purpose, subject_id, member_id, currency, amount_minor, description, late_payment, created_by, created_at, expires_at, payer_token, state, state_at)
       select $1, id, gen_random_uuid(), 'T', 'wallet_top_up', member, member, 'CNY', $2, 'Top-up', 'complete', 'bench', at, $3, substr(translate(md5(id::text), 'ilou', '0000'), 1, 26), 'awaiting_payment', at from bench_order`,
      [odb.operatorId, AMOUNT_MINOR, sqlTimestamp(addMs(now, 4 * MS_PER_HOUR))]);
    await tx.execute(
      `insert into payments.payment_attempt (operator_id, order_id, attempt, merchant_account_id, channel, method, out_trade_no, amount_minor, state, state_at, created_at, code_lapses_at, next_check_at)
       select $1, id, 1, $2, 'wechatpay', 'native_qr', 'T' || lpad(i::text, 26, '0') || '01', $3, 'open', at, at, $4, at from bench_order`,
      [odb.operatorId, merchantAccountId, AMOUNT_MINOR, sqlTimestamp(addMs(now, 4 * MS_PER_HOUR))]);
  });
}

/** A backlog grows over hours, and PostgreSQL looks at tables that grow every minute; here it came in one statement. */
async function analyse(adminUrl: string): Promise<void> {
  const client = new pg.Client({ connectionString: adminUrl });
  await client.connect();
  await client.query('analyze payments.payment_order, payments.payment_attempt');
  await client.end();
}

type Counted = { asked: number; paid: number; readonly at: number[] };

/** A channel that knows of every payment, behind the limiter of real accounts. Only its queries are of use here. */
function answeringChannel(counted: Counted): Channel {
  const limiter = createLimiter({ limits: () => ({ ...DEFAULT_LIMITS, callsPerSecondMax: CALLS_PER_SECOND }), monotonicMs: () => performance.now() });
  const view = (outTradeNo: string): PaymentView => (Number(outTradeNo.slice(1, -2)) % PAID_EVERY !== 0 ? { state: 'awaiting' } : {
    state: 'paid', channelTradeNo: `42${outTradeNo}`, amountMinor: AMOUNT_MINOR, currency: 'CNY', paidAt: clock.now(), payer: null, merchant: MERCHANT, app: APP, refundedMinor: null, final: false,
  });
  const queryPayment: Channel['queryPayment'] = async (outTradeNo) => {
    const release = await limiter.acquire(), sentAt = clock.now();
    const exchange = (answeredAt: Instant | null): Exchange => ({ act: 'queryPayment', request: JSON.stringify({ outTradeNo }), response: answeredAt === null ? null : '{"trade_state":"NOTPAY"}', httpStatus: answeredAt === null ? null : 200, sentAt, answeredAt });
    if (release === null) return { kind: 'unknown', reason: 'channel_busy', message: 'no place', exchange: exchange(null) };
    await new Promise((resolve) => setTimeout(resolve, ANSWER_MS));
    release();
    counted.asked++;
    counted.at.push(performance.now());
    return { kind: 'confirmed', value: view(outTradeNo), exchange: exchange(clock.now()) };
  };
  return { queryPayment } as Channel;
}

async function measure(database: Database, { odb }: Shop, count: number) {
  const counted: Counted = { asked: 0, paid: 0, at: [] };
  const channel = answeringChannel(counted);
  const channels = { forAccount: () => Promise.resolve({ channel, environment: 'T' as const, enabled: true }), resolveNotifyKey: () => Promise.resolve(null) };
  const rss: number[] = [];
  const sampler = setInterval(() => rss.push(process.memoryUsage.rss()), SAMPLE_MS);
  const startedAt = performance.now(), cpu = process.cpuUsage();
  const payments = startPayments({ database, channels: channels as never, clock, logger: silentLogger, purposes });
  for (let told = 0; ;) {
    const [due] = await odb.transaction((tx) => tx.query<{ left: number }>(`select count(*)::int as left from payments.payment_attempt where checks = 0 and next_check_at is not null`));
    if (due!.left === 0) break;
    if (performance.now() - startedAt > told) { process.stderr.write(`${due!.left} left\n`); told += 10_000; }
    await new Promise((resolve) => setTimeout(resolve, SAMPLE_MS));
  }
  const elapsedMs = performance.now() - startedAt, { user, system } = process.cpuUsage(cpu);
  clearInterval(sampler);
  await payments.close();
  if (counted.asked < count) throw new Error(`${counted.asked} of ${count} orders were asked about`);
  const perSecond = Array.from({ length: SLICES }, (_, slice) => (1000 * counted.at.filter((at) => at >= startedAt + (slice * elapsedMs) / SLICES && at < startedAt + ((slice + 1) * elapsedMs) / SLICES).length * SLICES) / elapsedMs);
  const fifth = Math.max(1, Math.floor(rss.length / 5)), peak = (samples: readonly number[]): number => Math.round(Math.max(...samples) / MEBIBYTE);
  return {
    value: Math.round((1000 * count) / elapsedMs), min: Math.round(Math.min(...perSecond)), max: Math.round(Math.max(...perSecond)), peak_rss_mb: peak(rss),
    peak_rss_first_fifth_mb: peak(rss.slice(0, fifth)), peak_rss_last_fifth_mb: peak(rss.slice(-fifth)), questions: counted.asked, cpu_ms_per_order: Math.round((user + system) / 10 / count) / 100,
  };
}

/** A figure of payments that do not add up would be worth nothing. */
async function balanced({ odb }: Shop, count: number): Promise<void> {
  const failed = (await odb.transaction((tx) => auditPayments(tx, { clock }))).filter((check) => check.failures.length > 0);
  if (failed.length > 0) throw new Error(`payments do not add up after the benchmark: ${failed.map(({ code, failures }) => `${code} ${failures[0]!.detail}`).join('; ')}`);
  const [paid] = await odb.transaction((tx) => tx.query<{ count: number }>(`select count(*)::int as count from payments.payment_order where state = 'paid' and recovered_by = 'job'`));
  if (paid!.count !== Math.floor(count / PAID_EVERY)) throw new Error(`${paid!.count} of ${Math.floor(count / PAID_EVERY)} paid orders were recovered`);
}
