import { useQuery } from '@tanstack/react-query';
import { Button, Segmented } from 'antd';
import { useCallback, useMemo, useState } from 'react';
import { useParams, useSearchParams } from 'react-router';
import { DIMENSIONS, loadReport, NARROWING, START_MODES, type Dimension, type Narrowing, type Report, type ReportRow } from '../../api/reports.ts';
import { loadStations } from '../../api/locations.ts';
import { useLoggedIn, useMay, useMayEverywhere } from '../../app/account.tsx';
import { useSubOperators } from '../../app/sub-operators.ts';
import { translateCode, useTranslate } from '../../i18n/index.ts';
import { FilterBar, useFilters, type FilterSpec } from '../../ui/filters.tsx';
import { useKeyset } from '../../ui/keyset.ts';
import { ListCard } from '../../ui/list-card.tsx';
import { Page, type Crumb } from '../../ui/page.tsx';
import { Empty, ProblemPage } from '../../ui/problem-view.tsx';
import { Adjustments } from './adjustments.tsx';
import { ExportDialog } from './export-dialog.tsx';
import { InDoubt, TariffPeriods, Totals } from './figures.tsx';
import { PublicationVerdict, PublishDialog } from './publication.tsx';
import { Review } from './review.tsx';
import { useRowColumns } from './rows.tsx';
import { ReportStateWord, useUnits } from './words.tsx';

/** By clicking a row of one breakdown, the report is narrowed to it. */
const NARROWS: Readonly<Partial<Record<Dimension, (typeof NARROWING)[number]>>> = { station: 'stationId', sub_operator: 'subOperatorId', department: 'departmentId', fleet: 'fleetId', vehicle: 'vehicleId', start_mode: 'startMode' };
const PARTS = ['adjustments', 'review'] as const;
type Shown = Dimension | (typeof PARTS)[number];

/** The report of a day or a month: its figures, what is not in them, by tariff period, broken down, and what adjusts it. */
export function Component() {
  const t = useTranslate();
  const { period = '' } = useParams();
  const [params] = useSearchParams();
  const specs = useNarrowingSpecs();
  const filters = useFilters(specs);
  const narrowing = useMemo<Narrowing>(() => Object.fromEntries(NARROWING.flatMap((key) => filters[key] ? [[key, filters[key]]] : [])), [filters]);
  const shown: Shown = ([...DIMENSIONS, ...PARTS] as const).find((each) => each === params.get('by')) ?? (period.length === 7 ? 'day' : 'station');
  const dimension: Dimension = DIMENSIONS.find((each) => each === shown) ?? 'station';
  const load = useCallback((cursor: string | undefined) => loadReport(period, dimension, narrowing, cursor), [period, dimension, narrowing]);
  const list = useKeyset<ReportRow, Report>(['reports', 'report', period, dimension, narrowing], load);
  const [dialog, setDialog] = useState<'export' | 'publish' | null>(null);
  const [mayPublish, everywhere] = [useMayEverywhere('reports:publish'), useMayEverywhere('reports:read')];
  const crumbs: readonly Crumb[] = [{ to: '/reports', label: t('report.title') }, ...(period.length === 10 ? [{ to: `/reports/${period.slice(0, 7)}`, label: period.slice(0, 7) }] : [])];
  // Another breakdown or another part keeps what is known of the report on screen while its rows come.
  const [latest, setLatest] = useState<Report | null>(null);
  const report = list.firstPage ?? (latest?.period === period ? latest : null);
  if (list.firstPage && list.firstPage !== latest) setLatest(list.firstPage);
  if (list.error) return <ProblemPage title={period} crumbs={crumbs} error={list.error} onRetry={list.refresh} />;
  const narrowed = Object.keys(narrowing).length > 0;
  return (
    <Page title={`${t(period.length === 7 ? 'report.one.month' : 'report.one.day')} ${period}`} crumbs={crumbs} sub={report && <><ReportStateWord state={report.state} />{narrowed && <span>{t('report.narrowed')}</span>}</>}
      actions={report && <>{everywhere && <Button onClick={() => setDialog('export')}>{t('export.do')}</Button>}{mayPublish && report.state === 'open' && <Button type="primary" onClick={() => setDialog('publish')}>{t('report.publish')}</Button>}</>}>
      <FilterBar specs={specs} />
      {report && <>
        {report.publication && <PublicationVerdict report={report} publication={report.publication} narrowed={narrowed} />}
        <Totals figures={report.total} currency={report.currency} adjustments={report.adjustments} />
        <div className="grid"><div className="span-4 fill"><InDoubt figures={report.total} currency={report.currency} policy={report.abnormalBills} to={withPart(params, 'review')} /></div><div className="span-8 fill"><TariffPeriods figures={report.total} currency={report.currency} /></div></div>
        <Breakdown shown={shown} period={period} report={report} list={list} load={load} narrowing={narrowing} />
      </>}
      {dialog === 'export' && report && <ExportDialog period={period} groupBy={dimension} narrowing={narrowing} onClose={() => setDialog(null)} />}
      {dialog === 'publish' && report && <PublishDialog report={report} narrowed={narrowed} onClose={() => setDialog(null)} />}
    </Page>
  );
}

