import { useQuery } from '@tanstack/react-query';
import { Button, Tabs } from 'antd';
import { useState } from 'react';
import { useSearchParams } from 'react-router';
import { loadLosses, loadWaitingChecks } from '../../api/payments.ts';
import { useLoggedIn, useMayEverywhere } from '../../app/account.tsx';
import { formatCount } from '../../format/number.ts';
import { formatDate, formatDateTime } from '../../format/time.ts';
import { useTranslate } from '../../i18n/index.ts';
import { Figure, Figures, Page } from '../../ui/page.tsx';
import { State } from '../../ui/state.tsx';
import { Losses } from './losses.tsx';
import { NewRun } from './new-run.tsx';
import { NotificationList } from './notification-list.tsx';
import { Runs } from './runs.tsx';

const TABS = ['runs', 'losses', 'notifications'] as const;
const REFRESH_MS = 15_000;

/** Nothing is lost: what waits for an answer, searches under way, what was nearly lost day by day, and what channels sent. */
export function Component() {
  const t = useTranslate();
  const mayRecover = useMayEverywhere('payments:recover');
  const [params, setParams] = useSearchParams();
  const [starting, setStarting] = useState(false);
  const tab = TABS.find((each) => each === params.get('tab')) ?? 'runs';
  return (
    <Page title={t('recovery.title')} sub={t('recovery.sub')} actions={mayRecover && <Button type="primary" onClick={() => setStarting(true)}>{t('recovery.new')}</Button>}>
      <Headline />
      <Tabs activeKey={tab} onChange={(key) => setParams(key === 'runs' ? {} : { tab: key })} destroyOnHidden items={[
        { key: 'runs', label: t('recovery.tab.runs'), children: <Runs /> }, { key: 'losses', label: t('recovery.tab.losses'), children: <Losses /> }, { key: 'notifications', label: t('recovery.tab.notifications'), children: <NotificationList /> },
      ]} />
      {starting && <NewRun onClose={() => setStarting(false)} />}
    </Page>
  );
}

function Headline() {
  const t = useTranslate();
  const { timeZone } = useLoggedIn();
  const today = formatDate(Date.now(), timeZone);
  const { data: checks } = useQuery({ queryKey: ['recovery', 'checks'], queryFn: loadWaitingChecks, refetchInterval: REFRESH_MS });
  const { data: losses } = useQuery({ queryKey: ['recovery', 'losses', today, today], queryFn: () => loadLosses(today, today), refetchInterval: REFRESH_MS * 4 });
  const sum = (of: 'waiting' | 'due' | 'overdue'): number => checks?.reduce((total, each) => total + each[of], 0) ?? 0;
  const oldest = checks?.flatMap(({ oldestAt }) => oldestAt ?? []).toSorted()[0];
  const day = losses?.[0];
  const overdue = sum('overdue');
  if (!checks) return null;
  return (
    <Figures>
      <Figure label={t('recovery.waiting')} value={formatCount(sum('waiting'))} note={t('recovery.waiting.note')} to="/payment-orders?state=awaiting_payment" />
      <Figure label={t('recovery.due')} value={formatCount(sum('due'))} note={t('recovery.due.note')} />
      <Figure label={t('recovery.overdue')} value={formatCount(overdue)} note={overdue === 0 ? <State tone="good">{t('recovery.overdue.none')}</State> : <State tone="bad">{t('recovery.overdue.some', { time: oldest ? formatDateTime(oldest, timeZone) : '?' })}</State>} />
      {day && <Figure label={t('recovery.lost')} value={formatCount(day.recoveredByJob.count + day.recoveredByClerk.count)} note={t('recovery.lost.note', { job: day.recoveredByJob.count, clerk: day.recoveredByClerk.count })} to="/payment-orders?recovered=true" />}
    </Figures>
  );
}
