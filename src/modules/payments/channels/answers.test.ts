import assert from 'node:assert/strict';
import { createHash, generateKeyPairSync, randomBytes } from 'node:crypto';
import { describe, it } from 'node:test';
import { crc32, deflateRawSync, gzipSync } from 'node:zlib';
import { addMs, instant, type Clock } from '../../../kernel/index.ts';
import type { Channel, Outcome, RefusalReason, StatementFile } from '../domain/channel.ts';
import { createChannel } from './adapters.ts';
import { signText } from './alipay/signature.ts';
import { createCaller } from './caller.ts';
import { openKeyRing } from './keys.ts';
import { DEFAULT_LIMITS, type AccountSettings } from './settings.ts';
import { StatementFault, verifiedContent } from './statement.ts';

// The channel here says whatever a test wants it to, rightly signed: every refusal, and statements with flaws.
const pair = () => generateKeyPairSync('rsa', { modulusLength: 2048, publicKeyEncoding: { type: 'spki', format: 'pem' }, privateKeyEncoding: { type: 'pkcs8', format: 'pem' } });
const ours = pair(), theirs = generateKeyPairSync('rsa', { modulusLength: 2048 });
const PREFIX = 'KIRCHHOFF_CHANNEL_KEY__DEMO__';
const environment: Record<string, string> = { [`${PREFIX}PRIVATE`]: ours.privateKey, [`${PREFIX}APIV3`]: 'x'.repeat(32), [`${PREFIX}CHANNEL`]: theirs.publicKey.export({ type: 'spki', format: 'pem' }).toString() };
const clock: Clock = { now: () => instant(1_770_000_000_000) };
const shared = { privateKey: 'env:PRIVATE', notifyOrigin: null, limits: DEFAULT_LIMITS } as const;
const WECHAT: AccountSettings = { ...shared, kind: 'wechatpay', merchantId: '1900000109', appId: 'wx1234567890', certificateSerial: 'ABCDEF01', apiV3Key: 'env:APIV3', verifyWith: 'public_key', publicKeys: [{ id: 'PUB_KEY_ID_1', key: 'env:CHANNEL' }], apiAddress: 'https://api.mch.weixin.qq.com' };
const ALIPAY: AccountSettings = { ...shared, kind: 'alipay', merchantId: '2088000000000001', appId: '2021000000000001', publicKeys: ['env:CHANNEL'], apiAddress: 'https://openapi.alipay.com/gateway.do' };

type Said = { readonly status?: number; readonly body: string | Buffer; readonly unsigned?: boolean; readonly aheadMs?: number; readonly serial?: string };
function scripted(settings: AccountSettings, answers: readonly Said[]): { channel: Channel; asked: string[] } {
  const asked: string[] = [], left = [...answers];
  const send = (async (input: string | URL | Request) => {
    asked.push(String(input));
    const { status = 200, body, unsigned, aheadMs = 0, serial = 'PUB_KEY_ID_1' } = left.shift() ?? assert.fail(`nothing is left to say to ${String(input)}`);
    const timestamp = String(Math.floor((clock.now() + aheadMs) / 1000)), nonce = 'n1';
    const signed = unsigned === true || settings.kind === 'alipay' ? {} : { 'wechatpay-serial': serial, 'wechatpay-timestamp': timestamp, 'wechatpay-nonce': nonce, 'wechatpay-signature': signText(`${timestamp}\n${nonce}\n${String(body)}\n`, theirs.privateKey) };
    return new Response(status === 204 ? null : new Uint8Array(Buffer.from(body)), { status, headers: signed });
  }) as typeof fetch;
  const caller = createCaller({ limits: DEFAULT_LIMITS, clock, monotonicMs: () => performance.now(), fetch: send, observer: () => undefined });
  return { asked, channel: createChannel({ settings, notifyUrl: 'https://pay.example.com/notify/x', keys: openKeyRing({ folder: '/nowhere', operatorCode: 'demo', environment }), transport: caller.transport, clock, environment: 'T', random: randomBytes }) };
}
const alipayNode = (method: string, node: object, sign = true): Said => {
  const text = JSON.stringify(node), signature = sign ? `,"sign":"${signText(text, theirs.privateKey)}"` : '';
  return { body: `{"${method.replaceAll('.', '_')}_response":${text}${signature}}` };
};
const said = (outcome: Outcome<unknown>): string => (outcome.kind === 'confirmed' ? 'confirmed' : `${outcome.kind} ${outcome.reason}`);
const ORDER = { outTradeNo: 'T0001', amountMinor: 1n, currency: 'CNY', description: 'a=b', method: 'native_qr', expiresAt: addMs(clock.now(), 60_000), payer: null, payerIp: null } as const;

