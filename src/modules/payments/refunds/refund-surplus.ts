import { assert, type Clock } from '../../../kernel/index.ts';
import { newUuid } from '../../../platform/clock/index.ts';
import type { OperatorDatabase } from '../../../platform/database/index.ts';
import { refundNumber } from '../domain/order-number.ts';
import { lockOrders } from '../store/orders.ts';
import { loadOpenSurplus, updateSurplus } from '../store/surplus.ts';
import { appendTimeline } from '../store/timeline.ts';
import type { RefundPart } from './refund-record.ts';
import { insertParts, insertRefund, reserveOnAttempt } from './store.ts';

export const SURPLUS_PAGE_MAX = 64;

/**
 * Money that is not due and goes back by itself (second payment, late payment, paid after a reversal) becomes refunds, each of one part, approved by rule.
 * @returns how many; each surplus becomes a refund once, because its state moves with it.
 */
export async function refundSurplus(odb: OperatorDatabase, { clock }: { readonly clock: Clock }): Promise<number> {
  return await odb.transaction(async (tx) => {
    const candidates = await loadOpenSurplus(tx, { automatic: true, limit: SURPLUS_PAGE_MAX });
    if (candidates.length === 0) return 0;
    // Orders before what hangs on them, as everybody locks; what stands still open then is ours.
    const orders = await lockOrders(tx, candidates.map(({ orderId }) => orderId));
    const surplus = (await loadOpenSurplus(tx, { automatic: true, limit: SURPLUS_PAGE_MAX, lock: true })).filter(({ orderId }) => orders.has(orderId));
    const now = clock.now();
    for (const { orderId, attempt, merchantAccountId, amountMinor, currency, reason } of surplus) {
      const refundId = newUuid(), partId = newUuid();
      const environment = orders.get(orderId)!.environment;
      assert(await reserveOnAttempt(tx, { orderId, attempt, amountMinor }), 'surplus is refunded once');
      assert(await insertRefund(tx, {
        refundId, commandId: newUuid(), source: 'surplus', memberId: null, orderId, currency, amountMinor, commissionMinor: 0n, reason, appliedBy: 'system', appliedAt: now, state: 'approved', stateAt: now,
        auditedBy: 'rule', auditNote: null, holdTransferId: null, refundedMinor: 0n,
      }), 'a new refund is new');
      const part: RefundPart = {
        partId, refundId, orderId, attempt, merchantAccountId, outRefundNo: refundNumber(environment, partId), amountMinor, state: 'planned', stateAt: now, notBefore: now, channelRefundNo: null,
        failureCode: null, acceptedAt: null, refundedAt: null, transferId: null, nextCheckAt: now, checks: 0,
      };
      await insertParts(tx, [part]);
      await updateSurplus(tx, { orderId, attempt, state: 'refunding' }, { at: now });
      await appendTimeline(tx, [{ orderId, attempt, kind: 'refund_planned', actor: 'system', detail: { refundId, outRefundNo: part.outRefundNo, amountMinor: String(amountMinor), why: reason }, happenedAt: now }], { recordedAt: now });
    }
    return surplus.length;
  });
}
