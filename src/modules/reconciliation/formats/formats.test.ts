import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { gbk } from '../../../../simulators/wallet-channel/gbk-zip.ts';
import { StatementUnreadable } from '../domain/line.ts';
import { createStatementTable, newKey, readKey } from '../domain/statement-table.ts';
import { parseTradeNumber, refundNumber, tradeNumber } from '../../payments/index.ts';
import { newUuid } from '../../../platform/clock/index.ts';
import { minorOf } from './amount.ts';
import { readFundFlow, readTrades, type FundLine } from './index.ts';
import { splitLines } from './split-lines.ts';

type Seen = { kind: string; number: string; channel: string; at: string; amountMinor: number; feeMinor: number; state: string };
async function trades(format: 'wechatpay_trade' | 'alipay_trade', text: Buffer) {
  const lines: Seen[] = [];
  const trailer = await readTrades(format, [text], ({ bytes, kind, numberFrom, numberTo, channelFrom, channelTo, atFrom, atTo, amountMinor, feeMinor, state }) => {
    lines.push({ kind, number: bytes.toString('utf8', numberFrom, numberTo), channel: bytes.toString('utf8', channelFrom, channelTo), at: bytes.toString('utf8', atFrom, atTo), amountMinor, feeMinor, state });
  });
  return { lines, trailer };
}
const unreadable = (code: StatementUnreadable['code']) => (error: unknown): boolean => error instanceof StatementUnreadable && error.code === code;

describe("WeChat Pay's trade bill", () => {
  const left = '`2026-11-20 10:00:00,`wx1,`190,`0,`,`4200001,';
  const OLD = '交易时间,公众账号ID,商户号,子商户号,设备号,微信订单号,商户订单号,用户标识,交易类型,交易状态,付款银行,货币种类,总金额,代金券或立减优惠金额,微信退款单号,商户退款单号,退款金额,代金券或立减优惠退款金额,退款类型,退款状态,商品名称,商户数据包,手续费,费率';
  const OLD_TOTALS = '总交易单数,总交易额,总退款金额,总代金券或立减优惠退款金额,手续费总金额';

  it('of an old merchant has other columns and is read by their names', async () => {
    const text = `\ufeff${OLD}\r\n${left}\`N1,\`o,\`NATIVE,\`SUCCESS,\`CMB,\`CNY,\`12.30,\`0.00,\`0,\`0,\`0.00,\`0.00,\`,\`,\`充电, 两次,\`,\`0.07000,\`0.60%\r\n${left}\`N1,\`o,\`NATIVE,\`REFUND,\`CMB,\`CNY,\`0.00,\`0.00,\`5000,\`R1,\`2.00,\`0.00,\`ORIGINAL,\`PROCESSING,\`x,\`,\`-0.01000,\`0.60%\r\n${OLD_TOTALS}\r\n\`2,\`12.30,\`2.00,\`0.00,\`0.06000\r\n`;
    const { lines, trailer } = await trades('wechatpay_trade', Buffer.from(text));
    assert.deepEqual(lines, [
      { kind: 'payment', number: 'N1', channel: '4200001', at: '2026-11-20 10:00:00', amountMinor: 1_230, feeMinor: 7, state: 'succeeded' },
      { kind: 'refund', number: 'R1', channel: '4200001', at: '2026-11-20 10:00:00', amountMinor: 200, feeMinor: -1, state: 'accepted' },
    ]);
    assert.deepEqual(trailer, { lines: 2, paymentsMinor: 1_230n, refundsMinor: 200n, feesMinor: 6n });
  });

  it('without a column that is needed, with a line of other length or an amount that is none is refused and says what is wrong', async () => {
    await assert.rejects(trades('wechatpay_trade', Buffer.from('交易时间,商户订单号\r\n')), (error) => unreadable('statement_columns_missing')(error) && /微信订单号/.test((error as Error).message));
    await assert.rejects(trades('wechatpay_trade', Buffer.from(`${OLD}\r\n\`a,\`b\r\n`)), (error) => unreadable('statement_line_malformed')(error) && /detail line 1/.test((error as Error).message));
    await assert.rejects(trades('wechatpay_trade', Buffer.from(`${OLD}\r\n${left}\`N1,\`o,\`NATIVE,\`SUCCESS,\`CMB,\`CNY,\`twelve,\`0.00,\`0,\`0,\`0.00,\`0.00,\`,\`,\`x,\`,\`0.07,\`0.60%\r\n`)), unreadable('statement_line_malformed'));
  });
});

