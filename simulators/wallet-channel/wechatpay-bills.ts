/** WeChat Pay's bills: placeholders of the desk; see bill files. */
import type { ApiRequest } from './wechatpay.ts';
import type { Merchant } from './types.ts';

export type BillDesk = { readonly ready: boolean };
export function wechatBill(_desk: BillDesk, _merchant: Merchant, _request: ApiRequest): { status: number; content: unknown } {
  return { status: 400, content: { code: 'NO_STATEMENT_EXIST', message: '账单文件不存在' } };
}
