import { useQuery } from '@tanstack/react-query';
import { loadStations } from '../../api/locations.ts';

const useAllStations = (enabled: boolean) => useQuery({ queryKey: ['stations', 'choice'], queryFn: () => loadStations(undefined, undefined), enabled, staleTime: 60_000 });

export function useStationNames(enabled: boolean): ReadonlyMap<string, string> {
  const { data } = useAllStations(enabled);
  return new Map(data?.items.map(({ stationId, name }) => [stationId, name]));
}
