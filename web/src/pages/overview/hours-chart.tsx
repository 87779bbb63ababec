import { useMemo } from 'react';
import type { HourSums } from '../../api/overview.ts';
import { formatKwh, formatMinor } from '../../format/number.ts';
import { formatDateTime, formatTime } from '../../format/time.ts';
import { useTranslate } from '../../i18n/index.ts';
import { axisStyle, Chart, useChartBase, usePalette } from '../../ui/chart.tsx';

/** Energy billed in each of the past hours; the tooltip adds money and count. */
export function HoursChart({ hours, timeZone, currency }: { hours: readonly HourSums[]; timeZone: string; currency: string }) {
  const t = useTranslate();
  const palette = usePalette();
  const base = useChartBase();
  const option = useMemo(() => ({
    ...base,
    grid: { left: 52, right: 12, top: 30, bottom: 26 },
    tooltip: { ...(base.tooltip as object), axisPointer: { type: 'shadow' }, formatter: (params: unknown) => {
      const hour = hours[(params as readonly { dataIndex: number }[])[0]?.dataIndex ?? 0];
      return hour ? `<b>${formatDateTime(hour.from, timeZone)}</b><br>${formatKwh(hour.energyWh)} kWh<br>${formatMinor(hour.total.amountMinor, currency)} ${currency}<br>${t('overview.sessionsToday', { count: hour.bills })}` : '';
    } },
    xAxis: { type: 'category', data: hours.map((hour) => formatTime(hour.from, timeZone)), ...axisStyle(palette), splitLine: { show: false }, axisLabel: { color: palette.tertiary, fontSize: 12, hideOverlap: true, interval: 2 } },
    yAxis: { type: 'value', name: 'kWh', min: 0, ...axisStyle(palette), splitNumber: 4 },
    series: [{
      type: 'bar', barMaxWidth: 26, barCategoryGap: '22%', itemStyle: { color: palette.accent, borderRadius: [4, 4, 0, 0] }, emphasis: { itemStyle: { color: palette.period.peak } },
      data: hours.map((hour, index) => ({ value: Number(hour.energyWh) / 1000, ...(index === hours.length - 1 ? { itemStyle: { opacity: 0.55 } } : {}) })),
    }],
  }), [hours, timeZone, currency, palette, base, t]);
  return <Chart option={option} height={260} label={t('overview.hours.label', { count: hours.length })} />;
}
