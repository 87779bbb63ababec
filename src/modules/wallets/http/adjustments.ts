/** Money by hand (C-16): an act says what it is and why, is signed, needs a second person above the threshold, and stands in the audit log. */
import { Type, type Static } from 'typebox';
import { assert, money, type MemberId } from '../../../kernel/index.ts';
import { requestApproval, type ApprovalKind } from '../../../platform/approvals/index.ts';
import { recordAct, type Actor, type ActOrigin } from '../../../platform/audit-log/index.ts';
import type { Tx } from '../../../platform/database/index.ts';
import { orProblem, problem } from '../../../platform/errors/index.ts';
import { Body, IdJson, idFromJson, idToJson, InstantJson, instantToJson, IntegerJson, MoneyJson, moneyFromJson, moneyToJson, NullOr, orNull, type Api } from '../../../platform/http/index.ts';
import { announce } from '../../../platform/live-updates/index.ts';
import { loadMembers, loadOperator } from '../../parties/index.ts';
import {
  ADJUSTMENT_KINDS, ADJUSTMENT_REASON_LENGTH_MAX, adjustmentPolicy, adjustWallet, changeFourEyesAbove, checkAdjustment, fourEyesAbove, type AdjustmentDirection, type AdjustmentKind, type BookedAdjustment, type WalletAdjustment,
} from '../commands/adjust-wallet.ts';
import { NO_GIFTS_GOING_BACK, type GiftsGoingBack } from '../commands/cash-given-back.ts';
import { walletBalances } from '../queries/balances.ts';

const tag = 'wallets';
const Adjustment = Type.Object({
  adjustmentId: IdJson('top'), memberId: IdJson('mem'), kind: Type.Enum([...ADJUSTMENT_KINDS], { title: 'AdjustmentKind' }), direction: Type.Enum(['credit', 'debit'], { title: 'AdjustmentDirection' }),
  amount: MoneyJson, reason: Type.String(), approvalId: NullOr(IdJson('apr')), recordedAt: InstantJson,
}, { title: 'WalletAdjustment' });
const Answer = Type.Object({
  state: Type.Enum(['booked', 'awaiting_approval'], { title: 'AdjustmentState' }), adjustment: NullOr(Adjustment), approvalId: NullOr(IdJson('apr')),
}, { title: 'WalletAdjustmentAnswer' });
const Policy = Type.Object({ fourEyesAbove: MoneyJson, cashDeskAbove: MoneyJson }, { title: 'AdjustmentPolicy' });

export function registerAdjustmentRoutes(api: Api, { gifts = NO_GIFTS_GOING_BACK }: { readonly gifts?: GiftsGoingBack } = {}): void {
  api.route({
    method: 'POST', path: '/members/:memberId/adjustments', operationId: 'adjustWallet', tag, summary: 'Move a wallet by hand: top-up, refund, compensation or correction',
    description: 'Above the threshold it waits for another person, who books it by approving. Cash that is given back takes back what the rules gave for its top-ups: cashback must be in the wallet beside it.',
    permission: 'wallets:correct', audience: 'operator', params: Type.Object({ memberId: IdJson('mem') }), response: Answer, status: 201,
    body: Body({
      kind: Type.Enum([...ADJUSTMENT_KINDS]), direction: Type.Enum(['credit', 'debit'], { description: 'A correction goes either way; a refund is a debit, the others are credits.' }),
      amount: MoneyJson, reason: Type.String({ minLength: 1, maxLength: ADJUSTMENT_REASON_LENGTH_MAX }),
    }),
    errors: ['member_not_found', 'currency_differs', 'adjustment_amount_invalid', 'adjustment_direction_invalid', 'adjustment_reason_missing', 'adjustment_command_reused', 'adjustment_needs_second_person', 'wallet_balance_too_low'],
    handler: async (tx, call) => {
      const memberId = idFromJson<MemberId>('mem', call.params.memberId, 'member_not_found');
      const { amountMinor, currency } = moneyFromJson(call.body.amount);
      const operator = await loadOperator(tx);
      if (currency !== operator.currency) throw problem('currency_differs', { data: { currency: operator.currency } });
      assert(call.actor.kind !== 'system', 'an act by hand has somebody who is logged in');
      const act: WalletAdjustment = { commandId: call.commandId, memberId, kind: call.body.kind, direction: call.body.direction, amountMinor, reason: call.body.reason, actor: call.actor.id, approval: null };
      const above = await fourEyesAbove(tx);
      if (amountMinor <= above) return { state: 'booked' as const, adjustment: toJson(await bookAndRecord(tx, act, call, gifts)), approvalId: null };
      const wrong = checkAdjustment(act);
      if (wrong) orProblem({ ok: false, error: wrong });
      if (!(await loadMembers(tx, [memberId])).has(memberId)) throw problem('member_not_found');
      const { approval: _none, ...payload } = act;
      const approvalId = await requestApproval(tx, {
        kind: 'wallets.adjust', payload, subject: { kind: 'member', id: memberId }, reason: act.reason, rule: `money by hand above ${above} minor units needs a second person`, requestedBy: call.actor, from: call.from,
      }, call);
      announce(tx, 'approvals');
      return { state: 'awaiting_approval' as const, adjustment: null, approvalId: idToJson('apr', approvalId) };
    },
  });
  registerPolicy(api);
}

