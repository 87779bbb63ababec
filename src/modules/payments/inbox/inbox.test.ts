import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { instant, MS_PER_DAY, MS_PER_HOUR } from '../../../kernel/index.ts';
import { manualClock, newUuid } from '../../../platform/clock/index.ts';
import { silentLogger } from '../../../platform/logging/logger.ts';
import { createMetrics } from '../../../platform/metrics/index.ts';
import { openTestDatabase } from '../../../../test/support/database.ts';
import { closeOrder } from '../commands/close-order.ts';
import { tradeNumber } from '../domain/order-number.ts';
import { paymentsMetrics } from '../metrics.ts';
import { auditInbox } from './audit-inbox.ts';
import { openDesk, paymentView, purposes, type Desk, type Offered } from './desk.fixture.ts';
import { inboxPorts } from '../start.ts';
import { INBOX_LIMITS } from './limits.ts';
import { openInbox } from './receive.ts';

const test = await openTestDatabase();
const clock = manualClock(instant(Date.UTC(2026, 10, 22, 4)));
const metrics = createMetrics({ processMetrics: false });
const figures = paymentsMetrics(metrics, { database: test.database, clock });

const setUp = async () => {
  const desk = await openDesk(test, { clock, metrics: figures });
  return { desk, applier: desk.applier() };
};
/** In the order in which they were stored: the test's clock stands still, ids of one millisecond have no order, and rows of a table that only grows have. */
const stored = (desk: Desk) => desk.rows<{ verdict: string; outcome: string | null; orderId: string | null; tries: number; error: string | null; why: string | null }>(
  `select n.verdict, n.why, w.outcome, w.order_id as "orderId", w.tries, w.last_error as error from payments.notification n left join payments.notification_work w using (operator_id, notification_id) order by n.received_at, n.ctid`);
const outcomes = async (desk: Desk) => (await stored(desk)).map(({ outcome }) => outcome);
const order = async (desk: Desk, { orderId }: Pick<Offered, 'orderId'>) => (await desk.rows<{ state: string; recovered_by: string | null }>('select state, recovered_by from payments.payment_order where order_id = $1', [orderId]))[0]!;
const surplus = (desk: Desk) => desk.rows<{ reason: string; automatic: boolean }>('select reason, automatic from payments.surplus');

