/** Alipay's bills: placeholders of the desk; see bill files. */
import type { BillDesk } from './wechatpay-bills.ts';
import type { Merchant } from './types.ts';
import { AlipayRefusal } from './alipay.ts';

export type { BillDesk };
export function alipayBill(_desk: BillDesk, _merchant: Merchant, _body: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  throw new AlipayRefusal('40004', 'isp.bill_not_exist', '账单不存在');
}
