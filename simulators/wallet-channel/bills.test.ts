import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { after, describe, test } from 'node:test';
import { gunzipSync, inflateRawSync } from 'node:zlib';
import { alipay, wechat } from './client.ts';
import { chinaDate } from './clock.ts';
import { startWalletChannel, type TruthLine } from './index.ts';

const channel = await startWalletChannel({ seed: 3, timeFactor: 0, refundSpacingMs: 0 });
after(() => channel.close());
const wx = await channel.control.createMerchant({ channel: 'wechatpay' });
const ali = await channel.control.createMerchant({ channel: 'alipay' });
const date = chinaDate(Date.now());
const AMOUNTS = [10_000, 3_333, 1, 25_050];
const wxNumber = (i: number): string => `Bwx0000000000000000000${i}01`;
const aliNumber = (i: number): string => `Bali000000000000000000${i}01`;

for (const [i, amountFen] of AMOUNTS.entries()) {
  await wechat(wx, 'POST', '/v3/pay/transactions/native', { appid: wx.appIds[0], mchid: wx.merchantId, description: '充电，充值', out_trade_no: wxNumber(i), notify_url: 'http://127.0.0.1:1/n', amount: { total: amountFen } });
  await alipay(ali, 'alipay.trade.precreate', { out_trade_no: aliNumber(i), total_amount: (amountFen / 100).toFixed(2), subject: '充电，充值' });
  channel.control.pay({ outTradeNo: wxNumber(i) });
  channel.control.pay({ outTradeNo: aliNumber(i) });
}
await wechat(wx, 'POST', '/v3/refund/domestic/refunds', { out_trade_no: wxNumber(0), out_refund_no: 'RW1', amount: { refund: 4_000, total: 10_000, currency: 'CNY' } });
await alipay(ali, 'alipay.trade.refund', { out_trade_no: aliNumber(0), refund_amount: '40.00', out_request_no: 'RA1' });

const tradeBill = async (more = ''): Promise<{ lines: string[]; hash: string; text: Buffer }> => {
  const { body, status } = await wechat(wx, 'GET', `/v3/bill/tradebill?bill_date=${date}&bill_type=ALL&tar_type=GZIP${more}`);
  assert.equal(status, 200, JSON.stringify(body));
  return download(body as Record<string, string>);
};
async function download(body: Record<string, string>): Promise<{ lines: string[]; hash: string; text: Buffer }> {
  const url = new URL(body.download_url!);
  const file = await wechat(wx, 'GET', `${url.pathname}${url.search}`);
  assert.equal(file.verified, false, 'the download of a bill carries no signature');
  const text = gunzipSync(file.raw);
  return { lines: text.toString().slice(1).trimEnd().split('\r\n'), hash: body.hash_value!, text };
}

describe('WeChat Pay', () => {
  test('a bill of today or of a day without trade is refused', async () => {
    assert.equal((await wechat(wx, 'GET', `/v3/bill/tradebill?bill_date=${date}`)).body.code, 'INVALID_REQUEST');
    assert.equal((await wechat(wx, 'GET', `/v3/bill/tradebill?bill_date=${chinaDate(Date.now() - 2 * 86_400_000)}`)).body.code, 'NO_STATEMENT_EXIST');
  });

  test('the trade bill has 27 columns, every payment and refund of the day, and totals; its hash is that of the text', async () => {
    channel.control.makeBills(date);
    const { lines, hash, text } = await tradeBill();
    assert.equal(createHash('sha1').update(text).digest('hex'), hash);
    assert.equal(lines[0]!.split(',').length, 27);
    const rows = lines.slice(1, -2).map((line) => line.slice(1).split(',`'));
    assert.deepEqual(rows.map((row) => row.length), rows.map(() => 27));
    assert.deepEqual(rows.filter((row) => row[9] === 'SUCCESS').map((row) => [row[6], row[24], row[22]]), [[wxNumber(0), '100.00', '0.60000'], [wxNumber(1), '33.33', '0.20000'], [wxNumber(2), '0.01', '0.00000'], [wxNumber(3), '250.50', '1.50000']]);
    assert.deepEqual(rows.filter((row) => row[9] === 'REFUND').map((row) => [row[6], row[15], row[25], row[22]]), [[wxNumber(0), 'RW1', '40.00', '-0.24000']]);
    assert.equal(lines.at(-1), '`5.0,`383.84,`40.00,`0.00,`2.06000,`383.84,`40.00');
  });

  test('fetched again it is the same to the byte', async () => {
    assert.deepEqual((await tradeBill()).text, (await tradeBill()).text);
  });

  test('the balance of the fund-flow bill runs from row to row and ends at what the merchant has', async () => {
    const { body } = await wechat(wx, 'GET', `/v3/bill/fundflowbill?bill_date=${date}&account_type=BASIC&tar_type=GZIP`);
    const { lines } = await download(body as Record<string, string>);
    let balance = 0;
    for (const row of lines.slice(1, -2).map((line) => line.slice(1).split(',`'))) {
      balance += (row[5] === '收入' ? 1 : -1) * Math.round(Number(row[6]) * 100);
      assert.equal(Math.round(Number(row[7]) * 100), balance);
    }
    assert.equal(balance, channel.control.merchants().find((merchant) => merchant.merchantId === wx.merchantId)!.balanceFen);
    assert.equal(balance, 38_384 - 230 - 4_000 + 24);
  });
});

