import { useQuery } from '@tanstack/react-query';
import { Button, Drawer } from 'antd';
import { useState } from 'react';
import { Link } from 'react-router';
import { loadNotificationsOf, type Exchange, type Notification, type OrderStory, type TimelineEntry } from '../../api/payments.ts';
import { useLoggedIn } from '../../app/account.tsx';
import { formatDateTime } from '../../format/time.ts';
import { translateCode, useTranslate } from '../../i18n/index.ts';
import { Facts } from '../../ui/page.tsx';
import { CopyButton } from '../../ui/problem-view.tsx';
import { useAccountName } from '../../ui/payment-words.tsx';
import { State } from '../../ui/state.tsx';
import { actorName } from './actors.ts';
import { eventSentence, eventTone } from './event-words.ts';

export const useNotificationsOf = (orderId: string) => useQuery({ queryKey: ['payment-orders', orderId, 'notifications'], queryFn: () => loadNotificationsOf(orderId) });

/** Everything that happened to an order, oldest first, each with what proves it. */
export function Timeline({ story }: { story: OrderStory }) {
  const t = useTranslate();
  const { timeZone } = useLoggedIn();
  const { order, attempts } = story;
  const [open, setOpen] = useState<TimelineEntry | null>(null);
  return (
    <>
      <ol className="timeline">
        {story.timeline.map((entry) => (
          <li key={entry.sequence} className={eventTone(entry)}>
            <div className="entry">
              <span className="cell-main">{eventSentence(t, entry, { currency: order.amount.currency, amountMinor: order.amount.amountMinor, attempts })}</span>
              {typeof entry.detail.refundId === 'string' && <RefundLink refundId={entry.detail.refundId} />}
              <Button type="link" size="small" style={{ height: 22, paddingInline: 0 }} onClick={() => setOpen(entry)}>{t('pay.evidence')}</Button>
            </div>
            <div className="when">{formatDateTime(entry.happenedAt, timeZone, true)} · {actorName(t, entry.actor)}{entry.attempt !== null && attempts.length > 1 && <> · {t('pay.attemptNo', { attempt: entry.attempt })}</>}</div>
          </li>
        ))}
      </ol>
      {open && <Evidence entry={open} story={story} onClose={() => setOpen(null)} />}
    </>
  );
}

function RefundLink({ refundId }: { refundId: string }) {
  const t = useTranslate();
  return refundId.startsWith('rfa_') ? <Link to={`/refunds/${refundId}`}>{t('pay.refund.link')}</Link> : null;
}

/** What an event rests on: the call to the channel or its notification, and what was recorded. */
function Evidence({ entry, story, onClose }: { entry: TimelineEntry; story: OrderStory; onClose: () => void }) {
  const t = useTranslate();
  const { data: notifications } = useNotificationsOf(story.order.orderId);
  const exchange = story.exchanges.find(({ exchangeId }) => exchangeId === entry.exchangeId);
  const notification = notifications?.find(({ notificationId }) => notificationId === entry.notificationId);
  const { amount } = story.order;
  return (
    <Drawer open onClose={onClose} size={640} title={eventSentence(t, entry, { currency: amount.currency, amountMinor: amount.amountMinor, attempts: story.attempts })}>
      <div style={{ display: 'grid', gap: 20 }}>
        {exchange && <section><h3 style={{ marginBottom: 8 }}>{t('pay.evidence.exchange')}</h3><ExchangeView exchange={exchange} /></section>}
        {notification && <section><h3 style={{ marginBottom: 8 }}>{t('pay.evidence.notification')}</h3><NotificationFacts notification={notification} /></section>}
        <section><h3 style={{ marginBottom: 8 }}>{t('pay.evidence.details')}</h3><pre className="raw" tabIndex={0}>{JSON.stringify({ kind: entry.kind, ...entry.detail, actor: entry.actor, happenedAt: entry.happenedAt, recordedAt: entry.recordedAt }, null, 2)}</pre></section>
      </div>
    </Drawer>
  );
}

