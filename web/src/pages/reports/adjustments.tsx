import { Segmented } from 'antd';
import { useCallback, useMemo, useState } from 'react';
import { Link } from 'react-router';
import { loadAdjustments, type Narrowing, type Report, type ReportAdjustment } from '../../api/reports.ts';
import { formatKwh, formatMinor } from '../../format/number.ts';
import { translateCode, useTranslate } from '../../i18n/index.ts';
import type { Column } from '../../ui/data-table.tsx';
import { useKeyset } from '../../ui/keyset.ts';
import { ListCard } from '../../ui/list-card.tsx';
import { Empty } from '../../ui/problem-view.tsx';
import { State } from '../../ui/state.tsx';

/** What adjusts published days, bill by bill: when it counts, why, and where that is explained. */
export function Adjustments({ report, narrowing }: { report: Report; narrowing: Narrowing }) {
  const t = useTranslate();
  const { period, currency } = report;
  const [which, setWhich] = useState<'counted' | 'later'>(report.state === 'published' ? 'later' : 'counted');
  const load = useCallback((cursor: string | undefined) => loadAdjustments(period, which, narrowing, cursor), [period, which, narrowing]);
  const list = useKeyset<ReportAdjustment>(['reports', 'adjustments', period, which, narrowing], load);
  const columns = useMemo<readonly Column<ReportAdjustment>[]>(() => [
    { key: 'sign', title: t('report.adjustment.what'), render: (row) => <State tone={row.sign > 0 ? 'good' : 'neutral'}>{t(row.sign > 0 ? 'report.adjustment.plus' : 'report.adjustment.minus')}</State>, text: (row) => t(row.sign > 0 ? 'report.adjustment.plus' : 'report.adjustment.minus') },
    { key: 'why', title: t('session.reasonLabel'), under: true, render: (row) => <Link to={`/sessions/${row.sessionId}`}>{translateCode(t, 'report.reason', row.reason)}</Link>, text: (row) => translateCode(t, 'report.reason', row.reason) },
    { key: 'of', title: t('report.adjustment.of'), render: (row) => <span className="tab">{row.adjustsOn}</span>, text: (row) => row.adjustsOn },
    { key: 'on', title: t('report.adjustment.on'), wideOnly: true, render: (row) => <Link className="tab" to={`/reports/${row.countsOn}`}>{row.countsOn}</Link>, text: (row) => row.countsOn },
    { key: 'energy', title: t('report.energy'), unit: 'kWh', numeric: true, wideOnly: true, render: (row) => formatKwh(row.figures.energyWh), text: (row) => formatKwh(row.figures.energyWh) },
    { key: 'total', title: t('report.total'), unit: currency, numeric: true, render: (row) => formatMinor(row.figures.totalMinor, currency), text: (row) => formatMinor(row.figures.totalMinor, currency) },
    { key: 'held', title: t('report.adjustment.held'), unit: currency, numeric: true, wideOnly: true, render: (row) => row.figures.heldCount === 0 ? <span className="muted">–</span> : formatMinor(row.figures.heldMinor, currency), text: (row) => row.figures.heldCount === 0 ? '' : formatMinor(row.figures.heldMinor, currency) },
  ], [t, currency]);
  return (
    <div style={{ display: 'grid', gap: 12 }}>
      <div style={{ display: 'flex', flexWrap: 'wrap', gap: '8px 16px', alignItems: 'center' }}>
        <Segmented<'counted' | 'later'> aria-label={t('report.adjustments')} value={which} onChange={setWhich} options={(['counted', 'later'] as const).map((value) => ({ value, label: t(`report.adjustments.${value}`) }))} />
        <span className="muted">{t(`report.adjustments.${which}.text`)}</span>
      </div>
      <ListCard name="report-adjustments" label={t('report.adjustments')} list={list} columns={columns} rowKey={(row) => `${row.billId} ${row.sign}`} href={(row) => `/sessions/${row.sessionId}`} loadPage={load} empty={<Empty title={t(`report.adjustments.${which}.none`)} hint={t('report.adjustments.hint')} />} />
    </div>
  );
}
