import type { EChartsCoreOption } from 'echarts/core';
import { useEffect, useMemo, useRef, useState } from 'react';
import { isDark, usePreferences } from '../app/preferences.ts';
import type { EChartsType } from './echarts.ts';
import { DARK, LIGHT, type Palette } from './theme.ts';

export function usePalette(): Palette {
  const preferences = usePreferences();
  return isDark(preferences) ? DARK : LIGHT;
}

type Props = { option: EChartsCoreOption; height: number; label: string };

/** A chart whose code comes only when one is drawn; its label says in words what it shows, and a table stands behind it. */
export function Chart({ option, height, label }: Props) {
  const host = useRef<HTMLDivElement>(null);
  const [chart, setChart] = useState<EChartsType | null>(null);
  useEffect(() => {
    let disposed = false;
    let made: EChartsType | null = null;
    let watcher: ResizeObserver | null = null;
    void import('./echarts.ts').then(({ init }) => {
      if (disposed || !host.current) return;
      made = init(host.current);
      watcher = new ResizeObserver(() => made?.resize());
      watcher.observe(host.current);
      setChart(made);
    });
    return () => { disposed = true; watcher?.disconnect(); made?.dispose(); setChart(null); };
  }, []);
  useEffect(() => { chart?.setOption(option, { notMerge: true }); }, [chart, option]);
  return <div ref={host} role="img" aria-label={label} style={{ height, width: '100%' }} />;
}

/** Axes, grid lines and tooltip in the console's colours. */
export function useChartBase(): EChartsCoreOption {
  const palette = usePalette();
  return useMemo(() => ({
    animation: false,
    textStyle: { fontFamily: getComputedStyle(document.body).fontFamily, color: palette.secondary },
    tooltip: { trigger: 'axis', backgroundColor: palette.container, borderColor: palette.border, textStyle: { color: palette.text, fontSize: 13 }, axisPointer: { lineStyle: { color: palette.tertiary } } },
  }), [palette]);
}

export const axisStyle = (palette: Palette) => ({
  axisLine: { lineStyle: { color: palette.border } }, axisTick: { show: false }, axisLabel: { color: palette.tertiary, fontSize: 12 },
  splitLine: { lineStyle: { color: palette.border } }, nameTextStyle: { color: palette.tertiary, fontSize: 12 },
});

/** Diagonal hatching for what was not seen. */
export function hatch(color: string): { image: HTMLCanvasElement; repeat: 'repeat' } {
  const canvas = document.createElement('canvas');
  canvas.width = canvas.height = 8;
  const pen = canvas.getContext('2d');
  if (pen) {
    pen.strokeStyle = color;
    pen.globalAlpha = 0.55;
    pen.lineWidth = 1.2;
    pen.beginPath();
    for (const shift of [-8, 0, 8]) { pen.moveTo(shift, 8); pen.lineTo(shift + 8, 0); }
    pen.stroke();
  }
  return { image: canvas, repeat: 'repeat' };
}
