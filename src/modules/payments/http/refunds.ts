import { Type } from 'typebox';
import { instant, money, type MemberId } from '../../../kernel/index.ts';
import { actorIdOf, recordAct, type NameActors } from '../../../platform/audit-log/index.ts';
import type { Tx } from '../../../platform/database/index.ts';
import { orProblem, problem } from '../../../platform/errors/index.ts';
import { Body, decodeCursor, IdJson, idFromJson, idToJson, InstantJson, instantToJson, MoneyJson, moneyFromJson, moneyToJson, NullOr, orNull, Page, pageQuery, toPage, type Api, type Call } from '../../../platform/http/index.ts';
import { loadMembers, loadOperator } from '../../parties/index.ts';
import { REFUND_PART_STATES, REFUND_SOURCES, REFUND_STATES } from '../domain/refund.ts';
import { applyForRefund, refundableOf, refundAccounts, RefundRaced, REFUND_REASON_LENGTH_MAX, type RefundWithParts } from '../refunds/apply-for-refund.ts';
import { auditRefund, withdrawRefund } from '../refunds/audit-refund.ts';
import { listRefunds } from '../refunds/list-refunds.ts';
import type { Refund, RefundPart } from '../refunds/refund-record.ts';
import { findRefund, insertRefundSettings, loadParts, loadRefundSettings } from '../refunds/store.ts';
import type { ChannelAccounts } from '../types.ts';
import { namesOf, type Names } from './names.ts';

const tag = 'payments';
const params = Type.Object({ refundId: IdJson('rfa') });
const Part = Type.Object({
  partId: IdJson('rfp'), orderId: IdJson('pay'), attempt: Type.Integer(), merchantAccountId: IdJson('mch'), outRefundNo: Type.String(), amount: MoneyJson,
  state: Type.Enum([...REFUND_PART_STATES], { title: 'RefundPartState' }), stateAt: InstantJson, channelRefundNo: NullOr(Type.String()), failureCode: NullOr(Type.String()),
  acceptedAt: NullOr(InstantJson), refundedAt: NullOr(InstantJson), nextCheckAt: NullOr(InstantJson),
}, { title: 'RefundPart' });
const RefundJson = Type.Object({
  refundId: IdJson('rfa'), source: Type.Enum([...REFUND_SOURCES], { title: 'RefundSource' }), memberId: NullOr(IdJson('mem')), memberName: NullOr(Type.String()), orderId: NullOr(IdJson('pay')), amount: MoneyJson, commission: MoneyJson, refunded: MoneyJson,
  reason: Type.String(), appliedBy: Type.String(), appliedAt: InstantJson, state: Type.Enum([...REFUND_STATES], { title: 'RefundState' }), stateAt: InstantJson,
  auditedBy: NullOr(Type.String({ description: 'A name; "rule" when the amount needs no second person.' })), auditNote: NullOr(Type.String()), isMine: Type.Boolean({ description: 'Applied for by the caller, who therefore cannot audit it.' }),
}, { title: 'Refund' });
export const RefundStory = Type.Object({ refund: RefundJson, parts: Type.Array(Part) }, { title: 'RefundStory' });
const Settings = Type.Object({ version: Type.Integer(), auditAbove: MoneyJson, commissionPpm: Type.Integer({ minimum: 0, maximum: 500_000, description: 'Parts per million of what is refunded, kept.' }) }, { title: 'RefundSettings' });

export type RefundRouteOptions = { readonly channels: ChannelAccounts; readonly nameActors: NameActors };

export function registerRefundRoutes(api: Api, options: RefundRouteOptions): void {
  registerReading(api, options);
  registerApplying(api, options);
  registerAuditing(api, options);
  registerSettings(api);
}

type AnyCall = Pick<Call<unknown, unknown, unknown>, 'actor' | 'principal'>;

