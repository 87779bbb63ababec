import { assert, decodeBase32Uuid, encodeBase32Uuid } from '../../../kernel/index.ts';

/**
 * Which world a payment belongs to: `L` live, `T` test, `D` the demo. It is the first letter of every number that a channel gets to see, because test and live
 * share channel accounts in the field (P-14).
 */
export const ENVIRONMENTS = ['L', 'T', 'D'] as const;
export type Environment = (typeof ENVIRONMENTS)[number];

/** One order is offered to several channels, and again after a channel refused; this many times at most. */
export const ATTEMPTS_PER_ORDER_MAX = 20;

export type TradeNumber = { readonly environment: Environment; readonly orderId: string; readonly attempt: number };

/** `out_trade_no`: environment, order in base 32, attempt: 29 characters of digits and letters (WeChat Pay allows 6 to 32 of them, Alipay 64). */
export function tradeNumber({ environment, orderId, attempt }: TradeNumber): string {
  assert(Number.isInteger(attempt) && attempt >= 1 && attempt <= ATTEMPTS_PER_ORDER_MAX, 'attempts are numbered from 1');
  return `${environment}${encodeBase32Uuid(orderId)}${String(attempt).padStart(2, '0')}`;
}

/** @returns null for a number that is not one of ours. */
export function parseTradeNumber(text: string): TradeNumber | null {
  const match = /^([LTD])([0-9a-hjkmnp-tv-z]{26})(\d\d)$/.exec(text);
  if (match === null) return null;
  const orderId = decodeBase32Uuid(match[2]!), attempt = Number(match[3]);
  if (orderId === null || attempt < 1 || attempt > ATTEMPTS_PER_ORDER_MAX) return null;
  return { environment: match[1] as Environment, orderId, attempt };
}

/** `out_refund_no`: environment, `R`, the refund's part in base 32. The same part always has the same number, so that repeating it refunds once. */
export const refundNumber = (environment: Environment, partId: string): string => `${environment}R${encodeBase32Uuid(partId)}`;
export function parseRefundNumber(text: string): { readonly environment: Environment; readonly partId: string } | null {
  const match = /^([LTD])R([0-9a-hjkmnp-tv-z]{26})$/.exec(text);
  const partId = match === null ? null : decodeBase32Uuid(match[2]!);
  return match === null || partId === null ? null : { environment: match[1] as Environment, partId };
}
