import { useQuery } from '@tanstack/react-query';
import { Link, useParams } from 'react-router';
import { loadCase, type SimilarCase, type SupportEvent, type SupportLink, type SupportStory } from '../../api/cases.ts';
import { useLoggedIn, useMayEverywhere } from '../../app/account.tsx';
import { formatDate, formatDateTime } from '../../format/time.ts';
import { translateCode, useTranslate, type Translate } from '../../i18n/index.ts';
import { Card, Facts, Figure, Figures, Page } from '../../ui/page.tsx';
import { ProblemPage } from '../../ui/problem-view.tsx';
import { State } from '../../ui/state.tsx';
import { CaseActs, Comment } from './acts.tsx';
import { CaseBills } from './bills.tsx';
import { addressOf, CaseState, pathOf, QUIET } from './words.tsx';
import './cases.css';

/** One case: what was reported, which bills it concerns, cases like it, and what was done. */
export function Component() {
  const t = useTranslate();
  const { caseId = '' } = useParams();
  const { data: story, error, refetch } = useQuery({ queryKey: ['support-cases', 'one', caseId], queryFn: () => loadCase(caseId) });
  const crumbs = [{ to: '/support-cases', label: t('case.title') }];
  if (error) return <ProblemPage title={t('case.one')} crumbs={crumbs} error={error} onRetry={refetch} />;
  if (!story) return null;
  return <Story story={story} />;
}

function Story({ story }: { story: SupportStory }) {
  const t = useTranslate();
  const { timeZone } = useLoggedIn();
  const mayWrite = useMayEverywhere('cases:write');
  const { case: one, links, similar, events } = story;
  const sessions = links.filter(({ kind }) => kind === 'session'), others = links.filter(({ kind }) => kind !== 'session');
  return (
    <Page title={one.title} documentTitle={`#${one.number} ${one.title}`} crumbs={[{ to: '/support-cases', label: t('case.title') }]} sub={<><span className="tab">{t('case.number', { number: one.number })}</span><CaseState of={one} /><span>{one.openedBy}</span><span>{formatDateTime(one.openedAt, timeZone)}</span></>}
      actions={mayWrite && <CaseActs one={one} />}>
      <Figures>
        <Figure label={t('case.cause')} value={one.cause === null ? t('case.cause.unknown') : translateCode(t, 'flag', one.cause)} words />
        <Figure label={t('case.bills')} value={sessions.length} />
        <Figure label={t('case.reopened')} value={one.timesReopened} />
        <Figure label={t('case.owner')} value={one.owner ?? t('case.owner.nobody')} words />
      </Figures>
      {one.resolution !== null && <Card title={t('case.resolution')}><p className="case-text">{one.resolution === QUIET ? t('case.resolution.quiet') : one.resolution}</p></Card>}
      {one.knownAnswer !== null && <Card title={t('case.known')}><p className="case-text">{one.knownAnswer}</p></Card>}
      <div className="grid">
        <Card span={7} title={t('case.about')}><About story={story} /></Card>
        <Card span={5} title={t('case.similar')} label={t('case.similar')}><Similar similar={similar} /></Card>
      </div>
      <CaseBills links={sessions} />
      <Card title={t('case.records')}><Others links={others} /></Card>
      <Card title={t('case.timeline')} label={t('case.timeline')}>
        <Timeline events={events} />
        {mayWrite && <Comment caseId={one.caseId} />}
      </Card>
    </Page>
  );
}

function About({ story: { case: one, links } }: { story: SupportStory }) {
  const t = useTranslate();
  const { timeZone } = useLoggedIn();
  const label = (id: string): string => links.find((link) => link.id === id)?.label ?? t('case.bill.see');
  const period = [one.periodFrom, one.periodTo].map((at) => at === null ? '…' : formatDateTime(at, timeZone)).join(' – ');
  return (
    <>
      {one.firstFinding !== '' && <p className="case-text" style={{ marginBottom: 16 }}>{one.firstFinding}</p>}
      <Facts rows={[
        one.stationId !== null && [t('case.form.station'), <Link key="station" to={`/stations/${one.stationId}`}>{label(one.stationId)}</Link>], one.chargePointId !== null && [t('case.form.point'), <Link key="point" to={`/charge-points/${one.chargePointId}`}>{label(one.chargePointId)}</Link>],
        one.connector !== null && [t('case.form.connector'), one.connector], (one.periodFrom !== null || one.periodTo !== null) && [t('case.form.period'), <span key="period" className="tab">{period}</span>], [t('case.form.network'), t(`case.network.${one.networkState}`)],
        one.observingUntil !== null && [t('case.state.observing'), t('case.until', { at: formatDate(one.observingUntil, timeZone) })], [t('case.changed'), formatDateTime(one.changedAt, timeZone)],
      ]} />
    </>
  );
}

function Similar({ similar }: { similar: readonly SimilarCase[] }) {
  const t = useTranslate();
  if (similar.length === 0) return <p className="muted">{t('case.similar.none')}</p>;
  return (
    <ul className="case-similar">{similar.map(({ case: other, because }) => (
      <li key={other.caseId}>
        <div style={{ display: 'flex', flexWrap: 'wrap', gap: '2px 10px', alignItems: 'center' }}><Link className="cell-main" to={pathOf(other.caseId)}>#{other.number} {other.title}</Link><CaseState of={other} /></div>
        <div className="cell-sub">{because.map((why) => translateCode(t, 'case.because', why)).join(' · ')}</div>
        {other.knownAnswer !== null && <div className="answer">{t('case.similar.answer', { answer: other.knownAnswer })}</div>}
      </li>
    ))}</ul>
  );
}

function Others({ links }: { links: readonly SupportLink[] }) {
  const t = useTranslate();
  if (links.length === 0) return <p className="muted">{t('case.records.none')}</p>;
  return <ul className="case-found">{links.map((link) => { const to = addressOf(link); return <li key={link.kind + link.id}><span className="muted">{t(`case.kind.${link.kind}`)}</span> {to === null ? link.label : <Link className="cell-main" to={to}>{link.label}</Link>}{link.origin === 'recurrence' && <State tone="bad">{t('case.origin.recurrence')}</State>}</li>; })}</ul>;
}

function detailOf(t: Translate, { data }: SupportEvent): string {
  const parts: string[] = [];
  if (typeof data.days === 'number') parts.push(t('case.event.days', { days: data.days }));
  if (typeof data.records === 'number') parts.push(t('case.event.records', { records: data.records }));
  if (Array.isArray(data.unknown) && data.unknown.length > 0) parts.push(t('case.event.unknown', { numbers: data.unknown.join(', ') }));
  if (Array.isArray(data.causes)) parts.push(data.causes.map((cause) => translateCode(t, 'flag', String(cause))).join(', '));
  return parts.join(' · ');
}

function Timeline({ events }: { events: readonly SupportEvent[] }) {
  const t = useTranslate();
  const { timeZone } = useLoggedIn();
  return (
    <ul className="comments">{events.map((event) => {
      const detail = detailOf(t, event);
      return (
        <li key={event.sequence}>
          <div className="cell-sub"><b>{t(`case.event.${event.kind}`)}</b> · {event.actor.startsWith('rule:') ? t('case.event.rule') : event.actor} · {formatDateTime(event.recordedAt, timeZone, true)}</div>
          {event.body !== null && <p>{event.body}</p>}
          {detail !== '' && <p className="muted">{detail}</p>}
        </li>
      );
    })}</ul>
  );
}
