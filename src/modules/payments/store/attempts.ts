import type { Tx } from '../../../platform/database/index.ts';
import type { AttemptToAsk, LoadDueAttempts, PaymentAttempt } from '../types.ts';
import type { Presentation } from '../domain/channel.ts';
import { onlyOperator, time } from './orders.ts';

const ATTEMPT_COLUMNS = `a.order_id as "orderId", a.attempt, a.merchant_account_id as "merchantAccountId", a.channel, a.method, a.out_trade_no as "outTradeNo", a.amount_minor as "amountMinor",
  a.presentation, a.state, a.state_at as "stateAt", a.created_at as "createdAt", a.code_lapses_at as "codeLapsesAt", a.next_check_at as "nextCheckAt", a.checks,
  a.channel_trade_no as "channelTradeNo", a.paid_minor as "paidMinor", a.paid_at as "paidAt", a.disposition, a.transfer_id as "transferId", a.refunding_minor as "refundingMinor",
  a.refunded_minor as "refundedMinor", a.refunded_at_channel_minor as "refundedAtChannelMinor", a.charged_back_minor as "chargedBackMinor"`;

/** The attempts of these orders, by number. Not locked: whoever changes attempts holds the lock of their order. */
export async function loadAttempts(tx: Tx, orderIds: readonly string[]): Promise<Map<string, PaymentAttempt[]>> {
  const rows = await tx.query<PaymentAttempt>({
    name: 'payments_load_attempts',
    text: `select ${ATTEMPT_COLUMNS} from (select distinct id from unnest((select $2::uuid[])) as k (id)) k
      cross join lateral (select x.* from payments.payment_attempt x where x.operator_id = $1 and x.order_id = k.id order by x.attempt offset 0) a order by a.order_id, a.attempt`,
  }, [onlyOperator(tx), orderIds]);
  const attempts = new Map<string, PaymentAttempt[]>();
  for (const row of rows) attempts.set(row.orderId, [...(attempts.get(row.orderId) ?? []), row]);
  return attempts;
}

export async function insertAttempt(tx: Tx, attempt: PaymentAttempt): Promise<void> {
  await tx.execute({
    name: 'payments_insert_attempt',
    text: `insert into payments.payment_attempt (operator_id, order_id, attempt, merchant_account_id, channel, method, out_trade_no, amount_minor, state, state_at, created_at, code_lapses_at, next_check_at)
      values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $10, $11, $12)`,
  }, [onlyOperator(tx), attempt.orderId, attempt.attempt, attempt.merchantAccountId, attempt.channel, attempt.method, attempt.outTradeNo, attempt.amountMinor, attempt.state,
    time(attempt.createdAt), time(attempt.codeLapsesAt), time(attempt.nextCheckAt)]);
}

/** Writes what may change of attempts, but for what refunds keep on them and the presentation. */
export async function updateAttempts(tx: Tx, attempts: readonly PaymentAttempt[]): Promise<void> {
  if (attempts.length === 0) return;
  await tx.execute({
    name: 'payments_update_attempts',
    text: `update payments.payment_attempt a set state = k.state, state_at = k.state_at, next_check_at = k.next_check_at, checks = k.checks, channel_trade_no = k.channel_trade_no,
        paid_minor = k.paid_minor, paid_at = k.paid_at, disposition = k.disposition, transfer_id = k.transfer_id,
        refunded_at_channel_minor = k.refunded_at_channel_minor
      from unnest($2::uuid[], $3::smallint[], $4::text[], $5::timestamptz[], $6::timestamptz[], $7::int[], $8::text[], $9::bigint[], $10::timestamptz[], $11::text[], $12::uuid[], $13::bigint[])
        as k (order_id, attempt, state, state_at, next_check_at, checks, channel_trade_no, paid_minor, paid_at, disposition, transfer_id, refunded_at_channel_minor)
      where a.operator_id = $1 and a.order_id = k.order_id and a.attempt = k.attempt and a.order_id = any($2::uuid[])`,
  }, [onlyOperator(tx), attempts.map((a) => a.orderId), attempts.map((a) => a.attempt), attempts.map((a) => a.state), attempts.map((a) => time(a.stateAt)), attempts.map((a) => time(a.nextCheckAt)),
    attempts.map((a) => a.checks), attempts.map((a) => a.channelTradeNo), attempts.map((a) => a.paidMinor), attempts.map((a) => time(a.paidAt)), attempts.map((a) => a.disposition),
    attempts.map((a) => a.transferId), attempts.map((a) => a.refundedAtChannelMinor)]);
}

