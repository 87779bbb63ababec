/** For tests only: books of a new operator with a clock that moves when told, and short ways to fill and read them. */
import { instant, type OperatorId } from '../../kernel/index.ts';
import { manualClock } from '../../platform/clock/index.ts';
import type { Database } from '../../platform/database/index.ts';
import { createAccounts } from './commands/create-accounts.ts';
import { createTransfers } from './commands/create-transfers.ts';
import type { AccountEvent, AccountFlags, Balances } from './domain/account.ts';
import type { TransferEvent } from './domain/transfer.ts';
import { lookupAccounts } from './queries/lookup.ts';
import { setAccountBalances } from './testing.ts';

export function openBooks(database: Database, operatorId: OperatorId) {
  const clock = manualClock(instant(Date.UTC(2026, 0, 1)));
  const handle = database.forOperator(operatorId);
  const options = { clock };
  return {
    clock, handle, operatorId, options,
    accounts: async (...events: AccountEvent[]) => (await createAccounts(handle, events, options)).map((result) => result.status),
    transfers: async (...events: TransferEvent[]) => (await createTransfers(handle, events, options)).map((result) => result.status),
    /** Unlimited accounts 1..count on ledger 1. */
    open: async (count: number, flags: Partial<AccountFlags> = {}) => {
      await createAccounts(handle, Array.from({ length: count }, (_, index) => ({ id: BigInt(index + 1), ledger: 1, code: 1, flags })), options);
    },
    /** Debits pending, debits posted, credits pending, credits posted. */
    balances: async (id: bigint): Promise<bigint[]> => {
      const [found] = await lookupAccounts(handle, [id], options);
      return [found!.debitsPending, found!.debitsPosted, found!.creditsPending, found!.creditsPosted];
    },
    setBalances: (id: bigint, balances: Partial<Balances>) => setAccountBalances(handle, id, balances),
  };
}
export type Books = ReturnType<typeof openBooks>;

/** A well-formed transfer of 10 from account 1 to account 2 on ledger 1. */
export const transferOf = (id: bigint, more: Partial<TransferEvent> = {}): TransferEvent =>
  ({ id, debitAccountId: 1n, creditAccountId: 2n, amount: 10n, ledger: 1, code: 1, ...more });
