import { useQuery } from '@tanstack/react-query';
import { Checkbox, Select } from 'antd';
import { loadRoles, type Role, type RoleGrant } from '../../api/access.ts';
import { useMay } from '../../app/account.tsx';
import { isMessageKey, useTranslate, type Translate } from '../../i18n/index.ts';
import { ProblemView } from '../../ui/problem-view.tsx';
import { useSubOperators } from '../../app/sub-operators.ts';

/** A built-in role by its name in the reader's language; an operator's own role as they called it. */
export function roleName(t: Translate, role: { readonly name: string; readonly builtIn?: Role['builtIn'] }): string {
  const key = `role.${role.builtIn ?? role.name}`;
  return isMessageKey(key) ? t(key) : role.name;
}

/** What a built-in role is for; of an operator's own, how much it allows. */
export function aboutRole(t: Translate, role: Role): string {
  const key = `role.${role.builtIn ?? ''}.about`;
  return isMessageKey(key) ? t(key) : t('role.own', { count: role.permissions.length });
}

export const useRoles = () => useQuery({ queryKey: ['users', 'roles'], queryFn: loadRoles, enabled: useMay('users:read') });

const EVERYWHERE = 'everywhere';
type Props = { value?: readonly RoleGrant[]; onChange?: (grants: RoleGrant[]) => void };

/** Chooses roles and where each holds; under each name stands what the role is for. An operator without parts is asked for no place. */
export function RoleChoice({ value = [], onChange }: Props) {
  const t = useTranslate();
  const { data: roles, error } = useRoles();
  const { all: parts } = useSubOperators();
  if (error) return <ProblemView error={error} />;
  const places = [{ value: EVERYWHERE, label: t('user.wholeOperator') }, ...parts.map(({ subOperatorId, name }) => ({ value: subOperatorId, label: name }))];
  const replace = (roleId: string, wanted: readonly string[]) =>
    onChange?.([...value.filter((grant) => grant.roleId !== roleId), ...wanted.map((place) => ({ roleId, subOperatorId: place === EVERYWHERE ? null : place }))]);
  return (
    <div role="group" aria-label={t('user.roles')} className="role-choice">
      {(roles ?? []).map((role) => {
        const held = value.filter((grant) => grant.roleId === role.roleId).map(({ subOperatorId }) => subOperatorId ?? EVERYWHERE);
        const name = roleName(t, role);
        return (
          <div key={role.roleId}>
            <Checkbox checked={held.length > 0} onChange={(event) => replace(role.roleId, event.target.checked ? [EVERYWHERE] : [])}>
              <span className="cell-main">{name}</span> <span className="muted">{aboutRole(t, role)}</span>
            </Checkbox>
            {held.length > 0 && parts.length > 0 && (
              <Select mode="multiple" value={held} options={places} aria-label={`${name}: ${t('role.where')}`} style={{ width: 'calc(100% - 24px)', margin: '4px 0 4px 24px' }} maxTagCount="responsive"
                onChange={(wanted) => { if (wanted.length > 0) replace(role.roleId, wanted); }} optionFilterProp="label" />
            )}
          </div>
        );
      })}
    </div>
  );
}
