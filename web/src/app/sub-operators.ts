import { useQuery } from '@tanstack/react-query';
import { useCallback } from 'react';
import { loadSubOperators, type SubOperator } from '../api/access.ts';
import { useMay } from './account.tsx';

const NONE: readonly SubOperator[] = [];

/** The operator's parts with their names; who may not see them sees ids. */
export function useSubOperators(): { readonly all: readonly SubOperator[]; readonly nameOf: (subOperatorId: string) => string } {
  const { data = NONE } = useQuery({ queryKey: ['sub-operators'], queryFn: loadSubOperators, enabled: useMay('organisation:read'), staleTime: 60_000 });
  return { all: data, nameOf: useCallback((id) => data.find((each) => each.subOperatorId === id)?.name ?? id, [data]) };
}
