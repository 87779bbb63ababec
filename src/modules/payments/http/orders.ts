import { Type } from 'typebox';
import { assert, instant, MS_PER_MINUTE, type MemberId, type OperatorId } from '../../../kernel/index.ts';
import { recordAct, type NameActors } from '../../../platform/audit-log/index.ts';
import type { Tx } from '../../../platform/database/index.ts';
import { problem, type ErrorCode } from '../../../platform/errors/index.ts';
import {
  Body, decodeCursor, IdJson, idFromJson, InstantJson, instantFromJson, MoneyJson, moneyFromJson, NullOr, Page, pageQuery, toPage, type Api, type Call,
} from '../../../platform/http/index.ts';
import { loadOperator } from '../../parties/index.ts';
import type { Channels } from '../channels/channels.ts';
import { askChannel } from '../commands/ask-channel.ts';
import { closeOrder } from '../commands/close-order.ts';
import { offerOrder } from '../commands/offer-order.ts';
import { openOrder, ORDER_DESCRIPTION_LENGTH_MAX, ORDER_LIFETIME_MS_MAX, ORDER_LIFETIME_MS_MIN } from '../commands/open-order.ts';
import { payOrderWithCode } from '../commands/pay-with-code.ts';
import { loadTopUpSettings, topUpAllowed } from '../commands/top-up-settings.ts';
import { ENVIRONMENTS, type Environment } from '../domain/order-number.ts';
import { LATE_PAYMENT_POLICIES, ORDER_STATES, type OrderState } from '../domain/order.ts';
import { listOrders } from '../queries/orders.ts';
import { orderStory } from '../queries/order-story.ts';
import { enabledEnvironments } from '../store/account-identities.ts';
import type { OrderPurposes } from '../types.ts';
import { namesOf } from './names.ts';
import { AttemptJson, attemptToJson, ChannelKindJson, ListedOrderJson, listedOrderToJson, MethodJson, OrderJson, orderToJson, orRefusal, PresentationJson, presentationToJson, StoryJson, storyToJson } from './order-json.ts';

const tag = 'payments';
const params = Type.Object({ orderId: IdJson('pay') });
/** `channels` are those of this process. */
export type OrderRoutes = { readonly channels: Pick<Channels, 'forAccount' | 'accountsOf'>; readonly purposes: OrderPurposes; readonly nameActors?: NameActors };
export const OFFER_ERRORS = [
  'payment_order_not_found', 'order_paid', 'order_not_payable', 'order_expires_too_soon', 'environment_differs', 'merchant_account_disabled', 'method_not_offered', 'too_many_attempts', 'payer_missing',
  'channel_refused', 'channel_unknown', 'merchant_account_not_found',
] as const satisfies readonly ErrorCode[];

export function registerOrderRoutes(api: Api, routes: OrderRoutes): void {
  registerReading(api, routes);
  registerOpening(api, routes);
  registerOffering(api, routes);
  registerPayingWithCode(api, routes);
  registerSettling(api, routes);
}

