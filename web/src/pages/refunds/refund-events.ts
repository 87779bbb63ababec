import type { RefundStory } from '../../api/refunds.ts';
import type { Translate } from '../../i18n/index.ts';
import { moneyText } from '../../ui/payment-words.tsx';
import { actorName } from '../orders/actors.ts';

type RefundEvent = { readonly key: string; readonly at: string | null; readonly tone: 'good' | 'warn' | 'bad' | ''; readonly text: string };

/** The channel's clock says when money arrived, ours when it was accepted; arriving never comes first. */
const earlier = (accepted: string, arrived: string | null): string => arrived !== null && arrived < accepted ? arrived : accepted;

/** The story of a refund in the order in which it happened, from what its record and its parts keep. */
export function refundEvents(t: Translate, { refund, parts }: RefundStory): readonly RefundEvent[] {
  const events: RefundEvent[] = [{ key: 'applied', at: refund.appliedAt, tone: '', text: t('refund.event.applied', { name: actorName(t, refund.appliedBy) }) }];
  const { state, auditedBy } = refund;
  // The moment of a decision is the moment of the state it led to, as long as nothing has followed.
  const decidedAt = state === 'approved' || state === 'rejected' ? refund.stateAt : null;
  if (state === 'withdrawn') events.push({ key: 'withdrawn', at: refund.stateAt, tone: 'warn', text: t('refund.event.withdrawn') });
  else if (state === 'rejected') events.push({ key: 'rejected', at: decidedAt, tone: 'bad', text: t('refund.event.rejected', { name: actorName(t, auditedBy ?? '') }) });
  else if (auditedBy !== null) events.push({ key: 'audited', at: decidedAt, tone: 'good', text: auditedBy === 'rule' ? t('refund.event.rule') : t('refund.event.audited', { name: actorName(t, auditedBy) }) });
  const ofParts: (RefundEvent & { readonly at: string })[] = [];
  for (const part of parts) {
    const amount = moneyText(part.amount);
    if (part.acceptedAt !== null) ofParts.push({ key: `${part.partId}-accepted`, at: earlier(part.acceptedAt, part.refundedAt), tone: '', text: t('refund.event.accepted', { amount }) });
    if (part.refundedAt !== null) ofParts.push({ key: `${part.partId}-refunded`, at: part.refundedAt, tone: 'good', text: t('refund.event.arrived', { amount }) });
    if (part.state === 'failed' && state !== 'rejected' && state !== 'withdrawn') ofParts.push({ key: `${part.partId}-failed`, at: part.stateAt, tone: 'bad', text: t('refund.event.partFailed', { amount }) });
  }
  events.push(...ofParts.toSorted((a, b) => a.at.localeCompare(b.at)));
  if (state === 'refunded' || state === 'partly_refunded' || state === 'failed') events.push({ key: 'end', at: refund.stateAt, tone: state === 'refunded' ? 'good' : 'bad', text: t('refund.event.end', { state: t(`refund.state.${state}`) }) });
  return events;
}
