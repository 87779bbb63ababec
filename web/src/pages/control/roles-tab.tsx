import { useQuery } from '@tanstack/react-query';
import { Button } from 'antd';
import { useState } from 'react';
import type { Role } from '../../api/access.ts';
import { loadUsers } from '../../api/control.ts';
import { useMay } from '../../app/account.tsx';
import { useTranslate } from '../../i18n/index.ts';
import { DataTable, type Column } from '../../ui/data-table.tsx';
import { Card } from '../../ui/page.tsx';
import { Empty, ProblemView } from '../../ui/problem-view.tsx';
import { State } from '../../ui/state.tsx';
import { RetireButton, RoleEditor, RoleView, type RoleDraft } from './role-editor.tsx';
import { aboutRole, roleName, useRoles } from './roles.tsx';

export const EMPTY_ROLE: RoleDraft = { role: null, name: '', permissions: [], users: 0 };
type Props = { draft: RoleDraft | null; onDraft: (draft: RoleDraft | null) => void };

/** Roles with what they are for and how many people have them; an operator's own can be changed and retired. */
export function Roles({ draft, onDraft }: Props) {
  const t = useTranslate();
  const mayManage = useMay('users:manage');
  const { data: roles, error, isPending, refetch } = useRoles();
  const { data: users } = useQuery({ queryKey: ['users', 'all'], queryFn: loadUsers });
  const [shown, setShown] = useState<Role | null>(null);
  const usersOf = (role: Role): number => (users ?? []).filter((user) => user.roles.some((each) => each.roleId === role.roleId)).length;
  const open = (role: Role) => role.builtIn === null && mayManage ? onDraft({ role, name: role.name, permissions: role.permissions, users: usersOf(role) }) : setShown(role);
  const columns: readonly Column<Role>[] = [
    { key: 'name', title: t('role.name'), render: (role) => <span className="cell-main">{roleName(t, role)}</span> },
    { key: 'about', title: t('role.for'), wideOnly: true, render: (role) => <span className="muted">{role.builtIn === null ? '–' : aboutRole(t, role)}</span> },
    { key: 'kind', title: t('role.kind'), wideOnly: true, render: (role) => <State tone={role.builtIn === null ? 'good' : 'neutral'}>{t(role.builtIn === null ? 'role.yours' : 'role.builtIn')}</State> },
    { key: 'permissions', title: t('role.permissions'), numeric: true, render: (role) => role.permissions.length },
    { key: 'users', title: t('role.users'), numeric: true, render: (role) => users ? usersOf(role) : '' },
    { key: 'acts', title: '', render: (role) => {
      const editable = role.builtIn === null && mayManage;
      const verb = t(editable ? 'role.edit' : 'action.show');
      return <span style={{ display: 'inline-flex', gap: 8 }}><Button size="small" onClick={() => open(role)} aria-label={`${verb} ${roleName(t, role)}`}>{verb}</Button>{editable && <RetireButton role={role} users={usersOf(role)} />}</span>;
    } },
  ];
  return (
    <Card flush>
      <DataTable label={t('user.tab.roles')} columns={columns} rows={roles ?? []} rowKey={(role) => role.roleId} loading={isPending}
        empty={error ? <ProblemView error={error} onRetry={() => void refetch()} /> : <Empty title={t('role.empty')} />} />
      {shown && <RoleView role={shown} mayManage={mayManage} onClose={() => setShown(null)} onCopy={() => { setShown(null); onDraft({ ...EMPTY_ROLE, name: t('role.copyOf', { name: roleName(t, shown) }), permissions: shown.permissions }); }} />}
      {draft && <RoleEditor draft={draft} onClose={() => onDraft(null)} />}
    </Card>
  );
}
