/** Recovery of lost orders through the limiter, the breaker and the transport that every call of the program goes through. Time is a number that goes on only while a call waits or is under way. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { openTestDatabase } from '../../../../test/support/database.ts';
import { addMs, instant, MS_PER_DAY, MS_PER_MINUTE } from '../../../kernel/index.ts';
import { manualClock, newUuid } from '../../../platform/clock/index.ts';
import { sqlTimestamp } from '../../../platform/database/index.ts';
import { silentLogger } from '../../../platform/logging/logger.ts';
import { createCaller, type Caller } from '../channels/caller.ts';
import { DEFAULT_LIMITS, type CallLimits } from '../channels/settings.ts';
import type { Channel } from '../domain/channel.ts';
import { openDesk, purposes, type Desk, type Offered } from '../inbox/desk.fixture.ts';
import { recoveryPorts } from '../start.ts';
import { loadRun } from '../store/recovery-runs.ts';
import type { ChannelAccounts } from '../types.ts';
import { RECOVERY_LIMITS, type RecoveryLimits } from './limits.ts';
import type { RecoveryPorts } from './ports.ts';
import { startRecovery, type Recovery } from './recovery.ts';
import { requestRecoveryRun } from './request-run.ts';

const test = await openTestDatabase();
const START = instant(Date.UTC(2026, 10, 22, 4));
const STEP_MS = 10, ANSWER_MS = 80;

/** A process with its own way to the channel. `sentAt`: when each question went over the wire. */
type Process = { readonly recovery: Recovery; readonly caller: Caller; readonly sentAt: number[]; readonly most: { onTheWire: number }; run<T>(work: Promise<T>): Promise<T>; end(): Promise<void> };

/** The channel answers after `ANSWER_MS`, and lets nothing through that the account's limits do not. */
function openProcess(desk: Desk, clock: ReturnType<typeof manualClock>, { limits, recovery: recoveryLimits = {}, ports = {} }: { limits: Partial<CallLimits>; recovery?: Partial<RecoveryLimits>; ports?: Partial<RecoveryPorts> }): Process {
  let now = 0, onTheWire = 0;
  const sentAt: number[] = [], most = { onTheWire: 0 }, answers: { readonly at: number; readonly give: () => void }[] = [];
  const all: CallLimits = { ...DEFAULT_LIMITS, timeoutMs: 600_000, ...limits };
  const send = (async () => {
    sentAt.push(now);
    most.onTheWire = Math.max(most.onTheWire, ++onTheWire);
    await new Promise<void>((give) => answers.push({ at: now + ANSWER_MS, give }));
    onTheWire--;
    return new Response('{}');
  }) as typeof fetch;
  const caller = createCaller({ limits: all, clock, monotonicMs: () => now, fetch: send, observer: () => undefined });
  const channel: Channel = { ...desk.channel, queryPayment: async (outTradeNo) => {
    const answer = await caller.transport.send({ act: 'query', method: 'GET', url: 'https://channel.example', headers: {}, body: null });
    if (answer.kind === 'answer') return desk.channel.queryPayment(outTradeNo);
    return { kind: 'unknown', reason: answer.reason, message: answer.message, exchange: { act: 'query', request: outTradeNo, response: null, httpStatus: null, sentAt: answer.sentAt, answeredAt: null } };
  } };
  const forAccount: ChannelAccounts['forAccount'] = async (operatorId, merchantAccountId) => ({ ...await desk.channels.forAccount(operatorId, merchantAccountId), channel });
  const channels = { ...desk.channels, forAccount } as unknown as Desk['channels'];
  const worker = startRecovery({
    database: test.database, clock, logger: silentLogger, ports: { ...recoveryPorts({ channels, clock, purposes }), ...ports }, limits: recoveryLimits, only: (id) => id === desk.operatorId,
  }, { start: false });
  const tick = (): void => {
    const { callsWaiting, callsInFlight } = caller.health();
    if (callsWaiting + callsInFlight === 0) return;
    now += STEP_MS;
    for (let index = answers.length - 1; index >= 0; index--) if (answers[index]!.at <= now) answers.splice(index, 1)[0]!.give();
    // Whoever waits is looked at: what a timer of the machine would do later.
    caller.setLimits(all);
  };
  return {
    recovery: worker, caller, sentAt, most,
    run: async (work) => {
      let over = false;
      const done = work.finally(() => { over = true; });
      while (!over) { tick(); await new Promise((resolve) => setImmediate(resolve)); }
      return done;
    },
    end: async () => { await worker.close(); caller.close(); },
  };
}

