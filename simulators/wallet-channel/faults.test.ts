import assert from 'node:assert/strict';
import { after, beforeEach, describe, test } from 'node:test';
import { alipay, alipayVerified, decrypt, openInbox, wechat, wechatVerified, type Taken } from './client.ts';
import { seededFaults } from './faults.ts';
import { startWalletChannel, type FaultName } from './index.ts';

const channel = await startWalletChannel({ seed: 7, timeFactor: 0.0002, refundSpacingMs: 0 });
const inbox = await openInbox();
after(async () => { await channel.close(); await inbox.close(); });
const wx = await channel.control.createMerchant({ channel: 'wechatpay', verifyWith: 'certificate' });
const ali = await channel.control.createMerchant({ channel: 'alipay' });
beforeEach(() => channel.control.setFaults({}));

let number = 0;
const nextStem = (): string => `F01h0000000000000000${String(++number).padStart(4, '0')}`;
const nextNumber = (): string => `${nextStem()}01`;
const native = (outTradeNo: string, keys = wx): ReturnType<typeof wechat> => wechat(keys, 'POST', '/v3/pay/transactions/native', {
  appid: keys.appIds[0], mchid: keys.merchantId, description: '充值', out_trade_no: outTradeNo, notify_url: `${inbox.url}/${outTradeNo}`, amount: { total: 10_000 },
});
const precreate = (outTradeNo: string): ReturnType<typeof alipay> => alipay(ali, 'alipay.trade.precreate', { out_trade_no: outTradeNo, total_amount: '100.00', subject: '充值' }, { notify_url: `${inbox.url}/${outTradeNo}` });
const stateOf = async (outTradeNo: string): Promise<unknown> => (await wechat(wx, 'GET', `/v3/pay/transactions/out-trade-no/${outTradeNo}?mchid=${wx.merchantId}`)).body.trade_state;
const close = (outTradeNo: string): ReturnType<typeof wechat> => wechat(wx, 'POST', `/v3/pay/transactions/out-trade-no/${outTradeNo}/close`, { mchid: wx.merchantId });
const opened = (taken: Taken): Record<string, unknown> => JSON.parse(decrypt(wx, (JSON.parse(taken.body) as { resource: Parameters<typeof decrypt>[1] }).resource)) as Record<string, unknown>;
const idOf = (taken: Taken): string => (JSON.parse(taken.body) as { id: string }).id;
async function paidWith(fault: FaultName): Promise<string> {
  const outTradeNo = nextNumber();
  await native(outTradeNo);
  channel.control.forceFault(fault, { outTradeNo });
  channel.control.pay({ outTradeNo });
  return outTradeNo;
}
const faultsOf = (outTradeNo: string): unknown => channel.control.trade({ outTradeNo })!.faults;

