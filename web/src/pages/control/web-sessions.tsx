import { Button, Form, Input } from 'antd';
import { useQuery } from '@tanstack/react-query';
import { changeOwnPassword, endOwnWebSession, loadOwnWebSessions, type WebSession } from '../../api/control.ts';
import { useLoggedIn } from '../../app/account.tsx';
import { usePreferences } from '../../app/preferences.ts';
import { formatAgo, formatDateTime } from '../../format/time.ts';
import { useTranslate } from '../../i18n/index.ts';
import { ActProblem, useAct } from '../../ui/act.tsx';
import { DataTable, type Column } from '../../ui/data-table.tsx';
import { useNow } from '../../ui/now.ts';
import { Card } from '../../ui/page.tsx';
import { Empty, ProblemView } from '../../ui/problem-view.tsx';
import { State } from '../../ui/state.tsx';

const PASSWORD_LENGTH_MIN = 10;
const PASSWORD_LENGTH_MAX = 200;

export function OwnSessions() {
  const t = useTranslate();
  const { data, error, isPending, refetch } = useQuery({ queryKey: ['users', 'own-web-sessions'], queryFn: loadOwnWebSessions });
  const { act, busy, problem } = useAct({ run: (sessionId: string) => endOwnWebSession(sessionId), done: () => t('websession.ended'), stale: ['users'] });
  return (
    <div style={{ display: 'grid', gap: 'var(--k-gap)' }}>
      <Card title={t('websession.title')} flush>
        <div style={{ padding: '0 20px' }}><ActProblem problem={problem} /></div>
        {error ? <ProblemView error={error} onRetry={() => void refetch()} /> : <SessionTable rows={data ?? []} loading={isPending} onEnd={(session) => void act(session.sessionId)} busy={busy} />}
      </Card>
      <OwnPassword />
    </div>
  );
}

type Passwords = { currentPassword: string; newPassword: string; again: string };

/** The current password proves that it is still the same person at the keyboard. */
function OwnPassword() {
  const t = useTranslate();
  const { logInName } = useLoggedIn();
  const [form] = Form.useForm<Passwords>();
  const { act, busy, problem } = useAct({ run: changeOwnPassword, done: () => t('password.changed'), stale: ['users'] });
  const submit = async ({ currentPassword, newPassword }: Passwords) => { if (await act({ currentPassword, newPassword })) form.resetFields(); };
  const required = { required: true, message: t('login.required') };
  return (
    <Card title={t('password.change')}>
      <div style={{ maxWidth: 420 }}>
        <ActProblem problem={problem} />
        <Form form={form} layout="vertical" requiredMark={false} onFinish={(fields) => void submit(fields)}>
          <input type="text" autoComplete="username" value={logInName} readOnly hidden />
          <Form.Item name="currentPassword" label={t('password.current')} rules={[required]}><Input.Password maxLength={PASSWORD_LENGTH_MAX} autoComplete="current-password" /></Form.Item>
          <Form.Item name="newPassword" label={t('password.new')} extra={t('password.hint', { min: PASSWORD_LENGTH_MIN })} rules={[required, { min: PASSWORD_LENGTH_MIN, message: t('password.short', { min: PASSWORD_LENGTH_MIN }) }]}><Input.Password maxLength={PASSWORD_LENGTH_MAX} autoComplete="new-password" /></Form.Item>
          <Form.Item name="again" label={t('password.again')} dependencies={['newPassword']} rules={[required, ({ getFieldValue }) => ({ validator: (_rule, value) => value === undefined || value === '' || value === getFieldValue('newPassword') ? Promise.resolve() : Promise.reject(new Error(t('password.differs'))) })]}><Input.Password maxLength={PASSWORD_LENGTH_MAX} autoComplete="new-password" /></Form.Item>
          <Button htmlType="submit" loading={busy}>{t('password.change')}</Button>
        </Form>
      </div>
    </Card>
  );
}

/** Where an account is logged in; with `onEnd` each place but this one can be ended. */
export function SessionTable({ rows, loading, onEnd, busy = false }: { rows: readonly WebSession[]; loading: boolean; onEnd?: (session: WebSession) => void; busy?: boolean }) {
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
