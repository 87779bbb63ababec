/** Alipay's gateway: precreate, page and wap pay, payment by code, query, close, cancel, refund, refund query, bill addresses. RSA2 both ways. */
import { requestFits, signedResponse, type Parameters } from './alipay-sign.ts';
import { logonOf, REFUND_WINDOW_MS, tradeStatus, type AlipayKeys } from './alipay-voice.ts';
import { alipayBill } from './alipay-bills.ts';
import type { BillDesk } from './bills.ts';
import { chinaTime, parseChinaTime } from './clock.ts';
import { parseYuan, yuan } from './money.ts';
import { takePaymentCode } from './payment-code.ts';
import { addTrade, findTrade, noteFault, refundKey, tradeKey, leftOf } from './world.ts';
import { AlipayRefusal, ALIPAY_SYSTEM_ERROR, type AlipayContent } from './alipay-refusal.ts';
import type { Wallet } from './wallet.ts';
import type { Answer, Merchant, Method, Refund, Trade } from './types.ts';

export type AlipayParts = { readonly wallet: Wallet; readonly keys: AlipayKeys; readonly bills: BillDesk; readonly pageUrl: (trade: Trade) => string; readonly origin: () => string };
type Body = Readonly<Record<string, unknown>>;

const SCANNABLE_MS = 2 * 3_600_000;
const CASHIER_MS = 15 * 86_400_000;
const CONFIRM_MS = 120_000;

/** Whose call it is. */
export function alipayAuthenticate(parts: AlipayParts, parameters: Parameters): Merchant {
  const { world } = parts.wallet;
  if (!parameters.method) throw new AlipayRefusal('40001', 'isv.missing-method', '缺少方法名参数');
  if (!parameters.app_id) throw new AlipayRefusal('40001', 'isv.missing-app-id', '缺少appId参数');
  if (!parameters.sign) throw new AlipayRefusal('40001', 'isv.missing-signature', '缺少签名参数');
  if (!parameters.timestamp) throw new AlipayRefusal('40001', 'isv.missing-timestamp', '缺少时间戳参数');
  if (parameters.version !== '1.0') throw new AlipayRefusal('40001', 'isv.missing-version', '缺少版本参数');
  const merchant = world.byApp.get(parameters.app_id);
  if (!merchant || merchant.channel !== 'alipay') throw new AlipayRefusal('40002', 'isv.invalid-app-id', '无效的AppID参数');
  if (parameters.sign_type !== 'RSA2') throw new AlipayRefusal('40002', 'isv.invalid-signature-type', '无效的签名类型');
  if (parseChinaTime(parameters.timestamp) === null) throw new AlipayRefusal('40002', 'isv.invalid-timestamp', '非法的时间戳参数');
  if (!requestFits(parameters, merchant.publicKey)) throw new AlipayRefusal('40002', 'isv.invalid-signature', '验签出错，建议检查签名字符串或签名私钥与应用公钥是否匹配');
  return merchant;
}

export async function alipayAnswer(parts: AlipayParts, parameters: Parameters, content: AlipayContent, forged = false): Promise<Answer> {
  const body = await signedResponse(parameters.method ?? 'error', content, forged ? parts.keys.stranger() : parts.keys.signing());
  return { status: 200, headers: { 'Content-Type': 'text/html;charset=utf-8' }, body };
}

export async function alipayCall(parts: AlipayParts, merchant: Merchant, parameters: Parameters): Promise<AlipayContent> {
  const body = readContent(parameters);
  switch (parameters.method) {
    case 'alipay.trade.precreate': return precreate(parts, merchant, parameters, body);
    case 'alipay.trade.pay': return payByCode(parts, merchant, parameters, body);
    case 'alipay.trade.query': return query(parts, wanted(parts, merchant, body));
    case 'alipay.trade.close': return close(parts, wanted(parts, merchant, body));
    case 'alipay.trade.cancel': return cancel(parts, merchant, body);
    case 'alipay.trade.refund': return refund(parts, wanted(parts, merchant, body), body);
    case 'alipay.trade.fastpay.refund.query': return queryRefund(parts, wanted(parts, merchant, body), body);
    case 'alipay.data.dataservice.bill.downloadurl.query': return alipayBill(parts.bills, merchant, body, parts.origin());
    default: throw new AlipayRefusal('40002', 'isv.invalid-method', '不存在的方法名');
  }
}