describe("Alipay's detail bill", () => {
  const header = '支付宝交易号,商户订单号,业务类型,商品名称,创建时间,完成时间,门店编号,门店名称,操作员,终端号,对方账户,订单金额（元）,商家实收（元）,支付宝红包（元）,集分宝（元）,支付宝优惠（元）,商家优惠（元）,券核销金额（元）,券名称,商家红包消费金额（元）,卡消费金额（元）,退款批次号/请求号,服务费（元）,分润（元）,备注';
  const row = (kind: string, goods: string, amount: string, refund: string, fee: string): string =>
    `2026112022001\t,N1\t,${kind}\t,${goods},2026-11-20 10:00:00,2026-11-20 10:00:09,\t,\t,\t,\t,*某(138****0000)\t,${amount},${amount},0.00,0.00,0.00,0.00,0.00,,0.00\t,0.00\t,${refund}\t,${fee},0.00,`;
  const around = (...rows: string[]): Buffer => gbk(['#支付宝业务明细查询', header, ...rows, '#-----业务明细列表结束-----', '#交易合计：1笔，商家实收共12.30元，商家优惠共0.00元', '#退款合计：1笔，商家实收退款共-2.00元，商家优惠退款共0.00元', ''].join('\r\n'));

  it('is GBK with tabs and signs of its own, and a comma in a goods name moves no column', async () => {
    const { lines, trailer } = await trades('alipay_trade', around(row('交易', '充电,两次', '12.30', '', '-0.07'), row('退款', '充电', '-2.00', 'R1', '0.01')));
    assert.deepEqual(lines, [
      { kind: 'payment', number: 'N1', channel: '2026112022001', at: '2026-11-20 10:00:09', amountMinor: 1_230, feeMinor: 7, state: 'succeeded' },
      { kind: 'refund', number: 'R1', channel: '2026112022001', at: '2026-11-20 10:00:09', amountMinor: 200, feeMinor: -1, state: 'succeeded' },
    ]);
    assert.deepEqual(trailer, { lines: 2, paymentsMinor: 1_230n, refundsMinor: 200n, feesMinor: null });
  });

  it('that ends before its totals is refused', async () => {
    await assert.rejects(trades('alipay_trade', gbk(`${header}\r\n${row('交易', 'x', '1.00', '', '0.00')}\r\n`)), unreadable('statement_incomplete'));
  });
});

describe('fund flows', () => {
  it('of both channels say what each movement was and what was left after it', async () => {
    const read = async (format: 'wechatpay_fund_flow' | 'alipay_fund_flow', text: Buffer): Promise<[string, bigint, bigint][]> => {
      const lines: FundLine[] = [];
      await readFundFlow(format, [text], (line) => { lines.push(line); });
      return lines.map(({ kind, amountMinor, balanceMinor }) => [kind, amountMinor, balanceMinor]);
    };
    const expected = [['paid', 1_230n, 1_230n], ['fee', -7n, 1_223n], ['refunded', -200n, 1_023n], ['fee', 1n, 1_024n], ['paid_out', -1_000n, 24n]];
    const wechat = ['`t,`b,`f1,`交易,`交易,`收入,`12.30,`12.30,`s,`,`v', '`t,`b,`f2,`扣除交易手续费,`扣除交易手续费,`支出,`0.07,`12.23,`s,`,`v', '`t,`b,`f3,`退款,`退款,`支出,`2.00,`10.23,`s,`,`v',
      '`t,`b,`f4,`退款,`退还交易手续费,`收入,`0.01,`10.24,`s,`,`v', '`t,`b,`f5,`提现,`提现,`支出,`10.00,`0.24,`s,`,`v'];
    assert.deepEqual(await read('wechatpay_fund_flow', Buffer.from(`\ufeff记账时间,微信支付业务单号,资金流水单号,业务名称,业务类型,收支类型,收支金额(元),账户结余(元),资金变更提交申请人,备注,业务凭证号\r\n${wechat.join('\r\n')}\r\n资金流水总笔数,收入笔数,收入金额,支出笔数,支出金额\r\n\`5.0,\`2.0,\`12.31,\`3.0,\`12.07\r\n`)), expected);
    const alipay = ['f1\t,b\t,N1\t,充电,两次\t,t,p,12.30,0.00,12.30,支付宝,在线支付,', 'f2\t,b\t,N1\t,充电\t,t,p,0.00,-0.07,12.23,支付宝,收费,', 'f3\t,b\t,N1\t,充电\t,t,p,0.00,-2.00,10.23,支付宝,交易退款,', 'f4\t,b\t,N1\t,充电\t,t,p,0.01,0.00,10.24,支付宝,退费,', 'f5\t,b\t,\t,\t,t,p,0.00,-10.00,0.24,支付宝,提现,'];
    assert.deepEqual(await read('alipay_fund_flow', gbk(['#支付宝账务明细查询', '账务流水号,业务流水号,商户订单号,商品名称,发生时间,对方账号,收入金额（+元）,支出金额（-元）,账户余额（元）,交易渠道,业务类型,备注', ...alipay, '#支出合计：3笔，共-12.07元', '#收入合计：2笔，共12.31元', ''].join('\r\n'))), expected);
  });
});

