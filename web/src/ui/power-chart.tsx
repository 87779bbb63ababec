import { useQuery } from '@tanstack/react-query';
import { useMemo } from 'react';
import { loadPowerCurve, type PowerCurve, type PowerOf } from '../api/power.ts';
import { formatKw } from '../format/number.ts';
import { formatDateTime, formatTime } from '../format/time.ts';
import { useTranslate } from '../i18n/index.ts';
import { axisStyle, Chart, useChartBase, usePalette } from './chart.tsx';
import { Card } from './page.tsx';
import { ProblemView } from './problem-view.tsx';

const HOURS = 6;
const MINUTES = HOURS * 60;
/** The whole curve is asked for once in a while; in between only its last minutes are, which is what still changes. */
const WHOLE_EVERY_MS = 10 * 60_000;
const LAST_MINUTES = 12;
const LAST_EVERY_MS = 10_000;

type Point = readonly [at: number, watts: number];
type Props = { of?: PowerOf; timeZone: string; span?: 8 | 12; height?: number };
const EVERYTHING: PowerOf = {};

/** Power as it flows, minute by minute, with what flows at this moment at its end; it moves on by itself. */
export function PowerCard({ of = EVERYTHING, timeZone, span = 12, height = 220 }: Props) {
  const t = useTranslate();
  const whole = useQuery({ queryKey: ['power', of, 'whole'], queryFn: () => loadPowerCurve(of, MINUTES), refetchInterval: WHOLE_EVERY_MS, staleTime: WHOLE_EVERY_MS });
  const last = useQuery({ queryKey: ['power', of, 'last'], queryFn: () => loadPowerCurve(of, LAST_MINUTES), refetchInterval: LAST_EVERY_MS, enabled: whole.data !== undefined });
  const points = useMemo(() => merged(whole.data, last.data), [whole.data, last.data]);
  const most = points.reduce<Point | undefined>((high, point) => (high === undefined || point[1] > high[1] ? point : high), undefined);
  const now = points.at(-1);
  const title = t('power.title', { hours: HOURS });
  return (
    <Card span={span} title={title} extra={now && most && <span className="muted tab">{t('power.now')} <b className="cell-main">{kw(now)}</b> kW · {t('power.most')} {kw(most)} kW</span>}>
      {whole.error ? <ProblemView error={whole.error} onRetry={() => void whole.refetch()} /> : !now || !most ? <div style={{ height }} /> : <>
        <Curve points={points} timeZone={timeZone} height={height} label={t('power.label', { hours: HOURS, now: kw(now), most: kw(most), at: formatTime(new Date(most[0]).toISOString(), timeZone) })} />
        {most[1] === 0 && <p className="muted">{t('power.none')}</p>}
      </>}
    </Card>
  );
}

function Curve({ points, timeZone, height, label }: { points: readonly Point[]; timeZone: string; height: number; label: string }) {
  const palette = usePalette();
  const base = useChartBase();
  const option = useMemo(() => ({
    ...base,
    grid: { left: 52, right: 12, top: 30, bottom: 26 },
    tooltip: { ...(base.tooltip as object), formatter: (params: unknown) => {
      const point = (params as readonly { value: Point }[])[0]?.value;
      return point ? `<b>${formatDateTime(new Date(point[0]).toISOString(), timeZone)}</b><br>${kw(point)} kW` : '';
    } },
    xAxis: { type: 'time', ...axisStyle(palette), splitLine: { show: false }, axisLabel: { color: palette.tertiary, fontSize: 12, hideOverlap: true, formatter: (at: number) => formatTime(new Date(at).toISOString(), timeZone) } },
    yAxis: { type: 'value', name: 'kW', min: 0, ...axisStyle(palette), splitNumber: 4, axisLabel: { color: palette.tertiary, fontSize: 12, formatter: (watts: number) => String(watts / 1000) } },
    series: [{ type: 'line', showSymbol: false, step: false, lineStyle: { color: palette.accent, width: 2 }, areaStyle: { color: palette.accent, opacity: 0.14 }, itemStyle: { color: palette.accent }, data: points }],
  }), [points, timeZone, palette, base]);
  return <Chart option={option} height={height} label={label} />;
}

const kw = ([, watts]: Point): string => formatKw(String(watts));

/** The last minutes replace what the whole curve says of them; the window keeps its length; this moment stands at the end. */
function merged(whole: PowerCurve | undefined, last: PowerCurve | undefined): readonly Point[] {
  if (!whole) return [];
  const fresh = last ?? whole;
  const early = pointsOf(whole).filter(([at]) => at < Date.parse(fresh.from));
  const live: Point = [Date.parse(fresh.now.at), Number(fresh.now.powerW)];
  return [...(fresh === whole ? [] : early), ...pointsOf(fresh)].slice(-MINUTES).concat([live]);
}

/** A minute's mean stands at the middle of the minute. */
const pointsOf = ({ from, stepSeconds, powerW }: PowerCurve): Point[] => powerW.map((watts, index) => [Date.parse(from) + (index + 0.5) * stepSeconds * 1_000, Number(watts)]);
