import type { Station } from '../../api/locations.ts';
import { useTranslate } from '../../i18n/index.ts';
import { State } from '../../ui/state.tsx';

/** How a station stands, in words: only the states that occur. */
export function ConnectorCounts({ counts }: { counts: Station['connectors'] }) {
  const t = useTranslate();
  return (
    <span className="states">
      {counts.occupied > 0 && <State tone="live">{t('station.occupied', { count: counts.occupied })}</State>}
      {counts.available > 0 && <State tone="good">{t('station.available', { count: counts.available })}</State>}
      {counts.faulted > 0 && <State tone="bad">{t('station.faulted', { count: counts.faulted })}</State>}
      {counts.unavailable > 0 && <State tone="warn">{t('station.unavailable', { count: counts.unavailable })}</State>}
      {counts.unknown > 0 && <State tone="neutral">{t('station.unknownState', { count: counts.unknown })}</State>}
    </span>
  );
}
