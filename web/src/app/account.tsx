import { createContext, useContext } from 'react';
import type { components } from '../api/contract.ts';

/** Who is logged in, at which operator, and what they may do. */
export type Account = {
  readonly userId: string; readonly logInName: string; readonly displayName: string | null;
  readonly operatorId: string; readonly operatorName: string; readonly operatorCode: string; readonly currency: components['schemas']['Currency']; readonly timeZone: string;
  /** Held for the whole operator. */
  readonly permissions: readonly string[];
  /** Held within one sub-operator only. */
  readonly limited: readonly { readonly subOperatorId: string; readonly permissions: readonly string[] }[];
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

/** What the server does for a role that is limited to a sub-operator, for that part; everything else needs the whole operator. */
const WITHIN_A_PART = ['charging:read', 'locations:read', 'tariffs:read', 'organisation:read', 'members:read', 'members:write', 'wallets:read', 'wallets:top_up', 'reports:read', 'repair:read'];

/** `locations:write`: a page hides what the account may not do, or not for its part of the operator; the server refuses it anyway. */
export function useMay(permission: string): boolean {
  const { account } = useAccount();
  return account !== null && may(account, permission);
}

export const may = ({ permissions, limited }: Account, permission: string): boolean =>
  permissions.includes(permission) || (WITHIN_A_PART.includes(permission) && limited.some((part) => part.permissions.includes(permission)));

/** Whether the account may do so everywhere, and not only within a sub-operator. */
export function useMayEverywhere(permission: string): boolean {
  const { account } = useAccount();
  return account?.permissions.includes(permission) ?? false;
}
