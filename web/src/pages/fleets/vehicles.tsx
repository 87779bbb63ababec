import { useCallback, useMemo } from 'react';
import { Link } from 'react-router';
import { loadVehicles, type Vehicle } from '../../api/fleets.ts';
import { useLoggedIn } from '../../app/account.tsx';
import { formatDateTime } from '../../format/time.ts';
import { useTranslate } from '../../i18n/index.ts';
import type { Column } from '../../ui/data-table.tsx';
import { FilterBar, useFilters, type FilterSpec } from '../../ui/filters.tsx';
import { useKeyset } from '../../ui/keyset.ts';
import { ListCard } from '../../ui/list-card.tsx';
import { Empty } from '../../ui/problem-view.tsx';
import { useUnits } from '../reports/words.tsx';

const path = ({ vehicleId }: Vehicle): string => `/vehicles/${vehicleId}`;

export function Vehicles() {
  const t = useTranslate();
  const { timeZone } = useLoggedIn();
  const { fleets, fleetName } = useUnits();
  const specs = useMemo<readonly FilterSpec[]>(() => [{ key: 'fleetId', label: t('report.by.fleet'), kind: 'choice', options: fleets.map(({ fleetId, name }) => ({ value: fleetId, label: name })) }], [t, fleets]);
  const { q, fleetId } = useFilters(specs);
  const load = useCallback((cursor: string | undefined) => loadVehicles({ q, fleetId }, cursor), [q, fleetId]);
  const list = useKeyset<Vehicle>(['vehicles', 'all', q ?? '', fleetId ?? ''], load);
  const columns = useMemo<readonly Column<Vehicle>[]>(() => {
    const fleet = (row: Vehicle): string => row.fleetId === null ? '' : fleetName(row.fleetId);
    return [
      { key: 'plate', title: t('vehicle.plate'), render: (row) => <Link className="cell-main" to={path(row)}>{row.erased ? t('vehicle.erased') : row.plate ?? row.vin}</Link>, text: (row) => row.plate ?? '' },
      { key: 'vin', title: 'VIN', render: (row) => row.vin ? <span className="mono">{row.vin}</span> : <span className="muted">–</span>, text: (row) => row.vin ?? '' },
      { key: 'fleet', title: t('report.by.fleet'), under: true, render: (row) => row.fleetId === null ? <span className="muted">{t('report.none.fleet')}</span> : fleet(row), text: fleet },
      { key: 'at', title: t('vehicle.registeredAt'), wideOnly: true, render: (row) => <span className="tab">{formatDateTime(row.createdAt, timeZone)}</span>, text: (row) => formatDateTime(row.createdAt, timeZone) },
    ];
  }, [t, timeZone, fleetName]);
  return (
    <div className="page">
      <FilterBar specs={specs} searchLabel={t('vehicle.search')} />
      <ListCard name="vehicles" label={t('vehicle.title')} list={list} columns={columns} rowKey={(row) => row.vehicleId} href={path} loadPage={load} empty={<Empty title={t(q || fleetId ? 'vehicle.notFound' : 'vehicle.none')} hint={t('vehicle.none.hint')} />} />
    </div>
  );
}
