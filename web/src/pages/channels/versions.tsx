import { useCallback } from 'react';
import { loadVersions, type AccountVersion, type MerchantAccount } from '../../api/channels.ts';
import { useLoggedIn } from '../../app/account.tsx';
import { formatDateTime } from '../../format/time.ts';
import { useTranslate } from '../../i18n/index.ts';
import { DataTable } from '../../ui/data-table.tsx';
import { useKeyset } from '../../ui/keyset.ts';
import { Card } from '../../ui/page.tsx';
import { Empty, ProblemView } from '../../ui/problem-view.tsx';
import { State } from '../../ui/state.tsx';
import { actorName } from '../orders/actors.ts';
import { changedSettings } from './setting-rows.tsx';

/** Every version of the settings: who changed what, when and why. */
export function Versions({ account: { merchantAccountId, version } }: { account: MerchantAccount }) {
  const t = useTranslate();
  const { timeZone } = useLoggedIn();
  const load = useCallback((cursor: string | undefined) => loadVersions(merchantAccountId, cursor), [merchantAccountId]);
  const list = useKeyset<AccountVersion>(['merchant-accounts', merchantAccountId, 'versions', version], load);
  return (
    <Card title={t('mch.history')} flush>
      <DataTable label={t('mch.history')} keys={false} rows={list.rows} rowKey={(row) => String(row.version)} more={list.more} loading={list.loading} empty={list.error ? <ProblemView error={list.error} onRetry={list.refresh} /> : <Empty title={t('mch.history')} />} columns={[
        { key: 'version', title: t('mch.version'), numeric: true, render: (row) => row.version },
        { key: 'when', title: t('mch.when'), render: (row) => <span className="tab">{formatDateTime(row.changedAt, timeZone, true)}</span> },
        { key: 'by', title: t('mch.changedBy'), render: (row) => actorName(t, row.changedBy) },
        { key: 'what', title: t('mch.what'), render: (row) => <Changes version={row} before={list.rows.find((each) => each.version === row.version - 1)} /> },
        { key: 'why', title: t('mch.why'), wideOnly: true, render: (row) => row.reason ?? <span className="muted">–</span> },
      ]} />
    </Card>
  );
}

function Changes({ version, before }: { version: AccountVersion; before: AccountVersion | undefined }) {
  const t = useTranslate();
  if (version.version === 1) return <span className="muted">{t('mch.first')}</span>;
  if (!before) return <span className="muted">…</span>; // On the next page of the list.
  const texts = changedSettings(t, before.settings, version.settings);
  return <span className="states" style={{ flexWrap: 'wrap', whiteSpace: 'normal' }}>{before.enabled !== version.enabled && <State tone={version.enabled ? 'good' : 'neutral'}>{t(version.enabled ? 'mch.enabled' : 'mch.disabled')}</State>}{texts.join(' · ')}</span>;
}
