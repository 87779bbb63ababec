import type { BillLine, Reading, SessionDetail } from '../../api/charging.ts';
import type { ChartBand, ChartReading, ChartSpan, ReadingsChartProps } from './readings-chart.tsx';

/** Readings further apart than this, and than four usual steps, leave a gap: nobody knows how the energy flowed in between. */
const GAP_MS_MIN = 6 * 60_000;
const GAP_STEPS = 4;

export type ChartData = Omit<ReadingsChartProps, 'lit'>;

/** What the chart draws, from what the session knows. `words` are the texts of marks and notes. */
export function chartData(session: SessionDetail, words: { readonly notCounted: string; readonly reset: (cause: string) => string }): ChartData {
  const readings = session.readings.map((reading): ChartReading => ({
    at: Date.parse(reading.at), energyWh: reading.energyWh === null ? null : Number(reading.energyWh), registerWh: reading.registerWh, powerW: reading.powerW === null ? null : Number(reading.powerW),
    note: reading.counted ? null : words.notCounted,
  }));
  return { readings, bands: bandsOf(session.bill?.lines ?? []), gaps: [...gapsOf(session.readings), ...breaksOf(session)], resets: resetsOf(session, words.reset), timeZone: session.timeZone };
}

/** Electricity lines carry the tariff's periods; their service lines repeat them. */
function bandsOf(lines: readonly BillLine[]): readonly ChartBand[] {
  return lines.flatMap((line) => line.kind === 'electricity' && line.periodKind !== null ? [{ from: Date.parse(line.from), to: Date.parse(line.to), kind: line.periodKind }] : []);
}

export function gapsOf(readings: readonly Reading[]): readonly ChartSpan[] {
  const times = readings.map((reading) => Date.parse(reading.at));
  const steps = times.slice(1).map((at, index) => at - times[index]!);
  const usual = steps.toSorted((a, b) => a - b)[Math.floor(steps.length / 2)] ?? 0;
  const limit = Math.max(GAP_MS_MIN, GAP_STEPS * usual);
  return steps.flatMap((step, index) => step > limit ? [{ from: times[index]!, to: times[index + 1]! }] : []);
}

/** Between two registers that do not continue each other nobody knows what flowed. */
function breaksOf(session: SessionDetail): readonly ChartSpan[] {
  return session.flags.flatMap(({ data: { fromAt, toAt } }) => typeof fromAt === 'number' && typeof toAt === 'number' && toAt > fromAt ? [{ from: fromAt, to: toAt }] : []);
}

function resetsOf(session: SessionDetail, text: (cause: string) => string): ChartData['resets'] {
  return session.flags.flatMap((flag) => {
    const at = flag.data.toAt;
    return typeof at === 'number' || typeof at === 'string' ? [{ at: new Date(at).getTime(), text: text(flag.cause) }] : [];
  });
}