/** At no time have more questions been sent than the bucket gives: its burst, and so many a second since. */
function assertWithinRate(sentAt: readonly number[], { callsPerSecondMax, burstMax }: Pick<CallLimits, 'callsPerSecondMax' | 'burstMax'>): void {
  for (const [from, start] of sentAt.entries()) {
    for (let to = from; to < sentAt.length; to++) {
      const granted = burstMax + ((sentAt[to]! - start) * callsPerSecondMax) / 1_000;
      assert.ok(to - from + 1 <= granted + 1e-6, `${to - from + 1} questions within ${sentAt[to]! - start} ms, and ${granted} are allowed`);
    }
  }
}

async function lostPayments(desk: Desk, count: number): Promise<Offered[]> {
  const offered = await Promise.all(Array.from({ length: count }, () => desk.offer({ lifetimeMs: MS_PER_DAY })));
  for (const each of offered) desk.channel.pay(each.outTradeNo);
  return offered;
}
const paidOnes = async (desk: Desk): Promise<number> => (await desk.rows('select order_id from payments.payment_order where operator_id = $1 and state = $2', [desk.operatorId, 'paid'])).length;
const questionsOf = (desk: Desk): number[] => [...Map.groupBy(desk.channel.calls.filter(({ act }) => act === 'queryPayment'), ({ number }) => number).values()].map(({ length }) => length);

