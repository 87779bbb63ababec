import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { openTestDatabase } from '../../../test/support/database.ts';
import { MS_PER_MINUTE } from '../../kernel/index.ts';
import { newUuid } from '../../platform/clock/index.ts';
import { adjustWallet } from '../wallets/index.ts';
import { askChannel } from './commands/ask-channel.ts';
import { payOrderWithCode } from './commands/pay-with-code.ts';
import { openWorld, type World } from './world.fixture.ts';

const test = await openTestDatabase({ poolSizeMax: 16 });

const ask = async (world: World, orderId: string, recoveredBy: 'job' | `clerk:${string}` = 'job') => {
  const asked = await askChannel(world.odb, world.channels, { orderId, actor: 'system', recoveredBy }, world.options);
  assert.ok(asked.ok);
  return asked.value.applied;
};

describe('P-13 the shop scans the payer', () => {
  const pay = async (world: World, orderId: string) => {
    const paid = await payOrderWithCode(world.odb, world.channels, { orderId, merchantAccountId: world.accounts.wechatpay.merchantAccountId, paymentCode: '134567890123456789', deviceIp: '127.0.0.1', actor: 'usr' }, world.options);
    return paid.ok ? paid.value.attemptState : paid.error.code;
  };

  it('P-13 and the money is there at once, or after the password (USERPAYING), found by asking every few seconds', async () => {
    const world = await openWorld(test);
    const now = await world.open();
    assert.equal(await pay(world, now.orderId), 'paid');
    assert.equal(await world.balance(), 5_000n);
    const later = await world.open();
    world.wechatpay.nextCode('user_paying');
    assert.equal(await pay(world, later.orderId), 'user_paying');
    const [attempt] = await world.attempts(later.orderId);
    assert.ok(attempt!.nextCheckAt! - world.clock.now() <= 5_000);
    assert.equal(await pay(world, later.orderId), 'payment_in_progress', 'a second code would charge twice');
    world.clock.advance(3_000);
    await ask(world, later.orderId);
    assert.equal((await world.attempts(later.orderId))[0]?.state, 'user_paying');
    world.wechatpay.pay(attempt!.outTradeNo);
    await ask(world, later.orderId);
    assert.deepEqual([(await world.order(later.orderId)).state, await world.balance()], ['paid', 10_000n]);
    assert.deepEqual(await world.failures(), []);
  });

  it('P-13 whose outcome stays unknown is asked, never charged again, and taken back after its time', async () => {
    const world = await openWorld(test);
    const { orderId } = await world.open();
    world.wechatpay.nextCode('user_paying');
    world.wechatpay.failNext('payWithCode', 'after_effect');
    assert.equal(await pay(world, orderId), 'unknown');
    world.clock.advance(2 * MS_PER_MINUTE);
    await ask(world, orderId);
    assert.deepEqual((await world.attempts(orderId)).map(({ state, nextCheckAt }) => [state, nextCheckAt]), [['reversed', null]]);
    assert.equal(world.wechatpay.calls.filter(({ act }) => act === 'payWithCode').length, 1);
    world.wechatpay.nextCode('paid');
    assert.equal(await pay(world, orderId), 'paid', 'the next code pays the same order');
    assert.equal(await world.balance(), 5_000n);
    assert.deepEqual(await world.failures(), []);
  });

  it('P-13 with a code that the channel refuses has failed, and another can be tried', async () => {
    const world = await openWorld(test);
    const { orderId } = await world.open();
    world.wechatpay.failNext('payWithCode', { refused: 'payment_code_invalid' });
    assert.equal(await pay(world, orderId), 'channel_refused');
    assert.equal(await pay(world, orderId), 'paid');
    assert.deepEqual((await world.attempts(orderId)).map(({ state }) => state), ['failed', 'paid']);
    assert.deepEqual(await world.failures(), []);
  });

  it('P-13 and closing meanwhile takes it back, unless it was paid', async () => {
    const world = await openWorld(test);
    const { orderId } = await world.open();
    world.wechatpay.nextCode('user_paying');
    await pay(world, orderId);
    assert.equal(await world.close(orderId), 'closed');
    assert.deepEqual((await world.attempts(orderId)).map(({ state }) => state), ['reversed']);
    assert.deepEqual(await world.failures(), []);
  });

  it('P-13 and paid between the question and the taking back is not credited: that it is being taken back was written down before', async () => {
    const world = await openWorld(test), { orderId } = await world.open();
    world.wechatpay.nextCode('user_paying');
    await pay(world, orderId);
    const reverse = world.wechatpay.reversePayment.bind(world.wechatpay);
    world.wechatpay.reversePayment = async (outTradeNo) => {
      world.wechatpay.pay(outTradeNo);
      await world.apply([world.notified(world.wechatpay, outTradeNo)]);
      return reverse(outTradeNo);
    };
    assert.equal(await world.close(orderId), 'closed');
    assert.equal(await world.balance(), 0n);
    const kinds = (await world.timeline(orderId)).map(({ kind }) => kind);
    assert.ok(kinds.indexOf('reversal_begun') < kinds.indexOf('paid_while_reversing') && kinds.includes('paid_while_reversing'), kinds.join());
    assert.deepEqual((await world.attempts(orderId)).map(({ state }) => state), ['reversed']);
    assert.deepEqual(await world.failures(), []);
  });

  it('P-13 whose reversal gets no answer goes on being reversed, also when it is seen paid meanwhile, until the channel says how it ended', async () => {
    const world = await openWorld(test), { orderId } = await world.open();
    world.wechatpay.nextCode('user_paying');
    await pay(world, orderId);
    const { outTradeNo } = (await world.attempts(orderId))[0]!;
    world.wechatpay.failNext('reversePayment', 'lost');
    assert.equal(await world.close(orderId), 'closing');
    world.wechatpay.pay(outTradeNo);
    await world.apply([world.notified(world.wechatpay, outTradeNo)]);
    assert.deepEqual([(await world.order(orderId)).state, await world.balance(), (await world.attempts(orderId))[0]!.state], ['closing', 0n, 'reversing']);
    await ask(world, orderId);
    assert.deepEqual([(await world.order(orderId)).state, (await world.attempts(orderId))[0]!.state], ['closed', 'reversed']);
    assert.deepEqual(await world.failures(), []);
  });

  it('P-13 whose reversal the channel refuses because it stands is refunded, never credited', async () => {
    const world = await openWorld(test), { orderId } = await world.open();
    world.wechatpay.nextCode('user_paying');
    await pay(world, orderId);
    const { outTradeNo } = (await world.attempts(orderId))[0]!;
    world.wechatpay.failNext('reversePayment', 'lost', { refused: 'invalid_request' });
    await world.close(orderId);
    world.wechatpay.pay(outTradeNo);
    await ask(world, orderId);
    assert.deepEqual((await world.surplus()).map(({ reason, automatic }) => [reason, automatic]), [['paid_after_reversal', true]]);
    assert.equal(await world.balance(), 0n);
    assert.deepEqual(await world.failures(), []);
  });

  it('P-13 that was credited and then reversed at the channel is booked like a chargeback, once: the wallet gives what it has, the member owes the rest', async () => {
    const world = await openWorld(test), { orderId } = await world.open();
    await pay(world, orderId);
    assert.equal(await world.balance(), 5_000n);
    await world.as(async (tx) => {
      assert.ok((await adjustWallet(tx, { commandId: newUuid(), memberId: world.memberId, kind: 'correction', direction: 'debit', amountMinor: 2_000n, reason: 'spent', actor: 'usr', approval: null }, world)).ok);
    });
    const reversed = { orderId, attempt: 1, view: { state: 'reversed' }, source: { kind: 'close', actor: 'system' } } as const;
    await Promise.all([world.apply([reversed]), world.apply([reversed])]);
    await world.apply([reversed]);
    const rows = await world.as((tx) => tx.query<{ source: string; state: string; fromWallet: bigint; receivable: bigint }>(
      'select source, state, from_wallet_minor as "fromWallet", receivable_minor as receivable from payments.chargeback where operator_id = $1', [world.operatorId]));
    assert.deepEqual(rows, [{ source: 'reversal', state: 'lost', fromWallet: 3_000n, receivable: 2_000n }]);
    assert.equal(await world.balance(), 0n);
    assert.deepEqual((await world.timeline(orderId)).map(({ kind }) => kind).filter((kind) => kind.startsWith('chargeback')), ['chargeback_opened', 'chargeback_lost']);
    assert.deepEqual(await world.failures(), []);
  });
});