describe('Alipay', () => {
  test('the trade bill is a zip of GBK files with 25 columns, refunds negative, totals as comments', async () => {
    const files = unzip(await billOf('trade'));
    assert.deepEqual(files.map((file) => file.name), [`${ali.merchantId}0156_${date.replaceAll('-', '')}_业务明细.csv`, `${ali.merchantId}0156_${date.replaceAll('-', '')}_业务明细(汇总).csv`]);
    const lines = files[0]!.text.split('\r\n');
    const header = lines.findIndex((line) => line.startsWith('支付宝交易号'));
    assert.deepEqual([header, lines[header]!.split(',').length], [4, 25]);
    const rows = lines.filter((line) => /^\d{20}/.test(line)).map((line) => line.split(',').map((field) => field.trim()));
    assert.deepEqual(rows.map((row) => [row[1], row[2], row[11], row[21], row[22]]), [
      [aliNumber(0), '交易', '100.00', '', '-0.60'], [aliNumber(1), '交易', '33.33', '', '-0.20'], [aliNumber(2), '交易', '0.01', '', '0.00'], [aliNumber(3), '交易', '250.50', '', '-1.50'], [aliNumber(0), '退款', '-40.00', 'RA1', '0.24'],
    ]);
    assert.ok(lines.includes('#交易合计：4笔，商家实收共383.84元，商家优惠共0.00元') && lines.includes('#退款合计：1笔，商家实收退款共-40.00元，商家优惠退款共0.00元'));
  });

  test('the balance movements run from row to row', async () => {
    const [file] = unzip(await billOf('signcustomer'));
    let balance = 0;
    for (const row of file!.text.split('\r\n').filter((line) => /^\d{20}/.test(line)).map((line) => line.split(','))) {
      balance += Math.round(Number(row[6]) * 100) + Math.round(Number(row[7]) * 100);
      assert.equal(Math.round(Number(row[8]) * 100), balance);
    }
    assert.equal(balance, 38_384 - 230 - 4_000 + 24);
  });

  async function billOf(type: string): Promise<Buffer> {
    const { body } = await alipay(ali, 'alipay.data.dataservice.bill.downloadurl.query', { bill_type: type, bill_date: date });
    return Buffer.from(await (await fetch(body.bill_download_url!)).arrayBuffer());
  }
});

test('differences that are planted in a bill are named in the truth, each with what it was', async () => {
  const other = await startWalletChannel({ seed: 11, timeFactor: 0, faults: { bill_row_missing: 0.1, bill_row_extra: 0.1, bill_amount_differs: 0.1, bill_state_differs: 0.1, bill_fee_differs: 0.1, bill_row_duplicated: 0.1, bill_comma_in_goods_name: 0.1 } });
  try {
    const keys = await other.control.createMerchant({ channel: 'wechatpay' });
    for (let i = 100; i < 180; i++) {
      const outTradeNo = `Dwx000000000000000000${i}01`;
      await wechat(keys, 'POST', '/v3/pay/transactions/native', { appid: keys.appIds[0], mchid: keys.merchantId, description: '充值', out_trade_no: outTradeNo, notify_url: 'http://127.0.0.1:1/n', amount: { total: 100 * i } });
      other.control.pay({ outTradeNo });
    }
    other.control.makeBills(date);
    const { body } = await wechat(keys, 'GET', `/v3/bill/tradebill?bill_date=${date}`);
    const url = new URL(String(body.download_url));
    const lines = (await wechat(keys, 'GET', `${url.pathname}${url.search}`)).raw.toString().trimEnd().split('\r\n').slice(1, -2).map((line) => line.slice(1).split(',`'));
    const planted = [...other.control.truth()].filter((line) => line.kind === 'bill_fault') as (TruthLine & { fault: string; outTradeNo: string })[];
    const named = (fault: string): string[] => planted.filter((line) => line.fault === fault).map((line) => line.outTradeNo);
    const numbers = lines.map((row) => row[6]!);
    assert.equal(new Set(planted.map((line) => line.fault)).size, 7);
    for (const missing of named('bill_row_missing')) assert.ok(!numbers.includes(missing));
    for (const extra of named('bill_row_extra')) assert.equal(other.control.trade({ outTradeNo: extra }), null);
    for (const twice of named('bill_row_duplicated')) assert.equal(numbers.filter((number) => number === twice).length, 2);
    assert.equal(numbers.length, 80 - named('bill_row_missing').length + named('bill_row_extra').length + named('bill_row_duplicated').length);
    assert.ok(named('bill_comma_in_goods_name').length > 0 && lines.every((row) => row.length === 27));
  } finally {
    await other.close();
  }
});