/** Page and wap pay: the payer's browser comes with the signed order and is led to the cashier. */
export async function cashier(parts: AlipayParts, merchant: Merchant, parameters: Parameters): Promise<Trade> {
  const trade = await shown(parts, merchant, parameters, readContent(parameters), parameters.method === 'alipay.trade.wap.pay' ? 'wap' : 'page');
  parts.wallet.scan(trade);
  return trade;
}

async function shown(parts: AlipayParts, merchant: Merchant, parameters: Parameters, body: Body, method: Method): Promise<Trade> {
  const { world } = parts.wallet;
  const order = readOrder(body);
  const known = world.trades.get(tradeKey(merchant, order.outTradeNo));
  if (known) return again(known, order.amountFen);
  const trade = addTrade(world, {
    merchant, appId: parameters.app_id!, ...order, method, attach: typeof body.body === 'string' ? body.body : null, notifyUrl: parameters.notify_url ?? null, returnUrl: parameters.return_url ?? null,
    payer: null, state: 'shown', expiresAt: expiry(world.clock.now(), body, method === 'precreate' ? SCANNABLE_MS : CASHIER_MS),
  });
  await parts.wallet.opened(trade);
  return trade;
}

function again(known: Trade, amountFen: number): Trade {
  if (known.state === 'paid' || known.paidAt !== null) throw new AlipayRefusal('40004', 'ACQ.TRADE_HAS_SUCCESS', '交易已被支付');
  if (known.state === 'closed' || known.state === 'revoked' || known.state === 'failed') throw new AlipayRefusal('40004', 'ACQ.TRADE_HAS_CLOSE', '交易已经关闭');
  if (known.amountFen !== amountFen) throw new AlipayRefusal('40004', 'ACQ.CONTEXT_INCONSISTENT', '交易信息被篡改');
  return known;
}

async function precreate(parts: AlipayParts, merchant: Merchant, parameters: Parameters, body: Body): Promise<AlipayContent> {
  const trade = await shown(parts, merchant, parameters, body, 'precreate');
  return { code: '10000', msg: 'Success', out_trade_no: trade.outTradeNo, qr_code: parts.pageUrl(trade) };
}

async function payByCode(parts: AlipayParts, merchant: Merchant, parameters: Parameters, body: Body): Promise<AlipayContent> {
  const { world } = parts.wallet;
  const order = readOrder(body);
  if (body.scene !== undefined && body.scene !== 'bar_code') throw invalid('scene');
  if (typeof body.auth_code !== 'string') throw invalid('auth_code');
  const known = world.trades.get(tradeKey(merchant, order.outTradeNo));
  if (known) throw known.paidAt !== null ? new AlipayRefusal('40004', 'ACQ.TRADE_HAS_SUCCESS', '交易已被支付') : new AlipayRefusal('40004', 'ACQ.TRADE_HAS_CLOSE', '交易已经关闭');
  const fate = takePaymentCode(world, 'alipay', body.auth_code, order.amountFen);
  if (fate === 'invalid' || fate === 'spent') throw new AlipayRefusal('40004', 'ACQ.PAYMENT_AUTH_CODE_INVALID', '支付授权码无效');
  const trade = addTrade(world, {
    merchant, appId: parameters.app_id!, ...order, method: 'barcode', attach: typeof body.body === 'string' ? body.body : null, notifyUrl: parameters.notify_url ?? null, payer: null,
    state: 'confirming', expiresAt: expiry(world.clock.now(), body, CONFIRM_MS),
  });
  const who = { out_trade_no: trade.outTradeNo, trade_no: trade.tradeNo!, buyer_logon_id: logonOf(trade), total_amount: yuan(trade.amountFen) };
  if (fate === 'confirm') return { code: '10003', msg: ' order success pay inprocess', ...who };
  if (fate === 'not_enough') {
    parts.wallet.cancel(trade);
    throw new AlipayRefusal('40004', 'ACQ.BUYER_BALANCE_NOT_ENOUGH', '买家余额不足', { out_trade_no: trade.outTradeNo });
  }
  parts.wallet.pay(trade);
  return { code: '10000', msg: 'Success', ...who, ...paidFields(trade), gmt_payment: chinaTime(trade.paidAt!) };
}

