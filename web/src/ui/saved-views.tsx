import { Button, Dropdown, Input, Modal } from 'antd';
import { useState } from 'react';
import { useLocation, useNavigate } from 'react-router';
import { useTranslate } from '../i18n/index.ts';

type View = { readonly name: string; readonly search: string };
const VIEWS_MAX = 30;
const NAME_LENGTH_MAX = 60;

/** Filters that are asked for again and again, kept by name on this device; the address bar stays the truth. */
export function SavedViews() {
  const t = useTranslate();
  const navigate = useNavigate();
  const { pathname, search } = useLocation();
  const [views, setViews] = useViews(pathname);
  const [naming, setNaming] = useState<string | null>(null);
  if (views.length === 0 && search === '') return null;
  const save = () => { if (naming?.trim()) setViews([...views.filter((view) => view.name !== naming.trim()), { name: naming.trim(), search }].slice(-VIEWS_MAX)); setNaming(null); };
  const open = (key: string) => { if (key === ':save') setNaming(''); else { const view = views[Number(key)]; if (view) void navigate(pathname + view.search); } };
  return (
    <>
      <Dropdown trigger={['click']} menu={{ onClick: ({ key }) => open(key), items: [
        ...views.map((view, index) => ({ key: String(index), label: view.name })),
        ...(search === '' ? [] : [{ type: 'divider' as const }, { key: ':save', label: t('list.saveView') }]),
      ] }}>
        <Button type="text">{t('list.views')}</Button>
      </Dropdown>
      <Modal open={naming !== null} title={t('list.saveView')} onCancel={() => setNaming(null)} onOk={save} okText={t('action.save')} cancelText={t('action.cancel')} width={380} destroyOnHidden>
        <Input autoFocus maxLength={NAME_LENGTH_MAX} value={naming ?? ''} placeholder={t('list.viewName')} aria-label={t('list.viewName')} onChange={(event) => setNaming(event.target.value)} onPressEnter={save} />
      </Modal>
    </>
  );
}

function useViews(pathname: string): readonly [readonly View[], (views: readonly View[]) => void] {
  const key = `kirchhoff.views.${pathname}`;
  const [views, setViews] = useState<readonly View[]>(() => {
    try { return JSON.parse(localStorage.getItem(key) ?? '[]') as View[]; } catch { return []; } // Blocked storage: views last as long as the page.
  });
  return [views, (next) => {
    setViews(next);
    try { localStorage.setItem(key, JSON.stringify(next)); } catch { /* kept for this page only */ }
  }];
}
