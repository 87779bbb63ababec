/** A person ends a difference: explained, accepted, or written off, above the operator's threshold by two (C-16). */
import { Type, type Static } from 'typebox';
import { assert, money, type CurrencyCode } from '../../../kernel/index.ts';
import { requestApproval, type ApprovalKind } from '../../../platform/approvals/index.ts';
import { actorIdOf, loadActorNames, recordAct } from '../../../platform/audit-log/index.ts';
import type { Tx } from '../../../platform/database/index.ts';
import { orProblem, problem } from '../../../platform/errors/index.ts';
import { Body, IdJson, idToJson, InstantJson, instantToJson, MoneyJson, moneyFromJson, moneyToJson, NullOr, type Api } from '../../../platform/http/index.ts';
import { announce } from '../../../platform/live-updates/index.ts';
import { COMMENT_LENGTH_MAX, endBreak, needsSecondPerson } from '../commands/work-break.ts';
import { findBreak } from '../store/breaks.ts';
import { changeWriteOffAbove, writeOffAbove, writeOffPolicies } from '../store/write-off-policy.ts';
import { BreakStory, breakIdOf, storyOf, type ReconciliationRouteOptions } from './break-json.ts';

const tag = 'reconciliation';
const Policy = Type.Object({
  fourEyesAbove: MoneyJson, history: Type.Array(Type.Object({ version: Type.Integer(), fourEyesAbove: MoneyJson, changedBy: Type.String(), changedAt: InstantJson }), { description: 'Newest first; empty while nobody has set it.' }),
}, { title: 'WriteOffPolicy' });

export function registerEnding(api: Api, options: ReconciliationRouteOptions): void {
  const Ended = Type.Object({
    ...BreakStory.properties, approvalId: NullOr(IdJson('apr')),
  }, { title: 'ReconciliationBreakEnd', description: 'With an approvalId it is open still, and waits for another person.' });
  api.route({
    method: 'POST', path: '/reconciliation-breaks/:breakId/end', operationId: 'endReconciliationBreak', tag, summary: 'Explain, accept or write off a difference',
    description: 'A write-off books the difference against reconciliation differences; above the threshold another person books it by approving. Accepting a refund that was made elsewhere books it on the payment, by the same threshold. What was ended stays as it is.', idempotency: 'natural',
    permission: 'payments:recover', audience: 'operator', params: Type.Object({ breakId: IdJson('brk') }), response: Ended,
    body: Body({ resolution: Type.Enum(['accepted', 'explained', 'written_off']), why: Type.String({ minLength: 1, maxLength: COMMENT_LENGTH_MAX }) }),
    errors: ['break_not_found', 'break_resolved_already', 'break_has_no_difference', 'write_off_needs_second_person', 'refund_elsewhere_payment_unknown', 'refund_elsewhere_exceeds_payment'],
    handler: async (tx, call) => {
      const breakId = breakIdOf(call.params.breakId), { resolution } = call.body, why = call.body.why.trim();
      const found = await findBreak(tx, breakId);
      if (found === null) throw problem('break_not_found');
      const above = await writeOffAbove(tx);
      if (found.state === 'open' && found.kind !== 'fee_differs' && needsSecondPerson(found, { resolution }, above)) {
        assert(call.actor.kind !== 'system', 'an act over HTTP has somebody who is logged in');
        const approvalId = await requestApproval(tx, {
          kind: 'reconciliation.write_off', payload: { breakId, why, resolution, differenceMinor: found.differenceMinor }, subject: { kind: 'reconciliation_break', id: breakId }, reason: why,
          rule: `${resolution === 'written_off' ? 'a write-off' : 'a refund elsewhere'} above ${above} minor units needs a second person`, requestedBy: call.actor, from: call.from,
        }, call);
        announce(tx, 'approvals');
        return { ...(await storyOf(tx, breakId, options)), approvalId: idToJson('apr', approvalId) };
      }
      const ended = orProblem(await endBreak(tx, { breakId, resolution, by: actorIdOf(call.actor), why, currency: await options.currencyOf(tx), approvedBy: null }, call));
      await recordAct(tx, { actor: call.actor, from: call.from, act: 'reconciliation.end_break', subject: { kind: 'reconciliation_break', id: breakId }, after: { resolution, transferId: ended.transferId }, reason: why }, call);
      return { ...(await storyOf(tx, breakId, options)), approvalId: null };
    },
  });
  registerPolicy(api, options);
}

