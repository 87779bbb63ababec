import { Segmented } from 'antd';
import { useCallback, useState } from 'react';
import { Link } from 'react-router';
import { loadNotifications, orderOfNumber, type Notification, type NotificationShow } from '../../api/payments.ts';
import { useLoggedIn } from '../../app/account.tsx';
import { formatDateTime } from '../../format/time.ts';
import { useTranslate } from '../../i18n/index.ts';
import { DataTable } from '../../ui/data-table.tsx';
import { useKeyset } from '../../ui/keyset.ts';
import { Card } from '../../ui/page.tsx';
import { useAccountName } from '../../ui/payment-words.tsx';
import { Empty, ProblemView } from '../../ui/problem-view.tsx';
import { NotificationOutcome, NotificationVerdict } from '../orders/timeline.tsx';

const SHOWS: readonly NotificationShow[] = ['all', 'refused', 'waiting', 'troubled'];

/** What channels (and others) sent to the notify addresses, and what became of it. */
export function NotificationList() {
  const t = useTranslate();
  const { timeZone } = useLoggedIn();
  const { nameOf } = useAccountName();
  const [show, setShow] = useState<NotificationShow>('all');
  const load = useCallback((cursor: string | undefined) => loadNotifications(show, cursor), [show]);
  const list = useKeyset<Notification>(['recovery', 'notifications', show], load);
  return (
    <Card title={t('pay.notifications')} extra={<Segmented value={show} onChange={setShow} options={SHOWS.map((value) => ({ value, label: t(`notify.show.${value}`) }))} />} flush>
      <DataTable label={t('pay.notifications')} keys={false} rows={list.rows} rowKey={(row) => row.notificationId} more={list.more} loading={list.loading}
        empty={list.error ? <ProblemView error={list.error} onRetry={list.refresh} /> : <Empty title={t('notify.empty')} hint={t('notify.empty.hint')} />} columns={[
          { key: 'at', title: t('pay.received'), render: (row) => <span className="tab">{formatDateTime(row.receivedAt, timeZone, true)}</span> },
          { key: 'verdict', title: t('pay.verdict'), under: true, render: (row) => <NotificationVerdict notification={row} /> },
          { key: 'outcome', title: t('pay.whatBecame'), under: true, render: (row) => <NotificationOutcome notification={row} /> },
          { key: 'number', title: t('notify.number'), under: true, render: (row) => <NumberCell row={row} /> },
          { key: 'account', title: t('notify.account'), wideOnly: true, render: (row) => nameOf(row.merchantAccountId) },
          { key: 'from', title: t('pay.from'), wideOnly: true, render: (row) => row.remoteAddress ?? <span className="muted">–</span> },
          { key: 'why', title: t('mch.why'), wideOnly: true, render: (row) => <span className="clip" style={{ maxWidth: 280 }} title={row.why ?? row.lastError ?? ''}>{row.why ?? row.lastError ?? ''}</span> },
        ]} />
    </Card>
  );
}

function NumberCell({ row: { number, paymentOrderId } }: { row: Notification }) {
  const order = paymentOrderId ?? (number === null ? null : orderOfNumber(number));
  if (number === null) return <span className="muted">–</span>;
  return order === null ? <span className="mono">{number}</span> : <Link className="mono" to={`/payment-orders/${order}`}>{number}</Link>;
}
