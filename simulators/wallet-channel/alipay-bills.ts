/** Where Alipay's bills are asked for: an address that is good for thirty seconds, without any signature of its own. */
import { AlipayRefusal } from './alipay-refusal.ts';
import type { BillDesk } from './bills.ts';
import type { Merchant } from './types.ts';

const VALID_MS = 30_000;

export function alipayBill(desk: BillDesk, merchant: Merchant, body: Readonly<Record<string, unknown>>, origin: string): Readonly<Record<string, unknown>> {
  const { bill_type: type, bill_date: date } = body;
  if (type !== 'trade' && type !== 'signcustomer') throw new AlipayRefusal('40004', 'isp.invalid-bill-type', 'bill_type 参数错误');
  if (typeof date !== 'string' || !/^\d{4}-\d{2}-\d{2}$/.test(date)) throw new AlipayRefusal('40004', 'isp.invalid-bill-date', '账单日期不合法（月账单请在商家平台下载）');
  const bill = desk.state(merchant, date) !== 'ready' ? null : type === 'trade' ? desk.alipayTrade(merchant, date) : desk.alipayFunds(merchant, date);
  if (!bill) throw new AlipayRefusal('40004', 'isp.bill_not_exist', '账单不存在');
  return { code: '10000', msg: 'Success', bill_download_url: `${origin}/bills/alipay?token=${desk.offer(bill.packed, VALID_MS)}` };
}
