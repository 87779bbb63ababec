import { useQuery } from '@tanstack/react-query';
import { loadNodes, type Node, type Nodes } from '../../api/operations.ts';
import { useLoggedIn } from '../../app/account.tsx';
import { usePreferences } from '../../app/preferences.ts';
import { formatAgo, formatDateTime } from '../../format/time.ts';
import { isMessageKey, useTranslate } from '../../i18n/index.ts';
import { DataTable } from '../../ui/data-table.tsx';
import { useNow } from '../../ui/now.ts';
import { Card } from '../../ui/page.tsx';
import { Empty, ProblemView } from '../../ui/problem-view.tsx';
import { State, type Tone } from '../../ui/state.tsx';
import { Verdict } from '../../ui/verdict.tsx';

const REFRESH_MS = 10_000;
const TONES: Readonly<Record<Node['state'], Tone>> = { alive: 'good', stale: 'bad', stopped: 'neutral' };

/** Every process of the installation, and in what the living ones differ. */
export function NodesTab() {
  const t = useTranslate();
  const { data, error, refetch } = useQuery({ queryKey: ['operations', 'nodes'], queryFn: loadNodes, refetchInterval: REFRESH_MS });
  if (error) return <Card><ProblemView error={error} onRetry={() => void refetch()} /></Card>;
  return (
    <div className="page">
      {data && (data.items.some(({ state }) => state === 'alive') ? <Drift differences={data.differences} /> : data.items.length > 0 && <Verdict tone="bad" title={t('ops.nobody')}>{t('ops.nobody.text')}</Verdict>)}
      <Card title={t('ops.nodes')} flush><NodeTable nodes={data?.items ?? []} loading={!data} /></Card>
    </div>
  );
}

function Drift({ differences }: Pick<Nodes, 'differences'>) {
  const t = useTranslate();
  const name = (what: string): string => { const key = `ops.drift.${what.replaceAll(' ', '_')}`; return isMessageKey(key) ? t(key) : what; };
  return (
    <>
      <Verdict tone={differences.length === 0 ? 'good' : 'bad'} title={differences.length === 0 ? t('ops.drift.none') : t('ops.drift.some', { count: differences.length })}>{t(differences.length === 0 ? 'ops.drift.none.text' : 'ops.drift.some.text')}</Verdict>
      {differences.length > 0 && <Card title={t('ops.drift')} flush><ul className="findings">{differences.map(({ what, groups }) => (
        <li key={what}><div className="about"><div className="cell-main">{name(what)}</div>{groups.map(({ value, from, nodes }) => <div key={value} className="cell-sub"><code className="mono">{value}</code>{from && ` (${from})`}: {nodes.join(', ')}</div>)}</div></li>
      ))}</ul></Card>}
    </>
  );
}

function NodeTable({ nodes, loading }: { nodes: readonly Node[]; loading: boolean }) {
  const t = useTranslate();
  const { timeZone } = useLoggedIn();
  const { language } = usePreferences();
  const now = useNow();
  return <DataTable label={t('ops.nodes')} keys={false} rows={nodes} rowKey={(row) => `${row.node} ${row.startedAt}`} loading={loading} empty={<Empty title={t('ops.nodes.empty')} hint={t('ops.nodes.empty.hint')} />} columns={[
    { key: 'node', title: t('ops.node'), render: (row) => <><div className="cell-main mono">{row.node}</div><div className="cell-sub">{row.roles.join(', ')}</div></> },
    { key: 'state', title: t('pay.state'), render: (row) => <State tone={TONES[row.state]} title={t(`ops.node.${row.state}.why`)}>{t(`ops.node.${row.state}`)}</State> },
    { key: 'version', title: t('ops.version'), wideOnly: true, render: (row) => <span className="mono">{row.version}</span> },
    { key: 'schema', title: t('ops.schema'), wideOnly: true, render: (row) => <span className="mono clip" style={{ maxWidth: 220 }} title={row.schemaVersion}>{row.schemaVersion}</span> },
    { key: 'settings', title: t('ops.fingerprint'), wideOnly: true, render: (row) => <span className="mono" title={row.fingerprint}>{row.fingerprint.slice(0, 12)}</span> },
    { key: 'started', title: t('ops.started'), wideOnly: true, render: (row) => <span className="tab">{formatDateTime(row.startedAt, timeZone)}</span> },
    { key: 'heard', title: t('ops.heard'), render: (row) => formatAgo(row.stoppedAt ?? row.heartbeatAt, now, language) },
  ]} />;
}
