import { useQuery } from '@tanstack/react-query';
import { Alert, Button, Input, Progress } from 'antd';
import { useState } from 'react';
import { Link, useParams } from 'react-router';
import { checkPeriod, closePeriod, isWorking, loadPeriod, type ClosedPeriod, type Period, type PeriodWork } from '../../api/periods.ts';
import { useLoggedIn, useMayEverywhere } from '../../app/account.tsx';
import { formatCount } from '../../format/number.ts';
import { formatDateTime } from '../../format/time.ts';
import { useTranslate } from '../../i18n/index.ts';
import { ActProblem, useAct } from '../../ui/act.tsx';
import { ConfirmDialog } from '../../ui/confirm-dialog.tsx';
import { Card, Facts, Page } from '../../ui/page.tsx';
import { ProblemPage } from '../../ui/problem-view.tsx';
import { Verdict } from '../../ui/verdict.tsx';
import { Gates, gateText } from './gates.tsx';
import { PeriodWord } from './period-words.tsx';

const REASON_LENGTH_MAX = 500;
const WORKING_REFRESH_MS = 1_000;

/** One accounting month: every gate with what stands against it, and closing it for good, as far as the job is. */
export function Component() {
  const t = useTranslate();
  const { month = '' } = useParams();
  const may = useMayEverywhere('books:close');
  const [closing, setClosing] = useState(false);
  const { data: period, error, refetch } = useQuery({ queryKey: ['books', 'period', month], queryFn: () => loadPeriod(month), refetchInterval: (query) => query.state.data && isWorking(query.state.data) ? WORKING_REFRESH_MS : false });
  const check = useAct({ run: checkPeriod, done: () => null, stale: ['books'] });
  const crumbs = [{ to: '/periods', label: t('period.title') }];
  if (error) return <ProblemPage title={month} crumbs={crumbs} error={error} onRetry={refetch} />;
  if (!period) return null;
  const { state, work, closed } = period, working = isWorking(period);
  const actions = state === 'open' && <><Button loading={check.busy || working} onClick={() => void check.act({ month })}>{t('period.check')}</Button>{may && <Button type="primary" disabled={working} onClick={() => setClosing(true)}>{t('period.close')}</Button>}</>;
  return (
    <Page title={`${t('period.one')} ${month}`} crumbs={crumbs} actions={actions} sub={<PeriodWord state={state} />}>
      <ActProblem problem={check.problem} />
      {working && work && <WorkProgress work={work} />}
      {work?.state === 'awaiting_approval' && !closed && <Alert type="warning" showIcon title={t('period.waits')} description={<Link to="/approvals">{t('nav.approvals')}</Link>} />}
      {work?.state === 'blocked' && state === 'open' && <Alert type="error" showIcon title={t('period.work.blocked')} />}
      {work?.state === 'failed' && state === 'open' && <Alert type="error" showIcon title={t('period.work.failed')} description={work.lastError} />}
      {state === 'running' && <Card><p>{t('period.running.text')}</p></Card>}
      {(state === 'open' || state === 'closing') && <Gates period={period} />}
      {closed && <Closed closed={closed} />}
      {closing && <CloseDialog period={period} onClose={() => setClosing(false)} />}
    </Page>
  );
}

/** How far the job is, gate by gate. */
function WorkProgress({ work }: { work: PeriodWork }) {
  const t = useTranslate();
  const text = work.state === 'waiting' ? t('period.work.waiting') : t('period.work.checking', { done: work.gatesDone, total: work.gatesTotal, gate: work.gate === null ? '' : gateText(t, work.gate) });
  return <Card title={t(`period.work.${work.purpose}`)}><p className="muted" aria-live="polite">{text}</p><Progress percent={Math.round((work.gatesDone / Math.max(1, work.gatesTotal)) * 100)} aria-label={t(`period.work.${work.purpose}`)} /></Card>;
}

function Closed({ closed }: { closed: ClosedPeriod }) {
  const t = useTranslate();
  const { timeZone } = useLoggedIn();
  return (
    <>
      <Verdict tone="good" title={t('period.closed.title')}>{t('period.closed.text')}</Verdict>
      <Card title={t('period.closed.about')}><Facts rows={[
        [t('period.closedAt'), formatDateTime(closed.closedAt, timeZone, true)], [t('period.closedBy'), closed.closedBy], closed.approvedBy !== null && [t('period.approvedBy'), closed.approvedBy], closed.reason !== null && [t('audit.reason'), closed.reason],
        [t('period.waived'), closed.waived.length === 0 ? t('none') : closed.waived.map((blocker) => `${gateText(t, blocker.gate, blocker)}: ${formatCount(blocker.count)}`).join('; ')],
      ]} /></Card>
    </>
  );
}

function CloseDialog({ period: { month, blockers }, onClose }: { period: Period; onClose: () => void }) {
  const t = useTranslate();
  const [reason, setReason] = useState('');
  const blocked = blockers.length > 0;
  const { act, busy, problem } = useAct({ run: closePeriod, done: () => t('period.close.begun', { month }), stale: ['books', 'approvals'] });
  const close = () => void act({ month, reason: reason.trim() || null }).then((done) => { if (done) onClose(); });
  return (
    <ConfirmDialog title={t('period.close.title', { month })} confirm={t(blocked ? 'period.close.ask' : 'period.close')} danger busy={busy} disabled={blocked && reason.trim() === ''} onClose={onClose} onConfirm={close}>
      <ActProblem problem={problem} />
      <p style={{ marginBottom: 12 }}>{t('period.close.text')}</p>
      {blocked && <Alert type="warning" showIcon style={{ marginBottom: 12 }} title={t('period.close.blocked')} description={<ul style={{ margin: 0, paddingInlineStart: 18 }}>{blockers.map((blocker) => <li key={blocker.gate}>{gateText(t, blocker.gate, blocker)}: {formatCount(blocker.count)}</li>)}</ul>} />}
      {blocked && <><label htmlFor="period-reason">{t('period.close.reason')}</label><Input.TextArea id="period-reason" rows={2} maxLength={REASON_LENGTH_MAX} value={reason} onChange={(event) => setReason(event.target.value)} /></>}
    </ConfirmDialog>
  );
}