describe('receiving a notification', () => {
  it('P-01 stores it, with its place in the queue, before it is answered', async () => {
    const desk = await openDesk(test, { clock });
    const offered = await desk.offer();
    assert.equal((await desk.payAndNotify(offered)).status, 200);
    assert.deepEqual((await stored(desk)).map(({ verdict, outcome, tries }) => ({ verdict, outcome, tries })), [{ verdict: 'verified', outcome: null, tries: 0 }]);
  });

  it('P-01 asks the channel to send it again when it could not be stored, and loses nothing', async () => {
    const { desk, applier } = await setUp();
    const offered = await desk.offer();
    const broken = { ...test.database, inbox: { query: () => Promise.reject(new Error('the disk is full')), execute: () => Promise.reject(new Error('the disk is full')) } };
    const inbox = openInbox({ database: broken, channels: desk.channels, clock, logger: silentLogger });
    const raw = desk.channel.notification(paymentView(offered.outTradeNo, desk.channel.pay(offered.outTradeNo)));
    assert.equal((await inbox.receive(desk.account.notifyKey, raw, null))!.status, 500);
    assert.equal((await stored(desk)).length, 0);
    assert.equal((await desk.inbox.receive(desk.account.notifyKey, raw, null))!.status, 200);
    await applier.drain();
    assert.equal(await desk.balance(), 1_000n);
  });

  it('P-01 stores what comes at once in few commits, and answers each after its own', async () => {
    const { desk } = await setUp();
    const offered = await Promise.all(Array.from({ length: 40 }, () => desk.offer()));
    let commits = 0;
    const counting = { ...test.database, inbox: { ...test.database.inbox, query: <R extends Record<string, unknown>>(...call: Parameters<typeof test.database.inbox.query>) => { commits++; return test.database.inbox.query<R>(...call); } } };
    const inbox = openInbox({ database: counting, channels: desk.channels, clock, logger: silentLogger });
    const answers = await Promise.all(offered.map(({ outTradeNo }) => inbox.receive(desk.account.notifyKey, desk.channel.notification(paymentView(outTradeNo, desk.channel.pay(outTradeNo))), null)));
    assert.ok(answers.every((answer) => answer!.status === 200));
    assert.equal((await stored(desk)).length, 40);
    assert.ok(commits < 10, `${commits} commits for 40 notifications`);
  });

  it('P-01 keeps the others when one of a group cannot be stored', async () => {
    const { desk, applier } = await setUp();
    const [good, bad] = [await desk.offer(), await desk.offer()];
    const raw = (offered: Offered) => desk.channel.notification(paymentView(offered.outTradeNo, desk.channel.pay(offered.outTradeNo)));
    const tooBig = { ...raw(bad), body: Buffer.alloc(70_000) };
    const answers = await Promise.all([desk.inbox.receive(desk.account.notifyKey, raw(good), null), desk.inbox.receive(desk.account.notifyKey, tooBig, null)]);
    assert.deepEqual(answers.map((answer) => answer!.status), [200, 500]);
    await applier.drain();
    assert.equal(await desk.balance(), 1_000n);
  });

  it('answers nothing for a key that nobody has', async () => {
    const { desk } = await setUp();
    assert.equal(await desk.inbox.receive('0'.repeat(26), desk.channel.notification({ kind: 'other', notifyId: '1', about: 'x' }), null), null);
  });

  it('cannot be read, changed or emptied by the role that writes it', async () => {
    for (const sql of ['select 1 from payments.notification', "update payments.notification set why = ''", 'delete from payments.notification_work', 'select 1 from payments.notification_work']) {
      await assert.rejects(test.database.inbox.query(sql), /permission denied/);
    }
  });
});

