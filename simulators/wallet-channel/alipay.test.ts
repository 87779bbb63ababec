import assert from 'node:assert/strict';
import { after, beforeEach, describe, test } from 'node:test';
import { alipay, alipayForm, alipayVerified, openInbox } from './client.ts';
import { startWalletChannel } from './index.ts';

const channel = await startWalletChannel({ seed: 7, timeFactor: 0.0005 });
const inbox = await openInbox();
after(async () => { await channel.close(); await inbox.close(); });
const keys = await channel.control.createMerchant({ channel: 'alipay' });
beforeEach(() => channel.control.setFaults({}));

let number = 0;
const nextNumber = (): string => `T01h0000000000000000${String(++number).padStart(4, '0')}01`;
const precreate = (outTradeNo: string, changes: Record<string, unknown> = {}): ReturnType<typeof alipay> =>
  alipay(keys, 'alipay.trade.precreate', { out_trade_no: outTradeNo, total_amount: '100.00', subject: '充值 100 元', ...changes }, { notify_url: `${inbox.url}/${outTradeNo}` });
const call = (act: string, outTradeNo: string, more: Record<string, unknown> = {}): ReturnType<typeof alipay> => alipay(keys, `alipay.trade.${act}`, { out_trade_no: outTradeNo, ...more });
const form = (body: string): Record<string, string> => Object.fromEntries(new URLSearchParams(body));

describe('trades', () => {
  test('a precreated trade does not exist until the payer scans: query and close say ACQ.TRADE_NOT_EXIST while the code can be paid', async () => {
    const outTradeNo = nextNumber();
    const { body, verified } = await precreate(outTradeNo);
    assert.deepEqual([body.code, verified], ['10000', true]);
    assert.equal((await call('query', outTradeNo)).body.sub_code, 'ACQ.TRADE_NOT_EXIST');
    assert.equal((await call('close', outTradeNo)).body.sub_code, 'ACQ.TRADE_NOT_EXIST');
    await fetch(body.qr_code!);
    assert.equal((await call('query', outTradeNo)).body.trade_status, 'WAIT_BUYER_PAY');
    assert.equal(channel.control.pay({ code: body.qr_code }), 'paid');
    const paid = await call('query', outTradeNo);
    assert.deepEqual([paid.body.trade_status, paid.body.total_amount, paid.verified], ['TRADE_SUCCESS', '100.00', true]);
  });

  test('the notification is a signed form that names the trade and keeps its notify_id when it is repeated', async () => {
    const outTradeNo = nextNumber();
    let answers = 0;
    inbox.answer = (taken) => ({ status: 200, body: taken.path.endsWith(outTradeNo) && ++answers === 1 ? 'SUCCESS' : 'success' });
    await precreate(outTradeNo);
    channel.control.pay({ outTradeNo });
    const [first, second] = (await inbox.until(2, outTradeNo)).map((taken) => form(taken.body));
    assert.deepEqual([alipayVerified(keys, first!), first!.trade_status, first!.out_trade_no, first!.app_id, first!.seller_id], [true, 'TRADE_SUCCESS', outTradeNo, keys.appIds[0], keys.merchantId]);
    assert.equal(first!.notify_id, second!.notify_id);
    assert.equal(alipayVerified(keys, second!), true);
  });

  test('an existing trade can be closed; a paid one is ACQ.TRADE_HAS_SUCCESS', async () => {
    const [closed, paid] = [nextNumber(), nextNumber()];
    for (const outTradeNo of [closed, paid]) await precreate(outTradeNo);
    channel.control.scan({ outTradeNo: closed });
    channel.control.pay({ outTradeNo: paid });
    assert.equal((await call('close', closed)).body.code, '10000');
    assert.equal((await call('query', closed)).body.trade_status, 'TRADE_CLOSED');
    assert.equal(channel.control.pay({ outTradeNo: closed }), 'closed');
    assert.equal((await call('close', paid)).body.sub_code, 'ACQ.TRADE_HAS_SUCCESS');
  });

  test('a request signed with another key is isv.invalid-signature, an unknown app isv.invalid-app-id', async () => {
    const stranger = await channel.control.createMerchant({ channel: 'alipay' });
    const forged = await alipay({ ...keys, privateKeyPem: stranger.privateKeyPem }, 'alipay.trade.query', { out_trade_no: 'x' });
    assert.deepEqual([forged.body.code, forged.body.sub_code], ['40002', 'isv.invalid-signature']);
    assert.equal((await alipay({ ...keys, appIds: ['2021999999999999'] }, 'alipay.trade.query', { out_trade_no: 'x' })).body.sub_code, 'isv.invalid-app-id');
  });
});