export function ExchangeView({ exchange }: { exchange: Exchange }) {
  const t = useTranslate();
  const { timeZone } = useLoggedIn();
  const { nameOf } = useAccountName();
  return (
    <div style={{ display: 'grid', gap: 12 }}>
      <Facts rows={[
        [t('pay.whatBecame'), <span key="o"><ExchangeOutcome exchange={exchange} /> {exchange.channelCode && <code className="mono">{exchange.channelCode}</code>} {exchange.httpStatus !== null && <span className="muted">HTTP {exchange.httpStatus}</span>}</span>],
        [t('pay.account'), nameOf(exchange.merchantAccountId)], [t('pay.evidence.request'), formatDateTime(exchange.sentAt, timeZone, true)], [t('pay.evidence.response'), exchange.answeredAt ? formatDateTime(exchange.answeredAt, timeZone, true) : t('pay.evidence.noResponse')],
      ]} />
      <Raw title={t('pay.evidence.request')} text={exchange.request} />
      {exchange.response !== null && <Raw title={t('pay.evidence.response')} text={exchange.response} />}
    </div>
  );
}

export function ExchangeOutcome({ exchange: { outcome } }: { exchange: Exchange }) {
  const t = useTranslate();
  return <State tone={outcome === 'confirmed' ? 'good' : outcome === 'refused' ? 'bad' : 'warn'}>{t(`pay.outcome.${outcome}`)}</State>;
}

export function NotificationFacts({ notification }: { notification: Notification }) {
  const t = useTranslate();
  const { timeZone } = useLoggedIn();
  const { nameOf } = useAccountName();
  return <Facts rows={[
    [t('pay.received'), formatDateTime(notification.receivedAt, timeZone, true)], [t('pay.verdict'), <NotificationVerdict key="v" notification={notification} />], [t('pay.whatBecame'), <NotificationOutcome key="o" notification={notification} />],
    [t('pay.account'), nameOf(notification.merchantAccountId)], notification.number !== null && [t('notify.number'), <span key="n" className="mono">{notification.number}</span>], notification.remoteAddress !== null && [t('pay.from'), notification.remoteAddress],
    notification.lastError !== null && [t('mch.lastFailure'), notification.lastError],
  ]} />;
}

export function NotificationVerdict({ notification: { verdict, why } }: { notification: Notification }) {
  const t = useTranslate();
  return <State tone={verdict === 'verified' ? 'good' : verdict === 'not_checked' ? 'neutral' : 'bad'} title={why ?? undefined}>{t(`pay.verdict.${verdict}`)}</State>;
}
export function NotificationOutcome({ notification: { outcome, settledAt, verdict } }: { notification: Notification }) {
  const t = useTranslate();
  if (outcome === null) return settledAt === null && (verdict === 'verified' || verdict === 'not_checked') ? <State tone="live">{t('pay.noted.waiting')}</State> : <span className="muted">–</span>;
  return <State tone={outcome === 'credited' ? 'good' : ['known', 'refund', 'other'].includes(outcome) ? 'neutral' : 'warn'}>{translateCode(t, 'pay.noted', outcome)}</State>;
}

/** A body as it went over the wire; JSON is indented, nothing else is touched. */
function Raw({ title, text }: { title: string; text: string }) {
  const t = useTranslate();
  return <div><div style={{ display: 'flex', justifyContent: 'space-between', alignItems: 'center', marginBottom: 4 }}><span className="muted">{title}</span><CopyButton text={text} label={t('action.copy')} /></div><pre className="raw" tabIndex={0}>{indented(text)}</pre></div>;
}

function indented(text: string): string {
  const at = text.indexOf('{');
  if (at < 0) return text;
  try { return text.slice(0, at) + JSON.stringify(JSON.parse(text.slice(at)), null, 2); } catch { return text; }
}
