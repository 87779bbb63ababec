import { useQuery } from '@tanstack/react-query';
import { Button, Segmented } from 'antd';
import { useState } from 'react';
import { useParams } from 'react-router';
import type { ReportRow } from '../../api/reports.ts';
import { loadStatement, STATEMENT_PARTS, type StatementDetail, type StatementPart } from '../../api/statements.ts';
import { useLoggedIn, useMayEverywhere } from '../../app/account.tsx';
import { formatCount } from '../../format/number.ts';
import { formatDateTime } from '../../format/time.ts';
import { useTranslate } from '../../i18n/index.ts';
import { DataTable } from '../../ui/data-table.tsx';
import { Card, Facts, Page } from '../../ui/page.tsx';
import { Empty, CopyButton, ProblemPage } from '../../ui/problem-view.tsx';
import { ExportDialog } from '../reports/export-dialog.tsx';
import { InDoubt, TariffPeriods, Totals } from '../reports/figures.tsx';
import { useRowColumns } from '../reports/rows.tsx';
import { StatementActs } from './acts.tsx';
import { Gate, WaivedBills } from './gate.tsx';
import { countdown, isOpen, spanText, StatementStateWord } from './words.tsx';

/** One statement: its figures, what stands against closing it, and how it was closed. */
export function Component() {
  const t = useTranslate();
  const { statementId = '' } = useParams();
  const everywhere = useMayEverywhere('reports:read');
  const [exporting, setExporting] = useState(false);
  const { data: statement, error, refetch } = useQuery({ queryKey: ['statements', 'statement', statementId], queryFn: () => loadStatement(statementId) });
  const crumbs = [{ to: '/statements', label: t('statement.title') }];
  if (error && !statement) return <ProblemPage title={t('statement.one')} crumbs={crumbs} error={error} onRetry={refetch} />;
  if (!statement) return null;
  const { currency, total, daysLeft } = statement;
  const name = statement.subjectName ?? statement.subjectId;
  return (
    <Page title={`${name} · ${spanText(statement)}`} crumbs={crumbs} sub={<><StatementStateWord state={statement.state} /><span>{t(`report.by.${statement.subjectKind}`)}</span>{daysLeft !== null && <span>{countdown(t, daysLeft)} · {statement.closesOn}</span>}</>}
      actions={<>{everywhere && <Button onClick={() => setExporting(true)}>{t('export.do')}</Button>}<StatementActs statement={statement} /></>}>
      {isOpen(statement) && <Gate statement={statement} />}
      <Totals figures={total} currency={currency} adjustments={statement.adjustments} />
      {!isOpen(statement) && statement.state !== 'withdrawn' && <Closed statement={statement} />}
      {statement.waived && statement.waived.length > 0 && <WaivedBills waived={statement.waived} />}
      <div className="grid"><div className="span-4 fill"><InDoubt figures={total} currency={currency} policy={null} /></div><div className="span-8 fill"><TariffPeriods figures={total} currency={currency} /></div></div>
      <Parts statement={statement} />
      {exporting && <ExportDialog statementId={statementId} onClose={() => setExporting(false)} />}
    </Page>
  );
}

function Closed({ statement }: { statement: StatementDetail }) {
  const t = useTranslate();
  const { timeZone } = useLoggedIn();
  return (
    <Card title={t('statement.closed.about')}><Facts rows={[
      statement.closedAt !== null && [t('statement.closedAt'), formatDateTime(statement.closedAt, timeZone, true)], statement.closedBy !== null && [t('statement.closedBy'), statement.closedBy],
      statement.waiverReason !== null && [t('statement.waiver.reason'), statement.waiverReason], statement.waived !== null && [t('statement.waived'), t('statement.waived.count', { count: formatCount(statement.waived.length) })],
      statement.sha256 !== null && [t('report.hash'), <span key="hash" style={{ display: 'inline-flex', flexWrap: 'wrap', gap: 8, alignItems: 'center' }}><code className="mono" style={{ overflowWrap: 'anywhere' }}>{statement.sha256}</code><CopyButton text={statement.sha256} label={t('action.copy')} /></span>],
    ]} /></Card>
  );
}

const href = (part: StatementPart) => ({ key }: ReportRow): string | null => key === null ? null : part === 'day' ? `/reports/${key}` : part === 'station' ? `/stations/${key}` : part === 'vehicle' ? `/vehicles/${key}` : null;
const HREFS = { day: href('day'), station: href('station'), vehicle: href('vehicle'), start_mode: href('start_mode') } as const;

function Parts({ statement }: { statement: StatementDetail }) {
  const t = useTranslate();
  const [part, setPart] = useState<StatementPart>('day');
  const columns = useRowColumns(part, statement.currency, HREFS[part]);
  return (
    <section style={{ display: 'grid', gap: 12, justifyItems: 'start' }} className="breakdown">
      <Segmented<StatementPart> className="many" aria-label={t('report.breakdown')} value={part} onChange={setPart} options={STATEMENT_PARTS.map((value) => ({ value, label: t(`report.by.${value}`) }))} />
      <Card flush><DataTable label={t(`report.by.${part}`)} columns={columns.filter((column) => !column.hiddenAtFirst)} rows={statement.parts[part]} rowKey={(row) => row.key ?? ''} empty={<Empty title={t('report.rows.none')} hint={t('report.rows.none.hint')} />} /></Card>
    </section>
  );
}
