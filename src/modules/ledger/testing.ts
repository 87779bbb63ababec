/** For tests only: never imported by the program (the audit reports every account it touched). */
import { assert, type OperatorId } from '../../kernel/index.ts';
import { AMOUNT_MAX, type Balances } from './domain/account.ts';
import { mustBeWatched } from './domain/state.ts';
import { inTx, operatorOf, type LedgerHandle } from './handle.ts';
import { sqlUuid } from './store/sql-array.ts';

/**
 * Sets an account's four balances, so that limits and overflows can be tested without moving that much. What is left out is zero. Earlier movements of
 * the account no longer count. Refused in production.
 */
export async function setAccountBalances(handle: LedgerHandle, id: bigint, balances: Partial<Balances>, options: { readonly operatorId?: OperatorId } = {}): Promise<void> {
  assert(process.env.NODE_ENV !== 'production', 'balances are set in tests only');
  const full: Balances = { debitsPending: 0n, debitsPosted: 0n, creditsPending: 0n, creditsPosted: 0n, ...balances };
  for (const value of Object.values(full)) assert(value >= 0n && value <= AMOUNT_MAX, 'a balance is between 0 and AMOUNT_MAX');
  const operatorId = operatorOf(handle, options);
  const changed = await inTx(handle, (tx) => tx.execute(
    `update ledger.account a set debits_pending = $3, debits_posted = $4, credits_pending = $5, credits_posted = $6, balances_set = true, watched = a.watched or $7,
       checkpoint_sequence = greatest(a.checkpoint_sequence,
         (select max(t.sequence) from ledger.transfer t where t.operator_id = $1 and t.sequence > 0), (select max(e.sequence) from ledger.expiry e where e.operator_id = $1 and e.sequence > 0))
       where a.operator_id = $1 and a.id = $2`,
    [operatorId, sqlUuid(id), full.debitsPending, full.debitsPosted, full.creditsPending, full.creditsPosted, mustBeWatched(full)]));
  assert(changed === 1, 'there is no such account');
}
