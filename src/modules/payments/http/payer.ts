/**
 * What the payer's page needs, for anybody who has the order's token and nothing else: what is to be paid, one code for every wallet, and whether it is paid. It tells
 * nothing of the payer, the member or the operator's books.
 */
import { Type, type Static } from 'typebox';
import { money } from '../../../kernel/index.ts';
import { problem } from '../../../platform/errors/index.ts';
import { Body, InstantJson, instantToJson, MoneyJson, moneyToJson, NullOr, orNull, type Api, type PublicCall } from '../../../platform/http/index.ts';
import { loadOperator } from '../../parties/index.ts';
import { closeOrder } from '../commands/close-order.ts';
import { offerOrder } from '../commands/offer-order.ts';
import type { ChannelKind } from '../domain/channel.ts';
import { choicesFor, payerDevice, type Choice } from '../domain/choose-method.ts';
import type { Environment } from '../domain/order-number.ts';
import { loadOrder } from '../store/orders.ts';
import { resolvePayerToken } from '../store/payer-token.ts';
import type { OperatorId } from '../../../kernel/index.ts';
import type { PaymentOrder } from '../types.ts';
import { ChannelKindJson, MethodJson, OrderStateJson, orRefusal, PresentationJson, presentationToJson } from './order-json.ts';
import { OFFER_ERRORS, type OrderRoutes } from './orders.ts';

const tag = 'payer';
const params = Type.Object({ token: Type.String({ minLength: 1, maxLength: 64 }) });
/** A page polls every two seconds; a family behind one address may have several open. */
const POLLS_PER_MINUTE_MAX = 240;
const OFFERS_PER_MINUTE_MAX = 30;

const PayerState = Type.Object({ state: OrderStateJson, paidAt: NullOr(InstantJson), expiresAt: InstantJson }, { title: 'PayerOrderState' });
const PayerOrder = Type.Object({
  ...PayerState.properties, operatorName: Type.String(), amount: MoneyJson, description: Type.String(), test: Type.Boolean({ description: 'Not a live payment.' }),
  device: Type.Enum(['wechat', 'alipay', 'telephone', 'computer'], { title: 'PayerDevice' }),
  choices: Type.Array(Type.Object({ channel: ChannelKindJson, method: MethodJson }), { description: 'With what it can be paid from this browser; one is taken at once.' }),
}, { title: 'PayerOrder' });

type Found = { readonly operatorId: OperatorId; readonly order: PaymentOrder };
type TokenCall = Pick<PublicCall<{ token: string }, unknown, unknown>, 'params' | 'database'>;

async function find({ params: { token }, database }: TokenCall): Promise<Found> {
  const found = await resolvePayerToken(database, token);
  const order = found === null ? null : await database.forOperator(found.operatorId).transaction((tx) => loadOrder(tx, found.orderId));
  if (found === null || order === null) throw problem('payment_order_not_found');
  return { operatorId: found.operatorId, order };
}

const stateToJson = (order: PaymentOrder): Static<typeof PayerState> => ({ state: order.state, paidAt: orNull(order.paidAt, instantToJson), expiresAt: instantToJson(order.expiresAt) });

export function registerPayerRoutes(api: Api, routes: OrderRoutes): void {
  const { channels, purposes } = routes;
  const choicesOf = async ({ operatorId, environment }: { operatorId: OperatorId; environment: Environment }, of: { userAgent: string | null; payerKnown: boolean }): Promise<Choice[]> => {
    const accounts = (await channels.accountsOf(operatorId)).filter((account) => account.enabled && account.environment === environment);
    return choicesFor(accounts.map(({ merchantAccountId, kind, channel }) => ({ merchantAccountId, kind, methods: channel.traits.methods })), of);
  };
  api.publicRoute({
    method: 'GET', path: '/payer/orders/:token', operationId: 'getPayerOrder', tag, summary: 'What the payer sees of an order', callers: 'anywhere', perMinuteMax: POLLS_PER_MINUTE_MAX,
    params, response: PayerOrder, errors: ['payment_order_not_found'],
    handler: async (call) => {
      const { operatorId, order } = await find(call);
      const operator = await call.database.forOperator(operatorId).transaction((tx) => loadOperator(tx));
      const choices = await choicesOf({ operatorId, environment: order.environment }, { userAgent: call.from.userAgent, payerKnown: false });
      return {
        ...stateToJson(order), operatorName: operator.name, amount: moneyToJson(money(order.amountMinor, order.currency)), description: order.description, test: order.environment !== 'L',
        device: payerDevice(call.from.userAgent), choices: choices.map(({ kind, method }) => ({ channel: kind, method })),
      };
    },
  });
  api.publicRoute({
    method: 'GET', path: '/payer/orders/:token/state', operationId: 'getPayerOrderState', tag, summary: 'Whether an order is paid, for a page that waits', callers: 'anywhere', perMinuteMax: POLLS_PER_MINUTE_MAX,
    params, response: PayerState, errors: ['payment_order_not_found'],
    handler: async (call) => stateToJson((await find(call)).order),
  });
  api.publicRoute({
    method: 'POST', path: '/payer/orders/:token/offers', operationId: 'offerToPayer', tag, summary: 'Offer an order to the payer, by the method that this browser can use', callers: 'anywhere', perMinuteMax: OFFERS_PER_MINUTE_MAX,
    params, errors: [...OFFER_ERRORS, 'no_merchant_account'],
    body: Body({ channel: Type.Optional(ChannelKindJson), payer: Type.Optional(Type.String({ minLength: 1, maxLength: 128, description: 'The openid, when the page knows it.' })) }),
    response: Type.Object({ channel: ChannelKindJson, method: MethodJson, presentation: PresentationJson, expiresAt: InstantJson }, { title: 'PayerOffer' }),
    handler: async (call) => {
      const { operatorId, order } = await find(call);
      const choices = await choicesOf({ operatorId, environment: order.environment }, { userAgent: call.from.userAgent, payerKnown: call.body.payer !== undefined });
      const wanted = call.body.channel as ChannelKind | undefined;
      const choice = wanted === undefined ? choices[0] : choices.find(({ kind }) => kind === wanted);
      if (!choice) throw problem('no_merchant_account');
      const offered = orRefusal(await offerOrder(call.database.forOperator(operatorId), channels, {
        orderId: order.orderId, merchantAccountId: choice.merchantAccountId, method: choice.method, payer: call.body.payer ?? null, payerIp: call.from.ip, actor: 'payer',
      }, { clock: call.clock, purposes }));
      return { channel: choice.kind, method: choice.method, presentation: presentationToJson(offered.presentation), expiresAt: instantToJson(offered.order.expiresAt) };
    },
  });
  api.publicRoute({
    method: 'POST', path: '/payer/orders/:token/closing', operationId: 'closePayerOrder', tag, summary: 'The payer gives up: the channel is asked to close, and its answer decides', callers: 'anywhere', perMinuteMax: OFFERS_PER_MINUTE_MAX,
    params, errors: ['payment_order_not_found'], body: Body({}), response: Type.Object({ outcome: Type.Enum(['closed', 'closing', 'paid'], { title: 'PayerClosingOutcome' }) }),
    handler: async (call) => {
      const { operatorId, order } = await find(call);
      return { outcome: orRefusal(await closeOrder(call.database.forOperator(operatorId), channels, { orderId: order.orderId, reason: 'by_payer', actor: 'payer' }, { clock: call.clock, purposes })) };
    },
  });
}