const nobody: NameActors = () => Promise.resolve(new Map());
function registerReading(api: Api, { nameActors = nobody }: OrderRoutes): void {
  api.route({
    method: 'GET', path: '/payment-orders', operationId: 'listPaymentOrders', tag, summary: 'Payment orders, newest first',
    permission: 'payments:read', audience: 'operator', response: Page(ListedOrderJson),
    query: Type.Object({
      ...pageQuery, state: Type.Optional(Type.Array(Type.Enum([...ORDER_STATES]), { maxItems: ORDER_STATES.length })), memberId: Type.Optional(IdJson('mem')), channel: Type.Optional(ChannelKindJson),
      number: Type.Optional(Type.String({ minLength: 4, maxLength: 64, description: 'The id of the order, a number that we gave a channel, or the channel\'s own trade number.' })),
      from: Type.Optional(InstantJson), to: Type.Optional(InstantJson), recovered: Type.Optional(Type.Boolean({ description: 'Only those whose payment had to be looked for, or only the others.' })),
    }),
    handler: async (tx, { query, principal }) => {
      const cursor = decodeCursor(query.cursor, ['number', 'uuid']);
      const rows = await listOrders(tx, {
        ...(query.state ? { states: query.state as OrderState[] } : {}), ...(query.memberId ? { memberId: idFromJson<MemberId>('mem', query.memberId, 'member_not_found') } : {}),
        ...(query.number ? { number: query.number } : {}), ...(query.channel ? { channel: query.channel } : {}), ...(query.from ? { from: instantFromJson(query.from) } : {}), ...(query.to ? { to: instantFromJson(query.to) } : {}),
        ...(query.recovered === undefined ? {} : { recovered: query.recovered }), after: cursor === null ? null : [instant(cursor[0]), cursor[1]],
      }, query.limit + 1);
      const names = await namesOf(tx, principal, { actors: rows.flatMap(({ createdBy, recoveredBy }) => [createdBy, recoveredBy]), members: rows.map(({ memberId }) => memberId), nameActors });
      return toPage(rows, query.limit, (row) => listedOrderToJson(row, names), (row) => [row.createdAt, row.orderId]);
    },
  });
  api.route({
    method: 'GET', path: '/payment-orders/:orderId', operationId: 'getPaymentOrder', tag, summary: 'One payment order: what happened to it, with the evidence',
    permission: 'payments:read', audience: 'operator', params, response: StoryJson, errors: ['payment_order_not_found'],
    handler: async (tx, call) => {
      const story = await orderStory(tx, idFromJson('pay', call.params.orderId, 'payment_order_not_found'));
      if (!story) throw problem('payment_order_not_found');
      const { order, timeline, refundDoubts } = story;
      return storyToJson(story, await namesOf(tx, call.principal, { actors: [order.createdBy, order.recoveredBy, ...timeline.map(({ actor }) => actor), ...refundDoubts.flatMap(({ resolvedBy, approvedBy }) => [resolvedBy, approvedBy])], members: [order.memberId], nameActors }));
    },
  });
}

function registerOpening(api: Api, { purposes }: OrderRoutes): void {
  api.route({
    method: 'POST', path: '/payment-orders', operationId: 'createTopUpOrder', tag, summary: 'Open an order for topping up a wallet',
    description: 'Nothing is asked of a channel yet: offer it next, or let the payer open the page of its token.',
    permission: 'wallets:top_up', audience: 'operator', response: OrderJson, status: 201,
    errors: ['member_not_found', 'order_amount_invalid', 'order_command_reused', 'order_description_invalid', 'order_lifetime_invalid', 'top_up_amount_not_offered', 'currency_differs', 'environment_ambiguous', 'no_merchant_account'],
    body: Body({
      memberId: IdJson('mem'), amount: MoneyJson, description: Type.Optional(Type.String({ minLength: 1, maxLength: ORDER_DESCRIPTION_LENGTH_MAX })),
      lifetimeMinutes: Type.Optional(Type.Integer({ minimum: ORDER_LIFETIME_MS_MIN / MS_PER_MINUTE, maximum: ORDER_LIFETIME_MS_MAX / MS_PER_MINUTE, description: 'How long it can be paid; 30 minutes when not told.' })),
      latePayment: Type.Optional(Type.Enum([...LATE_PAYMENT_POLICIES], { description: 'What happens when the money comes after closing; `complete` when not told.' })),
      environment: Type.Optional(Type.Enum([...ENVIRONMENTS], { description: 'Needed only when there are merchant accounts of several environments.' })),
    }),
    handler: async (tx, call) => {
      const { body } = call;
      const memberId = idFromJson<MemberId>('mem', body.memberId, 'member_not_found');
      const { amountMinor, currency } = moneyFromJson(body.amount);
      const operator = await loadOperator(tx);
      if (currency !== operator.currency) throw problem('currency_differs', { data: { currency: operator.currency } });
      const settings = await loadTopUpSettings(tx);
      if (!topUpAllowed(settings, amountMinor)) throw problem('top_up_amount_not_offered', { data: { amountsMinor: settings.amountsMinor, minimumMinor: settings.minimumMinor, maximumMinor: settings.maximumMinor } });
      assert(call.actor.kind !== 'system', 'an order over HTTP has somebody who is logged in');
      const order = orRefusal(await openOrder(tx, {
        commandId: call.commandId, environment: await environmentOf(tx, body.environment), purpose: 'wallet_top_up', subjectId: memberId, memberId, amountMinor, description: body.description ?? `${operator.name} top-up`.slice(0, ORDER_DESCRIPTION_LENGTH_MAX),
        ...(body.lifetimeMinutes === undefined ? {} : { lifetimeMs: body.lifetimeMinutes * MS_PER_MINUTE }), ...(body.latePayment === undefined ? {} : { latePayment: body.latePayment }), createdBy: call.actor.id,
      }, { clock: call.clock, purposes }));
      await recordAct(tx, { actor: call.actor, from: call.from, act: 'payments.open_order', subject: { kind: 'payment_order', id: order.orderId }, after: { memberId, amountMinor, currency, environment: order.environment } }, call);
      return orderToJson(order);
    },
  });
}

