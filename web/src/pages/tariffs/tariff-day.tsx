import type { Tariff } from '../../api/tariffs.ts';
import { useTranslate } from '../../i18n/index.ts';
import { formatMinuteOfDay } from '../../format/time.ts';
import { DayBar } from '../../ui/day-bar.tsx';
import { DataTable } from '../../ui/data-table.tsx';
import { addPrices } from './day-model.ts';

/** A stored tariff's day as a bar; prices are electricity and service together. */
export function TariffDay({ tariff, now }: { tariff: Pick<Tariff, 'periods' | 'currency'>; now?: number | undefined }) {
  const periods = tariff.periods.map((period) => ({ startMinute: period.startMinute, endMinute: period.endMinute, kind: period.kind, price: addPrices(period.electricity, period.service) ?? '?' }));
  return <DayBar periods={periods} unit={`${tariff.currency}/kWh`} tall now={now} />;
}

/** The same day as a table: what the bar says, for reading and copying. */
export function TariffTable({ tariff }: { tariff: Pick<Tariff, 'periods' | 'currency'> }) {
  const t = useTranslate();
  const unit = `${tariff.currency}/kWh`;
  return (
    <DataTable label={t('tariff.periods')} rows={tariff.periods} rowKey={(row) => String(row.startMinute)} empty={null} columns={[
      { key: 'time', title: t('bill.line.when'), render: (row) => <span className="mono">{formatMinuteOfDay(row.startMinute)}–{formatMinuteOfDay(row.endMinute)}</span> },
      { key: 'kind', title: t('tariff.kind'), render: (row) => <span><i className={`dot ${row.kind}`} />{t(`period.${row.kind}`)}</span> },
      { key: 'electricity', title: t('tariff.electricity'), unit, numeric: true, render: (row) => row.electricity },
      { key: 'service', title: t('tariff.service'), unit, numeric: true, render: (row) => row.service },
      { key: 'both', title: t('tariff.both'), unit, numeric: true, render: (row) => <b>{addPrices(row.electricity, row.service)}</b> },
    ]} />
  );
}

export function OccupancyText({ tariff }: { tariff: Tariff }) {
  const t = useTranslate();
  return <>{tariff.occupancy ? t('tariff.occupancy.text', { rate: tariff.occupancy.ratePerMinute, currency: tariff.currency, grace: tariff.occupancy.graceMinutes }) : t('tariff.occupancy.none')}</>;
}
