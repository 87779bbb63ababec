import { bigIntToUuid, uuidToBigInt, type BillId, type ConnectorId, type CurrencyCode, type SessionId } from '../../../kernel/index.ts';
import { accountId, ENERGY_LEDGER, moneyLedger, transferId, type AccountKind, type TransferEvent } from '../../ledger/index.ts';
import { memberAccountId, planPayment, planReceivable, type PaidByCoupon, type Payment } from '../../wallets/index.ts';
import type { BillDraft } from './bill.ts';
import { CHARGING_TRANSFER } from './transfer-code.ts';

export const POSTING_PURPOSES = ['electricity', 'service', 'occupancy', 'coupon', 'hold', 'hold_voided', 'wallet', 'receivable', 'energy', 'reversal'] as const;
/** One transfer of a bill, as the bill remembers it. */
export type Posting = {
  readonly transferId: string;
  readonly purpose: (typeof POSTING_PURPOSES)[number];
  readonly debitAccount: string;
  readonly creditAccount: string;
  readonly asset: 'money' | 'energy';
  readonly amount: bigint;
  /** The transfer of an earlier version that this one undoes. */
  readonly reverses: string | null;
};
export type PlannedPosting = { readonly posting: Posting; readonly event: TransferEvent };
export type PlannedBill = {
  readonly postings: readonly PlannedPosting[];
  readonly payment: Payment | null;
  readonly fromCouponMinor: bigint;
  readonly fromHoldMinor: bigint;
  /** Takes what the wallet has; how much that was is known after booking. */
  readonly fromWallet: PlannedPosting | null;
};

export type BillToPost = {
  readonly billId: BillId; readonly sessionId: SessionId; readonly connectorId: ConnectorId | null; readonly currency: CurrencyCode; readonly draft: BillDraft;
  readonly hold: { readonly transferId: bigint; readonly amountMinor: bigint } | null;
  /** Paid by these first; what they leave open is the member's. */
  readonly coupons: readonly PaidByCoupon[];
};

/**
 * The ledger's side of a bill: revenue is taken from the member's clearing account, which coupons, the hold, the wallet and, where these are
 * not enough, a receivable fill up again to zero; the energy leaves its connector as billed.
 */
export function planBill(bill: BillToPost): PlannedBill {
  const { draft, billId, currency } = bill;
  const postings: PlannedPosting[] = [];
  const sessionUserData = uuidToBigInt(bill.sessionId);
  if (draft.energyWh > 0n && bill.connectorId !== null) postings.push(energyPosting(bill, bill.connectorId, sessionUserData));
  if (draft.memberId === null) return { postings, payment: null, fromCouponMinor: 0n, fromHoldMinor: 0n, fromWallet: null };
  const clearing = memberAccountId('charging_clearing', draft.memberId, currency);
  for (const [purpose, amount] of [['electricity', draft.electricityMinor], ['service', draft.serviceMinor], ['occupancy', draft.occupancyMinor]] as const) {
    if (amount > 0n) postings.push(revenuePosting(bill, purpose, amount, clearing, sessionUserData));
  }
  for (const { event } of bill.coupons) postings.push({ event, posting: posting(event, 'coupon', event.debitAccountId, event.creditAccountId, 'money') });
  const fromCouponMinor = bill.coupons.reduce((sum, { discountMinor }) => sum + discountMinor, 0n);
  const payment: Payment = { memberId: draft.memberId, currency, billId, sessionUserData, totalMinor: draft.totalMinor - fromCouponMinor, hold: bill.hold };
  const planned = planPayment(payment);
  const wallet = memberAccountId('member_wallet', draft.memberId, currency);
  if (planned.holdTransfer) {
    postings.push({ event: planned.holdTransfer, posting: posting(planned.holdTransfer, planned.fromHoldMinor > 0n ? 'hold' : 'hold_voided', wallet, clearing, 'money') });
  }
  const fromWallet = planned.walletTransfer && { event: planned.walletTransfer, posting: posting(planned.walletTransfer, 'wallet', wallet, clearing, 'money') };
  return { postings, payment, fromCouponMinor, fromHoldMinor: planned.fromHoldMinor, fromWallet };
}

export function planOwed(payment: Payment, amountMinor: bigint): PlannedPosting {
  const event = planReceivable(payment, amountMinor);
  return { event, posting: posting(event, 'receivable', event.debitAccountId!, event.creditAccountId!, 'money') };
}

/** Undoes every transfer of a version, one for one; a void of a hold has nothing to undo. */
export const planReversals = (postings: readonly Posting[], sessionId: SessionId, currency: CurrencyCode): PlannedPosting[] =>
  postings.filter((each) => each.reverses === null && each.amount > 0n).map((each) => {
    const [debitAccountId, creditAccountId] = [uuidToBigInt(each.creditAccount), uuidToBigInt(each.debitAccount)];
    const event = {
      id: transferId('bill.reversal', each.transferId), debitAccountId, creditAccountId, amount: each.amount, userData128: uuidToBigInt(sessionId),
      ledger: each.asset === 'energy' ? ENERGY_LEDGER : moneyLedger(currency), code: CHARGING_TRANSFER.bill_reversal,
    };
    return { event, posting: { ...posting(event, 'reversal', debitAccountId, creditAccountId, each.asset), reverses: each.transferId } };
  });

function revenuePosting(bill: BillToPost, purpose: 'electricity' | 'service' | 'occupancy', amount: bigint, clearing: bigint, userData128: bigint): PlannedPosting {
  const kind = `revenue_${purpose}` as const satisfies AccountKind;
  const ledger = moneyLedger(bill.currency);
  const creditAccountId = accountId(kind, ledger, null);
  const event = { id: transferId(`bill.${purpose}`, bill.billId), debitAccountId: clearing, creditAccountId, amount, ledger, code: CHARGING_TRANSFER[kind], userData128 };
  return { event, posting: posting(event, purpose, clearing, creditAccountId, 'money') };
}

function energyPosting(bill: BillToPost, connectorId: ConnectorId, userData128: bigint): PlannedPosting {
  const [debitAccountId, creditAccountId] = [accountId('energy_billed', ENERGY_LEDGER, null), accountId('connector_energy', ENERGY_LEDGER, connectorId)];
  const event = {
    id: transferId('bill.energy', bill.billId), debitAccountId, creditAccountId, amount: bill.draft.energyWh as bigint, ledger: ENERGY_LEDGER,
    code: CHARGING_TRANSFER.energy_billed, userData128,
  };
  return { event, posting: posting(event, 'energy', debitAccountId, creditAccountId, 'energy') };
}

const posting = (event: { readonly id: bigint; readonly amount?: bigint }, purpose: Posting['purpose'], debit: bigint, credit: bigint, asset: Posting['asset']): Posting =>
  ({ transferId: bigIntToUuid(event.id), purpose, debitAccount: bigIntToUuid(debit), creditAccount: bigIntToUuid(credit), asset, amount: event.amount ?? 0n, reverses: null });
