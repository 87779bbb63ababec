import { Type, type Static } from 'typebox';
import { assert, money, type Rejection, type Result } from '../../../kernel/index.ts';
import { isErrorCode, problem } from '../../../platform/errors/index.ts';
import { IdJson, idToJson, InstantJson, instantToJson, MoneyJson, moneyToJson, NullOr, orNull } from '../../../platform/http/index.ts';
import { CHANNEL_KINDS, PAYMENT_METHODS, type Presentation } from '../domain/channel.ts';
import { ENVIRONMENTS } from '../domain/order-number.ts';
import { ATTEMPT_STATES, DISPOSITIONS, LATE_PAYMENT_POLICIES, ORDER_PURPOSES, ORDER_STATES } from '../domain/order.ts';
import type { ListedOrder } from '../queries/orders.ts';
import type { OrderStory } from '../queries/order-story.ts';
import { DOUBT_STATES, type RefundDoubt } from '../refunds-elsewhere/doubts.ts';
import type { Names } from './names.ts';
import { CLOSE_REASONS, leftOfSurplus, SURPLUS_REASONS, SURPLUS_STATES, type PaymentAttempt, type PaymentOrder, type Surplus } from '../types.ts';

export const OrderStateJson = Type.Enum([...ORDER_STATES], { title: 'PaymentOrderState' });
export const EnvironmentJson = Type.Enum([...ENVIRONMENTS], { title: 'PaymentEnvironment', description: 'L live, T test, D demo; the first letter of every number that a channel sees.' });
export const ChannelKindJson = Type.Enum([...CHANNEL_KINDS], { title: 'PaymentChannel' });
export const MethodJson = Type.Enum([...PAYMENT_METHODS], { title: 'PaymentMethod' });
const nullableAt = NullOr(InstantJson);

