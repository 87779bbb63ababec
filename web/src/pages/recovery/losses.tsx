import { useQuery } from '@tanstack/react-query';
import { Segmented } from 'antd';
import { useMemo, useState } from 'react';
import { loadLosses, type LossDay } from '../../api/payments.ts';
import { useLoggedIn } from '../../app/account.tsx';
import { formatCount, formatMinor } from '../../format/number.ts';
import { formatDate } from '../../format/time.ts';
import { useTranslate } from '../../i18n/index.ts';
import { axisStyle, Chart, useChartBase, usePalette } from '../../ui/chart.tsx';
import { DataTable } from '../../ui/data-table.tsx';
import { Card } from '../../ui/page.tsx';
import { Empty, ProblemView } from '../../ui/problem-view.tsx';
import { State } from '../../ui/state.tsx';

const DAY_MS = 86_400_000;
const SPANS = [14, 31, 90] as const;
type Sum = LossDay['paid'];

/** What was nearly lost, day by day, with whether it gets worse: the figures that people used to count each morning. */
export function Losses() {
  const t = useTranslate();
  const { timeZone } = useLoggedIn();
  const [days, setDays] = useState<(typeof SPANS)[number]>(SPANS[0]);
  const to = formatDate(Date.now(), timeZone), from = formatDate(Date.now() - (days - 1) * DAY_MS, timeZone);
  const { data, error, refetch } = useQuery({ queryKey: ['recovery', 'losses', from, to], queryFn: () => loadLosses(from, to) });
  if (error) return <Card><ProblemView error={error} onRetry={() => void refetch()} /></Card>;
  const newest = data?.toReversed() ?? [];
  return (
    <div className="page">
      <Card title={t('loss.title')} extra={<Segmented value={days} onChange={setDays} options={SPANS.map((value) => ({ value, label: t('loss.days', { days: value }) }))} />}>{data ? <LossChart days={data} /> : <div style={{ height: 240 }} />}</Card>
      <Card flush><LossTable days={newest} loading={!data} /></Card>
    </div>
  );
}

function LossChart({ days }: { days: readonly LossDay[] }) {
  const t = useTranslate();
  const palette = usePalette();
  const base = useChartBase();
  const option = useMemo(() => {
    const bar = (name: string, color: string, values: readonly number[]) => ({ type: 'bar', stack: 'lost', name, barMaxWidth: 22, itemStyle: { color }, data: values });
    return {
      ...base, grid: { left: 48, right: 48, top: 40, bottom: 26 }, legend: { top: 0, left: 0, textStyle: { color: palette.secondary }, itemWidth: 12, itemHeight: 12 },
      xAxis: { type: 'category', data: days.map(({ date }) => date.slice(5)), ...axisStyle(palette), splitLine: { show: false } },
      yAxis: [{ type: 'value', min: 0, minInterval: 1, ...axisStyle(palette), splitNumber: 4 }, { type: 'value', name: '‰', min: 0, ...axisStyle(palette), splitLine: { show: false } }],
      series: [
        bar(t('loss.job'), palette.accent, days.map(({ recoveredByJob }) => recoveredByJob.count)), bar(t('loss.clerk'), palette.period.peak, days.map(({ recoveredByClerk }) => recoveredByClerk.count)),
        bar(t('loss.outstanding'), palette.bad, days.map(({ outstanding }) => outstanding.count)),
        { type: 'line', name: t('loss.rate'), yAxisIndex: 1, connectNulls: false, symbolSize: 5, lineStyle: { color: palette.period.valley, width: 2 }, itemStyle: { color: palette.period.valley }, data: days.map(({ lostPerThousand }) => lostPerThousand) },
      ],
    };
  }, [days, palette, base, t]);
  return <Chart option={option} height={260} label={t('loss.chart', { days: days.length })} />;
}

function LossTable({ days, loading }: { days: readonly LossDay[]; loading: boolean }) {
  const t = useTranslate();
  const sum = ({ count, amount }: Sum) => count === 0 ? <span className="muted">0</span> : <span title={`${formatMinor(amount.amountMinor, amount.currency)} ${amount.currency}`}>{formatCount(count)}</span>;
  return <DataTable label={t('loss.title')} keys={false} loading={loading} rows={days} rowKey={(row) => row.date} empty={<Empty title={t('loss.title')} />} columns={[
    { key: 'day', title: t('loss.day'), render: (row) => <span className="tab cell-main">{row.date}</span> },
    { key: 'paid', title: t('loss.paid'), numeric: true, render: (row) => sum(row.paid) },
    { key: 'missing', title: t('loss.missing'), numeric: true, wideOnly: true, render: (row) => sum(row.notificationsMissing) },
    { key: 'job', title: t('loss.job'), numeric: true, wideOnly: true, render: (row) => sum(row.recoveredByJob) },
    { key: 'clerk', title: t('loss.clerk'), numeric: true, wideOnly: true, render: (row) => sum(row.recoveredByClerk) },
    { key: 'outstanding', title: t('loss.outstanding'), numeric: true, render: (row) => row.outstanding.count === 0 ? <span className="muted">0</span> : <State tone="bad">{formatCount(row.outstanding.count)}</State> },
    { key: 'refused', title: t('loss.refused'), numeric: true, wideOnly: true, render: ({ refused }) => { const count = refused.forged + refused.stale + refused.unreadable + refused.wrongEnvironment; return <span className={count === 0 ? 'muted' : ''} title={t('loss.refused.title', { forged: refused.forged, stale: refused.stale, unreadable: refused.unreadable, environment: refused.wrongEnvironment })}>{formatCount(count)}</span>; } },
    { key: 'mismatched', title: t('loss.mismatched'), numeric: true, wideOnly: true, render: (row) => <span className={row.mismatched === 0 ? 'muted' : ''}>{formatCount(row.mismatched)}</span> },
    { key: 'rate', title: t('loss.rate'), unit: '‰', numeric: true, render: (row) => row.lostPerThousand === null ? <span className="muted">–</span> : row.lostPerThousand.toFixed(1) },
    { key: 'trend', title: t('loss.trend'), unit: '‰', numeric: true, wideOnly: true, render: (row) => <Trend day={row} /> },
  ]} />;
}

function Trend({ day: { lostPerThousand, lostPerThousandBefore } }: { day: LossDay }) {
  const t = useTranslate();
  if (lostPerThousandBefore === null) return <span className="muted">–</span>;
  const arrow = lostPerThousand === null || lostPerThousand === lostPerThousandBefore ? null : lostPerThousand > lostPerThousandBefore ? ['▲', 'loss.worse', 'var(--k-bad)'] as const : ['▼', 'loss.better', 'var(--k-good)'] as const;
  return <span title={arrow ? t(arrow[1]) : undefined}>{arrow && <span style={{ color: arrow[2] }}>{arrow[0]} <span className="visually-hidden">{t(arrow[1])}</span></span>}{lostPerThousandBefore.toFixed(1)}</span>;
}
