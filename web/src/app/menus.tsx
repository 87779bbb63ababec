import { Button, Dropdown, Popover, Segmented } from 'antd';
import { useNavigate } from 'react-router';
import { useTranslate } from '../i18n/index.ts';
import { useAccount } from './account.tsx';
import { setPreferences, usePreferences, type Density, type Language, type Theme } from './preferences.ts';

/** Language, appearance and density, remembered on this device. */
export function DisplayMenu({ onKeys }: { onKeys?: () => void }) {
  const t = useTranslate();
  return (
    <Popover trigger="click" placement="bottomRight" content={<DisplaySettings onKeys={onKeys} />}>
      <Button type="text">{t('settings.title')}</Button>
    </Popover>
  );
}

function DisplaySettings({ onKeys }: { onKeys?: (() => void) | undefined }) {
  const t = useTranslate();
  const { theme, density } = usePreferences();
  return (
    <div style={{ display: 'grid', gap: 12, minWidth: 240 }}>
      <div><div className="muted">{t('settings.language')}</div><LanguageSwitch block /></div>
      <div><div className="muted">{t('settings.theme')}</div>
        <Segmented<Theme> block value={theme} onChange={(value) => setPreferences({ theme: value })} aria-label={t('settings.theme')}
          options={[{ value: 'light', label: t('settings.light') }, { value: 'dark', label: t('settings.dark') }, { value: 'system', label: t('settings.system') }]} /></div>
      <div><div className="muted">{t('settings.density')}</div>
        <Segmented<Density> block value={density} onChange={(value) => setPreferences({ density: value })} aria-label={t('settings.density')}
          options={[{ value: 'comfortable', label: t('settings.comfortable') }, { value: 'compact', label: t('settings.compact') }]} /></div>
      {onKeys && <Button onClick={onKeys}>{t('settings.keys')} <kbd>?</kbd></Button>}
    </div>
  );
}

export function LanguageSwitch({ block = false }: { block?: boolean }) {
  const t = useTranslate();
  const { language } = usePreferences();
  return (
    <Segmented<Language> block={block} value={language} onChange={(value) => setPreferences({ language: value })} aria-label={t('settings.language')}
      options={[{ value: 'en', label: 'English' }, { value: 'zh', label: '中文' }]} />
  );
}

export function AccountMenu() {
  const t = useTranslate();
  const navigate = useNavigate();
  const { account, logOut } = useAccount();
  return (
    <Dropdown trigger={['click']} menu={{
      items: [{ key: 'sessions', label: t('account.mySessions') }, { type: 'divider' }, { key: 'out', label: t('account.logout') }],
      onClick: ({ key }) => { if (key === 'out') void logOut(); else void navigate('/users?tab=mine'); },
    }}>
      <Button type="text">{account?.displayName ?? account?.logInName}</Button>
    </Dropdown>
  );
}