/** Live accounts and test accounts may stand side by side: then whoever opens an order says which it is for. */
async function environmentOf(tx: Tx, asked: Environment | undefined): Promise<Environment> {
  const there = await enabledEnvironments(tx);
  if (asked !== undefined) return asked;
  if (there.length === 0) throw problem('no_merchant_account');
  if (there.length > 1) throw problem('environment_ambiguous', { data: { environments: there } });
  return there[0]!;
}

function registerOffering(api: Api, { channels, purposes }: OrderRoutes): void {
  api.routeWithoutTransaction({
    method: 'POST', path: '/payment-orders/:orderId/offers', operationId: 'offerPaymentOrder', tag, summary: 'Offer an order at a channel, to be paid by whoever scans or opens it',
    description: 'An offer that is open already is given again. After `channel_unknown` the same call goes on with the same attempt.',
    permission: 'wallets:top_up', audience: 'operator', params, errors: OFFER_ERRORS,
    body: Body({ merchantAccountId: IdJson('mch'), method: MethodJson, payer: Type.Optional(Type.String({ minLength: 1, maxLength: 128, description: 'The payer\'s openid, for `jsapi`.' })) }),
    response: Type.Object({ order: OrderJson, attempt: AttemptJson, presentation: PresentationJson }, { title: 'OfferedPaymentOrder' }),
    handler: async (call) => {
      const { method } = call.body;
      if (method === 'payment_code') throw problem('method_not_offered', { detail: 'a payment code is scanned, not offered' });
      const orderId = idFromJson('pay', call.params.orderId, 'payment_order_not_found');
      const offered = orRefusal(await offerOrder(call.operator, channels, {
        orderId, merchantAccountId: await ownAccount(channels, call.operator.operatorId, call.body.merchantAccountId), method, payer: call.body.payer ?? null, payerIp: call.from.ip, actor: actorOf(call),
      }, { clock: call.clock, purposes }));
      return { order: orderToJson(offered.order), attempt: attemptToJson(offered.attempt, offered.order), presentation: presentationToJson(offered.presentation) };
    },
  });
}

function registerPayingWithCode(api: Api, { channels, purposes }: OrderRoutes): void {
  api.routeWithoutTransaction({
    method: 'POST', path: '/payment-orders/:orderId/code-payments', operationId: 'payOrderWithCode', tag, summary: 'Charge the payment code that the payer shows',
    description: 'The code is charged once. While the payer types the password the attempt is `user_paying`: read the order until it is paid, failed or reversed.',
    permission: 'wallets:top_up', audience: 'operator', params, errors: [...OFFER_ERRORS, 'payment_code_malformed', 'payment_in_progress'],
    body: Body({ merchantAccountId: IdJson('mch'), paymentCode: Type.String({ minLength: 1, maxLength: 32 }) }),
    response: Type.Object({ order: OrderJson, attempt: Type.Integer(), attemptState: AttemptJson.properties.state }, { title: 'CodePayment' }),
    handler: async (call) => {
      const paid = orRefusal(await payOrderWithCode(call.operator, channels, {
        orderId: idFromJson('pay', call.params.orderId, 'payment_order_not_found'), merchantAccountId: await ownAccount(channels, call.operator.operatorId, call.body.merchantAccountId),
        paymentCode: call.body.paymentCode, deviceIp: call.from.ip, actor: actorOf(call),
      }, { clock: call.clock, purposes }));
      return { order: orderToJson(paid.order), attempt: paid.attempt, attemptState: paid.attemptState };
    },
  });
}

