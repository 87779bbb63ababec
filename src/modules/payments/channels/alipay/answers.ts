/** What Alipay's answers mean, in the port's words. Amounts are yuan with two decimals, as text. */
import { parseMinor } from '../../../../kernel/index.ts';
import type { PaymentView, RefusalReason } from '../../domain/channel.ts';
import { parseBeijing } from '../beijing-time.ts';
import { UnreadableAnswer, type Fields } from '../outcome.ts';

const REASONS: ReadonlyMap<string, RefusalReason> = new Map(Object.entries({
  'ACQ.TRADE_HAS_SUCCESS': 'already_paid', 'ACQ.TRADE_HAS_CLOSE': 'already_closed', 'ACQ.TRADE_NOT_EXIST': 'not_found', TRADE_NOT_EXIST: 'not_found',
  'ACQ.CONTEXT_INCONSISTENT': 'number_reused', 'ACQ.DISCORDANT_REPEAT_REQUEST': 'number_reused',
  'ACQ.INVALID_PARAMETER': 'invalid_request', 'isv.missing-method': 'invalid_request', 'isv.invalid-parameter': 'invalid_request',
  'isv.invalid-signature': 'bad_signature', 'isv.missing-signature': 'bad_signature', 'isv.invalid-signature-type': 'bad_signature', 'isv.missing-signature-key': 'bad_signature',
  'isv.invalid-app-id': 'no_permission', 'isv.missing-app-id': 'no_permission', 'isv.insufficient-isv-permissions': 'no_permission', 'isv.insufficient-user-permissions': 'no_permission',
  'ACQ.ACCESS_FORBIDDEN': 'no_permission', 'ACQ.PARTNER_ERROR': 'no_permission', 'ACQ.PULL_MOBILE_CASHIER_FAIL': 'no_permission', 'ACQ.SELLER_NOT_EXIST': 'no_permission',
  'ACQ.BUYER_SELLER_EQUAL': 'invalid_request', 'ACQ.INVALID_STORE_ID': 'invalid_request',
  'ACQ.BUYER_BALANCE_NOT_ENOUGH': 'not_enough_balance', 'ACQ.BUYER_BANKCARD_BALANCE_NOT_ENOUGH': 'not_enough_balance', 'ACQ.SELLER_BALANCE_NOT_ENOUGH': 'not_enough_balance',
  'ACQ.BALANCE_NOT_ENOUGH': 'not_enough_balance',
  'ACQ.PAYMENT_AUTH_CODE_INVALID': 'payment_code_invalid', 'ACQ.SOUNDWAVE_PARSER_FAIL': 'payment_code_invalid',
  'ACQ.TOTAL_FEE_EXCEED': 'over_limit', 'ACQ.BUYER_PAYMENT_AMOUNT_DAY_LIMIT_ERROR': 'over_limit', 'ACQ.BUYER_PAYMENT_AMOUNT_MONTH_LIMIT_ERROR': 'over_limit',
  'ACQ.BEYOND_PAY_RESTRICTION': 'over_limit', 'ACQ.BEYOND_PER_RECEIPT_RESTRICTION': 'over_limit', 'ACQ.REFUND_AMT_NOT_EQUAL_TOTAL': 'over_limit', 'ACQ.REFUND_FEE_ERROR': 'over_limit',
  'ACQ.TRADE_HAS_FINISHED': 'refund_window_over', 'ACQ.TRADE_NOT_ALLOW_REFUND': 'refund_window_over',
  'isv.bill-not-exist': 'no_statement', 'isp.bill_not_exist': 'no_statement', 'isp.bill-not-exist': 'no_statement', BILL_NOT_EXIST: 'no_statement',
  'isv.app-call-limited': 'too_frequent', 'isp.call-limited': 'too_frequent', 'isv.call-limited': 'too_frequent', 'ACQ.TRADE_SETTLE_ERROR': 'other',
}));

/** Nobody knows: the gateway's own faults (20000, `isp.`, `aop.`), and the business's. */
export const isSystemError = (code: string, subCode: string): boolean =>
  code === '20000' || /^(ACQ\.)?SYSTEM_ERROR$/.test(subCode) || subCode.startsWith('aop.') || subCode === 'isp.unknow-error' || subCode === 'isp.unknown-error';

/** @param code the gateway's: 40004 is the business's no, 40005 too many calls, 40006 no permission. */
export function refusalReason(code: string, subCode: string): RefusalReason {
  const known = REASONS.get(subCode);
  if (known !== undefined) return known;
  switch (code) {
    case '40001': case '40002': return 'invalid_request';
    case '40005': return 'too_frequent';
    case '20001': case '40003': case '40006': return 'no_permission';
    default: return 'other';
  }
}

/** @throws UnreadableAnswer for anything that is not an amount above zero. */
export function yuan(text: string, least: bigint = 1n): bigint {
  const amountMinor = /^\d{1,13}(\.\d{1,2})?$/.test(text) ? parseMinor(text, 'CNY') : null;
  if (amountMinor === null || amountMinor < least) throw new UnreadableAnswer('an amount that cannot be read');
  return amountMinor;
}

export function beijing(text: string): ReturnType<typeof parseBeijing> & number {
  const at = parseBeijing(text);
  if (at === null) throw new UnreadableAnswer('a time that cannot be read');
  return at;
}

export type Trade = { readonly fields: Fields; readonly merchant: string; readonly app: string; readonly paidAt: string | null; readonly refunded: bigint | null };

/**
 * The state of a trade. `TRADE_CLOSED` has two meanings: never paid, or paid and given back whole. Only a trade that was paid has a time of payment (and, in a
 * notification, a refunded amount): then the money was here, and came in before it went.
 */
export function tradeView({ fields, merchant, app, paidAt, refunded }: Trade): PaymentView {
  const status = fields.text('trade_status');
  if (status === 'WAIT_BUYER_PAY') return { state: 'awaiting' };
  if (status === 'TRADE_CLOSED' && paidAt === null && refunded === null) return { state: 'closed' };
  if (status !== 'TRADE_SUCCESS' && status !== 'TRADE_FINISHED' && status !== 'TRADE_CLOSED') throw new UnreadableAnswer(`a trade is in a state that is not known: ${status}`);
  const amountMinor = yuan(fields.text('total_amount'));
  if (paidAt === null) throw new UnreadableAnswer('a trade that was paid, without the time');
  return {
    state: 'paid', channelTradeNo: fields.text('trade_no'), amountMinor, currency: 'CNY', paidAt: beijing(paidAt),
    payer: fields.textOrNull('buyer_open_id') ?? fields.textOrNull('buyer_user_id') ?? fields.textOrNull('buyer_id'),
    merchant, app, refundedMinor: status === 'TRADE_CLOSED' ? (refunded ?? amountMinor) : refunded, final: status !== 'TRADE_SUCCESS',
  };
}
