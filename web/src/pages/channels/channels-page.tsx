import { useQuery } from '@tanstack/react-query';
import { Button, Tabs } from 'antd';
import { useState } from 'react';
import { Link, useSearchParams } from 'react-router';
import { loadAccounts } from '../../api/channels.ts';
import { useLoggedIn, useMayEverywhere } from '../../app/account.tsx';
import { usePreferences } from '../../app/preferences.ts';
import { formatAgo } from '../../format/time.ts';
import { useTranslate } from '../../i18n/index.ts';
import { DataTable } from '../../ui/data-table.tsx';
import { useNow } from '../../ui/now.ts';
import { Card, Page } from '../../ui/page.tsx';
import { ChannelName } from '../../ui/payment-words.tsx';
import { Empty, ProblemView } from '../../ui/problem-view.tsx';
import { State } from '../../ui/state.tsx';
import { BreakerWord, NotifyProbeWord, ProbeWord } from './health-words.tsx';
import { NewAccount } from './new-account.tsx';
import { TopUpAmounts } from './top-up-amounts.tsx';

const REFRESH_MS = 10_000;

/** Merchant accounts with whether they work, and the amounts that members can top up. */
export function Component() {
  const t = useTranslate();
  const mayWrite = useMayEverywhere('settings:write');
  const [params, setParams] = useSearchParams();
  const [creating, setCreating] = useState(false);
  const tab = params.get('tab') === 'amounts' ? 'amounts' : 'accounts';
  return (
    <Page title={t('mch.title')} sub={t('mch.sub')} actions={mayWrite && tab === 'accounts' && <Button type="primary" onClick={() => setCreating(true)}>{t('mch.new')}</Button>}>
      <Tabs activeKey={tab} onChange={(key) => setParams(key === 'accounts' ? {} : { tab: key })} destroyOnHidden items={[{ key: 'accounts', label: t('pay.account'), children: <Accounts /> }, { key: 'amounts', label: t('mch.topup'), children: <TopUpAmounts /> }]} />
      {creating && <NewAccount onClose={() => setCreating(false)} />}
    </Page>
  );
}

function Accounts() {
  const t = useTranslate();
  const { language } = usePreferences();
  useLoggedIn();
  const now = useNow();
  const { data, error, refetch } = useQuery({ queryKey: ['merchant-accounts'], queryFn: loadAccounts, refetchInterval: REFRESH_MS });
  const ago = (at: string | null) => at === null ? <span className="muted">{t('mch.never')}</span> : <span className="tab" title={at}>{formatAgo(at, now, language)}</span>;
  return (
    <Card flush>
      {error ? <ProblemView error={error} onRetry={() => void refetch()} /> : <DataTable label={t('mch.title')} loading={!data} rows={data ?? []} rowKey={(row) => row.merchantAccountId} href={(row) => `/channels/${row.merchantAccountId}`} empty={<Empty title={t('mch.empty')} hint={t('mch.empty.hint')} />} columns={[
        { key: 'name', title: t('mch.name'), render: (row) => <Link className="cell-main" to={`/channels/${row.merchantAccountId}`}>{row.name}</Link> },
        { key: 'kind', title: t('mch.kind'), render: (row) => <ChannelName channel={row.kind} /> },
        { key: 'enabled', title: t('pay.state'), under: true, render: (row) => <span className="states"><State tone={row.enabled ? 'good' : 'neutral'}>{t(row.enabled ? 'mch.enabled' : 'mch.disabled')}</State>{row.environment !== 'L' && <State tone="warn">{t(`pay.environment.${row.environment}`)}</State>}</span> },
        { key: 'breaker', title: t('mch.breaker'), under: true, render: (row) => <BreakerWord health={row.health} /> },
        { key: 'probe', title: t('mch.probe'), wideOnly: true, render: (row) => <ProbeWord probe={row.probe} /> },
        { key: 'notify', title: t('mch.notifyProbe'), wideOnly: true, render: (row) => <NotifyProbeWord probe={row.notifyProbe} /> },
        { key: 'last', title: t('mch.lastNotification'), numeric: true, wideOnly: true, render: (row) => ago(row.lastNotificationAt) },
        { key: 'answer', title: t('mch.lastAnswer'), numeric: true, wideOnly: true, render: (row) => ago(row.health?.lastAnswerAt ?? null) },
      ]} />}
    </Card>
  );
}
