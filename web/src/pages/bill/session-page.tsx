import { useQuery } from '@tanstack/react-query';
import { useMemo, useState } from 'react';
import { useParams } from 'react-router';
import { loadSession, type SessionDetail } from '../../api/charging.ts';
import { useMayEverywhere } from '../../app/account.tsx';
import { usePreferences } from '../../app/preferences.ts';
import { formatKw, formatKwh, formatMinor } from '../../format/number.ts';
import { formatDateTime, formatDuration } from '../../format/time.ts';
import { translateCode, useTranslate } from '../../i18n/index.ts';
import { FlagList } from '../../ui/flag-list.tsx';
import { useNow } from '../../ui/now.ts';
import { Card, Figure, Figures, Page } from '../../ui/page.tsx';
import { Empty, ProblemPage } from '../../ui/problem-view.tsx';
import { SessionState } from '../../ui/words.tsx';
import { CorrectionCard } from '../repair/correction-card.tsx';
import { chartData } from './chart-data.ts';
import { Postings } from './postings.tsx';
import { PriceLines } from './price-lines.tsx';
import { ReadingsChart, type ChartSpan } from './readings-chart.tsx';
import { ReadingsTable } from './readings-table.tsx';
import { SessionFrames } from './session-frames.tsx';
import { SessionActions } from './session-actions.tsx';
import { StopMark, StopRequests } from './stop-requests.tsx';
import { Settlement, StartedHow, Versions } from './session-facts.tsx';

const OPEN_REFRESH_MS = 5_000;

/** One session tells its whole story: what it cost, what is odd, how the energy flowed, how the price follows, who started it, every frame. */
export function Component() {
  const t = useTranslate();
  const { sessionId = '' } = useParams();
  const { data: session, error, refetch } = useQuery({
    queryKey: ['sessions', sessionId], queryFn: () => loadSession(sessionId), refetchInterval: (query) => query.state.data?.state === 'active' ? OPEN_REFRESH_MS : false,
  });
  const crumbs = [{ to: '/sessions', label: t('session.title') }];
  if (error) return <ProblemPage title={t('session.one')} crumbs={crumbs} error={error} onRetry={refetch} />;
  if (!session) return null;
  return (
    <Page title={`${session.chargePointIdentity}${session.evseNumber === null ? '' : ` · ${t('session.connector', { number: session.evseNumber })}`}`} crumbs={[...crumbs, { to: `/stations/${session.stationId}`, label: session.stationName }, { to: `/charge-points/${session.chargePointId}`, label: session.chargePointIdentity }]}
      actions={<SessionActions session={session} />}
      documentTitle={`${session.chargePointIdentity} ${formatDateTime(session.startedAt, session.timeZone)}`}
      sub={<><SessionState {...session} /><StopMark sessionId={session.sessionId} /><span>{formatDateTime(session.startedAt, session.timeZone)} – {session.endedAt ? formatDateTime(session.endedAt, session.timeZone) : '…'}</span><span className="muted">{session.timeZone}</span></>}>
      <Headline session={session} />
      {session.flags.length > 0 && <Card title={t('session.attention')} extra={session.held && <span className="muted">{t('session.attention.held')}</span>}><FlagList flags={session.flags} timeZone={session.timeZone} /></Card>}
      {session.bill?.correction && <CorrectionCard held={session.held} correction={session.bill.correction} timeZone={session.timeZone} />}
      <ChartAndPrice session={session} />
      <div className="grid">
        <Card span={6} title={t('session.startedHow')}><StartedHow session={session} /></Card>
        <Card span={6} title={t('session.settled')}><Settlement session={session} /></Card>
      </div>
      <StopRequests sessionId={session.sessionId} timeZone={session.timeZone} />
      {session.versions.length > 1 && <Card title={t('session.versions')} flush><Versions session={session} /></Card>}
      {session.bill && <Card title={t('posting.title')} extra={<span className="muted hide-narrow">{t('posting.hint')}</span>} flush><Postings session={session} /></Card>}
      {session.readings.length > 0 && <Card title={t('session.table')} flush><ReadingsTable session={session} /></Card>}
      <Card title={t('frame.title')} flush><div className="tall-list" tabIndex={0} role="region" aria-label={t('frame.title')}><SessionFrames session={session} /></div></Card>
    </Page>
  );
}

