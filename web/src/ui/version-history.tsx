import { Button } from 'antd';
import { useLoggedIn } from '../app/account.tsx';
import { formatDateTime } from '../format/time.ts';
import { useTranslate } from '../i18n/index.ts';
import type { More } from './data-table.tsx';

/** One figure that a version changed, in words with units. */
export type Difference = { readonly name: string; readonly from: string; readonly to: string };
export type VersionEntry = { readonly version: number; readonly at: string; readonly by: string; readonly reason: string | null; /** Null: the version before is on the next page. */ readonly changes: readonly Difference[] | null };

/** Every version there was: who changed what, from what to what, when and why. */
export function VersionHistory({ label, entries, more, onBack, backLabel }: { label: string; entries: readonly VersionEntry[]; more?: More; onBack?: (entry: VersionEntry) => void; backLabel?: string }) {
  const t = useTranslate();
  const { timeZone } = useLoggedIn();
  return (
    <>
      <ol className="timeline versions" aria-label={label}>
        {entries.map((entry, index) => (
          <li key={entry.version} className={index === 0 ? 'good' : ''}>
            <div className="cell-main">{t('setting.version', { version: entry.version })}{index === 0 && <span className="muted"> · {t('setting.inForce')}</span>}</div>
            <div className="when">{formatDateTime(entry.at, timeZone)} · {entry.by === 'system' ? t('setting.bySystem') : entry.by}</div>
            {entry.changes !== null && entry.changes.length === 0 && <p className="muted">{t('setting.noDifference')}</p>}
            <Differences changes={entry.changes ?? []} />
            {entry.reason !== null && <p className="muted">{t('setting.reason', { reason: entry.reason })}</p>}
            {index > 0 && onBack && <Button size="small" onClick={() => onBack(entry)}>{backLabel}</Button>}
          </li>
        ))}
      </ol>
      {more?.hasMore && <Button style={{ marginTop: 12 }} loading={more.loading} onClick={more.load}>{t('setting.older')}</Button>}
    </>
  );
}

export function Differences({ changes }: { changes: readonly Difference[] }) {
  if (changes.length === 0) return null;
  return <ul className="differences">{changes.map(({ name, from, to }) => <li key={name}>{name}: <span className="tab">{from}</span> <span aria-hidden="true">→</span> <b className="tab">{to}</b></li>)}</ul>;
}
