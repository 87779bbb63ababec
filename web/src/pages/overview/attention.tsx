import { useQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { Link } from 'react-router';
import { loadStations } from '../../api/locations.ts';
import type { Overview } from '../../api/overview.ts';
import { useMay } from '../../app/account.tsx';
import { usePreferences } from '../../app/preferences.ts';
import { useWaitingApprovals } from '../../app/waiting.ts';
import { formatCount, formatMinor } from '../../format/number.ts';
import { formatAgo } from '../../format/time.ts';
import { useTranslate } from '../../i18n/index.ts';
import { useNow } from '../../ui/now.ts';

type Item = { readonly key: string; readonly to: string; readonly count: number; readonly text: ReactNode; readonly note: string; readonly tone: 'bad' | 'warn' };

/** What needs somebody, the most serious first; nothing is a good answer too. */
export function Attention({ overview }: { overview: Overview }) {
  const t = useTranslate();
  const { language } = usePreferences();
  const now = useNow(60_000);
  const approvals = useWaitingApprovals(true);
  const { data: stations } = useQuery({ queryKey: ['stations', 'attention'], queryFn: () => loadStations(undefined, undefined), enabled: useMay('locations:read') });
  const faulted = stations?.items.reduce((sum, station) => sum + station.connectors.faulted, 0) ?? 0;
  const { bills: heldBills, proposedTotal, oldestEndedAt } = overview.held;
  const items: readonly Item[] = ([
    { key: 'held', to: '/sessions?state=held', count: heldBills, text: t('overview.held'), note: [t('overview.held.text', { amount: formatMinor(proposedTotal.amountMinor, proposedTotal.currency), currency: proposedTotal.currency }), oldestEndedAt ? t('overview.held.oldest', { time: formatAgo(oldestEndedAt, now, language) }) : null].filter(Boolean).join(' · '), tone: 'bad' },
    { key: 'faulted', to: '/stations', count: faulted, text: t('overview.faulted'), note: t('overview.faulted.text'), tone: 'bad' },
    { key: 'approvals', to: '/approvals', count: approvals, text: t('overview.approvals'), note: t('overview.approvals.text'), tone: 'warn' },
  ] as const).filter((item) => item.count > 0);
  return (
    <>
      {items.length === 0 && <p style={{ padding: '8px 20px 16px', color: 'var(--k-good)', fontWeight: 550 }}>{t('overview.nothing')}</p>}
      <ul className="attention">
        {items.map((item) => <li key={item.key}><Link to={item.to}><b className={item.tone}>{formatCount(item.count)}</b><span><span className="cell-main">{item.text}</span><span className="cell-sub">{item.note}</span></span></Link></li>)}
      </ul>
    </>
  );
}
