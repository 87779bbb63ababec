import { Type, type Static } from 'typebox';
import { assert, fromLocalTime, money, toLocalTime, type Clock, type CurrencyCode, type MemberId } from '../../../kernel/index.ts';
import { requestApproval, type ApprovalKind } from '../../../platform/approvals/index.ts';
import { loadActorNames, recordAct, type Actor, type ActorNames, type ActOrigin, type NameActors } from '../../../platform/audit-log/index.ts';
import type { Tx } from '../../../platform/database/index.ts';
import { orProblem, problem } from '../../../platform/errors/index.ts';
import {
  Body, decodeCursor, encodeCursor, IdJson, idFromJson, idToJson, InstantJson, instantToJson, MoneyJson, moneyFromJson, moneyToJson, NullOr, orNull, Page, pageQuery, type Api, type Call,
} from '../../../platform/http/index.ts';
import { announce } from '../../../platform/live-updates/index.ts';
import { loadMembers, loadOperator } from '../../parties/index.ts';
import { adjustmentPolicy } from '../commands/adjust-wallet.ts';
import { NO_CASH_DESK_GIFTS, TOP_UP_MINOR_MAX, TOP_UP_NOTE_LENGTH_MAX, topUpAtCashDesk, type CashDeskGifts, type CashDeskReceipt, type CashDeskTopUp } from '../commands/top-up-at-cash-desk.ts';
import { walletBalances, type WalletBalance } from '../queries/balances.ts';
import { cashDeskSince } from '../queries/cash-desk.ts';
import { MOVEMENT_KINDS, walletStatement, type Movement } from '../queries/statement.ts';

const tag = 'wallets';
/** Members whose balances one call reads: a page of the members' list. */
const BALANCES_PER_CALL_MAX = 100;
const params = Type.Object({ memberId: IdJson('mem') });
const Wallet = Type.Object({ balance: MoneyJson, held: MoneyJson, available: MoneyJson, receivable: MoneyJson }, {
  title: 'Wallet', description: 'balance = credited less spent; held is set aside for open sessions; available = balance less held; receivable is owed for bills that the wallet could not pay.',
});
const MovementJson = Type.Object({
  movementId: Type.String(), at: InstantJson, kind: Type.Enum([...MOVEMENT_KINDS], { title: 'MovementKind' }), amount: MoneyJson, balanceAfter: NullOr(MoneyJson),
  actor: NullOr(Type.String()), note: NullOr(Type.String()), sessionId: NullOr(IdJson('chg')),
}, { title: 'WalletMovement' });
const TopUp = Type.Object({
  state: Type.Enum(['booked', 'awaiting_approval'], { title: 'TopUpState' }), topUpId: IdJson('top'), memberId: IdJson('mem'), amount: MoneyJson, note: NullOr(Type.String()),
  recordedAt: NullOr(InstantJson), wallet: NullOr(Wallet), approvalId: NullOr(IdJson('apr')),
}, { title: 'TopUp', description: 'While it waits for another person nothing is booked: wallet is as it was, or null where there is none yet.' });

const CashDeskDay = Type.Object({ dayStartedAt: InstantJson, topUps: Type.Integer(), total: MoneyJson }, { title: 'CashDeskDay' });

export type WalletRouteOptions = { readonly nameActors: NameActors; readonly cashDeskGifts?: CashDeskGifts };

export function registerWalletRoutes(api: Api, { nameActors, cashDeskGifts = NO_CASH_DESK_GIFTS }: WalletRouteOptions): void {
  registerReading(api, nameActors);
  registerSums(api);
  registerTopUp(api, cashDeskGifts);
}

function registerSums(api: Api): void {
  api.route({
    method: 'GET', path: '/wallet-balances', operationId: 'listWalletBalances', tag, summary: 'The balances of several members at once',
    description: 'Members without a wallet, and members whom you may not see, are missing in the answer.',
    permission: 'wallets:read', audience: 'operator', subOperatorScoped: true,
    query: Type.Object({ members: Type.String({
      pattern: `^mem_[0-9a-z]{26}(,mem_[0-9a-z]{26}){0,${BALANCES_PER_CALL_MAX - 1}}$`, description: `Ids of up to ${BALANCES_PER_CALL_MAX} members, joined by commas.`,
    }) }),
    response: Type.Object({ items: Type.Array(Type.Object({ memberId: IdJson('mem'), wallet: Wallet }, { title: 'MemberWallet' })) }), errors: ['member_not_found'],
    handler: async (tx, call) => {
      const asked = call.query.members.split(',').map((id) => idFromJson<MemberId>('mem', id, 'member_not_found'));
      const seen = [...(await loadMembers(tx, asked)).values()].filter(({ subOperatorId }) => call.subOperators === 'operator' || call.subOperators.includes(subOperatorId ?? ''));
      const balances = await walletBalances(tx, seen.map(({ memberId }) => memberId), call);
      return { items: [...balances].map(([memberId, balance]) => ({ memberId: idToJson('mem', memberId), wallet: walletToJson(balance) })) };
    },
  });
  api.route({
    method: 'GET', path: '/cash-desk/today', operationId: 'getCashDeskToday', tag, summary: "What the cash desk has taken since the operator's midnight",
    permission: 'wallets:read', audience: 'operator', response: CashDeskDay,
    handler: async (tx, { clock }) => {
      const { currency, timeZone } = await loadOperator(tx);
      const dayStartedAt = fromLocalTime({ ...toLocalTime(clock.now(), timeZone), minuteOfDay: 0 }, timeZone);
      const { topUps, creditedMinor } = await cashDeskSince(tx, { from: dayStartedAt, currency });
      return { dayStartedAt: instantToJson(dayStartedAt), topUps, total: moneyToJson(money(creditedMinor, currency)) };
    },
  });
}