describe("recovery within the limits of an account's channel", () => {
  it('P-03 asks no more at once and no faster than the account allows, and comes to the end', async () => {
    const clock = manualClock(START), desk = await openDesk(test, { clock });
    await lostPayments(desk, 60);
    clock.advance(MS_PER_MINUTE + 1);
    const limits = { concurrencyMax: 4, callsPerSecondMax: 20, burstMax: 5, waitMsMax: 60_000 };
    const process = openProcess(desk, clock, { limits });
    await process.run(process.recovery.pass());
    await process.end();
    assert.equal(await desk.balance(), 60_000n);
    assert.equal(process.sentAt.length, 60);
    assert.ok(process.most.onTheWire <= 4, `${process.most.onTheWire} on the wire at once`);
    assertWithinRate(process.sentAt, limits);
    assert.deepEqual(questionsOf(desk), Array.from({ length: 60 }, () => 1), 'each is asked about once');
  });

  it('P-03 takes no more from the account than its own share, so that a payer behind it is never far from the wire', async () => {
    const clock = manualClock(START), desk = await openDesk(test, { clock });
    await lostPayments(desk, 40);
    clock.advance(MS_PER_MINUTE + 1);
    const process = openProcess(desk, clock, { limits: { concurrencyMax: 32, callsPerSecondMax: 1_000, burstMax: 1_000, waitMsMax: 60_000 }, recovery: { questionsPerAccountMax: 3 } });
    await process.run(process.recovery.pass());
    await process.end();
    assert.equal(await paidOnes(desk), 40);
    assert.ok(process.most.onTheWire <= 3, `${process.most.onTheWire} on the wire at once`);
  });

  it('P-03 whose turn at the channel does not come in time was not asked: no try is counted, and it is asked after a pause', async () => {
    const clock = manualClock(START), desk = await openDesk(test, { clock });
    await lostPayments(desk, 30);
    clock.advance(MS_PER_MINUTE + 1);
    const limits = { concurrencyMax: 2, callsPerSecondMax: 5, burstMax: 2, waitMsMax: 500 };
    const process = openProcess(desk, clock, { limits });
    for (let round = 0; round < 60 && await paidOnes(desk) < 30; round++) {
      await process.run(process.recovery.pass());
      const asked = process.sentAt.length, paid = await paidOnes(desk);
      assert.equal(paid, asked, 'who was asked about is paid, and no question is lost');
      const [waiting] = await desk.rows<{ checks: number }>('select coalesce(max(checks), 0)::int as checks from payments.payment_attempt where operator_id = $1 and state <> $2', [desk.operatorId, 'paid']);
      assert.equal(waiting?.checks, 0, 'who was not asked about has lost no try');
      clock.advance(RECOVERY_LIMITS.breakerPauseMs + 1);
    }
    await process.end();
    assert.equal(await paidOnes(desk), 30);
    assertWithinRate(process.sentAt, limits);
    assert.ok(questionsOf(desk).every((times) => times === 1));
  });

  it('P-03 a process that ends in the middle is followed by another: what it has written is not asked again, the rest is, within the limits of both', async () => {
    const clock = manualClock(START), desk = await openDesk(test, { clock });
    await lostPayments(desk, 40);
    clock.advance(MS_PER_MINUTE + 1);
    const limits = { concurrencyMax: 4, callsPerSecondMax: 50, burstMax: 4, waitMsMax: 60_000 }, recovery = { pageMax: 8 };
    let pages = 0;
    const first = openProcess(desk, clock, { limits, recovery, ports: { applyConsulted: (tx, consulted) => {
      if (++pages > 2) throw new Error('the process ends here');
      return desk.ports.applyConsulted(tx, consulted);
    } } });
    await first.run(first.recovery.pass());
    await first.end();
    const written = await paidOnes(desk), askedBefore = first.sentAt.length;
    assert.ok(written > 0 && written < 40 && askedBefore < 40 + 8, `${written} written, ${askedBefore} asked`);
    // Its leases are still its own: nobody asks about those until they are over.
    clock.advance(RECOVERY_LIMITS.leaseMs + 1);
    const second = openProcess(desk, clock, { limits, recovery });
    await second.run(second.recovery.pass());
    await second.end();
    assert.deepEqual([await paidOnes(desk), await desk.balance()], [40, 40_000n]);
    assert.equal(second.sentAt.length, 40 - written, 'only what was not written is asked about');
    for (const { sentAt, most } of [first, second]) {
      assertWithinRate(sentAt, limits);
      assert.ok(most.onTheWire <= limits.concurrencyMax);
    }
  });

  it("P-03 a clerk's run that was ended goes on at its place, counts each once, and keeps to the limits too", async () => {
    const clock = manualClock(START), desk = await openDesk(test, { clock });
    for (let index = 0; index < 24; index++) { await lostPayments(desk, 1); clock.advance(1_000); }
    await desk.rows('update payments.payment_attempt set next_check_at = $2 where operator_id = $1', [desk.operatorId, sqlTimestamp(addMs(clock.now(), MS_PER_DAY))]);
    const runId = newUuid();
    const requested = await desk.odb.transaction((tx) => requestRecoveryRun(tx, desk.operatorId, {
      commandId: runId, from: addMs(START, -MS_PER_DAY), to: addMs(START, MS_PER_DAY), merchantAccountId: null, requestedBy: 'clerk-7', reason: null,
    }, { clock }));
    assert.ok(requested.ok);
    const limits = { concurrencyMax: 3, callsPerSecondMax: 20, burstMax: 3, waitMsMax: 60_000 }, recovery = { pageMax: 5 };
    const first = openProcess(desk, clock, { limits, recovery });
    const passing = first.recovery.pass();
    // Told to end once ten questions are on their way or answered: what is under way is written, nothing more is begun.
    await first.run((async () => { while (first.sentAt.length < 10) await new Promise((resolve) => setImmediate(resolve)); })());
    await first.run(first.recovery.close());
    first.caller.close();
    const run = () => desk.odb.transaction(async (tx) => (await loadRun(tx, desk.operatorId, runId))!);
    const half = await run();
    assert.ok(half.state === 'running' && half.asked >= 5 && half.asked < 24, `${half.state} after ${half.asked}`);
    clock.advance(RECOVERY_LIMITS.leaseMs + 1);
    const second = openProcess(desk, clock, { limits, recovery });
    await second.run(second.recovery.pass());
    await second.end();
    await passing;
    const { state, asked, recovered, recoveredMinor } = await run();
    assert.deepEqual({ state, asked, recovered, recoveredMinor }, { state: 'finished', asked: 24, recovered: 24, recoveredMinor: 24_000n });
    assert.equal(second.sentAt.length, 24 - half.asked);
    for (const { sentAt, most } of [first, second]) {
      assertWithinRate(sentAt, limits);
      assert.ok(most.onTheWire <= limits.concurrencyMax);
    }
  });
});
