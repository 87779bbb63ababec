import { Type } from 'typebox';
import { assert, instant, money, type MemberId } from '../../../kernel/index.ts';
import { requestApproval, type ApprovalKind } from '../../../platform/approvals/index.ts';
import { recordAct, type NameActors } from '../../../platform/audit-log/index.ts';
import { problem } from '../../../platform/errors/index.ts';
import {
  Body, decodeCursor, IdJson, idFromJson, idToJson, MoneyJson, moneyFromJson, moneyToJson, NullOr, Page, pageQuery, toPage, type Api,
} from '../../../platform/http/index.ts';
import { announce } from '../../../platform/live-updates/index.ts';
import { applySurplus, SURPLUS_REASON_LENGTH_MAX, type ApplySurplus } from '../commands/apply-surplus.ts';
import { aloneUpTo, declareGoneBack, type GoneBack } from '../commands/surplus-gone-back.ts';
import { refundSurplusByPerson } from '../refunds/refund-surplus.ts';
import { listSurplus, loadSurplus } from '../store/surplus.ts';
import { leftOfSurplus, SURPLUS_STATES, type Surplus } from '../types.ts';
import { orRefusal, surplusFacts, surplusToJson } from './order-json.ts';
import { RefundStory, storyToJson } from './refunds.ts';

const tag = 'payments';
const params = Type.Object({ orderId: IdJson('pay'), attempt: Type.Integer({ minimum: 1, maximum: 20 }) });
const reason = Type.String({ minLength: 1, maxLength: SURPLUS_REASON_LENGTH_MAX });
const Listed = Type.Object({ orderId: IdJson('pay'), merchantAccountId: IdJson('mch'), ...surplusFacts }, { title: 'ListedSurplus' });
export type SurplusRouteOptions = { readonly nameActors: NameActors };

/** What a person does with money that is not due and does not go back by itself: credit it to a member, refund it, or say that the payer has it already. */
export function registerSurplusRoutes(api: Api, options: SurplusRouteOptions): void {
  api.route({
    method: 'GET', path: '/surplus', operationId: 'listSurplus', tag, summary: 'Money that is not due, oldest first', permission: 'payments:read', audience: 'operator', response: Page(Listed),
    description: 'With `automatic=false` and `state=open` the cases that wait for a person.',
    query: Type.Object({ ...pageQuery, state: Type.Optional(Type.Enum([...SURPLUS_STATES])), automatic: Type.Optional(Type.Boolean()) }),
    handler: async (tx, call) => {
      const { limit, state, automatic } = call.query, cursor = decodeCursor(call.query.cursor, ['number', 'uuid', 'number']);
      const rows = await listSurplus(tx, { state: state ?? null, automatic: automatic ?? null, after: cursor === null ? null : { foundAt: instant(cursor[0]), orderId: cursor[1], attempt: cursor[2] }, countMax: limit + 1 });
      return toPage(rows, limit, (row) => ({ orderId: idToJson('pay', row.orderId), merchantAccountId: idToJson('mch', row.merchantAccountId), ...surplusToJson(row) }), (row) => [row.foundAt, row.orderId, row.attempt]);
    },
  });
  registerCrediting(api);
  registerRefunding(api, options);
  registerGoneBack(api);
}

function registerCrediting(api: Api): void {
  api.route({
    method: 'POST', path: '/payment-orders/:orderId/surplus/:attempt/application', operationId: 'applySurplus', tag, summary: 'Credit money that was kept apart to a member after all',
    permission: 'wallets:correct', audience: 'operator', params, body: Body({ memberId: IdJson('mem'), reason }),
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
      const above = await aloneUpTo(tx, surplus);
      if (leftOfSurplus(surplus) > above && surplus.state === 'open') {
        const approvalId = await requestApproval(tx, {
          kind: 'payments.apply_surplus', payload: act, subject: { kind: 'payment_order', id: act.orderId }, reason: act.reason, rule: `money by hand above ${above} minor units needs a second person`,
          requestedBy: call.actor, from: call.from,
        }, call);
        announce(tx, 'approvals');
        return { state: 'awaiting_approval' as const, approvalId: idToJson('apr', approvalId) };
      }
      const applied = orRefusal(await applySurplus(tx, { ...act, approvedBy: null }, call));
      await recordAct(tx, { actor: call.actor, from: call.from, act: 'payments.apply_surplus', subject: { kind: 'payment_order', id: act.orderId }, after: { attempt: act.attempt, memberId: act.memberId, amountMinor: leftOfSurplus(applied) }, reason: act.reason }, call);
      return { state: 'applied' as const, approvalId: null };
    },
  });
}

function registerRefunding(api: Api, options: SurplusRouteOptions): void {
  api.route({
    method: 'POST', path: '/payment-orders/:orderId/surplus/:attempt/refund', operationId: 'refundSurplus', tag, summary: 'Send money that is not due back to the payer',
    description: 'Above the threshold of the refund rules it waits for another person, who lets it go with the other refunds. From now on it cannot be credited.',
    permission: 'refunds:apply', audience: 'operator', params, status: 201, body: Body({ reason }), response: RefundStory,
    errors: ['surplus_not_found', 'surplus_settled', 'surplus_not_refundable', 'adjustment_reason_missing', 'refund_command_reused'],
    handler: async (tx, call) => {
      assert(call.actor.kind !== 'system', 'an act over HTTP has somebody who is logged in');
      const orderId = idFromJson('pay', call.params.orderId, 'surplus_not_found'), { attempt } = call.params;
      const planned = orRefusal(await refundSurplusByPerson(tx, { commandId: call.commandId, orderId, attempt, reason: call.body.reason, actor: call.actor.id }, call));
      const { refundId, amountMinor, state } = planned.refund;
      await recordAct(tx, { actor: call.actor, from: call.from, act: 'payments.refund_surplus', subject: { kind: 'payment_order', id: orderId }, after: { attempt, refundId, amountMinor, state }, reason: planned.refund.reason }, call);
      return storyToJson(tx, call, options, planned);
    },
  });
}

