import { useQuery } from '@tanstack/react-query';
import { Select } from 'antd';
import { loadRoles, type Role } from '../../api/control.ts';
import { useMay } from '../../app/account.tsx';
import { isMessageKey, useTranslate, type Translate } from '../../i18n/index.ts';

/** A built-in role by its name in the reader's language; an operator's own role as they called it. */
export function roleName(t: Translate, role: { readonly name: string; readonly builtIn?: Role['builtIn'] }): string {
  const key = `role.${role.builtIn ?? role.name}`;
  return isMessageKey(key) ? t(key) : role.name;
}

/** Chooses roles for the whole operator; under each name stands what the role is for. */
export function RoleSelect({ value = [], onChange, id }: { value?: readonly string[]; onChange?: (roleIds: string[]) => void; id?: string }) {
  const t = useTranslate();
  const { data: roles, isPending } = useQuery({ queryKey: ['users', 'roles'], queryFn: loadRoles, enabled: useMay('users:read') });
  const options = (roles ?? []).map((role) => ({ value: role.roleId, label: roleName(t, role), about: aboutRole(t, role) }));
  return (
    <Select mode="multiple" {...(id ? { id } : {})} aria-label={t('user.roles')} loading={isPending} value={[...value]} options={options} style={{ width: '100%' }} showSearch={{ optionFilterProp: 'label' }}
      {...(onChange ? { onChange } : {})} optionRender={({ data }) => <><span className="cell-main">{data.label}</span><span className="cell-sub" style={{ display: 'block', whiteSpace: 'normal' }}>{data.about}</span></>} />
  );
}

function aboutRole(t: Translate, role: Role): string {
  const key = `role.${role.builtIn ?? ''}.about`;
  return isMessageKey(key) ? t(key) : t('role.own', { count: role.permissions.length });
}