function registerSettling(api: Api, { channels, purposes }: OrderRoutes): void {
  api.routeWithoutTransaction({
    method: 'POST', path: '/payment-orders/:orderId/closing', operationId: 'closePaymentOrder', tag, summary: 'Close an order: the channel is asked to, and its answer decides',
    description: 'closed: it cannot be paid any more. paid: it was paid meanwhile, and is credited. closing: the channel has not said yet; it is asked again until it does.',
    permission: 'wallets:top_up', audience: 'operator', params, errors: ['payment_order_not_found'], body: Body({ reason: Type.Optional(Type.Enum(['by_payer', 'by_clerk'])) }),
    response: Type.Object({ outcome: Type.Enum(['closed', 'closing', 'paid'], { title: 'ClosingOutcome' }) }),
    handler: async (call) => {
      const orderId = idFromJson('pay', call.params.orderId, 'payment_order_not_found');
      const actor = actorOf(call);
      const outcome = orRefusal(await closeOrder(call.operator, channels, { orderId, reason: call.body.reason ?? 'by_clerk', actor, recoveredBy: `clerk:${actor}` }, { clock: call.clock, purposes }));
      await note(call, { act: 'payments.close_order', orderId, after: { outcome } });
      return { outcome };
    },
  });
  api.routeWithoutTransaction({
    method: 'POST', path: '/payment-orders/:orderId/checks', operationId: 'checkPaymentOrder', tag, summary: 'Ask the channels of an order now whether it was paid',
    permission: 'payments:recover', audience: 'operator', params, errors: ['payment_order_not_found'], body: Body({}),
    response: Type.Object({ order: OrderJson, outcomes: Type.Array(Type.Object({ attempt: Type.Integer(), outcome: Type.String(), attemptState: NullOr(AttemptJson.properties.state) })) }, { title: 'PaymentCheck' }),
    handler: async (call) => {
      const orderId = idFromJson('pay', call.params.orderId, 'payment_order_not_found');
      const actor = actorOf(call);
      const { order, applied } = orRefusal(await askChannel(call.operator, channels, { orderId, actor, recoveredBy: `clerk:${actor}` }, { clock: call.clock, purposes }));
      await note(call, { act: 'payments.ask_channel', orderId, after: { state: order.state, outcomes: applied.map(({ outcome }) => outcome) } });
      return { order: orderToJson(order), outcomes: applied.map(({ attempt, outcome, attemptState }) => ({ attempt, outcome, attemptState })) };
    },
  });
}

type AnyCall = Call<unknown, unknown, unknown>;
function actorOf({ actor }: Pick<AnyCall, 'actor'>): string {
  assert(actor.kind !== 'system', 'a call over HTTP has somebody who is logged in');
  return actor.id;
}

/** An act that manages its own transactions is kept in the audit log afterwards; what it did is in the order's timeline already. */
const note = (call: AnyCall, { act, orderId, after }: { act: string; orderId: string; after: Readonly<Record<string, unknown>> }): Promise<string> =>
  call.operator.transaction((tx) => recordAct(tx, { actor: call.actor, from: call.from, act, subject: { kind: 'payment_order', id: orderId }, after }, call));

async function ownAccount(channels: OrderRoutes['channels'], operatorId: OperatorId, merchantAccountId: string): Promise<string> {
  const id = idFromJson('mch', merchantAccountId, 'merchant_account_not_found');
  if (!(await channels.accountsOf(operatorId)).some((account) => account.merchantAccountId === id)) throw problem('merchant_account_not_found');
  return id;
}
