import { useQuery } from '@tanstack/react-query';
import { App, Button, Input, Modal } from 'antd';
import { useState } from 'react';
import { changeApiClient, loadApiClients, revokeApiClient, type ApiClient } from '../../api/access.ts';
import { useLoggedIn, useMay } from '../../app/account.tsx';
import { usePreferences } from '../../app/preferences.ts';
import { formatAgo, formatDate } from '../../format/time.ts';
import { useTranslate } from '../../i18n/index.ts';
import { ActProblem, useAct } from '../../ui/act.tsx';
import { DataTable, type Column } from '../../ui/data-table.tsx';
import { useNow } from '../../ui/now.ts';
import { Card } from '../../ui/page.tsx';
import { Empty, ProblemView } from '../../ui/problem-view.tsx';
import { State } from '../../ui/state.tsx';
import { useSubOperators } from '../../app/sub-operators.ts';

/** Programs with a key: what each may do, from where, when it was last used; ended ones stay in the list. */
export function ApiClients() {
  const t = useTranslate();
  const { timeZone } = useLoggedIn();
  const { language } = usePreferences();
  const now = useNow();
  const mayManage = useMay('users:manage');
  const { nameOf } = useSubOperators();
  const [changing, setChanging] = useState<ApiClient | null>(null);
  const { data, error, isPending, refetch } = useQuery({ queryKey: ['users', 'api-clients'], queryFn: loadApiClients });
  const columns: readonly Column<ApiClient>[] = [
    { key: 'name', title: t('client.name'), render: (client) => <span className="cell-main">{client.name}</span> },
    { key: 'state', title: t('client.state'), render: (client) => <State tone={client.revokedAt === null ? 'good' : 'neutral'}>{t(client.revokedAt === null ? 'client.active' : 'client.revoked')}</State> },
    { key: 'allows', title: t('client.allows'), wideOnly: true, render: (client) => <span title={client.permissions.join(', ')}>{t('role.own.short', { count: client.permissions.length })}{client.subOperatorId === null ? '' : ` · ${nameOf(client.subOperatorId)}`}</span> },
    { key: 'from', title: t('client.from'), wideOnly: true, render: (client) => client.allowedRanges.length === 0 ? <span className="muted">{t('client.anywhere')}</span> : <span className="mono clip" title={client.allowedRanges.join(', ')}>{client.allowedRanges.join(', ')}</span> },
    { key: 'created', title: t('client.created'), wideOnly: true, render: (client) => <span className="tab">{formatDate(client.createdAt, timeZone)}</span> },
    { key: 'used', title: t('client.lastUsed'), wideOnly: true, render: (client) => client.lastUsedAt ? formatAgo(client.lastUsedAt, now, language) : <span className="muted">{t('station.never')}</span> },
    ...(mayManage ? [{ key: 'acts', title: '', render: (client: ApiClient) => client.revokedAt === null && <ClientActs client={client} onChange={() => setChanging(client)} /> }] : []),
  ];
  return (
    <Card flush>
      <DataTable label={t('user.tab.clients')} columns={columns} rows={data ?? []} rowKey={(client) => client.apiClientId} loading={isPending}
        empty={error ? <ProblemView error={error} onRetry={() => void refetch()} /> : <Empty title={t('client.empty')} hint={t('client.empty.hint')} />} />
      {changing && <ChangeRanges client={changing} onClose={() => setChanging(null)} />}
    </Card>
  );
}

function ClientActs({ client, onChange }: { client: ApiClient; onChange: () => void }) {
  const t = useTranslate();
  const { modal } = App.useApp();
  const { act, busy, problem } = useAct({ run: (apiClientId: string) => revokeApiClient(apiClientId), done: () => t('client.revokedDone', { name: client.name }), stale: ['users'] });
  const ask = () => void modal.confirm({ title: t('client.revoke'), content: t('client.revoke.text', { name: client.name }), okText: t('client.revoke'), okButtonProps: { danger: true }, cancelText: t('action.cancel'), onOk: () => act(client.apiClientId) });
  return (
    <>
      {problem && <ActProblem problem={problem} />}
      <span style={{ display: 'inline-flex', gap: 8 }}>
        <Button size="small" onClick={onChange} aria-label={`${t('client.edit')} ${client.name}`}>{t('client.edit')}</Button>
        <Button size="small" danger loading={busy} onClick={ask} aria-label={`${t('client.revoke')} ${client.name}`}>{t('client.revoke')}</Button>
      </span>
    </>
  );
}

/** One address or range a line; the server names one that it cannot read. */
export const rangesOf = (text: string): string[] => text.split(/[\s,]+/).filter((range) => range !== '');

function ChangeRanges({ client, onClose }: { client: ApiClient; onClose: () => void }) {
  const t = useTranslate();
  const [text, setText] = useState(client.allowedRanges.join('\n'));
  const { act, busy, problem } = useAct({ run: changeApiClient, done: (after) => t(after.allowedRanges.length === 0 ? 'client.ranges.open' : 'client.ranges.changed', { name: client.name }), stale: ['users'] });
  const save = async () => { if (await act({ apiClientId: client.apiClientId, allowedRanges: rangesOf(text) })) onClose(); };
  return (
    <Modal open title={client.name} onCancel={onClose} onOk={() => void save()} okText={t('action.save')} cancelText={t('action.cancel')} confirmLoading={busy}>
      <ActProblem problem={problem} />
      <label htmlFor="ranges" style={{ display: 'block', marginBottom: 6 }}>{t('client.ranges')}</label>
      <Input.TextArea id="ranges" autoFocus rows={5} className="mono" value={text} onChange={(event) => setText(event.target.value)} aria-describedby="ranges-hint" />
      <p id="ranges-hint" className="muted" style={{ marginTop: 6 }}>{t('client.ranges.hint')}</p>
    </Modal>
  );
}