describe('what WeChat Pay says', () => {
  const REFUSALS: [status: number, code: string, message: string, RefusalReason][] = [
    [400, 'ORDERPAID', '', 'already_paid'], [400, 'ORDER_PAID', '', 'already_paid'], [400, 'ORDER_CLOSED', '', 'already_closed'], [404, 'ORDER_NOT_EXIST', '', 'not_found'], [404, 'ORDERNOTEXIST', '', 'not_found'],
    [403, 'OUT_TRADE_NO_USED', '', 'number_reused'], [400, 'INVALID_REQUEST', '201 商户订单号重复', 'number_reused'], [400, 'PARAM_ERROR', '', 'invalid_request'], [400, 'INVALID_REQUEST', '无效请求', 'invalid_request'],
    [401, 'SIGN_ERROR', '', 'bad_signature'], [403, 'NO_AUTH', '', 'no_permission'], [400, 'APPID_MCHID_NOT_MATCH', '', 'no_permission'], [400, 'MCH_NOT_EXISTS', '', 'no_permission'], [403, 'NOT_ENOUGH', '', 'not_enough_balance'],
    [403, 'NOTENOUGH', '', 'not_enough_balance'], [400, 'AUTH_CODE_INVALID', '', 'payment_code_invalid'], [403, 'RULE_LIMIT', '', 'over_limit'], [400, 'INVALID_REQUEST', '申请退款金额大于订单可退金额', 'over_limit'],
    [429, 'FREQUENCY_LIMITED', '', 'too_frequent'], [429, 'WHATEVER', '', 'too_frequent'], [400, 'INVALID_REQUEST', '订单已经超过可退款的最大期限', 'refund_window_over'], [400, 'NO_STATEMENT_EXIST', '', 'no_statement'],
    [403, 'TRADE_ERROR', '', 'other'], [400, 'A_CODE_OF_NEXT_YEAR', '', 'other'],
  ];
  for (const [status, code, message, reason] of REFUSALS) {
    it(`${status} ${code} ${message} is a refusal: ${reason}`, async () => {
      const { channel } = scripted(WECHAT, [{ status, body: JSON.stringify({ code, message }) }]), outcome = await channel.createPayment(ORDER);
      assert.deepEqual([said(outcome), outcome.kind === 'refused' ? [outcome.channelCode, outcome.message] : null], [`refused ${reason}`, [code, message]]);
    });
  }
  it('takes as no answer what is not a verified one', async () => {
    const paid = JSON.stringify({ code_url: 'weixin://wxpay/x' });
    const doubtful: [Said, string][] = [
      [{ body: paid, unsigned: true }, 'unknown unverifiable_answer'], [{ body: paid, aheadMs: 301_000 }, 'unknown unverifiable_answer'], [{ body: paid, aheadMs: -301_000 }, 'unknown unverifiable_answer'],
      [{ body: paid, serial: 'PUB_KEY_ID_2' }, 'unknown unverifiable_answer'], [{ body: '<html>' }, 'unknown unverifiable_answer'], [{ body: '{}' }, 'unknown unverifiable_answer'], [{ status: 302, body: paid }, 'unknown unverifiable_answer'],
      [{ status: 404, body: '<html>not here</html>', unsigned: true }, 'unknown unverifiable_answer'], [{ status: 500, body: '{"code":"SYSTEM_ERROR"}' }, 'unknown system_error'], [{ status: 400, body: '{"code":"SYSTEMERROR","message":""}' }, 'unknown system_error'],
      [{ status: 400, body: '{"code":"STATEMENT_CREATING","message":""}' }, 'unknown channel_busy'], [{ body: paid }, 'confirmed'], [{ body: paid, aheadMs: 299_000 }, 'confirmed'],
    ];
    for (const [answer, expected] of doubtful) assert.equal(said(await scripted(WECHAT, [answer]).channel.createPayment(ORDER)), expected, JSON.stringify(answer));
  });
  it('believes no amount that is not whole, no other order, no unknown state', async () => {
    const trade = { out_trade_no: 'T0001', appid: 'wx1234567890', mchid: '1900000109', transaction_id: '42', trade_state: 'SUCCESS', success_time: '2026-03-01T08:00:00+08:00', amount: { total: 1999, currency: 'CNY' } };
    const ask = (over: object) => scripted(WECHAT, [{ body: JSON.stringify({ ...trade, ...over }) }]).channel.queryPayment('T0001');
    const good = await ask({});
    assert.deepEqual(good.kind === 'confirmed' && good.value.state === 'paid' ? [good.value.amountMinor, good.value.paidAt] : null, [1_999n, Date.parse('2026-03-01T00:00:00Z')]);
    const refunded = await ask({ trade_state: 'REFUND' });
    assert.deepEqual(refunded.kind === 'confirmed' && refunded.value.state === 'paid' ? [refunded.value.refundedMinor, refunded.value.refundsUnknown] : null, [null, true], 'was paid, and how much of it went back nobody says');
    for (const over of [{ amount: { total: 19.99 } }, { amount: { total: '1999' } }, { amount: { total: 2 ** 53 } }, { amount: { total: 0 } }, { amount: { total: -1 } }, { amount: undefined }, { out_trade_no: 'T0002' },
      { trade_state: 'NEXT_YEARS' }, { success_time: 'yesterday' }, { transaction_id: '' }, { amount: { total: 1, currency: 'XXX' } }]) assert.equal(said(await ask(over)), 'unknown unverifiable_answer', JSON.stringify(over));
  });
  it('hands on a statement unpacked, tells one that is not what was announced, and downloads from nowhere else', async () => {
    const text = Buffer.from('﻿交易时间,商户订单号\r\n`2026-03-01 08:00:00,`T0001\r\n'.repeat(2_000)), hash = createHash('sha1').update(text).digest('hex');
    const offer = (over: object = {}): Said => ({ body: JSON.stringify({ hash_type: 'SHA1', hash_value: hash.toUpperCase(), download_url: 'https://api.mch.weixin.qq.com/v3/billdownload/file?token=x', ...over }) });
    const fetched = async (answers: Said[]) => { const { channel, asked } = scripted(WECHAT, answers); return { outcome: await channel.fetchStatement({ kind: 'trade', date: '2026-03-01' }), asked }; };
    for (const body of [gzipSync(text), text]) {
      const { outcome, asked } = await fetched([offer(), { body, unsigned: true }]);
      assert.deepEqual(await whole(outcome), text);
      assert.match(asked[0]!, /\/v3\/bill\/tradebill\?bill_date=2026-03-01&bill_type=ALL&tar_type=GZIP$/);
    }
    await assert.rejects(whole((await fetched([offer({ hash_value: '0'.repeat(40) }), { body: gzipSync(text), unsigned: true }])).outcome), StatementFault);
    await assert.rejects(whole((await fetched([offer(), { body: gzipSync(text).subarray(0, 60), unsigned: true }])).outcome), StatementFault);
    await assert.rejects(whole((await fetched([offer(), { body: text.subarray(0, 9_000), unsigned: true }])).outcome), StatementFault);
    for (const download_url of ['https://evil.example/x', 'http://api.mch.weixin.qq.com/x', 'https://mch.weixin.qq.com.evil.example/', 'https://u@evil.example/', 'file:///etc/passwd', 'no']) {
      const { outcome, asked } = await fetched([offer({ download_url })]);
      assert.deepEqual([said(outcome), asked.length], ['unknown unverifiable_answer', 1], download_url);
    }
    assert.equal(said((await fetched([{ status: 400, body: '{"code":"NO_STATEMENT_EXIST","message":"请求的账单文件不存在"}' }])).outcome), 'refused no_statement');
    assert.equal(said((await fetched([offer(), { status: 403, body: 'expired', unsigned: true }])).outcome), 'unknown system_error');
  });
});

