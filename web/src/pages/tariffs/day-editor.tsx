import { Button, Input, Select, Space } from 'antd';
import { useEffect, useState } from 'react';
import { useTranslate } from '../../i18n/index.ts';
import { formatMinuteOfDay } from '../../format/time.ts';
import { DayBar, type PeriodKind } from '../../ui/day-bar.tsx';
import { addPrices, changePeriod, moveEnd, normalPrice, parseMinute, PERIODS_MAX, removePeriod, splitPeriod, startOf, type DraftDay } from './day-model.ts';

const KINDS: readonly PeriodKind[] = ['sharp', 'peak', 'flat', 'valley'];
type Props = { day: DraftDay; currency: string; onChange: (day: DraftDay) => void };

/** Edits a day as periods that can only be split, merged and moved: no gap and no overlap can be made. */
export function DayEditor({ day, currency, onChange }: Props) {
  const t = useTranslate();
  const [selected, setSelected] = useState(0);
  const at = Math.min(selected, day.length - 1);
  const segments = day.map((period, index) => ({ startMinute: startOf(day, index), endMinute: period.endMinute, kind: period.kind, price: addPrices(period.electricity, period.service) ?? '?' }));
  return (
    <div style={{ display: 'grid', gap: 16 }}>
      <DayBar periods={segments} unit={`${currency}/kWh`} tall selected={at} onSelect={setSelected} />
      <div className="table-wrap">
        <table className="data">
          <caption className="visually-hidden">{t('tariff.periods')}</caption>
          <thead><tr>
            <th scope="col">{t('tariff.from')}</th><th scope="col">{t('tariff.to')}</th><th scope="col">{t('tariff.kind')}</th>
            <th scope="col" className="num">{t('tariff.electricity')}<span className="unit">({currency}/kWh)</span></th><th scope="col" className="num">{t('tariff.service')}<span className="unit">({currency}/kWh)</span></th><th scope="col"><span className="visually-hidden">{t('tariff.actions')}</span></th>
          </tr></thead>
          <tbody>
            {day.map((period, index) => {
              const name = `${formatMinuteOfDay(startOf(day, index))}–${formatMinuteOfDay(period.endMinute)}`;
              return (
                <tr key={index} className={index === at ? 'at' : undefined} onFocus={() => setSelected(index)} onClick={() => setSelected(index)}>
                  <td className="mono">{formatMinuteOfDay(startOf(day, index))}</td>
                  <td>{index === day.length - 1 ? <span className="mono">24:00</span> : <MinuteField minute={period.endMinute} label={`${t('tariff.to')} ${name}`} onChange={(minute) => onChange(moveEnd(day, index, minute))} />}</td>
                  <td><Select value={period.kind} style={{ width: 104 }} aria-label={`${t('tariff.kind')} ${name}`} onChange={(kind: PeriodKind) => onChange(changePeriod(day, index, { kind }))}
                    options={KINDS.map((kind) => ({ value: kind, label: <span><i className={`dot ${kind}`} />{t(`period.${kind}`)}</span> }))} /></td>
                  <td className="num"><PriceField value={period.electricity} label={`${t('tariff.electricity')} ${name}`} onChange={(electricity) => onChange(changePeriod(day, index, { electricity }))} /></td>
                  <td className="num"><PriceField value={period.service} label={`${t('tariff.service')} ${name}`} onChange={(service) => onChange(changePeriod(day, index, { service }))} /></td>
                  <td><Space size={4}>
                    <Button size="small" disabled={day.length >= PERIODS_MAX} onClick={() => onChange(splitPeriod(day, index))}>{t('tariff.split')}</Button>
                    <Button size="small" disabled={day.length === 1} onClick={() => onChange(removePeriod(day, index))}>{t('tariff.merge')}</Button>
                  </Space></td>
                </tr>
              );
            })}
          </tbody>
        </table>
      </div>
      <p className="muted">{t('tariff.coverage')}</p>
    </div>
  );
}

/** A time of day is taken over when the field is left, so that typing "1" of "18:30" moves nothing. */
function MinuteField({ minute, label, onChange }: { minute: number; label: string; onChange: (minute: number) => void }) {
  const [text, setText] = useState(formatMinuteOfDay(minute));
  useEffect(() => setText(formatMinuteOfDay(minute)), [minute]);
  const commit = () => { const parsed = parseMinute(text); if (parsed !== null) onChange(parsed); setText(formatMinuteOfDay(minute)); };
  return <Input value={text} style={{ width: 84 }} className="mono" aria-label={label} inputMode="numeric" onChange={(event) => setText(event.target.value)} onBlur={commit} onPressEnter={commit} />;
}

function PriceField({ value, label, onChange }: { value: string; label: string; onChange: (value: string) => void }) {
  return (
    <Input value={value} style={{ width: 104, textAlign: 'right' }} className="mono" inputMode="decimal" aria-label={label} status={normalPrice(value) === null ? 'error' : ''}
      onChange={(event) => onChange(event.target.value)} onBlur={() => { const normal = normalPrice(value); if (normal !== null && normal !== value) onChange(normal); }} />
  );
}
