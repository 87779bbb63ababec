import { useMemo } from 'react';
import { Link } from 'react-router';
import { loadPeriods, type Period } from '../../api/periods.ts';
import { useLoggedIn } from '../../app/account.tsx';
import { formatCount } from '../../format/number.ts';
import { formatDateTime } from '../../format/time.ts';
import { useTranslate } from '../../i18n/index.ts';
import { DataTable, type Column } from '../../ui/data-table.tsx';
import { useKeyset } from '../../ui/keyset.ts';
import { Card, Page } from '../../ui/page.tsx';
import { Empty, ProblemView } from '../../ui/problem-view.tsx';
import { State } from '../../ui/state.tsx';
import { PeriodWord } from './period-words.tsx';

/** The accounting months: what runs, what can be closed, what stands against it, what is closed and by whom. */
export function Component() {
  const t = useTranslate();
  const { timeZone } = useLoggedIn();
  const list = useKeyset<Period>(['books', 'periods'], loadPeriods);
  const columns = useMemo<readonly Column<Period>[]>(() => [
    { key: 'month', title: t('period.month'), render: (row) => <Link className="cell-main tab" to={`/periods/${row.month}`}>{row.month}</Link> },
    { key: 'state', title: t('pay.state'), render: (row) => <PeriodWord state={row.state} /> },
    { key: 'against', title: t('period.against'), render: (row) => <Against period={row} /> },
    { key: 'closedAt', title: t('period.closedAt'), wideOnly: true, render: ({ closed }) => closed ? <span className="tab">{formatDateTime(closed.closedAt, timeZone)}</span> : <span className="muted">–</span> },
    { key: 'by', title: t('period.closedBy'), wideOnly: true, render: ({ closed }) => closed ? `${closed.closedBy}${closed.approvedBy ? `, ${closed.approvedBy}` : ''}` : <span className="muted">–</span> },
  ], [t, timeZone]);
  return (
    <Page title={t('period.title')} sub={t('period.sub')}>
      <Card flush>{list.error ? <ProblemView error={list.error} onRetry={list.refresh} /> : <DataTable label={t('period.title')} columns={columns} rows={list.rows} rowKey={(row) => row.month} href={(row) => `/periods/${row.month}`} loading={list.loading} more={list.more} empty={<Empty title={t('period.empty')} />} />}</Card>
    </Page>
  );
}

/** What blocks it, or of a closed month what was waived. */
function Against({ period: { state, blockers, closed } }: { period: Period }) {
  const t = useTranslate();
  const sum = (of: Period['blockers']): number => of.reduce((total, { count }) => total + count, 0);
  if (closed) return closed.waived.length === 0 ? <span className="muted">{t('none')}</span> : <>{t('period.waived.count', { count: formatCount(sum(closed.waived)) })}</>;
  if (state === 'running') return <span className="muted">–</span>;
  return blockers.length === 0 ? <span className="muted">{t('none')}</span> : <State tone="bad">{formatCount(sum(blockers))}</State>;
}