async function refundsToJson(tx: Tx, call: AnyCall, { nameActors }: Pick<RefundRouteOptions, 'nameActors'>, refunds: readonly Refund[]): Promise<(refund: Refund) => ReturnType<typeof one>> {
  const names = await namesOf(tx, call.principal, { actors: refunds.flatMap(({ appliedBy, auditedBy }) => [appliedBy, auditedBy]), members: refunds.map(({ memberId }) => memberId), nameActors });
  return (refund) => one(refund, names, refund.appliedBy === actorIdOf(call.actor));
}
function one(refund: Refund, names: Names, isMine: boolean) {
  const amount = (minor: bigint): MoneyJson => moneyToJson(money(minor, refund.currency));
  return {
    refundId: idToJson('rfa', refund.refundId), source: refund.source, memberId: orNull(refund.memberId, (id) => idToJson('mem', id)), memberName: names.member(refund.memberId), orderId: orNull(refund.orderId, (id) => idToJson('pay', id)),
    amount: amount(refund.amountMinor), commission: amount(refund.commissionMinor), refunded: amount(refund.refundedMinor), reason: refund.reason, appliedBy: names.actor(refund.appliedBy),
    appliedAt: instantToJson(refund.appliedAt), state: refund.state, stateAt: instantToJson(refund.stateAt), auditedBy: orNull(refund.auditedBy, names.actor), auditNote: refund.auditNote, isMine,
  };
}
const partToJson = (part: RefundPart, { currency }: Refund) => ({
  partId: idToJson('rfp', part.partId), orderId: idToJson('pay', part.orderId), attempt: part.attempt, merchantAccountId: idToJson('mch', part.merchantAccountId), outRefundNo: part.outRefundNo,
  amount: moneyToJson(money(part.amountMinor, currency)), state: part.state, stateAt: instantToJson(part.stateAt), channelRefundNo: part.channelRefundNo, failureCode: part.failureCode,
  acceptedAt: orNull(part.acceptedAt, instantToJson), refundedAt: orNull(part.refundedAt, instantToJson), nextCheckAt: orNull(part.nextCheckAt, instantToJson),
});
export async function storyToJson(tx: Tx, call: AnyCall, options: Pick<RefundRouteOptions, 'nameActors'>, { refund, parts }: RefundWithParts) {
  return { refund: (await refundsToJson(tx, call, options, [refund]))(refund), parts: parts.map((part) => partToJson(part, refund)) };
}

function registerReading(api: Api, options: RefundRouteOptions): void {
  api.route({
    method: 'GET', path: '/refunds', operationId: 'listRefunds', tag, summary: 'Refunds, newest first',
    permission: 'payments:read', audience: 'operator', response: Page(RefundJson),
    query: Type.Object({ ...pageQuery, state: Type.Optional(Type.Enum([...REFUND_STATES])), memberId: Type.Optional(IdJson('mem')), source: Type.Optional(Type.Enum([...REFUND_SOURCES])) }),
    handler: async (tx, call) => {
      const { limit, state, memberId, source } = call.query, cursor = decodeCursor(call.query.cursor, ['number', 'uuid']);
      const refunds = await listRefunds(tx, {
        state: state ?? null, source: source ?? null, memberId: orNull(memberId ?? null, (id) => idFromJson<MemberId>('mem', id, 'member_not_found')),
        after: cursor === null ? null : { appliedAt: instant(cursor[0]), refundId: cursor[1] }, countMax: limit + 1,
      });
      return toPage(refunds, limit, await refundsToJson(tx, call, options, refunds), (refund) => [refund.appliedAt, refund.refundId]);
    },
  });
  api.route({
    method: 'GET', path: '/refunds/:refundId', operationId: 'getRefund', tag, summary: 'One refund with its parts at the channels',
    permission: 'payments:read', audience: 'operator', params, response: RefundStory, errors: ['refund_not_found'],
    handler: async (tx, call) => {
      const refundId = idFromJson('rfa', call.params.refundId, 'refund_not_found');
      const refund = await findRefund(tx, { refundId });
      if (refund === null) throw problem('refund_not_found');
      return storyToJson(tx, call, options, { refund, parts: await loadParts(tx, [refundId]) });
    },
  });
  api.route({
    method: 'GET', path: '/members/:memberId/refundable', operationId: 'getRefundable', tag, summary: 'How much of a wallet can go back to where it came from',
    permission: 'payments:read', audience: 'operator', params: Type.Object({ memberId: IdJson('mem') }), response: Type.Object({ refundable: MoneyJson }), errors: ['member_not_found'],
    handler: async (tx, call) => {
      const memberId = idFromJson<MemberId>('mem', call.params.memberId, 'member_not_found');
      if (!(await loadMembers(tx, [memberId])).has(memberId)) throw problem('member_not_found');
      const { refundableMinor, currency } = await refundableOf(tx, await refundAccounts(within(tx), options.channels, memberId), memberId, call);
      return { refundable: moneyToJson(money(refundableMinor, currency ?? (await loadOperator(tx)).currency)) };
    },
  });
}

