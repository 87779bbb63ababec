/** What WeChat Pay's answers mean, in the port's words. */
import { isCurrencyCode, type CurrencyCode } from '../../../../kernel/index.ts';
import type { PaidView, PaymentView, RefundView, RefusalReason } from '../../domain/channel.ts';
import { parseIso } from '../beijing-time.ts';
import { UnreadableAnswer, type Fields } from '../outcome.ts';

/** Codes are written with and without underscores, depending on the page and the year: compared without. */
export const codeName = (code: string): string => code.replaceAll('_', '').toUpperCase();

const REASONS: ReadonlyMap<string, RefusalReason> = new Map(Object.entries({
  ORDERPAID: 'already_paid', ORDERCLOSED: 'already_closed', ORDERREVERSED: 'already_closed',
  ORDERNOTEXIST: 'not_found', RESOURCENOTEXISTS: 'not_found', REFUNDNOTEXISTS: 'not_found',
  OUTTRADENOUSED: 'number_reused',
  PARAMERROR: 'invalid_request', INVALIDREQUEST: 'invalid_request', REFUNDFEEMISMATCH: 'invalid_request', OPENIDMISMATCH: 'invalid_request',
  SIGNERROR: 'bad_signature',
  NOAUTH: 'no_permission', MCHNOTEXISTS: 'no_permission', APPIDMCHIDNOTMATCH: 'no_permission', APPIDNOTEXIST: 'no_permission', CONTRACTERROR: 'no_permission',
  NOTENOUGH: 'not_enough_balance',
  AUTHCODEINVALID: 'payment_code_invalid', AUTHCODEEXPIRE: 'payment_code_invalid', AUTHCODEEXPIRED: 'payment_code_invalid', AUTHCODEERROR: 'payment_code_invalid',
  AMOUNTLIMIT: 'over_limit', RULELIMIT: 'over_limit', REFUNDAMOUNTEXCEEDED: 'over_limit',
  FREQUENCYLIMITED: 'too_frequent', FREQUENCYLIMITEXCEED: 'too_frequent', RATELIMITEXCEEDED: 'too_frequent',
  TRADEOVERDUE: 'refund_window_over', REQUESTEXPIRED: 'refund_window_over',
  NOSTATEMENTEXIST: 'no_statement',
}));

/** These say that nobody knows: the same as no answer. */
export const SYSTEM_ERRORS: ReadonlySet<string> = new Set(['SYSTEMERROR', 'BANKERROR', 'BIZERRNEEDRETRY', 'SYSTEMBUSY']);
/** The payer has to type the password: neither paid nor refused. */
export const USER_PAYING: ReadonlySet<string> = new Set(['USERPAYING']);
/** The statement is not ready yet: asked again later. */
export const STATEMENT_CREATING = 'STATEMENTCREATING';

/** INVALID_REQUEST is said for many things; what is meant stands in the message alone. */
const MESSAGES: readonly (readonly [words: RegExp, reason: RefusalReason])[] = [
  [/^201\b|商户订单号重复|与之前请求不一致/, 'number_reused'], [/已支付/, 'already_paid'], [/超过可退款的最大期限|超过一年/, 'refund_window_over'], [/全额退款|大于.*可退|次数超过/, 'over_limit'],
];

export function refusalReason(code: string, message: string): RefusalReason {
  const reason = REASONS.get(codeName(code)) ?? 'other';
  return reason !== 'invalid_request' ? reason : (MESSAGES.find(([words]) => words.test(message))?.[1] ?? reason);
}

/** @param expected what the answer must be about. @throws UnreadableAnswer */
export function paymentView(fields: Fields, expected: { readonly outTradeNo: string }): PaymentView {
  // While the payer is asked for the password nothing but the state is told.
  if (fields.textOrNull('out_trade_no') === null && fields.textOrNull('trade_state') === 'USERPAYING') return { state: 'user_paying' };
  if (fields.text('out_trade_no') !== expected.outTradeNo) throw new UnreadableAnswer('the answer is about another order');
  return paymentState(fields);
}

export function paymentState(fields: Fields): PaymentView {
  const state = fields.text('trade_state');
  switch (state) {
    case 'SUCCESS': return paid(fields);
    // Paid, and something of it was given back since: how much, only the refunds tell, and each of those only under its own number.
    case 'REFUND': return { ...paid(fields), refundsUnknown: true };
    case 'NOTPAY': case 'ACCEPT': return { state: 'awaiting' };
    case 'USERPAYING': return { state: 'user_paying' };
    case 'CLOSED': case 'REVOKED': return { state: 'closed' };
    case 'PAYERROR': return { state: 'failed', channelCode: state };
    default: throw new UnreadableAnswer(`a payment is in a state that is not known: ${state}`);
  }
}

function paid(fields: Fields): PaidView {
  const amount = fields.object('amount'), paidAt = parseIso(fields.text('success_time'));
  if (paidAt === null) throw new UnreadableAnswer('the time of the payment cannot be read');
  return {
    state: 'paid', channelTradeNo: fields.text('transaction_id'), amountMinor: positive(amount.integer('total')), currency: currencyOf(amount), paidAt,
    payer: fields.objectOrNull('payer')?.textOrNull('openid') ?? null, merchant: fields.text('mchid'), app: fields.text('appid'), refundedMinor: null, final: false,
  };
}

/** @param statusName `status` in answers, `refund_status` in notifications. */
export function refundView(fields: Fields, statusName: 'status' | 'refund_status'): RefundView {
  const status = fields.text(statusName), channelRefundNo = fields.textOrNull('refund_id');
  switch (status) {
    case 'SUCCESS': {
      const refundedAt = parseIso(fields.text('success_time'));
      if (refundedAt === null) throw new UnreadableAnswer('the time of the refund cannot be read');
      return { state: 'succeeded', channelRefundNo, amountMinor: positive(fields.object('amount').integer('refund')), refundedAt };
    }
    case 'PROCESSING': return { state: 'processing', channelRefundNo };
    case 'ABNORMAL': return { state: 'abnormal', channelRefundNo };
    case 'CLOSED': case 'CLOSE': return { state: 'closed', channelRefundNo };
    default: throw new UnreadableAnswer(`a refund is in a state that is not known: ${status}`);
  }
}

function currencyOf(amount: Fields): CurrencyCode {
  const currency = amount.textOrNull('currency') ?? 'CNY';
  if (!isCurrencyCode(currency)) throw new UnreadableAnswer(`a currency that is not known: ${currency}`);
  return currency;
}
function positive(amountMinor: bigint): bigint {
  if (amountMinor <= 0n) throw new UnreadableAnswer('an amount that is not above zero');
  return amountMinor;
}
