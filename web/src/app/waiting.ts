import { useQuery } from '@tanstack/react-query';
import { loadApprovals } from '../api/control.ts';
import { useMayEverywhere } from './account.tsx';

/** How many approvals wait (at most a page of them); the menu shows it as a number beside the word. */
export function useWaitingApprovals(enabled: boolean): number {
  const may = useMayEverywhere('approvals:read');
  const { data } = useQuery({ queryKey: ['approvals', 'waiting'], queryFn: () => loadApprovals('pending', undefined), enabled: enabled && may });
  return data?.items.length ?? 0;
}
