import { useQuery } from '@tanstack/react-query';
import { Button } from 'antd';
import { useState } from 'react';
import { Link, useParams } from 'react-router';
import { loadStation } from '../../api/locations.ts';
import { loadTariff, loadTariffs, type TariffAssignment } from '../../api/tariffs.ts';
import { useLoggedIn, useMay } from '../../app/account.tsx';
import { formatDateTime } from '../../format/time.ts';
import { useTranslate } from '../../i18n/index.ts';
import { Card, Page } from '../../ui/page.tsx';
import { ProblemPage } from '../../ui/problem-view.tsx';
import { AssignTariff } from './assign-tariff.tsx';
import { OccupancyText, TariffDay, TariffTable } from './tariff-day.tsx';
import { TariffEditor } from './tariff-editor.tsx';

export function Component() {
  const t = useTranslate();
  const { tariffId = '' } = useParams();
  const { timeZone } = useLoggedIn();
  const mayWrite = useMay('tariffs:write');
  const [dialog, setDialog] = useState<'version' | 'assign' | null>(null);
  const { data, error, refetch } = useQuery({ queryKey: ['tariffs', tariffId], queryFn: () => loadTariff(tariffId) });
  const versions = useQuery({ queryKey: ['tariffs', 'versions'], queryFn: () => loadTariffs(undefined) });
  const crumbs = [{ to: '/tariffs', label: t('tariff.title') }];
  if (error) return <ProblemPage title={t('tariff.title')} crumbs={crumbs} error={error} onRetry={refetch} />;
  if (!data) return null;
  const { tariff, assignments } = data;
  const series = versions.data?.items.filter((each) => each.seriesId === tariff.seriesId) ?? [];
  return (
    <Page title={tariff.name} crumbs={crumbs} sub={<><span>{t('tariff.version', { version: tariff.version })}</span><span className="muted">{formatDateTime(tariff.recordedAt, timeZone)}</span></>}
      actions={mayWrite && <><Button onClick={() => setDialog('version')}>{t('tariff.newVersion')}</Button><Button type="primary" onClick={() => setDialog('assign')}>{t('tariff.assign')}</Button></>}>
      <Card><TariffDay tariff={tariff} /><p className="muted" style={{ marginTop: 8 }}><OccupancyText tariff={tariff} /></p></Card>
      <Card title={t('tariff.periods')} flush><TariffTable tariff={tariff} /></Card>
      <Card title={t('tariff.where')}>
        {assignments.length === 0 ? <span className="muted">{t('tariff.nowhere')}</span> : <ul style={{ margin: 0, paddingLeft: 18 }}>{assignments.map((each) => <li key={`${each.stationId}${each.validFrom}`}><Assignment assignment={each} /></li>)}</ul>}
      </Card>
      {series.length > 1 && <Card title={t('session.versions')}>{series.map((each) => <div key={each.tariffId}>{each.tariffId === tariffId ? <b>{t('tariff.version', { version: each.version })}</b> : <Link to={`/tariffs/${each.tariffId}`}>{t('tariff.version', { version: each.version })}</Link>} <span className="muted">{formatDateTime(each.recordedAt, timeZone)}</span></div>)}</Card>}
      {dialog === 'version' && <TariffEditor from={tariff} onClose={() => setDialog(null)} />}
      {dialog === 'assign' && <AssignTariff tariff={tariff} onClose={() => setDialog(null)} />}
    </Page>
  );
}

function Assignment({ assignment }: { assignment: TariffAssignment }) {
  const t = useTranslate();
  const { data } = useQuery({ queryKey: ['stations', assignment.stationId], queryFn: () => loadStation(assignment.stationId) });
  const zone = data?.station.timeZone;
  const from = formatDateTime(assignment.validFrom, zone);
  return <><Link to={`/stations/${assignment.stationId}`}>{data?.station.name ?? assignment.stationId}</Link> <span className="muted">{assignment.validTo ? t('tariff.validFromTo', { from, to: formatDateTime(assignment.validTo, zone) }) : t('tariff.validFrom', { from })}</span></>;
}
