import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { openTestDatabase } from '../../../../test/support/database.ts';
import { addMs, MS_PER_DAY, MS_PER_HOUR, MS_PER_MINUTE } from '../../../kernel/index.ts';
import { newUuid } from '../../../platform/clock/index.ts';
import { sqlState } from '../../../platform/database/index.ts';
import { planRefund, type Refundable } from '../domain/plan-refund.ts';
import { REFUND_PART_STATES, REFUND_PART_TRANSITIONS, REFUND_STATES, REFUND_TRANSITIONS } from '../domain/refund.ts';
import { openWorld, type World } from '../world.fixture.ts';
import { applyForRefund, refundableOf, refundAccounts, RefundRaced, type RefundApplication, type RefundWithParts } from './apply-for-refund.ts';
import { applyRefundViews } from './apply-refund-views.ts';
import { auditRefund, withdrawRefund } from './audit-refund.ts';
import { auditRefunds } from './audit-refunds.ts';
import { refundSurplus } from './refund-surplus.ts';
import { workDueRefunds } from './run-refunds.ts';
import { findRefund, insertRefundSettings, loadParts } from './store.ts';

const test = await openTestDatabase({ poolSizeMax: 16 });

/** A member who has topped up by each of these amounts, alternately at both channels, newest last. */
async function toppedUp(world: World, ...amounts: readonly bigint[]): Promise<string[]> {
  const numbers: string[] = [];
  for (const [index, amountMinor] of amounts.entries()) {
    const channel = index % 2 === 0 ? 'wechatpay' : 'alipay';
    const order = await world.open({ amountMinor });
    const { outTradeNo } = await world.offered(order.orderId, world.accounts[channel]);
    if (channel === 'alipay') world.alipay.set(outTradeNo, 'awaiting');
    world[channel].pay(outTradeNo);
    await world.apply([world.notified(world[channel], outTradeNo)]);
    numbers.push(outTradeNo);
    world.clock.advance(MS_PER_MINUTE);
  }
  return numbers;
}
const apply = async (world: World, parts: Partial<RefundApplication> = {}) => {
  const accounts = await refundAccounts(world.odb, world.channels, world.memberId);
  return await world.as((tx) => applyForRefund(tx, accounts, { commandId: newUuid(), memberId: world.memberId, amountMinor: 3_000n, reason: 'moves away', appliedBy: 'usr-clerk', ...parts }, world.options));
};
const refundable = async (world: World): Promise<bigint> => {
  const accounts = await refundAccounts(world.odb, world.channels, world.memberId);
  return (await world.as((tx) => refundableOf(tx, accounts, world.memberId, world.options))).refundableMinor;
};
async function applied(world: World, parts: Partial<RefundApplication> = {}): Promise<RefundWithParts> {
  const result = await apply(world, parts);
  assert.ok(result.ok, result.ok ? '' : result.error.code);
  return result.value;
}
const audit = (world: World, refundId: string, decision: 'approve' | 'reject' = 'approve', by = 'usr-manager') => world.as((tx) => auditRefund(tx, { refundId, decision, by, note: null }, world.options));
const work = async (world: World): Promise<void> => { while (await workDueRefunds(world.odb, world.channels, world.options) > 0) { /* until nothing is due */ } };
const look = (world: World, refundId: string) => world.as(async (tx) => ({ refund: (await findRefund(tx, { refundId }))!, parts: await loadParts(tx, [refundId]) }));
const settle = (world: World, { outRefundNo, outTradeNo }: { outRefundNo: string; outTradeNo: string }, state: 'succeeded' | 'abnormal' | 'closed' = 'succeeded'): void => {
  for (const channel of [world.wechatpay, world.alipay]) if (channel.calls.some(({ number }) => number === outRefundNo)) channel.settleRefund(outTradeNo, outRefundNo, state);
};
async function books(world: World): Promise<unknown[]> {
  const refunds = await world.as((tx) => auditRefunds(tx, world.options));
  return [...(await world.failures()), ...refunds.flatMap((check) => check.failures.map((failure) => ({ check: check.code, ...failure })))];
}
const tradeOf = async (world: World, orderId: string): Promise<string> => (await world.attempts(orderId))[0]!.outTradeNo;

