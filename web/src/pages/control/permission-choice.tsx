import { useQuery } from '@tanstack/react-query';
import { Checkbox } from 'antd';
import { loadPermissions, type PermissionCode, type PermissionText } from '../../api/access.ts';
import { useLoggedIn } from '../../app/account.tsx';
import { usePreferences } from '../../app/preferences.ts';
import { translateCode, useTranslate } from '../../i18n/index.ts';
import { ProblemView } from '../../ui/problem-view.tsx';

/** `members:read` opens something of the members. */
const groupOf = ({ permission }: PermissionText): string => permission.split(':')[0]!;

type Props = { value?: readonly PermissionCode[]; onChange?: (permissions: PermissionCode[]) => void; readOnly?: boolean };

/** Every permission in words, by the part of the program that it opens. What one does not hold oneself cannot be ticked. */
export function PermissionChoice({ value = [], onChange, readOnly = false }: Props) {
  const t = useTranslate();
  const { permissions: held } = useLoggedIn();
  const { data, error } = useQuery({ queryKey: ['permissions'], queryFn: loadPermissions, staleTime: Infinity });
  if (error) return <ProblemView error={error} />;
  const all = data ?? [];
  const groups = [...new Set(all.map(groupOf))].map((group) => [group, all.filter((text) => groupOf(text) === group)] as const);
  const mayGive = ({ permission }: PermissionText): boolean => held.includes(permission) || value.includes(permission);
  return (
    <div className="permission-groups">
      {groups.map(([group, permissions]) => {
        const [givable, name] = [permissions.filter(mayGive), translateCode(t, 'permission.group', group)];
        const chosen = permissions.filter(({ permission }) => value.includes(permission));
        const setAll = (on: boolean) => onChange?.([...value.filter((each) => !permissions.some(({ permission }) => permission === each)), ...(on ? givable.map(({ permission }) => permission) : [])]);
        return (
          <fieldset key={group} disabled={readOnly}>
            <legend>{name}
              {!readOnly && permissions.length > 1 && <Checkbox checked={chosen.length > 0 && chosen.length === givable.length} indeterminate={chosen.length > 0 && chosen.length < givable.length} disabled={givable.length === 0}
                onChange={(event) => setAll(event.target.checked)} aria-label={`${name}: ${t('permission.all')}`}><span className="muted">{t('permission.all')}</span></Checkbox>}
            </legend>
            {permissions.map((each) => <OnePermission key={each.permission} text={each} checked={value.includes(each.permission)} disabled={readOnly || !mayGive(each)} locked={!readOnly && !mayGive(each)}
              onChange={(on) => onChange?.(on ? [...value, each.permission] : value.filter((other) => other !== each.permission))} />)}
          </fieldset>
        );
      })}
    </div>
  );
}

type One = { text: PermissionText; checked: boolean; disabled: boolean; locked: boolean; onChange: (on: boolean) => void };
function OnePermission({ text, checked, disabled, locked, onChange }: One) {
  const t = useTranslate();
  const { language } = usePreferences();
  return (
    <Checkbox checked={checked} disabled={disabled} onChange={(event) => onChange(event.target.checked)}>
      <span className={disabled && !checked ? 'muted' : undefined}>{text[language]}</span>
      {locked && <span className="cell-sub" style={{ display: 'block' }}>{t('role.notYours')}</span>}
    </Checkbox>
  );
}
