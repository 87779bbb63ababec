import type { Backtest } from '../../api/rules.ts';
import { formatCount, formatKwh, formatMinor } from '../../format/number.ts';
import { translateCode, useTranslate } from '../../i18n/index.ts';
import { DataTable } from '../../ui/data-table.tsx';
import { Button } from 'antd';
import { useState } from 'react';

type Result = NonNullable<Backtest['result']>;

/** Bills by cause, before and after: the bars, and the table behind them. */
export function BacktestPicture({ result }: { result: Result }) {
  const t = useTranslate();
  const [asTable, setAsTable] = useState(false);
  const most = Math.max(1, ...result.causes.flatMap(({ before, after }) => [before.bills, after.bills]));
  const bar = (kind: 'before' | 'after', bills: number) => (
    <span className={`compare-bar ${kind}`}><i style={{ width: `${(bills / most) * 100}%` }} /><span className="visually-hidden">{t(`backtest.${kind}`)} </span><b className="tab">{formatCount(bills)}</b></span>
  );
  return (
    <>
      <div className="compare-legend"><span className="before"><i />{t('backtest.before')}</span><span className="after"><i />{t('backtest.after')}</span><span className="spring" /><Button size="small" type="text" aria-pressed={asTable} onClick={() => setAsTable(!asTable)}>{t('backtest.asTable')}</Button></div>
      {asTable ? <CauseTable result={result} /> : (
        <ul className="compare" aria-label={t('backtest.picture')}>
          {result.causes.map(({ cause, before, after, appears, vanishes }) => (
            <li key={cause}>
              <div className="compare-name">{translateCode(t, 'flag', cause)}<div className="cell-sub">{appears + vanishes === 0 ? t('backtest.same') : [appears > 0 && t('backtest.appears', { count: formatCount(appears) }), vanishes > 0 && t('backtest.vanishes', { count: formatCount(vanishes) })].filter(Boolean).join(' · ')}</div></div>
              <div className="compare-bars">{bar('before', before.bills)}{bar('after', after.bills)}</div>
            </li>
          ))}
        </ul>
      )}
    </>
  );
}

function CauseTable({ result }: { result: Result }) {
  const t = useTranslate();
  const { currency } = result.before.charged;
  return (
    <DataTable label={t('backtest.picture')} keys={false} rows={result.causes} rowKey={(row) => row.cause} empty={null} columns={[
      { key: 'cause', title: t('repair.by.cause'), render: (row) => <span className="cell-main">{translateCode(t, 'flag', row.cause)}</span> },
      { key: 'before', title: t('backtest.before'), numeric: true, render: (row) => formatCount(row.before.bills) },
      { key: 'after', title: t('backtest.after'), numeric: true, render: (row) => formatCount(row.after.bills) },
      { key: 'appears', title: t('backtest.col.appears'), numeric: true, wideOnly: true, render: (row) => formatCount(row.appears) },
      { key: 'vanishes', title: t('backtest.col.vanishes'), numeric: true, wideOnly: true, render: (row) => formatCount(row.vanishes) },
      { key: 'energy', title: t('backtest.col.energy'), unit: 'kWh', numeric: true, wideOnly: true, render: (row) => `${formatKwh(row.before.energyWh)} → ${formatKwh(row.after.energyWh)}` },
      { key: 'amount', title: t('backtest.col.amount'), unit: currency, numeric: true, wideOnly: true, render: (row) => `${formatMinor(row.before.total.amountMinor, currency)} → ${formatMinor(row.after.total.amountMinor, currency)}` },
    ]} />
  );
}