test('Alipay: a payment shown as a refund and a refund shown as a payment are in the totals as what they are shown as', async () => {
  const other = await startWalletChannel({ seed: 12, timeFactor: 0, faults: { bill_state_differs: 1 } });
  try {
    const keys = await other.control.createMerchant({ channel: 'alipay' });
    for (const outTradeNo of ['Dali1', 'Dali2']) {
      await alipay(keys, 'alipay.trade.precreate', { out_trade_no: outTradeNo, total_amount: '100.00', subject: '充值' });
      other.control.pay({ outTradeNo });
    }
    await alipay(keys, 'alipay.trade.refund', { out_trade_no: 'Dali2', refund_amount: '40.00', out_request_no: 'RA2' });
    other.control.makeBills(date);
    const { body } = await alipay(keys, 'alipay.data.dataservice.bill.downloadurl.query', { bill_type: 'trade', bill_date: date });
    const [detail, summary] = unzip(Buffer.from(await (await fetch(body.bill_download_url!)).arrayBuffer()));
    const lines = detail!.text.split('\r\n');
    const rows = lines.filter((line) => /^\d{20}/.test(line)).map((line) => line.split(',').map((field) => field.trim()));
    assert.deepEqual(rows.map((row) => [row[1], row[2], row[11], row[21], row[22]]), [
      ['Dali1', '退款', '-100.00', 'Dali1', '0.60'], ['Dali2', '退款', '-100.00', 'Dali2', '0.60'], ['Dali2', '交易', '40.00', '', '-0.24'],
    ]);
    assert.ok(lines.includes('#交易合计：1笔，商家实收共40.00元，商家优惠共0.00元') && lines.includes('#退款合计：2笔，商家实收退款共-200.00元，商家优惠退款共0.00元'), detail!.text);
    assert.match(summary!.text, /合计\t,\t,1,2,-160\.00,-160\.00/);
    const planted = [...other.control.truth()].filter((line) => line.kind === 'bill_fault') as (TruthLine & { fault: string; outTradeNo: string; outRefundNo: string | null })[];
    assert.deepEqual(planted.map(({ fault, outTradeNo, outRefundNo }) => [fault, outTradeNo, outRefundNo]), [['bill_state_differs', 'Dali1', null], ['bill_state_differs', 'Dali2', null], ['bill_state_differs', 'Dali2', 'RA2']]);
  } finally {
    await other.close();
  }
});

/** Reads the central directory; the names are GBK, whatever the flags say. */
function unzip(zip: Buffer): { name: string; text: string }[] {
  const decode = (bytes: Buffer): string => new TextDecoder('gbk', { fatal: true }).decode(bytes);
  const end = zip.lastIndexOf(Buffer.from('504b0506', 'hex'));
  const files: { name: string; text: string }[] = [];
  let at = zip.readUInt32LE(end + 16);
  for (let i = 0; i < zip.readUInt16LE(end + 10); i++) {
    const [packed, nameSize, local] = [zip.readUInt32LE(at + 20), zip.readUInt16LE(at + 28), zip.readUInt32LE(at + 42)];
    assert.equal(zip.readUInt16LE(at + 8) & 0x800, 0, 'no UTF-8 flag');
    const start = local + 30 + zip.readUInt16LE(local + 26) + zip.readUInt16LE(local + 28);
    files.push({ name: decode(zip.subarray(at + 46, at + 46 + nameSize)), text: decode(inflateRawSync(zip.subarray(start, start + packed))) });
    at += 46 + nameSize;
  }
  return files;
}