function query(parts: AlipayParts, trade: Trade): AlipayContent {
  parts.wallet.lapseIfOver(trade);
  return {
    code: '10000', msg: 'Success', out_trade_no: trade.outTradeNo, trade_no: trade.tradeNo!, trade_status: tradeStatus(trade, parts.wallet.world.clock.now()), total_amount: yuan(trade.amountFen),
    buyer_logon_id: logonOf(trade), buyer_user_type: 'PRIVATE', subject: trade.description,
    ...(trade.paidAt === null ? { buyer_pay_amount: '0.00', invoice_amount: '0.00', point_amount: '0.00', receipt_amount: '0.00' } : { ...paidFields(trade), send_pay_date: chinaTime(trade.paidAt) }),
  };
}

const paidFields = (trade: Trade): Record<string, unknown> => ({
  buyer_user_id: trade.payer ?? '', receipt_amount: yuan(trade.amountFen), buyer_pay_amount: yuan(trade.amountFen), invoice_amount: yuan(trade.amountFen), point_amount: '0.00',
  fund_bill_list: [{ amount: yuan(trade.amountFen), fund_channel: 'ALIPAYACCOUNT' }],
});

function close(parts: AlipayParts, trade: Trade): AlipayContent {
  parts.wallet.lapseIfOver(trade);
  if (trade.state === 'closed' || trade.state === 'failed' || trade.state === 'revoked') throw new AlipayRefusal('40004', 'ACQ.TRADE_STATUS_ERROR', '交易状态不合法');
  if (parts.wallet.close(trade) === 'paid') throw new AlipayRefusal('40004', 'ACQ.TRADE_HAS_SUCCESS', '交易已被支付');
  return { code: '10000', msg: 'Success', out_trade_no: trade.outTradeNo, trade_no: trade.tradeNo! };
}

/** Undoes whatever the trade came to. A trade that does not exist is no error, and its code stays what it is. */
function cancel(parts: AlipayParts, merchant: Merchant, body: Body): AlipayContent {
  const trade = lookUp(parts, merchant, body);
  const answer = { code: '10000', msg: 'Success', retry_flag: 'N' };
  if (!trade) return { ...answer, out_trade_no: body.out_trade_no };
  const action = trade.state === 'closed' || trade.state === 'failed' || trade.refundedFen >= trade.amountFen ? null : parts.wallet.undo(trade);
  return { ...answer, out_trade_no: trade.outTradeNo, trade_no: trade.tradeNo!, ...(action ? { action } : {}) };
}

function refund(parts: AlipayParts, trade: Trade, body: Body): AlipayContent {
  const { world } = parts.wallet;
  const amountFen = parseYuan(body.refund_amount);
  if (amountFen === null || amountFen <= 0) throw invalid('refund_amount');
  const partial = amountFen < trade.amountFen;
  if (partial && typeof body.out_request_no !== 'string') throw invalid('out_request_no');
  const outRefundNo = typeof body.out_request_no === 'string' && body.out_request_no !== '' ? body.out_request_no : trade.outTradeNo;
  const known = world.refundsByNo.get(refundKey(trade.merchant, outRefundNo, trade.outTradeNo));
  if (known) {
    if (known.refund.amountFen !== amountFen) throw new AlipayRefusal('40004', 'ACQ.DISCORDANT_REPEAT_REQUEST', '退款单号重复但金额不一致');
    return refundAnswer(trade, known.refund, false);
  }
  if (trade.paidAt === null) throw new AlipayRefusal('40004', 'ACQ.TRADE_STATUS_ERROR', '交易状态不合法');
  if (tradeStatus(trade, world.clock.now()) === 'TRADE_FINISHED' || world.clock.now() - trade.paidAt > REFUND_WINDOW_MS) throw new AlipayRefusal('40004', 'ACQ.TRADE_HAS_FINISHED', '交易已完结');
  if (amountFen > leftOf(trade)) throw new AlipayRefusal('40004', 'ACQ.REFUND_AMT_NOT_EQUAL_TOTAL', '退款金额超限');
  const subject = `refuse/${world.counters.request}`;
  if (trade.merchant.balanceFen < amountFen || world.faults.happens('refund_refused', subject, trade.outTradeNo)) throw new AlipayRefusal('40004', 'ACQ.SELLER_BALANCE_NOT_ENOUGH', '卖家余额不足');
  const made = parts.wallet.refund(trade, { outRefundNo, amountFen, reason: typeof body.refund_reason === 'string' ? body.refund_reason : '', notifyUrl: trade.notifyUrl });
  if (world.faults.happens('refund_unknown', subject, trade.outTradeNo)) {
    noteFault(trade, 'refund_unknown');
    return ALIPAY_SYSTEM_ERROR;
  }
  return refundAnswer(trade, made, true);
}

