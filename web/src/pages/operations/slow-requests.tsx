import { Drawer } from 'antd';
import { useMemo, useState } from 'react';
import { loadSlowRequests, type SlowRequest } from '../../api/operations.ts';
import { useLoggedIn } from '../../app/account.tsx';
import { formatCount } from '../../format/number.ts';
import { formatDateTime } from '../../format/time.ts';
import { useTranslate, type MessageKey } from '../../i18n/index.ts';
import { DataTable, type Column } from '../../ui/data-table.tsx';
import { useKeyset } from '../../ui/keyset.ts';
import { ListCard } from '../../ui/list-card.tsx';
import { Facts } from '../../ui/page.tsx';
import { Empty } from '../../ui/problem-view.tsx';
import { formatMicros } from './millis.ts';

const PARTS = [['queryUs', 'ops.part.query'], ['poolUs', 'ops.part.pool'], ['channelUs', 'ops.part.channel'], ['loopUs', 'ops.part.loop'], ['handlerUs', 'ops.part.handler']] as const satisfies readonly (readonly [keyof SlowRequest, MessageKey])[];

/** Requests that took long, with where their time went. */
export function SlowRequestsTab() {
  const t = useTranslate();
  const { timeZone } = useLoggedIn();
  const [open, setOpen] = useState<SlowRequest | null>(null);
  const list = useKeyset<SlowRequest>(['operations', 'slow'], loadSlowRequests);
  const columns = useMemo<readonly Column<SlowRequest>[]>(() => [
    { key: 'at', title: t('ops.at'), render: (row) => <button type="button" className="link tab" onClick={() => setOpen(row)}>{formatDateTime(row.startedAt, timeZone, true)}</button>, text: (row) => formatDateTime(row.startedAt, timeZone, true) },
    { key: 'route', title: t('ops.route'), under: true, render: (row) => <span className="mono" >{row.method} {row.route}</span>, text: (row) => `${row.method} ${row.route}` },
    { key: 'status', title: t('ops.status'), numeric: true, wideOnly: true, render: (row) => String(row.status), text: (row) => String(row.status) },
    { key: 'total', title: t('ops.took'), unit: 'ms', numeric: true, render: (row) => <b>{formatMicros(row.totalUs)}</b>, text: (row) => formatMicros(row.totalUs) },
    { key: 'most', title: t('ops.mostly'), wideOnly: true, render: (row) => mostly(row, t), text: (row) => mostly(row, t) },
  ], [t, timeZone]);
  return (
    <>
      <ListCard name="slow-requests" label={t('ops.tab.slow')} list={list} columns={columns} rowKey={(row) => row.requestId} onRow={setOpen} loadPage={loadSlowRequests}
        sums={<span><b>{formatCount(list.rows.length)}{list.more.hasMore ? '+' : ''}</b>{t('ops.slow.count')}</span>} empty={<Empty title={t('ops.slow.empty')} hint={t('ops.slow.empty.hint')} />} />
      {open && <Detail request={open} onClose={() => setOpen(null)} />}
    </>
  );
}

/** The part that took most, with its share. */
function mostly(request: SlowRequest, t: ReturnType<typeof useTranslate>): string {
  const [part, key] = PARTS.reduce((most, each) => request[each[0]] > request[most[0]] ? each : most);
  return `${t(key)} ${Math.min(100, Math.round((request[part] / Math.max(1, request.totalUs)) * 100))} %`;
}

function Detail({ request, onClose }: { request: SlowRequest; onClose: () => void }) {
  const t = useTranslate();
  const { timeZone } = useLoggedIn();
  return (
    <Drawer open title={<span className="mono" style={{ overflowWrap: 'anywhere' }}>{request.method} {request.route}</span>} onClose={onClose} size={560}>
      <Facts rows={[
        [t('ops.at'), formatDateTime(request.startedAt, timeZone, true)], [t('ops.status'), String(request.status)], request.node !== null && [t('ops.node'), request.node], [t('ops.took'), `${formatMicros(request.totalUs)} ms`],
        ...PARTS.map(([part, key]) => [t(key), `${formatMicros(request[part])} ms`] as const), [t('ops.requestId'), <span key="i" className="mono">{request.requestId}</span>],
      ]} />
      <h3 style={{ margin: '20px 0 8px' }}>{t('ops.waits')}</h3>
      <DataTable label={t('ops.waits')} keys={false} rows={request.waits} rowKey={(wait) => `${wait.kind} ${wait.name}`} empty={<p className="muted">{t('none')}</p>} columns={[
        { key: 'name', title: t('ops.wait'), render: (wait) => <><div className="mono" style={{ overflowWrap: 'anywhere', whiteSpace: 'normal' }}>{wait.name}</div><div className="cell-sub">{wait.kind}</div></> },
        { key: 'count', title: t('recon.report.count'), numeric: true, render: (wait) => formatCount(wait.count) }, { key: 'us', title: t('ops.took'), unit: 'ms', numeric: true, render: (wait) => formatMicros(wait.us) },
      ]} />
    </Drawer>
  );
}
