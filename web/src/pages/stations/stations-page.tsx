import { Alert, Button } from 'antd';
import { useCallback, useMemo, useState } from 'react';
import { Link } from 'react-router';
import { loadStations, type Station, type StationPage } from '../../api/locations.ts';
import { useMay } from '../../app/account.tsx';
import { usePreferences } from '../../app/preferences.ts';
import { formatCount } from '../../format/number.ts';
import { formatAgo, formatDate } from '../../format/time.ts';
import { useTranslate } from '../../i18n/index.ts';
import type { Column } from '../../ui/data-table.tsx';
import { FilterBar, useFilters, type FilterSpec } from '../../ui/filters.tsx';
import { useKeyset } from '../../ui/keyset.ts';
import { ListCard } from '../../ui/list-card.tsx';
import { useNow } from '../../ui/now.ts';
import { Page } from '../../ui/page.tsx';
import { Empty } from '../../ui/problem-view.tsx';
import { ConnectorCounts } from './connector-counts.tsx';
import { NewStation } from './new-station.tsx';

const NO_FILTERS: readonly FilterSpec[] = [];
const REFRESH_MS = 30_000;

export function Component() {
  const t = useTranslate();
  const mayWrite = useMay('locations:write');
  const [creating, setCreating] = useState(false);
  const filters = useFilters(NO_FILTERS);
  const load = useCallback((cursor: string | undefined) => loadStations(filters.q, cursor), [filters]);
  const list = useKeyset<Station, StationPage>(['stations', filters], load, REFRESH_MS);
  const columns = useColumns();
  const sum = (pick: (station: Station) => number): number => list.rows.reduce((total, station) => total + pick(station), 0);
  const plus = list.more.hasMore ? '+' : '';
  return (
    <Page title={t('station.title')} actions={mayWrite && <Button type="primary" onClick={() => setCreating(true)}>{t('station.new')}</Button>}>
      <FilterBar specs={NO_FILTERS} searchLabel={t('station.search')} />
      {list.firstPage?.hidden.map((hidden) => (
        <Alert key={hidden.stationId} type="info" showIcon title={hidden.reason === 'begins_later'
          ? t('station.hidden', { name: hidden.name, from: hidden.validFrom ? formatDate(hidden.validFrom) : '?' })
          : t('station.hiddenEnded', { name: hidden.name, to: hidden.validTo ? formatDate(hidden.validTo) : '?' })} />
      ))}
      <ListCard name="stations" label={t('station.title')} list={list} columns={columns} rowKey={(row) => row.stationId} href={(row) => `/stations/${row.stationId}`} loadPage={load}
        sums={list.rows.length > 0 && <>
          <span><b>{formatCount(list.rows.length)}{plus}</b>{t('station.title')}</span><span><b>{formatCount(sum((row) => row.chargePoints))}{plus}</b>{t('station.chargePoints')}</span>
          <span><b>{formatCount(sum((row) => row.connectors.total))}{plus}</b>{t('station.connectors')}</span>
          <span><b>{formatCount(sum((row) => row.connectors.occupied))}</b>{t('session.sum.open')}</span>
        </>}
        empty={filters.q ? <Empty title={t('station.empty.search')} /> : <Empty title={t('station.empty')} hint={t('station.empty.hint')} />} />
      {creating && <NewStation onClose={() => setCreating(false)} />}
    </Page>
  );
}

function useColumns(): readonly Column<Station>[] {
  const t = useTranslate();
  const { language } = usePreferences();
  const now = useNow();
  return useMemo(() => [
    { key: 'name', title: t('station.name'), render: (row) => <Link className="cell-main" to={`/stations/${row.stationId}`}>{row.name}</Link>, text: (row) => row.name },
    { key: 'state', title: t('session.state'), render: (row) => <ConnectorCounts counts={row.connectors} />, text: (row) => Object.entries(row.connectors).map(([state, count]) => `${state} ${count}`).join(', ') },
    { key: 'points', title: t('station.chargePoints'), numeric: true, wideOnly: true, render: (row) => formatCount(row.chargePoints), text: (row) => String(row.chargePoints) },
    { key: 'connectors', title: t('station.connectors'), numeric: true, wideOnly: true, render: (row) => formatCount(row.connectors.total), text: (row) => String(row.connectors.total) },
    { key: 'address', title: t('station.address'), wideOnly: true, optional: true, render: (row) => row.address ?? <span className="muted">{t('unknown')}</span>, text: (row) => row.address ?? '' },
    { key: 'zone', title: t('station.timeZone'), wideOnly: true, optional: true, hiddenAtFirst: true, render: (row) => row.timeZone, text: (row) => row.timeZone },
    { key: 'seen', title: t('station.lastSeen'), wideOnly: true, optional: true, render: (row) => row.lastSeenAt ? formatAgo(row.lastSeenAt, now, language) : <span className="muted">{t('station.never')}</span>, text: (row) => row.lastSeenAt ?? '' },
  ], [t, language, now]);
}
