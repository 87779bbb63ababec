/** The text of WeChat Pay's bills: UTF-8 with a byte order mark, a backtick before every field, totals at the end. Amounts are yuan, commissions have five decimals. */
import type { BillRow } from './bill-rows.ts';
import { chinaTime } from './clock.ts';
import { yuan } from './money.ts';
import type { FundEntry, Merchant } from './types.ts';
import { bankOf } from './wechatpay-voice.ts';

const LEFT = ['交易时间', '公众账号ID', '商户号', '特约商户号', '设备号', '微信订单号', '商户订单号', '用户标识', '交易类型', '交易状态', '付款银行', '货币种类', '应结订单金额', '代金券金额'];
const REFUND = ['微信退款单号', '商户退款单号', '退款金额', '充值券退款金额', '退款类型', '退款状态'];
const HEADERS = {
  ALL: [...LEFT, ...REFUND, '商品名称', '商户数据包', '手续费', '费率', '订单金额', '申请退款金额', '费率备注'],
  SUCCESS: [...LEFT, '商品名称', '商户数据包', '手续费', '费率', '订单金额', '费率备注'],
  REFUND: [...LEFT, '退款申请时间', '退款成功时间', ...REFUND, '商品名称', '商户数据包', '手续费', '费率', '订单金额', '申请退款金额', '费率备注'],
} as const;
export type TradeBillType = keyof typeof HEADERS;
/** What merchants of long ago still get: other names, three columns fewer. */
const OLD_HEADER = ['交易时间', '公众账号ID', '商户号', '子商户号', '设备号', '微信订单号', '商户订单号', '用户标识', '交易类型', '交易状态', '付款银行', '货币种类', '总金额', '代金券或立减优惠金额',
  '微信退款单号', '商户退款单号', '退款金额', '代金券或立减优惠退款金额', '退款类型', '退款状态', '商品名称', '商户数据包', '手续费', '费率'];
const TOTALS = ['总交易单数', '应结订单总金额', '退款总金额', '充值券退款总金额', '手续费总金额', '订单总金额', '申请退款总金额'];
const OLD_TOTALS = ['总交易单数', '总交易额', '总退款金额', '总代金券或立减优惠退款金额', '手续费总金额'];
const FUND_HEADER = ['记账时间', '微信支付业务单号', '资金流水单号', '业务名称', '业务类型', '收支类型', '收支金额(元)', '账户结余(元)', '资金变更提交申请人', '备注', '业务凭证号'];
const FUND_TOTALS = ['资金流水总笔数', '收入笔数', '收入金额', '支出笔数', '支出金额'];
const BOM = '\uFEFF';

const line = (fields: readonly string[]): string => fields.map((field) => `\`${field}`).join(',');
const fee = (fen: number): string => `${yuan(fen)}000`;

export function tradeBillText(merchant: Merchant, rows: readonly BillRow[], type: TradeBillType, options: { readonly old: boolean; readonly wrongTotals: boolean }): string {
  const old = options.old && type === 'ALL';
  const wanted = rows.filter((row) => type === 'ALL' || (row.kind === 'payment') === (type === 'SUCCESS'));
  const header = old ? OLD_HEADER : HEADERS[type];
  const lines = [header.join(','), ...wanted.map((row) => line(fields(merchant, row, type, old)))];
  let [settled, refunded, fees] = [0, 0, 0];
  for (const row of wanted) {
    if (row.kind === 'payment') settled += row.amountFen;
    else refunded += row.amountFen;
    fees += row.feeFen;
  }
  if (options.wrongTotals) settled += 100;
  const totals = [`${wanted.length}.0`, yuan(settled), yuan(refunded), '0.00', fee(fees), yuan(settled), yuan(refunded)];
  lines.push((old ? OLD_TOTALS : TOTALS).join(','), line(old ? totals.slice(0, 5) : totals));
  return `${BOM}${lines.join('\r\n')}\r\n`;
}

function fields(merchant: Merchant, row: BillRow, type: TradeBillType, old: boolean): string[] {
  const payment = row.kind === 'payment';
  const left = [
    chinaTime(row.at), row.appId, merchant.merchantId, '0', '', row.tradeNo, row.outTradeNo, row.payer, row.tradeType, row.state, row.trade ? bankOf(row.trade) : 'OTHERS', 'CNY', payment ? yuan(row.amountFen) : '0.00', '0.00',
  ];
  const refund = payment ? ['0', '0', '0.00', '0.00', '', ''] : [row.refundNo, row.outRefundNo, yuan(row.amountFen), '0.00', 'ORIGINAL', row.refundState];
  const rate = `${(merchant.feePerMyriad / 100).toFixed(2)}%`;
  const goods = [row.goods, row.attach, fee(row.feeFen), rate];
  if (old) return [...left, ...refund, ...goods];
  const ordered = payment ? yuan(row.amountFen) : '0.00';
  if (type === 'SUCCESS') return [...left, ...goods, ordered, ''];
  const times = type === 'REFUND' ? [chinaTime(row.at), row.finishedAt === null ? '' : chinaTime(row.finishedAt)] : [];
  return [...left, ...times, ...refund, ...goods, ordered, payment ? '0.00' : yuan(row.amountFen), ''];
}

const KINDS = { payment: ['交易', '交易'], fee: ['扣除交易手续费', '扣除交易手续费'], refund: ['退款', '退款'], fee_returned: ['退款', '退还交易手续费'], payout: ['提现', '提现'], chargeback: ['交易拒付', '拒付'], chargeback_won: ['拒付返还', '拒付返还'] } as const;

export function fundFlowText(rows: readonly FundEntry[]): string {
  let [income, incomes, spent, spendings] = [0, 0, 0, 0];
  const lines = rows.map((entry) => {
    const incoming = entry.amountFen >= 0;
    if (incoming) [income, incomes] = [income + entry.amountFen, incomes + 1];
    else [spent, spendings] = [spent - entry.amountFen, spendings + 1];
    const business = entry.refund ? entry.refund.refundNo : entry.trade?.tradeNo ?? entry.flowNo;
    const [name, kind] = KINDS[entry.kind];
    const voucher = entry.refund ? entry.refund.outRefundNo : entry.trade?.outTradeNo ?? entry.flowNo;
    return line([chinaTime(entry.at), business, entry.flowNo, name, kind, incoming ? '收入' : '支出', yuan(Math.abs(entry.amountFen)), yuan(entry.balanceFen), 'system', entry.refund?.reason ?? '', voucher]);
  });
  const totals = line([`${rows.length}.0`, `${incomes}.0`, yuan(income), `${spendings}.0`, yuan(spent)]);
  return `${BOM}${[FUND_HEADER.join(','), ...lines, FUND_TOTALS.join(','), totals].join('\r\n')}\r\n`;
}