describe('a refund from a wallet', () => {
  it('C-19 is applied for, audited by another person, split over the original top-ups newest first, and goes back', async () => {
    const world = await openWorld(test);
    const [first, second] = await toppedUp(world, 2_000n, 2_500n);
    const { refund, parts } = await applied(world);
    assert.deepEqual(parts.map((part) => part.amountMinor).toSorted(), [2_500n, 500n].toSorted());
    assert.equal(await world.balance(), 4_500n, 'still the member\'s until it is audited');
    assert.equal(await refundable(world), 1_500n);
    const own = await audit(world, refund.refundId, 'approve', 'usr-clerk');
    assert.equal(own.ok ? 'ok' : own.error.code, 'refund_four_eyes');
    assert.ok((await audit(world, refund.refundId)).ok);
    assert.equal(await world.balance(), 1_500n);
    await work(world);
    for (const part of parts) settle(world, { outRefundNo: part.outRefundNo, outTradeNo: await tradeOf(world, part.orderId) });
    world.clock.advance(MS_PER_HOUR);
    await work(world);
    const after = await look(world, refund.refundId);
    assert.deepEqual([after.refund.state, after.refund.refundedMinor, after.parts.map(({ state }) => state)], ['refunded', 3_000n, ['succeeded', 'succeeded']]);
    assert.ok(first !== undefined && second !== undefined);
    assert.deepEqual(await books(world), []);
  });

  it('C-19 below the operator\'s threshold is approved by rule; commission is kept, rounded down', async () => {
    const world = await openWorld(test);
    await world.as((tx) => insertRefundSettings(tx, { version: 1, auditAboveMinor: 5_000n, commissionPpm: 6_000n }, { changedBy: 'usr', reason: null, at: world.clock.now() }));
    const [number] = await toppedUp(world, 5_000n);
    const { refund, parts: [part] } = await applied(world, { amountMinor: 1_234n });
    assert.deepEqual([refund.state, refund.auditedBy, refund.commissionMinor, part?.amountMinor], ['approved', 'rule', 7n, 1_227n]);
    await work(world);
    settle(world, { outRefundNo: part!.outRefundNo, outTradeNo: number! });
    world.clock.advance(MS_PER_HOUR);
    await work(world);
    assert.equal((await look(world, refund.refundId)).refund.state, 'refunded');
    assert.deepEqual(await books(world), []);
  });

  it('C-19 that is rejected or withdrawn leaves everything as it was', async () => {
    const world = await openWorld(test);
    await toppedUp(world, 3_000n);
    const rejected = await applied(world);
    assert.ok((await audit(world, rejected.refund.refundId, 'reject')).ok);
    const again = await audit(world, rejected.refund.refundId);
    assert.equal(again.ok ? 'ok' : again.error.code, 'refund_audited_already');
    const taken = await applied(world);
    const notYours = await world.as((tx) => withdrawRefund(tx, { refundId: taken.refund.refundId, by: 'usr-manager' }, world.options));
    assert.equal(notYours.ok ? 'ok' : notYours.error.code, 'refund_not_yours');
    assert.ok((await world.as((tx) => withdrawRefund(tx, { refundId: taken.refund.refundId, by: 'usr-clerk' }, world.options))).ok);
    assert.equal(await refundable(world), 3_000n);
    assert.equal(await world.balance(), 3_000n);
    assert.deepEqual(await books(world), []);
  });

  it('C-19 is refused when it is more than the payments leave, and when it is more than the wallet has', async () => {
    const world = await openWorld(test);
    await toppedUp(world, 1_000n);
    const tooMuch = await apply(world, { amountMinor: 1_001n });
    assert.deepEqual(tooMuch.ok ? null : tooMuch.error, { code: 'refund_exceeds_refundable', refundableMinor: 1_000n });
    await applied(world, { amountMinor: 600n });
    const rest = await apply(world, { amountMinor: 401n });
    assert.equal(rest.ok ? 'ok' : rest.error.code, 'refund_exceeds_refundable');
  });

  it('C-19 never goes beyond what was paid, however many are applied for at the same moment', async () => {
    const world = await openWorld(test);
    await toppedUp(world, 1_000n, 1_000n);
    const results = await Promise.allSettled(Array.from({ length: 8 }, () => apply(world, { amountMinor: 700n })));
    const won = results.filter((result) => result.status === 'fulfilled' && result.value.ok).length;
    for (const result of results) if (result.status === 'rejected') assert.ok(result.reason instanceof RefundRaced, String(result.reason));
    assert.ok(won >= 1 && won <= 2, `${won} of them fit into 2000`);
    assert.deepEqual(await books(world), []);
  });

  it('C-19 the same command is the same refund; another amount under it is refused', async () => {
    const world = await openWorld(test);
    await toppedUp(world, 3_000n);
    const commandId = newUuid();
    const [one, two] = [await applied(world, { commandId }), await applied(world, { commandId })];
    assert.equal(one.refund.refundId, two.refund.refundId);
    const other = await apply(world, { commandId, amountMinor: 1n });
    assert.equal(other.ok ? 'ok' : other.error.code, 'refund_command_reused');
  });
});

