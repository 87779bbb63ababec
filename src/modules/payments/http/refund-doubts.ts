import { Type, type Static } from 'typebox';
import { assert, instant } from '../../../kernel/index.ts';
import { requestApproval, type ApprovalKind } from '../../../platform/approvals/index.ts';
import { recordAct, type NameActors } from '../../../platform/audit-log/index.ts';
import type { Tx } from '../../../platform/database/index.ts';
import { problem } from '../../../platform/errors/index.ts';
import { Body, decodeCursor, IdJson, idFromJson, idToJson, MoneyJson, moneyFromJson, NullOr, Page, pageQuery, toPage, type Api, type Call } from '../../../platform/http/index.ts';
import { announce } from '../../../platform/live-updates/index.ts';
import { aloneUpTo, answerDoubt, DOUBT_STATES, EVIDENCE_LENGTH_MAX, findOpenDoubt, listDoubts, type DoubtAnswer, type RefundDoubt } from '../refunds-elsewhere/doubts.ts';
import { namesOf } from './names.ts';
import { DoubtJson, doubtToJson, orRefusal } from './order-json.ts';

const tag = 'payments';
export type RefundDoubtRouteOptions = { readonly nameActors: NameActors };

/** Payments of which the channel says that more went back than we know of: a person looks at the channel and says how much. */
export function registerRefundDoubtRoutes(api: Api, options: RefundDoubtRouteOptions): void {
  api.route({
    method: 'GET', path: '/refund-doubts', operationId: 'listRefundDoubts', tag, summary: 'Payments of which more went back at the channel than we know of, oldest first', permission: 'payments:read', audience: 'operator', response: Page(DoubtJson),
    query: Type.Object({ ...pageQuery, state: Type.Optional(Type.Enum([...DOUBT_STATES])) }),
    handler: async (tx, call) => {
      const { limit, state } = call.query, cursor = decodeCursor(call.query.cursor, ['number', 'uuid', 'number']);
      const rows = await listDoubts(tx, { state: state ?? null, after: cursor === null ? null : { seenAt: instant(cursor[0]), orderId: cursor[1], attempt: cursor[2] }, countMax: limit + 1 });
      return toPage(rows, limit, await toJson(tx, call, options, rows), (row) => [row.seenAt, row.orderId, row.attempt]);
    },
  });
  registerAnswering(api, options);
}

function registerAnswering(api: Api, options: RefundDoubtRouteOptions): void {
  api.route({
    method: 'POST', path: '/payment-orders/:orderId/refund-doubts/:attempt/answer', operationId: 'answerRefundDoubt', tag, summary: 'Say how much of a payment went back at the channel beside what we know of',
    description: 'Zero: nothing did. The wallet gives what it has, and the member owes the rest. Above the threshold for money by hand, whether it is booked or said not to be so, it waits for another person.',
    permission: 'wallets:correct', audience: 'operator', params: Type.Object({ orderId: IdJson('pay'), attempt: Type.Integer({ minimum: 1, maximum: 20 }) }), status: 201, idempotency: 'natural',
    body: Body({ amount: MoneyJson, evidence: Type.String({ minLength: 1, maxLength: EVIDENCE_LENGTH_MAX, description: 'How that is known: the number of the refund in the merchant platform, a letter.' }) }),
    response: Type.Object({ state: Type.Enum(['answered', 'awaiting_approval'], { title: 'RefundDoubtAnswerState' }), doubt: DoubtJson, approvalId: NullOr(IdJson('apr')) }, { title: 'RefundDoubtAnswer' }),
    errors: ['refund_doubt_not_found', 'refund_doubt_amount_invalid', 'currency_differs', 'adjustment_reason_missing', 'adjustment_needs_second_person'],
    handler: async (tx, call) => {
      assert(call.actor.kind !== 'system', 'an act over HTTP has somebody who is logged in');
      const { amountMinor, currency } = moneyFromJson(call.body.amount);
      const act: Omit<DoubtAnswer, 'approvedBy'> = { orderId: idFromJson('pay', call.params.orderId, 'refund_doubt_not_found'), attempt: call.params.attempt, amountMinor, evidence: call.body.evidence.trim(), actor: call.actor.id };
      const doubt = await findOpenDoubt(tx, act);
      if (!doubt) throw problem('refund_doubt_not_found');
      if (currency !== doubt.currency) throw problem('currency_differs', { data: { currency: doubt.currency } });
      const above = await aloneUpTo(tx, doubt, amountMinor);
      if (above !== null && act.evidence !== '') {
        const approvalId = await requestApproval(tx, {
          kind: 'payments.answer_refund_doubt', payload: act, subject: { kind: 'payment_order', id: act.orderId }, reason: act.evidence, rule: `money by hand above ${above} minor units needs a second person`, requestedBy: call.actor, from: call.from,
        }, call);
        announce(tx, 'approvals');
        return { state: 'awaiting_approval' as const, doubt: (await toJson(tx, call, options, [doubt]))(doubt), approvalId: idToJson('apr', approvalId) };
      }
      const answered = orRefusal(await answerDoubt(tx, { ...act, approvedBy: null }, call));
      await recordAct(tx, { actor: call.actor, from: call.from, act: 'payments.answer_refund_doubt', subject: { kind: 'payment_order', id: act.orderId }, after: { attempt: act.attempt, amountMinor, state: answered.state }, reason: act.evidence }, call);
      return { state: 'answered' as const, doubt: (await toJson(tx, call, options, [answered]))(answered), approvalId: null };
    },
  });
}

export const refundDoubtApproval: ApprovalKind = {
  kind: 'payments.answer_refund_doubt',
  async apply(tx, { payload, requestedBy, reason: evidence, decidedBy }, { clock, from }) {
    const act: DoubtAnswer = { orderId: payload.orderId as string, attempt: Number(payload.attempt), amountMinor: BigInt(payload.amountMinor as string), evidence, actor: requestedBy, approvedBy: decidedBy };
    const answered = await answerDoubt(tx, act, { clock });
    if (!answered.ok) return answered;
    await recordAct(tx, {
      actor: { kind: 'user', id: decidedBy }, from, act: 'payments.answer_refund_doubt', subject: { kind: 'payment_order', id: act.orderId },
      after: { attempt: act.attempt, amountMinor: act.amountMinor, state: answered.value.state, askedBy: requestedBy }, reason: evidence,
    }, { clock });
    return { ok: true, value: null };
  },
};

async function toJson(tx: Tx, call: Pick<Call<unknown, unknown, unknown>, 'principal'>, { nameActors }: RefundDoubtRouteOptions, rows: readonly RefundDoubt[]): Promise<(row: RefundDoubt) => Static<typeof DoubtJson>> {
  const names = await namesOf(tx, call.principal, { actors: rows.flatMap(({ resolvedBy, approvedBy }) => [resolvedBy, approvedBy]), members: [], nameActors });
  return (row) => doubtToJson(row, names);
}
