import type { Attempt, TimelineEntry } from '../../api/payments.ts';
import { formatMinor } from '../../format/number.ts';
import { isMessageKey, translateCode, type Translate } from '../../i18n/index.ts';
import type { Tone } from '../../ui/state.tsx';

const GOOD = ['order_paid', 'paid_late', 'refund_succeeded', 'surplus_refunded', 'surplus_applied'], BAD = ['payment_mismatch', 'view_refused', 'refund_abnormal', 'refund_failed', 'refund_mismatch', 'surplus_reopened'];
const WARN = ['no_answer', 'surplus_found', 'refund_unknown', 'refund_rejected', 'refund_doubted'];

export const eventTone = ({ kind }: TimelineEntry): Tone | '' => GOOD.includes(kind) ? 'good' : BAD.includes(kind) ? 'bad' : WARN.includes(kind) ? 'warn' : '';

/** An event of an order as a sentence; one that the console does not know yet is named in its own words. */
export function eventSentence(t: Translate, entry: TimelineEntry, { currency, amountMinor, attempts }: { currency: string; amountMinor: string; attempts: readonly Attempt[] }): string {
  const key = `pay.event.${entry.kind}`;
  if (!isMessageKey(key)) return entry.kind.replaceAll('_', ' ');
  const { detail } = entry, attempt = attempts.find((each) => each.attempt === entry.attempt);
  const text = (name: string): string => { const value = detail[name]; return value === null || value === undefined ? '?' : String(value); };
  const money = (value: string): string => /^-?\d+$/.test(value) ? `${formatMinor(value, currency)} ${currency}` : value;
  const state = (name: string): string => translateCode(t, 'pay.attempt', text(name));
  return t(key, {
    amount: money(entry.kind === 'order_opened' ? amountMinor : entry.kind === 'refund_at_channel' ? text('refundedMinor') : text('amountMinor')), expected: money(text('expectedMinor')),
    channel: attempt ? t(`channel.${attempt.channel}`) : t('pay.actor.channel'), method: attempt ? t(`pay.method.${attempt.method}`) : '?', source: translateCode(t, 'pay.source', text('source')),
    from: state('from'), to: state('to'), why: text('why'),
    reason: entry.kind === 'surplus_found' ? translateCode(t, 'pay.surplus', text('reason')).replace(/[.。]$/, '') : translateCode(t, 'pay.close', text('reason')),
  });
}