describe('an answer that does not come', () => {
  it('C-19 is asked for, and what the channel does not know is sent again under the same number', async () => {
    const world = await openWorld(test);
    const [number] = await toppedUp(world, 3_000n);
    const { refund, parts: [part] } = await applied(world);
    await audit(world, refund.refundId);
    world.wechatpay.failNext('refund', 'lost');
    await work(world);
    assert.equal((await look(world, refund.refundId)).parts[0]?.state, 'unknown');
    world.clock.advance(MS_PER_HOUR);
    await work(world);
    const sent = world.wechatpay.calls.filter(({ act }) => act === 'refund').map((call) => call.number);
    assert.deepEqual(sent, [part!.outRefundNo, part!.outRefundNo]);
    settle(world, { outRefundNo: part!.outRefundNo, outTradeNo: number! });
    world.clock.advance(MS_PER_HOUR);
    await work(world);
    assert.equal((await look(world, refund.refundId)).refund.state, 'refunded');
    assert.deepEqual(await books(world), []);
  });

  it('C-19 after it was done is found by asking, and nothing is sent twice', async () => {
    const world = await openWorld(test);
    await toppedUp(world, 3_000n);
    const { refund } = await applied(world);
    await audit(world, refund.refundId);
    world.wechatpay.failNext('refund', 'after_effect');
    await work(world);
    world.clock.advance(MS_PER_HOUR);
    await work(world);
    assert.equal(world.wechatpay.calls.filter(({ act }) => act === 'refund').length, 1);
    assert.equal((await look(world, refund.refundId)).parts[0]?.state, 'processing');
  });

  it('refused because of a wrong key waits until the key is mended', async () => {
    const world = await openWorld(test);
    await toppedUp(world, 3_000n);
    const { refund } = await applied(world);
    await audit(world, refund.refundId);
    world.wechatpay.failNext('refund', { refused: 'bad_signature' }, { refused: 'no_permission' });
    await work(world);
    world.clock.advance(MS_PER_HOUR);
    await work(world);
    assert.equal((await look(world, refund.refundId)).parts[0]?.state, 'unknown');
    world.clock.advance(MS_PER_HOUR);
    await work(world);
    assert.equal((await look(world, refund.refundId)).parts[0]?.state, 'processing');
  });

  it('C-19 refused for want of balance at the channel waits; refused for good returns the money to the wallet', async () => {
    const world = await openWorld(test);
    await toppedUp(world, 3_000n);
    const { refund } = await applied(world);
    await audit(world, refund.refundId);
    world.wechatpay.failNext('refund', { refused: 'not_enough_balance' }, { refused: 'refund_window_over' });
    await work(world);
    assert.equal((await look(world, refund.refundId)).parts[0]?.state, 'unknown');
    world.clock.advance(MS_PER_HOUR);
    await work(world);
    const after = await look(world, refund.refundId);
    assert.deepEqual([after.refund.state, after.parts[0]?.state], ['failed', 'failed']);
    assert.equal(await world.balance(), 3_000n);
    assert.deepEqual(await books(world), []);
  });
});

