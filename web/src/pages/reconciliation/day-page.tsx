import { useQuery } from '@tanstack/react-query';
import { Button } from 'antd';
import { useState } from 'react';
import { useParams } from 'react-router';
import { loadDay, requestDay, type Day, type DayReport, type KeptStatement } from '../../api/reconciliation.ts';
import { useLoggedIn, useMayEverywhere } from '../../app/account.tsx';
import { formatCount, formatMinor } from '../../format/number.ts';
import { formatDateTime } from '../../format/time.ts';
import { translateCode, useTranslate } from '../../i18n/index.ts';
import { ActProblem, useAct } from '../../ui/act.tsx';
import { DataTable } from '../../ui/data-table.tsx';
import { Card, Facts, Page } from '../../ui/page.tsx';
import { useAccountName } from '../../ui/payment-words.tsx';
import { Empty, ProblemPage } from '../../ui/problem-view.tsx';
import { Verdict } from '../../ui/verdict.tsx';
import { BreaksCard } from './breaks.tsx';
import { DayWord, netMinor } from './day-words.tsx';
import { UploadStatement } from './upload-statement.tsx';

const WORKING_REFRESH_MS = 5_000;
/** One day of one account: ours, theirs, what differs, and that it adds up to the cent. */
export function Component() {
  const t = useTranslate();
  const { merchantAccountId = '', date = '' } = useParams();
  const { nameOf } = useAccountName();
  const may = useMayEverywhere('payments:recover');
  const [uploading, setUploading] = useState(false);
  const { data, error, refetch } = useQuery({ queryKey: ['reconciliation', 'day', merchantAccountId, date], queryFn: () => loadDay(merchantAccountId, date), refetchInterval: (query) => isSettled(query.state.data?.day) ? false : WORKING_REFRESH_MS });
  const again = useAct({ run: requestDay, done: () => t('recon.again.done', { date }), stale: ['reconciliation'] });
  const crumbs = [{ to: '/reconciliation', label: t('recon.title') }];
  const title = `${nameOf(merchantAccountId)} · ${date}`;
  if (error) return <ProblemPage title={title} crumbs={crumbs} error={error} onRetry={refetch} />;
  if (data === undefined) return null;
  const { day, statements } = data;
  return (
    <Page title={title} crumbs={crumbs} sub={<DayWord day={day} />} actions={may && <><Button onClick={() => setUploading(true)}>{t('recon.upload')}</Button><Button loading={again.busy} onClick={() => void again.act({ merchantAccountId, businessDate: date })}>{t('recon.again')}</Button></>}>
      <ActProblem problem={again.problem} />
      {day.report ? <Report report={day.report} /> : <Card><Empty title={t('recon.report.none')} hint={t('recon.report.none.hint')} />{day.work && <Work work={day.work} />}</Card>}
      {day.report && <BreaksCard filter={{ merchantAccountId, businessDate: date }} title={t('recon.tab.breaks')} />}
      {statements.length > 0 && <Statements statements={statements} />}
      {uploading && <UploadStatement merchantAccountId={merchantAccountId} accountName={nameOf(merchantAccountId)} businessDate={date} onClose={() => setUploading(false)} />}
    </Page>
  );
}

/** Nothing is under way: what is shown stays until somebody asks again. */
const isSettled = (day: Day | undefined): boolean => day !== undefined && (day.work === null || day.work.state === 'done' || day.work.state === 'failed');

/** What the figures above were made from; the newest of a kind counts. */
function Statements({ statements }: { statements: readonly KeptStatement[] }) {
  const t = useTranslate();
  const { timeZone } = useLoggedIn();
  return <Card title={t('recon.statements')} flush><DataTable label={t('recon.statements')} keys={false} rows={statements} rowKey={(row) => `${row.kind} ${row.sha256}`} empty={null} columns={[
    { key: 'kind', title: t('recon.statement.kind'), render: (row) => <span className="cell-main">{t(`recon.statement.${row.kind}`)}</span> },
    { key: 'source', title: t('recon.statement.source'), render: (row) => row.source === 'upload' ? t('recon.statement.upload', { name: row.importedBy }) : t('recon.statement.channel') },
    { key: 'at', title: t('recon.statement.at'), wideOnly: true, render: (row) => <span className="tab">{formatDateTime(row.importedAt, timeZone)}</span> },
    { key: 'bytes', title: t('recon.statement.size'), unit: 'KiB', numeric: true, wideOnly: true, render: (row) => formatCount((BigInt(row.bytes) + 1_023n) / 1_024n) },
    { key: 'hash', title: 'SHA-256', wideOnly: true, render: (row) => <span className="mono" title={row.sha256}>{row.sha256.slice(0, 12)}…</span> },
  ]} /></Card>;
}

function Work({ work }: { work: NonNullable<Day['work']> }) {
  const t = useTranslate();
  const { timeZone } = useLoggedIn();
  return <Facts rows={[[t('recon.result'), t('recon.work.tries', { count: work.tries })], work.nextTryAt !== null && [t('pay.nextCheck'), formatDateTime(work.nextTryAt, timeZone)], work.lastError !== null && [t('mch.lastFailure'), work.lastError], [t('refund.by'), work.requestedBy]]} />;
}

