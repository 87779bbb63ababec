import assert from 'node:assert/strict';
import { after, beforeEach, describe, test } from 'node:test';
import { decrypt, openInbox, wechat, wechatVerified } from './client.ts';
import { startWalletChannel } from './index.ts';

const channel = await startWalletChannel({ seed: 7, timeFactor: 0.0005, refundSpacingMs: 0 });
const inbox = await openInbox();
after(async () => { await channel.close(); await inbox.close(); });
const keys = await channel.control.createMerchant({ channel: 'wechatpay' });
beforeEach(() => channel.control.setFaults({}));

let number = 0;
const nextNumber = (): string => `T01h0000000000000000${String(++number).padStart(4, '0')}01`;
const order = (outTradeNo: string, changes: Record<string, unknown> = {}): Record<string, unknown> => ({
  appid: keys.appIds[0], mchid: keys.merchantId, description: '充值 100 元', out_trade_no: outTradeNo, notify_url: `${inbox.url}/${outTradeNo}`, amount: { total: 10_000, currency: 'CNY' }, ...changes,
});
const native = (outTradeNo: string, changes?: Record<string, unknown>): ReturnType<typeof wechat> => wechat(keys, 'POST', '/v3/pay/transactions/native', order(outTradeNo, changes));
const query = (outTradeNo: string): ReturnType<typeof wechat> => wechat(keys, 'GET', `/v3/pay/transactions/out-trade-no/${outTradeNo}?mchid=${keys.merchantId}`);
const close = (outTradeNo: string): ReturnType<typeof wechat> => wechat(keys, 'POST', `/v3/pay/transactions/out-trade-no/${outTradeNo}/close`, { mchid: keys.merchantId });

describe('orders', () => {
  test('a native order gives a code that opens the payer’s page; paying it makes the query say SUCCESS, and every answer is signed', async () => {
    const outTradeNo = nextNumber();
    const created = await native(outTradeNo);
    assert.deepEqual([created.status, created.verified], [200, true]);
    const page = await (await fetch(String(created.body.code_url))).text();
    assert.match(page, /¥ 100\.00/);
    assert.equal((await query(outTradeNo)).body.trade_state, 'NOTPAY');
    assert.equal(channel.control.pay({ code: String(created.body.code_url) }), 'paid');
    const { body, verified } = await query(outTradeNo);
    assert.deepEqual([body.trade_state, body.trade_type, (body.amount as { total: number }).total, verified], ['SUCCESS', 'NATIVE', 10_000, true]);
    assert.match(String(body.transaction_id), /^\d{28}$/);
    assert.match(String(body.success_time), /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+08:00$/);
  });

  test('the notification is signed over its raw body, and its secret opens with the APIv3 key', async () => {
    const outTradeNo = nextNumber();
    await native(outTradeNo);
    channel.control.pay({ outTradeNo });
    const [taken] = await inbox.until(1, outTradeNo);
    assert.equal(wechatVerified(keys, taken!.headers, taken!.body), true);
    const notice = JSON.parse(taken!.body) as { event_type: string; resource: Parameters<typeof decrypt>[1] };
    const content = JSON.parse(decrypt(keys, notice.resource)) as Record<string, unknown>;
    assert.deepEqual([notice.event_type, content.out_trade_no, content.mchid, content.trade_state], ['TRANSACTION.SUCCESS', outTradeNo, keys.merchantId, 'SUCCESS']);
  });

  test('an order that is asked for again with the same words gives the same code; with another amount it is refused', async () => {
    const outTradeNo = nextNumber();
    const [first, second] = [await native(outTradeNo), await native(outTradeNo)];
    assert.equal(first.body.code_url, second.body.code_url);
    const other = await native(outTradeNo, { amount: { total: 1, currency: 'CNY' } });
    assert.deepEqual([other.status, other.body.code], [400, 'INVALID_REQUEST']);
  });

  test('closing an open order answers 204 without a body, signed; a second time ORDER_CLOSED, and the code cannot be paid any more', async () => {
    const outTradeNo = nextNumber();
    await native(outTradeNo);
    const closed = await close(outTradeNo);
    assert.deepEqual([closed.status, closed.verified], [204, true]);
    assert.equal((await close(outTradeNo)).body.code, 'ORDER_CLOSED');
    assert.equal(channel.control.pay({ outTradeNo }), 'closed');
    assert.equal((await query(outTradeNo)).body.trade_state, 'CLOSED');
    assert.equal((await native(outTradeNo)).body.code, 'ORDER_CLOSED');
  });

  test('a paid order is neither closed nor opened again: ORDERPAID', async () => {
    const outTradeNo = nextNumber();
    await native(outTradeNo);
    channel.control.pay({ outTradeNo });
    assert.deepEqual([(await close(outTradeNo)).body.code, (await native(outTradeNo)).body.code], ['ORDERPAID', 'ORDERPAID']);
  });

  test('what the channel never heard of is ORDER_NOT_EXIST with status 404', async () => {
    const unknown = await query('T01hnothing000000000000000001');
    assert.deepEqual([unknown.status, unknown.body.code], [404, 'ORDER_NOT_EXIST']);
  });
});

describe('signatures of requests', () => {
  for (const [what, overrides, status, code] of [
    ['a body that was changed', { tamper: true }, 401, 'SIGN_ERROR'], ['another certificate’s serial', { serial: 'ABC' }, 401, 'SIGN_ERROR'], ['a time ten minutes ago', { timestamp: Math.floor(Date.now() / 1_000) - 600 }, 401, 'SIGN_ERROR'],
  ] as const) {
    test(`${what} is refused with ${code}`, async () => {
      const reply = await wechat(keys, 'POST', '/v3/pay/transactions/native', order(nextNumber()), overrides);
      assert.deepEqual([reply.status, reply.body.code], [status, code]);
    });
  }
});