describe('partial success', () => {
  it('C-19 keeps what went back, returns what did not, and an abnormal part ends when the channel says so', async () => {
    const world = await openWorld(test);
    await toppedUp(world, 1_000n, 2_000n);
    const { refund, parts } = await applied(world);
    await audit(world, refund.refundId);
    await work(world);
    const [small, large] = parts.toSorted((a, b) => (a.amountMinor < b.amountMinor ? -1 : 1)) as [typeof parts[0], typeof parts[0]];
    settle(world, { outRefundNo: large.outRefundNo, outTradeNo: await tradeOf(world, large.orderId) });
    settle(world, { outRefundNo: small.outRefundNo, outTradeNo: await tradeOf(world, small.orderId) }, 'abnormal');
    world.clock.advance(MS_PER_HOUR);
    await work(world);
    assert.deepEqual([(await look(world, refund.refundId)).refund.state], ['partly_refunded']);
    assert.deepEqual(await books(world), []);
    settle(world, { outRefundNo: small.outRefundNo, outTradeNo: await tradeOf(world, small.orderId) }, 'closed');
    world.clock.advance(2 * MS_PER_DAY);
    await work(world);
    const after = await look(world, refund.refundId);
    assert.deepEqual([after.refund.state, after.refund.refundedMinor], ['partly_refunded', 2_000n]);
    assert.equal(await world.balance(), 1_000n, 'what could not go back is the member\'s again');
    assert.deepEqual(await books(world), []);
  });

  it('seen from another account, with another amount or before its turn changes nothing', async () => {
    const world = await openWorld(test);
    await toppedUp(world, 3_000n);
    const { refund, parts: [part] } = await applied(world);
    const seen = (amountMinor: bigint, merchantAccountId = part!.merchantAccountId) => world.as((tx) => applyRefundViews(tx, [{
      outRefundNo: part!.outRefundNo, merchantAccountId, seen: { state: 'succeeded', channelRefundNo: 'x', amountMinor, refundedAt: world.clock.now() }, source: { actor: 'channel' },
    }], world.options));
    assert.equal((await seen(3_000n))[0]?.outcome, 'refused', 'not sent yet');
    await audit(world, refund.refundId);
    await work(world);
    assert.equal((await seen(2_999n))[0]?.outcome, 'refused');
    assert.equal((await seen(3_000n, world.accounts.alipay.merchantAccountId))[0]?.outcome, 'refused');
    assert.equal((await seen(3_000n))[0]?.outcome, 'succeeded');
    assert.equal((await seen(3_000n))[0]?.outcome, 'unchanged');
    assert.deepEqual(await books(world), []);
  });
});

describe('money that is not due', () => {
  it('P-04 of a second channel goes back by itself, once', async () => {
    const world = await openWorld(test);
    const order = await world.open();
    const one = await world.offered(order.orderId), two = await world.offered(order.orderId, world.accounts.alipay);
    world.alipay.set(two.outTradeNo, 'awaiting');
    world.wechatpay.pay(one.outTradeNo);
    world.alipay.pay(two.outTradeNo);
    await world.apply([world.notified(world.wechatpay, one.outTradeNo)]);
    await world.apply([world.notified(world.alipay, two.outTradeNo)]);
    const counts = await Promise.all([refundSurplus(world.odb, world.options), refundSurplus(world.odb, world.options)]);
    assert.equal(counts[0] + counts[1], 1);
    await work(world);
    const refundNo = world.alipay.calls.find(({ act }) => act === 'refund')!.number;
    world.alipay.settleRefund(two.outTradeNo, refundNo, 'succeeded');
    world.clock.advance(MS_PER_HOUR);
    await work(world);
    assert.deepEqual((await world.surplus()).map(({ state }) => state), ['refunded']);
    assert.equal(await world.balance(), 5_000n);
    assert.deepEqual(await books(world), []);
  });
});

