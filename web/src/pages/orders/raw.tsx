import { Drawer } from 'antd';
import { useState } from 'react';
import { Button } from 'antd';
import type { Exchange, OrderStory } from '../../api/payments.ts';
import { useLoggedIn } from '../../app/account.tsx';
import { formatDateTime, formatDuration } from '../../format/time.ts';
import { usePreferences } from '../../app/preferences.ts';
import { translateCode, useTranslate } from '../../i18n/index.ts';
import { DataTable } from '../../ui/data-table.tsx';
import { useAccountName } from '../../ui/payment-words.tsx';
import { Empty, ProblemView } from '../../ui/problem-view.tsx';
import { ExchangeOutcome, ExchangeView, NotificationOutcome, NotificationVerdict, useNotificationsOf } from './timeline.tsx';

/** Every call to a channel about this order: raw data last. */
export function Exchanges({ story: { exchanges } }: { story: OrderStory }) {
  const t = useTranslate();
  const { timeZone } = useLoggedIn();
  const { language } = usePreferences();
  const { nameOf } = useAccountName();
  const [open, setOpen] = useState<Exchange | null>(null);
  return (
    <>
      <DataTable label={t('pay.exchanges')} keys={false} rows={exchanges} rowKey={(row) => row.exchangeId} empty={<Empty title={t('pay.attemptsNone')} />} columns={[
        { key: 'at', title: t('pay.evidence.request'), render: (row) => <span className="tab">{formatDateTime(row.sentAt, timeZone, true)}</span> },
        { key: 'act', title: t('audit.act'), render: (row) => translateCode(t, 'pay.act', row.act) },
        { key: 'outcome', title: t('pay.evidence.response'), render: (row) => <span className="figure-and-state"><ExchangeOutcome exchange={row} />{row.channelCode && <code className="mono">{row.channelCode}</code>}</span> },
        { key: 'took', title: t('session.duration'), numeric: true, wideOnly: true, render: (row) => row.answeredAt ? took(Date.parse(row.answeredAt) - Date.parse(row.sentAt), language) : <span className="muted">–</span> },
        { key: 'account', title: t('pay.account'), wideOnly: true, render: (row) => nameOf(row.merchantAccountId) },
        { key: 'open', title: '', render: (row) => <Button size="small" onClick={() => setOpen(row)}>{t('pay.evidence')}</Button> },
      ]} />
      {open && <Drawer open onClose={() => setOpen(null)} size={640} title={translateCode(t, 'pay.act', open.act)}><ExchangeView exchange={open} /></Drawer>}
    </>
  );
}

const took = (ms: number, language: Parameters<typeof formatDuration>[1]): string => ms < 10_000 ? `${ms} ms` : formatDuration(ms, language);

export function Notifications({ orderId }: { orderId: string }) {
  const t = useTranslate();
  const { timeZone } = useLoggedIn();
  const { nameOf } = useAccountName();
  const { data, error, refetch } = useNotificationsOf(orderId);
  if (error) return <ProblemView error={error} onRetry={() => void refetch()} />;
  return <DataTable label={t('pay.notifications')} keys={false} rows={data ?? []} loading={!data} rowKey={(row) => row.notificationId} empty={<Empty title={t('pay.notifications.none')} hint={t('recovery.sub')} />} columns={[
    { key: 'at', title: t('pay.received'), render: (row) => <span className="tab">{formatDateTime(row.receivedAt, timeZone, true)}</span> },
    { key: 'verdict', title: t('pay.verdict'), render: (row) => <NotificationVerdict notification={row} /> },
    { key: 'outcome', title: t('pay.whatBecame'), render: (row) => <NotificationOutcome notification={row} /> },
    { key: 'account', title: t('pay.account'), wideOnly: true, render: (row) => nameOf(row.merchantAccountId) },
    { key: 'from', title: t('pay.from'), wideOnly: true, render: (row) => row.remoteAddress ?? <span className="muted">–</span> },
  ]} />;
}