describe('refunds and payments by code', () => {
  test('a full refund closes the trade, and the notification says TRADE_CLOSED with what was refunded', async () => {
    const outTradeNo = nextNumber();
    await precreate(outTradeNo);
    channel.control.pay({ outTradeNo });
    await inbox.until(1, outTradeNo);
    const [first, again] = [await call('refund', outTradeNo, { refund_amount: '100.00', out_request_no: 'R1' }), await call('refund', outTradeNo, { refund_amount: '100.00', out_request_no: 'R1' })];
    assert.deepEqual([first.body.fund_change, first.body.refund_fee, again.body.fund_change], ['Y', '100.00', 'N']);
    const [, closed] = (await inbox.until(2, outTradeNo)).map((taken) => form(taken.body));
    assert.deepEqual([closed!.trade_status, closed!.refund_fee, closed!.out_biz_no], ['TRADE_CLOSED', '100.00', 'R1']);
    assert.deepEqual([(await call('query', outTradeNo)).body.trade_status, (await call('fastpay.refund.query', outTradeNo, { out_request_no: 'R1' })).body.refund_status], ['TRADE_CLOSED', 'REFUND_SUCCESS']);
    assert.equal((await call('fastpay.refund.query', outTradeNo, { out_request_no: 'R2' })).body.refund_status, undefined);
  });
  test('a payment code above the limit is 10003 until the payer confirms; cancelling gives the money back', async () => {
    const outTradeNo = nextNumber();
    const pay = await call('pay', outTradeNo, { total_amount: '1000.01', subject: '饮料', scene: 'bar_code', auth_code: channel.control.paymentCode('alipay') });
    assert.deepEqual([pay.body.code, (await call('query', outTradeNo)).body.trade_status], ['10003', 'WAIT_BUYER_PAY']);
    channel.control.pay({ outTradeNo });
    assert.equal((await call('query', outTradeNo)).body.trade_status, 'TRADE_SUCCESS');
    assert.equal((await call('cancel', outTradeNo)).body.action, 'refund');
    assert.deepEqual([channel.control.trade({ outTradeNo })!.refundedFen, (await call('cancel', outTradeNo)).body.action], [100_001, undefined]);
  });
});

test('page pay leads the browser to the cashier, where the trade comes into being; a forged order leads nowhere', async () => {
  const outTradeNo = nextNumber();
  const fields = { out_trade_no: outTradeNo, total_amount: '12.00', subject: '充值', product_code: 'FAST_INSTANT_TRADE_PAY' };
  const led = await fetch(`${keys.baseUrl}?${alipayForm(keys, 'alipay.trade.page.pay', fields, { return_url: 'http://127.0.0.1/back' })}`);
  assert.match(await led.text(), /¥ 12\.00/);
  assert.equal((await call('query', outTradeNo)).body.trade_status, 'WAIT_BUYER_PAY');
  await fetch(`${led.url}&lang=en`, { method: 'POST', body: new URLSearchParams({ act: 'pay' }) });
  assert.equal((await call('query', outTradeNo)).body.trade_status, 'TRADE_SUCCESS');
});
