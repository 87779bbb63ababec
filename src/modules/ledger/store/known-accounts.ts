/**
 * What never changes of the accounts of one database that this process met: that they exist, whether they are limited, their ledger. Knowing it saves the
 * database a search for each account. What can change (closed, watched) the database proves every time; what was forgotten it finds out again.
 */
import { uuidToBigInt, type OperatorId } from '../../../kernel/index.ts';

/** Over all operators; when it is full, everything is forgotten. About 100 bytes each. */
export const KNOWN_ACCOUNTS_MAX = 200_000;

export type KnownAccount = { readonly limited: boolean; readonly ledger: number };
/** Stays the same object as long as the process lives, so that whoever books for the operator looks it up once. */
export type KnownOperator = { readonly operatorId: OperatorId; /** The id as a number: reading it anew costs as much as booking one side of a transfer. */ readonly number: bigint; readonly accounts: ReadonlyMap<bigint, KnownAccount> };
export type KnownAccounts = {
  of(operatorId: OperatorId): KnownOperator;
  /** Only what a transaction that committed has read: an account that its own transaction made may never come to be. */
  remember(operatorId: OperatorId, id: bigint, account: KnownAccount): void;
  /** When a connection broke: what answers next may be another server, or one that was restored. */
  forget(): void;
};

export function openKnownAccounts(): KnownAccounts {
  const operators = new Map<OperatorId, KnownOperator & { readonly accounts: Map<bigint, KnownAccount> }>();
  /** One object for all accounts of a kind: there are few kinds, and what is looked at for every transfer stays close at hand. */
  const kinds = new Map<string, KnownAccount>();
  let count = 0;
  const forget = (): void => { for (const { accounts } of operators.values()) accounts.clear(); count = 0; };
  const of = (operatorId: OperatorId): KnownOperator & { readonly accounts: Map<bigint, KnownAccount> } => {
    let operator = operators.get(operatorId);
    if (operator === undefined) operators.set(operatorId, (operator = { operatorId, number: uuidToBigInt(operatorId), accounts: new Map() }));
    return operator;
  };
  const kindOf = (account: KnownAccount): KnownAccount => {
    const key = `${account.limited}/${account.ledger}`;
    let kind = kinds.get(key);
    if (kind === undefined) kinds.set(key, (kind = account));
    return kind;
  };
  return {
    of,
    remember: (operatorId, id, account) => {
      if (count >= KNOWN_ACCOUNTS_MAX) forget();
      const { accounts } = of(operatorId);
      if (accounts.has(id)) return;
      accounts.set(id, kindOf(account));
      count += 1;
    },
    forget,
  };
}
