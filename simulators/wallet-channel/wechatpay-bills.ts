/** Where WeChat Pay's bills are asked for and downloaded: an address that is good for five minutes, a hash of the text before it is packed, no signature on the file. */
import { gunzipSync } from 'node:zlib';
import type { Bill, BillDesk } from './bills.ts';
import type { ApiRequest, Merchant } from './types.ts';
import { WechatRefusal } from './wechatpay-refusal.ts';

const VALID_MS = 5 * 60_000;

export function wechatBill(desk: BillDesk, merchant: Merchant, request: ApiRequest, origin: string): { status: number; content: unknown } {
  const { path, query } = request;
  if (path === '/v3/billdownload/file') {
    const bytes = desk.take(query.get('token') ?? '');
    if (!bytes) throw new WechatRefusal(400, 'PARAM_ERROR', '账单下载地址已失效，请重新申请账单');
    return { status: 200, content: bytes };
  }
  const date = query.get('bill_date');
  const tarType = query.get('tar_type');
  if (tarType !== null && tarType !== 'GZIP') throw new WechatRefusal(400, 'PARAM_ERROR', '压缩类型只支持GZIP');
  const state = desk.state(merchant, date);
  if (state === 'wrong_date') throw new WechatRefusal(400, 'INVALID_REQUEST', '账单日期格式错误，或不在可下载的范围内（三个月内，且不含当日）');
  if (state === 'creating') throw new WechatRefusal(400, 'STATEMENT_CREATING', '账单生成中，请在上午10点后重试');
  const bill = state === 'empty' ? null : billOf(desk, merchant, date!, path, query);
  if (!bill) throw new WechatRefusal(400, 'NO_STATEMENT_EXIST', '账单文件不存在');
  const token = desk.offer(tarType === 'GZIP' ? bill.packed : gunzipSync(bill.packed), VALID_MS);
  return { status: 200, content: { hash_type: 'SHA1', hash_value: bill.sha1, download_url: `${origin}/v3/billdownload/file?token=${token}${tarType === 'GZIP' ? '&tartype=gzip' : ''}` } };
}

function billOf(desk: BillDesk, merchant: Merchant, date: string, path: string, query: URLSearchParams): Bill | null {
  if (path === '/v3/bill/fundflowbill') {
    const account = query.get('account_type') ?? 'BASIC';
    if (!['BASIC', 'OPERATION', 'FEES'].includes(account)) throw new WechatRefusal(400, 'PARAM_ERROR', '资金账户类型错误');
    return account === 'BASIC' ? desk.wechatFunds(merchant, date) : null;
  }
  if (path !== '/v3/bill/tradebill') throw new WechatRefusal(404, 'RESOURCE_NOT_EXISTS', '无可用的平台接口，请检查请求URL');
  const type = query.get('bill_type') ?? 'ALL';
  if (type !== 'ALL' && type !== 'SUCCESS' && type !== 'REFUND') throw new WechatRefusal(400, 'PARAM_ERROR', '账单类型错误');
  return desk.wechatTrade(merchant, date, type);
}
