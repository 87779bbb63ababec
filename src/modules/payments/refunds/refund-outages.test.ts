/** Refunds while a channel is slow, does not answer, or is not called at all, and while the process that works them ends. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { openTestDatabase } from '../../../../test/support/database.ts';
import { MS_PER_HOUR, MS_PER_MINUTE } from '../../../kernel/index.ts';
import { newUuid } from '../../../platform/clock/index.ts';
import { createCaller, type Caller } from '../channels/caller.ts';
import { DEFAULT_LIMITS } from '../channels/settings.ts';
import type { Channel, Outcome, RefundRequest, RefundView } from '../domain/channel.ts';
import type { ChannelAccounts } from '../types.ts';
import { openWorld, type World } from '../world.fixture.ts';
import { applyForRefund, refundAccounts, type RefundWithParts } from './apply-for-refund.ts';
import { auditRefund } from './audit-refund.ts';
import { auditRefunds } from './audit-refunds.ts';
import { REFUND_LIMITS, workDueRefunds, type RefundLimits } from './run-refunds.ts';
import { findRefund, loadParts } from './store.ts';

const test = await openTestDatabase();
type Kind = 'wechatpay' | 'alipay';

/** A refund over one payment for each of these, let go by a second person. */
async function approvedRefund(world: World, payments: readonly Kind[]): Promise<RefundWithParts> {
  for (const channel of payments) {
    const order = await world.open({ amountMinor: 1_000n });
    const { outTradeNo } = await world.offered(order.orderId, world.accounts[channel]);
    if (channel === 'alipay') world.alipay.set(outTradeNo, 'awaiting');
    world[channel].pay(outTradeNo);
    await world.apply([world.notified(world[channel], outTradeNo)]);
    world.clock.advance(MS_PER_MINUTE);
  }
  const accounts = await refundAccounts(world.odb, world.channels, world.memberId);
  const applied = await world.as((tx) => applyForRefund(tx, accounts, {
    commandId: newUuid(), memberId: world.memberId, amountMinor: BigInt(payments.length) * 1_000n, reason: 'moves away', appliedBy: 'usr-clerk',
  }, world.options));
  assert.ok(applied.ok);
  const audited = await world.as((tx) => auditRefund(tx, { refundId: applied.value.refund.refundId, decision: 'approve', by: 'usr-manager', note: null }, world.options));
  assert.ok(audited.ok);
  return audited.value;
}
const look = (world: World, refundId: string) => world.as(async (tx) => ({ refund: (await findRefund(tx, { refundId }))!, parts: await loadParts(tx, [refundId]) }));
const states = async (world: World, refundId: string): Promise<Record<Kind, string[]>> => {
  const { parts } = await look(world, refundId), of = (kind: Kind): string[] => parts.filter(({ merchantAccountId }) => merchantAccountId === world.accounts[kind].merchantAccountId).map(({ state }) => state);
  return { wechatpay: of('wechatpay'), alipay: of('alipay') };
};
const sent = (world: World, kind: Kind): string[] => world[kind].calls.filter(({ act }) => act === 'refund').map(({ number }) => number);
const work = (world: World, { channels = world.channels, limits = {} }: { channels?: ChannelAccounts; limits?: Partial<RefundLimits> } = {}): Promise<unknown> => workDueRefunds(world.odb, channels, { ...world.options, limits }).catch((error: unknown) => error);
/** The accounts, with the channel of one of them called in another way. */
const instead = (world: World, kind: Kind, acts: Partial<Channel>): ChannelAccounts => ({
  forAccount: async (operatorId, merchantAccountId) => {
    const account = await world.channels.forAccount(operatorId, merchantAccountId);
    return merchantAccountId === world.accounts[kind].merchantAccountId ? { ...account, channel: { ...account.channel, ...acts } } : account;
  },
});
/** What is under way ends well at the channels, and everything is worked until nothing is left. */
async function settleAll(world: World, refundId: string): Promise<void> {
  for (let round = 0; round < 4; round++) {
    for (const part of (await look(world, refundId)).parts) {
      if (part.state !== 'processing') continue;
      const kind = part.merchantAccountId === world.accounts.alipay.merchantAccountId ? 'alipay' : 'wechatpay';
      world[kind].settleRefund((await world.attempts(part.orderId))[0]!.outTradeNo, part.outRefundNo, 'succeeded');
    }
    world.clock.advance(MS_PER_HOUR);
    await work(world);
  }
}
async function assertRefundedOnce(world: World, { refund, parts }: RefundWithParts): Promise<void> {
  const after = await look(world, refund.refundId);
  assert.deepEqual([after.refund.state, after.refund.refundedMinor, await world.balance()], ['refunded', refund.amountMinor, 0n]);
  assert.deepEqual([...new Set([...sent(world, 'wechatpay'), ...sent(world, 'alipay')])].sort(), parts.map(({ outRefundNo }) => outRefundNo).sort(), 'each under the one number that it was given');
  const books = await world.as((tx) => auditRefunds(tx, world.options));
  assert.deepEqual([...await world.failures(), ...books.flatMap(({ failures }) => failures)], []);
}