describe('the plan of a refund', () => {
  it('never plans more than is left on a payment, adds up to the amount, and refuses exactly what does not fit', () => {
    const traits = { refundsPerPaymentMax: 5, refundSpacingMs: MS_PER_MINUTE, refundWindowMs: 365 * MS_PER_DAY };
    const now = addMs(0 as never, 1_000 * MS_PER_DAY);
    const payment = fc.record({ paid: fc.bigInt(1n, 10_000n), refunded: fc.bigInt(0n, 10_000n), ageDays: fc.integer({ min: 0, max: 500 }), refunds: fc.integer({ min: 0, max: 6 }) });
    fc.assert(fc.property(fc.array(payment, { maxLength: 12 }), fc.bigInt(1n, 40_000n), (drawn, amount) => {
      const payments = drawn.map((one, index): Refundable => ({
        orderId: newUuid(), attempt: 1, merchantAccountId: `m${index % 2}`, paidAt: addMs(now, -one.ageDays * MS_PER_DAY), paidMinor: one.paid, refundingMinor: 0n, refundedMinor: one.refunded < one.paid ? one.refunded : one.paid,
        refunds: one.refunds, lastRefundAt: one.refunds > 0 ? addMs(now, -1_000) : null,
      }));
      // The model: what each payment can still give, by hand.
      const room = payments.map((one, index) => (drawn[index]!.ageDays >= 364 || drawn[index]!.refunds >= 5 ? 0n : one.paidMinor - one.refundedMinor));
      const all = room.reduce((sum, one) => sum + one, 0n);
      const plan = planRefund(amount, payments, () => traits, now);
      assert.equal(plan.ok, amount <= all);
      if (!plan.ok) { assert.equal(plan.error.refundableMinor, all); return; }
      assert.equal(plan.value.reduce((sum, part) => sum + part.amountMinor, 0n), amount);
      for (const part of plan.value) {
        const index = payments.findIndex(({ orderId }) => orderId === part.orderId);
        assert.ok(part.amountMinor > 0n && part.amountMinor <= room[index]!);
        assert.ok(part.notBefore >= now && (payments[index]!.lastRefundAt === null || part.notBefore >= addMs(payments[index]!.lastRefundAt!, MS_PER_MINUTE)));
      }
    }), { numRuns: 500 });
  });
});

describe('the states of refunds', () => {
  it('are the same in the code and in the database', async () => {
    const answers = await test.database.untenanted.query<{ kind: string; from: string; to: string; may: boolean }>(
      `select 'refund' as kind, a as from, b as to, payments.refund_may_become(a, b) as may from unnest($1::text[]) a, unnest($1::text[]) b
       union all select 'part', a, b, payments.refund_part_may_become(a, b) from unnest($2::text[]) a, unnest($2::text[]) b`, [REFUND_STATES, REFUND_PART_STATES]);
    assert.equal(answers.length, REFUND_STATES.length ** 2 + REFUND_PART_STATES.length ** 2);
    for (const { kind, from, to, may } of answers) {
      const next: readonly string[] = kind === 'refund' ? REFUND_TRANSITIONS[from as keyof typeof REFUND_TRANSITIONS] : REFUND_PART_TRANSITIONS[from as keyof typeof REFUND_PART_TRANSITIONS];
      assert.equal(may, from === to || next.includes(to), `${kind} ${from} → ${to}`);
    }
  });

  it('C-16 nobody audits their own refund: the table refuses it too', async () => {
    const world = await openWorld(test);
    await toppedUp(world, 3_000n);
    const { refund } = await applied(world);
    await assert.rejects(world.as((tx) => tx.execute(`update payments.refund set state = 'approved', audited_by = applied_by where operator_id = $1 and refund_id = $2`, [world.operatorId, refund.refundId])), (error) => sqlState(error) === '23514');
  });
});
