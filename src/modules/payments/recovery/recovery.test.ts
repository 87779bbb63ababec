import assert from 'node:assert/strict';
import { after, describe, it } from 'node:test';
import { addMs, assert as must, instant, MS_PER_DAY, MS_PER_HOUR, MS_PER_MINUTE, type Instant } from '../../../kernel/index.ts';
import { manualClock, newUuid } from '../../../platform/clock/index.ts';
import { sqlTimestamp } from '../../../platform/database/index.ts';
import { silentLogger } from '../../../platform/logging/logger.ts';
import { openTestDatabase } from '../../../../test/support/database.ts';
import { openDesk, paymentView, type Desk, type Offered } from '../inbox/desk.fixture.ts';
import { lossReport } from '../queries/loss-report.ts';
import { claimDueAttempts } from '../store/due-checks.ts';
import { loadRun } from '../store/recovery-runs.ts';
import { RECOVERY_LIMITS, type RecoveryLimits } from './limits.ts';
import type { RecoveryPorts } from './ports.ts';
import { startRecovery, type Recovery } from './recovery.ts';
import { changeRecoveryRun, requestRecoveryRun } from './request-run.ts';

const test = await openTestDatabase();
const START = instant(Date.UTC(2026, 10, 22, 4));

type Set = { readonly desk: Desk; readonly clock: ReturnType<typeof manualClock>; recovery(more?: { ports?: Partial<RecoveryPorts>; limits?: Partial<RecoveryLimits> }): Recovery };
const setUp = async (): Promise<Set> => {
  const clock = manualClock(START);
  const desk = await openDesk(test, { clock });
  return {
    desk, clock,
    recovery: ({ ports, limits } = {}) => {
      const recovery = startRecovery({ database: test.database, clock, logger: silentLogger, ports: { ...desk.ports, ...ports }, limits: { ...limits }, only: (id) => id === desk.operatorId }, { start: false });
      after(() => recovery.close());
      return recovery;
    },
  };
};
const order = async (desk: Desk, { orderId }: Pick<Offered, 'orderId'>) => (await desk.rows<{ state: string; recovered_by: string | null }>('select state, recovered_by from payments.payment_order where order_id = $1', [orderId]))[0]!;
const queries = (desk: Desk, outTradeNo: string): number => desk.channel.calls.filter(({ act, number }) => act === 'queryPayment' && number === outTradeNo).length;
const run = (desk: Desk, runId: string) => desk.odb.transaction(async (tx) => (await loadRun(tx, desk.operatorId, runId))!);
const request = async (desk: Desk, clock: { now(): Instant }, more: Partial<Parameters<typeof requestRecoveryRun>[2]> = {}): Promise<string> => {
  const commandId = newUuid();
  const requested = await desk.odb.transaction((tx) => requestRecoveryRun(tx, desk.operatorId, {
    commandId, from: addMs(START, -MS_PER_DAY), to: addMs(START, 10 * MS_PER_DAY), merchantAccountId: null, requestedBy: 'clerk-7', reason: null, ...more,
  }, { clock }));
  must(requested.ok, 'the run is accepted');
  return commandId;
};
/** Time goes by in steps, and recovery looks at each. */
const live = async ({ clock }: Pick<Set, 'clock'>, recovery: Recovery, { forMs, stepMs = MS_PER_MINUTE }: { forMs: number; stepMs?: number }): Promise<void> => {
  for (let gone = 0; gone < forMs; gone += stepMs) { clock.advance(stepMs); await recovery.pass(); }
};

