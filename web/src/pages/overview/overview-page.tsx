import { useQuery } from '@tanstack/react-query';
import { Skeleton } from 'antd';
import { Navigate } from 'react-router';
import { loadOverview, type Overview } from '../../api/overview.ts';
import { loadCashDeskToday } from '../../api/wallets.ts';
import { useLoggedIn, useMay, useMayEverywhere } from '../../app/account.tsx';
import { useNavigation } from '../../app/navigation.ts';
import { formatCount, formatKw, formatKwh, formatMinor } from '../../format/number.ts';
import { formatDate } from '../../format/time.ts';
import { useTranslate } from '../../i18n/index.ts';
import { Card, Figure, Figures, Page } from '../../ui/page.tsx';
import { PowerCard } from '../../ui/power-chart.tsx';
import { ProblemView } from '../../ui/problem-view.tsx';
import { Attention } from './attention.tsx';
import { ChargingNow } from './charging-now.tsx';
import { HeldCauses } from './held-causes.tsx';
import { HoursChart } from './hours-chart.tsx';

const REFRESH_MS = 10_000;

/** The first page; who may not see it begins where they may. */
export function Component() {
  const mayLook = useMay('charging:read');
  const [first] = useNavigation();
  return mayLook || !first ? <OverviewPage /> : <Navigate to={first.to} replace />;
}

/** What flows now, what today brought, and what needs somebody. */
function OverviewPage() {
  const t = useTranslate();
  const { timeZone } = useLoggedIn();
  const { data, error, refetch } = useQuery({ queryKey: ['overview'], queryFn: loadOverview, refetchInterval: REFRESH_MS });
  if (error && !data) return <Page title={t('nav.overview')}><Card><ProblemView error={error} onRetry={() => void refetch()} /></Card></Page>;
  if (!data) return <Page title={t('nav.overview')}><Card><Skeleton active paragraph={{ rows: 8 }} /></Card></Page>;
  return (
    <Page title={t('nav.overview')} sub={<><span>{formatDate(data.dayStartedAt, timeZone)}</span><span className="muted">{timeZone}</span></>}>
      <TodayFigures overview={data} />
      <div className="grid">
        <PowerCard timeZone={timeZone} span={8} height={260} />
        <Card span={4} title={t('overview.attention')} flush><Attention overview={data} /></Card>
        <Card span={8} title={t('overview.hours')} extra={<span className="muted">{t('overview.hours.text')}</span>}><HoursChart hours={data.hours} timeZone={timeZone} currency={data.currency} /></Card>
        <Card span={4} title={t('overview.causes')}><HeldCauses causes={data.causes} /></Card>
        <Card title={t('overview.charging')} flush><ChargingNow /></Card>
      </div>
    </Page>
  );
}

function TodayFigures({ overview: { livePowerW, activeSessions, today, held } }: { overview: Overview }) {
  const t = useTranslate();
  const { data: desk } = useQuery({ queryKey: ['wallets', 'cash-desk'], queryFn: loadCashDeskToday, enabled: useMayEverywhere('wallets:read'), refetchInterval: REFRESH_MS });
  return (
    <Figures>
      <Figure label={<span className="live">{t('overview.livePower')}</span>} value={formatKw(livePowerW)} unit="kW" note={t('overview.sessionsNow', { count: formatCount(activeSessions) })} to="/sessions?state=active" />
      <Figure label={t('overview.energyToday')} value={formatKwh(today.energyWh)} unit="kWh" note={t('overview.sessionsToday', { count: formatCount(today.bills) })} />
      <Figure label={t('overview.moneyToday')} value={formatMinor(today.total.amountMinor, today.total.currency)} unit={today.total.currency} note={t('overview.moneyToday.text')} />
      <Figure label={t('overview.heldToday')} value={formatMinor(held.proposedTotal.amountMinor, held.proposedTotal.currency)} unit={held.proposedTotal.currency} note={t('overview.heldToday.text', { count: formatCount(held.bills) })} to="/sessions?state=held" />
      {desk && <Figure label={t('overview.topUpsToday')} value={formatMinor(desk.total.amountMinor, desk.total.currency)} unit={desk.total.currency} note={t('overview.topUpsToday.text', { count: formatCount(desk.topUps) })} />}
    </Figures>
  );
}