export const OrderJson = Type.Object({
  orderId: IdJson('pay'), state: OrderStateJson, stateAt: InstantJson, environment: EnvironmentJson, purpose: Type.Enum([...ORDER_PURPOSES], { title: 'PaymentPurpose' }), memberId: NullOr(IdJson('mem')),
  amount: MoneyJson, description: Type.String(), latePayment: Type.Enum([...LATE_PAYMENT_POLICIES], { title: 'LatePaymentPolicy' }), createdBy: Type.String(), createdAt: InstantJson, expiresAt: InstantJson,
  payerToken: Type.String({ description: 'The last part of the address of the payer\'s page.' }), closeReason: NullOr(Type.Enum([...CLOSE_REASONS], { title: 'CloseReason' })),
  paidAt: nullableAt, creditedAt: nullableAt, recoveredBy: NullOr(Type.String({ description: '`job`, or `clerk:` and who: the payment had to be looked for.' })),
}, { title: 'PaymentOrder' });
export const ListedOrderJson = Type.Object({
  ...OrderJson.properties, memberName: NullOr(Type.String()), attempts: Type.Integer(), paidChannel: NullOr(ChannelKindJson), surplus: NullOr(MoneyJson),
}, { title: 'ListedPaymentOrder' });
export const PresentationJson = Type.Object({
  kind: Type.Enum(['qr', 'redirect', 'invoke']), url: NullOr(Type.String({ description: 'What the code holds, or where to go.' })),
  parameters: NullOr(Type.Record(Type.String(), Type.String(), { description: 'For the wallet\'s own browser.' })),
}, { title: 'PaymentPresentation' });
export const AttemptJson = Type.Object({
  attempt: Type.Integer(), merchantAccountId: IdJson('mch'), channel: ChannelKindJson, method: MethodJson, outTradeNo: Type.String(), channelTradeNo: NullOr(Type.String()),
  state: Type.Enum([...ATTEMPT_STATES], { title: 'PaymentAttemptState' }), stateAt: InstantJson, createdAt: InstantJson, codeLapsesAt: InstantJson, nextCheckAt: nullableAt, checks: Type.Integer(),
  presentation: NullOr(PresentationJson), paid: NullOr(MoneyJson), paidAt: nullableAt, disposition: NullOr(Type.Enum([...DISPOSITIONS], { title: 'PaymentDisposition' })), refunding: MoneyJson, refunded: MoneyJson,
}, { title: 'PaymentAttempt' });
export const surplusFacts = {
  attempt: Type.Integer(), amount: MoneyJson, goneBack: MoneyJson, left: MoneyJson, reason: Type.Enum([...SURPLUS_REASONS], { title: 'SurplusReason' }), automatic: Type.Boolean({ description: 'Goes back without a person.' }),
  state: Type.Enum([...SURPLUS_STATES], { title: 'SurplusState' }), stateAt: InstantJson, foundAt: InstantJson,
  heldBecause: NullOr(Type.String({ description: 'Why it waits for a person although it would go back by itself.' })),
};
const SurplusJson = Type.Object(surplusFacts, { title: 'PaymentSurplus' });
const EventJson = Type.Object({
  sequence: Type.Integer(), kind: Type.String(), attempt: NullOr(Type.Integer()), actor: Type.String(), detail: Type.Record(Type.String(), Type.Unknown()),
  exchangeId: NullOr(IdJson('evt')), notificationId: NullOr(IdJson('ntf')), happenedAt: InstantJson, recordedAt: InstantJson,
}, { title: 'PaymentTimelineEntry' });
const ExchangeJson = Type.Object({
  exchangeId: IdJson('evt'), merchantAccountId: IdJson('mch'), act: Type.String(), outcome: Type.Enum(['confirmed', 'refused', 'unknown'], { title: 'ExchangeOutcome' }), channelCode: NullOr(Type.String()),
  httpStatus: NullOr(Type.Integer()), request: Type.String(), response: NullOr(Type.String()), sentAt: InstantJson, answeredAt: nullableAt,
}, { title: 'ChannelExchange', description: 'A call to a channel as it went over the wire, without keys and signatures.' });
export const DoubtJson = Type.Object({
  orderId: IdJson('pay'), attempt: Type.Integer(), told: NullOr(MoneyJson), known: MoneyJson, seenAt: InstantJson, state: Type.Enum([...DOUBT_STATES], { title: 'RefundDoubtState' }), stateAt: InstantJson, resolvedBy: NullOr(Type.String()), approvedBy: NullOr(Type.String()),
  evidence: NullOr(Type.String()), booked: NullOr(MoneyJson),
}, { title: 'RefundDoubt', description: '`told`: all that went back of the payment, as the channel told; null when it did not tell how much. `known`: what of it we knew of then.' });
export const StoryJson = Type.Object({
  order: OrderJson, memberName: NullOr(Type.String()), attempts: Type.Array(AttemptJson), timeline: Type.Array(EventJson), exchanges: Type.Array(ExchangeJson), surplus: Type.Array(SurplusJson), refundDoubts: Type.Array(DoubtJson),
}, { title: 'PaymentOrderStory' });

export const orderToJson = (order: PaymentOrder): Static<typeof OrderJson> => ({
  orderId: idToJson('pay', order.orderId), state: order.state, stateAt: instantToJson(order.stateAt), environment: order.environment, purpose: order.purpose,
  memberId: orNull(order.memberId, (id) => idToJson('mem', id)), amount: moneyToJson(money(order.amountMinor, order.currency)), description: order.description, latePayment: order.latePayment,
  createdBy: order.createdBy, createdAt: instantToJson(order.createdAt), expiresAt: instantToJson(order.expiresAt), payerToken: order.payerToken, closeReason: order.closeReason,
  paidAt: orNull(order.paidAt, instantToJson), creditedAt: orNull(order.creditedAt, instantToJson), recoveredBy: order.recoveredBy,
});
/** Ids in a detail look like everywhere else. */
const detailToJson = (detail: OrderStory['timeline'][number]['detail']): Record<string, unknown> => ({ ...detail, ...(typeof detail.refundId === 'string' ? { refundId: idToJson('rfa', detail.refundId) } : {}) });
const namedOrder = (order: PaymentOrder, names: Names): Static<typeof OrderJson> => ({ ...orderToJson(order), createdBy: names.actor(order.createdBy), recoveredBy: orNull(order.recoveredBy, names.actor) });
export const listedOrderToJson = (order: ListedOrder, names: Names): Static<typeof ListedOrderJson> => ({
  ...namedOrder(order, names), memberName: names.member(order.memberId), attempts: order.attempts, paidChannel: order.paidChannel, surplus: order.surplusMinor === 0n ? null : moneyToJson(money(order.surplusMinor, order.currency)),
});
export const presentationToJson = (presentation: Presentation): Static<typeof PresentationJson> =>
  presentation.kind === 'invoke' ? { kind: presentation.kind, url: null, parameters: { ...presentation.parameters } } : { kind: presentation.kind, url: presentation.url, parameters: null };
