import { useQuery } from '@tanstack/react-query';
import { Checkbox } from 'antd';
import { loadRoles, type Role } from '../../api/control.ts';
import { useMay } from '../../app/account.tsx';
import { isMessageKey, useTranslate, type Translate } from '../../i18n/index.ts';
import { ProblemView } from '../../ui/problem-view.tsx';

/** A built-in role by its name in the reader's language; an operator's own role as they called it. */
export function roleName(t: Translate, role: { readonly name: string; readonly builtIn?: Role['builtIn'] }): string {
  const key = `role.${role.builtIn ?? role.name}`;
  return isMessageKey(key) ? t(key) : role.name;
}

/** Chooses roles for the whole operator; under each name stands what the role is for. */
export function RoleChoice({ value = [], onChange }: { value?: readonly string[]; onChange?: (roleIds: string[]) => void }) {
  const t = useTranslate();
  const { data: roles, error } = useQuery({ queryKey: ['users', 'roles'], queryFn: loadRoles, enabled: useMay('users:read') });
  if (error) return <ProblemView error={error} />;
  return (
    <div role="group" aria-label={t('user.roles')} style={{ display: 'grid', gap: 8, maxHeight: 300, overflow: 'auto' }}>
      {(roles ?? []).map((role) => (
        <Checkbox key={role.roleId} checked={value.includes(role.roleId)} onChange={(event) => onChange?.(event.target.checked ? [...value, role.roleId] : value.filter((roleId) => roleId !== role.roleId))}>
          <span className="cell-main">{roleName(t, role)}</span> <span className="muted">{aboutRole(t, role)}</span>
        </Checkbox>
      ))}
    </div>
  );
}

function aboutRole(t: Translate, role: Role): string {
  const key = `role.${role.builtIn ?? ''}.about`;
  return isMessageKey(key) ? t(key) : t('role.own', { count: role.permissions.length });
}