function Headline({ session }: { session: SessionDetail }) {
  const t = useTranslate();
  const mayMembers = useMayEverywhere('members:read');
  const { language } = usePreferences();
  const now = useNow(session.endedAt ? 60_000 : 1_000);
  const { bill } = session;
  const lasted = (session.endedAt ? Date.parse(session.endedAt) : now) - Date.parse(session.startedAt);
  const proposed = bill?.state === 'held' && bill.proposedTotal ? t('session.proposed', { amount: formatMinor(bill.proposedTotal.amountMinor, bill.proposedTotal.currency), currency: bill.proposedTotal.currency }) : undefined;
  return (
    <Figures>
      <Figure label={t('bill.total')} value={bill && bill.state === 'settled' ? formatMinor(bill.total.amountMinor, bill.total.currency) : bill ? t('session.held') : t('session.notBilled')}
        {...(bill?.state === 'settled' ? { unit: bill.total.currency } : { words: true })} note={proposed ?? (bill && bill.version > 1 ? t('tariff.version', { version: bill.version }) : undefined)} />
      <Figure label={t('session.energy')} value={formatKwh(bill?.state === 'held' && bill.proposedEnergyWh !== null ? bill.proposedEnergyWh : session.energyWh)} unit="kWh" note={session.state === 'active' ? t('session.soFar') : undefined} />
      <Figure label={t('session.duration')} value={formatDuration(lasted, language)} />
      {session.state === 'active' && <Figure label={t('session.power')} value={session.powerW === null ? t('unknown') : formatKw(session.powerW)} {...(session.powerW === null ? { words: true } : { unit: 'kW' })} />}
      {session.socPercent !== null && <Figure label={t('session.soc')} value={Math.round(session.socPercent)} unit="%" />}
      <Figure label={t('session.mode')} value={translateCode(t, 'mode', session.startMode)} words note={session.memberName ?? session.tokenMask ?? t('session.noMember')} to={session.memberId && (mayMembers || session.memberName !== null) ? `/members/${session.memberId}` : undefined} />
    </Figures>
  );
}

/** The chart and the price belong together: a line of the bill lights the time it prices. */
function ChartAndPrice({ session }: { session: SessionDetail }) {
  const t = useTranslate();
  const [lit, setLit] = useState<{ index: number; span: ChartSpan } | null>(null);
  const data = useMemo(() => chartData(session, { notCounted: t('session.notCounted'), reset: (cause) => translateCode(t, 'flag', cause) }), [session, t]);
  const { bill } = session;
  const lines = bill?.lines.map((line) => ({ ...line, from: Date.parse(line.from), to: Date.parse(line.to) })) ?? [];
  const total = bill?.state === 'held' ? bill.proposedTotal : bill?.total;
  return (
    <>
      <Card title={t('session.readings')}>
        {data.readings.length > 0 ? <ReadingsChart {...data} lit={lit?.span ?? null} /> : <Empty title={t('session.readings.none')} hint={t('session.readings.none.hint')} />}
      </Card>
      <Card title={bill?.state === 'held' ? t('session.priced.proposed') : t('session.priced')} extra={lines.length > 0 && <span className="muted">{t('bill.hover')}</span>} flush>
        {bill && total && lines.length > 0
          ? <PriceLines lines={lines} totalMinor={total.amountMinor} currency={total.currency} timeZone={session.timeZone} lit={lit?.index ?? null} onLight={(index, span) => setLit(index === null || span === null ? null : { index, span })} />
          : <div style={{ padding: '4px 20px 16px' }} className="muted">{bill ? t('session.priced.empty') : t('session.priced.none')}</div>}
      </Card>
    </>
  );
}
