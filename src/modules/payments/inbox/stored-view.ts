import { assert, instant, type CurrencyCode } from '../../../kernel/index.ts';
import type { NotificationView, PaymentView, RefundView } from '../domain/channel.ts';

/** The view as JSON: amounts as decimal strings, without the payer (who that is stays in the raw body). */
export const viewToJson = (view: NotificationView): string =>
  JSON.stringify(view, (name, value: unknown) => (typeof value === 'bigint' ? String(value) : name === 'payer' ? null : value)).replaceAll('\\u0000', '\\u2400');

type Json = Readonly<Record<string, unknown>>;

/** @throws AssertionFault for what `viewToJson` has not written. */
export function viewFromJson(json: Json): NotificationView {
  const kind = text(json, 'kind'), notifyId = text(json, 'notifyId');
  if (kind === 'other') return { kind, notifyId, about: text(json, 'about') };
  const outTradeNo = text(json, 'outTradeNo');
  if (kind === 'payment') return { kind, notifyId, outTradeNo, payment: payment(json.payment as Json) };
  assert(kind === 'refund', `no notification is of kind ${kind}`);
  return { kind, notifyId, outTradeNo, outRefundNo: text(json, 'outRefundNo'), refund: refund(json.refund as Json) };
}

function payment(json: Json): PaymentView {
  const state = text(json, 'state');
  switch (state) {
    case 'paid': return {
      state, channelTradeNo: text(json, 'channelTradeNo'), amountMinor: BigInt(text(json, 'amountMinor')), currency: text(json, 'currency') as CurrencyCode, paidAt: instant(Number(json.paidAt)), payer: null,
      merchant: text(json, 'merchant'), app: text(json, 'app'), refundedMinor: json.refundedMinor === null ? null : BigInt(text(json, 'refundedMinor')), final: json.final === true,
      ...(json.refundsUnknown === true ? { refundsUnknown: true as const } : {}),
    };
    case 'failed': return { state, channelCode: text(json, 'channelCode') };
    case 'not_found': case 'awaiting': case 'user_paying': case 'closed': return { state };
    default: throw new TypeError(`no payment is ${state}`);
  }
}

function refund(json: Json): RefundView {
  const state = text(json, 'state');
  if (state === 'not_found') return { state };
  const channelRefundNo = json.channelRefundNo === null ? null : text(json, 'channelRefundNo');
  switch (state) {
    case 'processing': case 'abnormal': case 'closed': return { state, channelRefundNo };
    case 'succeeded': return { state, channelRefundNo, amountMinor: BigInt(text(json, 'amountMinor')), refundedAt: instant(Number(json.refundedAt)) };
    default: throw new TypeError(`no refund is ${state}`);
  }
}

function text(json: Json, name: string): string {
  const value = json[name];
  assert(typeof value === 'string', `${name} is missing in a stored notification`);
  return value;
}
