import { assert, ok, refuse, uuidToBigInt, type Clock, type Result } from '../../../kernel/index.ts';
import type { Tx } from '../../../platform/database/index.ts';
import { announce } from '../../../platform/live-updates/index.ts';
import { appendEvents } from '../../../platform/outbox/index.ts';
import { createTransfers, transferId } from '../../ledger/index.ts';
import { restoreCoupons } from '../../wallets/index.ts';
import { PAYMENT_EVENTS } from '../events.ts';
import { lockOrders } from '../store/orders.ts';
import { updateSurplus } from '../store/surplus.ts';
import { appendTimeline } from '../store/timeline.ts';
import { approve, type RefundWithParts } from './apply-for-refund.ts';
import type { Refund } from './refund-record.ts';
import { findRefund, loadParts, releaseOnAttempt, remainingOf, updatePart, updateRefund } from './store.ts';

export type AuditRejection = { readonly code: 'refund_not_found' } | { readonly code: 'refund_audited_already' } | { readonly code: 'refund_four_eyes' } | { readonly code: 'refund_not_yours' };
type AuditOptions = { readonly clock: Clock };

/** A second person lets a refund go, or stops it. Nobody audits their own, which the table refuses too. */
export async function auditRefund(
  tx: Tx, audit: { readonly refundId: string; readonly decision: 'approve' | 'reject'; readonly by: string; readonly note: string | null }, { clock }: AuditOptions,
): Promise<Result<RefundWithParts, AuditRejection>> {
  const locked = await lockWithOrders(tx, audit.refundId);
  if (!locked) return refuse({ code: 'refund_not_found' });
  const { refund, parts } = locked;
  if (refund.state !== 'applied') return refuse({ code: 'refund_audited_already' });
  if (refund.appliedBy === audit.by) return refuse({ code: 'refund_four_eyes' });
  if (audit.decision === 'approve') return ok(await approve(tx, { refund, parts }, audit, clock));
  return ok(await undo(tx, { refund: { ...refund, auditedBy: audit.by, auditNote: audit.note }, parts }, { state: 'rejected', by: audit.by }, clock));
}

/** Whoever applied may take it back for as long as nobody has audited it. */
export async function withdrawRefund(tx: Tx, { refundId, by }: { readonly refundId: string; readonly by: string }, { clock }: AuditOptions): Promise<Result<RefundWithParts, AuditRejection>> {
  const locked = await lockWithOrders(tx, refundId);
  if (!locked) return refuse({ code: 'refund_not_found' });
  if (locked.refund.appliedBy !== by) return refuse({ code: 'refund_not_yours' });
  if (locked.refund.state !== 'applied') return refuse({ code: 'refund_audited_already' });
  return ok(await undo(tx, locked, { state: 'withdrawn', by }, clock));
}

/** The refund, locked after the orders that its parts go back to, as everybody locks them; its parts are the same for ever, their states are read under the lock. */
async function lockWithOrders(tx: Tx, refundId: string): Promise<RefundWithParts | null> {
  await lockOrders(tx, (await loadParts(tx, [refundId])).map(({ orderId }) => orderId));
  const refund = await findRefund(tx, { refundId }, { lock: true });
  return refund && { refund, parts: await loadParts(tx, [refundId]) };
}

async function voidHold(tx: Tx, { refundId, holdTransferId }: Refund, clock: Clock): Promise<void> {
  assert(holdTransferId !== null, 'a refund from a wallet has set money aside');
  const [voided] = await createTransfers(tx, [{ id: transferId('payments.refund_void', refundId), pendingId: uuidToBigInt(holdTransferId), amount: 0n, flags: { voidPendingTransfer: true } }], { clock });
  assert(voided?.status === 'created', `giving back what a refund had set aside: ${voided?.status}`);
}

/** What was set aside in the wallet and on the payments is free again. */
async function undo(tx: Tx, { refund, parts }: RefundWithParts, end: { readonly state: 'rejected' | 'withdrawn'; readonly by: string }, clock: Clock): Promise<RefundWithParts> {
  const now = clock.now();
  const ended: Refund = { ...refund, state: end.state, stateAt: now };
  await updateRefund(tx, ended);
  const stopped = parts.map((part) => ({ ...part, state: 'failed' as const, stateAt: now, failureCode: end.state, nextCheckAt: null }));
  for (const part of stopped) {
    await updatePart(tx, part);
    await releaseOnAttempt(tx, part, { refunded: false });
  }
  if (refund.source === 'surplus') for (const { orderId, attempt } of stopped) await updateSurplus(tx, { orderId, attempt, state: 'open' }, { at: now });
  else {
    await voidHold(tx, refund, clock);
    // While it was applied for, its amount did not count as left: coupons may have been taken back for that.
    await restoreCoupons(tx, await remainingOf(tx, stopped), refund, { clock });
  }
  await appendTimeline(tx, stopped.map((part) => ({
    orderId: part.orderId, attempt: part.attempt, kind: `refund_${end.state}`, actor: end.by, detail: { refundId: refund.refundId, outRefundNo: part.outRefundNo }, happenedAt: now,
  })), { recordedAt: now });
  await appendEvents(tx, [{ type: PAYMENT_EVENTS.refundFinished, payload: { refundId: refund.refundId, memberId: refund.memberId, state: end.state, amountMinor: String(refund.amountMinor), refundedMinor: '0', currency: refund.currency } }]);
  announce(tx, 'payments.refunds');
  announce(tx, 'wallets.balances');
  return { refund: ended, parts: stopped };
}
