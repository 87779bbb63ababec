import assert from 'node:assert/strict';
import { it } from 'node:test';
import fc from 'fast-check';
import { openTestDatabase } from '../../../test/support/database.ts';
import { MS_PER_MINUTE } from '../../kernel/index.ts';
import { askChannel } from './commands/ask-channel.ts';
import { nextCheckAt } from './domain/check-schedule.ts';
import type { LatePaymentPolicy } from './domain/order.ts';
import { loadDueAttempts } from './store/attempts.ts';
import { openWorld, type World } from './world.fixture.ts';

const test = await openTestDatabase({ poolSizeMax: 8 });
const RUNS = Number(process.env.KIRCHHOFF_PROPERTY_RUNS ?? 40);
const SEED = Number(process.env.KIRCHHOFF_PROPERTY_SEED ?? 20260302);
const CHANNELS = ['wechatpay', 'alipay'] as const;
type ChannelName = (typeof CHANNELS)[number];

/**
 * What can happen, in any order: the program acts (offer, close, ask), the payer acts at a channel, notifications come (late, doubled, out of order, from two appliers
 * at once), answers of channels get lost before or after their effect, and time passes.
 */
type Step =
  | { readonly act: 'offer' | 'pay' | 'notify' | 'notify_twice' | 'pay_wrong_amount' | 'user_paying'; readonly channel: ChannelName }
  | { readonly act: 'close' | 'expire' | 'ask' | 'wait' }
  | { readonly act: 'lose'; readonly channel: ChannelName; readonly call: 'createPayment' | 'queryPayment' | 'closePayment'; readonly fault: 'lost' | 'after_effect' };
const channel = fc.constantFrom(...CHANNELS);
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 8, arbitrary: fc.record({ act: fc.constantFrom('offer' as const, 'pay' as const, 'notify' as const, 'notify_twice' as const, 'pay_wrong_amount' as const, 'user_paying' as const), channel }) },
  { weight: 3, arbitrary: fc.record({ act: fc.constantFrom('close' as const, 'expire' as const, 'ask' as const, 'wait' as const) }) },
  { weight: 2, arbitrary: fc.record({ act: fc.constant('lose' as const), channel, call: fc.constantFrom('createPayment' as const, 'queryPayment' as const, 'closePayment' as const), fault: fc.constantFrom('lost' as const, 'after_effect' as const) }) },
);

/** What the outside knows: every number that was created at a channel, and what the payer has paid on it. Nothing of orders, states or ledgers. */
type Outside = Map<string, { readonly channel: ChannelName; paidMinor: bigint | null }>;

const ORDER_MINOR = 5_000n;

async function run(world: World, orderId: string, steps: readonly Step[]): Promise<Outside> {
  const outside: Outside = new Map();
  const last = (name: ChannelName): string | null => [...outside].findLast(([, trade]) => trade.channel === name)?.[0] ?? null;
  const learn = async (): Promise<void> => {
    for (const attempt of await world.attempts(orderId)) if (!outside.has(attempt.outTradeNo) && attempt.state !== 'created') outside.set(attempt.outTradeNo, { channel: attempt.channel, paidMinor: null });
  };
  for (const now of steps) {
    switch (now.act) {
      case 'offer': await world.offer(orderId, world.accounts[now.channel]); await learn(); break;
      case 'pay': case 'pay_wrong_amount': pay(world, outside, { outTradeNo: last(now.channel), amountMinor: now.act === 'pay' ? ORDER_MINOR : ORDER_MINOR - 1n }); break;
      case 'user_paying': { const number = last(now.channel); if (number !== null && payable(world, outside, number)) world[now.channel].set(number, 'user_paying'); break; }
      case 'notify': await notify(world, outside, last(now.channel), 1); break;
      case 'notify_twice': await notify(world, outside, last(now.channel), 2); break;
      case 'close': await world.close(orderId, 'by_payer'); break;
      case 'expire': world.clock.advance(31 * MS_PER_MINUTE); await world.close(orderId, 'expired'); break;
      case 'ask': await askChannel(world.odb, world.channels, { orderId, actor: 'system', recoveredBy: 'job' }, world.options); break;
      case 'wait': world.clock.advance(MS_PER_MINUTE); break;
      case 'lose': world[now.channel].failNext(now.call, now.fault); break;
    }
  }
  return outside;
}

/** A code that was shown can be paid, also after it was closed by us without the channel, and even after the channel closed it (a late payment). */
function payable(world: World, outside: Outside, outTradeNo: string): boolean {
  const trade = outside.get(outTradeNo)!;
  return trade.paidMinor === null && exists(world, trade.channel, outTradeNo);
}
const exists = (world: World, name: ChannelName, outTradeNo: string): boolean => {
  try { world[name].set(outTradeNo, 'awaiting'); return true; } catch { return false; }
};