describe('notifications', () => {
  test('lost: none ever comes, the query knows, and the truth names the fault', async () => {
    const outTradeNo = await paidWith('notification_lost');
    await channel.control.idle();
    assert.equal(inbox.taken.filter((taken) => taken.path.endsWith(outTradeNo)).length, 0);
    assert.deepEqual([await stateOf(outTradeNo), faultsOf(outTradeNo)], ['SUCCESS', ['notification_lost']]);
  });
  test('first lost: the repeat comes', async () => { assert.equal((await inbox.until(1, await paidWith('notification_first_lost'))).length, 1); });
  test('doubled: two with one id, both genuine', async () => {
    const [first, second] = await inbox.until(2, await paidWith('notification_doubled'));
    assert.equal(idOf(first!), idOf(second!));
    assert.ok([first!, second!].every((taken) => wechatVerified(wx, taken.headers, taken.body)));
  });
  test('late ones come in the end', async () => { await inbox.until(1, await paidWith('notification_late')); });
  test('out of order: one is held back until the next one to the same merchant was sent', async () => {
    // In this channel time runs as it does outside: nothing is released by the clock while the next payment is under way.
    const calm = await startWalletChannel({ seed: 8, timeFactor: 1 });
    const keys = await calm.control.createMerchant({ channel: 'wechatpay', verifyWith: 'certificate' });
    const paid = async (fault: FaultName): Promise<string> => {
      const outTradeNo = nextNumber();
      await native(outTradeNo, keys);
      calm.control.forceFault(fault, { outTradeNo });
      calm.control.pay({ outTradeNo });
      return outTradeNo;
    };
    const held = await paid('notification_out_of_order'), next = await paid('notification_doubled');
    const [late] = await inbox.until(1, held);
    assert.ok(late!.at >= (await inbox.until(2, next))[0]!.at);
    await calm.close();
  });
  test('early: it is here before the creating call is answered', async () => {
    const outTradeNo = nextNumber();
    channel.control.forceFault('notification_early', { outTradeNo });
    await native(outTradeNo);
    assert.equal(inbox.taken.filter((taken) => taken.path.endsWith(outTradeNo)).length, 1);
  });
  test('forged ones do not verify or are old, and the genuine one follows', async () => {
    for (let i = 0; i < 4; i++) {
      const [forged, genuine] = await inbox.until(2, await paidWith('notification_forged'));
      const fresh = Math.abs(Number(forged!.headers['wechatpay-timestamp']) - Date.now() / 1_000) < 300;
      assert.equal(wechatVerified(wx, forged!.headers, forged!.body) && fresh, false);
      assert.equal(wechatVerified(wx, genuine!.headers, genuine!.body), true);
    }
  });
  test('one for an order that nobody paid is signed by a stranger', async () => {
    const outTradeNo = nextNumber();
    channel.control.forceFault('notification_forged_unpaid', { outTradeNo });
    await native(outTradeNo);
    const [forged] = await inbox.until(1, outTradeNo);
    assert.deepEqual([wechatVerified(wx, forged!.headers, forged!.body), await stateOf(outTradeNo)], [false, 'NOTPAY']);
  });
  test('a signature probe begins with WECHATPAY/SIGNTEST/ and must not be taken for genuine', async () => {
    const [probe] = await inbox.until(2, await paidWith('notification_signature_probe'));
    assert.match(String(probe!.headers['wechatpay-signature']), /^WECHATPAY\/SIGNTEST\//);
    assert.equal(wechatVerified(wx, probe!.headers, probe!.body), false);
  });
  test('a wrong amount and a wrong app are genuinely signed', async () => {
    const [amount] = await inbox.until(1, await paidWith('notification_wrong_amount'));
    assert.deepEqual([wechatVerified(wx, amount!.headers, amount!.body), (opened(amount!).amount as { total: number }).total], [true, 10_100]);
    const [app] = await inbox.until(1, await paidWith('notification_wrong_app'));
    assert.notEqual(opened(app!).appid, wx.appIds[0]);
  });
  test('one that is not accepted is repeated fifteen times, with growing pauses, and then no more', async () => {
    const outTradeNo = nextNumber();
    inbox.answer = () => ({ status: 500 });
    await native(outTradeNo);
    channel.control.pay({ outTradeNo });
    for (let count = 1; count <= 16; count++) {
      await inbox.until(count, outTradeNo);
      await channel.control.idle();
      channel.control.advance(6 * 3_600_000);
    }
    await channel.control.idle();
    const all = await inbox.until(16, outTradeNo);
    assert.deepEqual([all.length, new Set(all.map(idOf)).size, channel.control.counts().waiting], [16, 1, 0]);
    inbox.answer = (taken) => (String(taken.headers['content-type']).startsWith('application/json') ? { status: 204 } : { status: 200, body: 'success' });
  });
});

describe('answers', () => {
  for (const [fault, done] of [['cut_before', false], ['cut_after', true], ['server_error_before', false], ['server_error_after', true], ['bad_gateway', false], ['frequency_limited', false]] as const) {
    test(`${fault}: the order ${done ? 'was' : 'was not'} made`, async () => {
      const outTradeNo = nextNumber();
      channel.control.forceFault(fault, { act: 'create' });
      const reply = await native(outTradeNo).catch(() => null);
      assert.equal(reply?.status ?? 0, { cut_before: 0, cut_after: 0, server_error_before: 500, server_error_after: 500, bad_gateway: 502, frequency_limited: 429 }[fault]);
      assert.equal(await stateOf(outTradeNo), done ? 'NOTPAY' : undefined);
    });
  }
  test('answer_lost: the act is done, nothing comes back until the caller gives up', async () => {
    const outTradeNo = nextNumber();
    channel.control.forceFault('answer_lost', { outTradeNo, act: 'create' });
    assert.equal(await Promise.race([native(outTradeNo).then(() => 'answered', () => 'cut'), new Promise((resolve) => setTimeout(resolve, 150, 'waiting'))]), 'waiting');
    assert.equal(await stateOf(outTradeNo), 'NOTPAY');
  });
  test('answer_forged: the signature is a stranger’s, at both channels', async () => {
    channel.control.forceFault('answer_forged', { act: 'create', times: 2 });
    assert.deepEqual([(await native(nextNumber())).verified, (await precreate(nextNumber())).verified], [false, false]);
  });
});

describe('payments', () => {
  test('paid_before_close: the close is refused with ORDERPAID', async () => {
    const outTradeNo = nextNumber();
    await native(outTradeNo);
    channel.control.forceFault('paid_before_close', { outTradeNo });
    assert.deepEqual([(await close(outTradeNo)).body.code, await stateOf(outTradeNo)], ['ORDERPAID', 'SUCCESS']);
  });
  test('paid_after_close: the close is confirmed, the money comes all the same, and a notification says so', async () => {
    const outTradeNo = nextNumber();
    await native(outTradeNo);
    channel.control.forceFault('paid_after_close', { outTradeNo });
    assert.equal((await close(outTradeNo)).status, 204);
    const [taken] = await inbox.until(1, outTradeNo);
    assert.deepEqual([opened(taken!).trade_state, await stateOf(outTradeNo)], ['SUCCESS', 'SUCCESS']);
  });
  test('paid_twice: the other attempt of the order is paid at the other channel', async () => {
    const stem = nextStem();
    await native(`${stem}01`);
    await precreate(`${stem}02`);
    channel.control.forceFault('paid_twice');
    channel.control.pay({ outTradeNo: `${stem}01` });
    assert.deepEqual([channel.control.trade({ outTradeNo: `${stem}01` })!.paid, channel.control.trade({ outTradeNo: `${stem}02` })!.paid], [true, true]);
    const [form] = await inbox.until(1, `${stem}02`);
    assert.equal(alipayVerified(ali, Object.fromEntries(new URLSearchParams(form!.body))), true);
  });
});

test('the same seed draws the same faults, another seed others, in about the share that was asked for', () => {
  const drawn = (seed: number): string => Array.from({ length: 2_000 }, (_, i) => (seededFaults(seed, { notification_lost: 0.25 }).happens('notification_lost', `n${i}`) ? '1' : '0')).join('');
  const ones = drawn(1).replaceAll('0', '').length;
  assert.equal(drawn(1), drawn(1));
  assert.notEqual(drawn(1), drawn(2));
  assert.ok(ones > 400 && ones < 600, String(ones));
});

test('a fault that is none and a rate that is no probability are refused', () => {
  assert.throws(() => seededFaults(1, { nonsense: 0.5 } as never), /no such fault: nonsense/);
  assert.throws(() => seededFaults(1, { notification_lost: 2 }), /no probability/);
});
