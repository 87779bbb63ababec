import { useQuery } from '@tanstack/react-query';
import { useMemo } from 'react';
import { loadStations } from '../../api/locations.ts';
import { useMay } from '../../app/account.tsx';

/** Stations by what people call them; empty for somebody who may not see them. */
export function useStationNames(): ReadonlyMap<string, string> {
  const { data } = useQuery({ queryKey: ['stations', 'names'], queryFn: () => loadStations(undefined, undefined), enabled: useMay('locations:read') });
  return useMemo(() => new Map(data?.items.map(({ stationId, name }) => [stationId, name])), [data]);
}
