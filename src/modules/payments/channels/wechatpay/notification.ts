import type { KeyObject } from 'node:crypto';
import type { NotificationReply, NotificationVerdict, NotificationView, RawNotification } from '../../domain/channel.ts';
import { fieldsOf, parseJson, UnreadableAnswer, type Fields } from '../outcome.ts';
import { paymentState, refundView } from './answers.ts';
import { signedHeaders, type PlatformKeys } from './platform-keys.ts';
import { unseal } from './signature.ts';

/** WeChat Pay now and then sends a wrong signature on purpose, to see whether it is looked at; it begins so. */
const SIGNATURE_TEST = 'WECHATPAY/SIGNTEST/';

/** Verifies the raw bytes, opens what is sealed and reads it. Needs neither network nor clock: `receivedAt` is when it came. */
export function readNotification({ headers, body, receivedAt }: RawNotification, { platformKeys, apiV3Key }: { readonly platformKeys: PlatformKeys; readonly apiV3Key: KeyObject | null }): NotificationVerdict {
  const signed = signedHeaders((name) => headers[name], body);
  if (signed === null) return { verdict: 'forged', why: 'the headers of a signature are missing' };
  if (signed.signed.signature.startsWith(SIGNATURE_TEST)) return { verdict: 'forged', why: 'a test of whether signatures are verified' };
  const verification = platformKeys.verify(signed, receivedAt);
  switch (verification) {
    case 'forged': return { verdict: 'forged', why: 'the signature does not fit' };
    case 'stale': return { verdict: 'stale', why: 'signed more than five minutes away from when it came' };
    // May be genuine, with a key that was rotated in: it is looked at again once that is here.
    case 'unknown_serial': return { verdict: 'unreadable', why: `signed with a key that is not here: ${signed.serial.slice(0, 80)}` };
    case 'genuine': break;
  }
  if (apiV3Key === null) return { verdict: 'unreadable', why: 'the APIv3 key is not here' };
  try {
    return { verdict: 'verified', view: viewOf(body, apiV3Key) };
  } catch (error) {
    if (error instanceof UnreadableAnswer) return { verdict: 'unreadable', why: error.message };
    throw error;
  }
}

function viewOf(body: Buffer, apiV3Key: KeyObject): NotificationView {
  const envelope = fieldsOf(parseJson(body.toString('utf8')), 'the notification');
  const notifyId = envelope.text('id'), event = envelope.text('event_type'), content = open(envelope.object('resource'), apiV3Key);
  if (event.startsWith('TRANSACTION.')) return { kind: 'payment', notifyId, outTradeNo: content.text('out_trade_no'), payment: paymentState(content) };
  if (event.startsWith('REFUND.')) {
    return { kind: 'refund', notifyId, outTradeNo: content.text('out_trade_no'), outRefundNo: content.text('out_refund_no'), refund: refundView(content, 'refund_status') };
  }
  return { kind: 'other', notifyId, about: event };
}

function open(resource: Fields, apiV3Key: KeyObject): Fields {
  const opened = unseal({ algorithm: resource.text('algorithm'), ciphertext: resource.text('ciphertext'), nonce: resource.text('nonce'), associatedData: resource.textOrNull('associated_data') ?? '' }, apiV3Key);
  if (opened === null) throw new UnreadableAnswer('what is sealed does not open with the APIv3 key');
  return fieldsOf(parseJson(opened.toString('utf8')), 'the notification');
}

/** Anything but 200 or 204 has it sent again, fifteen times within a day. */
export const replyTo = (accepted: boolean): NotificationReply => accepted
  ? { status: 200, contentType: 'application/json', body: '{"code":"SUCCESS","message":"OK"}' }
  : { status: 500, contentType: 'application/json', body: '{"code":"FAIL","message":"not accepted"}' };
