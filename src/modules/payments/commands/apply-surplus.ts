import { assert, bigIntToUuid, ok, refuse, uuidToBigInt, type Clock, type MemberId, type Result } from '../../../kernel/index.ts';
import type { Tx } from '../../../platform/database/index.ts';
import { announce } from '../../../platform/live-updates/index.ts';
import { accountId, createAccounts, createTransfers, moneyLedger, transferId } from '../../ledger/index.ts';
import { loadMembers, loadOperator } from '../../parties/index.ts';
import { creditedAccount, fourEyesAbove, openWallet } from '../../wallets/index.ts';
import { PAYMENT_TRANSFER } from '../domain/transfer-code.ts';
import { lockOrders } from '../store/orders.ts';
import { loadSurplus, updateSurplus } from '../store/surplus.ts';
import { appendTimeline } from '../store/timeline.ts';
import { leftOfSurplus, type Surplus } from '../types.ts';

export const SURPLUS_REASON_LENGTH_MAX = 500;

export type ApplySurplus = {
  readonly orderId: string; readonly attempt: number;
  /** Whose wallet gets it. */
  readonly memberId: MemberId;
  readonly reason: string; readonly actor: string;
  /** The second person, above the operator's threshold for money by hand. */
  readonly approvedBy: string | null;
};
export type ApplySurplusRejection =
  | { readonly code: 'surplus_not_found' } | { readonly code: 'surplus_settled'; readonly state: Surplus['state'] } | { readonly code: 'member_not_found'; readonly memberId: MemberId }
  | { readonly code: 'currency_differs'; readonly currency: string } | { readonly code: 'adjustment_reason_missing'; readonly lengthMax: number } | { readonly code: 'adjustment_needs_second_person'; readonly aboveMinor: bigint };

/**
 * A person decides that money which was kept apart belongs to a member after all: a wrong amount that the payer agrees with, a payment for a wallet that was meant.
 * Credited once; a surplus that is going back cannot be applied any more. Refusals in the order of the union.
 */
export async function applySurplus(tx: Tx, request: ApplySurplus, { clock }: { readonly clock: Clock }): Promise<Result<Surplus, ApplySurplusRejection>> {
  assert(request.actor !== '' && request.approvedBy !== request.actor, 'whoever approves is another person');
  await lockOrders(tx, [request.orderId]);
  const surplus = await loadSurplus(tx, request, { lock: true });
  if (!surplus) return refuse({ code: 'surplus_not_found' });
  if (surplus.state !== 'open') return refuse({ code: 'surplus_settled', state: surplus.state });
  if (!(await loadMembers(tx, [request.memberId])).has(request.memberId)) return refuse({ code: 'member_not_found', memberId: request.memberId });
  const { currency } = await loadOperator(tx);
  if (surplus.currency !== currency) return refuse({ code: 'currency_differs', currency });
  if (request.reason.trim() === '' || request.reason.length > SURPLUS_REASON_LENGTH_MAX) return refuse({ code: 'adjustment_reason_missing', lengthMax: SURPLUS_REASON_LENGTH_MAX });
  const aboveMinor = await fourEyesAbove(tx);
  if (leftOfSurplus(surplus) > aboveMinor && request.approvedBy === null) return refuse({ code: 'adjustment_needs_second_person', aboveMinor });
  const at = clock.now();
  const id = transferId('payments.surplus_applied', request.orderId, request.attempt);
  await credit(tx, { surplus, memberId: request.memberId, id }, clock);
  await updateSurplus(tx, { orderId: request.orderId, attempt: request.attempt, state: 'applied_by_person' }, { at, resolution: { by: request.actor, id: bigIntToUuid(id) } });
  await appendTimeline(tx, [{
    orderId: request.orderId, kind: 'surplus_applied', attempt: request.attempt, actor: request.actor, happenedAt: at,
    detail: { memberId: request.memberId, amountMinor: String(leftOfSurplus(surplus)), reason: request.reason.trim(), approvedBy: request.approvedBy },
  }], { recordedAt: at });
  announce(tx, 'payments.orders');
  announce(tx, 'wallets.balances');
  return ok({ ...surplus, state: 'applied_by_person', stateAt: at });
}

async function credit(tx: Tx, { surplus, memberId, id }: { readonly surplus: Surplus; readonly memberId: MemberId; readonly id: bigint }, clock: Clock): Promise<void> {
  const { currency, merchantAccountId, orderId, attempt } = surplus, amountMinor = leftOfSurplus(surplus);
  await openWallet(tx, { memberId, currency }, { clock });
  const wallet = creditedAccount(memberId, currency);
  for (const { status } of await createAccounts(tx, wallet.specs, { clock })) assert(status === 'created' || status === 'exists', `a member's account: ${status}`);
  const [result] = await createTransfers(tx, [{
    id, debitAccountId: accountId('unapplied_payments', moneyLedger(currency), merchantAccountId), creditAccountId: wallet.accountId, amount: amountMinor, ledger: moneyLedger(currency),
    code: PAYMENT_TRANSFER.surplus_applied, userData128: uuidToBigInt(orderId), userData32: attempt,
  }], { clock });
  assert(result?.status === 'created', `applying a surplus: ${result?.status}`);
}