function registerApplying(api: Api, options: RefundRouteOptions): void {
  api.route({
    method: 'POST', path: '/refunds', operationId: 'applyForRefund', tag, summary: 'Apply for money to go back from a wallet to where it came from',
    description: 'The amount is set aside at once. Above the threshold of the refund rules it waits for another person; below it goes back now.',
    permission: 'refunds:apply', audience: 'operator', status: 201, response: RefundStory,
    body: Body({ memberId: IdJson('mem'), amount: MoneyJson, reason: Type.String({ minLength: 1, maxLength: REFUND_REASON_LENGTH_MAX }) }),
    errors: ['member_not_found', 'refund_amount_invalid', 'refund_command_reused', 'refund_exceeds_refundable', 'refund_exceeds_balance', 'refund_raced', 'currency_differs'],
    handler: async (tx, call) => {
      const memberId = idFromJson<MemberId>('mem', call.body.memberId, 'member_not_found');
      const { amountMinor, currency } = moneyFromJson(call.body.amount);
      const operator = await loadOperator(tx);
      if (currency !== operator.currency) throw problem('currency_differs', { data: { currency: operator.currency } });
      const accounts = await refundAccounts(within(tx), options.channels, memberId);
      const applied = orProblem(await racing(() => applyForRefund(tx, accounts, { commandId: call.commandId, memberId, amountMinor, reason: call.body.reason.trim(), appliedBy: actorIdOf(call.actor) }, call)));
      await recordAct(tx, {
        actor: call.actor, from: call.from, act: 'payments.apply_for_refund', subject: { kind: 'member', id: memberId }, reason: applied.refund.reason,
        after: { refundId: applied.refund.refundId, amountMinor, commissionMinor: applied.refund.commissionMinor, state: applied.refund.state, parts: applied.parts.length },
      }, call);
      return storyToJson(tx, call, options, applied);
    },
  });
}

/** Reads in this transaction: a request that waited for a second connection while it holds one would, with enough others, wait for itself. */
const within = (tx: Tx) => ({ operatorId: tx.operatorIds[0]!, transaction: <T>(work: (tx: Tx) => Promise<T>): Promise<T> => work(tx) });

async function racing<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof RefundRaced) throw problem('refund_raced');
    throw error;
  }
}

