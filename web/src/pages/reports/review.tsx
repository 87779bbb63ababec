import { useCallback, useMemo } from 'react';
import { Link } from 'react-router';
import { loadBillsToReview, type BillToReview, type Narrowing } from '../../api/reports.ts';
import { formatKwh, formatMinor } from '../../format/number.ts';
import { translateCode, useTranslate } from '../../i18n/index.ts';
import type { Column } from '../../ui/data-table.tsx';
import { useKeyset } from '../../ui/keyset.ts';
import { ListCard } from '../../ui/list-card.tsx';
import { Empty } from '../../ui/problem-view.tsx';
import { State } from '../../ui/state.tsx';

/** The held bills and the bills in doubt behind a report, each with what it proposes. */
export function Review({ period, currency, narrowing }: { period: string; currency: string; narrowing: Narrowing }) {
  const t = useTranslate();
  const load = useCallback((cursor: string | undefined) => loadBillsToReview(period, narrowing, cursor), [period, narrowing]);
  const list = useKeyset<BillToReview>(['reports', 'review', period, narrowing], load);
  const columns = useMemo<readonly Column<BillToReview>[]>(() => {
    const causes = ({ open }: BillToReview): string => open === null ? t('report.review.closed') : open.causes.map((cause) => translateCode(t, 'flag', cause)).join(', ');
    const state = (row: BillToReview): string => t(row.held ? 'report.review.held' : 'report.review.doubt');
    const unknown = <span className="muted">–</span>;
    return [
      { key: 'cause', title: t('report.review.cause'), render: (row) => <Link className="cell-main" to={`/sessions/${row.sessionId}`}>{causes(row)}</Link>, text: causes },
      { key: 'state', title: t('pay.state'), under: true, render: (row) => <State tone={row.held ? 'bad' : 'warn'}>{state(row)}</State>, text: state },
      { key: 'energy', title: t('report.review.energy'), unit: 'kWh', numeric: true, render: (row) => row.held ? formatKwh(row.heldWh) : unknown, text: (row) => row.held ? formatKwh(row.heldWh) : '' },
      { key: 'amount', title: t('report.review.amount'), unit: currency, numeric: true, render: (row) => row.held ? formatMinor(row.heldMinor, currency) : unknown, text: (row) => row.held ? formatMinor(row.heldMinor, currency) : '' },
      { key: 'settled', title: t('report.review.settled'), unit: currency, numeric: true, wideOnly: true, render: (row) => row.held ? unknown : formatMinor(row.doubtMinor, currency), text: (row) => row.held ? '' : formatMinor(row.doubtMinor, currency) },
    ];
  }, [t, currency]);
  return <ListCard name="report-review" label={t('report.toReview')} list={list} columns={columns} rowKey={(row) => row.sessionId} href={(row) => `/sessions/${row.sessionId}`} loadPage={load} empty={<Empty title={t('report.review.none')} hint={t('report.review.none.hint')} />} />;
}
