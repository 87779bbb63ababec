import type { Instant } from '../../../kernel/index.ts';
import type { Tx } from '../../../platform/database/index.ts';
import type { TimelineKind } from '../domain/decide.ts';
import { loadDoubts, type RefundDoubt } from '../refunds-elsewhere/doubts.ts';
import { loadAttempts } from '../store/attempts.ts';
import { loadOrder, onlyOperator } from '../store/orders.ts';
import { loadSurplusOfOrder } from '../store/surplus.ts';
import type { PaymentAttempt, PaymentOrder, Surplus } from '../types.ts';

/** So much of a story is told; an order that was asked about for days has more exchanges than anybody reads. The newest are kept. */
export const STORY_ENTRIES_MAX = 200;

export type StoryEntry = {
  readonly sequence: number; readonly kind: TimelineKind; readonly attempt: number | null; readonly actor: string; readonly detail: Readonly<Record<string, unknown>>;
  readonly exchangeId: string | null; readonly notificationId: string | null; readonly happenedAt: Instant; readonly recordedAt: Instant;
};
export type StoryExchange = {
  readonly exchangeId: string; readonly merchantAccountId: string; readonly act: string; readonly outcome: 'confirmed' | 'refused' | 'unknown'; readonly channelCode: string | null;
  readonly httpStatus: number | null; readonly request: string; readonly response: string | null; readonly sentAt: Instant; readonly answeredAt: Instant | null;
};
export type OrderStory = {
  readonly order: PaymentOrder; readonly attempts: readonly PaymentAttempt[]; readonly timeline: readonly StoryEntry[]; readonly exchanges: readonly StoryExchange[]; readonly surplus: readonly Surplus[];
  readonly refundDoubts: readonly RefundDoubt[];
};

/** One order with everything that is known of it: attempts, what happened, and each call to a channel with its answer. Null when there is no such order. */
export async function orderStory(tx: Tx, orderId: string): Promise<OrderStory | null> {
  const order = await loadOrder(tx, orderId);
  if (!order) return null;
  const timeline = await tx.query<StoryEntry>(
    `select sequence, kind, attempt, actor, detail, exchange_id as "exchangeId", notification_id as "notificationId", happened_at as "happenedAt", recorded_at as "recordedAt"
     from payments.payment_event where operator_id = $1 and order_id = $2 order by sequence desc limit ${STORY_ENTRIES_MAX}`, [onlyOperator(tx), orderId]);
  const exchanges = await tx.query<StoryExchange>(
    `select exchange_id as "exchangeId", merchant_account_id as "merchantAccountId", act, outcome, channel_code as "channelCode", http_status as "httpStatus", request, response,
       sent_at as "sentAt", answered_at as "answeredAt"
     from payments.channel_exchange where operator_id = $1 and order_id = $2 order by sent_at desc, exchange_id desc limit ${STORY_ENTRIES_MAX}`, [onlyOperator(tx), orderId]);
  return { order, attempts: (await loadAttempts(tx, [orderId])).get(orderId) ?? [], timeline: timeline.toReversed(), exchanges: exchanges.toReversed(), surplus: await loadSurplusOfOrder(tx, orderId), refundDoubts: await loadDoubts(tx, orderId) };
}