export const attemptToJson = (attempt: PaymentAttempt, { currency }: Pick<PaymentOrder, 'currency'>): Static<typeof AttemptJson> => ({
  attempt: attempt.attempt, merchantAccountId: idToJson('mch', attempt.merchantAccountId), channel: attempt.channel, method: attempt.method, outTradeNo: attempt.outTradeNo,
  channelTradeNo: attempt.channelTradeNo, state: attempt.state, stateAt: instantToJson(attempt.stateAt), createdAt: instantToJson(attempt.createdAt), codeLapsesAt: instantToJson(attempt.codeLapsesAt),
  nextCheckAt: orNull(attempt.nextCheckAt, instantToJson), checks: attempt.checks, presentation: orNull(attempt.presentation, presentationToJson),
  paid: orNull(attempt.paidMinor, (amount) => moneyToJson(money(amount, currency))), paidAt: orNull(attempt.paidAt, instantToJson), disposition: attempt.disposition,
  refunding: moneyToJson(money(attempt.refundingMinor, currency)), refunded: moneyToJson(money(attempt.refundedMinor, currency)),
});
export const storyToJson = ({ order, attempts, timeline, exchanges, surplus, refundDoubts }: OrderStory, names: Names): Static<typeof StoryJson> => ({
  order: namedOrder(order, names), memberName: names.member(order.memberId), attempts: attempts.map((attempt) => attemptToJson(attempt, order)),
  timeline: timeline.map((entry) => ({
    ...entry, actor: names.actor(entry.actor), detail: detailToJson(entry.detail), exchangeId: orNull(entry.exchangeId, (id) => idToJson('evt', id)), notificationId: orNull(entry.notificationId, (id) => idToJson('ntf', id)),
    happenedAt: instantToJson(entry.happenedAt), recordedAt: instantToJson(entry.recordedAt),
  })),
  exchanges: exchanges.map((exchange) => ({
    ...exchange, exchangeId: idToJson('evt', exchange.exchangeId), merchantAccountId: idToJson('mch', exchange.merchantAccountId), sentAt: instantToJson(exchange.sentAt), answeredAt: orNull(exchange.answeredAt, instantToJson),
  })),
  surplus: surplus.map(surplusToJson), refundDoubts: refundDoubts.map((row) => doubtToJson(row, names)),
});
export const doubtToJson = (row: RefundDoubt, names: Names): Static<typeof DoubtJson> => {
  const amount = (minor: bigint): MoneyJson => moneyToJson(money(minor, row.currency));
  return {
    orderId: idToJson('pay', row.orderId), attempt: row.attempt, told: orNull(row.toldMinor, amount), known: amount(row.knownMinor), seenAt: instantToJson(row.seenAt), state: row.state, stateAt: instantToJson(row.stateAt),
    resolvedBy: orNull(row.resolvedBy, names.actor), approvedBy: orNull(row.approvedBy, names.actor), evidence: row.evidence, booked: orNull(row.bookedMinor, amount),
  };
};
export const surplusToJson = (row: Surplus): Static<typeof SurplusJson> => {
  const amount = (minor: bigint): MoneyJson => moneyToJson(money(minor, row.currency));
  return {
    attempt: row.attempt, amount: amount(row.amountMinor), goneBack: amount(row.goneBackMinor), left: amount(leftOfSurplus(row)), reason: row.reason, automatic: row.automatic, state: row.state,
    stateAt: instantToJson(row.stateAt), foundAt: instantToJson(row.foundAt), heldBecause: row.heldBecause,
  };
};

/** The value, or the refusal as a problem of the same code; what a channel said of it is the detail. */
export function orRefusal<T>(result: Result<T, Rejection>): T {
  if (result.ok) return result.value;
  const { code, message, ...data } = result.error as Rejection & { readonly message?: string };
  assert(isErrorCode(code), `${code} is in the catalogue of errors`);
  throw problem(code, { ...(message === undefined ? {} : { detail: message }), ...(Object.keys(data).length === 0 ? {} : { data }) });
}
