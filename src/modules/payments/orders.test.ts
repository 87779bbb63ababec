import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { openTestDatabase } from '../../../test/support/database.ts';
import { MS_PER_HOUR, MS_PER_MINUTE } from '../../kernel/index.ts';
import { newUuid } from '../../platform/clock/index.ts';
import { sqlState } from '../../platform/database/index.ts';
import { askChannel } from './commands/ask-channel.ts';
import { openOrder } from './commands/open-order.ts';
import { offerOrder } from './commands/offer-order.ts';
import { ATTEMPT_STATES, ATTEMPT_TRANSITIONS, ORDER_STATES, ORDER_TRANSITIONS } from './domain/order.ts';
import { insertTestAccount, scriptedChannel } from './testing.ts';
import { openWorld, type World } from './world.fixture.ts';

const test = await openTestDatabase({ poolSizeMax: 16 });

describe('a top-up', () => {
  it('is opened, offered, paid and in the wallet, booked once, with its story told', async () => {
    const world = await openWorld(test);
    const order = await world.open();
    const attempt = await world.offered(order.orderId);
    assert.match(attempt.outTradeNo, /^T[0-9a-z]{26}01$/);
    world.wechatpay.pay(attempt.outTradeNo);
    const [applied] = await world.apply([world.notified(world.wechatpay, attempt.outTradeNo)]);
    assert.equal(applied?.outcome, 'credited');
    assert.equal(await world.balance(), 5_000n);
    const paid = await world.order(order.orderId);
    assert.deepEqual([paid.state, paid.paidAttempt, paid.recoveredBy], ['paid', 1, null]);
    assert.deepEqual((await world.timeline(order.orderId)).map(({ kind }) => kind), ['order_opened', 'offered', 'observed', 'order_paid']);
    const events = await world.as((tx) => tx.query<{ type: string; payload: Record<string, unknown> }>('select type, payload from platform.outbox where operator_id = $1', [world.operatorId]));
    assert.deepEqual(events.map(({ type, payload }) => [type, payload.orderId, payload.amountMinor, payload.late]), [['payments.payment_order.paid.v1', order.orderId, '5000', false]]);
    assert.deepEqual(await world.failures(), []);
  });

  it('P-01 is credited once, however many appliers see the same payment at once and again later', async () => {
    const world = await openWorld(test);
    const order = await world.open();
    const { outTradeNo } = await world.offered(order.orderId);
    world.wechatpay.pay(outTradeNo);
    const seen = world.notified(world.wechatpay, outTradeNo);
    const answers = await Promise.all(Array.from({ length: 8 }, () => world.apply([seen, seen])));
    assert.deepEqual(answers.flat().map(({ outcome }) => outcome).toSorted(), ['credited', ...Array.from({ length: 15 }, () => 'unchanged')]);
    assert.equal(await world.balance(), 5_000n);
    assert.deepEqual(await world.failures(), []);
  });

  it('sent again is the same order; the same command for another amount is refused', async () => {
    const world = await openWorld(test);
    const commandId = newUuid();
    const [first, again] = await Promise.all([world.open({ commandId }), world.open({ commandId })]);
    assert.equal(first.orderId, again.orderId);
    const other = await world.as((tx) => openOrder(tx, { commandId, environment: 'T', purpose: 'wallet_top_up', subjectId: world.memberId, memberId: world.memberId, amountMinor: 1n, description: 'x', createdBy: 'usr' }, world.options));
    assert.equal(other.ok ? 'ok' : other.error.code, 'order_command_reused');
  });

  it('offered twice at one channel is one code; a time-out is asked again under the same number', async () => {
    const world = await openWorld(test);
    const order = await world.open();
    world.wechatpay.failNext('createPayment', 'after_effect');
    const lost = await world.offer(order.orderId);
    assert.equal(lost.ok ? 'ok' : lost.error.code, 'channel_unknown');
    assert.deepEqual((await world.attempts(order.orderId)).map(({ state }) => state), ['unknown']);
    const [first, second] = [await world.offered(order.orderId), await world.offered(order.orderId)];
    assert.equal(first.outTradeNo, second.outTradeNo);
    assert.deepEqual((await world.attempts(order.orderId)).map(({ state, attempt }) => [attempt, state]), [[1, 'open']]);
    assert.deepEqual(await world.failures(), []);
  });

  it('P-14 of the test environment is not offered at a live account', async () => {
    const world = await openWorld(test);
    const channel = scriptedChannel({ clock: world.clock });
    const live = await world.as((tx) => insertTestAccount(tx, { channel, clock: world.clock, environment: 'L' }));
    world.channels.add(live);
    const refused = await world.offer((await world.open()).orderId, live);
    assert.deepEqual(refused.ok ? 'ok' : refused.error, { code: 'environment_differs', order: 'T', account: 'L' });
    assert.equal(channel.calls.length, 0, 'the channel was not asked');
  });

  it('that nobody has here yet is told as unknown, so that an early notification is tried again', async () => {
    const world = await openWorld(test);
    const [early] = await world.apply([{ orderId: newUuid(), attempt: 1, view: { state: 'awaiting' }, source: { kind: 'notification', actor: 'channel' } }]);
    assert.equal(early?.outcome, 'order_unknown');
  });
});

