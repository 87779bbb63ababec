import type { KeyObject } from 'node:crypto';
import { MS_PER_HOUR } from '../../../../kernel/index.ts';
import type { NotificationReply, NotificationVerdict, NotificationView, RawNotification } from '../../domain/channel.ts';
import { fieldsOf, UnreadableAnswer } from '../outcome.ts';
import { beijing, tradeView, yuan } from './answers.ts';
import { isSignedBy, parametersText } from './signature.ts';

/** The eight repeats are over after 25 hours. */
export const NOTIFIES_FOR_MS = 25 * MS_PER_HOUR;
/** Older than its last repeat can be, with an hour for the way; younger than this is a wrong clock. */
const AGE_MS_MAX = NOTIFIES_FOR_MS + MS_PER_HOUR;

/** A form whose parameters are signed, all but `sign` and `sign_type`. */
export function readNotification({ body, receivedAt }: RawNotification, publicKeys: readonly KeyObject[]): NotificationVerdict {
  const parameters = Object.fromEntries(new URLSearchParams(body.toString('utf8')));
  const { sign, sign_type: signType } = parameters;
  if (!sign || signType !== 'RSA2') return { verdict: 'forged', why: 'not signed with RSA2' };
  if (publicKeys.length === 0) return { verdict: 'unreadable', why: "Alipay's public key is not here" };
  // The documentation leaves open whether empty parameters are signed, and Alipay's own libraries differ; an empty one says nothing either way.
  if (![true, false].some((withEmpty) => isSignedBy(parametersText(parameters, ['sign', 'sign_type'], { withEmpty }), sign, publicKeys))) return { verdict: 'forged', why: 'the signature does not fit' };
  try {
    const sentAt = beijing(parameters.notify_time ?? '');
    if (Math.abs(receivedAt - sentAt) > AGE_MS_MAX) return { verdict: 'stale', why: 'sent more than a day away from when it came' };
    return { verdict: 'verified', view: viewOf(parameters) };
  } catch (error) {
    if (error instanceof UnreadableAnswer) return { verdict: 'unreadable', why: error.message };
    throw error;
  }
}

/**
 * Also a refund is told as the state of its trade, with the sum of all refunds and not the amount of this one: it is read as a payment, and whoever waits for a refund
 * asks for it.
 */
function viewOf(parameters: Readonly<Record<string, string>>): NotificationView {
  const fields = fieldsOf(parameters, 'the notification'), notifyId = fields.text('notify_id'), about = fields.text('notify_type');
  if (about !== 'trade_status_sync') return { kind: 'other', notifyId, about };
  const refunded = fields.textOrNull('refund_fee');
  return {
    kind: 'payment', notifyId, outTradeNo: fields.text('out_trade_no'),
    payment: tradeView({
      fields, merchant: fields.text('seller_id'), app: fields.textOrNull('app_id') ?? fields.text('auth_app_id'), paidAt: fields.textOrNull('gmt_payment'),
      refunded: refunded === null ? null : yuan(refunded, 0n),
    }),
  };
}

/** Exactly these seven letters; anything else has it sent again. */
export const replyTo = (accepted: boolean): NotificationReply => ({ status: 200, contentType: 'text/plain', body: accepted ? 'success' : 'failure' });
