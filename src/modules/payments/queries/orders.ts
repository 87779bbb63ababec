import { decodeId, type Instant, type MemberId } from '../../../kernel/index.ts';
import type { Tx } from '../../../platform/database/index.ts';
import type { ChannelKind } from '../domain/channel.ts';
import { parseTradeNumber } from '../domain/order-number.ts';
import type { OrderState } from '../domain/order.ts';
import { onlyOperator, ORDER_COLUMNS, time } from '../store/orders.ts';
import type { PaymentOrder } from '../types.ts';

export type OrderFilter = {
  readonly states?: readonly OrderState[]; readonly memberId?: MemberId; readonly from?: Instant; readonly to?: Instant;
  /** An order id as the outside sees it, a number that we gave a channel, or a channel's own trade number. */
  readonly number?: string;
  /** Only those that somebody had to look for. */
  readonly recovered?: boolean;
  /** Offered there. */
  readonly channel?: ChannelKind;
  readonly after?: readonly [createdAt: Instant, orderId: string] | null;
};
export type ListedOrder = PaymentOrder & { readonly attempts: number; readonly paidChannel: ChannelKind | null; readonly surplusMinor: bigint };

/** Orders, newest first, by keyset. */
export async function listOrders(tx: Tx, filter: OrderFilter, limit: number): Promise<ListedOrder[]> {
  const orderId = filter.number === undefined ? null : await orderOfNumber(tx, filter.number.trim());
  if (filter.number !== undefined && orderId === null) return [];
  return tx.query<ListedOrder>(
    `select ${ORDER_COLUMNS}, a.attempts, a.channel as "paidChannel", coalesce(s.amount, 0)::bigint as "surplusMinor"
     from payments.payment_order o
     cross join lateral (select count(*)::int as attempts, max(x.channel) filter (where x.attempt = o.paid_attempt) as channel from payments.payment_attempt x where x.operator_id = $1 and x.order_id = o.order_id) a
     cross join lateral (select sum(x.amount_minor) as amount from payments.surplus x where x.operator_id = $1 and x.order_id = o.order_id) s
     where o.operator_id = $1 and ($2::text[] is null or o.state = any($2)) and ($3::uuid is null or o.member_id = $3) and ($4::timestamptz is null or o.created_at >= $4)
       and ($5::timestamptz is null or o.created_at < $5) and ($6::uuid is null or o.order_id = $6) and ($7::boolean is null or (o.recovered_by is not null) = $7)
       and ($11::text is null or exists (select from payments.payment_attempt x where x.operator_id = $1 and x.order_id = o.order_id and x.channel = $11))
       and ($8::timestamptz is null or (o.created_at, o.order_id) < ($8::timestamptz, $9::uuid))
     order by o.created_at desc, o.order_id desc limit $10`,
    [onlyOperator(tx), filter.states ?? null, filter.memberId ?? null, filter.from === undefined ? null : time(filter.from), filter.to === undefined ? null : time(filter.to), orderId,
      filter.recovered ?? null, filter.after ? time(filter.after[0]) : null, filter.after?.[1] ?? null, limit, filter.channel ?? null]);
}

/** @returns the order that a number stands for, or null. */
async function orderOfNumber(tx: Tx, number: string): Promise<string | null> {
  const ours = decodeId('pay', number) ?? parseTradeNumber(number)?.orderId;
  if (ours !== undefined && ours !== null) return ours;
  // Account by account, because the index of trade numbers begins with the account.
  const [row] = await tx.query<{ orderId: string }>(
    `select a.order_id as "orderId" from payments.merchant_account m
     cross join lateral (select x.order_id from payments.payment_attempt x where x.operator_id = $1 and x.merchant_account_id = m.merchant_account_id and x.channel_trade_no = $2 limit 1) a
     where m.operator_id = $1 limit 1`, [onlyOperator(tx), number]);
  return row?.orderId ?? null;
}
