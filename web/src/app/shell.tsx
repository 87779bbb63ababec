import { Button, Drawer, Modal } from 'antd';
import { Suspense, useCallback, useState } from 'react';
import { Link, NavLink, Outlet, useLocation } from 'react-router';
import { useSubOperators } from './sub-operators.ts';
import { useTranslate } from '../i18n/index.ts';
import { useAccount } from './account.tsx';
import { Icon, Logo } from './icon.tsx';
import { useShortcuts } from './keyboard.ts';
import { LiveIndicator } from './live.tsx';
import { useNavigation, type NavigationItem } from './navigation.ts';
import { SearchPalette } from './search.tsx';
import { AccountMenu, DisplayMenu } from './menus.tsx';
import { useWaitingApprovals } from './waiting.ts';

/** The frame around every page: menu, search, live indicator, display settings, account. */
export function Shell() {
  const t = useTranslate();
  const [searching, setSearching] = useState(false);
  const [helping, setHelping] = useState(false);
  const [menuOpen, setMenuOpen] = useState(false);
  const search = useCallback(() => setSearching(true), []);
  const help = useCallback(() => setHelping(true), []);
  useShortcuts({ search, help });
  const { pathname } = useLocation();

  return (
    <div className="shell">
      <a className="skip-link" href="#content">{t('nav.skip')}</a>
      <div className="shell-nav fixed"><Menu /></div>
      <Drawer open={menuOpen} onClose={() => setMenuOpen(false)} placement="left" size={260} styles={{ body: { padding: 0 } }} title={null} closable={false}>
        <div className="shell-nav" style={{ height: '100%', border: 0 }} onClick={() => setMenuOpen(false)}><Menu /></div>
      </Drawer>
      <div className="shell-main">
        <header className="shell-top">
          <Button className="menu-button" onClick={() => setMenuOpen(true)}>{t('nav.openMenu')}</Button>
          <button type="button" className="search-button" onClick={search}>
            <span className="spring">{t('search.placeholder')}</span><kbd aria-hidden="true">/</kbd>
          </button>
          <span className="spring" />
          <span className="hide-narrow"><LiveIndicator /></span>
          <DisplayMenu onKeys={help} />
          <AccountMenu />
        </header>
        <main id="content" className="shell-content" key={pathname}>
          <Suspense fallback={null}><Outlet /></Suspense>
        </main>
      </div>
      <SearchPalette open={searching} onClose={() => setSearching(false)} />
      <KeysHelp open={helping} onClose={() => setHelping(false)} />
    </div>
  );
}

function Menu() {
  const t = useTranslate();
  const { account } = useAccount();
  const navigation = useNavigation();
  const { all: parts } = useSubOperators();
  // Who works for a part of the operator sees that part: its name stands where the operator's would.
  const whose = account && account.permissions.length === 0 && parts.length > 0 ? parts.map(({ name }) => name).join(', ') : account?.operatorName;
  let group: string | null = null;
  return (
    <>
      <Link to="/" className="shell-brand"><Logo /><span>Kirchhoff<small title={whose}>{whose}</small></span></Link>
      <nav aria-label={t('nav.main')}>
        {navigation.map((item) => {
          const heading = item.group !== null && item.group !== group ? item.group : null;
          group = item.group;
          return <div key={item.to}>{heading && <div className="nav-group">{t(heading)}</div>}<MenuLink item={item} /></div>;
        })}
      </nav>
      <div className="nav-foot"><kbd>?</kbd> {t('settings.keys')}</div>
    </>
  );
}

function MenuLink({ item }: { item: NavigationItem }) {
  const t = useTranslate();
  const waiting = useWaitingApprovals(item.to === '/approvals');
  return (
    <NavLink to={item.to} end={item.to === '/'} className={({ isActive }) => isActive ? 'nav-link active' : 'nav-link'}>
      <Icon name={item.icon} />{t(item.label)}
      {waiting > 0 && <span className="badge">{waiting}</span>}
    </NavLink>
  );
}

function KeysHelp({ open, onClose }: { open: boolean; onClose: () => void }) {
  const t = useTranslate();
  const navigation = useNavigation();
  const rows: readonly (readonly [readonly string[], string])[] = [
    [['/'], t('keys.search')],
    ...navigation.map((item) => [['g', item.chord], t('keys.go', { page: t(item.label) })] as const),
    [['j', 'k'], t('keys.rows')], [['Enter'], t('keys.open')], [['?'], t('keys.help')], [['Esc'], t('keys.close')],
  ];
  return (
    <Modal open={open} onCancel={onClose} footer={null} title={t('keys.title')} width={440}>
      <dl className="facts" style={{ gridTemplateColumns: '110px 1fr' }}>
        {rows.map(([keys, text]) => <div key={text} style={{ display: 'contents' }}><dt>{keys.map((key) => <kbd key={key} style={{ marginRight: 4 }}>{key}</kbd>)}</dt><dd>{text}</dd></div>)}
      </dl>
    </Modal>
  );
}
