import { assert, type CurrencyCode, type MemberId } from '../../../kernel/index.ts';
import { accountId, accountSpec, moneyLedger, transferId, type AccountEvent, type TransferEvent } from '../../ledger/index.ts';
import { WALLET_TRANSFER } from './transfer-code.ts';

/** The ledger accounts of one member: prepaid money, what is owed, and charges on their way to revenue. */
export const memberAccounts = (memberId: MemberId, currency: CurrencyCode): readonly AccountEvent[] =>
  (['member_wallet', 'member_receivable', 'charging_clearing'] as const).map((kind) => accountSpec(kind, moneyLedger(currency), memberId));

export const memberAccountId = (kind: 'member_wallet' | 'member_receivable' | 'charging_clearing', memberId: MemberId, currency: CurrencyCode): bigint =>
  accountId(kind, moneyLedger(currency), memberId);

/** Where a payment for a member's wallet goes, and what must exist for it; the wallet itself is opened by `openWallet`. */
export const creditedAccount = (memberId: MemberId, currency: CurrencyCode): { readonly accountId: bigint; readonly specs: readonly AccountEvent[] } =>
  ({ accountId: memberAccountId('member_wallet', memberId, currency), specs: memberAccounts(memberId, currency) });

export type Payment = {
  readonly memberId: MemberId;
  readonly currency: CurrencyCode;
  /** Names the bill version: the same bill planned again gives the same transfer ids. */
  readonly billId: string;
  readonly sessionUserData: bigint;
  readonly totalMinor: bigint;
  readonly hold: { readonly transferId: bigint; readonly amountMinor: bigint } | null;
};
export type PlannedPayment = {
  /** Post or void of the hold; null when there was none. */
  readonly holdTransfer: (TransferEvent & { readonly amount: bigint }) | null;
  readonly fromHoldMinor: bigint;
  /** What the hold leaves open, taken from the wallet as far as it goes (its booked amount says how far). */
  readonly walletTransfer: (TransferEvent & { readonly amount: bigint }) | null;
};

/**
 * How a bill is paid: `min(hold, total)` is posted, the rest comes from the wallet by a balancing debit, which the ledger clamps to
 * what is there, so a wallet never goes below its limit. What is then still open is booked by `planReceivable`.
 */
export function planPayment(payment: Payment): PlannedPayment {
  const { totalMinor, hold, billId } = payment;
  assert(totalMinor >= 0n, 'a bill takes money or nothing');
  const fromHoldMinor = hold === null ? 0n : totalMinor < hold.amountMinor ? totalMinor : hold.amountMinor;
  const common = { ledger: moneyLedger(payment.currency), userData128: payment.sessionUserData };
  const holdTransfer = hold === null ? null : fromHoldMinor > 0n
    ? { ...common, id: transferId('bill.hold', billId), pendingId: hold.transferId, amount: fromHoldMinor, flags: { postPendingTransfer: true } }
    : { ...common, id: transferId('bill.hold', billId), pendingId: hold.transferId, amount: 0n, flags: { voidPendingTransfer: true } };
  const restMinor = totalMinor - fromHoldMinor;
  const walletTransfer = restMinor === 0n ? null : {
    ...common, id: transferId('bill.wallet', billId), amount: restMinor, code: WALLET_TRANSFER.bill_from_wallet, flags: { balancingDebit: true },
    debitAccountId: memberAccountId('member_wallet', payment.memberId, payment.currency),
    creditAccountId: memberAccountId('charging_clearing', payment.memberId, payment.currency),
  };
  return { holdTransfer, fromHoldMinor, walletTransfer };
}

/** What the wallet could not pay: the member owes it. */
export function planReceivable(payment: Payment, amountMinor: bigint): TransferEvent & { readonly amount: bigint } {
  assert(amountMinor > 0n, 'nothing is owed');
  return {
    id: transferId('bill.receivable', payment.billId), ledger: moneyLedger(payment.currency), userData128: payment.sessionUserData, amount: amountMinor,
    code: WALLET_TRANSFER.bill_receivable, debitAccountId: memberAccountId('member_receivable', payment.memberId, payment.currency),
    creditAccountId: memberAccountId('charging_clearing', payment.memberId, payment.currency),
  };
}

