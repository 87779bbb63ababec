import { assert, ok, refuse, type Clock, type CurrencyCode, type MemberId, type Result } from '../../../kernel/index.ts';
import type { Tx } from '../../../platform/database/index.ts';
import { createTransfers, lookupAccounts, moneyLedger, transferId, type Account } from '../../ledger/index.ts';
import { memberAccountId } from '../domain/settlement.ts';
import { WALLET_TRANSFER } from '../domain/transfer-code.ts';
import { openWallet } from './open-wallet.ts';

export type HoldRequest = {
  readonly memberId: MemberId;
  readonly currency: CurrencyCode;
  readonly sessionId: string;
  /** What the operator's policy asks for; less is held where the balance does not reach. */
  readonly amountMinor: bigint;
  /** Below this much available the start cannot be funded. */
  readonly minimumMinor: bigint;
};
export type Hold = { readonly transferId: bigint; readonly amountMinor: bigint };
export type HoldRejection = { readonly code: 'insufficient_funds'; readonly availableMinor: bigint; readonly minimumMinor: bigint };

/** Another start of the same member may take the money between the look and the hold; then there is less to hold. */
const HOLD_ATTEMPTS_MAX = 3;

/** How much to hold of what is available. Pure. */
export function planHold(availableMinor: bigint, request: Pick<HoldRequest, 'amountMinor' | 'minimumMinor'>): Result<bigint, HoldRejection> {
  const { amountMinor, minimumMinor } = request;
  if (availableMinor < minimumMinor || availableMinor <= 0n && minimumMinor > 0n) return refuse({ code: 'insufficient_funds', availableMinor, minimumMinor });
  return ok(availableMinor < amountMinor ? (availableMinor > 0n ? availableMinor : 0n) : amountMinor);
}

/**
 * Sets money aside for a session: a pending transfer without a timeout, since it must outlive its session, however long that takes.
 * What the policy asks for is tried first, since most wallets hold it: the ledger says if not, and then the balance is looked at.
 * @returns null in `value` when the policy holds nothing; `insufficient_funds` when less than the minimum is there.
 */
export async function placeHold(tx: Tx, request: HoldRequest, { clock }: { clock: Clock }): Promise<Result<Hold | null, HoldRejection>> {
  const { memberId, currency, sessionId } = request;
  await openWallet(tx, { memberId, currency }, { clock });
  const wallet = memberAccountId('member_wallet', memberId, currency);
  let availableMinor = 0n;
  for (let attempt = 0; attempt <= HOLD_ATTEMPTS_MAX; attempt++) {
    let amountMinor = request.amountMinor;
    if (attempt > 0 || amountMinor === 0n) {
      const [account] = await lookupAccounts(tx, [wallet], { clock });
      assert(account, 'an open wallet has its account');
      availableMinor = available(account);
      const amount = planHold(availableMinor, request);
      if (!amount.ok) return amount;
      amountMinor = amount.value;
    }
    if (amountMinor === 0n) return ok(null);
    const id = transferId('wallets.hold', sessionId, attempt);
    const [result] = await createTransfers(tx, [{
      id, debitAccountId: wallet, creditAccountId: memberAccountId('charging_clearing', memberId, currency), amount: amountMinor,
      ledger: moneyLedger(currency), code: WALLET_TRANSFER.charging_hold, userData128: BigInt(`0x${sessionId.replaceAll('-', '')}`), flags: { pending: true },
    }], { clock });
    if (result?.status === 'created') return ok({ transferId: id, amountMinor });
    assert(result?.status === 'exceeds_credits', `holding for a session: ${result?.status}`);
  }
  return refuse({ code: 'insufficient_funds', availableMinor, minimumMinor: request.minimumMinor });
}

/** What can be spent: credited, less what is spent and what is held. */
export const available = (wallet: Pick<Account, 'creditsPosted' | 'debitsPosted' | 'debitsPending'>): bigint =>
  wallet.creditsPosted - wallet.debitsPosted - wallet.debitsPending;