describe('recovery by schedule', () => {
  it('P-02 a payment whose notification was lost is found within minutes, completed, and marked as found by the job', async () => {
    const { desk, clock, recovery } = await setUp();
    const offered = await desk.offer();
    desk.channel.pay(offered.outTradeNo);
    await live({ clock }, recovery(), { forMs: 2 * MS_PER_MINUTE });
    assert.deepEqual(await order(desk, offered), { state: 'paid', recovered_by: 'job' });
    assert.equal(await desk.balance(), 1_000n);
  });

  it('P-02 an order has many chances, further and further apart, until the channel gives a final answer', async () => {
    const { desk, clock, recovery } = await setUp();
    const offered = await desk.offer({ lifetimeMs: MS_PER_DAY });
    const worker = recovery();
    await live({ clock }, worker, { forMs: 30 * MS_PER_MINUTE });
    const early = queries(desk, offered.outTradeNo);
    await live({ clock }, worker, { forMs: 10 * MS_PER_HOUR, stepMs: 10 * MS_PER_MINUTE });
    const late = queries(desk, offered.outTradeNo) - early;
    assert.ok(early >= 4 && late >= 3 && late < 30, `asked ${early} times in the first half hour, ${late} times in ten hours`);
    desk.channel.pay(offered.outTradeNo);
    await live({ clock }, worker, { forMs: 8 * MS_PER_HOUR, stepMs: 10 * MS_PER_MINUTE });
    assert.equal((await order(desk, offered)).state, 'paid');
    const asked = desk.channel.calls.length;
    await live({ clock }, worker, { forMs: MS_PER_DAY, stepMs: MS_PER_HOUR });
    assert.equal(desk.channel.calls.length, asked, 'nothing is asked after the final answer');
  });

  it('P-02 every state that is not final is asked about: unknown, open, being paid, closing', async () => {
    const { desk, clock, recovery } = await setUp();
    const offered: Offered[] = [await desk.offer(), await desk.offer(), await desk.offer(), await desk.offer()];
    const states = ['unknown', 'open', 'user_paying', 'closing'];
    for (const [index, each] of offered.entries()) {
      await desk.rows('update payments.payment_attempt set state = $2 where order_id = $1', [each.orderId, states[index]]);
      if (states[index] === 'closing') await desk.rows(`update payments.payment_order set state = 'closing', close_reason = 'by_clerk' where order_id = $1`, [each.orderId]);
      desk.channel.pay(each.outTradeNo);
    }
    await live({ clock }, recovery(), { forMs: 2 * MS_PER_MINUTE });
    for (const each of offered) assert.deepEqual(await order(desk, each), { state: 'paid', recovered_by: 'job' });
  });

  it('P-02 a payment days after its order was closed is found, also when its notification is lost', async () => {
    const { desk, clock, recovery } = await setUp();
    const offered = await desk.offer();
    const worker = recovery();
    await live({ clock }, worker, { forMs: 40 * MS_PER_MINUTE, stepMs: 5 * MS_PER_MINUTE });
    assert.equal((await order(desk, offered)).state, 'expired');
    desk.channel.pay(offered.outTradeNo);
    await live({ clock }, worker, { forMs: 26 * MS_PER_HOUR, stepMs: MS_PER_HOUR });
    assert.deepEqual(await order(desk, offered), { state: 'paid', recovered_by: 'job' });
  });

  it('P-02 no answer is no answer: the order stays open, and is asked about again', async () => {
    const { desk, clock, recovery } = await setUp();
    const offered = await desk.offer();
    desk.channel.pay(offered.outTradeNo);
    desk.channel.failNext('queryPayment', 'lost', 'lost');
    await live({ clock }, recovery(), { forMs: 10 * MS_PER_MINUTE });
    assert.deepEqual(await order(desk, offered), { state: 'paid', recovered_by: 'job' });
    assert.equal(queries(desk, offered.outTradeNo), 3);
  });

  it('P-04 an order whose end has come is closed by asking its channel, and is paid when the channel says so', async () => {
    const { desk, clock, recovery } = await setUp();
    const [unpaid, paid] = [await desk.offer(), await desk.offer()];
    await desk.rows(`update payments.payment_attempt set next_check_at = $1 where next_check_at is not null`, [sqlTimestamp(addMs(START, MS_PER_DAY))]);
    desk.channel.pay(paid.outTradeNo);
    clock.advance(31 * MS_PER_MINUTE);
    await recovery().pass();
    assert.deepEqual([(await order(desk, unpaid)).state, (await order(desk, paid)).state], ['expired', 'paid']);
    assert.ok(desk.channel.calls.some(({ act, number }) => act === 'closePayment' && number === unpaid.outTradeNo));
  });

  it('P-03 an answer that cannot be written holds up no other, in the schedule or in a run', async () => {
    const { desk, clock, recovery } = await setUp();
    const offered = [await desk.offer(), await desk.offer(), await desk.offer()] as const;
    for (const each of offered) desk.channel.pay(each.outTradeNo);
    // A trade number that PostgreSQL does not take.
    desk.channel.pay(offered[1].outTradeNo, { channelTradeNo: 'spoilt\u0000' });
    await live({ clock }, recovery(), { forMs: 2 * MS_PER_MINUTE });
    assert.deepEqual([(await order(desk, offered[0])).state, (await order(desk, offered[1])).state, (await order(desk, offered[2])).state], ['paid', 'awaiting_payment', 'paid']);
    const runId = await request(desk, clock);
    await live({ clock }, recovery(), { forMs: MS_PER_MINUTE });
    const { state, asked, unanswered } = await run(desk, runId);
    assert.deepEqual({ state, asked, unanswered }, { state: 'finished', asked: 1, unanswered: 1 });
    desk.channel.pay(offered[1].outTradeNo);
    await live({ clock }, recovery(), { forMs: 10 * MS_PER_MINUTE });
    assert.equal((await order(desk, offered[1])).state, 'paid');
    assert.equal(await desk.balance(), 3_000n);
  });
});

