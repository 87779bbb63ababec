import { Type } from 'typebox';
import { instant } from '../../../kernel/index.ts';
import { actorIdOf, loadActorNames, recordAct } from '../../../platform/audit-log/index.ts';
import { orProblem, problem } from '../../../platform/errors/index.ts';
import { hasMerchantAccount } from '../../payments/index.ts';
import { Body, decodeCursor, IdJson, idFromJson, orNull, Page, pageQuery, toPage, type Api } from '../../../platform/http/index.ts';
import { commentBreak, COMMENT_LENGTH_MAX, ownBreak } from '../commands/work-break.ts';
import { BREAK_KINDS } from '../domain/match.ts';
import { listBreaks } from '../store/breaks.ts';
import { listDays, requestDay } from '../store/day-work.ts';
import { setFeeRate } from '../store/fee-contracts.ts';
import { DateJson, Day, dayToJson, isDate, today } from './day-json.ts';
import { BreakJson, breakIdOf, BreakStory, breakToJson, storyOf, type ReconciliationRouteOptions } from './break-json.ts';
import { registerDay } from './day.ts';
import { registerEnding } from './ending.ts';

const tag = 'reconciliation';
const params = Type.Object({ breakId: IdJson('brk') });

export function registerReconciliationRoutes(api: Api, options: ReconciliationRouteOptions): void {
  registerDays(api, options);
  registerDay(api, options);
  registerBreaks(api, options);
  registerWork(api, options);
  registerEnding(api, options);
}

function registerDays(api: Api, { nameActors, currencyOf }: ReconciliationRouteOptions): void {
  api.route({
    method: 'GET', path: '/reconciliation-days', operationId: 'listReconciliationDays', tag, summary: 'Days of the channels against ours, newest first, each with its report',
    permission: 'payments:read', audience: 'operator', query: Type.Object({ ...pageQuery, merchantAccountId: Type.Optional(IdJson('mch')) }), response: Page(Day),
    handler: async (tx, call) => {
      const { limit, merchantAccountId } = call.query, cursor = decodeCursor(call.query.cursor, ['string', 'uuid']);
      if (cursor !== null && !isDate(cursor[0])) throw problem('cursor_invalid');
      const days = await listDays(tx, {
        merchantAccountId: orNull(merchantAccountId ?? null, (id) => idFromJson('mch', id, 'merchant_account_not_found')), before: cursor === null ? null : { businessDate: cursor[0], merchantAccountId: cursor[1] }, countMax: limit + 1,
      });
      const currency = await currencyOf(tx), { nameOrKept: nameOf } = await loadActorNames(tx, nameActors, days.map(({ work }) => work?.requestedBy ?? null));
      return toPage(days, limit, (day) => dayToJson(day, currency, nameOf), (day) => [day.businessDate, day.merchantAccountId]);
    },
  });
  api.route({
    method: 'POST', path: '/reconciliation-days', operationId: 'requestReconciliationDay', tag, summary: 'Fetch a day again and match it', idempotency: 'natural',
    description: 'Works in the background. What has been explained stays explained; matching a day twice changes nothing.',
    permission: 'payments:recover', audience: 'operator', status: 202, response: Type.Object({ businessDate: DateJson }), errors: ['merchant_account_not_found', 'reconciliation_day_not_over'],
    body: Body({ merchantAccountId: IdJson('mch'), businessDate: DateJson }),
    handler: async (tx, call) => {
      const merchantAccountId = idFromJson('mch', call.body.merchantAccountId, 'merchant_account_not_found'), { businessDate } = call.body;
      if (!(await hasMerchantAccount(tx, merchantAccountId))) throw problem('merchant_account_not_found');
      if (businessDate >= today(call.clock.now())) throw problem('reconciliation_day_not_over');
      await requestDay(tx, { merchantAccountId, businessDate, by: actorIdOf(call.actor), at: call.clock.now() });
      await recordAct(tx, { actor: call.actor, from: call.from, act: 'reconciliation.request_day', subject: { kind: 'merchant_account', id: merchantAccountId }, after: { businessDate } }, call);
      return { businessDate };
    },
  });
  api.route({
    method: 'POST', path: '/merchant-accounts/:merchantAccountId/fee-rate', operationId: 'setFeeRate', tag, summary: 'Set what the channel keeps by contract, from a day on', idempotency: 'natural',
    permission: 'settings:write', audience: 'operator', params: Type.Object({ merchantAccountId: IdJson('mch') }), body: Body({ validFrom: DateJson, ratePpm: Type.Integer({ minimum: 0, maximum: 200_000 }) }),
    response: Type.Object({ validFrom: DateJson, ratePpm: Type.Integer() }), errors: ['merchant_account_not_found'],
    handler: async (tx, call) => {
      const merchantAccountId = idFromJson('mch', call.params.merchantAccountId, 'merchant_account_not_found'), { validFrom, ratePpm } = call.body;
      if (!(await hasMerchantAccount(tx, merchantAccountId))) throw problem('merchant_account_not_found');
      await setFeeRate(tx, { merchantAccountId, validFrom, ratePpm: BigInt(ratePpm), changedBy: actorIdOf(call.actor), at: call.clock.now() });
      await recordAct(tx, { actor: call.actor, from: call.from, act: 'reconciliation.set_fee_rate', subject: { kind: 'merchant_account', id: merchantAccountId }, after: { validFrom, ratePpm } }, call);
      return { validFrom, ratePpm };
    },
  });
}

