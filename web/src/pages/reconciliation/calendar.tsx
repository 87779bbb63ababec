import { useMemo } from 'react';
import { Link } from 'react-router';
import type { Day } from '../../api/reconciliation.ts';
import { useTranslate } from '../../i18n/index.ts';
import { Card } from '../../ui/page.tsx';
import { useAccountName } from '../../ui/payment-words.tsx';
import { dayPath, dayResult } from './day-words.tsx';

const DAYS = 31;
const DAY_MS = 86_400_000;

/** The last month of each account as a row of days; its colour is repeated by its words on hover and by the list below. */
export function Calendar({ days }: { days: readonly Day[] }) {
  const t = useTranslate();
  const { nameOf } = useAccountName();
  const rows = useMemo(() => {
    const newest = days.reduce((last, { businessDate }) => businessDate > last ? businessDate : last, '');
    const dates = Array.from({ length: DAYS }, (_, back) => new Date(Date.parse(newest) - (DAYS - 1 - back) * DAY_MS).toISOString().slice(0, 10));
    return [...new Set(days.map(({ merchantAccountId }) => merchantAccountId))].map((id) => ({ id, dates: dates.map((date) => ({ date, day: days.find((each) => each.merchantAccountId === id && each.businessDate === date) })) }));
  }, [days]);
  return (
    <Card title={t('recon.calendar', { days: DAYS })} flush>
      <div className="calendar">
        {rows.map(({ id, dates }) => (
          <div className="calendar-row" key={id}><span className="cell-main">{nameOf(id)}</span>
            <div className="calendar-days">{dates.map(({ date, day }) => {
              if (!day) return <span key={date} className="calendar-day" title={`${date} · ${t('recon.state.none')}`} style={{ background: 'none', color: 'var(--k-tertiary)' }}>{date.slice(8)}</span>;
              const { tone, text } = dayResult(t, day);
              return <Link key={date} to={dayPath(day)} className={`calendar-day ${tone === 'live' ? 'live-state' : tone}`} title={`${date} · ${text}`} aria-label={`${date} · ${text}`}>{date.slice(8)}</Link>;
            })}</div>
          </div>
        ))}
      </div>
    </Card>
  );
}