describe('recovery of very many', () => {
  it('P-03 takes pages by index, asks a bounded number at once, and comes to the end', async () => {
    const { desk, clock, recovery } = await setUp();
    const offered = await Promise.all(Array.from({ length: 45 }, () => desk.offer()));
    for (const each of offered.slice(0, 20)) desk.channel.pay(each.outTradeNo);
    clock.advance(MS_PER_MINUTE + 1);
    let inside = 0, most = 0;
    const worker = recovery({
      limits: { pageMax: 10, questionsPerAccountMax: 3 },
      ports: { consult: async (...of) => { most = Math.max(most, ++inside); try { return await desk.ports.consult(...of); } finally { inside--; } } },
    });
    await worker.pass();
    assert.equal(await desk.balance(), 20_000n);
    assert.ok(most <= 3, `${most} questions at once`);
  });

  it('P-03 a backlog does not keep who has just paid waiting', async () => {
    const { desk, clock } = await setUp();
    const old = await Promise.all(Array.from({ length: 12 }, () => desk.offer({ lifetimeMs: MS_PER_DAY })));
    clock.advance(5 * MS_PER_HOUR);
    const young = await desk.offer();
    clock.advance(MS_PER_MINUTE + 1);
    const page = await desk.odb.transaction((tx) => claimDueAttempts(tx, { operatorId: desk.operatorId, merchantAccountId: desk.account.merchantAccountId }, { at: clock.now(), countMax: 4, leaseMs: 60_000, counterLeaseMs: 10_000 }));
    assert.ok(page.some(({ orderId }) => orderId === young.orderId));
    assert.ok(page.some(({ orderId }) => old.some((each) => each.orderId === orderId)));
  });

  it('P-03 what a process had taken when it ended is asked about by another, and by nobody twice at once', async () => {
    const { desk, clock, recovery } = await setUp();
    const offered = await desk.offer();
    desk.channel.pay(offered.outTradeNo);
    clock.advance(MS_PER_MINUTE + 1);
    const account = { operatorId: desk.operatorId, merchantAccountId: desk.account.merchantAccountId };
    const claim = () => desk.odb.transaction((tx) => claimDueAttempts(tx, account, { at: clock.now(), countMax: 10, leaseMs: RECOVERY_LIMITS.leaseMs, counterLeaseMs: 10_000 }));
    assert.deepEqual([(await claim()).length, (await claim()).length], [1, 0]);
    await recovery().pass();
    assert.equal((await order(desk, offered)).state, 'awaiting_payment');
    clock.advance(RECOVERY_LIMITS.leaseMs + 1);
    await recovery().pass();
    assert.equal((await order(desk, offered)).state, 'paid');
  });

  it('P-03 a channel that cannot be reached costs no order a try, and is left alone for a moment', async () => {
    const { desk, clock, recovery } = await setUp();
    const offered = await Promise.all(Array.from({ length: 8 }, () => desk.offer()));
    for (const each of offered) desk.channel.pay(each.outTradeNo);
    clock.advance(MS_PER_MINUTE + 1);
    let asked = 0;
    const shut = recovery({ limits: { questionsPerAccountMax: 1 }, ports: { consult: (_operator, attempt) => {
      asked++;
      return Promise.resolve({ exchanges: [], items: [{ ...attempt, view: { state: 'no_answer' as const, why: 'circuit_open' }, source: { kind: 'query' as const, actor: 'system' } }] });
    } } });
    await shut.pass();
    assert.equal(asked, 1);
    assert.deepEqual((await desk.rows<{ checks: number }>('select distinct checks from payments.payment_attempt')).map(({ checks }) => checks), [0]);
    clock.advance(RECOVERY_LIMITS.breakerPauseMs + 1);
    await recovery().pass();
    assert.equal(await desk.balance(), 8_000n);
  });
});

