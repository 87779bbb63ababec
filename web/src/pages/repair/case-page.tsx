import { useQuery } from '@tanstack/react-query';
import { Alert } from 'antd';
import { useMemo, useState } from 'react';
import { Link, useParams } from 'react-router';
import { loadSession, type SessionDetail } from '../../api/charging.ts';
import { loadRepairCase, type RepairCandidate, type RepairCaseDetail } from '../../api/repair.ts';
import { useLoggedIn, useMayEverywhere } from '../../app/account.tsx';
import { formatKwh, formatMinor } from '../../format/number.ts';
import { formatDateTime } from '../../format/time.ts';
import { translateCode, useTranslate } from '../../i18n/index.ts';
import { FlagList } from '../../ui/flag-list.tsx';
import { useNow } from '../../ui/now.ts';
import { Card, Facts, Figure, Figures, Page } from '../../ui/page.tsx';
import { ProblemPage } from '../../ui/problem-view.tsx';
import { State } from '../../ui/state.tsx';
import { chartData } from '../bill/chart-data.ts';
import { ReadingsChart, type ChartFigure } from '../bill/readings-chart.tsx';
import { Candidates } from './candidates.tsx';
import { CorrectionCard } from './correction-card.tsx';
import { AcceptDialog, CaseActions, TypedEntry, type Accepting } from './decide.tsx';
import { CaseAge, CaseStateWord, isClosed, isOverdue } from './words.tsx';

/** One abnormal bill: what the readings say, what may be true, what is decided, and what happened. */
export function Component() {
  const t = useTranslate();
  const { caseId = '' } = useParams();
  const { data: one, error, refetch } = useQuery({ queryKey: ['repair-cases', 'one', caseId], queryFn: () => loadRepairCase(caseId) });
  const { data: session } = useQuery({ queryKey: ['sessions', one?.sessionId], queryFn: () => loadSession(one?.sessionId ?? ''), enabled: Boolean(one?.sessionId) });
  const [may, mayReport] = [useMayEverywhere('repair:apply'), useMayEverywhere('cases:write')];
  const crumbs = [{ to: '/abnormal-bills', label: t('repair.title') }];
  if (error) return <ProblemPage title={t('repair.one')} crumbs={crumbs} error={error} onRetry={refetch} />;
  if (!one) return null;
  return (
    <Page title={translateCode(t, 'flag', one.primaryCause)} crumbs={[...crumbs, ...(one.chargePointId ? [{ to: `/charge-points/${one.chargePointId}`, label: one.chargePointIdentity ?? t('unknown') }] : [])]} actions={may && <CaseActions one={one} />}
      sub={<><CaseStateWord state={one.state} /><span>{one.stationName}</span><span>{formatDateTime(one.occurredAt, session?.timeZone)}</span>{one.sessionId && <Link to={`/sessions/${one.sessionId}`}>{t('repair.session')}</Link>}{mayReport && <Link to={`/support-cases/new?${reportOf(one)}`}>{t('case.new')}</Link>}</>}>
      <Story one={one} session={session} may={may} />
    </Page>
  );
}

/** What this bill already tells of a support case. */
const reportOf = ({ primaryCause, stationId, chargePointId, sessionId }: RepairCaseDetail): string =>
  String(new URLSearchParams(Object.entries({ cause: primaryCause, stationId, chargePointId, pasted: sessionId }).filter((pair): pair is [string, string] => typeof pair[1] === 'string')));

