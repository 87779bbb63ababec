import { useQuery } from '@tanstack/react-query';
import { Alert, Button, Input, Skeleton } from 'antd';
import { useState } from 'react';
import { Link, useParams } from 'react-router';
import { closePeriod, loadPeriod, type Blocker, type ClosedPeriod, type Period } from '../../api/periods.ts';
import { useLoggedIn, useMayEverywhere } from '../../app/account.tsx';
import { formatCount } from '../../format/number.ts';
import { formatDateTime } from '../../format/time.ts';
import { isMessageKey, useTranslate, type Translate } from '../../i18n/index.ts';
import { ActProblem, useAct } from '../../ui/act.tsx';
import { ConfirmDialog } from '../../ui/confirm-dialog.tsx';
import { Card, Facts, Page } from '../../ui/page.tsx';
import { ProblemPage } from '../../ui/problem-view.tsx';
import { State } from '../../ui/state.tsx';
import { Verdict } from '../../ui/verdict.tsx';
import { useClosingMonths } from './closing.ts';
import { PeriodWord } from './period-words.tsx';

const GATES = ['open_breaks', 'unknown_outcomes', 'failing_audit'] as const;
/** Where what stands against a month is worked on. */
const PLACES: Readonly<Record<string, string>> = { open_breaks: '/reconciliation?tab=breaks', unknown_outcomes: '/recovery', failing_audit: '/books' };
const REASON_LENGTH_MAX = 500;

/** One accounting month: every gate with what stands against it, and closing it for good. */
export function Component() {
  const t = useTranslate();
  const { month = '' } = useParams();
  const may = useMayEverywhere('books:close');
  const [closing, setClosing] = useState(false);
  const waiting = useClosingMonths().get(month);
  // The gates read the whole books: they are asked when the page is opened and when a person asks again.
  const { data: period, error, isFetching, refetch } = useQuery({ queryKey: ['books', 'period', month], queryFn: () => loadPeriod(month), staleTime: Infinity, refetchOnWindowFocus: false });
  const crumbs = [{ to: '/periods', label: t('period.title') }];
  if (error) return <ProblemPage title={month} crumbs={crumbs} error={error} onRetry={refetch} />;
  const state = period?.state === 'open' && waiting !== undefined ? 'closing' : period?.state;
  const actions = period?.state === 'open' && <><Button loading={isFetching} onClick={() => void refetch()}>{t('period.again')}</Button>{may && waiting === undefined && <Button type="primary" onClick={() => setClosing(true)}>{t('period.close')}</Button>}</>;
  return (
    <Page title={`${t('period.one')} ${month}`} crumbs={crumbs} actions={actions} sub={state && <PeriodWord state={state} />}>
      {!period && <Card><p className="muted">{t('period.asking')}</p><Skeleton active paragraph={{ rows: 4 }} /></Card>}
      {waiting !== undefined && period?.state === 'open' && <Alert type="warning" showIcon title={t('period.waits')} description={<Link to="/approvals">{t('nav.approvals')}</Link>} />}
      {period?.state === 'running' && <Card><p>{t('period.running.text')}</p></Card>}
      {period?.state === 'open' && <Gates period={period} />}
      {period?.closed && <Closed closed={period.closed} />}
      {closing && period && <CloseDialog period={period} onClose={() => setClosing(false)} />}
    </Page>
  );
}

function Gates({ period: { blockers } }: { period: Period }) {
  const t = useTranslate();
  const found = new Map(blockers.map((blocker) => [blocker.gate, blocker]));
  const gates = [...new Set([...GATES, ...found.keys()])];
  return (
    <>
      <Verdict tone={blockers.length === 0 ? 'good' : 'bad'} title={blockers.length === 0 ? t('period.free') : t('period.blocked', { count: blockers.length })}>{t(blockers.length === 0 ? 'period.free.text' : 'period.blocked.text')}</Verdict>
      <Card title={t('period.gates')} flush><ul className="findings">{gates.map((gate) => <GateLine key={gate} gate={gate} blocker={found.get(gate)} />)}</ul></Card>
    </>
  );
}

function GateLine({ gate, blocker }: { gate: string; blocker: Blocker | undefined }) {
  const t = useTranslate();
  const place = PLACES[gate];
  return (
    <li>
      <State tone={blocker ? 'bad' : 'good'}>{blocker ? t('period.gate.stands', { count: formatCount(blocker.count) }) : t('period.gate.free')}</State>
      <div className="about"><div>{gateText(t, gate, blocker)}</div>{blocker && blocker.examples.length > 0 && <code className="mono muted">{blocker.examples.join(' · ')}{blocker.count > blocker.examples.length ? ' …' : ''}</code>}</div>
      {blocker && place && <Link to={place}>{t('period.gate.work')}</Link>}
    </li>
  );
}

function gateText(t: Translate, gate: string, blocker: Blocker | undefined): string {
  const key = `period.gate.${gate}`;
  return isMessageKey(key) ? t(key) : blocker?.about ?? gate.replaceAll('_', ' ');
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

function CloseDialog({ period, onClose }: { period: Period; onClose: () => void }) {
  const t = useTranslate();
  const [reason, setReason] = useState('');
  const blocked = period.blockers.length > 0;
  const { act, busy, problem } = useAct({ run: closePeriod, done: ({ state }) => t(state === 'closed' ? 'period.closed.done' : 'period.waits', { month: period.month }), stale: ['books', 'approvals'] });
  const close = () => void act({ month: period.month, reason: reason.trim() || null }).then((done) => { if (done) onClose(); });
  return (
    <ConfirmDialog title={t('period.close.title', { month: period.month })} confirm={t(blocked ? 'period.close.ask' : 'period.close')} danger busy={busy} disabled={blocked && reason.trim() === ''} onClose={onClose} onConfirm={close}>
      <ActProblem problem={problem} />
      <p style={{ marginBottom: 12 }}>{t('period.close.text')}</p>
      {blocked && <Alert type="warning" showIcon style={{ marginBottom: 12 }} title={t('period.close.blocked')} description={<ul style={{ margin: 0, paddingInlineStart: 18 }}>{period.blockers.map((blocker) => <li key={blocker.gate}>{gateText(t, blocker.gate, blocker)}: {formatCount(blocker.count)}</li>)}</ul>} />}
      {blocked && <><label htmlFor="period-reason">{t('period.close.reason')}</label><Input.TextArea id="period-reason" rows={2} maxLength={REASON_LENGTH_MAX} value={reason} onChange={(event) => setReason(event.target.value)} /></>}
    </ConfirmDialog>
  );
}
