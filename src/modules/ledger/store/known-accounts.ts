/**
 * What never changes of the accounts of one database that this process met: that they exist, whether they are limited, their ledger. Knowing it saves the
 * database a search for each account. What can change (closed, watched) the database proves every time; what was forgotten it finds out again.
 */
import type { OperatorId } from '../../../kernel/index.ts';

/** Over all operators; when it is full, everything is forgotten. About 100 bytes each. */
export const KNOWN_ACCOUNTS_MAX = 200_000;

export type KnownAccount = { readonly limited: boolean; readonly ledger: number };
export type KnownAccounts = {
  of(operatorId: OperatorId): ReadonlyMap<bigint, KnownAccount> | undefined;
  /** Only what a transaction that committed has read: an account that its own transaction made may never come to be. */
  remember(operatorId: OperatorId, id: bigint, account: KnownAccount): void;
  /** When a connection broke: what answers next may be another server, or one that was restored. */
  forget(): void;
};

export function openKnownAccounts(): KnownAccounts {
  const known = new Map<OperatorId, Map<bigint, KnownAccount>>();
  let count = 0;
  const forget = (): void => { known.clear(); count = 0; };
  return {
    of: (operatorId) => known.get(operatorId),
    remember: (operatorId, id, account) => {
      if (count >= KNOWN_ACCOUNTS_MAX) forget();
      let accounts = known.get(operatorId);
      if (accounts === undefined) known.set(operatorId, (accounts = new Map()));
      if (accounts.has(id)) return;
      accounts.set(id, account);
      count += 1;
    },
    forget,
  };
}