/** What approving does: the difference is booked in the name of whoever asked, with the second person beside it. */
export const writeOffApproval = ({ currencyOf }: { readonly currencyOf: (tx: Tx) => Promise<CurrencyCode> }): ApprovalKind => ({
  kind: 'reconciliation.write_off',
  async apply(tx, { payload, requestedBy, reason, decidedBy }, { clock, from }) {
    // Asked for before there was more than one kind: a write-off.
    const resolution = payload.resolution === 'accepted' ? 'accepted' as const : 'written_off' as const;
    const ended = await endBreak(tx, { breakId: payload.breakId as string, resolution, by: requestedBy, why: reason, currency: await currencyOf(tx), approvedBy: decidedBy }, { clock });
    if (!ended.ok) return ended;
    const { breakId, transferId } = ended.value;
    await recordAct(tx, {
      actor: { kind: 'user', id: decidedBy }, from, act: 'reconciliation.end_break', subject: { kind: 'reconciliation_break', id: breakId }, after: { resolution, transferId, askedBy: requestedBy }, reason,
    }, { clock });
    return { ok: true, value: { transferId } };
  },
});

function registerPolicy(api: Api, { currencyOf, nameActors }: ReconciliationRouteOptions): void {
  const policy = async (tx: Tx): Promise<Static<typeof Policy>> => {
    const currency = await currencyOf(tx), history = await writeOffPolicies(tx), amount = (minor: bigint): MoneyJson => moneyToJson(money(minor, currency));
    const { nameOrKept: nameOf } = await loadActorNames(tx, nameActors, history.map(({ changedBy }) => changedBy));
    return {
      fourEyesAbove: amount(await writeOffAbove(tx)),
      history: history.map((row) => ({ version: row.version, fourEyesAbove: amount(row.fourEyesAboveMinor), changedBy: nameOf(row.changedBy), changedAt: instantToJson(row.recordedAt) })),
    };
  };
  api.route({
    method: 'GET', path: '/write-off-policy', operationId: 'getWriteOffPolicy', tag, summary: 'Above which amount a write-off needs a second person', permission: 'payments:read', audience: 'operator', response: Policy,
    handler: (tx) => policy(tx),
  });
  api.route({
    method: 'PUT', path: '/write-off-policy', operationId: 'changeWriteOffPolicy', tag, summary: 'Change above which amount a write-off needs a second person', permission: 'settings:write', audience: 'operator', response: Policy,
    body: Body({ fourEyesAbove: MoneyJson }), errors: ['currency_differs', 'adjustment_amount_invalid'],
    handler: async (tx, call) => {
      const { amountMinor, currency } = moneyFromJson(call.body.fourEyesAbove), own = await currencyOf(tx), before = await writeOffAbove(tx);
      if (currency !== own) throw problem('currency_differs', { data: { currency: own } });
      if (amountMinor < 0n) throw problem('adjustment_amount_invalid');
      await changeWriteOffAbove(tx, { aboveMinor: amountMinor, changedBy: actorIdOf(call.actor) }, call);
      await recordAct(tx, { actor: call.actor, from: call.from, act: 'reconciliation.change_write_off_policy', subject: { kind: 'operator', id: call.operator.operatorId }, before: { fourEyesAboveMinor: before }, after: { fourEyesAboveMinor: amountMinor } }, call);
      return policy(tx);
    },
  });
}
