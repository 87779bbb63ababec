import { useQuery } from '@tanstack/react-query';
import { Button, Drawer, Tabs } from 'antd';
import { useState } from 'react';
import { useSearchParams } from 'react-router';
import { loadUsers, type User } from '../../api/control.ts';
import { useMay } from '../../app/account.tsx';
import { usePreferences } from '../../app/preferences.ts';
import { formatAgo } from '../../format/time.ts';
import { useTranslate } from '../../i18n/index.ts';
import { DataTable, type Column } from '../../ui/data-table.tsx';
import { useNow } from '../../ui/now.ts';
import { Card, Page } from '../../ui/page.tsx';
import { Empty, ProblemView } from '../../ui/problem-view.tsx';
import { State } from '../../ui/state.tsx';
import { ApiClients } from './api-clients-tab.tsx';
import { NewApiClient } from './new-api-client.tsx';
import { NewUser } from './new-user.tsx';
import { PasswordShownOnce, type ShownPassword } from './password.tsx';
import type { RoleDraft } from './role-editor.tsx';
import { EMPTY_ROLE, Roles } from './roles-tab.tsx';
import { roleName } from './roles.tsx';
import { useSubOperators } from '../../app/sub-operators.ts';
import { UserStory } from './user-drawer.tsx';
import { OwnSessions } from './web-sessions.tsx';

type Tab = 'users' | 'roles' | 'clients' | 'mine';
const TABS: readonly Tab[] = ['users', 'roles', 'clients', 'mine'];

/** The operator's users, their roles, the keys of programs, and where one's own account is logged in: the oldest place can be ended (and makes room for a new one). */
export function Component() {
  const t = useTranslate();
  const [params, setParams] = useSearchParams();
  const [maySeeUsers, mayManage] = [useMay('users:read'), useMay('users:manage')];
  const [creating, setCreating] = useState<'users' | 'clients' | null>(null);
  const [draft, setDraft] = useState<RoleDraft | null>(null);
  const [password, setPassword] = useState<ShownPassword | null>(null);
  const tab = maySeeUsers ? TABS.find((each) => each === params.get('tab')) ?? 'users' : 'mine';
  const create = { users: () => setCreating('users'), roles: () => setDraft(EMPTY_ROLE), clients: () => setCreating('clients'), mine: null }[tab];
  const createLabel = { users: t('user.new'), roles: t('role.new'), clients: t('client.new'), mine: '' }[tab];
  return (
    <Page title={t('user.title')} actions={mayManage && create && <Button type="primary" onClick={create}>{createLabel}</Button>}>
      <Tabs activeKey={tab} onChange={(key) => setParams(key === 'users' ? {} : { tab: key })} items={[
        ...(maySeeUsers ? [
          { key: 'users', label: t('user.users'), children: <Users onPassword={setPassword} /> },
          { key: 'roles', label: t('user.tab.roles'), children: <Roles draft={draft} onDraft={setDraft} /> },
          { key: 'clients', label: t('user.tab.clients'), children: <ApiClients /> },
        ] : []),
        { key: 'mine', label: t('user.mine'), children: <OwnSessions /> },
      ]} />
      {creating === 'users' && <NewUser onClose={() => setCreating(null)} onMade={setPassword} />}
      {creating === 'clients' && <NewApiClient onClose={() => setCreating(null)} />}
      {password && <PasswordShownOnce shown={password} onClose={() => setPassword(null)} />}
    </Page>
  );
}

function Users({ onPassword }: { onPassword: (shown: ShownPassword) => void }) {
  const t = useTranslate();
  const { language } = usePreferences();
  const now = useNow();
  const [openId, setOpenId] = useState<string | null>(null);
  const { data, error, isPending, refetch } = useQuery({ queryKey: ['users', 'all'], queryFn: loadUsers });
  const { nameOf } = useSubOperators();
  const open = data?.find((user) => user.userId === openId);
  const columns: readonly Column<User>[] = [
    { key: 'name', title: t('user.name'), render: (row) => <span className="cell-main">{row.displayName ?? t('unknown')}</span> },
    { key: 'login', title: t('user.logInName'), render: (row) => <span className="mono">{row.logInName}</span> },
    { key: 'roles', title: t('user.roles'), wideOnly: true, render: (row) => row.roles.map((role) => `${roleName(t, role)}${role.subOperatorId === null ? '' : ` (${nameOf(role.subOperatorId)})`}`).join(', ') || <span className="muted">{t('none')}</span> },
    { key: 'state', title: t('user.state'), render: (row) => <State tone={row.status === 'active' ? 'good' : 'neutral'}>{t(`user.${row.status}`)}</State> },
    { key: 'open', title: t('user.limit'), numeric: true, wideOnly: true, render: (row) => `${row.sessionsOpen} / ${row.sessionsMax}` },
    { key: 'last', title: t('user.lastLogIn'), wideOnly: true, render: (row) => row.lastUsedAt ? formatAgo(row.lastUsedAt, now, language) : <span className="muted">{t('station.never')}</span> },
    { key: 'show', title: '', render: (row) => <Button size="small" onClick={() => setOpenId(row.userId)} aria-label={`${t('action.show')} ${row.logInName}`}>{t('action.show')}</Button> },
  ];
  return (
    <Card flush>
      <DataTable label={t('user.users')} columns={columns} rows={data ?? []} rowKey={(row) => row.userId} loading={isPending} onRow={(row) => setOpenId(row.userId)} keys empty={error ? <ProblemView error={error} onRetry={() => void refetch()} /> : <Empty title={t('user.empty')} />} />
      <Drawer open={open !== undefined} onClose={() => setOpenId(null)} size={620} title={open?.displayName ?? open?.logInName}>{open && <UserStory key={open.userId} user={open} onPassword={onPassword} />}</Drawer>
    </Card>
  );
}
