import { useQuery } from '@tanstack/react-query';
import { Alert, Button, Progress } from 'antd';
import { useState } from 'react';
import { Link, useNavigate, useParams } from 'react-router';
import { loadBulkRun, pauseBulkRun, previewBulkRevert, startBulkRun, type BulkRunDetail } from '../../api/repair.ts';
import { useLoggedIn, useMayEverywhere } from '../../app/account.tsx';
import { usePreferences } from '../../app/preferences.ts';
import { formatCount, formatKwh, formatMinor } from '../../format/number.ts';
import { formatDateTime, formatDuration } from '../../format/time.ts';
import { translateCode, useTranslate } from '../../i18n/index.ts';
import { ActProblem, useAct } from '../../ui/act.tsx';
import { ConfirmDialog } from '../../ui/confirm-dialog.tsx';
import { DataTable } from '../../ui/data-table.tsx';
import { useNow } from '../../ui/now.ts';
import { Card, Facts, Figure, Figures, Page } from '../../ui/page.tsx';
import { ProblemPage } from '../../ui/problem-view.tsx';
import { ReasonDialog } from '../../ui/reason-dialog.tsx';
import { Verdict } from '../../ui/verdict.tsx';
import { BulkItems } from './bulk-items.tsx';
import { BulkStateWord, filterText, percentOf, workedOf } from './bulk-words.tsx';
import { useStationNames } from './station-names.ts';

/** The stream tells of every page that is worked; without the stream this does. */
const REFRESH_MS = 3_000;
/** The job looks every minute: longer than this without a page means that nobody works. */
const STUCK_AFTER_MS = 150_000;
const REASON_LENGTH_MAX = 500;
const STALE = ['bulk-repairs', 'repair-cases', 'sessions', 'wallets', 'approvals'];

/** One run: what it would do, how far it is, what became of each bill, and how it is put back. */
export function Component() {
  const t = useTranslate();
  const { runId = '' } = useParams();
  const stations = useStationNames();
  const { data: run, error, refetch } = useQuery({ queryKey: ['bulk-repairs', 'one', runId], queryFn: () => loadBulkRun(runId), refetchInterval: ({ state }) => (state.data?.state === 'running' ? REFRESH_MS : false) });
  const crumbs = [{ to: '/abnormal-bills', label: t('repair.title') }, { to: '/bulk-repairs', label: t('bulk.title') }];
  if (error) return <ProblemPage title={t('bulk.one')} crumbs={crumbs} error={error} onRetry={refetch} />;
  if (!run) return null;
  const what = filterText(t, run.filter, stations);
  return (
    <Page title={run.reverts === null ? what : `${t('bulk.revertRun')}: ${what}`} crumbs={crumbs} actions={<RunActs run={run} />}
      sub={<>
        <BulkStateWord state={run.state} /><span>{run.reason}</span>
        {run.reverts !== null && <Link to={`/bulk-repairs/${run.reverts}`}>{t('bulk.revertOf')}</Link>}
        {run.revertedBy !== null && <Link to={`/bulk-repairs/${run.revertedBy}`}>{t('bulk.revertedBy')}</Link>}
      </>}>
      <Notices run={run} />
      <Headline run={run} />
      {run.groups.length > 1 && <Card title={t('bulk.common')} flush><Common run={run} stations={stations} /></Card>}
      <BulkItems run={run} />
      <Who run={run} />
    </Page>
  );
}

/** Since when a run that should move has not; null while all is well. */
function useQuietSince({ state, lastWorkedAt, startedAt }: BulkRunDetail): number | null {
  const now = useNow(10_000);
  const since = Math.max(Date.parse(lastWorkedAt ?? '') || 0, Date.parse(startedAt ?? '') || 0);
  return state === 'running' && now - since > STUCK_AFTER_MS ? since : null;
}