function pay(world: World, outside: Outside, { outTradeNo, amountMinor }: { readonly outTradeNo: string | null; readonly amountMinor: bigint }): void {
  if (outTradeNo === null || !payable(world, outside, outTradeNo)) return;
  const trade = outside.get(outTradeNo)!;
  world[trade.channel].pay(outTradeNo, { amountMinor });
  trade.paidMinor = amountMinor;
}

/** A notification exists for what was paid only; two at once are two appliers. */
async function notify(world: World, outside: Outside, outTradeNo: string | null, copies: number): Promise<void> {
  const trade = outTradeNo === null ? undefined : outside.get(outTradeNo);
  if (outTradeNo === null || trade === undefined || trade.paidMinor === null) return;
  await Promise.all(Array.from({ length: copies }, () => world.apply([world.notified(world[trade.channel], outTradeNo)])));
}

/** Time passes and everything that is due is asked, as recovery does, until nobody need be asked any more. */
async function settle(world: World): Promise<void> {
  for (let round = 0; round < 200; round++) {
    const [next] = await world.as((tx) => tx.query<{ at: number | null }>('select min(next_check_at) as at from payments.payment_attempt where operator_id = $1', [world.operatorId]));
    if (next === undefined || next.at === null) return;
    if (next.at > world.clock.now()) world.clock.set(next.at as never);
    for (const due of await world.as((tx) => loadDueAttempts(tx, { dueBy: world.clock.now(), after: null, limit: 50 }))) {
      await askChannel(world.odb, world.channels, { orderId: due.orderId, attempt: due.attempt, actor: 'system', recoveredBy: 'job' }, world.options);
    }
  }
  assert.fail('the schedule of an attempt never ends');
}

/** Counted from the outside alone: what the payers have paid is in the wallet once, and what came on top is kept apart. */
async function compare(world: World, outside: Outside, { orderId, policy }: { readonly orderId: string; readonly policy: LatePaymentPolicy }): Promise<void> {
  const paid = [...outside.values()].flatMap(({ paidMinor }) => (paidMinor === null ? [] : [paidMinor]));
  const total = paid.reduce((sum, amount) => sum + amount, 0n);
  const right = paid.filter((amount) => amount === ORDER_MINOR).length;
  const balance = await world.balance();
  const surplus = (await world.surplus()).reduce((sum, row) => sum + row.amountMinor, 0n);
  assert.equal(balance + surplus, total, 'every fen that was paid is in the wallet or kept apart');
  assert.ok(balance === 0n || balance === ORDER_MINOR, 'an order is credited once at most, and in full');
  const order = await world.order(orderId);
  assert.equal(order.state === 'paid', balance === ORDER_MINOR);
  if (right === 0) assert.equal(balance, 0n, 'nothing is credited for a wrong amount');
  if (right > 0 && policy === 'complete') assert.equal(balance, ORDER_MINOR, 'a right payment is never left out');
  assert.deepEqual(await world.failures(), []);
}

it('P-04 P-12 whatever is offered, paid, closed, lost, doubled and late in any order, every fen ends in the right place', async (t) => {
  t.diagnostic(`seed ${SEED}, ${RUNS} runs`);
  const world = fc.record({ steps: fc.array(step, { minLength: 3, maxLength: 24 }), policy: fc.constantFrom<LatePaymentPolicy>('complete', 'refund') });
  await fc.assert(fc.asyncProperty(world, async ({ steps, policy }) => {
    const here = await openWorld(test);
    const { orderId } = await here.open({ latePayment: policy });
    const outside = await run(here, orderId, steps);
    // In the end the order's time is over, answers come again, and whoever is due is asked.
    here.clock.advance(31 * MS_PER_MINUTE);
    await here.close(orderId, 'expired');
    await settle(here);
    await compare(here, outside, { orderId, policy });
  }), { seed: SEED, numRuns: RUNS });
});

it('P-02 the pauses between questions grow from a minute to a day, and end only with a final answer', () => {
  fc.assert(fc.property(fc.constantFrom('created', 'unknown', 'open', 'closing'), fc.integer({ min: 0, max: 60 }), fc.integer({ min: -60, max: 5_000 }), (state, checks, minutes) => {
    const now = 1_800_000_000_000 as never, codeLapsesAt = (1_800_000_000_000 + minutes * MS_PER_MINUTE) as never;
    const next = nextCheckAt({ state: state as 'open', method: 'native_qr', channel: 'wechatpay', codeLapsesAt, checks }, now);
    assert.ok(next !== null && next > now && next - now <= 24 * 60 * MS_PER_MINUTE);
  }), { seed: SEED });
});