function registerReading(api: Api, nameActors: NameActors): void {
  api.route({
    method: 'GET', path: '/members/:memberId/wallet', operationId: 'getWallet', tag, summary: 'What a member has, what is set aside and what they owe',
    description: 'null while the member has no wallet: the first top-up opens it.',
    permission: 'wallets:read', audience: 'operator', subOperatorScoped: true, params, response: NullOr(Wallet), errors: ['member_not_found'],
    handler: async (tx, call) => {
      const memberId = await visibleMember(tx, call);
      return orNull((await walletBalances(tx, [memberId], call)).get(memberId) ?? null, walletToJson);
    },
  });
  api.route({
    method: 'GET', path: '/members/:memberId/statement', operationId: 'listWalletMovements', tag, summary: 'What moved a balance, newest first',
    permission: 'wallets:read', audience: 'operator', subOperatorScoped: true, params, query: Type.Object({ ...pageQuery }), response: Page(MovementJson), errors: ['member_not_found'],
    handler: async (tx, call) => {
      const memberId = await visibleMember(tx, call);
      const cursor = decodeCursor(call.query.cursor, ['uuid']);
      const statement = await walletStatement(tx, memberId, { limit: call.query.limit, after: cursor?.[0] ?? null, clock: call.clock });
      if (!statement) return { items: [], nextCursor: null };
      const names = await loadActorNames(tx, nameActors, statement.movements.map(({ actor }) => actor));
      return {
        items: statement.movements.map((movement) => movementToJson(movement, statement.currency, names)),
        nextCursor: statement.next === null ? null : encodeCursor([statement.next]),
      };
    },
  });
}

function registerTopUp(api: Api, gifts: CashDeskGifts): void {
  api.route({
    method: 'POST', path: '/members/:memberId/top-ups', operationId: 'createTopUp', tag, summary: 'Top up at the cash desk',
    description: 'Books cash that was taken now. The act is signed with who is logged in and cannot be taken back; a correction is another act. Above the threshold of the cash desk another person books it by approving.',
    permission: 'wallets:top_up', audience: 'operator', subOperatorScoped: true, params, body: Body({ amount: MoneyJson, note: Type.Optional(Type.String({ maxLength: TOP_UP_NOTE_LENGTH_MAX })) }),
    response: TopUp, status: 201, errors: ['member_not_found', 'top_up_amount_invalid', 'top_up_command_reused', 'top_up_needs_second_person', 'currency_differs'],
    handler: async (tx, call) => {
      const memberId = await visibleMember(tx, call);
      const { amountMinor, currency } = moneyFromJson(call.body.amount);
      const operator = await loadOperator(tx);
      if (currency !== operator.currency) throw problem('currency_differs', { data: { currency: operator.currency } });
      assert(call.actor.kind !== 'system', 'a top-up over HTTP has somebody who is logged in');
      const act: CashDeskTopUp = { commandId: call.commandId, memberId, amountMinor, actor: call.actor.id, note: call.body.note ?? null };
      const { cashDeskAboveMinor } = await adjustmentPolicy(tx);
      if (amountMinor <= cashDeskAboveMinor || amountMinor > TOP_UP_MINOR_MAX) return bookedToJson(...await bookAndRecord(tx, act, call, gifts));
      const approvalId = await requestApproval(tx, {
        kind: 'wallets.cash_desk_top_up', payload: act, subject: { kind: 'member', id: memberId }, reason: act.note?.trim() || 'top-up at the cash desk',
        rule: `a top-up at the cash desk above ${cashDeskAboveMinor} minor units needs a second person`, requestedBy: call.actor, from: call.from,
      }, call);
      announce(tx, 'approvals');
      const wallet = (await walletBalances(tx, [memberId], call)).get(memberId) ?? null;
      return {
        state: 'awaiting_approval' as const, topUpId: idToJson('top', call.commandId), memberId: idToJson('mem', memberId), amount: call.body.amount, note: act.note ?? null, recordedAt: null,
        wallet: orNull(wallet, walletToJson), approvalId: idToJson('apr', approvalId),
      };
    },
  });
}

