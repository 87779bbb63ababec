import { assert, type Clock, type CurrencyCode, type MemberId } from '../../../kernel/index.ts';
import type { Tx } from '../../../platform/database/index.ts';
import { lookupAccounts } from '../../ledger/index.ts';
import { available } from '../commands/place-hold.ts';
import { memberAccountId } from '../domain/settlement.ts';

export const BALANCES_PER_LOAD_MAX = 1_000;
export type WalletBalance = {
  readonly currency: CurrencyCode;
  /** Credited less spent. */
  readonly balanceMinor: bigint;
  /** Set aside for open sessions; part of the balance. */
  readonly heldMinor: bigint;
  readonly availableMinor: bigint;
  /** What the member owes for bills that the wallet could not pay. */
  readonly receivableMinor: bigint;
};

/** Balances of now; members without a wallet are missing in the answer. At most `BALANCES_PER_LOAD_MAX` members. */
export async function walletBalances(tx: Tx, memberIds: readonly MemberId[], { clock }: { clock: Clock }): Promise<Map<MemberId, WalletBalance>> {
  assert(memberIds.length <= BALANCES_PER_LOAD_MAX, 'too many wallets at once');
  const wallets = await tx.query<{ memberId: MemberId; currency: CurrencyCode }>(
    'select member_id as "memberId", currency from wallets.wallet where operator_id = $1 and member_id = any($2::uuid[])', [tx.operatorIds[0], memberIds]);
  const ids = wallets.flatMap(({ memberId, currency }) => [memberAccountId('member_wallet', memberId, currency), memberAccountId('member_receivable', memberId, currency)]);
  const accounts = new Map((await lookupAccounts(tx, ids, { clock })).map((account) => [account.id, account]));
  return new Map(wallets.map(({ memberId, currency }) => {
    const wallet = accounts.get(memberAccountId('member_wallet', memberId, currency));
    const receivable = accounts.get(memberAccountId('member_receivable', memberId, currency));
    assert(wallet && receivable, 'an open wallet has its accounts');
    return [memberId, {
      currency, balanceMinor: wallet.creditsPosted - wallet.debitsPosted, heldMinor: wallet.debitsPending, availableMinor: available(wallet),
      receivableMinor: receivable.debitsPosted - receivable.creditsPosted,
    }];
  }));
}
