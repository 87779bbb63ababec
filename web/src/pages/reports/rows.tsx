import { useMemo } from 'react';
import { Link } from 'react-router';
import type { Dimension, ReportFigures, ReportRow } from '../../api/reports.ts';
import { formatCount, formatKwh, formatMinor } from '../../format/number.ts';
import { useTranslate, type Translate } from '../../i18n/index.ts';
import type { Column } from '../../ui/data-table.tsx';
import { State } from '../../ui/state.tsx';
import { rowName } from './words.tsx';

const KINDS = ['sharp', 'peak', 'flat', 'valley'] as const;

/** What stands beside the total of a row and is not in it, in words that need no header. */
function heldText(t: Translate, figures: ReportFigures, currency: string): string {
  return t('report.row.held', { count: formatCount(figures.heldCount), energy: formatKwh(figures.heldWh), amount: formatMinor(figures.heldMinor, currency) });
}

/** The columns of a breakdown: a row that only has held bills says so instead of a zero. */
export function useRowColumns(dimension: Dimension, currency: string, href?: (row: ReportRow) => string | null): readonly Column<ReportRow>[] {
  const t = useTranslate();
  return useMemo<readonly Column<ReportRow>[]>(() => {
    const nothingBilled = ({ figures }: ReportRow): boolean => figures.billCount === 0 && figures.heldCount !== 0 && BigInt(figures.totalMinor) === 0n;
    const amount = (key: string, title: string, unit: string, of: (figures: ReportFigures) => string, more: Partial<Column<ReportRow>> = {}): Column<ReportRow> => ({
      key, title, unit, numeric: true, ...more, render: (row) => nothingBilled(row) ? <span className="muted">–</span> : of(row.figures), text: (row) => nothingBilled(row) ? '' : of(row.figures),
    });
    const money = (minor: string): string => formatMinor(minor, currency);
    return [
      { key: 'name', title: t(`report.by.${dimension}`), text: (row) => rowName(t, dimension, row), render: (row) => {
        const to = href?.(row), name = rowName(t, dimension, row);
        return to ? <Link className="cell-main" to={to}>{name}</Link> : <span className={row.key === null ? 'muted' : 'cell-main'}>{name}</span>;
      } },
      { key: 'held', title: t('report.row.apart'), under: true, text: (row) => row.figures.heldCount === 0 ? '' : heldText(t, row.figures, currency), render: ({ figures }) => figures.heldCount === 0 && figures.doubtCount === 0 ? <span className="muted">{t('none')}</span>
        : <span className="states">{figures.heldCount !== 0 && <State tone="bad">{heldText(t, figures, currency)}</State>}{figures.doubtCount !== 0 && <State tone="warn">{t('report.row.doubt', { count: formatCount(figures.doubtCount) })}</State>}</span> },
      { key: 'bills', title: t('report.bills'), numeric: true, wideOnly: true, render: (row) => formatCount(row.figures.billCount), text: (row) => String(row.figures.billCount) },
      amount('energy', t('report.energy'), 'kWh', (figures) => formatKwh(figures.energyWh), { wideOnly: true }),
      ...KINDS.map((kind) => amount(`${kind}Wh`, t(`period.${kind}`), 'kWh', (figures) => formatKwh(figures[`${kind}Wh`]), { wideOnly: true, optional: true, hiddenAtFirst: true })),
      amount('electricity', t('report.electricity'), currency, (figures) => money(figures.electricityMinor), { wideOnly: true, optional: true }),
      amount('service', t('report.service'), currency, (figures) => money(figures.serviceMinor), { wideOnly: true, optional: true }),
      amount('occupancy', t('report.occupancy'), currency, (figures) => money(figures.occupancyMinor), { wideOnly: true, optional: true, hiddenAtFirst: true }),
      ...KINDS.map((kind) => amount(`${kind}Minor`, t(`period.${kind}`), currency, (figures) => money(String(BigInt(figures[`${kind}ElectricityMinor`]) + BigInt(figures[`${kind}ServiceMinor`]))), { wideOnly: true, optional: true, hiddenAtFirst: true })),
      amount('total', t('report.total'), currency, (figures) => money(figures.totalMinor)),
    ];
  }, [t, dimension, currency, href]);
}