function Report({ report }: { report: DayReport }) {
  const t = useTranslate();
  const { timeZone, currency } = useLoggedIn();
  const { ours, theirs } = report;
  const difference = netMinor(theirs) - netMinor(ours);
  const explained = counted(report).reduce((sum, each) => sum + BigInt(each.difference.amountMinor), 0n);
  const rest = difference - explained;
  return (
    <>
      <Verdict tone={rest !== 0n ? 'bad' : difference === 0n ? 'good' : null} title={rest !== 0n ? t('recon.difference') : difference === 0n ? t('recon.state.agrees') : `${t('recon.difference')}: ${formatMinor(difference, currency)} ${currency}`}>{rest === 0n ? t('recon.report.adds') : t('recon.report.addsNot', { amount: formatMinor(rest, currency), currency })}</Verdict>
      <div className="grid">
        <Card span={7} title={`${t('recon.ours')} · ${t('recon.theirs')}`} extra={<span className="muted">{t('recon.report.finished', { time: formatDateTime(report.finishedAt, timeZone) })}</span>} flush><Sides report={report} /></Card>
        <Card span={5} title={t('recon.report.differences')} flush><Differences report={report} /></Card>
      </div>
    </>
  );
}

/** Lines under numbers that are none of ours stand beside the sums of both sides, and so do their differences. */
const counted = ({ differences }: Pick<DayReport, 'differences'>): DayReport['differences'] => differences.filter(({ kind }) => kind !== 'foreign' && kind !== 'refund_elsewhere');

type Line = { readonly key: string; readonly label: string; readonly ourCount: number | null; readonly ours: bigint; readonly theirCount: number | null; readonly theirs: bigint };

function Sides({ report: { ours, theirs, matched, fees, foreign, foreignLines } }: { report: DayReport }) {
  const t = useTranslate();
  const { currency } = useLoggedIn();
  const lines: readonly Line[] = [
    { key: 'payments', label: t('recon.report.payments'), ourCount: ours.payments, ours: BigInt(ours.paid.amountMinor), theirCount: theirs.payments, theirs: BigInt(theirs.paid.amountMinor) },
    { key: 'refunds', label: t('recon.report.refunds'), ourCount: ours.refunds, ours: -BigInt(ours.refunded.amountMinor), theirCount: theirs.refunds, theirs: -BigInt(theirs.refunded.amountMinor) },
    { key: 'net', label: t('recon.report.net'), ourCount: null, ours: netMinor(ours), theirCount: null, theirs: netMinor(theirs) },
  ];
  return (
    <>
      <DataTable label={t('recon.report.side')} keys={false} rows={lines} rowKey={(row) => row.key} empty={null} rowClass={(row) => row.key === 'net' ? 'sum' : ''} columns={[
        { key: 'label', title: t('recon.report.side'), render: (row) => row.label },
        { key: 'lines', title: t('recon.report.count'), numeric: true, wideOnly: true, render: (row) => row.ourCount === null || row.theirCount === null ? '' : `${formatCount(row.ourCount)} / ${formatCount(row.theirCount)}` }, { key: 'ours', title: t('recon.ours'), unit: currency, numeric: true, render: (row) => formatMinor(row.ours, currency) },
        { key: 'theirs', title: t('recon.theirs'), unit: currency, numeric: true, render: (row) => formatMinor(row.theirs, currency) },
        { key: 'difference', title: t('recon.difference'), unit: currency, numeric: true, render: (row) => <b>{formatMinor(row.theirs - row.ours, currency)}</b> },
      ]} />
      <p className="muted" style={{ padding: '10px var(--k-pad)' }}>{t('recon.matched')}: {formatCount(matched)} · {t('recon.fees')}: <span className="tab">{formatMinor(fees.amountMinor, fees.currency)} {currency}</span>{foreignLines > 0 && <> · {t('recon.report.foreign', { count: foreignLines, amount: formatMinor(foreign.amountMinor, foreign.currency), currency })}</>}</p>
    </>
  );
}

function Differences({ report: { differences } }: { report: DayReport }) {
  const t = useTranslate();
  const { currency } = useLoggedIn();
  if (counted({ differences }).length === 0) return <Empty title={t('recon.report.noDifferences')} />;
  const inSum = counted({ differences });
  const sum = inSum.reduce((total, each) => total + BigInt(each.difference.amountMinor), 0n);
  const rows = [...inSum.map(({ kind, count, difference }) => ({ kind, label: translateCode(t, 'break.kind', kind), count, minor: BigInt(difference.amountMinor) })), { kind: 'sum', label: t('recon.report.sum'), count: inSum.reduce((total, { count }) => total + count, 0), minor: sum }];
  return <DataTable label={t('recon.report.differences')} keys={false} rows={rows} rowKey={(row) => row.kind} empty={null} rowClass={(row) => row.kind === 'sum' ? 'sum' : ''} columns={[
    { key: 'kind', title: t('break.kind'), render: (row) => row.label }, { key: 'count', title: t('recon.report.count'), numeric: true, render: (row) => formatCount(row.count) },
    { key: 'amount', title: t('recon.difference'), unit: currency, numeric: true, render: (row) => formatMinor(row.minor, currency) },
  ]} />;
}
