import { useQuery } from '@tanstack/react-query';
import { Segmented } from 'antd';
import { useMemo, useState } from 'react';
import { loadPressure, type Pressure } from '../../api/operations.ts';
import { useLoggedIn } from '../../app/account.tsx';
import { formatCount } from '../../format/number.ts';
import { formatDateTime, formatTime } from '../../format/time.ts';
import { useTranslate } from '../../i18n/index.ts';
import { axisStyle, Chart, useChartBase, usePalette } from '../../ui/chart.tsx';
import { DataTable } from '../../ui/data-table.tsx';
import { Card } from '../../ui/page.tsx';
import { Empty, ProblemView } from '../../ui/problem-view.tsx';
import { State } from '../../ui/state.tsx';
import { formatMicros } from './millis.ts';

const REFRESH_MS = 30_000;
const SPANS = [1, 6, 24] as const;

/** Disk, commits and event loop of each minute beside how late payments were credited in it. */
export function PressureTab() {
  const t = useTranslate();
  const [hours, setHours] = useState<(typeof SPANS)[number]>(1);
  const { data, error, refetch } = useQuery({ queryKey: ['operations', 'pressure', hours], queryFn: () => loadPressure(hours), refetchInterval: REFRESH_MS });
  if (error) return <Card><ProblemView error={error} onRetry={() => void refetch()} /></Card>;
  return (
    <div className="page">
      <Card title={t('ops.pressure')} extra={<Segmented value={hours} onChange={setHours} options={SPANS.map((value) => ({ value, label: t('ops.hours', { hours: value }) }))} />}>{data ? data.length === 0 ? <Empty title={t('ops.pressure.empty')} hint={t('ops.pressure.empty.hint')} /> : <PressureChart rows={data} /> : <div style={{ height: 260 }} />}</Card>
      {data && data.length > 0 && <Card flush><PressureTable rows={data} /></Card>}
    </div>
  );
}

/** The slowest of all nodes in each minute: what a payment may have met. */
function byMinute(rows: readonly Pressure[]): readonly { readonly at: string; readonly creditMs: number | null; readonly commitMs: number | null; readonly loopMs: number }[] {
  const minutes = new Map<string, Pressure[]>();
  for (const row of rows.toReversed()) {
    const minute = row.measuredAt.slice(0, 16);
    minutes.set(minute, [...minutes.get(minute) ?? [], row]);
  }
  const most = (values: readonly (number | null)[]): number | null => values.reduce<number | null>((worst, value) => value === null ? worst : Math.max(worst ?? 0, value), null);
  return [...minutes].map(([minute, of]) => {
    const commit = most(of.map(({ commitP99Us }) => commitP99Us));
    return { at: `${minute}:00Z`, creditMs: most(of.map(({ creditP99Ms }) => creditP99Ms)), commitMs: commit === null ? null : commit / 1_000, loopMs: (most(of.map(({ loopP99Us }) => loopP99Us)) ?? 0) / 1_000 };
  });
}

function PressureChart({ rows }: { rows: readonly Pressure[] }) {
  const t = useTranslate();
  const { timeZone } = useLoggedIn();
  const palette = usePalette();
  const base = useChartBase();
  const option = useMemo(() => {
    const minutes = byMinute(rows);
    const line = (name: string, color: string, data: readonly (number | null)[], type: 'solid' | 'dashed' = 'solid') => ({ type: 'line', name, connectNulls: false, showSymbol: data.length < 3, symbolSize: 5, lineStyle: { color, width: 2, type }, itemStyle: { color }, data });
    return {
      ...base, grid: { left: 52, right: 16, top: 56, bottom: 26 }, legend: { top: 0, left: 0, textStyle: { color: palette.secondary }, itemWidth: 16, itemHeight: 10 },
      xAxis: { type: 'category', data: minutes.map(({ at }) => formatTime(at, timeZone)), ...axisStyle(palette), splitLine: { show: false }, axisLabel: { color: palette.tertiary, fontSize: 12, hideOverlap: true } },
      yAxis: { type: 'value', name: 'ms', min: 0, ...axisStyle(palette), splitNumber: 4 },
      series: [line(t('ops.credit'), palette.accent, minutes.map(({ creditMs }) => creditMs)), line(t('ops.commit'), palette.period.peak, minutes.map(({ commitMs }) => commitMs), 'dashed'), line(t('ops.loop'), palette.period.valley, minutes.map(({ loopMs }) => loopMs), 'dashed')],
    };
  }, [rows, timeZone, palette, base, t]);
  return <Chart option={option} height={280} label={t('ops.pressure.label')} />;
}

function PressureTable({ rows }: { rows: readonly Pressure[] }) {
  const t = useTranslate();
  const { timeZone } = useLoggedIn();
  const micros = (us: number | null) => us === null ? <span className="muted">–</span> : formatMicros(us);
  return <DataTable label={t('ops.pressure')} keys={false} rows={rows} rowKey={(row) => `${row.node} ${row.measuredAt}`} empty={null} columns={[
    { key: 'at', title: t('ops.at'), render: (row) => <span className="tab">{formatDateTime(row.measuredAt, timeZone).slice(5)}</span> },
    { key: 'node', title: t('ops.node'), wideOnly: true, render: (row) => <><div className="mono">{row.node}</div><div className="cell-sub">{row.roles.join(', ')}</div></> },
    { key: 'credited', title: t('ops.credited'), numeric: true, wideOnly: true, render: (row) => row.credited === 0 ? <span className="muted">0</span> : formatCount(row.credited) },
    { key: 'credit', title: t('ops.credit.short'), unit: 'ms', numeric: true, render: (row) => row.creditP99Ms === null ? <span className="muted">–</span> : <b>{formatCount(row.creditP99Ms)}</b> },
    { key: 'io', title: t('ops.io.short'), unit: '%', numeric: true, wideOnly: true, render: (row) => row.ioSomePercent === null ? <span className="muted">–</span> : row.ioSomePercent.toFixed(1) },
    { key: 'commit', title: t('ops.commit.short'), unit: 'ms', numeric: true, wideOnly: true, render: (row) => micros(row.commitP99Us) },
    { key: 'loop', title: t('ops.loop.short'), unit: 'ms', numeric: true, wideOnly: true, render: (row) => micros(row.loopP99Us) },
    { key: 'pressed', title: t('ops.pressedBy'), render: (row) => row.pressedBy.length === 0 ? <span className="muted">{t('ops.pressedBy.nothing')}</span> : <State tone="warn" title={row.pressedBy.join('\n')}>{t('ops.pressedBy.some', { count: row.pressedBy.length })}</State> },
  ]} />;
}
