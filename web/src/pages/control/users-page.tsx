import { useQuery } from '@tanstack/react-query';
import { Button, Drawer, Tabs } from 'antd';
import { useState } from 'react';
import { useSearchParams } from 'react-router';
import { endOwnWebSession, loadOwnWebSessions, loadUsers, loadWebSessionsOf, type User, type WebSession } from '../../api/control.ts';
import { useLoggedIn, useMay } from '../../app/account.tsx';
import { usePreferences } from '../../app/preferences.ts';
import { formatAgo, formatDateTime } from '../../format/time.ts';
import { useTranslate } from '../../i18n/index.ts';
import { ActProblem, useAct } from '../../ui/act.tsx';
import { DataTable, type Column } from '../../ui/data-table.tsx';
import { useNow } from '../../ui/now.ts';
import { Card, Page } from '../../ui/page.tsx';
import { Empty, ProblemView } from '../../ui/problem-view.tsx';
import { State } from '../../ui/state.tsx';

/** The operator's users, and where one's own account is logged in: the oldest place can be ended (and makes room for a new one). */
export function Component() {
  const t = useTranslate();
  const [params, setParams] = useSearchParams();
  const maySeeUsers = useMay('users:read');
  const tab = params.get('tab') === 'mine' || !maySeeUsers ? 'mine' : 'users';
  return (
    <Page title={t('user.title')}>
      <Tabs activeKey={tab} onChange={(key) => setParams(key === 'mine' ? { tab: 'mine' } : {})} items={[
        ...(maySeeUsers ? [{ key: 'users', label: t('user.users'), children: <Users /> }] : []),
        { key: 'mine', label: t('user.mine'), children: <OwnSessions /> },
      ]} />
    </Page>
  );
}

function Users() {
  const t = useTranslate();
  const { language } = usePreferences();
  const now = useNow();
  const [open, setOpen] = useState<User | null>(null);
  const { data, error, isPending, refetch } = useQuery({ queryKey: ['users', 'all'], queryFn: loadUsers });
  const columns: readonly Column<User>[] = [
    { key: 'name', title: t('user.name'), render: (row) => <span className="cell-main">{row.displayName ?? t('unknown')}</span> },
    { key: 'login', title: t('user.logInName'), render: (row) => <span className="mono">{row.logInName}</span> },
    { key: 'roles', title: t('user.roles'), wideOnly: true, render: (row) => row.roles.map((role) => role.name).join(', ') || <span className="muted">{t('none')}</span> },
    { key: 'state', title: t('user.state'), render: (row) => <State tone={row.status === 'active' ? 'good' : 'neutral'}>{t(`user.${row.status}`)}</State> },
    { key: 'open', title: t('user.limit'), numeric: true, wideOnly: true, render: (row) => `${row.sessionsOpen} / ${row.sessionsMax}` },
    { key: 'last', title: t('user.lastLogIn'), wideOnly: true, render: (row) => row.lastUsedAt ? formatAgo(row.lastUsedAt, now, language) : <span className="muted">{t('station.never')}</span> },
  ];
  return (
    <Card flush>
      <DataTable label={t('user.users')} columns={columns} rows={data ?? []} rowKey={(row) => row.userId} loading={isPending} onRow={setOpen} keys empty={error ? <ProblemView error={error} onRetry={() => void refetch()} /> : <Empty title={t('user.empty')} />} />
      <Drawer open={open !== null} onClose={() => setOpen(null)} size={620} title={open?.displayName ?? open?.logInName}>{open && <SessionsOf user={open} />}</Drawer>
    </Card>
  );
}

function SessionsOf({ user }: { user: User }) {
  const t = useTranslate();
  const { data, error, isPending } = useQuery({ queryKey: ['users', user.userId, 'web-sessions'], queryFn: () => loadWebSessionsOf(user.userId) });
  return <><h3 style={{ marginBottom: 8 }}>{t('websession.title')}</h3>{error ? <ProblemView error={error} /> : <SessionTable rows={data ?? []} loading={isPending} />}</>;
}

function OwnSessions() {
  const t = useTranslate();
  const { data, error, isPending, refetch } = useQuery({ queryKey: ['users', 'own-web-sessions'], queryFn: loadOwnWebSessions });
  const { act, busy, problem } = useAct({ run: (sessionId: string) => endOwnWebSession(sessionId), done: () => t('websession.ended'), stale: ['users'] });
  return (
    <Card title={t('websession.title')} flush>
      <div style={{ padding: '0 20px' }}><ActProblem problem={problem} /></div>
      {error ? <ProblemView error={error} onRetry={() => void refetch()} /> : <SessionTable rows={data ?? []} loading={isPending} onEnd={(session) => void act(session.sessionId)} busy={busy} />}
    </Card>
  );
}

function SessionTable({ rows, loading, onEnd, busy = false }: { rows: readonly WebSession[]; loading: boolean; onEnd?: (session: WebSession) => void; busy?: boolean }) {
  const t = useTranslate();
  const { timeZone } = useLoggedIn();
  const { language } = usePreferences();
  const now = useNow();
  const columns: Column<WebSession>[] = [
    { key: 'from', title: t('websession.from'), render: (row) => <><span className="mono">{row.ip}</span> {row.current && <State tone="good">{t('websession.this')}</State>}</> },
    { key: 'device', title: t('websession.device'), wideOnly: true, render: (row) => <span title={row.userAgent ?? ''}>{browserName(row.userAgent) ?? t('unknown')}</span> },
    { key: 'since', title: t('websession.started'), wideOnly: true, render: (row) => <span className="tab">{formatDateTime(row.createdAt, timeZone)}</span> },
    { key: 'used', title: t('websession.lastUsed'), render: (row) => formatAgo(row.lastUsedAt, now, language) },
  ];
  if (onEnd) columns.push({ key: 'end', title: '', render: (row) => !row.current && <Button size="small" disabled={busy} onClick={() => onEnd(row)}>{t('websession.end')}</Button> });
  return <DataTable label={t('websession.title')} columns={columns} rows={rows} rowKey={(row) => row.sessionId} loading={loading} empty={<Empty title={t('websession.empty')} />} />;
}

/** "Chrome · Linux" from a user agent: enough to recognise one's own devices. */
function browserName(userAgent: string | null): string | null {
  if (userAgent === null) return null;
  const browser = (['Edg', 'OPR', 'Firefox', 'MicroMessenger', 'Chrome', 'Safari'] as const).find((name) => userAgent.includes(name));
  const system = (['Windows', 'Android', 'iPhone', 'iPad', 'Mac OS X', 'Linux'] as const).find((name) => userAgent.includes(name));
  return [browser === 'Edg' ? 'Edge' : browser === 'OPR' ? 'Opera' : browser === 'MicroMessenger' ? 'WeChat' : browser, system].filter(Boolean).join(' · ') || userAgent.slice(0, 40);
}
