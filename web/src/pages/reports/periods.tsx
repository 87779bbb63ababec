import dayjs from 'dayjs';
import { useCallback, useMemo } from 'react';
import { Link } from 'react-router';
import { loadPeriods, type PeriodKind, type ReportPeriod } from '../../api/reports.ts';
import { useLoggedIn } from '../../app/account.tsx';
import { formatCount } from '../../format/number.ts';
import { formatDate, formatDateTime } from '../../format/time.ts';
import { useTranslate } from '../../i18n/index.ts';
import { DataTable, type Column } from '../../ui/data-table.tsx';
import { useKeyset } from '../../ui/keyset.ts';
import { Card } from '../../ui/page.tsx';
import { Empty, ProblemView } from '../../ui/problem-view.tsx';
import { ReportStateWord } from './words.tsx';

const HASH_SHOWN = 12;
const PART_PERIODS = { month: 13, day: 31 } as const;
const path = (period: string): string => `/reports/${period}`;

export function Periods({ kind }: { kind: PeriodKind }) {
  const t = useTranslate();
  const { timeZone } = useLoggedIn();
  const load = useCallback((cursor: string | undefined) => loadPeriods(kind, cursor), [kind]);
  const list = useKeyset<ReportPeriod>(['reports', 'periods', kind], load);
  const columns = useMemo<readonly Column<ReportPeriod>[]>(() => [
    { key: 'period', title: t(`report.${kind}`), render: (row) => <Link className="cell-main tab" to={path(row.period)}>{row.period}</Link> },
    { key: 'state', title: t('pay.state'), render: (row) => <ReportStateWord state={row.state} /> },
    { key: 'at', title: t('report.publishedAt'), render: ({ publication }) => publication ? <span className="tab">{formatDateTime(publication.publishedAt, timeZone)}</span> : <span className="muted">–</span> },
    { key: 'by', title: t('report.publishedBy'), wideOnly: true, render: ({ publication }) => publication ? [publication.publishedBy, publication.approvedBy].filter(Boolean).join(', ') : <span className="muted">–</span> },
    { key: 'movements', title: t('report.movements'), numeric: true, wideOnly: true, render: ({ publication }) => publication ? formatCount(publication.movements) : <span className="muted">–</span> },
    { key: 'hash', title: t('report.hash'), wideOnly: true, render: ({ publication }) => publication ? <code className="mono" title={publication.sha256}>{publication.sha256.slice(0, HASH_SHOWN)}…</code> : <span className="muted">–</span> },
  ], [t, kind, timeZone]);
  return (
    <Card flush>{list.error ? <ProblemView error={list.error} onRetry={list.refresh} /> : <DataTable label={t('report.title')} columns={columns} rows={list.rows} rowKey={(row) => row.period} href={(row) => path(row.period)} loading={list.loading} more={list.more} empty={<Empty title={t('report.empty.title')} hint={t('report.empty.hint')} />} />}</Card>
  );
}

/** Whoever works for a part of the operator reads that part of any period; what is published is the whole operator's. */
export function PartPeriods({ kind }: { kind: PeriodKind }) {
  const t = useTranslate();
  const { timeZone } = useLoggedIn();
  const rows = useMemo(() => {
    const today = dayjs(formatDate(Date.now(), timeZone));
    return Array.from({ length: PART_PERIODS[kind] }, (_, back) => today.subtract(back, kind).format(kind === 'month' ? 'YYYY-MM' : 'YYYY-MM-DD'));
  }, [kind, timeZone]);
  return <Card flush><DataTable label={t('report.title')} rows={rows} rowKey={(row) => row} href={path} empty={null} columns={[{ key: 'period', title: t(`report.${kind}`), render: (row) => <Link className="cell-main tab" to={path(row)}>{row}</Link> }]} /></Card>;
}
