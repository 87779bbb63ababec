import type { Instant } from '../../../kernel/index.ts';
import type { Tx } from '../../../platform/database/index.ts';
import type { TimelineEntry } from '../domain/decide.ts';
import type { RecordedExchange } from '../types.ts';
import { onlyOperator, time } from './orders.ts';

/** As the tables' checks have it; what is longer is cut, because the evidence of a payment must never keep it from being booked. */
const EXCHANGE_BYTES_MAX = 65_536;

export type NewTimelineEntry = TimelineEntry & { readonly orderId: string; readonly actor: string; readonly exchangeId?: string | null; readonly notificationId?: string | null };

/** Appends to timelines. The caller holds the locks of the orders, so that numbers follow each other; entries of one order are in the order of the list. */
export async function appendTimeline(tx: Tx, entries: readonly NewTimelineEntry[], { recordedAt }: { readonly recordedAt: Instant }): Promise<void> {
  if (entries.length === 0) return;
  await tx.execute({
    name: 'payments_append_timeline',
    text: `insert into payments.payment_event (operator_id, order_id, sequence, kind, attempt, actor, detail, exchange_id, notification_id, happened_at, recorded_at)
      select $1, k.order_id, coalesce((select max(e.sequence) from payments.payment_event e where e.operator_id = $1 and e.order_id = k.order_id), 0)
          + row_number() over (partition by k.order_id order by k.n), k.kind, k.attempt, k.actor, k.detail, k.exchange_id, k.notification_id, k.happened_at, $2
      from unnest($3::uuid[], $4::text[], $5::smallint[], $6::text[], $7::jsonb[], $8::uuid[], $9::uuid[], $10::timestamptz[]) with ordinality
        as k (order_id, kind, attempt, actor, detail, exchange_id, notification_id, happened_at, n)`,
  }, [onlyOperator(tx), time(recordedAt), entries.map((e) => e.orderId), entries.map((e) => e.kind), entries.map((e) => e.attempt), entries.map((e) => e.actor),
    entries.map((e) => JSON.stringify(e.detail)), entries.map((e) => e.exchangeId ?? null), entries.map((e) => e.notificationId ?? null), entries.map((e) => time(e.happenedAt))]);
}

/** Keeps calls to channels and their answers as evidence. */
export async function recordExchanges(tx: Tx, exchanges: readonly RecordedExchange[]): Promise<void> {
  if (exchanges.length === 0) return;
  await tx.execute({
    name: 'payments_record_exchanges',
    text: `insert into payments.channel_exchange (operator_id, exchange_id, merchant_account_id, order_id, act, outcome, channel_code, http_status, request, response, sent_at, answered_at)
      select $1, * from unnest($2::uuid[], $3::uuid[], $4::uuid[], $5::text[], $6::text[], $7::text[], $8::int[], $9::text[], $10::text[], $11::timestamptz[], $12::timestamptz[]) on conflict do nothing`,
  }, [onlyOperator(tx), exchanges.map((e) => e.exchangeId), exchanges.map((e) => e.merchantAccountId), exchanges.map((e) => e.orderId), exchanges.map((e) => e.exchange.act),
    exchanges.map((e) => e.outcome), exchanges.map((e) => e.channelCode), exchanges.map((e) => e.exchange.httpStatus), exchanges.map((e) => cut(e.exchange.request)),
    exchanges.map((e) => (e.exchange.response === null ? null : cut(e.exchange.response))), exchanges.map((e) => time(e.exchange.sentAt)), exchanges.map((e) => time(e.exchange.answeredAt))]);
}

function cut(text: string): string {
  // PostgreSQL has no NUL in its text.
  const clean = text.replaceAll('\0', '\u2400');
  return Buffer.byteLength(clean) <= EXCHANGE_BYTES_MAX ? clean : Buffer.from(clean).subarray(0, EXCHANGE_BYTES_MAX - 3).toString('utf8').replace(/\ufffd$/, '');
}

/** For whom an attempt was made, as a mark that tells payers apart. */
export async function lastPayerMark(tx: Tx, { orderId, attempt }: { readonly orderId: string; readonly attempt: number }): Promise<string | null> {
  const [row] = await tx.query<{ mark: string | null }>(
    `select detail ->> 'payerMark' as mark from payments.payment_event where operator_id = $1 and order_id = $2 and attempt = $3 and kind = 'offered' limit 1`, [onlyOperator(tx), orderId, attempt]);
  return row?.mark ?? null;
}