function registerPolicy(api: Api): void {
  const policy = async (tx: Tx): Promise<Static<typeof Policy>> => {
    const { fourEyesAboveMinor, cashDeskAboveMinor } = await adjustmentPolicy(tx), { currency } = await loadOperator(tx);
    return { fourEyesAbove: moneyToJson(money(fourEyesAboveMinor, currency)), cashDeskAbove: moneyToJson(money(cashDeskAboveMinor, currency)) };
  };
  api.route({
    method: 'GET', path: '/adjustment-policy', operationId: 'getAdjustmentPolicy', tag, summary: 'Above which amount money by hand needs a second person', permission: 'wallets:read', audience: 'operator', response: Policy,
    handler: (tx) => policy(tx),
  });
  api.route({
    method: 'PUT', path: '/adjustment-policy', operationId: 'changeAdjustmentPolicy', tag, summary: 'Change above which amount money by hand needs a second person', permission: 'settings:write', audience: 'operator', response: Policy,
    description: 'What is left out stays as it is. Every version is kept.',
    body: Body({ fourEyesAboveMinor: Type.Optional(IntegerJson), cashDeskAboveMinor: Type.Optional(IntegerJson) }), errors: ['adjustment_amount_invalid'],
    handler: async (tx, call) => {
      const asked = { ...(call.body.fourEyesAboveMinor === undefined ? {} : { aboveMinor: BigInt(call.body.fourEyesAboveMinor) }), ...(call.body.cashDeskAboveMinor === undefined ? {} : { cashDeskAboveMinor: BigInt(call.body.cashDeskAboveMinor) }) };
      if (Object.values(asked).some((minor) => minor < 0n)) throw problem('adjustment_amount_invalid');
      assert(call.actor.kind !== 'system', 'a change over HTTP has somebody who is logged in');
      const before = await adjustmentPolicy(tx);
      await changeFourEyesAbove(tx, { ...asked, changedBy: call.actor.id }, call);
      await recordAct(tx, { actor: call.actor, from: call.from, act: 'wallets.change_adjustment_policy', subject: { kind: 'operator', id: call.operator.operatorId }, before, after: await adjustmentPolicy(tx) }, call);
      return policy(tx);
    },
  });
}

/** What approving does: the act is booked in the name of whoever asked, with the second person beside it. */
export const adjustmentApproval = (gifts: GiftsGoingBack): ApprovalKind => ({
  kind: 'wallets.adjust',
  async apply(tx, { approvalId, payload, requestedBy, reason, decidedBy }, { clock, from }) {
    const act: WalletAdjustment = {
      commandId: payload.commandId as string, memberId: payload.memberId as MemberId, kind: payload.kind as AdjustmentKind, direction: payload.direction as AdjustmentDirection,
      amountMinor: BigInt(payload.amountMinor as string), reason, actor: requestedBy, approval: { approvalId, approvedBy: decidedBy },
    };
    const beforeMinor = await balanceOf(tx, act.memberId, clock), booked = await adjustWallet(tx, act, { clock, gifts });
    if (!booked.ok) return booked;
    await record(tx, { booked: booked.value, beforeMinor }, { actor: { kind: 'user', id: decidedBy }, from, clock });
    return { ok: true, value: { transferId: booked.value.transferId } };
  },
});

type By = { readonly actor: Actor; readonly from: ActOrigin; readonly clock: Parameters<typeof adjustWallet>[2]['clock'] };

async function bookAndRecord(tx: Tx, act: WalletAdjustment, by: By, gifts: GiftsGoingBack): Promise<BookedAdjustment> {
  const beforeMinor = await balanceOf(tx, act.memberId, by.clock), booked = orProblem(await adjustWallet(tx, act, { clock: by.clock, gifts }));
  await record(tx, { booked, beforeMinor }, by);
  return booked;
}

/** The balance before and after stand in the audit log beside who did it, from where and why. */
async function record(tx: Tx, { booked, beforeMinor }: { readonly booked: BookedAdjustment; readonly beforeMinor: bigint }, { actor, from, clock }: By): Promise<void> {
  const afterMinor = await balanceOf(tx, booked.memberId, clock), moved = booked.direction === 'credit' ? afterMinor - beforeMinor : beforeMinor - afterMinor;
  const { kind, direction, amountMinor, currency, transferId, approvedBy, actor: askedBy } = booked;
  await recordAct(tx, {
    actor, from, act: `wallets.adjust_${kind}`, subject: { kind: 'member', id: booked.memberId }, before: { balanceMinor: beforeMinor },
    after: { balanceMinor: afterMinor, kind, direction, amountMinor, currency, transferId, askedBy, approvedBy, ...(moved === amountMinor ? {} : { giftsTakenBackMinor: moved - amountMinor }) }, reason: booked.reason,
  }, { clock });
  announce(tx, 'wallets.balances');
}

const balanceOf = async (tx: Tx, memberId: MemberId, clock: By['clock']): Promise<bigint> => (await walletBalances(tx, [memberId], { clock })).get(memberId)?.balanceMinor ?? 0n;

const toJson = (booked: BookedAdjustment): Static<typeof Adjustment> => ({
  adjustmentId: idToJson('top', booked.commandId), memberId: idToJson('mem', booked.memberId), kind: booked.kind, direction: booked.direction,
  amount: moneyToJson(money(booked.amountMinor, booked.currency)), reason: booked.reason, approvalId: orNull(booked.approvalId, (id) => idToJson('apr', id)), recordedAt: instantToJson(booked.recordedAt),
});
