import { useQuery } from '@tanstack/react-query';
import { useCallback } from 'react';
import { loadUsers } from '../../api/control.ts';
import { useMay } from '../../app/account.tsx';

/** Names for user ids; who may not see users sees the ids. */
export function useUserName(): (userId: string) => string {
  const enabled = useMay('users:read');
  const { data } = useQuery({ queryKey: ['users', 'all'], queryFn: loadUsers, enabled, staleTime: 60_000 });
  return useCallback((userId) => { const user = data?.find((each) => each.userId === userId); return user ? user.displayName ?? user.logInName : userId; }, [data]);
}