function registerGoneBack(api: Api): void {
  api.route({
    method: 'POST', path: '/payment-orders/:orderId/surplus/:attempt/gone-back', operationId: 'declareSurplusGoneBack', tag, summary: 'Say what of it the payer has already, given back at the channel otherwise',
    description: 'What is left can be credited or refunded; with nothing left it is settled. Above the threshold for money by hand it waits for another person.',
    permission: 'wallets:correct', audience: 'operator', params, status: 201, body: Body({ amount: MoneyJson, reason }),
    response: Type.Object({ state: Type.Enum(['booked', 'awaiting_approval'], { title: 'SurplusGoneBackState' }), left: MoneyJson, approvalId: NullOr(IdJson('apr')) }, { title: 'SurplusGoneBack' }),
    errors: ['surplus_not_found', 'surplus_settled', 'surplus_command_reused', 'surplus_amount_invalid', 'currency_differs', 'adjustment_reason_missing', 'adjustment_needs_second_person'],
    handler: async (tx, call) => {
      assert(call.actor.kind !== 'system', 'an act over HTTP has somebody who is logged in');
      const { amountMinor, currency } = moneyFromJson(call.body.amount);
      const act: Omit<GoneBack, 'approvedBy'> = {
        commandId: call.commandId, orderId: idFromJson('pay', call.params.orderId, 'surplus_not_found'), attempt: call.params.attempt, amountMinor, reason: call.body.reason.trim(), actor: call.actor.id,
      };
      const surplus = await loadSurplus(tx, act);
      if (!surplus) throw problem('surplus_not_found');
      if (currency !== surplus.currency) throw problem('currency_differs', { data: { currency: surplus.currency } });
      const left = (row: Surplus): MoneyJson => moneyToJson(money(leftOfSurplus(row), row.currency));
      const above = await aloneUpTo(tx, surplus);
      if (amountMinor > above && amountMinor <= leftOfSurplus(surplus) && surplus.state === 'open') {
        const approvalId = await requestApproval(tx, {
          kind: 'payments.surplus_gone_back', payload: act, subject: { kind: 'payment_order', id: act.orderId }, reason: act.reason, rule: `money by hand above ${above} minor units needs a second person`,
          requestedBy: call.actor, from: call.from,
        }, call);
        announce(tx, 'approvals');
        return { state: 'awaiting_approval' as const, left: left(surplus), approvalId: idToJson('apr', approvalId) };
      }
      const after = orRefusal(await declareGoneBack(tx, { ...act, approvedBy: null }, call));
      await recordAct(tx, { actor: call.actor, from: call.from, act: 'payments.surplus_gone_back', subject: { kind: 'payment_order', id: act.orderId }, after: { attempt: act.attempt, amountMinor }, reason: act.reason }, call);
      return { state: 'booked' as const, left: left(after), approvalId: null };
    },
  });
}

export const surplusApproval: ApprovalKind = {
  kind: 'payments.apply_surplus',
  async apply(tx, { payload, requestedBy, reason: why, decidedBy }, { clock, from }) {
    const act: ApplySurplus = { orderId: payload.orderId as string, attempt: Number(payload.attempt), memberId: payload.memberId as MemberId, reason: why, actor: requestedBy, approvedBy: decidedBy };
    const applied = await applySurplus(tx, act, { clock });
    if (!applied.ok) return applied;
    await recordAct(tx, {
      actor: { kind: 'user', id: decidedBy }, from, act: 'payments.apply_surplus', subject: { kind: 'payment_order', id: act.orderId },
      after: { attempt: act.attempt, memberId: act.memberId, amountMinor: leftOfSurplus(applied.value), askedBy: requestedBy }, reason: why,
    }, { clock });
    return { ok: true, value: null };
  },
};

export const surplusGoneBackApproval: ApprovalKind = {
  kind: 'payments.surplus_gone_back',
  async apply(tx, { payload, requestedBy, reason: why, decidedBy }, { clock, from }) {
    const act: GoneBack = {
      commandId: payload.commandId as string, orderId: payload.orderId as string, attempt: Number(payload.attempt), amountMinor: BigInt(payload.amountMinor as string), reason: why, actor: requestedBy, approvedBy: decidedBy,
    };
    const declared = await declareGoneBack(tx, act, { clock });
    if (!declared.ok) return declared;
    await recordAct(tx, {
      actor: { kind: 'user', id: decidedBy }, from, act: 'payments.surplus_gone_back', subject: { kind: 'payment_order', id: act.orderId }, after: { attempt: act.attempt, amountMinor: act.amountMinor, askedBy: requestedBy }, reason: why,
    }, { clock });
    return { ok: true, value: null };
  },
};
