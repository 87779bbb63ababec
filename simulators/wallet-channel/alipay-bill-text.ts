/** The text of Alipay's bills: comment lines, a header, values with tabs after them, totals as comments. To be written in GBK. */
import type { BillRow } from './bill-rows.ts';
import { chinaMidnight, chinaTime, DAY_MS } from './clock.ts';
import { logonOf } from './alipay-voice.ts';
import { yuan } from './money.ts';
import type { FundEntry, Merchant } from './types.ts';

const DETAIL = '支付宝交易号,商户订单号,业务类型,商品名称,创建时间,完成时间,门店编号,门店名称,操作员,终端号,对方账户,订单金额（元）,商家实收（元）,支付宝红包（元）,集分宝（元）,支付宝优惠（元）,商家优惠（元）,券核销金额（元）,券名称,商家红包消费金额（元）,卡消费金额（元）,退款批次号/请求号,服务费（元）,分润（元）,备注';
/** Before shops and coupons had columns of their own. */
const OLD_DETAIL = '支付宝交易号,商户订单号,业务类型,商品名称,创建时间,完成时间,门店编号,门店名称,操作员,终端号,对方账户,订单金额（元）,商家实收（元）,支付宝红包（元）,集分宝（元）,支付宝优惠（元）,商家优惠（元）,券核销金额（元）,券名称,退款批次号/请求号,服务费（元）,备注';
const SUMMARY = '门店编号,门店名称,交易订单总笔数,退款订单总笔数,订单金额（元）,商家实收（元）,支付宝优惠（元）,商家优惠（元）,卡消费金额（元）,服务费（元）,分润（元）,实收净额（元）';
const FLOW = '账务流水号,业务流水号,商户订单号,商品名称,发生时间,对方账号,收入金额（+元）,支出金额（-元）,账户余额（元）,交易渠道,业务类型,备注';

const chinese = (at: number): string => {
  const [date, time] = chinaTime(at).split(' ');
  const [year, month, day] = date!.split('-');
  return `${year}年${month}月${day}日 ${time}`;
};
function around(title: string, list: string, merchant: Merchant, date: string, body: readonly string[], trailer: readonly string[], at: number): string {
  const from = chinaMidnight(date)!;
  return [
    `#支付宝${title}查询`, `#账号：[${merchant.merchantId}0156]`, `#起始日期：[${chinese(from)}]   终止日期：[${chinese(from + DAY_MS)}]`, `#-----------------------------------------${list}----------------------------------------`,
    ...body, `#-----------------------------------------${list}结束------------------------------------`, ...trailer, `#导出时间：[${chinese(at)}]`, '',
  ].join('\r\n');
}

const signedFen = (row: BillRow): number => (row.kind === 'payment' ? row.amountFen : -row.amountFen);
/** The commission is the merchant's loss: negative at a payment, positive when it comes back. */
const signedFee = (row: BillRow): number => 0 - row.feeFen;

export function alipayDetailText(merchant: Merchant, date: string, rows: readonly BillRow[], options: { readonly old: boolean; readonly wrongTotals: boolean }, at: number): string {
  let [paid, payments, refunded, refunds] = [0, 0, 0, 0];
  const lines = rows.map((row) => {
    if (row.kind === 'payment') [paid, payments] = [paid + row.amountFen, payments + 1];
    else [refunded, refunds] = [refunded + row.amountFen, refunds + 1];
    const amount = yuan(signedFen(row));
    const kind = row.state === 'SUCCESS' ? '交易' : '退款';
    const left = [`${row.tradeNo}\t`, `${row.outTradeNo}\t`, `${kind}\t`, row.goods, chinaTime(row.createdAt), chinaTime(row.finishedAt ?? row.at), '\t', '\t', '\t', '\t', `*某(${row.trade ? logonOf(row.trade) : '138****0000'})\t`,
      amount, amount, '0.00', '0.00', '0.00', '0.00', '0.00', ''];
    return [...left, ...(options.old ? [] : ['0.00\t', '0.00']), `${row.outRefundNo}\t`, yuan(signedFee(row)), ...(options.old ? [] : ['0.00']), row.attach].join(',');
  });
  if (options.wrongTotals) paid += 100;
  return around('业务明细', '业务明细列表', merchant, date, [options.old ? OLD_DETAIL : DETAIL, ...lines], [
    `#交易合计：${payments}笔，商家实收共${yuan(paid)}元，商家优惠共0.00元`, `#退款合计：${refunds}笔，商家实收退款共${yuan(-refunded)}元，商家优惠退款共0.00元`,
  ], at);
}

export function alipaySummaryText(merchant: Merchant, date: string, rows: readonly BillRow[], at: number): string {
  const payments = rows.filter((row) => row.kind === 'payment').length;
  const amount = rows.reduce((sum, row) => sum + signedFen(row), 0);
  const fees = rows.reduce((sum, row) => sum + signedFee(row), 0);
  const total = ['合计\t', '\t', String(payments), String(rows.length - payments), yuan(amount), yuan(amount), '0.00', '0.00', '0.00', yuan(fees), '0.00', yuan(amount + fees)].join(',');
  return around('业务汇总', '业务汇总列表', merchant, date, [SUMMARY, total], [], at);
}

const KINDS = { payment: '在线支付', fee: '收费', refund: '交易退款', fee_returned: '退费', payout: '提现', chargeback: '拒付扣款', chargeback_won: '拒付返还' } as const;

export function alipayFlowText(merchant: Merchant, date: string, rows: readonly FundEntry[], at: number): string {
  let [income, incomes, spent, spendings] = [0, 0, 0, 0];
  const lines = rows.map((entry) => {
    const incoming = entry.amountFen >= 0;
    if (incoming) [income, incomes] = [income + entry.amountFen, incomes + 1];
    else [spent, spendings] = [spent - entry.amountFen, spendings + 1];
    return [`${entry.flowNo}\t`, `${entry.trade?.tradeNo ?? entry.flowNo}\t`, `${entry.trade?.outTradeNo ?? ''}\t`, `${entry.trade?.description ?? ''}\t`, chinaTime(entry.at), entry.trade ? `*某(${logonOf(entry.trade)})` : '',
      incoming ? yuan(entry.amountFen) : '0.00', incoming ? '0.00' : yuan(entry.amountFen), yuan(entry.balanceFen), '支付宝', KINDS[entry.kind], entry.refund?.outRefundNo ?? ''].join(',');
  });
  return around('账务明细', '账务明细列表', merchant, date, [FLOW, ...lines], [`#支出合计：${spendings}笔，共${yuan(-spent)}元`, `#收入合计：${incomes}笔，共${yuan(income)}元`], at);
}