function withPart(params: URLSearchParams, by: Shown): string {
  const next = new URLSearchParams(params);
  next.set('by', by);
  return `?${next}`;
}

type BreakdownProps = { shown: Shown; period: string; report: Report; list: ReturnType<typeof useKeyset<ReportRow, Report>>; load: (cursor: string | undefined) => Promise<Report>; narrowing: Narrowing };

function Breakdown({ shown, period, report, list, load, narrowing }: BreakdownProps) {
  const t = useTranslate();
  const [params, setParams] = useSearchParams();
  const items = [...DIMENSIONS.filter((each) => each !== 'day' || period.length === 7).map((value) => ({ value, label: t(`report.by.${value}`) })), { value: 'adjustments' as const, label: t('report.adjustments') }, { value: 'review' as const, label: t('report.toReview') }];
  return (
    <section style={{ display: 'grid', gap: 12, justifyItems: 'start' }} className="breakdown">
      <Segmented<Shown> className="many" aria-label={t('report.breakdown')} value={shown} options={items} onChange={(key) => setParams((now) => { const next = new URLSearchParams(now); next.set('by', key); return next; })} />
      {shown === 'adjustments' ? <Adjustments report={report} narrowing={narrowing} /> : shown === 'review' ? <Review period={period} currency={report.currency} narrowing={narrowing} /> : <Rows dimension={shown} report={report} list={list} load={load} params={params} />}
    </section>
  );
}

function Rows({ dimension, report, list, load, params }: Pick<BreakdownProps, 'report' | 'list' | 'load'> & { dimension: Dimension; params: URLSearchParams }) {
  const t = useTranslate();
  const text = params.toString();
  const href = useCallback((row: ReportRow): string | null => {
    if (row.key === null) return null;
    if (dimension === 'day') return `/reports/${row.key}`;
    const next = new URLSearchParams(text), key = NARROWS[dimension];
    if (!key || next.get(key) === row.key) return null;
    next.set(key, row.key);
    next.set('by', dimension === 'station' ? 'start_mode' : 'station');
    return `?${next}`;
  }, [dimension, text]);
  const columns = useRowColumns(dimension, report.currency, href);
  return <ListCard name={`report-${dimension}`} label={t(`report.by.${dimension}`)} list={list} columns={columns} rowKey={(row) => row.key ?? ''} loadPage={load} empty={<Empty title={t('report.rows.none')} hint={t('report.rows.none.hint')} />} />;
}

/** What the report can be narrowed to, by name where the account may see names. */
function useNarrowingSpecs(): readonly FilterSpec[] {
  const t = useTranslate();
  useLoggedIn();
  const { data: stations } = useQuery({ queryKey: ['stations', 'pick', ''], queryFn: () => loadStations(undefined, undefined), enabled: useMay('locations:read'), staleTime: 60_000 });
  const { all: parts } = useSubOperators();
  const { fleets, departments } = useUnits();
  return useMemo(() => [
    { key: 'stationId', label: t('report.by.station'), kind: 'choice', options: (stations?.items ?? []).map((each) => ({ value: each.stationId, label: each.name })) },
    { key: 'subOperatorId', label: t('report.by.sub_operator'), kind: 'choice', options: parts.map((each) => ({ value: each.subOperatorId, label: each.name })) },
    { key: 'departmentId', label: t('report.by.department'), kind: 'choice', options: departments.map((each) => ({ value: each.departmentId, label: each.name })) },
    { key: 'fleetId', label: t('report.by.fleet'), kind: 'choice', options: fleets.map((each) => ({ value: each.fleetId, label: each.name })) },
    { key: 'vehicleId', label: t('report.by.vehicle'), kind: 'text' },
    { key: 'startMode', label: t('report.by.start_mode'), kind: 'choice', options: START_MODES.map((value) => ({ value, label: translateCode(t, 'mode', value) })) },
  ], [t, stations, parts, departments, fleets]);
}
