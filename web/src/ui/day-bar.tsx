import { useTranslate } from '../i18n/index.ts';
import { formatMinuteOfDay } from '../format/time.ts';

export type PeriodKind = 'sharp' | 'peak' | 'flat' | 'valley';
export type DayPeriod = { readonly startMinute: number; readonly endMinute: number; readonly kind: PeriodKind; readonly price: string };

const MINUTES_PER_DAY = 1440;
const LABEL_MINUTES_MIN = 90; // Narrower than this the price would not fit into its segment.

type Props = { periods: readonly DayPeriod[]; unit: string; now?: number | undefined; tall?: boolean; selected?: number | undefined; onSelect?: (index: number) => void };

/** A tariff's day as a 24-hour bar; colour, name and price of each period, and where the clock stands. */
export function DayBar({ periods, unit, now, tall = false, selected, onSelect }: Props) {
  const t = useTranslate();
  const described = periods.map((period) => `${formatMinuteOfDay(period.startMinute)}–${formatMinuteOfDay(period.endMinute)} ${t(`period.${period.kind}`)} ${period.price} ${unit}`).join('; ');
  return (
    <div className={tall ? 'day-bar tall' : 'day-bar'} role={onSelect ? 'group' : 'img'} aria-label={described}>
      <div className="day-segments">
        {periods.map((period, index) => {
          const minutes = period.endMinute - period.startMinute;
          const content = minutes >= LABEL_MINUTES_MIN && <><b>{t(`period.${period.kind}`)}</b>{tall && <span>{period.price}</span>}</>;
          const title = `${formatMinuteOfDay(period.startMinute)}–${formatMinuteOfDay(period.endMinute)} · ${t(`period.${period.kind}`)} · ${period.price} ${unit}`;
          const className = `day-segment ${period.kind}${selected === index ? ' selected' : ''}`;
          const style = { flexGrow: minutes, flexBasis: 0 };
          return onSelect
            ? <button type="button" key={period.startMinute} className={className} style={style} title={title} aria-pressed={selected === index} aria-label={title} onClick={() => onSelect(index)}>{content}</button>
            : <div key={period.startMinute} className={className} style={style} title={title}>{content}</div>;
        })}
        {now !== undefined && <div className="day-now" style={{ left: `${(now / MINUTES_PER_DAY) * 100}%` }} />}
      </div>
      {tall && <div className="day-hours" aria-hidden="true">{[0, 3, 6, 9, 12, 15, 18, 21, 24].map((hour) => <span key={hour} style={{ left: `${(hour / 24) * 100}%` }}>{String(hour).padStart(2, '0')}</span>)}</div>}
    </div>
  );
}
