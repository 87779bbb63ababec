import { assert, bigIntToUuid, type Instant } from '../../../kernel/index.ts';
import type { Tx } from '../../../platform/database/index.ts';
import { announce } from '../../../platform/live-updates/index.ts';
import { appendEvents, type NewEvent } from '../../../platform/outbox/index.ts';
import { decide, goesBackByItself, type AccountIdentity, type Decision } from '../domain/decide.ts';
import { PAYMENT_EVENTS } from '../events.ts';
import { loadAccountIdentities } from '../store/account-identities.ts';
import { loadAttempts, tradeNumberHolders, updateAttempts, type ChannelTrade } from '../store/attempts.ts';
import { lockOrders, updateOrders } from '../store/orders.ts';
import { insertSurplus } from '../store/surplus.ts';
import { appendTimeline, type NewTimelineEntry } from '../store/timeline.ts';
import type { AppliedView, ApplyOptions, ApplyPaymentViews, PaymentAttempt, PaymentOrder, ViewItem } from '../types.ts';
import { bookedTransferId, bookPayments, type PaymentToBook } from './book-payments.ts';
import { openDoubts, type NewDoubt } from '../refunds-elsewhere/doubts.ts';
import { bookTakenBack, type TakenBack } from './book-taken-back.ts';

/** Views in one transaction; more wait for the next. */
export const VIEWS_PER_BATCH_MAX = 1_000;

/** An order while a batch is worked: as it was read, and as the views so far have made it. */
type Working = { readonly before: PaymentOrder; order: PaymentOrder; attempts: readonly PaymentAttempt[]; readonly changed: Set<number> };

/**
 * The one place where an answer of a channel changes an order. The same view again changes nothing; many appliers at once take turns at each order; what is paid is
 * booked, told and written in this transaction or not at all.
 * @returns one answer per item, in order.
 */
export const applyPaymentViews: ApplyPaymentViews = async (tx, items, options) => {
  assert(items.length <= VIEWS_PER_BATCH_MAX, `at most ${VIEWS_PER_BATCH_MAX} views at once`);
  if (items.length === 0) return [];
  const orders = await lockOrders(tx, items.map((item) => item.orderId));
  const attempts = orders.size === 0 ? new Map<string, PaymentAttempt[]>() : await loadAttempts(tx, [...orders.keys()]);
  const working = new Map([...orders.values()].map((order): [string, Working] => [order.orderId, { before: order, order, attempts: attempts.get(order.orderId) ?? [], changed: new Set() }]));
  const trades = tradesIn(items, attempts);
  const identities = trades.length === 0 ? new Map<string, AccountIdentity>() : await loadAccountIdentities(tx, trades.map((trade) => trade.merchantAccountId));
  const holders = await tradeNumberHolders(tx, trades);
  const now = options.clock.now();
  const payments: PaymentToBook[] = [], entries: NewTimelineEntry[] = [], takenBack: TakenBack[] = [], doubts: NewDoubt[] = [];
  const answers = items.map((item): AppliedView => {
    const known = working.get(item.orderId);
    const attempt = known?.attempts.find((candidate) => candidate.attempt === item.attempt);
    if (!known || !attempt) return { orderId: item.orderId, attempt: item.attempt, outcome: 'order_unknown', order: null, attemptState: null, surplusReason: null };
    const decision = decide(known, item, { now, identity: identities.get(attempt.merchantAccountId) ?? [], takenBy: takenBy(item, attempt, holders) });
    take(known, decision);
    const changed = known.attempts.find((candidate) => candidate.attempt === item.attempt)!;
    if (decision.doubt) doubts.push({ orderId: item.orderId, attempt: item.attempt, ...decision.doubt, source: item.source });
    if (decision.takenBack) takenBack.push({ attempt: changed, actor: item.source.actor });
    if (decision.booking) payments.push({ order: known.order, attempt: changed, booking: decision.booking });
    entries.push(...decision.entries.map((entry) => ({
      ...entry, orderId: item.orderId, actor: item.source.actor, exchangeId: item.source.exchangeId ?? null, notificationId: item.source.notificationId ?? null,
    })));
    return { orderId: item.orderId, attempt: item.attempt, outcome: decision.outcome, order: known.order, attemptState: changed.state, surplusReason: decision.booking?.surplusReason ?? null };
  });
  await write(tx, { working: [...working.values()], payments, entries, now }, options);
  for (const one of takenBack) await bookTakenBack(tx, one, options);
  await openDoubts(tx, doubts, options);
  return answers;
};