function registerAuditing(api: Api, options: RefundRouteOptions): void {
  for (const [decision, verb, summary] of [['approve', 'approveRefund', 'Let a refund go that somebody else has applied for'], ['reject', 'rejectRefund', 'Stop a refund; what was set aside is free again']] as const) {
    api.route({
      method: 'POST', path: `/refunds/:refundId/${decision}`, operationId: verb, tag, summary, idempotency: 'natural',
      permission: 'refunds:audit', audience: 'operator', params, body: Body({ note: Type.Optional(NullOr(Type.String({ maxLength: REFUND_REASON_LENGTH_MAX }))) }), response: RefundStory,
      errors: ['refund_not_found', 'refund_audited_already', 'refund_four_eyes'],
      handler: async (tx, call) => {
        const note = call.body.note?.trim() || null;
        const audited = orProblem(await auditRefund(tx, { refundId: idFromJson('rfa', call.params.refundId, 'refund_not_found'), decision, by: actorIdOf(call.actor), note }, call));
        await recordAct(tx, { actor: call.actor, from: call.from, act: `payments.${decision}_refund`, subject: { kind: 'refund', id: audited.refund.refundId }, after: { state: audited.refund.state }, reason: note }, call);
        return storyToJson(tx, call, options, audited);
      },
    });
  }
  api.route({
    method: 'POST', path: '/refunds/:refundId/withdraw', operationId: 'withdrawRefund', tag, summary: 'Take back what you have applied for, while nobody has audited it', idempotency: 'natural',
    permission: 'refunds:apply', audience: 'operator', params, response: RefundStory, errors: ['refund_not_found', 'refund_audited_already', 'refund_not_yours'],
    handler: async (tx, call) => {
      const withdrawn = orProblem(await withdrawRefund(tx, { refundId: idFromJson('rfa', call.params.refundId, 'refund_not_found'), by: actorIdOf(call.actor) }, call));
      await recordAct(tx, { actor: call.actor, from: call.from, act: 'payments.withdraw_refund', subject: { kind: 'refund', id: withdrawn.refund.refundId }, after: { state: 'withdrawn' } }, call);
      return storyToJson(tx, call, options, withdrawn);
    },
  });
}

function registerSettings(api: Api): void {
  const toJson = (settings: Awaited<ReturnType<typeof loadRefundSettings>>, currency: Awaited<ReturnType<typeof loadOperator>>['currency']) =>
    ({ version: settings.version, auditAbove: moneyToJson(money(settings.auditAboveMinor, currency)), commissionPpm: Number(settings.commissionPpm) });
  api.route({
    method: 'GET', path: '/refund-settings', operationId: 'getRefundSettings', tag, summary: 'From which amount a refund needs a second person, and what is kept of it',
    permission: 'payments:read', audience: 'operator', response: Settings,
    handler: async (tx) => toJson(await loadRefundSettings(tx), (await loadOperator(tx)).currency),
  });
  api.route({
    method: 'PUT', path: '/refund-settings', operationId: 'setRefundSettings', tag, summary: 'Change the rules of refunds',
    description: 'Give the version that you have seen: when somebody has changed the rules since, nothing is changed.',
    permission: 'settings:write', audience: 'operator', body: Body({ version: Type.Integer(), auditAbove: MoneyJson, commissionPpm: Type.Integer({ minimum: 0, maximum: 500_000 }), reason: Type.Optional(NullOr(Type.String({ maxLength: 500 }))) }),
    response: Settings, errors: ['refund_settings_changed_meanwhile', 'currency_differs'],
    handler: async (tx, call) => {
      const before = await loadRefundSettings(tx), operator = await loadOperator(tx);
      if (before.version !== call.body.version) throw problem('refund_settings_changed_meanwhile');
      const { amountMinor, currency } = moneyFromJson(call.body.auditAbove);
      if (currency !== operator.currency) throw problem('currency_differs', { data: { currency: operator.currency } });
      const settings = { version: before.version + 1, auditAboveMinor: amountMinor, commissionPpm: BigInt(call.body.commissionPpm) };
      const reason = call.body.reason?.trim() || null;
      await insertRefundSettings(tx, settings, { changedBy: actorIdOf(call.actor), reason, at: call.clock.now() });
      await recordAct(tx, { actor: call.actor, from: call.from, act: 'payments.set_refund_settings', subject: { kind: 'operator', id: operator.operatorId }, before: { ...before }, after: settings, reason }, call);
      return toJson(settings, operator.currency);
    },
  });
}
