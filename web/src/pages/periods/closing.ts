import { useQuery } from '@tanstack/react-query';
import { useMemo } from 'react';
import { loadApprovals } from '../../api/control.ts';
import { useMay } from '../../app/account.tsx';

/** Months that wait for a second person, with the approval that they wait for; empty for whoever may not see approvals. */
export function useClosingMonths(): ReadonlyMap<string, string> {
  const may = useMay('approvals:read');
  const { data } = useQuery({ queryKey: ['approvals', 'periods'], queryFn: () => loadApprovals('pending', undefined), enabled: may });
  return useMemo(() => new Map(data?.items.filter(({ kind }) => kind === 'ledger.close_period').map(({ subject, approvalId }) => [subject.id, approvalId])), [data]);
}
