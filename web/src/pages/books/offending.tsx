import { Link } from 'react-router';
import { useTranslate } from '../../i18n/index.ts';

/** Where a record's page is, by the prefix of its id. */
const PAGES: Readonly<Record<string, string>> = { chg: '/sessions/', mem: '/members/', sta: '/stations/', cp: '/charge-points/', tar: '/tariffs/', pay: '/payment-orders/', rfa: '/refunds/', brk: '/reconciliation/breaks/', mch: '/channels/' };

export function recordPath(id: string): string | null {
  const page = PAGES[id.split('_', 1)[0] ?? ''];
  return page && id.includes('_') ? page + id : null;
}

/** The records that break an invariant, one click away where they have a page. */
export function Offending({ ids, failed }: { ids: readonly string[]; failed: number }) {
  const t = useTranslate();
  return (
    <div style={{ marginTop: 6, display: 'flex', flexWrap: 'wrap', gap: '2px 12px' }}>
      {ids.map((id) => { const path = recordPath(id); return path ? <Link key={id} className="mono" to={path}>{id}</Link> : <code key={id} className="mono">{id}</code>; })}
      {failed > ids.length && <span className="muted">{t('books.andMore', { count: failed - ids.length })}</span>}
    </div>
  );
}