function tradesIn(items: readonly ViewItem[], attempts: ReadonlyMap<string, readonly PaymentAttempt[]>): ChannelTrade[] {
  return items.flatMap(({ orderId, attempt, view }) => {
    const seen = attempts.get(orderId)?.find((candidate) => candidate.attempt === attempt);
    return seen === undefined || view.state !== 'paid' ? [] : [{ merchantAccountId: seen.merchantAccountId, channelTradeNo: view.channelTradeNo }];
  });
}

/** A trade of the channel pays one attempt: @returns the other attempt that has it already, also one from earlier in this batch. */
function takenBy(item: ViewItem, attempt: PaymentAttempt, holders: Map<string, string>): string | null {
  if (item.view.state !== 'paid') return null;
  const key = `${attempt.merchantAccountId}/${item.view.channelTradeNo}`;
  const self = `${attempt.orderId}/${attempt.attempt}`;
  const holder = holders.get(key) ?? self;
  holders.set(key, holder);
  return holder === self ? null : holder;
}

function take(known: Working, decision: Decision): void {
  const before = new Map(known.attempts.map((attempt) => [attempt.attempt, attempt]));
  known.order = decision.order;
  known.attempts = decision.attempts.map((attempt) => {
    if (before.get(attempt.attempt) === attempt) return attempt;
    known.changed.add(attempt.attempt);
    return attempt.state === 'paid' && attempt.transferId === null ? { ...attempt, transferId: bigIntToUuid(bookedTransferId(attempt)) } : attempt;
  });
}

type Written = { readonly working: readonly Working[]; readonly payments: readonly PaymentToBook[]; readonly entries: readonly NewTimelineEntry[]; readonly now: Instant };

async function write(tx: Tx, { working, payments, entries, now }: Written, options: ApplyOptions): Promise<void> {
  const attempts = working.flatMap((known) => known.attempts.filter((attempt) => known.changed.has(attempt.attempt)));
  const orders = working.filter((known) => known.order !== known.before);
  await updateAttempts(tx, attempts);
  await updateOrders(tx, orders.map((known) => known.order));
  await insertSurplus(tx, payments.flatMap(({ order, attempt, booking }) => (booking.surplusReason === null ? [] : [{
    orderId: order.orderId, attempt: attempt.attempt, merchantAccountId: attempt.merchantAccountId, currency: booking.currency, amountMinor: booking.amountMinor, reason: booking.surplusReason,
    automatic: goesBackByItself(booking.surplusReason), transferId: attempt.transferId!, foundAt: now,
  }])));
  await appendTimeline(tx, entries, { recordedAt: now });
  await bookPayments(tx, payments, options);
  await appendEvents(tx, [...payments.map(paymentEvent), ...orders.flatMap(closedEvent)]);
  if (orders.length > 0 || payments.length > 0) announce(tx, 'payments.orders');
}

function paymentEvent({ order, attempt, booking }: PaymentToBook): NewEvent {
  const common = { orderId: order.orderId, attempt: attempt.attempt, merchantAccountId: attempt.merchantAccountId, currency: booking.currency, amountMinor: booking.amountMinor };
  if (booking.surplusReason !== null) return { type: PAYMENT_EVENTS.surplusFound, payload: { ...common, reason: booking.surplusReason, automatic: goesBackByItself(booking.surplusReason) } };
  return {
    type: PAYMENT_EVENTS.orderPaid,
    payload: {
      ...common, purpose: order.purpose, subjectId: order.subjectId, memberId: order.memberId, channel: attempt.channel, paidAt: order.paidAt, creditedAt: order.creditedAt,
      late: booking.late, recoveredBy: order.recoveredBy,
    },
  };
}

/** What others are told when an order is over without having been paid. */
export function closedEvent({ before, order }: { readonly before: PaymentOrder; readonly order: PaymentOrder }): NewEvent[] {
  if (before.state === order.state || (order.state !== 'closed' && order.state !== 'expired')) return [];
  return [{ type: PAYMENT_EVENTS.orderClosed, payload: { orderId: order.orderId, purpose: order.purpose, subjectId: order.subjectId, memberId: order.memberId, reason: order.closeReason } }];
}
