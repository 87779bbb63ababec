import { useQuery } from '@tanstack/react-query';
import { loadStopRequests } from '../../api/charging.ts';
import type { Money } from '../../api/types.ts';
import { formatMinor } from '../../format/number.ts';
import { formatDateTime } from '../../format/time.ts';
import { translateCode, useTranslate } from '../../i18n/index.ts';
import { DataTable } from '../../ui/data-table.tsx';
import { Card } from '../../ui/page.tsx';
import { State } from '../../ui/state.tsx';

const useStops = (sessionId: string) => useQuery({ queryKey: ['sessions', sessionId, 'stop-requests'], queryFn: () => loadStopRequests(sessionId) }).data;

/** Beside the session's state: that the money was nearly used up, with the details below. */
export function StopMark({ sessionId }: { sessionId: string }) {
  const t = useTranslate();
  const stops = useStops(sessionId);
  return stops && stops.length > 0 ? <State tone="warn" title={t('stop.title')}>{t('stop.mark', { count: stops.length })}</State> : null;
}

/** Stops that were asked for because the money was nearly used up; nothing where none was. */
export function StopRequests({ sessionId, timeZone }: { sessionId: string; timeZone: string }) {
  const t = useTranslate();
  const stops = useStops(sessionId);
  if (!stops || stops.length === 0) return null;
  const amount = ({ amountMinor, currency }: Money): string => formatMinor(amountMinor, currency);
  return (
    <Card title={t('stop.title')} flush>
      <DataTable label={t('stop.title')} rows={stops} rowKey={(row) => String(row.attempt)} empty={null} columns={[
        { key: 'at', title: t('stop.at'), render: (row) => <span className="tab">{formatDateTime(row.requestedAt, timeZone, true)}</span> },
        { key: 'outcome', title: t('stop.outcome'), under: true, render: (row) => row.refused === null ? <State tone="good">{t('stop.sent')}</State> : <State tone="bad">{translateCode(t, 'stop.refused', row.refused)}</State> },
        { key: 'cost', title: t('stop.cost'), unit: stops[0]?.cost.currency, numeric: true, render: (row) => amount(row.cost) },
        { key: 'expected', title: t('stop.expected'), numeric: true, wideOnly: true, render: (row) => amount(row.expected) },
        { key: 'funds', title: t('stop.funds'), numeric: true, render: (row) => amount(row.funds) },
        { key: 'threshold', title: t('stop.threshold'), numeric: true, wideOnly: true, render: (row) => amount(row.threshold) },
      ]} />
    </Card>
  );
}