export async function savePresentation(tx: Tx, { orderId, attempt }: Pick<PaymentAttempt, 'orderId' | 'attempt'>, presentation: Presentation): Promise<void> {
  await tx.execute('update payments.payment_attempt set presentation = $4 where operator_id = $1 and order_id = $2 and attempt = $3', [onlyOperator(tx), orderId, attempt, JSON.stringify(presentation)]);
}

const TO_ASK_COLUMNS = `a.order_id as "orderId", a.attempt, a.merchant_account_id as "merchantAccountId", a.channel, a.method, a.out_trade_no as "outTradeNo", a.state,
  a.code_lapses_at as "codeLapsesAt", a.next_check_at as "nextCheckAt", a.checks, o.state as "orderState", o.environment`;

/** Attempts whose next check has come, oldest first. */
export const loadDueAttempts: LoadDueAttempts = (tx, { dueBy, after, limit }) => tx.query<AttemptToAsk>({
  name: 'payments_due_attempts',
  text: `select ${TO_ASK_COLUMNS} from payments.payment_attempt a join payments.payment_order o on o.operator_id = a.operator_id and o.order_id = a.order_id
    where a.operator_id = $1 and a.next_check_at <= $2 and ($3::timestamptz is null or (a.next_check_at, a.order_id, a.attempt) > ($3::timestamptz, $4::uuid, $5::smallint))
    order by a.next_check_at, a.order_id, a.attempt limit $6`,
}, [onlyOperator(tx), time(dueBy), after === null ? null : time(after[0]), after?.[1] ?? null, after?.[2] ?? null, limit]);

/** Attempts of one order that can still be asked about: all of them but the final ones, or only one, whatever its state. */
export function loadAttemptsToAsk(tx: Tx, orderId: string, attempt: number | null = null): Promise<AttemptToAsk[]> {
  return tx.query<AttemptToAsk>(
    `select ${TO_ASK_COLUMNS} from payments.payment_attempt a join payments.payment_order o on o.operator_id = a.operator_id and o.order_id = a.order_id
     where a.operator_id = $1 and a.order_id = $2 and ($3::smallint is null or a.attempt = $3) order by a.attempt`, [onlyOperator(tx), orderId, attempt]);
}

export type ChannelTrade = { readonly merchantAccountId: string; readonly channelTradeNo: string };

/** Which attempt (`order/attempt`) has which trade of a channel, by `account/trade`. */
export async function tradeNumberHolders(tx: Tx, trades: readonly ChannelTrade[]): Promise<Map<string, string>> {
  if (trades.length === 0) return new Map();
  const rows = await tx.query<{ key: string; holder: string }>({
    name: 'payments_trade_number_holders',
    text: `select a.merchant_account_id || '/' || a.channel_trade_no as key, a.order_id || '/' || a.attempt as holder
      from unnest((select $2::uuid[]), (select $3::text[])) as k (merchant_account_id, channel_trade_no)
      cross join lateral (select x.* from payments.payment_attempt x
        where x.operator_id = $1 and x.merchant_account_id = k.merchant_account_id and x.channel_trade_no = k.channel_trade_no limit 1) a`,
  }, [onlyOperator(tx), trades.map((trade) => trade.merchantAccountId), trades.map((trade) => trade.channelTradeNo)]);
  return new Map(rows.map(({ key, holder }) => [key, holder]));
}
