import { useMemo } from 'react';
import { useTranslate, type Translate } from '../../i18n/index.ts';
import { formatKw, formatKwh } from '../../format/number.ts';
import { formatDateTime, formatTime, zoneOffset } from '../../format/time.ts';
import { axisStyle, Chart, hatch, useChartBase, usePalette } from '../../ui/chart.tsx';
import type { PeriodKind } from '../../ui/day-bar.tsx';
import type { Palette } from '../../ui/theme.ts';

/** Instants are epoch milliseconds. `energyWh` is what has flowed since the start by this reading, null for a reading that is not believed. */
export type ChartReading = { readonly at: number; readonly energyWh: number | null; readonly registerWh: string | null; readonly powerW: number | null; readonly note: string | null };
export type ChartBand = { readonly from: number; readonly to: number; readonly kind: PeriodKind };
export type ChartSpan = { readonly from: number; readonly to: number };
export type ChartFigure = { readonly energyWh: number; readonly lowerWh: number; readonly upperWh: number; readonly label: string };
export type ReadingsChartProps = {
  readings: readonly ChartReading[]; bands: readonly ChartBand[]; gaps: readonly ChartSpan[]; resets: readonly { readonly at: number; readonly text: string }[];
  timeZone: string; lit: ChartSpan | null;
  /** What is held to be true, drawn over the readings with its band of doubt. */
  figure?: ChartFigure | null;
};

/** Energy over time with the tariff's periods behind it, gaps hatched, resets marked; a line of the bill lights its own part. */
export function ReadingsChart({ readings, bands, gaps, resets, timeZone, lit, figure = null }: ReadingsChartProps) {
  const t = useTranslate();
  const palette = usePalette();
  const base = useChartBase();
  const option = useMemo(() => {
    const start = readings[0]?.at ?? 0;
    const power = readings.some((reading) => reading.powerW !== null);
    const times = { min: start, max: readings.at(-1)?.at ?? start };
    const hours = (times.max - times.min) / 3_600_000;
    return {
      ...base,
      grid: { left: 60, right: power ? 60 : 24, top: 40, bottom: 34 },
      tooltip: { ...(base.tooltip as object), formatter: (params: unknown) => tooltip(t, readings, params, timeZone) },
      legend: { top: 0, left: 'center', itemWidth: 16, itemHeight: 3, textStyle: { color: palette.secondary }, data: power ? [t('bill.chart.energy'), t('bill.chart.power')] : [t('bill.chart.energy')] },
      xAxis: { type: 'time', ...times, ...axisStyle(palette), splitLine: { show: false }, axisLabel: { color: palette.tertiary, fontSize: 12, hideOverlap: true, formatter: (value: number) => hours > 26 ? formatDateTime(value, timeZone).slice(5) : formatTime(value, timeZone, hours < 0.1) } },
      yAxis: [
        { type: 'value', name: 'kWh', min: 0, ...(figure ? { max: highest(readings, figure) } : {}), ...axisStyle(palette) },
        ...(power ? [{ type: 'value', name: 'kW', min: 0, ...axisStyle(palette), splitLine: { show: false } }] : []),
      ],
      series: [
        ...(figure ? [figureSeries(palette, figure, times)] : []),
        ...setAsideSeries(t, palette, readings),
        energySeries(t, palette, { readings, bands, gaps, resets, lit }),
        ...(power ? [{
          name: t('bill.chart.power'), type: 'line', yAxisIndex: 1, showSymbol: false, step: false, lineStyle: { width: 1.5, color: palette.tertiary, type: 'dashed' }, itemStyle: { color: palette.tertiary },
          data: readings.filter((reading) => reading.powerW !== null).map((reading) => [reading.at, (reading.powerW ?? 0) / 1000]),
        }] : []),
      ],
    };
  }, [readings, bands, gaps, resets, timeZone, lit, figure, palette, base, t]);
  const last = readings.findLast((reading) => reading.energyWh !== null);
  const label = t('bill.chart.label', { count: readings.length, energy: formatKwh(last?.energyWh ?? 0), zone: timeZone });
  return (
    <div>
      <Chart option={option} height={320} label={label} />
      <div className="legend">
        {(['sharp', 'peak', 'flat', 'valley'] as const).filter((kind) => bands.some((band) => band.kind === kind)).map((kind) => <span key={kind}><i className={`dot ${kind}`} />{t(`period.${kind}`)}</span>)}
        {gaps.length > 0 && <span><i className="dot hatched" />{t('bill.chart.gap')}</span>}
        {resets.length > 0 && <span><i className="dot reset" />{t('bill.chart.reset')}</span>}
        {readings.some(({ energyWh }) => energyWh === null) && <span><i className="dot aside" />{t('bill.chart.setAside')}</span>}
        {figure && <span><i className="dot figure-line" />{figure.label}</span>}
        <span className="muted">{timeZone}{readings[0] ? ` (${zoneOffset(readings[0].at, timeZone)})` : ''}</span>
      </div>
    </div>
  );
}

