import { useCallback, useMemo } from 'react';
import { Link } from 'react-router';
import { loadSessions, type SessionPage, type SessionRow } from '../../api/charging.ts';
import { usePreferences } from '../../app/preferences.ts';
import { formatKw, formatKwh } from '../../format/number.ts';
import { formatDuration } from '../../format/time.ts';
import { useTranslate } from '../../i18n/index.ts';
import { DataTable, type Column } from '../../ui/data-table.tsx';
import { useKeyset } from '../../ui/keyset.ts';
import { useNow } from '../../ui/now.ts';
import { Empty, ProblemView } from '../../ui/problem-view.tsx';

const REFRESH_MS = 5_000;
const ROWS_MAX = 8;

/** Sessions that are charging; their values tick where they stand. */
export function ChargingNow() {
  const t = useTranslate();
  const { language } = usePreferences();
  const now = useNow(5_000);
  const load = useCallback((cursor: string | undefined) => loadSessions({ state: 'active' }, cursor), []);
  const list = useKeyset<SessionRow, SessionPage>(['sessions', 'active'], load, REFRESH_MS);
  const columns = useMemo<readonly Column<SessionRow>[]>(() => [
    { key: 'where', title: t('session.where'), render: (row) => <Link className="cell-main" to={`/sessions/${row.sessionId}`}>{row.chargePointIdentity}{row.evseNumber === null ? '' : ` · ${row.evseNumber}`}<span className="cell-sub clip" style={{ display: 'block', maxWidth: 'min(280px, 40vw)' }} title={row.stationName}>{row.stationName}</span></Link> },
    { key: 'member', title: t('session.member'), wideOnly: true, render: (row) => row.memberName ?? <span className="muted">{row.tokenMask ?? t('session.noMember')}</span> },
    { key: 'duration', title: t('session.duration'), numeric: true, wideOnly: true, render: (row) => formatDuration(now - Date.parse(row.startedAt), language) },
    { key: 'power', title: t('session.power'), unit: 'kW', numeric: true, render: (row) => row.powerW === null ? <span className="muted">–</span> : formatKw(row.powerW) },
    { key: 'energy', title: t('session.energy'), unit: 'kWh', numeric: true, render: (row) => formatKwh(row.energyWh) },
  ], [t, language, now]);
  return (
    <>
      <DataTable label={t('overview.charging')} columns={columns} rows={list.rows.slice(0, ROWS_MAX)} rowKey={(row) => row.sessionId} href={(row) => `/sessions/${row.sessionId}`} loading={list.loading}
        empty={list.error ? <ProblemView error={list.error} onRetry={list.refresh} /> : <Empty title={t('overview.charging.empty')} hint={t('session.empty.hint')} />} />
      {(list.rows.length > ROWS_MAX || list.more.hasMore) && <div className="list-end"><Link to="/sessions?state=active">{t('overview.charging.all')}</Link></div>}
    </>
  );
}
