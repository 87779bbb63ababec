import { App, Button, Progress } from 'antd';
import { useCallback, useEffect } from 'react';
import { changeRun, isPositive, loadRuns, type RecoveryRun, type RunChange } from '../../api/payments.ts';
import { useLoggedIn, useMayEverywhere } from '../../app/account.tsx';
import { formatCount } from '../../format/number.ts';
import { formatDateTime } from '../../format/time.ts';
import { useTranslate } from '../../i18n/index.ts';
import { useAct } from '../../ui/act.tsx';
import { useKeyset } from '../../ui/keyset.ts';
import { Card } from '../../ui/page.tsx';
import { moneyText, useAccountName } from '../../ui/payment-words.tsx';
import { Empty, ProblemView, problemSentence } from '../../ui/problem-view.tsx';
import { State, type Tone } from '../../ui/state.tsx';

const TONES: Readonly<Record<RecoveryRun['state'], Tone>> = { running: 'live', paused: 'warn', finished: 'good', cancelled: 'neutral' };
const PERCENT_WHOLE = 100;
/** The stream tells of every page that a run has asked about; without the stream this does. */
const REFRESH_MS = 5_000;

/** Searches with their progress, newest first; one that runs moves by itself. */
export function Runs() {
  const t = useTranslate();
  const load = useCallback((cursor: string | undefined) => loadRuns(cursor), []);
  const list = useKeyset<RecoveryRun>(['recovery', 'runs'], load, REFRESH_MS);
  if (list.error && list.rows.length === 0) return <Card><ProblemView error={list.error} onRetry={list.refresh} /></Card>;
  if (!list.loading && list.rows.length === 0) return <Card><Empty title={t('recovery.empty')} hint={t('recovery.empty.hint')} /></Card>;
  return (
    <section className="card runs" aria-label={t('recovery.tab.runs')}>
      {list.rows.map((run) => <Run key={run.runId} run={run} />)}
      {list.more.hasMore && <Button type="text" loading={list.more.loading} onClick={list.more.load}>{t('list.loadingMore')}</Button>}
    </section>
  );
}

function Run({ run }: { run: RecoveryRun }) {
  const t = useTranslate();
  const { timeZone } = useLoggedIn();
  const { nameOf } = useAccountName();
  const { candidates, asked, state } = run;
  const percent = candidates === 0 ? PERCENT_WHOLE : Math.min(PERCENT_WHOLE, Math.floor((asked * PERCENT_WHOLE) / candidates));
  const counts = [['recovered', run.recovered], ['closed', run.closed], ['stillOpen', run.stillOpen], ['unanswered', run.unanswered]] as const;
  return (
    <article className="run">
      <div className="line">
        <span className="cell-main tab">{formatDateTime(run.from, timeZone)} – {formatDateTime(run.to, timeZone)}</span><State tone={TONES[state]}>{t(`recovery.state.${state}`)}</State>
        {run.merchantAccountId && <span>{nameOf(run.merchantAccountId)}</span>}<span className="spring" /><RunActs run={run} />
      </div>
      <Progress percent={state === 'finished' ? PERCENT_WHOLE : percent} status={state === 'running' ? 'active' : 'normal'} aria-label={t('recovery.progress.label')} format={() => `${percent} %`} />
      <div className="line">
        <span className="tab">{t('recovery.progress', { asked: formatCount(asked), candidates: formatCount(candidates) })}</span>
        {counts.map(([key, count]) => <span key={key} className={count === 0 ? 'muted' : ''}><b>{formatCount(count)}</b> {t(`recovery.${key}`)}{key === 'recovered' && isPositive(run.recoveredAmount) && ` · ${moneyText(run.recoveredAmount)}`}</span>)}
        <span className="spring" /><span className="muted">{t('recovery.by', { name: run.requestedBy })} · {formatDateTime(run.requestedAt, timeZone)}</span>
      </div>
      {run.reason && <div className="muted">{run.reason}</div>}
      {run.lastError && state === 'running' && <div style={{ color: 'var(--k-bad)' }}>{run.lastError}</div>}
    </article>
  );
}

function RunActs({ run }: { run: RecoveryRun }) {
  const t = useTranslate();
  const { modal, message } = App.useApp();
  const may = useMayEverywhere('payments:recover');
  const { act, busy, problem, reset } = useAct({ run: changeRun, done: (_run, { change }) => t(`recovery.changed.${change}`), stale: ['recovery'] });
  useEffect(() => { if (problem) { void message.error(problemSentence(t, problem)); reset(); } }, [problem, message, reset, t]);
  if (!may || run.state === 'finished' || run.state === 'cancelled') return null;
  const change = (to: RunChange) => void act({ runId: run.runId, change: to });
  return (
    <>
      {run.state === 'running' ? <Button size="small" loading={busy} onClick={() => change('pause')}>{t('recovery.pause')}</Button> : <Button size="small" loading={busy} onClick={() => change('resume')}>{t('recovery.resume')}</Button>}
      <Button size="small" disabled={busy} onClick={() => modal.confirm({ title: t('recovery.cancel'), content: t('recovery.cancel.text'), okText: t('recovery.cancel'), cancelText: t('action.back'), okButtonProps: { danger: true }, onOk: () => change('cancel') })}>{t('recovery.cancel')}</Button>
    </>
  );
}