/** The top of the axis: the readings and the figure with its doubt, and a little air. */
const highest = (readings: readonly ChartReading[], { upperWh }: ChartFigure): number => Math.ceil(Math.max(upperWh, ...readings.map(({ energyWh }) => energyWh ?? 0)) * 1.08 / 100) / 10 || 1;

function figureSeries(palette: Palette, figure: ChartFigure, times: { min: number; max: number }): object {
  return {
    name: figure.label, type: 'line', silent: true, symbol: 'none', lineStyle: { width: 2, color: palette.good, type: 'dashed' }, itemStyle: { color: palette.good },
    data: [[times.min, figure.energyWh / 1000], [times.max, figure.energyWh / 1000]], endLabel: { show: false },
    markArea: { silent: true, itemStyle: { color: palette.good, opacity: 0.14 }, data: figure.upperWh > figure.lowerWh ? [[{ yAxis: figure.lowerWh / 1000 }, { yAxis: figure.upperWh / 1000 }]] : [] },
  };
}

/** Readings that are not believed stand on the axis, with no line between them. */
function setAsideSeries(t: Translate, palette: Palette, readings: readonly ChartReading[]): readonly object[] {
  const aside = readings.filter(({ energyWh }) => energyWh === null);
  return aside.length === 0 ? [] : [{ name: t('bill.chart.setAside'), type: 'line', symbol: 'diamond', symbolSize: 10, lineStyle: { opacity: 0 }, itemStyle: { color: palette.bad }, data: aside.map(({ at }) => [at, 0]) }];
}

type SeriesParts = Pick<ReadingsChartProps, 'readings' | 'bands' | 'gaps' | 'resets' | 'lit'>;

function energySeries(t: Translate, palette: Palette, { readings, bands, gaps, resets, lit }: SeriesParts): object {
  const isLit = (band: ChartSpan) => lit === null || (band.from < lit.to && band.to > lit.from);
  const points = readings.filter((reading) => reading.energyWh !== null);
  return {
    name: t('bill.chart.energy'), type: 'line', symbol: 'circle', symbolSize: 5, showSymbol: points.length <= 120,
    lineStyle: { width: 2.5, color: palette.accent }, itemStyle: { color: palette.accent },
    data: points.map((reading) => [reading.at, (reading.energyWh ?? 0) / 1000]),
    markArea: {
      silent: true,
      data: [
        ...bands.map((band) => [{ xAxis: band.from, itemStyle: { color: palette.period[band.kind], opacity: lit === null ? 0.16 : isLit(band) ? 0.3 : 0.05 } }, { xAxis: band.to }]),
        ...gaps.map((gap) => [{ xAxis: gap.from, itemStyle: { color: hatch(palette.tertiary) } }, { xAxis: gap.to }]),
        ...(lit ? [[{ xAxis: lit.from, itemStyle: { color: palette.accent, opacity: 0.12, borderColor: palette.accent, borderWidth: 1 } }, { xAxis: lit.to }]] : []),
      ],
    },
    markLine: {
      silent: true, symbol: ['none', 'none'], lineStyle: { color: palette.bad, type: 'solid', width: 1.5 },
      label: { color: palette.bad, fontSize: 12, formatter: (mark: { name: string }) => mark.name },
      data: resets.map((reset) => ({ xAxis: reset.at, name: reset.text })),
    },
  };
}

function tooltip(t: Translate, readings: readonly ChartReading[], params: unknown, timeZone: string): string {
  const first = (Array.isArray(params) ? params[0] : params) as { value?: [number, number] } | undefined;
  const at = first?.value?.[0];
  const reading = readings.find((each) => each.at === at);
  if (!reading) return '';
  const escape = (text: string) => text.replace(/[&<>"]/g, (char) => `&#${char.charCodeAt(0)};`);
  const lines = [`<b>${formatDateTime(reading.at, timeZone, true)}</b>`];
  if (reading.energyWh !== null) lines.push(`${t('bill.chart.energy')}: <b>${formatKwh(reading.energyWh)}</b> kWh`);
  if (reading.registerWh !== null) lines.push(`${t('bill.chart.register')}: ${formatKwh(reading.registerWh)} kWh`);
  if (reading.powerW !== null) lines.push(`${t('bill.chart.power')}: ${formatKw(reading.powerW)} kW`);
  if (reading.note !== null) lines.push(escape(reading.note));
  return lines.join('<br>');
}
