import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useEffect, useMemo } from 'react';
import { Navigate, useLocation, useNavigate } from 'react-router';
import { loadAccount, logOut } from '../api/auth.ts';
import { onSessionEnded } from '../api/client.ts';
import { toProblem } from '../api/problem.ts';
import { ProblemView } from '../ui/problem-view.tsx';
import { AccountContext, type AccountState } from './account.tsx';
import { useLiveStream } from './live.tsx';
import { Shell } from './shell.tsx';

/** Lets only somebody who is logged in past; others come back to this very address after the log-in. */
export function Guard() {
  const queries = useQueryClient();
  const navigate = useNavigate();
  const location = useLocation();
  const { data: account, error, isPending, refetch } = useQuery({ queryKey: ['account'], queryFn: loadAccount, staleTime: 60_000, retry: false });
  const here = location.pathname + location.search;

  useEffect(() => onSessionEnded(() => queries.setQueryData(['account'], null)), [queries]);
  useLiveStream(account?.userId);

  const state = useMemo<AccountState>(() => ({
    account: account ?? null,
    logOut: async () => { await logOut().catch(() => undefined); queries.clear(); await navigate('/login'); },
  }), [account, navigate, queries]);

  if (isPending) return null;
  if (account === null || (error && toProblem(error).status === 401)) return <Navigate to={here === '/' ? '/login' : `/login?next=${encodeURIComponent(here)}`} replace />;
  // A later question that fails takes nothing away from the page: what it knows of the account still stands.
  if (!account) return <div className="shell-content"><div className="card"><ProblemView error={error} onRetry={() => void refetch()} /></div></div>;
  return <AccountContext value={state}><Shell /></AccountContext>;
}