describe('what Alipay says', () => {
  const REFUSALS: [code: string, subCode: string, RefusalReason][] = [
    ['40004', 'ACQ.TRADE_HAS_SUCCESS', 'already_paid'], ['40004', 'ACQ.TRADE_HAS_CLOSE', 'already_closed'], ['40004', 'ACQ.TRADE_NOT_EXIST', 'not_found'], ['40004', 'ACQ.CONTEXT_INCONSISTENT', 'number_reused'],
    ['40004', 'ACQ.INVALID_PARAMETER', 'invalid_request'], ['40002', 'isv.invalid-signature', 'bad_signature'], ['40002', 'isv.invalid-app-id', 'no_permission'], ['40006', 'isv.insufficient-isv-permissions', 'no_permission'],
    ['40004', 'ACQ.BUYER_BALANCE_NOT_ENOUGH', 'not_enough_balance'], ['40004', 'ACQ.SELLER_BALANCE_NOT_ENOUGH', 'not_enough_balance'], ['40004', 'ACQ.PAYMENT_AUTH_CODE_INVALID', 'payment_code_invalid'],
    ['40004', 'ACQ.TOTAL_FEE_EXCEED', 'over_limit'], ['40004', 'ACQ.REFUND_AMT_NOT_EQUAL_TOTAL', 'over_limit'], ['40005', 'isv.call-limited', 'too_frequent'], ['40005', '', 'too_frequent'], ['40004', 'ACQ.TRADE_HAS_FINISHED', 'refund_window_over'],
    ['40004', 'isp.bill_not_exist', 'no_statement'], ['40004', 'ACQ.NEXT_YEARS', 'other'], ['40004', 'ACQ.TRADE_STATUS_ERROR', 'other'],
  ];
  const METHOD = 'alipay.trade.precreate';
  for (const [code, sub_code, reason] of REFUSALS) {
    it(`${code} ${sub_code} is a refusal: ${reason}`, async () => {
      assert.equal(said(await scripted(ALIPAY, [alipayNode(METHOD, { code, msg: 'm', ...(sub_code ? { sub_code } : {}) })]).channel.createPayment(ORDER)), `refused ${reason}`);
    });
  }
  it('takes as no answer what is not a verified one', async () => {
    const good = { code: '10000', msg: 'Success', out_trade_no: 'T0001', qr_code: 'https://qr.alipay.com/x' }, forged = alipayNode(METHOD, good);
    const doubtful: [Said, string][] = [
      [alipayNode(METHOD, good), 'confirmed'], [alipayNode(METHOD, good, false), 'unknown unverifiable_answer'], [{ body: String(forged.body).replace('T0001', 'T0002') }, 'unknown unverifiable_answer'],
      [alipayNode('alipay.trade.query', good), 'unknown unverifiable_answer'], [alipayNode(METHOD, { ...good, out_trade_no: 'T0002' }), 'unknown unverifiable_answer'], [{ body: '<html>' }, 'unknown unverifiable_answer'],
      [{ status: 503, body: '' }, 'unknown system_error'], [alipayNode(METHOD, { code: '20000', sub_code: 'isp.unknow-error' }), 'unknown system_error'], [alipayNode(METHOD, { code: '40004', sub_code: 'ACQ.SYSTEM_ERROR' }), 'unknown system_error'],
      [alipayNode(METHOD, { code: '40004', sub_code: 'ACQ.TRADE_HAS_SUCCESS' }, false), 'unknown unverifiable_answer'], [alipayNode(METHOD, { code: '40002', sub_code: 'isv.invalid-signature' }, false), 'refused bad_signature'],
    ];
    for (const [answer, expected] of doubtful) assert.equal(said(await scripted(ALIPAY, [answer]).channel.createPayment(ORDER)), expected, String(answer.body));
  });
  it('verifies with the old and the new public key while they rotate, whichever is there', async () => {
    const next = generateKeyPairSync('rsa', { modulusLength: 2048 }), node = JSON.stringify({ code: '10000', out_trade_no: 'T0001', qr_code: 'https://qr.alipay.com/x' });
    const by = (key: typeof next): Said => ({ body: `{"alipay_trade_precreate_response":${node},"sign":"${signText(node, key.privateKey)}"}` });
    const { channel } = scripted({ ...ALIPAY, publicKeys: ['env:CHANNEL', 'env:NEXT'] } as AccountSettings, [by(theirs), by(next), by(next), by(theirs)]);
    const ask = async (): Promise<string> => said(await channel.createPayment(ORDER));
    assert.deepEqual([await ask(), await ask()], ['confirmed', 'unknown unverifiable_answer'], 'the new key is not here yet, and stops nothing');
    environment[`${PREFIX}NEXT`] = next.publicKey.export({ type: 'spki', format: 'pem' }).toString();
    await channel.reloadKeys();
    assert.deepEqual([await ask(), await ask()], ['confirmed', 'confirmed']);
    delete environment[`${PREFIX}NEXT`];
  });
  it('tells a trade that was closed unpaid from one that was paid and given back', async () => {
    const ask = async (over: object) => scripted(ALIPAY, [alipayNode('alipay.trade.query', { code: '10000', out_trade_no: 'T0001', trade_no: '2026', trade_status: 'TRADE_CLOSED', total_amount: '88.80', ...over })]).channel.queryPayment('T0001');
    const unpaid = await ask({}), given = await ask({ send_pay_date: '2026-03-01 08:00:00' });
    assert.equal(unpaid.kind === 'confirmed' && unpaid.value.state, 'closed');
    assert.deepEqual(given.kind === 'confirmed' && given.value.state === 'paid' ? [given.value.amountMinor, given.value.refundedMinor, given.value.final, given.value.paidAt] : null, [8_880n, 8_880n, true, Date.parse('2026-03-01T00:00:00Z')]);
    for (const over of [{ total_amount: '88.801' }, { total_amount: '8,880' }, { total_amount: '0.00' }, { total_amount: '1e3' }, { total_amount: 88.8 }, { trade_status: 'NEXT_YEARS' }]) assert.equal(said(await ask({ send_pay_date: '2026-03-01 08:00:00', ...over })), 'unknown unverifiable_answer', JSON.stringify(over));
  });
  it('P-12 tells a part that went back under the number of the payment, and says nothing of a payment while that is not answered', async () => {
    const trade = alipayNode('alipay.trade.query', { code: '10000', out_trade_no: 'T0001', trade_no: '2026', trade_status: 'TRADE_SUCCESS', total_amount: '88.80', send_pay_date: '2026-02-02 10:00:00', buyer_open_id: 'b' });
    const REFUND = 'alipay.trade.fastpay.refund.query', refund = { code: '10000', out_trade_no: 'T0001', out_request_no: 'T0001', trade_no: '2026', refund_amount: '8.80', total_amount: '88.80', refund_status: 'REFUND_SUCCESS' };
    const ask = async (second: Said): Promise<unknown> => {
      const outcome = await scripted(ALIPAY, [trade, second]).channel.queryPayment('T0001');
      return outcome.kind === 'confirmed' && outcome.value.state === 'paid' ? outcome.value.refundedMinor : said(outcome);
    };
    assert.deepEqual([await ask(alipayNode(REFUND, refund)), await ask(alipayNode(REFUND, { code: '10000' })), await ask(alipayNode(REFUND, { code: '40004', sub_code: 'ACQ.TRADE_NOT_EXIST' }))], [880n, null, null]);
    assert.deepEqual([await ask({ status: 503, body: '' }), await ask(alipayNode(REFUND, refund, false))], ['unknown system_error', 'unknown unverifiable_answer']);
    assert.equal(await ask(alipayNode(REFUND, { code: '40006', sub_code: 'isv.insufficient-isv-permissions' })), null, 'a right that we do not have keeps no payment from its wallet: the statement tells');
  });

  it('takes the lines out of the archive with its Chinese names, and tells one that is not whole', async () => {
    const lines = Buffer.concat([Buffer.from([0x23, 0xd6, 0xa7, 0xb8, 0xb6]), randomBytes(50_000)]), sums = Buffer.from('sums');
    // 20889_业务明细.csv and 20889_业务明细(汇总).csv in GBK, without the flag of UTF-8.
    const names = ['32303838395fd2b5cef1c3f7cfb82e637376', '32303838395fd2b5cef1c3f7cfb828bbe3d7dc292e637376'].map((hex) => Buffer.from(hex, 'hex'));
    const archive = zipOf([[names[1]!, sums], [names[0]!, lines]]);
    const fetched = async (body: Buffer) => scripted(ALIPAY, [alipayNode('alipay.data.dataservice.bill.downloadurl.query', { code: '10000', bill_download_url: 'https://dwbillcenter.alipay.com/x' }), { body }]).channel.fetchStatement({ kind: 'trade', date: '2026-03-01' });
    assert.deepEqual(await whole(await fetched(archive)), lines);
    for (const broken of [archive.subarray(0, 30_000), Buffer.from('not an archive at all, but long enough'), zipOf([[names[1]!, sums]])]) assert.equal(said(await fetched(broken)), 'unknown unverifiable_answer');
    const changed = Buffer.from(archive);
    changed[archive.length - 40_000]! ^= 0xff;
    await assert.rejects(fetched(changed).then(whole), StatementFault);
  });
});