describe('the pieces of a statement', () => {
  it('are the same lines however the bytes arrive', async () => {
    await fc.assert(fc.asyncProperty(fc.array(fc.string({ maxLength: 40 }).map((text) => text.replaceAll(/[\r\n\ufeff]/g, '-'))), fc.array(fc.nat(50), { minLength: 1 }), async (lines, cuts) => {
      const whole = Buffer.from(lines.map((line) => `${line}\r\n`).join(''));
      const pieces: Buffer[] = [];
      for (let at = 0, i = 0; at < whole.length; i++) { const size = cuts[i % cuts.length]! + 1; pieces.push(whole.subarray(at, at + size)); at += size; }
      const seen: string[] = [];
      await splitLines(pieces, (piece, from, to) => { seen.push(piece.toString('utf8', from, to)); });
      assert.deepEqual(seen, lines);
    }), { numRuns: 300 });
  });

  it('hold amounts that become minor units exactly, and nothing else does', () => {
    fc.assert(fc.property(fc.integer({ min: -999_999_999, max: 999_999_999 }), fc.nat(3), (minor, zeros) => {
      const [whole, cents] = [Math.trunc(Math.abs(minor) / 100), Math.abs(minor) % 100];
      const text = Buffer.from(`${minor < 0 ? '-' : ''}${whole}.${String(cents).padStart(2, '0')}${'0'.repeat(zeros)}\t`);
      assert.equal(minorOf(text, 0, text.length), minor === 0 ? 0 : minor);
    }));
    for (const text of ['', '.5', '1.234', '1,000.00', '1e3', '--1', '9999999999999.00', '1.2.3']) assert.equal(minorOf(Buffer.from(text), 0, Buffer.byteLength(text)), null, text);
  });

  it('find every number of ours again among many, also when it stands there twice, and know the others as foreign', () => {
    const table = createStatementTable(), key = newKey();
    const numbers = Array.from({ length: 20_000 }, (_, index) => (index % 3 === 0 ? refundNumber('L', newUuid()) : tradeNumber({ environment: 'L', orderId: newUuid(), attempt: 1 + (index % 20) })));
    const read = (number: string): boolean => readKey(Buffer.from(number), 0, number.length, key);
    numbers.forEach((number, index) => { assert.ok(read(number)); table.add(key, number[1] === 'R' ? 'refund' : 'payment', BigInt(index), 0n, 'succeeded', index + 1); });
    numbers.slice(0, 100).forEach((number, index) => { read(number); table.add(key, 'payment', BigInt(index), 0n, 'succeeded', 20_001 + index); });
    numbers.forEach((number, index) => {
      read(number);
      const row = table.find(key);
      assert.equal(table.lineNo(row), index + 1);
      assert.equal(table.next(row) >= 0, index < 100);
    });
    assert.ok(read(tradeNumber({ environment: 'L', orderId: newUuid(), attempt: 1 })));
    assert.equal(table.find(key), -1);
    for (const foreign of ['T-OTHER', '', `X${'u'.repeat(28)}`, `${numbers[1]!}0`]) assert.equal(read(foreign), false, foreign);
    assert.equal(parseTradeNumber('T-OTHER'), null);
  });
});