function Notices({ run }: { run: BulkRunDetail }) {
  const t = useTranslate();
  const { timeZone } = useLoggedIn();
  const { language } = usePreferences();
  const back = run.reverts !== null;
  const quietSince = useQuietSince(run);
  if (run.items === 0) return <Alert type="info" showIcon title={t(back ? 'bulk.empty.back' : 'bulk.empty')} description={t(back ? 'bulk.empty.back.text' : 'bulk.empty.text')} />;
  if (run.state === 'previewed' && run.mayStart === 'second_person') return <Alert type="warning" showIcon title={t('bulk.secondPerson')} description={t('bulk.secondPerson.text', { amount: formatMinor(run.fourEyesAbove.amountMinor, run.fourEyesAbove.currency), currency: run.fourEyesAbove.currency })} />;
  if (quietSince !== null) return <Alert type="warning" showIcon title={t('bulk.stuck', { at: formatDateTime(quietSince, timeZone) })} description={t('bulk.stuck.text')} />;
  if (run.state !== 'done') return null;
  const whole = run.applied === run.items;
  const counts = { applied: formatCount(run.applied), items: formatCount(run.items), count: formatCount(run.items) };
  const took = run.endedAt !== null && run.startedAt !== null ? t('bulk.done.text', { at: formatDateTime(run.endedAt, timeZone), duration: formatDuration(Date.parse(run.endedAt) - Date.parse(run.startedAt), language) }) : '';
  const rest = ([['awaiting_approval', run.awaitingApproval], ['refused', run.refused], ['skipped', run.skipped]] as const).flatMap(([state, count]) => (count === 0 ? [] : [`${formatCount(count)} ${t(`bulk.item.${state}`)}`]));
  return <Verdict tone={whole ? 'good' : null} title={t(back ? 'bulk.done.back' : whole ? 'bulk.done.all' : 'bulk.done.some', counts)}>{[...rest, took].join(' · ')}</Verdict>;
}

function Headline({ run }: { run: BulkRunDetail }) {
  const t = useTranslate();
  const { timeZone } = useLoggedIn();
  const worked = workedOf(run), back = run.reverts !== null, isPreview = run.state === 'previewed';
  const { amountMinor, currency } = run.total;
  return (
    <>
      <Figures>
        <Figure label={t('bulk.bills')} value={formatCount(run.items)} unit={t('bulk.bills.unit')} />
        <Figure label={t(isPreview ? (back ? 'bulk.money.back' : 'bulk.money') : back ? 'bulk.repairedFor' : 'bulk.proposed')} value={formatMinor(amountMinor, currency)} unit={currency} note={isPreview ? t(back ? 'bulk.money.back.note' : 'bulk.money.note') : undefined} />
        <Figure label={t('bulk.energy')} value={formatKwh(run.totalWh)} unit="kWh" />
        {!isPreview && <>
          <Figure label={t(back ? 'bulk.item.putBack' : 'bulk.item.applied')} value={formatCount(run.applied)} />
          {!back && <Figure label={t('bulk.item.awaiting_approval')} value={formatCount(run.awaitingApproval)} note={run.awaitingApproval > 0 && <Link to="/approvals">{t('repair.awaits.link')}</Link>} />}
          <Figure label={`${t('bulk.item.skipped')} · ${t('bulk.item.refused')}`} value={`${formatCount(run.skipped)} · ${formatCount(run.refused)}`} />
        </>}
      </Figures>
      {!isPreview && (
        <Card title={t('bulk.progress')} extra={<span className="muted tab">{t('bulk.progress.of', { worked: formatCount(worked), items: formatCount(run.items) })}{run.lastWorkedAt !== null && ` · ${t('bulk.progress.last', { at: formatDateTime(run.lastWorkedAt, timeZone, true) })}`}</span>}>
          <Progress percent={percentOf(run)} status={run.state === 'running' ? 'active' : 'normal'} aria-label={t('bulk.progress')} format={(percent) => `${percent ?? 0} %`} />
        </Card>
      )}
    </>
  );
}

function Common({ run, stations }: { run: BulkRunDetail; stations: ReadonlyMap<string, string> }) {
  const t = useTranslate();
  const { currency } = run.total;
  return (
    <DataTable label={t('bulk.common')} keys={false} rows={run.groups} rowKey={(row) => [row.cause, row.maker, row.firmware, row.stationId].join('/')} empty={null} columns={[
      { key: 'cause', title: t('repair.by.cause'), render: (row) => <span className="cell-main">{translateCode(t, 'flag', row.cause)}</span> },
      { key: 'station', title: t('repair.by.station'), wideOnly: true, render: (row) => row.stationId === null ? '–' : stations.get(row.stationId) ?? row.stationId },
      { key: 'maker', title: t('repair.by.maker'), wideOnly: true, render: (row) => row.maker ?? <span className="muted">{t('repair.by.unknown')}</span> },
      { key: 'firmware', title: t('repair.by.firmware'), wideOnly: true, render: (row) => row.firmware ?? <span className="muted">–</span> },
      { key: 'items', title: t('bulk.bills'), numeric: true, render: (row) => formatCount(row.items) },
      { key: 'energy', title: t('bulk.energy'), unit: 'kWh', numeric: true, wideOnly: true, render: (row) => formatKwh(row.totalWh) },
      { key: 'money', title: t('bulk.proposed'), unit: currency, numeric: true, render: (row) => formatMinor(row.total.amountMinor, row.total.currency) },
    ]} />
  );
}

