import { useTranslate } from '../../i18n/index.ts';
import { formatKwh, formatMinor } from '../../format/number.ts';
import { formatDate, formatTime } from '../../format/time.ts';
import type { PeriodKind } from '../../ui/day-bar.tsx';
import type { ChartSpan } from './readings-chart.tsx';

/** One printed line. `rate` is in major units per kWh, or per minute for occupancy. */
export type PriceLine = {
  readonly kind: 'electricity' | 'service' | 'occupancy'; readonly periodKind: PeriodKind | null; readonly from: number; readonly to: number;
  readonly energyWh: string | null; readonly minutes: number | null; readonly rate: string; readonly amountMinor: string; readonly arithmetic: string;
};
type Props = { lines: readonly PriceLine[]; totalMinor: string; currency: string; timeZone: string; lit: number | null; onLight: (index: number | null, span: ChartSpan | null) => void };

/** The price explained: what flowed when, at which rate, and how each line's amount follows. Hovering or focusing a line lights its part of the chart. */
export function PriceLines({ lines, totalMinor, currency, timeZone, lit, onLight }: Props) {
  const t = useTranslate();
  const sumOf = (kind: PriceLine['kind']): bigint => lines.filter((line) => line.kind === kind).reduce((sum, line) => sum + BigInt(line.amountMinor), 0n);
  const kinds = (['electricity', 'service', 'occupancy'] as const).filter((kind) => lines.some((line) => line.kind === kind));
  return (
    <div className="table-wrap" tabIndex={0} role="region" aria-label={t('bill.lines')}>
      <table className="data">
        <caption className="visually-hidden">{t('bill.lines')}</caption>
        <thead><tr>
          <th scope="col">{t('bill.line.what')}</th><th scope="col">{t('bill.line.when')}</th>
          <th scope="col" className="num">{t('bill.line.quantity')}</th><th scope="col" className="num">{t('bill.line.rate')}<span className="unit">({currency})</span></th>
          <th scope="col" className="num">{t('bill.line.amount')}<span className="unit">({currency})</span></th>
        </tr></thead>
        <tbody>
          {lines.map((line, index) => {
            const light = () => onLight(index, { from: line.from, to: line.to });
            const dim = () => onLight(null, null);
            return (
              <tr key={index} className={lit === index ? 'lit' : undefined} tabIndex={0} onMouseEnter={light} onMouseLeave={dim} onFocus={light} onBlur={dim} title={line.arithmetic}>
                <td><i className={`dot ${line.periodKind ?? 'none'}`} />{t(`bill.kind.${line.kind}`)}{line.periodKind && <span className="muted"> · {t(`period.${line.periodKind}`)}</span>}</td>
                <td className="tab">{when(line, timeZone)}</td>
                <td className="num">{line.energyWh !== null ? `${formatKwh(line.energyWh)} kWh` : t('bill.line.minutes', { minutes: line.minutes ?? 0 })}</td>
                <td className="num">× {line.rate}</td>
                <td className="num">{formatMinor(line.amountMinor, currency)}</td>
              </tr>
            );
          })}
          {kinds.length > 1 && kinds.map((kind) => (
            <tr key={kind}><td colSpan={4} className="muted">{t(`bill.sum.${kind}`)}</td><td className="num muted">{formatMinor(sumOf(kind), currency)}</td></tr>
          ))}
          <tr className="sum"><td colSpan={4}>{t('bill.total')}</td><td className="num">{formatMinor(totalMinor, currency)}</td></tr>
        </tbody>
      </table>
    </div>
  );
}

function when(line: PriceLine, timeZone: string): string {
  const [fromDay, toDay] = [formatDate(line.from, timeZone), formatDate(line.to, timeZone)];
  const seconds = line.to - line.from < 120_000;
  return fromDay === toDay
    ? `${formatTime(line.from, timeZone, seconds)}–${formatTime(line.to, timeZone, seconds)}`
    : `${fromDay.slice(5)} ${formatTime(line.from, timeZone)} – ${toDay.slice(5)} ${formatTime(line.to, timeZone)}`;
}
