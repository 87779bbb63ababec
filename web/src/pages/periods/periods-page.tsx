import { useMemo } from 'react';
import { Link } from 'react-router';
import { loadClosedPeriods, type ClosedPeriod } from '../../api/periods.ts';
import { useLoggedIn } from '../../app/account.tsx';
import { formatDateTime } from '../../format/time.ts';
import { useTranslate } from '../../i18n/index.ts';
import { DataTable, type Column } from '../../ui/data-table.tsx';
import { useKeyset } from '../../ui/keyset.ts';
import { useNow } from '../../ui/now.ts';
import { Card, Page } from '../../ui/page.tsx';
import { ProblemView } from '../../ui/problem-view.tsx';
import { recentMonths } from './months.ts';
import { PeriodWord, type PeriodState } from './period-words.tsx';
import { useClosingMonths } from './closing.ts';

type Row = { readonly month: string; readonly state: PeriodState; readonly closed: ClosedPeriod | null };

/** The accounting months: what runs, what can be closed, what is closed and by whom. */
export function Component() {
  const t = useTranslate();
  const { timeZone } = useLoggedIn();
  const now = useNow(60_000);
  const list = useKeyset<ClosedPeriod>(['books', 'periods'], loadClosedPeriods);
  const closing = useClosingMonths();
  const rows = useMemo<readonly Row[]>(() => {
    const closed = new Map(list.rows.map((each) => [each.month, each])), recent = recentMonths(now, timeZone);
    const months = [...new Set([...recent, ...closed.keys()])].toSorted().toReversed();
    return months.map((month) => ({ month, closed: closed.get(month) ?? null, state: closed.has(month) ? 'closed' : month === recent[0] ? 'running' : closing.has(month) ? 'closing' : 'open' }));
  }, [list.rows, closing, now, timeZone]);
  const columns = useMemo<readonly Column<Row>[]>(() => [
    { key: 'month', title: t('period.month'), render: (row) => <Link className="cell-main tab" to={`/periods/${row.month}`}>{row.month}</Link> },
    { key: 'state', title: t('pay.state'), render: (row) => <PeriodWord state={row.state} /> },
    { key: 'closedAt', title: t('period.closedAt'), wideOnly: true, render: (row) => row.closed ? <span className="tab">{formatDateTime(row.closed.closedAt, timeZone)}</span> : <span className="muted">–</span> },
    { key: 'by', title: t('period.closedBy'), wideOnly: true, render: (row) => row.closed ? `${row.closed.closedBy}${row.closed.approvedBy ? `, ${row.closed.approvedBy}` : ''}` : <span className="muted">–</span> },
    { key: 'waived', title: t('period.waived'), numeric: true, render: (row) => row.closed ? row.closed.waived.length === 0 ? <span className="muted">{t('none')}</span> : String(row.closed.waived.reduce((sum, { count }) => sum + count, 0)) : <span className="muted">–</span> },
  ], [t, timeZone]);
  return (
    <Page title={t('period.title')} sub={t('period.sub')}>
      <Card flush>{list.error ? <ProblemView error={list.error} onRetry={list.refresh} /> : <DataTable label={t('period.title')} columns={columns} rows={rows} rowKey={(row) => row.month} href={(row) => `/periods/${row.month}`} loading={list.loading} more={list.more} empty={null} />}</Card>
    </Page>
  );
}