describe('P-12 what a channel says of other money', () => {
  const differing = { amount_differs: { amountMinor: 4_999n }, merchant_differs: { merchant: 'another' }, app_differs: { app: 'another' }, currency_differs: { currency: 'USD' }, refunded_at_channel: { refundedMinor: 5_000n } } as const;
  for (const [reason, parts] of Object.entries(differing)) {
    it(`P-12 ${reason.replaceAll('_', ' ')}: nothing is credited, the money is kept apart for a person, and the order can still be paid`, async () => {
      const world = await openWorld(test);
      const order = await world.open();
      const { outTradeNo } = await world.offered(order.orderId);
      world.wechatpay.pay(outTradeNo, parts);
      const [applied] = await world.apply([world.notified(world.wechatpay, outTradeNo)]);
      assert.deepEqual([applied?.outcome, applied?.surplusReason, applied?.order?.state], ['surplus', reason, 'awaiting_payment']);
      assert.equal(await world.balance(), 0n);
      assert.deepEqual((await world.surplus()).map(({ reason: why, automatic, state }) => [why, automatic, state]), [[reason, false, 'open']]);
      assert.ok((await world.timeline(order.orderId)).some(({ kind }) => kind === 'payment_mismatch'));
      const again = await world.offered(order.orderId);
      world.wechatpay.pay(again.outTradeNo);
      assert.equal((await world.apply([world.notified(world.wechatpay, again.outTradeNo)]))[0]?.outcome, 'credited');
      assert.equal(await world.balance(), 5_000n);
      assert.deepEqual(await world.failures(), []);
    });
  }

  it('P-12 at another merchant account than the attempt stands at changes nothing', async () => {
    const world = await openWorld(test);
    const { orderId, outTradeNo } = await world.offered((await world.open()).orderId);
    world.wechatpay.pay(outTradeNo);
    const [applied] = await world.apply([{ ...world.notified(world.wechatpay, outTradeNo), merchantAccountId: world.accounts.alipay.merchantAccountId }]);
    assert.equal(applied?.outcome, 'refused');
    assert.equal((await world.order(orderId)).state, 'awaiting_payment');
    assert.equal(await world.balance(), 0n);
  });

  it('P-12 with a trade number that pays another order already is refused', async () => {
    const world = await openWorld(test);
    const [one, two] = [await world.offered((await world.open()).orderId), await world.offered((await world.open()).orderId)];
    const { channelTradeNo } = world.wechatpay.pay(one.outTradeNo);
    world.wechatpay.pay(two.outTradeNo, { channelTradeNo });
    const outcomes = (await world.apply([world.notified(world.wechatpay, one.outTradeNo), world.notified(world.wechatpay, two.outTradeNo)])).map(({ outcome }) => outcome);
    assert.deepEqual(outcomes, ['credited', 'refused']);
    assert.equal((await world.apply([world.notified(world.wechatpay, two.outTradeNo)]))[0]?.outcome, 'refused');
    assert.equal(await world.balance(), 5_000n);
    assert.deepEqual(await world.failures(), []);
  });
});

