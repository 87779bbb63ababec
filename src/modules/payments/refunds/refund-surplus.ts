import { assert, ok, refuse, type Clock, type Result } from '../../../kernel/index.ts';
import { newUuid } from '../../../platform/clock/index.ts';
import { announce } from '../../../platform/live-updates/index.ts';
import { appendEvents } from '../../../platform/outbox/index.ts';
import type { OperatorDatabase, Tx } from '../../../platform/database/index.ts';
import { loadOperator } from '../../parties/index.ts';
import { refundNumber } from '../domain/order-number.ts';
import { PAYMENT_EVENTS } from '../events.ts';
import { lockOrders } from '../store/orders.ts';
import { holdSurplus, loadOpenSurplus, loadSurplus, updateSurplus } from '../store/surplus.ts';
import { appendTimeline } from '../store/timeline.ts';
import { leftOfSurplus, type PaymentOrder, type Surplus } from '../types.ts';
import { approve, REFUND_REASON_LENGTH_MAX, type RefundWithParts } from './apply-for-refund.ts';
import { AUDITED_BY_RULE, type Refund, type RefundPart } from './refund-record.ts';
import { findRefund, insertParts, insertRefund, loadParts, loadRefundSettings, reserveOnAttempt } from './store.ts';

export const SURPLUS_PAGE_MAX = 64;

/**
 * Money that is not due and goes back by itself (second payment, late payment, paid after a reversal) becomes refunds, each of one part, approved by rule. What cannot be refunded is held
 * for a person, with the reason on it, and the page goes on.
 * @returns how many were worked; each surplus becomes a refund once, because its state moves with it.
 */
export async function refundSurplus(odb: OperatorDatabase, { clock }: { readonly clock: Clock }): Promise<number> {
  return await odb.transaction(async (tx) => {
    const candidates = await loadOpenSurplus(tx, { automatic: true, limit: SURPLUS_PAGE_MAX });
    if (candidates.length === 0) return 0;
    // Orders before what hangs on them, as everybody locks; what stands still open then is ours.
    const orders = await lockOrders(tx, candidates.map(({ orderId }) => orderId));
    const surplus = (await loadOpenSurplus(tx, { automatic: true, limit: SURPLUS_PAGE_MAX, lock: true })).filter(({ orderId }) => orders.has(orderId));
    for (const one of surplus) {
      const planned = await plan(tx, { surplus: one, order: orders.get(one.orderId)!, commandId: newUuid(), reason: one.reason, appliedBy: 'system' }, clock);
      if (planned === null) await hold(tx, one, clock);
      else await approve(tx, planned, { by: AUDITED_BY_RULE, note: null }, clock);
    }
    return surplus.length;
  });
}

/** Shown to people and kept: a stable word. */
const NOTHING_LEFT = 'less_is_left_of_the_payment';

async function hold(tx: Tx, { orderId, attempt, amountMinor, reason }: Surplus, clock: Clock): Promise<void> {
  const at = clock.now();
  await holdSurplus(tx, { orderId, attempt, because: NOTHING_LEFT });
  await appendTimeline(tx, [{ orderId, attempt, kind: 'surplus_held', actor: 'system', detail: { because: NOTHING_LEFT, reason, amountMinor: String(amountMinor) }, happenedAt: at }], { recordedAt: at });
  announce(tx, 'payments.orders');
}

type ToPlan = { readonly surplus: Surplus; readonly order: PaymentOrder; readonly commandId: string; readonly reason: string; readonly appliedBy: string };