function Story({ one, session, may }: { one: RepairCaseDetail; session: SessionDetail | undefined; may: boolean }) {
  const t = useTranslate();
  const account = useLoggedIn();
  const timeZone = session?.timeZone ?? account.timeZone;
  const [picked, setPicked] = useState<string | null>(null);
  const [accepting, setAccepting] = useState<Accepting | null>(null);
  const shown = picked ?? one.candidates?.chosen ?? null;
  const candidate = one.candidates?.candidates.find(({ source }) => source === shown) ?? null;
  const mayAccept = may && !isClosed(one.state) && one.state !== 'awaiting_approval';
  const correction = session?.bill?.correction;
  return (
    <>
      <Headline one={one} />
      {one.state === 'awaiting_approval' && <Alert type="warning" showIcon title={t('repair.awaits')} description={<>{t('repair.awaits.text')} <Link to="/approvals">{t('repair.awaits.link')}</Link></>} />}
      {correction && <CorrectionCard held={session.held} correction={correction} timeZone={timeZone} />}
      {session && session.flags.length > 0 && <Card title={t('session.attention')}><FlagList flags={session.flags} timeZone={timeZone} /></Card>}
      {session && <Card title={t('repair.picture')}><Picture session={session} candidate={candidate} /></Card>}
      {!isClosed(one.state) && <Card title={t('repair.candidates')}><Candidates one={one} timeZone={timeZone} shown={shown} mayAccept={mayAccept} onShow={setPicked} onAccept={setAccepting} /></Card>}
      <div className="grid">
        {mayAccept && <Card span={6} title={t('repair.typed')}><TypedEntry one={one} onAccept={setAccepting} /></Card>}
        <Card span={mayAccept ? 6 : 12} title={t('repair.device')}><Facts rows={[[t('repair.by.maker'), one.maker ?? t('unknown')], [t('repair.by.model'), one.model ?? t('unknown')], [t('repair.by.firmware'), one.firmware ?? t('unknown')], [t('repair.codes'), one.codes.join(', ') || t('none')]]} /></Card>
      </div>
      <Card title={t('repair.timeline')}><Timeline one={one} timeZone={timeZone} /></Card>
      {accepting && <AcceptDialog one={one} accepting={accepting} onClose={() => setAccepting(null)} />}
    </>
  );
}

function Headline({ one }: { one: RepairCaseDetail }) {
  const t = useTranslate();
  const { timeZone } = useLoggedIn();
  const now = useNow(60_000);
  return (
    <Figures>
      <Figure label={t('repair.atStake')} value={formatMinor(one.atStake.amountMinor, one.atStake.currency)} unit={one.atStake.currency} note={`${formatKwh(one.atStakeWh)} kWh`} />
      {one.proposal && <Figure label={t('repair.proposal')} value={formatKwh(one.proposal.energyWh)} unit="kWh" note={one.proposal.total ? `${formatMinor(one.proposal.total.amountMinor, one.proposal.total.currency)} ${one.proposal.total.currency}` : t('repair.price.none')} />}
      <Figure label={t('repair.owner')} value={one.ownerName ?? t('repair.owner.nobody')} words />
      <Figure label={t('repair.age')} value={<CaseAge one={one} />} words />
      <Figure label={t('repair.due')} value={formatDateTime(one.dueAt, timeZone)} words note={isOverdue(one, now) ? <State tone="bad">{t('repair.due.overdue')}</State> : undefined} />
    </Figures>
  );
}

/** The readings with the figure that is looked at drawn over them. */
function Picture({ session, candidate }: { session: SessionDetail; candidate: RepairCandidate | null }) {
  const t = useTranslate();
  const data = useMemo(() => chartData(session, { notCounted: t('bill.chart.setAside'), reset: (cause) => translateCode(t, 'flag', cause) }), [session, t]);
  const figure = useMemo((): ChartFigure | null => candidate && {
    energyWh: Number(candidate.energyWh), lowerWh: Number(candidate.lowerWh), upperWh: Number(candidate.upperWh),
    label: t('repair.picture.figure', { source: translateCode(t, 'repair.source', candidate.source), energy: formatKwh(candidate.energyWh) }),
  }, [candidate, t]);
  if (session.readings.length === 0) return <p className="muted">{t('repair.picture.none')}</p>;
  return (
    <>
      <ReadingsChart {...data} lit={null} figure={figure} />
      {candidate && candidate.lowerWh !== candidate.upperWh && <p className="muted tab">{t('repair.picture.band', { lower: formatKwh(candidate.lowerWh), upper: formatKwh(candidate.upperWh) })}</p>}
    </>
  );
}

function Timeline({ one, timeZone }: { one: RepairCaseDetail; timeZone: string }) {
  const t = useTranslate();
  return (
    <ul className="comments">
      {one.events.map((event) => (
        <li key={event.eventNumber}>
          <div className="cell-sub"><b>{translateCode(t, 'repair.event', event.kind)}</b> · {event.actor} · {formatDateTime(event.recordedAt, timeZone, true)}</div>
          {event.reason !== null && <p>{event.reason}</p>}
          {typeof event.data.code === 'string' && <p>{translateCode(t, 'repair.refused', event.data.code)}</p>}
        </li>
      ))}
    </ul>
  );
}