const refundAnswer = (trade: Trade, refund: Refund, changed: boolean): AlipayContent => ({
  code: '10000', msg: 'Success', buyer_logon_id: logonOf(trade), buyer_user_id: trade.payer ?? '', fund_change: changed ? 'Y' : 'N', gmt_refund_pay: chinaTime(refund.finishedAt ?? refund.createdAt),
  out_trade_no: trade.outTradeNo, trade_no: trade.tradeNo!, refund_fee: yuan(trade.refundedFen), send_back_fee: yuan(changed ? refund.amountFen : 0),
});

function queryRefund(parts: AlipayParts, trade: Trade, body: Body): AlipayContent {
  if (typeof body.out_request_no !== 'string' || body.out_request_no === '') throw invalid('out_request_no');
  const known = parts.wallet.world.refundsByNo.get(refundKey(trade.merchant, body.out_request_no, trade.outTradeNo));
  // A refund that does not exist is told by leaving it out, not by an error.
  if (!known) return { code: '10000', msg: 'Success' };
  return {
    code: '10000', msg: 'Success', out_request_no: known.refund.outRefundNo, out_trade_no: trade.outTradeNo, trade_no: trade.tradeNo!, refund_amount: yuan(known.refund.amountFen), total_amount: yuan(trade.amountFen),
    refund_reason: known.refund.reason, refund_status: 'REFUND_SUCCESS', gmt_refund_pay: chinaTime(known.refund.finishedAt ?? known.refund.createdAt),
  };
}

const lookUp = (parts: AlipayParts, merchant: Merchant, body: Body): Trade | null => {
  const trade = typeof body.trade_no === 'string' && body.trade_no !== '' ? parts.wallet.world.byTradeNo.get(body.trade_no) : typeof body.out_trade_no === 'string' ? findTrade(parts.wallet.world, merchant, body.out_trade_no) : null;
  return trade && trade.merchant === merchant && trade.bornAt !== null ? trade : null;
};

/** The trade that a call is about. One whose code nobody scanned yet does not exist, however payable the code is. */
function wanted(parts: AlipayParts, merchant: Merchant, body: Body): Trade {
  if (!body.trade_no && !body.out_trade_no) throw invalid('out_trade_no');
  const trade = lookUp(parts, merchant, body);
  if (!trade) throw new AlipayRefusal('40004', 'ACQ.TRADE_NOT_EXIST', '交易不存在', body.out_trade_no ? { out_trade_no: body.out_trade_no } : {});
  return trade;
}

function readContent(parameters: Parameters): Body {
  try {
    const body = JSON.parse(parameters.biz_content ?? '') as unknown;
    if (body !== null && typeof body === 'object') return body as Body;
  } catch { /* told below */ }
  throw new AlipayRefusal('40002', 'isv.invalid-parameter', '参数无效：biz_content');
}

function readOrder(body: Body): { outTradeNo: string; amountFen: number; description: string } {
  const amountFen = parseYuan(body.total_amount);
  if (typeof body.out_trade_no !== 'string' || !/^[\w\-*|]{1,64}$/.test(body.out_trade_no)) throw invalid('out_trade_no');
  if (amountFen === null || amountFen < 1) throw invalid('total_amount');
  if (typeof body.subject !== 'string' || body.subject === '' || /[/=&]/.test(body.subject)) throw invalid('subject');
  return { outTradeNo: body.out_trade_no, amountFen, description: body.subject };
}

/** `time_expire` is an instant, `timeout_express` and `qr_code_timeout_express` are spans such as 90m, 2h, 1d. */
function expiry(now: number, body: Body, otherwiseMs: number): number {
  if (body.time_expire !== undefined) {
    const at = parseChinaTime(String(body.time_expire));
    if (at === null) throw invalid('time_expire');
    return at;
  }
  const span = /^(\d+)([mhd])$/.exec(String(body.qr_code_timeout_express ?? body.timeout_express ?? ''));
  return now + (span ? Number(span[1]) * { m: 60_000, h: 3_600_000, d: 86_400_000 }[span[2] as 'm' | 'h' | 'd'] : otherwiseMs);
}

const invalid = (field: string): AlipayRefusal => new AlipayRefusal('40004', 'ACQ.INVALID_PARAMETER', `参数无效：${field}`);
