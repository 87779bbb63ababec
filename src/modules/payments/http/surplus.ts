import { Type } from 'typebox';
import { assert, type MemberId } from '../../../kernel/index.ts';
import { requestApproval, type ApprovalKind } from '../../../platform/approvals/index.ts';
import { recordAct } from '../../../platform/audit-log/index.ts';
import { problem } from '../../../platform/errors/index.ts';
import { Body, IdJson, idFromJson, idToJson, NullOr, type Api } from '../../../platform/http/index.ts';
import { announce } from '../../../platform/live-updates/index.ts';
import { fourEyesAbove } from '../../wallets/index.ts';
import { applySurplus, SURPLUS_REASON_LENGTH_MAX, type ApplySurplus } from '../commands/apply-surplus.ts';
import { loadSurplus } from '../store/surplus.ts';
import { orRefusal } from './order-json.ts';

/** What a person does with money that is not due and does not go back by itself: it is credited to a member, above the threshold with a second person. */
export function registerSurplusRoutes(api: Api): void {
  api.route({
    method: 'POST', path: '/payment-orders/:orderId/surplus/:attempt/application', operationId: 'applySurplus', tag: 'payments', summary: 'Credit money that was kept apart to a member after all',
    permission: 'wallets:correct', audience: 'operator', params: Type.Object({ orderId: IdJson('pay'), attempt: Type.Integer({ minimum: 1, maximum: 20 }) }),
    body: Body({ memberId: IdJson('mem'), reason: Type.String({ minLength: 1, maxLength: SURPLUS_REASON_LENGTH_MAX }) }),
    response: Type.Object({ state: Type.Enum(['applied', 'awaiting_approval'], { title: 'SurplusApplicationState' }), approvalId: NullOr(IdJson('apr')) }, { title: 'SurplusApplication' }),
    errors: ['surplus_not_found', 'surplus_settled', 'member_not_found', 'currency_differs', 'adjustment_reason_missing', 'adjustment_needs_second_person'],
    handler: async (tx, call) => {
      assert(call.actor.kind !== 'system', 'an act over HTTP has somebody who is logged in');
      const act: Omit<ApplySurplus, 'approvedBy'> = {
        orderId: idFromJson('pay', call.params.orderId, 'surplus_not_found'), attempt: call.params.attempt, memberId: idFromJson<MemberId>('mem', call.body.memberId, 'member_not_found'),
        reason: call.body.reason, actor: call.actor.id,
      };
      const surplus = await loadSurplus(tx, act);
      if (!surplus) throw problem('surplus_not_found');
      const above = await fourEyesAbove(tx);
      if (surplus.amountMinor > above && surplus.state === 'open') {
        const approvalId = await requestApproval(tx, {
          kind: 'payments.apply_surplus', payload: act, subject: { kind: 'payment_order', id: act.orderId }, reason: act.reason, rule: `money by hand above ${above} minor units needs a second person`,
          requestedBy: call.actor, from: call.from,
        }, call);
        announce(tx, 'approvals');
        return { state: 'awaiting_approval' as const, approvalId: idToJson('apr', approvalId) };
      }
      const applied = orRefusal(await applySurplus(tx, { ...act, approvedBy: null }, call));
      await recordAct(tx, { actor: call.actor, from: call.from, act: 'payments.apply_surplus', subject: { kind: 'payment_order', id: act.orderId }, after: { attempt: act.attempt, memberId: act.memberId, amountMinor: applied.amountMinor }, reason: act.reason }, call);
      return { state: 'applied' as const, approvalId: null };
    },
  });
}

export const surplusApproval: ApprovalKind = {
  kind: 'payments.apply_surplus',
  async apply(tx, { payload, requestedBy, reason, decidedBy }, { clock, from }) {
    const act: ApplySurplus = { orderId: payload.orderId as string, attempt: Number(payload.attempt), memberId: payload.memberId as MemberId, reason, actor: requestedBy, approvedBy: decidedBy };
    const applied = await applySurplus(tx, act, { clock });
    if (!applied.ok) return applied;
    await recordAct(tx, {
      actor: { kind: 'user', id: decidedBy }, from, act: 'payments.apply_surplus', subject: { kind: 'payment_order', id: act.orderId },
      after: { attempt: act.attempt, memberId: act.memberId, amountMinor: applied.value.amountMinor, askedBy: requestedBy }, reason,
    }, { clock });
    return { ok: true, value: null };
  },
};