describe('P-05 one state machine', () => {
  it('P-05 is the same in the code and in the database', async () => {
    const pairs = async (name: string, states: readonly string[], transitions: Readonly<Record<string, readonly string[]>>): Promise<void> => {
      for (const from of states) for (const to of states) {
        const [row] = await test.database.untenanted.query<{ may: boolean }>(`select payments.${name}_may_become($1, $2) as may`, [from, to]);
        assert.equal(row?.may, from === to || transitions[from]!.includes(to), `${name}: ${from} to ${to}`);
      }
    };
    await pairs('order', ORDER_STATES, ORDER_TRANSITIONS);
    await pairs('attempt', ATTEMPT_STATES, ATTEMPT_TRANSITIONS);
  });

  it('P-05 a contradictory pair cannot be stored: bound and unpaid, paid without a payment, paid and closed again', async () => {
    const world = await openWorld(test);
    const attempt = await world.offered((await world.open()).orderId);
    const refused = (text: string): Promise<void> => assert.rejects(world.as((tx) => tx.execute(`update payments.${text} where operator_id = $1 and order_id = $2`, [world.operatorId, attempt.orderId])), (error) => ['23514', '23001', '23503'].includes(sqlState(error) ?? ''));
    await refused(`payment_order set state = 'paid'`);
    await refused(`payment_order set paid_attempt = 1`);
    await refused(`payment_order set credited_at = now()`);
    await refused(`payment_attempt set state = 'paid'`);
    await refused(`payment_attempt set disposition = 'applied'`);
    world.wechatpay.pay(attempt.outTradeNo);
    await world.apply([world.notified(world.wechatpay, attempt.outTradeNo)]);
    await refused(`payment_order set state = 'closed', close_reason = 'by_clerk', paid_attempt = null, paid_at = null, credited_at = null`);
    await refused(`payment_attempt set paid_minor = 1`);
    await refused(`payment_order set amount_minor = 1`);
  });
});