describe('what becomes of a notification', () => {
  it('P-12 a genuine one credits its order once, however often it is doubled', async () => {
    const { desk, applier } = await setUp();
    const offered = await desk.offer();
    const view = paymentView(offered.outTradeNo, desk.channel.pay(offered.outTradeNo));
    await Promise.all(Array.from({ length: 5 }, () => desk.notify(view)));
    await applier.drain();
    await desk.notify(view);
    await applier.drain();
    assert.equal(await desk.balance(), 1_000n);
    assert.deepEqual((await outcomes(desk)).sort(), ['credited', 'known', 'known', 'known', 'known', 'known']);
    assert.deepEqual(await order(desk, offered), { state: 'paid', recovered_by: null });
  });

  it('P-12 a forged one is refused, kept with its reason, and never worked', async () => {
    const { desk, applier } = await setUp();
    const offered = await desk.offer();
    const genuine = desk.channel.notification(paymentView(offered.outTradeNo, desk.channel.pay(offered.outTradeNo)));
    const answer = await desk.inbox.receive(desk.account.notifyKey, { ...genuine, body: Buffer.from(`${genuine.body.toString()} `) }, '198.51.100.9');
    assert.equal(answer!.status, 500);
    await applier.drain();
    assert.deepEqual((await stored(desk)).map(({ verdict, why, outcome }) => ({ verdict, why, outcome })), [{ verdict: 'forged', why: 'this channel has not sent it', outcome: null }]);
    assert.equal(await desk.balance(), 0n);
  });

  it('P-12 a stale one is refused: the channel signs anew when it repeats', async () => {
    const { desk, applier } = await setUp();
    const channels = { ...desk.channels, forAccount: async (...of: Parameters<typeof desk.channels.forAccount>) => {
      const account = await desk.channels.forAccount(...of);
      return { ...account, channel: { ...account.channel, readNotification: () => ({ verdict: 'stale' as const, why: 'signed 6 minutes ago' }) } };
    } } as typeof desk.channels;
    const inbox = openInbox({ database: test.database, channels, clock, logger: silentLogger });
    assert.equal((await inbox.receive(desk.account.notifyKey, desk.channel.notification({ kind: 'other', notifyId: '1', about: 'x' }), null))!.status, 500);
    await applier.drain();
    assert.deepEqual((await stored(desk)).map(({ verdict, outcome }) => [verdict, outcome]), [['stale', null]]);
  });

  it('P-12 a flood of forged ones is counted and does not fill the disk', async () => {
    const { desk } = await setUp();
    const forged = { headers: {}, body: Buffer.from('no'), receivedAt: clock.now() };
    for (let i = 0; i < INBOX_LIMITS.refusedKeptPerMinuteMax + 20; i++) assert.equal((await desk.inbox.receive(desk.account.notifyKey, forged, null))!.status, 500);
    assert.equal((await stored(desk)).length, INBOX_LIMITS.refusedKeptPerMinuteMax);
  });

  it('P-12 one that comes before its order can be seen waits, and credits it a moment later', async () => {
    const { desk, applier } = await setUp();
    const offered = await desk.offer();
    const view = paymentView(offered.outTradeNo, desk.channel.pay(offered.outTradeNo));
    // The order's own transaction is still open: nobody sees it yet.
    const hidden = desk.applier({ ports: { applyPayments: (_tx, items) => Promise.resolve(items.map((item) => ({ ...item, outcome: 'order_unknown' as const, order: null, attemptState: null, surplusReason: null }))) } });
    await applier.close();
    assert.equal((await desk.notify(view)).status, 200);
    await hidden.drain();
    await hidden.close();
    assert.deepEqual((await stored(desk)).map(({ outcome, tries }) => [outcome, tries]), [[null, 1]]);
    clock.advance(INBOX_LIMITS.retryPausesMs[0]!);
    const second = desk.applier();
    await second.drain();
    await second.close();
    assert.deepEqual(await outcomes(desk), ['credited']);
    assert.equal(await desk.balance(), 1_000n);
  });

  it('P-12 one for an order that never comes to be is tried for a day, then named', async () => {
    const { desk, applier } = await setUp();
    const view = { state: 'paid' as const, channelTradeNo: newUuid(), amountMinor: 5n, currency: 'CNY' as const, paidAt: clock.now(), payer: null, merchant: 'm', app: 'a', refundedMinor: null, final: false };
    await desk.notify(paymentView(tradeNumber({ environment: 'T', orderId: newUuid(), attempt: 1 }), view));
    await desk.notify(paymentView('another-shops-number', view));
    for (const pause of [0, ...INBOX_LIMITS.retryPausesMs]) { clock.advance(pause); await applier.drain(); }
    assert.deepEqual((await stored(desk)).map(({ outcome, error }) => ({ outcome, error })), [
      { outcome: 'unknown_order', error: 'its order is not here' }, { outcome: 'unknown_order', error: 'another-shops-number is no number of ours' },
    ]);
  });

  it('P-12 one that comes days late completes its closed order, or is kept for going back, as the order has it', async () => {
    const { desk, applier } = await setUp();
    const [completing, refunding] = [await desk.offer(), await desk.offer({ latePayment: 'refund' })];
    for (const { orderId } of [completing, refunding]) await closeOrder(desk.odb, desk.channels, { orderId, reason: 'by_clerk', actor: 'test' }, { clock, purposes });
    assert.equal((await order(desk, completing)).state, 'closed');
    clock.advance(2 * MS_PER_DAY);
    await desk.payAndNotify(completing);
    await desk.payAndNotify(refunding);
    await applier.drain();
    assert.deepEqual(await outcomes(desk), ['credited', 'surplus']);
    assert.deepEqual([(await order(desk, completing)).state, (await order(desk, refunding)).state], ['paid', 'closed']);
    assert.deepEqual(await surplus(desk), [{ reason: 'late_payment', automatic: true }]);
    assert.equal(await desk.balance(), 1_000n);
  });

  it('P-12 one that was overtaken takes nothing back', async () => {
    const { desk, applier } = await setUp();
    const offered = await desk.offer();
    const awaiting = paymentView(offered.outTradeNo, { state: 'user_paying' }), closed = paymentView(offered.outTradeNo, { state: 'closed' });
    await desk.payAndNotify(offered);
    await desk.notify(awaiting);
    await desk.notify(closed);
    await applier.drain();
    assert.deepEqual(await outcomes(desk), ['credited', 'known', 'known']);
    assert.equal((await order(desk, offered)).state, 'paid');
  });

  it('P-12 another amount, merchant, app or currency is never credited; the money is kept apart and a person decides', async () => {
    const { desk, applier } = await setUp();
    const offered = [await desk.offer(), await desk.offer(), await desk.offer(), await desk.offer()];
    await desk.payAndNotify(offered[0]!, { amountMinor: 1n });
    await desk.payAndNotify(offered[1]!, { merchant: 'another merchant' });
    await desk.payAndNotify(offered[2]!, { app: 'another app' });
    await desk.payAndNotify(offered[3]!, { currency: 'USD' });
    await applier.drain();
    assert.deepEqual(await outcomes(desk), ['mismatch', 'mismatch', 'mismatch', 'mismatch']);
    assert.deepEqual((await surplus(desk)).map(({ reason, automatic }) => `${reason} ${automatic}`).sort(), ['amount_differs false', 'app_differs false', 'currency_differs false', 'merchant_differs false']);
    assert.equal(await desk.balance(), 0n);
  });

  it('P-12 one that arrives at another account than its order was offered at changes nothing', async () => {
    const { desk, applier } = await setUp();
    const other = await desk.addAccount();
    const offered = await desk.offer();
    await desk.notify(paymentView(offered.outTradeNo, desk.channel.pay(offered.outTradeNo)), { notifyKey: other.notifyKey });
    await applier.drain();
    assert.deepEqual(await outcomes(desk), ['refused']);
    assert.equal(await desk.balance(), 0n);
  });

  it('P-12 one that nobody can work is named in the end, and all others are worked at once', async () => {
    const { desk, applier } = await setUp();
    await applier.close();
    const offered = await Promise.all(Array.from({ length: 12 }, () => desk.offer()));
    for (const each of offered) await desk.payAndNotify(each);
    const poison = offered[7]!.orderId;
    const ports = inboxPorts({ clock, purposes });
    const poisoned = desk.applier({ ports: { applyPayments: (tx, items) => { if (items.some(({ orderId }) => orderId === poison)) throw new TypeError('seven'); return ports.applyPayments(tx, items); } } });
    await poisoned.drain();
    assert.equal(await desk.balance(), 11_000n);
    for (const pause of INBOX_LIMITS.retryPausesMs) { clock.advance(pause); await poisoned.drain(); }
    await poisoned.close();
    assert.deepEqual((await stored(desk)).filter(({ outcome }) => outcome !== 'credited').map(({ outcome, error }) => ({ outcome, error })), [{ outcome: 'failed', error: 'TypeError: seven' }]);
  });

  it('P-12 one that could not be checked when it came, because a key could not be read, is stored and checked later', async () => {
    const { desk, applier } = await setUp();
    const offered = await desk.offer();
    const blind = { ...desk.channels, forAccount: () => Promise.reject(new Error('the key file is missing')) };
    const inbox = openInbox({ database: test.database, channels: blind, clock, logger: silentLogger });
    const raw = desk.channel.notification(paymentView(offered.outTradeNo, desk.channel.pay(offered.outTradeNo)));
    assert.equal((await inbox.receive(desk.account.notifyKey, raw, null))!.status, 500);
    await inbox.receive(desk.account.notifyKey, { ...raw, body: Buffer.from('forged') }, null);
    await applier.drain();
    assert.deepEqual((await stored(desk)).map(({ verdict, outcome }) => [verdict, outcome]), [['not_checked', 'credited'], ['not_checked', 'refused']]);
    assert.equal(await desk.balance(), 1_000n);
  });

  it('a word about a refund goes to refunds, in the transaction that settles it', async () => {
    const { desk } = await setUp();
    const offered = await desk.offer();
    const seen: string[] = [];
    const applier = desk.applier({ ports: { applyPayments: () => Promise.resolve([]), applyRefunds: (_tx, items) => { seen.push(...items.map(({ view }) => view.outRefundNo)); return Promise.resolve(); } } });
    await desk.notify({ kind: 'refund', notifyId: '1', outTradeNo: offered.outTradeNo, outRefundNo: 'TR1', refund: { state: 'succeeded', channelRefundNo: 'x', amountMinor: 5n, refundedAt: clock.now() } });
    await applier.drain();
    await applier.close();
    assert.deepEqual([seen, await outcomes(desk)], [['TR1'], ['refund']]);
  });
});

