/**
 * When a channel is asked about an attempt: often at first, then less and less, from one minute to a day, until it gives a final answer (P-02). A payment by code
 * is a person standing at the counter, so it is asked about every few seconds.
 */
import { addMs, MS_PER_DAY, MS_PER_HOUR, MS_PER_MINUTE, MS_PER_SECOND, type Instant } from '../../../kernel/index.ts';
import type { ChannelKind, PaymentMethod } from './channel.ts';
import type { AttemptState } from './order.ts';

/** The n-th pause; the last one repeats. WeChat Pay wants the first question within a minute of paying. */
const PAUSES_MS = [1, 2, 3, 5, 10, 20, 30, 60, 120, 240, 480, 720, 1440].map((minutes) => minutes * MS_PER_MINUTE);
/** Of an attempt that is being closed: the next order may depend on it. */
const CLOSING_PAUSES_MS = [10, 30].map((seconds) => seconds * MS_PER_SECOND);
export const USER_PAYING_PAUSE_MS = 3 * MS_PER_SECOND;
/** A payment by code is over after this: it is reversed when its outcome is still unknown (P-13). Payers have half a minute for their password. */
export const PAYMENT_CODE_LIFETIME_MS = 60 * MS_PER_SECOND;
/** After a code has lapsed the channel may need a moment before it says so. */
export const LAPSE_MARGIN_MS = 30 * MS_PER_SECOND;

/** How long a channel repeats a notification, rounded up. WeChat Pay: 24 h 4 min; Alipay: 25 h. */
const NOTIFIES_FOR_MS: Readonly<Record<ChannelKind, number>> = { wechatpay: 25 * MS_PER_HOUR, alipay: 26 * MS_PER_HOUR };

export type Scheduled = {
  readonly state: AttemptState; readonly method: PaymentMethod; readonly channel: ChannelKind; readonly codeLapsesAt: Instant;
  /** How often it was asked already, this time included. */
  readonly checks: number;
};

/** @returns null when the channel need not be asked again: it has the money, has refused for good, or nothing can come any more. */
export function nextCheckAt({ state, method, channel, codeLapsesAt, checks }: Scheduled, now: Instant): Instant | null {
  const lapsed = addMs(codeLapsesAt, LAPSE_MARGIN_MS);
  switch (state) {
    case 'paid': case 'failed': case 'reversed': return null;
    case 'closed': {
      // Closed is final for the channel; that it stays so is looked at while a notification may still be on its way.
      const until = addMs(codeLapsesAt, NOTIFIES_FOR_MS[channel]);
      const next = addMs(now, Math.max(pause(checks), MS_PER_HOUR));
      return next <= until ? next : now < until ? until : null;
    }
    case 'closing': case 'reversing': return addMs(now, CLOSING_PAUSES_MS[checks] ?? pause(checks - CLOSING_PAUSES_MS.length));
    case 'created': case 'unknown': case 'open': case 'user_paying': {
      if (method === 'payment_code' && now < lapsed) return addMs(now, USER_PAYING_PAUSE_MS);
      const next = addMs(now, pause(checks));
      // Once at the moment in which the code lapses: then the answer is final.
      return now < lapsed && next > lapsed ? lapsed : next;
    }
  }
}

const pause = (checks: number): number => PAUSES_MS[Math.min(Math.max(checks, 0), PAUSES_MS.length - 1)] ?? MS_PER_DAY;