describe('P-04 closing', () => {
  it('P-04 asks the channel, and is closed when the channel says so', async () => {
    const world = await openWorld(test);
    const { orderId, outTradeNo } = await world.offered((await world.open()).orderId);
    assert.equal(await world.close(orderId), 'closed');
    assert.deepEqual(world.wechatpay.calls.map(({ act }) => act), ['createPayment', 'closePayment']);
    assert.equal((await world.order(orderId)).state, 'closed');
    assert.equal(world.wechatpay.viewOf(outTradeNo).state, 'closed');
    assert.equal(await world.close(orderId), 'closed', 'again');
    assert.notEqual((await world.attempts(orderId))[0]?.nextCheckAt, null, 'it is still looked at while a notification may be on its way');
    assert.deepEqual(await world.failures(), []);
  });

  it('P-04 that meets "already paid" pays the order, and says who found it', async () => {
    const world = await openWorld(test);
    const { orderId, outTradeNo } = await world.offered((await world.open()).orderId);
    world.wechatpay.pay(outTradeNo);
    assert.equal(await world.close(orderId), 'paid');
    assert.deepEqual([(await world.order(orderId)).state, (await world.order(orderId)).recoveredBy], ['paid', 'job']);
    assert.equal(await world.balance(), 5_000n);
    assert.equal((await world.apply([world.notified(world.wechatpay, outTradeNo)]))[0]?.outcome, 'unchanged', 'the late notification');
    assert.deepEqual(await world.failures(), []);
  });

  it('P-04 without an answer stays closing until asking has found out', async () => {
    for (const fault of ['lost', 'after_effect'] as const) {
      const world = await openWorld(test);
      const { orderId } = await world.offered((await world.open()).orderId);
      world.wechatpay.failNext('closePayment', fault);
      assert.equal(await world.close(orderId), 'closing');
      await ask(world, orderId);
      assert.equal((await world.order(orderId)).state, 'closed');
      assert.deepEqual(await world.failures(), []);
    }
  });

  it('P-04 of a code that Alipay does not know yet is not closed before the code has lapsed', async () => {
    const world = await openWorld(test);
    const { orderId, outTradeNo } = await world.offered((await world.open()).orderId, world.accounts.alipay);
    assert.equal(await world.close(orderId), 'closing');
    await ask(world, orderId);
    assert.equal((await world.order(orderId)).state, 'closing', 'TRADE_NOT_EXIST is not safe to close');
    world.alipay.pay(outTradeNo);
    await ask(world, orderId);
    assert.deepEqual([(await world.order(orderId)).state, await world.balance()], ['paid', 5_000n]);
    const other = await world.offered((await world.open()).orderId, world.accounts.alipay);
    assert.equal(await world.close(other.orderId, 'expired'), 'closing');
    world.clock.advance(MS_PER_HOUR);
    await ask(world, other.orderId);
    assert.equal((await world.order(other.orderId)).state, 'expired');
    assert.deepEqual(await world.failures(), []);
  });

  it('P-04 a payment after closing completes the order by policy, once', async () => {
    const world = await openWorld(test);
    const { orderId, outTradeNo } = await world.offered((await world.open({ latePayment: 'complete' })).orderId);
    assert.equal(await world.close(orderId), 'closed');
    world.wechatpay.pay(outTradeNo);
    const seen = world.notified(world.wechatpay, outTradeNo);
    const outcomes = (await Promise.all([world.apply([seen]), world.apply([seen]), ask(world, orderId)])).flat().map(({ outcome }) => outcome);
    assert.deepEqual(outcomes.filter((outcome) => outcome === 'credited').length, 1);
    assert.deepEqual([(await world.order(orderId)).state, await world.balance()], ['paid', 5_000n]);
    assert.ok((await world.timeline(orderId)).some(({ kind }) => kind === 'paid_late'));
    assert.deepEqual(await world.failures(), []);
  });

  it('P-04 a payment after closing goes back by policy, once, and the order stays closed', async () => {
    const world = await openWorld(test);
    const { orderId, outTradeNo } = await world.offered((await world.open({ latePayment: 'refund' })).orderId);
    assert.equal(await world.close(orderId), 'closed');
    world.wechatpay.pay(outTradeNo);
    const seen = world.notified(world.wechatpay, outTradeNo);
    await Promise.all([world.apply([seen]), world.apply([seen, seen]), ask(world, orderId)]);
    assert.deepEqual([(await world.order(orderId)).state, await world.balance()], ['closed', 0n]);
    assert.deepEqual((await world.surplus()).map(({ attempt, amountMinor, reason, automatic, state }) => [attempt, amountMinor, reason, automatic, state]), [[1, 5_000n, 'late_payment', true, 'open']]);
    assert.deepEqual(await world.failures(), []);
  });

  it('P-04 of two channels that both were paid the first counts, the second goes back, and what was not paid is closed', async () => {
    const world = await openWorld(test);
    const { orderId } = await world.open();
    const [first, second] = [await world.offered(orderId, world.accounts.alipay), await world.offered(orderId, world.accounts.wechatpay)];
    world.alipay.pay(first.outTradeNo);
    world.wechatpay.pay(second.outTradeNo);
    const applied = await Promise.all([world.apply([world.notified(world.alipay, first.outTradeNo)]), world.apply([world.notified(world.wechatpay, second.outTradeNo)])]);
    assert.deepEqual(applied.flat().map(({ outcome }) => outcome).toSorted(), ['credited', 'surplus']);
    assert.equal(await world.balance(), 5_000n);
    assert.deepEqual((await world.surplus()).map(({ reason, automatic }) => [reason, automatic]), [['second_payment', true]]);
    const other = await world.open();
    const [paid, unpaid] = [await world.offered(other.orderId, world.accounts.alipay), await world.offered(other.orderId, world.accounts.wechatpay)];
    world.alipay.pay(paid.outTradeNo);
    await world.apply([world.notified(world.alipay, paid.outTradeNo)]);
    await ask(world, other.orderId);
    assert.equal(world.wechatpay.viewOf(unpaid.outTradeNo).state, 'closed', 'the other code cannot be paid any more');
    assert.deepEqual(await world.failures(), []);
  });
});