describe('the audit of the inbox', () => {
  const failing = async (desk: Desk) => (await desk.odb.transaction((tx) => auditInbox(tx, { clock }))).filter(({ failures }) => failures.length > 0).map(({ code }) => code);

  it('finds a notification that nobody works, and one that said paid what is not', async () => {
    const desk = await openDesk(test, { clock });
    const offered = await desk.offer();
    await desk.payAndNotify(offered);
    assert.deepEqual(await failing(desk), []);
    clock.advance(2 * MS_PER_HOUR);
    assert.deepEqual(await failing(desk), ['payments_notifications_are_worked']);
    await desk.rows(`update payments.notification_work set outcome = 'known', order_id = $1, attempt = 1, next_try_at = null, settled_at = now()`, [offered.orderId]);
    assert.deepEqual(await failing(desk), ['payments_notified_is_paid']);
  });
});

describe('environments', () => {
  it('P-14 a notification of another environment is refused and reported, though it is genuine', async () => {
    const { desk, applier } = await setUp();
    const live = await desk.addAccount('L');
    const offered = await desk.offer();
    const answer = await desk.notify(paymentView(offered.outTradeNo, desk.channel.pay(offered.outTradeNo)), { notifyKey: live.notifyKey });
    assert.equal(answer.status, 500);
    await applier.drain();
    const [row] = await stored(desk);
    assert.deepEqual([row!.verdict, row!.outcome, row!.why], ['wrong_environment', null, `${offered.outTradeNo} is of environment T, this account of L`]);
    assert.equal(await desk.balance(), 0n);
    assert.match(await metrics.registry.metrics(), /kirchhoff_payments_notifications_total\{verdict="wrong_environment"\} [1-9]/);
  });

  it('P-14 every number that a channel sees begins with the environment of its order', async () => {
    const { desk } = await setUp();
    assert.match((await desk.offer()).outTradeNo, /^T/);
  });
});

