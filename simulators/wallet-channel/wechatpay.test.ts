import assert from 'node:assert/strict';
import { createSign, X509Certificate } from 'node:crypto';
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

describe('payments by code', () => {
  const byCode = (outTradeNo: string, code: string, total = 10_000): ReturnType<typeof wechat> => wechat(keys, 'POST', '/v3/pay/transactions/codepay', {
    ...order(outTradeNo, { amount: { total, currency: 'CNY' } }), notify_url: undefined, payer: { auth_code: code }, scene_info: { store_info: { id: 'S1' } },
  });
  const reverse = (outTradeNo: string): ReturnType<typeof wechat> => wechat(keys, 'POST', `/v3/pay/transactions/out-trade-no/${outTradeNo}/reverse`, { appid: keys.appIds[0], mchid: keys.merchantId });

  test('a small amount is paid at once; a code is good once', async () => {
    const [outTradeNo, code] = [nextNumber(), channel.control.paymentCode('wechatpay')];
    assert.match(code, /^1[0-5]\d{16}$/);
    assert.deepEqual([(await byCode(outTradeNo, code)).body.trade_state, (await query(outTradeNo)).body.trade_type], ['SUCCESS', 'MICROPAY']);
    assert.equal((await byCode(nextNumber(), code)).body.code, 'AUTH_CODE_INVALID');
    assert.equal((await byCode(nextNumber(), '281234567890123456')).body.code, 'AUTH_CODE_INVALID');
  });
  test('above the limit the payer must type the password: USERPAYING and nothing else, then SUCCESS', async () => {
    const outTradeNo = nextNumber();
    assert.deepEqual((await byCode(outTradeNo, channel.control.paymentCode('wechatpay'), 100_001)).body, { trade_state: 'USERPAYING' });
    assert.equal(channel.control.wrongPassword({ outTradeNo }), 'wrong_password');
    assert.equal((await query(outTradeNo)).body.trade_state, 'USERPAYING');
    channel.control.pay({ outTradeNo });
    assert.equal((await query(outTradeNo)).body.trade_state, 'SUCCESS');
  });
  test('reversing gives the money back once, however often it is asked', async () => {
    const outTradeNo = nextNumber();
    await byCode(outTradeNo, channel.control.paymentCode('wechatpay'));
    assert.deepEqual([(await reverse(outTradeNo)).status, (await reverse(outTradeNo)).status], [204, 204]);
    assert.deepEqual([(await query(outTradeNo)).body.trade_state, channel.control.trade({ outTradeNo })!.refundedFen], ['REVOKED', 10_000]);
  });
});

describe('refunds', () => {
  const refund = (outTradeNo: string, outRefundNo: string, fen: number, more: Record<string, unknown> = {}): ReturnType<typeof wechat> =>
    wechat(keys, 'POST', '/v3/refund/domestic/refunds', { out_trade_no: outTradeNo, out_refund_no: outRefundNo, amount: { refund: fen, total: 10_000, currency: 'CNY' }, ...more });
  const status = async (outRefundNo: string): Promise<unknown> => (await wechat(keys, 'GET', `/v3/refund/domestic/refunds/${outRefundNo}`)).body.status;
  const paid = async (): Promise<string> => {
    const outTradeNo = nextNumber();
    await native(outTradeNo);
    channel.control.pay({ outTradeNo });
    return outTradeNo;
  };

  test('accepted is PROCESSING; the notification says SUCCESS; the same number again refunds once; more than was paid is refused', async () => {
    const outTradeNo = await paid();
    const refundUrl = `${inbox.url}/refund-${outTradeNo}`;
    assert.equal((await refund(outTradeNo, `R1${outTradeNo}`, 6_000, { notify_url: refundUrl })).body.status, 'PROCESSING');
    const [taken] = await inbox.until(1, `refund-${outTradeNo}`);
    const content = JSON.parse(decrypt(keys, (JSON.parse(taken!.body) as { resource: Parameters<typeof decrypt>[1] }).resource)) as Record<string, unknown>;
    assert.deepEqual([content.refund_status, content.out_refund_no, await status(`R1${outTradeNo}`)], ['SUCCESS', `R1${outTradeNo}`, 'SUCCESS']);
    assert.equal((await refund(outTradeNo, `R1${outTradeNo}`, 6_000)).status, 200);
    assert.equal((await refund(outTradeNo, `R2${outTradeNo}`, 4_001)).body.code, 'INVALID_REQUEST');
    assert.equal((await refund(outTradeNo, `R1${outTradeNo}`, 5_000)).body.code, 'INVALID_REQUEST');
    assert.deepEqual([(await query(outTradeNo)).body.trade_state, channel.control.trade({ outTradeNo })!.refundedFen], ['REFUND', 6_000]);
  });
  test('SYSTEM_ERROR may have been accepted; refused is not; abnormal and closed never pay', async () => {
    const outTradeNo = await paid();
    channel.control.forceFault('refund_unknown', { outTradeNo });
    assert.equal((await refund(outTradeNo, `U${outTradeNo}`, 100)).body.code, 'SYSTEM_ERROR');
    assert.notEqual(await status(`U${outTradeNo}`), undefined);
    channel.control.forceFault('refund_refused', { outTradeNo });
    assert.equal((await refund(outTradeNo, `N${outTradeNo}`, 100)).body.code, 'NOT_ENOUGH');
    assert.equal(await status(`N${outTradeNo}`), undefined);
    channel.control.forceFault('refund_abnormal', { outTradeNo });
    await refund(outTradeNo, `A${outTradeNo}`, 100, { notify_url: `${inbox.url}/abnormal-${outTradeNo}` });
    await inbox.until(1, `abnormal-${outTradeNo}`);
    assert.equal(await status(`A${outTradeNo}`), 'ABNORMAL');
  });
});

test('the page of JSAPI hands over parameters that the merchant signed; a wrong paySign opens nothing', async () => {
  const outTradeNo = nextNumber();
  const { body } = await wechat(keys, 'POST', '/v3/pay/transactions/jsapi', order(outTradeNo, { payer: { openid: 'oUpF8uMuAJO_M2pxb1Q9zNjWeS6o' } }));
  const given = { appId: keys.appIds[0]!, timeStamp: '1700000000', nonceStr: 'abc', package: `prepay_id=${String(body.prepay_id)}`, signType: 'RSA' };
  const paySign = createSign('RSA-SHA256').update(`${given.appId}\n${given.timeStamp}\n${given.nonceStr}\n${given.package}\n`).sign(keys.privateKeyPem!, 'base64');
  assert.equal(channel.control.invoke({ ...given, paySign }).outTradeNo, outTradeNo);
  assert.throws(() => channel.control.invoke({ ...given, nonceStr: 'abd', paySign }), /does not fit/);
});

test('platform certificates come encrypted with the APIv3 key and verify what is signed, also after a rotation', async () => {
  const old = await channel.control.createMerchant({ channel: 'wechatpay', verifyWith: 'certificate' });
  const certificates = async (): Promise<string[]> => ((await wechat(old, 'GET', '/v3/certificates')).body.data as { serial_no: string; encrypt_certificate: Parameters<typeof decrypt>[1] }[]).map((entry) => {
    const certificate = new X509Certificate(decrypt(old, entry.encrypt_certificate));
    assert.deepEqual([certificate.serialNumber, certificate.verify(certificate.publicKey)], [entry.serial_no, true]);
    return entry.serial_no;
  });
  assert.equal((await certificates()).length, 1);
  const serial = await channel.control.rotateCertificate();
  assert.ok((await certificates()).includes(serial));
});
