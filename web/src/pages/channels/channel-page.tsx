import { useQuery } from '@tanstack/react-query';
import { Button } from 'antd';
import { useState } from 'react';
import { useParams } from 'react-router';
import { changeAccount, loadMerchantAccount, probeAccount, type MerchantAccount } from '../../api/channels.ts';
import { useLoggedIn, useMayEverywhere } from '../../app/account.tsx';
import { usePreferences } from '../../app/preferences.ts';
import { formatAgo, formatDateTime } from '../../format/time.ts';
import { useTranslate } from '../../i18n/index.ts';
import { ActProblem, useAct } from '../../ui/act.tsx';
import { useNow } from '../../ui/now.ts';
import { Card, Facts, Figure, Figures, Page } from '../../ui/page.tsx';
import { ChannelName } from '../../ui/payment-words.tsx';
import { ProblemPage } from '../../ui/problem-view.tsx';
import { ReasonDialog } from '../../ui/reason-dialog.tsx';
import { State } from '../../ui/state.tsx';
import { FeeRate } from './fee-rate.tsx';
import { BreakerWord, NotifyProbeWord, ProbeWord } from './health-words.tsx';
import { LIMIT_NAMES, limitText, settingRows } from './setting-rows.tsx';
import { SettingsDialog } from './settings-dialog.tsx';
import { Versions } from './versions.tsx';

const REFRESH_MS = 5_000;

/** One merchant account: whether it works, what is set, and every version of it. */
export function Component() {
  const t = useTranslate();
  const { merchantAccountId = '' } = useParams();
  const { data: account, error, refetch } = useQuery({ queryKey: ['merchant-accounts', merchantAccountId], queryFn: () => loadMerchantAccount(merchantAccountId), refetchInterval: REFRESH_MS });
  const crumbs = [{ to: '/channels', label: t('mch.title') }];
  if (error && !account) return <ProblemPage title={t('pay.account')} crumbs={crumbs} error={error} onRetry={refetch} />;
  if (!account) return null;
  return (
    <Page title={account.name} crumbs={crumbs} actions={<Acts account={account} />}
      sub={<><State tone={account.enabled ? 'good' : 'neutral'}>{t(account.enabled ? 'mch.enabled' : 'mch.disabled')}</State><ChannelName channel={account.kind} />{account.environment !== 'L' && <State tone="warn">{t(`pay.environment.${account.environment}`)}</State>}</>}>
      <Health account={account} />
      <div className="grid">
        <Card span={7} title={t('mch.settings')} extra={<span className="muted">{t('refund.rules.version', { version: account.version })}</span>}><Facts rows={settingRows(t, account)} /></Card>
        <Card span={5} title={t('mch.limits')}><Facts rows={LIMIT_NAMES.map((name) => [t(`mch.limit.${name}`), <span key={name} className="tab">{limitText(t, name, account.settings.limits[name])}</span>] as const)} /><p className="muted" style={{ marginTop: 12 }}>{t('mch.limits.text')}</p></Card>
      </div>
      <FeeRate merchantAccountId={account.merchantAccountId} />
      <Versions account={account} />
    </Page>
  );
}

function Health({ account }: { account: MerchantAccount }) {
  const t = useTranslate();
  const { timeZone } = useLoggedIn();
  const { language } = usePreferences();
  const now = useNow();
  const { health, probe, notifyProbe } = account;
  const ago = (at: string | null | undefined): string => at ? formatAgo(at, now, language) : t('mch.never');
  const when = (at: string): string => formatDateTime(at, timeZone);
  return (
    <Figures>
      <Figure label={t('mch.breaker')} value={<BreakerWord health={health} />} words note={health?.breakerSince ? t('mch.breaker.since', { time: when(health.breakerSince) }) : health?.lastFailure} />
      <Figure label={t('mch.probe')} value={<ProbeWord probe={probe} />} words note={probe && <>{when(probe.at)}{probe.channelCode && <> · <code className="mono">{probe.channelCode}</code></>} {probe.message}</>} />
      <Figure label={t('mch.notifyProbe')} value={<NotifyProbeWord probe={notifyProbe} />} words note={notifyProbe && when(notifyProbe.sentAt)} />
      <Figure label={t('mch.lastNotification')} value={ago(account.lastNotificationAt)} words note={account.lastNotificationAt && when(account.lastNotificationAt)} />
      <Figure label={t('mch.lastAnswer')} value={ago(health?.lastAnswerAt)} words note={health ? `${t('mch.inFlight')}: ${health.callsInFlight}${health.callsWaiting > 0 ? ` · ${t('mch.inFlight.waiting', { count: health.callsWaiting })}` : ''}` : undefined} />
    </Figures>
  );
}

function Acts({ account }: { account: MerchantAccount }) {
  const t = useTranslate();
  const may = useMayEverywhere('settings:write');
  const [dialog, setDialog] = useState<'settings' | 'switch' | null>(null);
  const probing = useAct({ run: probeAccount, stale: ['merchant-accounts'], done: ({ channel, notifyAddress }) => t(channel.outcome === 'confirmed' && notifyAddress.outcome === 'arrived' ? 'mch.probed.good' : 'mch.probed.bad') });
  const switching = useAct({ run: changeAccount, stale: ['merchant-accounts'], done: (after) => t(after.enabled ? 'mch.enabledDone' : 'mch.disabledDone', { name: after.name }) });
  if (!may) return null;
  const { merchantAccountId, version, settings, enabled } = account;
  const verb = enabled ? 'disable' : 'enable';
  return (
    <>
      <ActProblem problem={probing.problem} />
      <Button loading={probing.busy} onClick={() => void probing.act({ merchantAccountId })}>{t('mch.probeNow')}</Button>
      <Button onClick={() => setDialog('switch')}>{t(`mch.${verb}`)}</Button>
      <Button type="primary" onClick={() => setDialog('settings')}>{t('mch.change')}</Button>
      {dialog === 'settings' && <SettingsDialog account={account} onClose={() => setDialog(null)} />}
      {dialog === 'switch' && <ReasonDialog title={`${t(`mch.${verb}`)} · ${account.name}`} text={t(`mch.${verb}.text`)} confirm={t(`mch.${verb}`)} danger={enabled} problem={switching.problem} busy={switching.busy} onClose={() => { setDialog(null); switching.reset(); }}
        onConfirm={(reason) => void switching.act({ merchantAccountId, version, settings, enabled: !enabled, reason }).then((done) => { if (done) setDialog(null); })} />}
    </>
  );
}