describe('how fast it is credited', () => {
  it('C-01 from receiving to crediting is a histogram, and what waits is a gauge', async () => {
    const { desk, applier } = await setUp();
    await applier.close();
    const before = await count('kirchhoff_payments_credit_seconds_count');
    const offered = await desk.offer();
    await desk.payAndNotify(offered);
    assert.match(await metrics.registry.metrics(), /kirchhoff_payments_inbox_waiting [1-9]/);
    clock.advance(300);
    const second = desk.applier();
    await second.drain();
    await second.close();
    assert.equal(await count('kirchhoff_payments_credit_seconds_count'), before + 1);
    assert.match(await metrics.registry.metrics(), /kirchhoff_payments_paid_to_credited_seconds_count\{source="notification"\} [1-9]/);
  });
  const count = async (name: string): Promise<number> => Number(new RegExp(`^${name} (\\d+)$`, 'm').exec(await metrics.registry.metrics())?.[1] ?? 0);

  it('C-01 many at once are credited in batches by several workers, each once', async () => {
    const { desk, applier } = await setUp();
    await applier.close();
    const offered = await Promise.all(Array.from({ length: 60 }, () => desk.offer()));
    const workers = [1, 2, 3].map(() => desk.applier({ limits: { applyBatchMax: 7, pollMs: 5 } }));
    await Promise.all(offered.flatMap((each) => [desk.payAndNotify(each), desk.notify(paymentView(each.outTradeNo, desk.channel.viewOf(each.outTradeNo)))]));
    await workers[0]!.drain();
    for (const worker of workers) await worker.close();
    assert.equal(await desk.balance(), 60_000n);
    const all = await outcomes(desk);
    assert.deepEqual([all.filter((outcome) => outcome === 'credited').length, all.filter((outcome) => outcome === 'known').length], [60, 60]);
  });
});