describe('P-02 a lost payment', () => {
  it('P-02 is found by asking, marked with who found it', async () => {
    const world = await openWorld(test);
    for (const [index, recoveredBy] of (['job', 'clerk:lin'] as const).entries()) {
      const { orderId, outTradeNo } = await world.offered((await world.open()).orderId);
      world.wechatpay.pay(outTradeNo);
      await ask(world, orderId, recoveredBy);
      assert.deepEqual([(await world.order(orderId)).recoveredBy, await world.balance()], [recoveredBy, BigInt(index + 1) * 5_000n]);
    }
    assert.deepEqual(await world.failures(), []);
  });
});

describe('an order', () => {
  it('is not offered, in this order, when it is not there, paid, closed, at its end, or by a method the channel does not have', async () => {
    const world = await openWorld(test);
    const code = async (orderId: string, method: 'native_qr' | 'page' = 'native_qr') => {
      const result = await offerOrder(world.odb, world.channels, { orderId, merchantAccountId: world.accounts.wechatpay.merchantAccountId, method, payer: null, payerIp: null, actor: 'usr' }, world.options);
      return result.ok ? 'ok' : result.error.code;
    };
    assert.equal(await code(newUuid()), 'payment_order_not_found');
    const closed = await world.open();
    await world.close(closed.orderId);
    assert.equal(await code(closed.orderId), 'order_not_payable');
    const { orderId } = await world.open();
    assert.equal(await code(orderId, 'page'), 'method_not_offered');
    world.clock.advance(30 * MS_PER_MINUTE - 30_000);
    assert.equal(await code(orderId), 'order_expires_too_soon');
  });
});

const ask = async (world: World, orderId: string, recoveredBy: 'job' | `clerk:${string}` = 'job') => {
  const asked = await askChannel(world.odb, world.channels, { orderId, actor: 'system', recoveredBy }, world.options);
  assert.ok(asked.ok);
  return asked.value.applied;
};

describe('an order that is offered twice at the same moment', () => {
  it('P-02 stays payable and asked about when the channel gives the code to one and refuses the other', async () => {
    const world = await openWorld(test);
    const order = await world.open();
    // The one that is refused began first and gets its answer last.
    const create = world.wechatpay.createPayment.bind(world.wechatpay);
    let asked = 0, given: () => void = () => undefined;
    const other = new Promise<void>((resolve) => { given = resolve; });
    world.wechatpay.createPayment = async (request) => {
      if (++asked === 2) return create(request);
      const refused = await create(request);
      await other;
      return { kind: 'refused', reason: 'too_frequent', channelCode: 'FREQUENCY_LIMITED', message: 'scripted', exchange: refused.exchange };
    };
    const first = world.offer(order.orderId);
    while (asked === 0) await new Promise((resolve) => setImmediate(resolve));
    const second = await world.offer(order.orderId);
    assert.ok(second.ok);
    given();
    const refused = await first;
    assert.equal(refused.ok ? 'ok' : refused.error.code, 'channel_refused');
    const [attempt] = await world.attempts(order.orderId);
    assert.deepEqual([attempt?.state, attempt?.nextCheckAt !== null], ['open', true], 'the payer has its code');
  });
});
