import type { SessionDetail } from '../../api/charging.ts';
import { formatKw, formatKwh } from '../../format/number.ts';
import { formatDateTime } from '../../format/time.ts';
import { useTranslate } from '../../i18n/index.ts';
import { DataTable } from '../../ui/data-table.tsx';
import { State } from '../../ui/state.tsx';

/** The table behind the chart. */
export function ReadingsTable({ session }: { session: SessionDetail }) {
  const t = useTranslate();
  return (
    <div className="tall-list" tabIndex={0} role="region" aria-label={t('session.table')}>
      <DataTable label={t('session.table')} rows={session.readings} rowKey={(row) => `${row.at}${row.role}${row.registerWh}`} empty={null} columns={[
        { key: 'at', title: t('bill.line.when'), render: (row) => <span className="tab">{formatDateTime(row.at, session.timeZone, true)}</span> },
        { key: 'role', title: t('session.state'), render: (row) => <>{t(`session.role.${row.role}`)}{!row.counted && <> <State tone="warn">{t('session.notCounted')}</State></>}</> },
        { key: 'register', title: t('session.registers'), unit: 'kWh', numeric: true, render: (row) => row.registerWh === null ? <span className="muted">{t('unknown')}</span> : formatKwh(row.registerWh) },
        { key: 'energy', title: t('session.energy'), unit: 'kWh', numeric: true, render: (row) => row.energyWh === null ? <span className="muted">–</span> : formatKwh(row.energyWh) },
        { key: 'power', title: t('session.power'), unit: 'kW', numeric: true, wideOnly: true, render: (row) => row.powerW === null ? <span className="muted">–</span> : formatKw(row.powerW) },
      ]} />
    </div>
  );
}
