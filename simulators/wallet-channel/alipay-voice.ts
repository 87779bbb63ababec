/** How Alipay speaks of a trade: form notifications with RSA2 signatures and a notify_id that repeats keep. */
import { createHash } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { signedNotification } from './alipay-sign.ts';
import { chinaTime, type ChannelClock } from './clock.ts';
import { yuan } from './money.ts';
import type { Message, Notice, Twist, Voice } from './notify.ts';
import type { Refund, Trade } from './types.ts';

export type AlipayKeys = { readonly signing: () => KeyObject; readonly stranger: () => KeyObject };
/** After this a trade is finished: nothing can be refunded any more. */
export const REFUND_WINDOW_MS = 365 * 86_400_000;

export function tradeStatus(trade: Trade, now: number): 'WAIT_BUYER_PAY' | 'TRADE_SUCCESS' | 'TRADE_FINISHED' | 'TRADE_CLOSED' {
  if (trade.paidAt === null) return trade.state === 'closed' || trade.state === 'failed' || trade.state === 'revoked' ? 'TRADE_CLOSED' : 'WAIT_BUYER_PAY';
  if (trade.refundedFen >= trade.amountFen || trade.state !== 'paid') return 'TRADE_CLOSED';
  return now - trade.paidAt > REFUND_WINDOW_MS ? 'TRADE_FINISHED' : 'TRADE_SUCCESS';
}

export const logonOf = (trade: Trade): string => `${130 + (trade.index % 60)}****${String(trade.index * 7919 % 10_000).padStart(4, '0')}`;

function common(trade: Trade, now: number): Record<string, string> {
  const paid = trade.paidAt !== null;
  return {
    notify_type: 'trade_status_sync', version: '1.0', charset: 'utf-8', app_id: trade.appId, auth_app_id: trade.appId, seller_id: trade.merchant.merchantId, seller_email: `${trade.merchant.merchantId}@example.com`,
    trade_no: trade.tradeNo ?? '', out_trade_no: trade.outTradeNo, trade_status: tradeStatus(trade, now), subject: trade.description, total_amount: yuan(trade.amountFen), buyer_id: trade.payer ?? '', buyer_logon_id: logonOf(trade),
    gmt_create: chinaTime(trade.bornAt ?? trade.createdAt), ...(trade.attach === null ? {} : { body: trade.attach }),
    ...(paid ? {
      gmt_payment: chinaTime(trade.paidAt!), receipt_amount: yuan(trade.amountFen), invoice_amount: yuan(trade.amountFen), buyer_pay_amount: yuan(trade.amountFen), point_amount: '0.00',
      fund_bill_list: JSON.stringify([{ amount: yuan(trade.amountFen), fundChannel: 'ALIPAYACCOUNT' }]),
    } : {}),
  };
}

export function alipayVoice(keys: AlipayKeys, clock: ChannelClock): Voice {
  return {
    paid: (trade) => ({ event: 'paid', content: common(trade, clock.now()) }),
    refunded: (trade: Trade, refund: Refund) => ({
      event: 'refunded', url: trade.notifyUrl,
      content: { ...common(trade, clock.now()), out_biz_no: refund.outRefundNo, refund_fee: yuan(trade.refundedFen), gmt_refund: `${chinaTime(refund.finishedAt ?? refund.createdAt)}.123`, ...(trade.refundedFen >= trade.amountFen ? { gmt_close: chinaTime(refund.finishedAt ?? refund.createdAt) } : {}) },
    }),
    closed: (trade) => (trade.bornAt === null ? null : { event: 'closed', content: { ...common(trade, clock.now()), gmt_close: chinaTime(trade.closedAt ?? clock.now()) } }),
    message: (notice, twist) => message(keys, clock, notice, twist),
    accepted: (status, body) => status === 200 && body === 'success',
  };
}

async function message(keys: AlipayKeys, clock: ChannelClock, notice: Notice, twist: Twist): Promise<Message> {
  const content = notice.content as Readonly<Record<string, string>>;
  const parameters: Record<string, string> = {
    ...content, notify_id: notifyId(notice), notify_time: chinaTime(twist === 'stale' ? clock.wire() - 26 * 3_600_000 : clock.wire()),
    ...(twist === 'wrong_app' ? { app_id: '2021000000000000', auth_app_id: '2021000000000000' } : {}),
    ...(twist === 'wrong_amount' ? { total_amount: more(content.total_amount!), receipt_amount: more(content.receipt_amount ?? '0.00') } : {}),
  };
  // "Stale" has no meaning of its own here, Alipay's signature covers no time that a merchant must check: it is signed with a stranger's key as well.
  const signed = await signedNotification(parameters, twist === 'forged_key' || twist === 'stale' ? keys.stranger() : keys.signing());
  const form = new URLSearchParams(signed);
  if (twist === 'forged_amount') form.set('total_amount', more(content.total_amount!));
  return { headers: { 'Content-Type': 'application/x-www-form-urlencoded; charset=utf-8', 'User-Agent': 'Mozilla/4.0' }, body: form.toString() };
}

/** 34 characters, the same for every sending of one event. */
const notifyId = (notice: Notice): string => `${chinaTime(notice.trade.createdAt).slice(0, 10).replaceAll('-', '')}00${createHash('sha256').update(notice.id).digest('hex').slice(0, 24)}`;
const more = (amount: string): string => `${Number.parseInt(amount, 10) + 1}.${amount.split('.')[1] ?? '00'}`;
