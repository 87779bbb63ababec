import { useQuery } from '@tanstack/react-query';
import { App, Button, Modal } from 'antd';
import { useState } from 'react';
import type { RoleGrant } from '../../api/access.ts';
import { assignRoles, endWebSessionsOf, loadWebSessionsOf, resetPassword, setUserStatus, type User } from '../../api/control.ts';
import { useLoggedIn, useMay } from '../../app/account.tsx';
import { formatDateTime } from '../../format/time.ts';
import { useTranslate } from '../../i18n/index.ts';
import { ActProblem, useAct } from '../../ui/act.tsx';
import { Facts } from '../../ui/page.tsx';
import { ProblemView } from '../../ui/problem-view.tsx';
import { State } from '../../ui/state.tsx';
import { newPassword, type ShownPassword } from './password.tsx';
import { roleName, RoleChoice } from './roles.tsx';
import { useSubOperators } from '../../app/sub-operators.ts';
import { SessionTable } from './web-sessions.tsx';

type Props = { user: User; onPassword: (shown: ShownPassword) => void };

/** One user: who, what they may do, where they are logged in; and what an administrator can do about it. */
export function UserStory({ user, onPassword }: Props) {
  const t = useTranslate();
  const { timeZone, userId: own } = useLoggedIn();
  const mayManage = useMay('users:manage');
  const { nameOf } = useSubOperators();
  const { data, error, isPending } = useQuery({ queryKey: ['users', user.userId, 'web-sessions'], queryFn: () => loadWebSessionsOf(user.userId) });
  return (
    <div style={{ display: 'grid', gap: 24 }}>
      <Facts rows={[
        [t('user.logInName'), <span key="n" className="mono">{user.logInName}</span>],
        [t('user.state'), <State key="s" tone={user.status === 'active' ? 'good' : 'neutral'}>{t(`user.${user.status}`)}</State>],
        [t('user.roles'), user.roles.map((role) => `${roleName(t, role)}${role.subOperatorId === null ? '' : ` (${nameOf(role.subOperatorId)})`}`).join(', ') || t('none')],
        [t('user.limit'), `${user.sessionsOpen} / ${user.sessionsMax}`], [t('user.since'), formatDateTime(user.createdAt, timeZone)],
      ]} />
      {mayManage && user.userId !== own && <UserActs user={user} onPassword={onPassword} />}
      {mayManage && user.userId === own && <p className="muted">{t('user.own')}</p>}
      <section><h3 style={{ marginBottom: 8 }}>{t('websession.title')}</h3>{error ? <ProblemView error={error} /> : <SessionTable rows={data ?? []} loading={isPending} />}</section>
    </div>
  );
}

/** Each act says first what it will do; all of them are in the audit log. */
function UserActs({ user, onPassword }: Props) {
  const t = useTranslate();
  const { modal } = App.useApp();
  const [roles, setRoles] = useState(false);
  const name = user.displayName ?? user.logInName;
  const status = useAct({ run: setUserStatus, done: (after) => t(after.status === 'disabled' ? 'user.disabledDone' : 'user.enabledDone', { name }), stale: ['users'] });
  const password = useAct({ run: resetPassword, stale: ['users'] });
  const sessions = useAct({ run: endWebSessionsOf, done: () => t('user.endedAll', { name }), stale: ['users'] });
  const ask = (title: string, content: string, danger: boolean, run: () => Promise<unknown>) => void modal.confirm({ title, content, okText: title, okButtonProps: { danger }, cancelText: t('action.cancel'), onOk: run });
  const reset = async () => {
    const made = newPassword();
    if (await password.act({ userId: user.userId, newPassword: made })) onPassword({ logInName: user.logInName, password: made });
  };
  const active = user.status === 'active';
  const toggle = t(active ? 'user.disable' : 'user.enable');
  return (
    <div>
      <ActProblem problem={status.problem ?? password.problem ?? sessions.problem} />
      <div style={{ display: 'flex', flexWrap: 'wrap', gap: 8 }}>
        <Button onClick={() => setRoles(true)}>{t('user.changeRoles')}</Button>
        <Button loading={password.busy} onClick={() => ask(t('user.reset'), t('user.reset.text', { name }), false, reset)}>{t('user.reset')}</Button>
        <Button loading={sessions.busy} disabled={user.sessionsOpen === 0} onClick={() => ask(t('user.endAll'), t('user.endAll.text', { name }), false, () => sessions.act(user.userId))}>{t('user.endAll')}</Button>
        <Button danger={active} loading={status.busy} onClick={() => ask(toggle, t(active ? 'user.disable.text' : 'user.enable.text', { name }), active, () => status.act({ userId: user.userId, status: active ? 'disabled' : 'active' }))}>{toggle}</Button>
      </div>
      {roles && <ChangeRoles user={user} onClose={() => setRoles(false)} />}
    </div>
  );
}

/** Exactly these roles, each where it holds. */
function ChangeRoles({ user, onClose }: { user: User; onClose: () => void }) {
  const t = useTranslate();
  const [chosen, setChosen] = useState<readonly RoleGrant[]>(user.roles.map(({ roleId, subOperatorId }) => ({ roleId, subOperatorId })));
  const { act, busy, problem } = useAct({ run: assignRoles, done: () => t('user.rolesDone', { name: user.displayName ?? user.logInName }), stale: ['users'] });
  const save = async () => { if (await act({ userId: user.userId, roles: [...chosen] })) onClose(); };
  return (
    <Modal open title={t('user.changeRoles')} onCancel={onClose} onOk={() => void save()} okText={t('action.save')} cancelText={t('action.cancel')} confirmLoading={busy}>
      <ActProblem problem={problem} />
      <div style={{ display: 'grid', gap: 8 }}>
        <RoleChoice value={chosen} onChange={setChosen} />
        <p className="muted">{t('user.roles.hint')}</p>
      </div>
    </Modal>
  );
}