/** Sets it aside on its payment, and makes the refund and its one part, which keeps its number for ever. @returns null when less than that is left of the payment: nothing was written. */
async function plan(tx: Tx, { surplus, order, commandId, reason, appliedBy }: ToPlan, clock: Clock): Promise<RefundWithParts | null> {
  const { orderId, attempt, merchantAccountId, currency } = surplus, amountMinor = leftOfSurplus(surplus);
  if (amountMinor <= 0n || !(await reserveOnAttempt(tx, { orderId, attempt, amountMinor }))) return null;
  const now = clock.now(), refundId = newUuid(), partId = newUuid();
  const refund: Refund = {
    refundId, commandId, source: 'surplus', memberId: null, orderId, currency, amountMinor, commissionMinor: 0n, reason, appliedBy, appliedAt: now, state: 'applied', stateAt: now,
    auditedBy: null, auditNote: null, holdTransferId: null, refundedMinor: 0n,
  };
  assert(await insertRefund(tx, refund), 'a new refund is new');
  const part: RefundPart = {
    partId, refundId, orderId, attempt, merchantAccountId, outRefundNo: refundNumber(order.environment, partId), amountMinor, state: 'planned', stateAt: now, notBefore: now, channelRefundNo: null,
    failureCode: null, acceptedAt: null, refundedAt: null, transferId: null, nextCheckAt: null, checks: 0,
  };
  await insertParts(tx, [part]);
  await updateSurplus(tx, { orderId, attempt, state: 'refunding' }, { at: now });
  await appendTimeline(tx, [{
    orderId, attempt, kind: 'refund_planned', actor: appliedBy, detail: { refundId, outRefundNo: part.outRefundNo, amountMinor: String(amountMinor), why: surplus.reason }, happenedAt: now,
  }], { recordedAt: now });
  return { refund, parts: [part] };
}

export type SurplusRefund = { readonly commandId: string; readonly orderId: string; readonly attempt: number; readonly reason: string; readonly actor: string };
export type SurplusRefundRejection =
  | { readonly code: 'refund_command_reused' } | { readonly code: 'surplus_not_found' } | { readonly code: 'surplus_settled'; readonly state: Surplus['state'] }
  | { readonly code: 'adjustment_reason_missing'; readonly lengthMax: number } | { readonly code: 'surplus_not_refundable' };

/**
 * A person sends surplus back to the payer. From then on it cannot be credited any more. Above the threshold of the refund rules it waits for another person on the refund desk, and is
 * open again when that one says no; an answer that stays out is asked for and sent again under the same number. The same command is the same refund. Refusals in the order of the union.
 */
export async function refundSurplusByPerson(tx: Tx, act: SurplusRefund, { clock }: { readonly clock: Clock }): Promise<Result<RefundWithParts, SurplusRefundRejection>> {
  assert(act.actor !== '', 'a refund is signed');
  const order = (await lockOrders(tx, [act.orderId])).get(act.orderId);
  const earlier = await findRefund(tx, { commandId: act.commandId });
  if (earlier) return await sameAct(tx, earlier, act);
  const surplus = order && await loadSurplus(tx, act, { lock: true });
  if (!order || !surplus) return refuse({ code: 'surplus_not_found' });
  if (surplus.state !== 'open') return refuse({ code: 'surplus_settled', state: surplus.state });
  const reason = act.reason.trim();
  if (reason === '' || act.reason.length > REFUND_REASON_LENGTH_MAX) return refuse({ code: 'adjustment_reason_missing', lengthMax: REFUND_REASON_LENGTH_MAX });
  const planned = await plan(tx, { surplus, order, commandId: act.commandId, reason, appliedBy: act.actor }, clock);
  if (planned === null) return refuse({ code: 'surplus_not_refundable' });
  await appendEvents(tx, [{ type: PAYMENT_EVENTS.refundApplied, payload: { refundId: planned.refund.refundId, memberId: null, amountMinor: String(planned.refund.amountMinor), currency: surplus.currency } }]);
  announce(tx, 'payments.refunds');
  announce(tx, 'payments.orders');
  return ok(await byRule(tx, planned.refund) ? await approve(tx, planned, { by: AUDITED_BY_RULE, note: null }, clock) : planned);
}

/** The threshold is in the operator's currency: money in another one always takes two. */
async function byRule(tx: Tx, { amountMinor, currency }: Refund): Promise<boolean> {
  return currency === (await loadOperator(tx)).currency && amountMinor <= (await loadRefundSettings(tx)).auditAboveMinor;
}

async function sameAct(tx: Tx, earlier: Refund, { orderId, attempt, actor }: SurplusRefund): Promise<Result<RefundWithParts, SurplusRefundRejection>> {
  const parts = await loadParts(tx, [earlier.refundId]);
  return earlier.source === 'surplus' && earlier.orderId === orderId && parts[0]?.attempt === attempt && earlier.appliedBy === actor ? ok({ refund: earlier, parts }) : refuse({ code: 'refund_command_reused' });
}