describe('a refund at a channel that is slow', () => {
  it('C-19 holds up no refund at another channel, and ends by its late answer', async () => {
    const world = await openWorld(test), approved = await approvedRefund(world, ['wechatpay', 'wechatpay', 'wechatpay', 'alipay', 'alipay']);
    const slow = Promise.withResolvers<void>(), others = Promise.withResolvers<void>();
    let asked = 0;
    const channels = instead(world, 'wechatpay', { refund: async (request) => { await slow.promise; return world.wechatpay.refund(request); } });
    const alipay = await channels.forAccount(world.operatorId, world.accounts.alipay.merchantAccountId);
    const both: ChannelAccounts = { forAccount: (operatorId, id) => (id !== world.accounts.alipay.merchantAccountId ? channels.forAccount(operatorId, id) : Promise.resolve({
      ...alipay, channel: { ...alipay.channel, refund: (request: RefundRequest) => { if (++asked === 2) others.resolve(); return world.alipay.refund(request); } },
    })) };
    const turn = work(world, { channels: both, limits: { callsPerAccountMax: 1, aheadPerAccountMax: 1, lookAgainMs: 1 } });
    // Both are sent while the first of the slow channel is still under way: one after the other would wait for ever.
    await others.promise;
    assert.deepEqual(sent(world, 'wechatpay'), []);
    slow.resolve();
    await turn;
    await settleAll(world, approved.refund.refundId);
    await assertRefundedOnce(world, approved);
  });

  it('C-19 and answers after it was given up is unknown, not failed: the money does not return to the wallet, it is asked about, and nothing is sent twice', async () => {
    const world = await openWorld(test), approved = await approvedRefund(world, ['wechatpay', 'alipay']), { refundId } = approved.refund;
    world.wechatpay.failNext('refund', 'after_effect');
    world.alipay.failNext('refund', 'after_effect');
    await work(world);
    assert.deepEqual([await states(world, refundId), await world.balance()], [{ wechatpay: ['unknown'], alipay: ['unknown'] }, 0n]);
    // Also the questions go unanswered for a while.
    for (const channel of [world.wechatpay, world.alipay]) channel.failNext('queryRefund', 'lost', 'lost');
    for (let round = 0; round < 3; round++) { world.clock.advance(MS_PER_HOUR); await work(world); }
    assert.deepEqual([sent(world, 'wechatpay').length, sent(world, 'alipay').length], [1, 1]);
    await settleAll(world, refundId);
    await assertRefundedOnce(world, approved);
  });

  it('C-19 that was not reached is sent again, as often as it takes, and always under the same number and amount', async () => {
    const world = await openWorld(test), approved = await approvedRefund(world, ['wechatpay']), requests: RefundRequest[] = [];
    const channels = instead(world, 'wechatpay', { refund: (request) => { requests.push(request); return world.wechatpay.refund(request); } });
    world.wechatpay.failNext('refund', 'lost', 'lost', 'lost');
    for (let round = 0; round < 4; round++) { await work(world, { channels }); world.clock.advance(MS_PER_HOUR); }
    assert.equal(requests.length, 4);
    assert.ok(requests.every((request) => request.outRefundNo === approved.parts[0]!.outRefundNo && request.amountMinor === requests[0]!.amountMinor && request.totalMinor === requests[0]!.totalMinor));
    await settleAll(world, approved.refund.refundId);
    await assertRefundedOnce(world, approved);
  });
});