describe("a clerk's run", () => {
  it('P-02 asks about all unpaid orders of a span, the expired ones too, and marks what it found with the clerk', async () => {
    const { desk, clock, recovery } = await setUp();
    const [lost, unpaid, expired] = [await desk.offer(), await desk.offer(), await desk.offer()];
    await live({ clock }, recovery(), { forMs: 40 * MS_PER_MINUTE, stepMs: 40 * MS_PER_MINUTE });
    assert.equal((await order(desk, expired)).state, 'expired');
    const fresh = await desk.offer();
    for (const each of [lost, expired, fresh]) desk.channel.pay(each.outTradeNo);
    const runId = await request(desk, clock);
    await recovery().pass();
    for (const each of [lost, expired, fresh]) assert.deepEqual(await order(desk, each), { state: 'paid', recovered_by: 'clerk:clerk-7' });
    const { state, candidates, asked, recovered, recoveredMinor, closed } = await run(desk, runId);
    assert.deepEqual({ state, candidates, asked, recovered, recoveredMinor, closed }, { state: 'finished', candidates: 4, asked: 4, recovered: 3, recoveredMinor: 3_000n, closed: 1 });
    assert.equal((await order(desk, unpaid)).state, 'expired');
  });

  it('P-03 keeps its progress: a process that ends in the middle is followed at the same place, and nothing is counted twice', async () => {
    const { desk, clock, recovery } = await setUp();
    const offered: Offered[] = [];
    for (let i = 0; i < 9; i++) { offered.push(await desk.offer()); clock.advance(1_000); }
    for (const each of offered) desk.channel.pay(each.outTradeNo);
    // Only the run looks: nothing is due by schedule.
    await desk.rows('update payments.payment_attempt set next_check_at = $1', [sqlTimestamp(addMs(clock.now(), MS_PER_DAY))]);
    const runId = await request(desk, clock);
    let pages = 0;
    const dying = recovery({ limits: { pageMax: 3 }, ports: { applyConsulted: (tx, consulted) => { if (++pages === 2) throw new Error('the process ends here'); return desk.ports.applyConsulted(tx, consulted); } } });
    const first = dying.pass();
    while (pages < 2) await new Promise((resolve) => setImmediate(resolve));
    await dying.close();
    assert.deepEqual([(await run(desk, runId)).asked, (await run(desk, runId)).state], [3, 'running']);
    clock.advance(RECOVERY_LIMITS.leaseMs + 1);
    await recovery({ limits: { pageMax: 3 } }).pass();
    await first;
    const { state, asked, recovered, recoveredMinor } = await run(desk, runId);
    assert.deepEqual({ state, asked, recovered, recoveredMinor }, { state: 'finished', asked: 9, recovered: 9, recoveredMinor: 9_000n });
    assert.equal(await desk.balance(), 9_000n);
  });

  it('P-03 rests when somebody pauses it, goes on where it was, and can be cancelled', async () => {
    const { desk, clock, recovery } = await setUp();
    for (let i = 0; i < 4; i++) { await desk.offer(); clock.advance(1_000); }
    const runId = await request(desk, clock);
    const change = (to: 'running' | 'paused' | 'cancelled') => desk.odb.transaction((tx) => changeRecoveryRun(tx, desk.operatorId, { runId, to }, { clock }));
    await change('paused');
    await recovery().pass();
    assert.deepEqual([(await run(desk, runId)).asked, (await run(desk, runId)).state], [0, 'paused']);
    await change('running');
    await recovery({ limits: { pageMax: 2 } }).pass();
    assert.deepEqual([(await run(desk, runId)).asked, (await run(desk, runId)).state], [4, 'finished']);
    assert.deepEqual(await change('paused'), { ok: false, error: { code: 'recovery_run_over', state: 'finished' } });
    const second = await request(desk, clock);
    await desk.odb.transaction((tx) => changeRecoveryRun(tx, desk.operatorId, { runId: second, to: 'cancelled' }, { clock }));
    await recovery().pass();
    assert.deepEqual([(await run(desk, second)).asked, (await run(desk, second)).state], [0, 'cancelled']);
  });

  it('refuses a span that ends before it begins or is too long, and too many at once', async () => {
    const { desk, clock } = await setUp();
    const ask = (from: number, to: number) => desk.odb.transaction((tx) => requestRecoveryRun(tx, desk.operatorId, { commandId: newUuid(), from: instant(from), to: instant(to), merchantAccountId: null, requestedBy: 'c', reason: null }, { clock }));
    assert.deepEqual(await ask(2, 1), { ok: false, error: { code: 'recovery_span_invalid', daysMax: 92 } });
    assert.deepEqual(await ask(0, 93 * MS_PER_DAY), { ok: false, error: { code: 'recovery_span_invalid', daysMax: 92 } });
    for (let i = 0; i < 3; i++) assert.ok((await ask(0, 1)).ok);
    assert.deepEqual(await ask(0, 1), { ok: false, error: { code: 'recovery_runs_too_many', atOnceMax: 3 } });
  });
});

