import { useQuery } from '@tanstack/react-query';
import { Button } from 'antd';
import { useCallback, useMemo, useState } from 'react';
import { Link, useParams } from 'react-router';
import { loadChargePoints, loadStation, type ChargePoint } from '../../api/locations.ts';
import { useMay } from '../../app/account.tsx';
import { usePreferences } from '../../app/preferences.ts';
import { formatKw } from '../../format/number.ts';
import { formatAgo, formatDate } from '../../format/time.ts';
import { useTranslate } from '../../i18n/index.ts';
import { DataTable, type Column } from '../../ui/data-table.tsx';
import { useKeyset } from '../../ui/keyset.ts';
import { isHeard, useNow } from '../../ui/now.ts';
import { Card, Facts, Figure, Figures, Page } from '../../ui/page.tsx';
import { PowerCard } from '../../ui/power-chart.tsx';
import { Empty, ProblemPage, ProblemView } from '../../ui/problem-view.tsx';
import { ConnectorStatus } from '../../ui/words.tsx';
import { useSubOperators } from '../../app/sub-operators.ts';
import { SessionsCard } from '../sessions/sessions-card.tsx';
import { NewChargePoint } from './new-charge-point.tsx';

const REFRESH_MS = 20_000;

export function Component() {
  const t = useTranslate();
  const { stationId = '' } = useParams();
  const [mayWrite, mayCharging] = [useMay('locations:write'), useMay('charging:read')];
  const of = useMemo(() => ({ stationId }), [stationId]);
  const [adding, setAdding] = useState(false);
  const { data, error, refetch } = useQuery({ queryKey: ['stations', stationId], queryFn: () => loadStation(stationId), refetchInterval: REFRESH_MS });
  const load = useCallback((cursor: string | undefined) => loadChargePoints({ stationId }, cursor), [stationId]);
  const points = useKeyset<ChargePoint>(['charge-points', stationId], load, REFRESH_MS);
  const columns = useChargePointColumns(false);
  const { nameOf } = useSubOperators();
  const crumbs = [{ to: '/stations', label: t('station.title') }];
  if (error) return <ProblemPage title={t('station.name')} crumbs={crumbs} error={error} onRetry={refetch} />;
  if (!data) return null;
  const { station, bindings } = data;
  return (
    <Page title={station.name} crumbs={crumbs} sub={<><span>{station.address}</span><span className="muted">{station.timeZone}</span></>}
      actions={mayWrite && <Button type="primary" onClick={() => setAdding(true)}>{t('point.new')}</Button>}>
      <Figures>
        <Figure label={t('status.Available')} value={station.connectors.available} note={t('station.connectors')} />
        <Figure label={t('session.active')} value={station.connectors.occupied} />
        <Figure label={t('status.Faulted')} value={station.connectors.faulted} />
        <Figure label={t('status.Unavailable')} value={station.connectors.unavailable} />
        <Figure label={t('station.chargePoints')} value={station.chargePoints} />
      </Figures>
      <Card title={t('station.chargePoints')} flush>
        <DataTable label={t('station.chargePoints')} columns={columns} rows={points.rows} rowKey={(row) => row.chargePointId} href={(row) => `/charge-points/${row.chargePointId}`} more={points.more} loading={points.loading}
          empty={points.error ? <ProblemView error={points.error} onRetry={points.refresh} /> : <Empty title={t('point.empty')} hint={t('point.empty.hint')} />} />
      </Card>
      {mayCharging && <PowerCard of={of} timeZone={station.timeZone} height={200} />}
      <SessionsCard title={t('station.sessions')} filter={{ stationId }} />
      {bindings.length > 0 && (
        <Card title={t('station.bindings')}><Facts rows={bindings.map((binding) => [nameOf(binding.subOperatorId),
          binding.validTo ? t('station.binding', { from: binding.validFrom ? formatDate(binding.validFrom, station.timeZone) : '…', to: formatDate(binding.validTo, station.timeZone) }) : t('station.binding.open', { from: binding.validFrom ? formatDate(binding.validFrom, station.timeZone) : '…' })] as const)} /></Card>
      )}
      {adding && <NewChargePoint stationId={stationId} onClose={() => setAdding(false)} />}
    </Page>
  );
}

export function useChargePointColumns(withStation: boolean): readonly Column<ChargePoint>[] {
  const t = useTranslate();
  const { language } = usePreferences();
  const now = useNow();
  return useMemo(() => {
    const all: (Column<ChargePoint> | false)[] = [
      { key: 'identity', title: t('point.identity'), render: (row) => <Link className="cell-main" to={`/charge-points/${row.chargePointId}`}>{row.identity}</Link>, text: (row) => row.identity },
      withStation && { key: 'station', title: t('station.name'), wideOnly: true, render: (row) => <Link to={`/stations/${row.stationId}`}>{row.stationName}</Link>, text: (row) => row.stationName },
      { key: 'connectors', title: t('point.connectors'), render: (row) => <span style={{ display: 'inline-flex', flexWrap: 'wrap', gap: 6, padding: '4px 0' }}>
        {row.connectors.map((each) => <span key={each.connectorId} style={{ display: 'inline-flex', gap: 6, alignItems: 'center' }}><span className="muted">{each.evseNumber}</span><ConnectorStatus status={each.state?.status ?? null} errorCode={each.state?.errorCode} connected={isHeard(row.lastSeenAt, now)} /></span>)}
      </span>, text: (row) => row.connectors.map((each) => `${each.evseNumber} ${each.state?.status ?? '?'}`).join(', ') },
      { key: 'power', title: t('point.power'), unit: 'kW', numeric: true, wideOnly: true, render: (row) => formatKw(row.maxPowerW), text: (row) => formatKw(row.maxPowerW) },
      { key: 'model', title: t('point.model'), wideOnly: true, render: (row) => [row.vendor, row.model].filter(Boolean).join(' ') || <span className="muted">{t('unknown')}</span>, text: (row) => [row.vendor, row.model].filter(Boolean).join(' ') },
      { key: 'seen', title: t('point.lastSeen'), wideOnly: true, render: (row) => row.lastSeenAt ? formatAgo(row.lastSeenAt, now, language) : <span className="muted">{t('station.never')}</span>, text: (row) => row.lastSeenAt ?? '' },
    ];
    return all.filter((column): column is Column<ChargePoint> => column !== false);
  }, [t, language, now, withStation]);
}