describe('a process that ends between sending a refund and writing what was said', () => {
  for (const [when, act] of [['after the channel has taken it', (world: World) => world.wechatpay.refund], ['before it left', () => undefined]] as const) {
    it(`C-19 ${when}: the next one asks first, and the same number goes out at most once more`, async () => {
      const world = await openWorld(test), approved = await approvedRefund(world, ['wechatpay']), { refundId } = approved.refund, refund = act(world);
      await work(world, { channels: instead(world, 'wechatpay', { refund: async (request): Promise<Outcome<RefundView>> => { await refund?.(request); throw new Error('the process ends here'); } }) });
      assert.deepEqual(await states(world, refundId), { wechatpay: ['submitted'], alipay: [] }, 'stored as sent before it is sent');
      await work(world);
      assert.ok(!world.wechatpay.calls.some(({ act: name }) => name === 'queryRefund'), 'its lease is still its own');
      world.clock.advance(REFUND_LIMITS.leaseMs + 1);
      const before = sent(world, 'wechatpay').length;
      await work(world);
      const calls = world.wechatpay.calls.filter(({ act: name }) => name === 'refund' || name === 'queryRefund').slice(before);
      assert.deepEqual(calls.map(({ act: name }) => name), refund === undefined ? ['queryRefund', 'refund'] : ['queryRefund']);
      assert.ok(calls.every(({ number }) => number === approved.parts[0]!.outRefundNo));
      assert.deepEqual(await states(world, refundId), { wechatpay: ['processing'], alipay: [] });
      await settleAll(world, refundId);
      await assertRefundedOnce(world, approved);
    });
  }
});

describe('a refund while the breaker of its account is open', () => {
  it('C-19 is not sent, loses no try and no money, holds up no other account, and goes out under its number once the breaker lets one try', async () => {
    const world = await openWorld(test), approved = await approvedRefund(world, ['wechatpay', 'wechatpay', 'wechatpay', 'alipay']), { refundId } = approved.refund;
    let now = 0, down = true, reached = 0;
    const limits = { ...DEFAULT_LIMITS, breakerFailures: 2, breakerOpenMs: 60_000 };
    const caller = createCaller({ limits, clock: world.clock, monotonicMs: () => now, observer: () => undefined, fetch: (async () => { reached++; if (down) throw new TypeError('fetch failed'); return new Response('{}'); }) as typeof fetch });
    const channels = instead(world, 'wechatpay', throughCaller(world, caller));
    await work(world, { channels, limits: { callsPerAccountMax: 1 } });
    assert.deepEqual([caller.health().breaker, reached], ['open', 2]);
    assert.deepEqual((await states(world, refundId)).alipay, ['processing']);
    const tries = async (): Promise<number[]> => (await look(world, refundId)).parts.filter(({ merchantAccountId }) => merchantAccountId === world.accounts.wechatpay.merchantAccountId).map(({ checks }) => checks).sort();
    const before = await tries();
    assert.deepEqual(before, [0, 1, 1], 'the third was never tried');
    for (let round = 0; round < 5; round++) { world.clock.advance(REFUND_LIMITS.breakerPauseMs + 1); await work(world, { channels, limits: { callsPerAccountMax: 1 } }); }
    assert.deepEqual([reached, await tries(), await world.balance()], [2, before, 0n], 'nothing was sent meanwhile');
    down = false;
    now += limits.breakerOpenMs;
    for (let round = 0; round < 6; round++) { world.clock.advance(MS_PER_HOUR); await work(world, { channels, limits: { callsPerAccountMax: 1 } }); }
    assert.deepEqual([caller.health().breaker, (await states(world, refundId)).wechatpay], ['closed', ['processing', 'processing', 'processing']]);
    caller.close();
    await settleAll(world, refundId);
    await assertRefundedOnce(world, approved);
  });
});

/** The scripted channel behind the program's own way to a channel. */
function throughCaller(world: World, caller: Caller): Partial<Channel> {
  const through = async <T>(act: string, call: () => Promise<Outcome<T>>): Promise<Outcome<T>> => {
    const answer = await caller.transport.send({ act, method: 'POST', url: 'https://channel.example', headers: {}, body: null });
    if (answer.kind === 'answer') return call();
    return { kind: 'unknown', reason: answer.reason, message: answer.message, exchange: { act, request: '', response: null, httpStatus: null, sentAt: answer.sentAt, answeredAt: null } };
  };
  return { refund: (request) => through('refund', () => world.wechatpay.refund(request)), queryRefund: (asked) => through('query_refund', () => world.wechatpay.queryRefund(asked)) };
}