function registerBreaks(api: Api, options: ReconciliationRouteOptions): void {
  const { nameActors, currencyOf } = options;
  api.route({
    method: 'GET', path: '/reconciliation-breaks', operationId: 'listReconciliationBreaks', tag, summary: 'Differences that somebody has to explain, oldest first',
    permission: 'payments:read', audience: 'operator', response: Page(BreakJson),
    query: Type.Object({ ...pageQuery, state: Type.Optional(Type.Enum(['open', 'resolved'])), kind: Type.Optional(Type.Enum([...BREAK_KINDS])), merchantAccountId: Type.Optional(IdJson('mch')), businessDate: Type.Optional(DateJson), mine: Type.Optional(Type.Boolean()) }),
    handler: async (tx, call) => {
      const { limit, state, kind, merchantAccountId, businessDate, mine } = call.query, cursor = decodeCursor(call.query.cursor, ['number', 'uuid']);
      const breaks = await listBreaks(tx, {
        state: state ?? null, kind: kind ?? null, merchantAccountId: orNull(merchantAccountId ?? null, (id) => idFromJson('mch', id, 'merchant_account_not_found')), businessDate: businessDate ?? null,
        owner: mine === true ? actorIdOf(call.actor) : null, after: cursor === null ? null : { openedAt: instant(cursor[0]), breakId: cursor[1] }, countMax: limit + 1,
      });
      const currency = await currencyOf(tx), { nameOrKept: nameOf } = await loadActorNames(tx, nameActors, breaks.flatMap(({ owner, resolvedBy, approvedBy }) => [owner, resolvedBy, approvedBy]));
      return toPage(breaks, limit, (one) => breakToJson(one, currency, nameOf), (one) => [one.openedAt, one.breakId]);
    },
  });
  api.route({
    method: 'GET', path: '/reconciliation-breaks/:breakId', operationId: 'getReconciliationBreak', tag, summary: 'One difference with what people wrote about it',
    permission: 'payments:read', audience: 'operator', params, response: BreakStory, errors: ['break_not_found'], handler: (tx, call) => storyOf(tx, breakIdOf(call.params.breakId), options),
  });
}

function registerWork(api: Api, options: ReconciliationRouteOptions): void {
  const errors = ['break_not_found', 'break_resolved_already'] as const;
  const body = Type.String({ minLength: 1, maxLength: COMMENT_LENGTH_MAX });
  api.route({
    method: 'POST', path: '/reconciliation-breaks/:breakId/own', operationId: 'ownReconciliationBreak', tag, summary: 'Take a difference on, or let it go', idempotency: 'natural',
    permission: 'payments:recover', audience: 'operator', params, body: Body({ mine: Type.Boolean() }), response: BreakStory, errors,
    handler: async (tx, call) => {
      const breakId = breakIdOf(call.params.breakId);
      orProblem(await ownBreak(tx, { breakId, owner: call.body.mine ? actorIdOf(call.actor) : null }));
      await recordAct(tx, { actor: call.actor, from: call.from, act: 'reconciliation.own_break', subject: { kind: 'reconciliation_break', id: breakId }, after: { mine: call.body.mine } }, call);
      return storyOf(tx, breakId, options);
    },
  });
  api.route({
    method: 'POST', path: '/reconciliation-breaks/:breakId/comments', operationId: 'commentReconciliationBreak', tag, summary: 'Write down what is known about a difference',
    permission: 'payments:recover', audience: 'operator', params, body: Body({ body }), response: BreakStory, errors,
    handler: async (tx, call) => {
      const breakId = breakIdOf(call.params.breakId);
      orProblem(await commentBreak(tx, { breakId, author: actorIdOf(call.actor), body: call.body.body.trim() }, call));
      return storyOf(tx, breakId, options);
    },
  });
}
