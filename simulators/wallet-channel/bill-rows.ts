/** The rows of a merchant's bill of one day, before and after the faults that were drawn for them. What was planted is kept, for the truth. */
import { chinaMidnight, DAY_MS } from './clock.ts';
import type { FaultName } from './faults.ts';
import { feeOf } from './money.ts';
import type { FundEntry, Merchant, Trade } from './types.ts';
import type { World } from './world.ts';

export type BillRow = {
  readonly kind: 'payment' | 'refund' | 'reversal'; readonly at: number; readonly createdAt: number; readonly finishedAt: number | null; readonly appId: string; readonly tradeNo: string; readonly outTradeNo: string;
  readonly payer: string; readonly trade: Trade | null; readonly tradeType: string; readonly state: string; readonly amountFen: number; readonly feeFen: number;
  readonly refundNo: string; readonly outRefundNo: string; readonly refundState: string; readonly goods: string; readonly attach: string; readonly elsewhere: boolean;
};
export type PlantedFault = { readonly kind: 'bill_fault'; readonly channel: string; readonly merchantId: string; readonly date: string; readonly fault: FaultName; readonly outTradeNo: string | null; readonly outRefundNo: string | null; readonly was: string | null; readonly written: string | null };

const TYPES: Readonly<Record<string, string>> = { native: 'NATIVE', jsapi: 'JSAPI', h5: 'MWEB', codepay: 'MICROPAY' };

/** Payments by the time they were paid, refunds by the time they were accepted, in time order. */
export function trueRows(world: World, merchant: Merchant, date: string): BillRow[] {
  const from = chinaMidnight(date)!;
  const within = (at: number): boolean => at >= from && at < from + DAY_MS;
  const rows: BillRow[] = [];
  for (const entry of merchant.funds) if (entry.kind === 'payment' && within(entry.at)) rows.push(paymentRow(entry.trade!));
  for (const { trade, refund } of world.refundsByNo.values()) {
    if (trade.merchant !== merchant || !within(refund.createdAt)) continue;
    // A refund that was closed or came back is shown as it was accepted: the bill is never corrected.
    rows.push({
      ...paymentRow(trade), kind: trade.state === 'revoked' && refund.reason === '撤销' ? 'reversal' : 'refund', at: refund.createdAt, finishedAt: refund.finishedAt, state: trade.state === 'revoked' && refund.reason === '撤销' ? 'REVOKED' : 'REFUND',
      amountFen: refund.amountFen, feeFen: -refund.feeFen, refundNo: refund.refundNo, outRefundNo: refund.outRefundNo, refundState: refund.state === 'success' ? 'SUCCESS' : 'PROCESSING', elsewhere: refund.elsewhere === true,
    });
  }
  return rows.sort((a, b) => a.at - b.at);
}

const paymentRow = (trade: Trade): BillRow => ({
  kind: 'payment', at: trade.paidAt!, createdAt: trade.bornAt ?? trade.createdAt, finishedAt: trade.paidAt, appId: trade.appId, tradeNo: trade.tradeNo!, outTradeNo: trade.outTradeNo, payer: trade.payer ?? '', trade,
  tradeType: TYPES[trade.method] ?? 'NATIVE', state: 'SUCCESS', amountFen: trade.amountFen, feeFen: trade.feeFen, refundNo: '', outRefundNo: '', refundState: '', goods: trade.description, attach: trade.attach ?? '', elsewhere: false,
});

