/** How WeChat Pay speaks of a trade and a refund: in answers, and encrypted in notifications. */
import { rfc3339, type ChannelClock } from './clock.ts';
import type { PlatformKey } from './keys.ts';
import type { Message, Notice, Twist, Voice } from './notify.ts';
import type { Merchant, Refund, Trade } from './types.ts';
import { encrypt, signedHeaders } from './wechatpay-sign.ts';

export type WechatKeys = {
  /** The key that signs for this merchant; a serial that the merchant asks for is preferred when it is one of ours. */
  signing(merchant: Merchant, asked?: string): PlatformKey;
  certificates(): readonly PlatformKey[];
  /** A key that no merchant knows. */
  stranger(): PlatformKey;
};

const TRADE_TYPES: Readonly<Record<string, string>> = { native: 'NATIVE', jsapi: 'JSAPI', h5: 'MWEB', codepay: 'MICROPAY' };
const DESCRIPTIONS: Readonly<Record<string, string>> = { SUCCESS: '支付成功', REFUND: '转入退款', NOTPAY: '订单未支付', CLOSED: '订单已关闭', REVOKED: '订单已撤销', USERPAYING: '用户支付中，需要输入密码', PAYERROR: '支付失败，请重新下单支付' };

export function tradeState(trade: Trade): string {
  switch (trade.state) {
    case 'paid': return trade.refunds?.some((refund) => refund.state !== 'closed') ? 'REFUND' : 'SUCCESS';
    case 'closed': return 'CLOSED';
    case 'revoked': return 'REVOKED';
    case 'failed': return 'PAYERROR';
    case 'confirming': return 'USERPAYING';
    case 'shown': case 'open': return 'NOTPAY';
  }
}

export const bankOf = (trade: Trade): string => ['OTHERS', 'CMB_DEBIT', 'ICBC_CREDIT', 'CCB_DEBIT'][trade.index % 4]!;

export function describeTrade(trade: Trade): Record<string, unknown> {
  const state = tradeState(trade);
  const common = { appid: trade.appId, attach: trade.attach ?? '', mchid: trade.merchant.merchantId, out_trade_no: trade.outTradeNo, promotion_detail: [], trade_state: state, trade_state_desc: DESCRIPTIONS[state]! };
  if (trade.paidAt === null) return { amount: { currency: 'CNY', payer_currency: 'CNY', total: trade.amountFen }, ...common, ...(trade.method === 'codepay' ? { trade_type: 'MICROPAY' } : {}) };
  return {
    amount: { currency: 'CNY', payer_currency: 'CNY', payer_total: trade.amountFen, total: trade.amountFen }, ...common, bank_type: bankOf(trade), payer: { openid: trade.payer ?? '' },
    success_time: rfc3339(trade.paidAt), trade_type: TRADE_TYPES[trade.method] ?? 'NATIVE', transaction_id: trade.tradeNo ?? '',
  };
}

const REFUND_STATUS = { processing: 'PROCESSING', success: 'SUCCESS', abnormal: 'ABNORMAL', closed: 'CLOSED' } as const;
const amountOf = (trade: Trade, refund: Refund): Record<string, unknown> => ({ payer_refund: refund.amountFen, payer_total: trade.amountFen, refund: refund.amountFen, total: trade.amountFen });

export function describeRefund(trade: Trade, refund: Refund): Record<string, unknown> {
  return {
    amount: { currency: 'CNY', discount_refund: 0, from: [], ...amountOf(trade, refund), refund_fee: refund.feeFen, settlement_refund: refund.amountFen, settlement_total: trade.amountFen }, channel: 'ORIGINAL',
    create_time: rfc3339(refund.createdAt), funds_account: 'AVAILABLE', out_refund_no: refund.outRefundNo, out_trade_no: trade.outTradeNo, promotion_detail: [], refund_id: refund.refundNo,
    status: REFUND_STATUS[refund.state], ...(refund.state === 'success' ? { success_time: rfc3339(refund.finishedAt!) } : {}), transaction_id: trade.tradeNo ?? '', user_received_account: '支付用户零钱',
  };
}

function noticeOfRefund(trade: Trade, refund: Refund): Record<string, unknown> {
  return {
    mchid: trade.merchant.merchantId, out_trade_no: trade.outTradeNo, transaction_id: trade.tradeNo ?? '', out_refund_no: refund.outRefundNo, refund_id: refund.refundNo, refund_status: REFUND_STATUS[refund.state],
    ...(refund.state === 'success' ? { success_time: rfc3339(refund.finishedAt!) } : {}), amount: amountOf(trade, refund), user_received_account: '支付用户零钱',
  };
}

export function wechatVoice(keys: WechatKeys, clock: ChannelClock): Voice {
  return {
    // The documentation promises no notification of a payment by code, and of nothing but success.
    paid: (trade) => (trade.method === 'codepay' ? null : { event: 'TRANSACTION.SUCCESS', content: { ...describeTrade(trade), trade_state: 'SUCCESS', trade_state_desc: '支付成功' } }),
    refunded: (trade, refund) => ({ event: `REFUND.${REFUND_STATUS[refund.state]}`, content: noticeOfRefund(trade, refund), url: refund.notifyUrl }),
    closed: () => null,
    message: (notice, twist) => message(keys, clock, notice, twist),
    accepted: (status) => status === 200 || status === 204,
  };
}

async function message(keys: WechatKeys, clock: ChannelClock, notice: Notice, twist: Twist): Promise<Message> {
  const { merchant } = notice.trade;
  const refund = notice.event.startsWith('REFUND');
  const kind = refund ? 'refund' : 'transaction';
  const content = twisted(notice, twist);
  const body = JSON.stringify({
    id: notice.id, create_time: rfc3339(clock.now()), resource_type: 'encrypt-resource', event_type: notice.event, summary: refund ? '退款成功' : '支付成功',
    resource: { original_type: kind, ...encrypt(JSON.stringify(content), twist === 'forged_key' ? 'ForgedForgedForgedForgedForged00' : merchant.apiV3Key, kind) },
  });
  const signer = twist === 'forged_key' ? { ...keys.stranger(), serial: keys.signing(merchant).serial } : keys.signing(merchant);
  const headers = await signedHeaders(signer, body, twist === 'stale' ? clock.wire() - 3_600_000 : clock.wire());
  if (twist === 'probe') headers['Wechatpay-Signature'] = `WECHATPAY/SIGNTEST/${headers['Wechatpay-Signature']!}`;
  return {
    headers: { ...headers, 'Content-Type': 'application/json', 'User-Agent': 'Mozilla/4.0', 'Request-Id': `${notice.id}-${headers['Wechatpay-Timestamp']}` },
    // Tampered with on the way: the signature is that of the body before.
    body: twist === 'forged_amount' ? body.replace('"resource":{', '"resource":{ ') : body,
  };
}

function twisted(notice: Notice, twist: Twist): Readonly<Record<string, unknown>> {
  if (twist === 'wrong_app') return { ...notice.content, appid: 'wx0000000000000000' };
  if (twist !== 'wrong_amount') return notice.content;
  const amount = notice.content.amount as Record<string, number>;
  const field = notice.event.startsWith('REFUND') ? 'refund' : 'total';
  return { ...notice.content, amount: { ...amount, [field]: amount[field]! + 100 } };
}
