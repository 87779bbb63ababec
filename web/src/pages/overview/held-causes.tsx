import { Link } from 'react-router';
import type { Overview } from '../../api/overview.ts';
import { formatCount } from '../../format/number.ts';
import { translateCode, useTranslate } from '../../i18n/index.ts';

/** Why bills are held, the most frequent cause first. */
export function HeldCauses({ causes }: { causes: Overview['causes'] }) {
  const t = useTranslate();
  const most = Math.max(1, ...causes.map((cause) => cause.bills));
  if (causes.length === 0) return <p style={{ color: 'var(--k-good)', fontWeight: 550 }}>{t('overview.nothing')}</p>;
  return (
    <ul style={{ listStyle: 'none', margin: 0, padding: 0, display: 'grid', gap: 12 }}>
      {causes.map(({ cause, bills }) => (
        <li key={cause}>
          <div style={{ display: 'flex', gap: 8 }}><Link to={`/sessions?state=held&cause=${cause}`} style={{ flex: 1, color: 'inherit' }}>{translateCode(t, 'flag', cause)}</Link><b className="tab">{formatCount(bills)}</b></div>
          <div style={{ height: 6, borderRadius: 3, background: 'var(--k-neutral-soft)', marginTop: 4 }}><div style={{ width: `${(bills / most) * 100}%`, height: '100%', borderRadius: 3, background: 'var(--k-bad)' }} /></div>
        </li>
      ))}
    </ul>
  );
}