/** Plants what was drawn. At most one difference a row, so that each can be found again. */
export function faultyRows(world: World, merchant: Merchant, date: string, rows: readonly BillRow[], planted: PlantedFault[]): BillRow[] {
  const out: BillRow[] = [];
  const plant = (fault: FaultName, row: BillRow, was: string | null, written: string | null): void => {
    planted.push({ kind: 'bill_fault', channel: merchant.channel, merchantId: merchant.merchantId, date, fault, outTradeNo: row.outTradeNo, outRefundNo: row.outRefundNo === '' ? null : row.outRefundNo, was, written });
  };
  rows.forEach((row, index) => {
    const subject = `b/${merchant.merchantId}/${date}/${row.kind}/${index}`;
    // What was given back elsewhere stands on the bill as it is: it is known from there alone. A payment that looked like such a refund would be told from it by nobody.
    if (row.elsewhere) { out.push(row); return; }
    const happens = (name: FaultName): boolean => !(name === 'bill_state_differs' && row.kind === 'payment' && row.trade?.refunds?.some((refund) => refund.elsewhere)) && world.faults.happens(name, subject, row.outTradeNo);
    if (happens('bill_row_extra')) {
      const extra = inventedRow(merchant, row, index);
      plant('bill_row_extra', extra, null, String(extra.amountFen));
      out.push(extra);
    }
    if (happens('bill_row_missing')) return plant('bill_row_missing', row, String(row.amountFen), null);
    const changed = change(merchant, row, happens, plant);
    out.push(changed);
    if (changed === row && happens('bill_row_duplicated')) {
      plant('bill_row_duplicated', row, null, String(row.amountFen));
      out.push(row);
    }
  });
  return out;
}

function change(merchant: Merchant, row: BillRow, happens: (name: FaultName) => boolean, plant: (fault: FaultName, row: BillRow, was: string, written: string) => void): BillRow {
  if (happens('bill_amount_differs')) {
    plant('bill_amount_differs', row, String(row.amountFen), String(row.amountFen + 1));
    return { ...row, amountFen: row.amountFen + 1 };
  }
  if (happens('bill_state_differs')) {
    const other = merchant.channel === 'alipay' ? otherKind(row) : { ...row, state: row.state === 'SUCCESS' ? 'REVOKED' : 'SUCCESS' };
    plant('bill_state_differs', row, row.state, other.state);
    return other;
  }
  if (happens('bill_fee_differs')) {
    const feeFen = row.feeFen + (row.feeFen < 0 ? -1 : 1);
    plant('bill_fee_differs', row, String(row.feeFen), String(feeFen));
    return { ...row, feeFen };
  }
  if (happens('bill_comma_in_goods_name')) {
    const goods = row.trade?.merchant.channel === 'wechatpay' ? `${row.goods},买\`一\`送一` : `${row.goods},买一送一`;
    plant('bill_comma_in_goods_name', row, row.goods, goods);
    return { ...row, goods };
  }
  return row;
}

/**
 * Alipay's bill has no column for a state: the kind of the row is its state, and with it go the sign, the commission's sign, the request number and the totals at the
 * end. A payment shown as refunded has the payment's own number as its request number, which is what a refund gets that was asked for without one.
 */
const otherKind = (row: BillRow): BillRow => row.kind === 'payment'
  ? { ...row, kind: 'refund', state: 'REFUND', feeFen: -row.feeFen, refundNo: row.tradeNo, outRefundNo: row.outTradeNo, refundState: 'SUCCESS' }
  : { ...row, kind: 'payment', state: 'SUCCESS', feeFen: -row.feeFen, refundNo: '', outRefundNo: '', refundState: '' };

/** A payment that never was, at the same minute as a real one. */
function inventedRow(merchant: Merchant, like: BillRow, index: number): BillRow {
  const amountFen = 1_000 + (index % 90) * 100;
  const serial = String(index).padStart(8, '0');
  return {
    ...like, kind: 'payment', state: 'SUCCESS', trade: null, tradeType: 'NATIVE', tradeNo: merchant.channel === 'alipay' ? `2026010122009999${serial}9999` : `42009999992026010199${serial}`,
    outTradeNo: `${like.outTradeNo.slice(0, 1)}invented${serial}${like.outTradeNo.slice(-8)}`.slice(0, 32), amountFen, feeFen: feeOf(amountFen, merchant.feePerMyriad), refundNo: '', outRefundNo: '', refundState: '', attach: '',
  };
}

export function fundRows(merchant: Merchant, date: string): FundEntry[] {
  const from = chinaMidnight(date)!;
  return merchant.funds.filter((entry) => entry.at >= from && entry.at < from + DAY_MS);
}