type By = { readonly actor: Actor; readonly from: ActOrigin; readonly clock: Clock };

async function bookAndRecord(tx: Tx, act: CashDeskTopUp, by: By, gifts: CashDeskGifts): Promise<readonly [CashDeskReceipt, WalletBalance]> {
  const receipt = orProblem(await topUpAtCashDesk(tx, act, { clock: by.clock, gifts }));
  return [receipt, await record(tx, { receipt, approvedBy: act.approval?.approvedBy ?? null }, by)];
}

/** The balance before and after stand in the audit log beside who did it, from where and who approved. */
async function record(tx: Tx, { receipt, approvedBy }: { readonly receipt: CashDeskReceipt; readonly approvedBy: string | null }, { actor, from, clock }: By): Promise<WalletBalance> {
  const { memberId, amountMinor, commandId, currency, transferId, note, actor: askedBy } = receipt;
  const balance = (await walletBalances(tx, [memberId], { clock })).get(memberId);
  assert(balance, 'a top-up opens the wallet');
  await recordAct(tx, {
    actor, from, act: 'wallets.top_up', subject: { kind: 'member', id: memberId }, before: { balanceMinor: balance.balanceMinor - amountMinor },
    after: { balanceMinor: balance.balanceMinor, topUpId: commandId, amountMinor, currency, transferId, ...(approvedBy === null ? {} : { askedBy, approvedBy }) }, reason: note,
  }, { clock });
  announce(tx, 'wallets.balances');
  return balance;
}

const bookedToJson = (receipt: CashDeskReceipt, balance: WalletBalance): Static<typeof TopUp> => ({
  state: 'booked', topUpId: idToJson('top', receipt.commandId), memberId: idToJson('mem', receipt.memberId), amount: moneyToJson(money(receipt.amountMinor, receipt.currency)), note: receipt.note,
  recordedAt: instantToJson(receipt.recordedAt), wallet: walletToJson(balance), approvalId: null,
});

/** What approving does: the cash is booked in the name of whoever took it, with the second person beside it. */
export const cashDeskApproval = (gifts: CashDeskGifts): ApprovalKind => ({
  kind: 'wallets.cash_desk_top_up',
  async apply(tx, { approvalId, payload, requestedBy, decidedBy }, { clock, from }) {
    const act: CashDeskTopUp = {
      commandId: payload.commandId as string, memberId: payload.memberId as MemberId, amountMinor: BigInt(payload.amountMinor as string), actor: requestedBy, note: payload.note as string | null,
      approval: { approvalId, approvedBy: decidedBy },
    };
    const receipt = await topUpAtCashDesk(tx, act, { clock, gifts });
    if (!receipt.ok) return receipt;
    await record(tx, { receipt: receipt.value, approvedBy: decidedBy }, { actor: { kind: 'user', id: decidedBy }, from, clock });
    return { ok: true, value: { transferId: receipt.value.transferId } };
  },
});

/** A role that is limited to a sub-operator sees the members of that sub-operator. */
async function visibleMember(tx: Tx, call: Pick<Call<{ memberId: string }, unknown, unknown>, 'params' | 'subOperators'>): Promise<MemberId> {
  const memberId = idFromJson<MemberId>('mem', call.params.memberId, 'member_not_found');
  const member = (await loadMembers(tx, [memberId])).get(memberId);
  if (!member) throw problem('member_not_found');
  if (call.subOperators !== 'operator' && !call.subOperators.includes(member.subOperatorId ?? '')) throw problem('outside_your_sub_operator');
  return memberId;
}

function walletToJson({ currency, ...minor }: WalletBalance) {
  const amount = (value: bigint): MoneyJson => moneyToJson(money(value, currency));
  return { balance: amount(minor.balanceMinor), held: amount(minor.heldMinor), available: amount(minor.availableMinor), receivable: amount(minor.receivableMinor) };
}

const movementToJson = (movement: Movement, currency: CurrencyCode, names: ActorNames) => ({
  movementId: movement.transferId, at: instantToJson(movement.at), kind: movement.kind, amount: moneyToJson(money(movement.amountMinor, currency)),
  balanceAfter: moneyToJson(money(movement.balanceAfterMinor, currency)), actor: orNull(movement.actor, names.nameOrKept),
  note: movement.note, sessionId: orNull(movement.sessionId, (id) => idToJson('chg', id)),
});