describe('the daily loss report', () => {
  it('P-19 counts what was missing, who found it, what is outstanding, and how it was before', async () => {
    const { desk, clock, recovery } = await setUp();
    const applier = desk.applier();
    const [notified, byJob, byClerk, lateNotified, outstanding] = [await desk.offer(), await desk.offer(), await desk.offer(), await desk.offer(), await desk.offer()];
    await desk.payAndNotify(notified);
    await applier.drain();
    for (const each of [byJob, lateNotified]) desk.channel.pay(each.outTradeNo);
    await live({ clock }, recovery(), { forMs: 2 * MS_PER_MINUTE });
    desk.channel.pay(byClerk.outTradeNo);
    await request(desk, clock);
    // Only the clerk's run looks: nothing is due by schedule.
    await desk.rows(`update payments.payment_attempt set next_check_at = $1 where next_check_at is not null`, [sqlTimestamp(addMs(clock.now(), MS_PER_DAY))]);
    await recovery().pass();
    // Found by the job first; its notification arrives in the end, so it is not missing.
    await desk.notify(paymentView(lateNotified.outTradeNo, desk.channel.viewOf(lateNotified.outTradeNo)));
    await desk.inbox.receive(desk.account.notifyKey, { headers: {}, body: Buffer.from('forged'), receivedAt: clock.now() }, null);
    await applier.drain();
    clock.advance(50 * MS_PER_MINUTE);
    const days = await desk.odb.transaction((tx) => lossReport(tx, desk.operatorId, { timeZone: 'Asia/Shanghai', from: '2026-11-21', to: '2026-11-23', clock }));
    const sum = (count: number) => ({ count, amountMinor: 1_000n * BigInt(count) });
    assert.deepEqual(days.map(({ date }) => date), ['2026-11-21', '2026-11-22', '2026-11-23']);
    assert.deepEqual(days[1], {
      date: '2026-11-22', paid: sum(4), notificationsMissing: sum(2), recoveredByJob: sum(2), recoveredByClerk: sum(1), outstanding: sum(1), mismatched: 0,
      refused: { forged: 1, stale: 0, unreadable: 0, wrongEnvironment: 0 }, lostPerThousand: 750, lostPerThousandBefore: null,
    });
    assert.deepEqual([days[2]!.paid.count, days[2]!.lostPerThousand, days[2]!.lostPerThousandBefore], [0, null, 750]);
    assert.equal((await order(desk, outstanding)).state, 'awaiting_payment');
  });
});
