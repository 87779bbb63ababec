import { createContext, useContext } from 'react';
import type { components } from '../api/contract.ts';

/** Who is logged in, at which operator, and what they may do. */
export type Account = {
  readonly userId: string; readonly logInName: string; readonly displayName: string | null;
  readonly operatorId: string; readonly operatorName: string; readonly operatorCode: string; readonly currency: components['schemas']['Currency']; readonly timeZone: string;
  readonly permissions: readonly string[];
};
export type AccountState = { readonly account: Account | null; readonly logOut: () => Promise<void> };

export const AccountContext = createContext<AccountState>({ account: null, logOut: async () => undefined });
export const useAccount = (): AccountState => useContext(AccountContext);

/** The account on a page that only exists for somebody who is logged in. */
export function useLoggedIn(): Account {
  const { account } = useAccount();
  if (!account) throw new Error('a page was shown to nobody');
  return account;
}

/** `locations:write`: a page hides what the account may not do; the server refuses it anyway. */
export function useMay(permission: string): boolean {
  const { account } = useAccount();
  return account?.permissions.some((held) => held === permission) ?? false;
}