async function whole(outcome: Outcome<StatementFile>): Promise<Buffer> {
  assert.equal(outcome.kind, 'confirmed', said(outcome));
  const pieces: Buffer[] = [];
  for await (const piece of verifiedContent((outcome as Extract<typeof outcome, { kind: 'confirmed' }>).value)) pieces.push(piece);
  return Buffer.concat(pieces);
}

function zipOf(files: [name: Buffer, content: Buffer][]): Buffer {
  const locals: Buffer[] = [], list: Buffer[] = [];
  let at = 0;
  for (const [name, content] of files) {
    const packed = deflateRawSync(content), local = Buffer.alloc(30), entry = Buffer.alloc(46);
    local.writeUInt32LE(0x04034b50, 0);
    local.writeUInt16LE(name.length, 26);
    entry.writeUInt32LE(0x02014b50, 0);
    entry.writeUInt16LE(8, 10);
    [crc32(content), packed.length, content.length].forEach((number, index) => entry.writeUInt32LE(number, 16 + 4 * index));
    entry.writeUInt16LE(name.length, 28);
    entry.writeUInt32LE(at, 42);
    locals.push(local, name, packed);
    list.push(entry, name);
    at += 30 + name.length + packed.length;
  }
  const end = Buffer.alloc(22), listed = Buffer.concat(list);
  end.writeUInt32LE(0x06054b50, 0);
  end.writeUInt16LE(files.length, 10);
  end.writeUInt32LE(at, 16);
  return Buffer.concat([...locals, listed, end]);
}