function Who({ run }: { run: BulkRunDetail }) {
  const t = useTranslate();
  const { timeZone } = useLoggedIn();
  return (
    <Card title={t('repair.timeline')}>
      <Facts rows={[
        [t('bulk.by.reason'), run.reason], [t('bulk.by.preview'), `${run.previewedBy} · ${formatDateTime(run.previewedAt, timeZone)}`],
        run.startedBy !== null && run.startedAt !== null && [t('bulk.by.start'), `${run.startedBy} · ${formatDateTime(run.startedAt, timeZone)}`],
      ]} />
    </Card>
  );
}

/** Starting, stopping, going on and putting back: one of them is what there is to do. */
function RunActs({ run }: { run: BulkRunDetail }) {
  const t = useTranslate();
  const navigate = useNavigate();
  const [asking, setAsking] = useState<'start' | 'revert' | null>(null);
  const [mayStart, mayApply] = [useMayEverywhere('repair:approve'), useMayEverywhere('repair:apply')];
  const start = useAct({ run: startBulkRun, done: () => t('bulk.started'), stale: STALE });
  const pause = useAct({ run: pauseBulkRun, done: () => t('bulk.paused'), stale: STALE });
  const revert = useAct<{ runId: string; reason: string }, BulkRunDetail>({ run: previewBulkRevert, done: (made) => { setAsking(null); void navigate(`/bulk-repairs/${made.runId}`); return null; }, stale: ['bulk-repairs'] });
  const { runId, state } = run, back = run.reverts !== null;
  const interrupted = useQuietSince(run) !== null;
  const begin = async () => { if (await start.act({ runId })) setAsking(null); };
  return (
    <>
      {state === 'previewed' && mayStart && run.mayStart === 'yes' && <Button type="primary" onClick={() => { start.reset(); setAsking('start'); }}>{t('bulk.start')}</Button>}
      {interrupted && mayStart && <Button type="primary" loading={start.busy} onClick={() => void start.act({ runId })}>{t('bulk.goOn')}</Button>}
      {state === 'running' && mayApply && <Button loading={pause.busy} onClick={() => void pause.act({ runId })}>{t('bulk.pause')}</Button>}
      {state === 'paused' && mayStart && <Button type="primary" loading={start.busy} onClick={() => void start.act({ runId })}>{t('bulk.goOn')}</Button>}
      {(state === 'done' || state === 'paused') && !back && run.applied > 0 && mayApply && <Button onClick={() => { revert.reset(); setAsking('revert'); }}>{t('bulk.revert')}</Button>}
      {asking === 'start' && (
        <ConfirmDialog title={t(back ? 'bulk.start.back.title' : 'bulk.start.title', { items: formatCount(run.items) })} confirm={t('bulk.start')} busy={start.busy} danger={back} onClose={() => setAsking(null)} onConfirm={() => void begin()}>
          <ActProblem problem={start.problem} />
          <p style={{ marginBottom: 8 }}><b className="tab">{formatMinor(run.total.amountMinor, run.total.currency)} {run.total.currency} · {formatKwh(run.totalWh)} kWh</b></p>
          <p>{t(back ? 'bulk.start.back.text' : 'bulk.start.text')}</p>
          <p className="muted" style={{ marginTop: 8 }}>{t('bulk.by.reason')}: {run.reason}</p>
        </ConfirmDialog>
      )}
      {asking === 'revert' && <ReasonDialog title={t('bulk.revert')} text={t('bulk.revert.text')} confirm={t('bulk.preview')} busy={revert.busy} problem={revert.problem} lengthMax={REASON_LENGTH_MAX} onClose={() => setAsking(null)} onConfirm={(reason) => void revert.act({ runId, reason })} />}
    </>
  );
}
