import { assert, type Instant, type OperatorId } from '../../../kernel/index.ts';
import { sqlTimestamp, type Tx } from '../../../platform/database/index.ts';
import type { PaymentOrder } from '../types.ts';

export const onlyOperator = (tx: Tx): OperatorId => {
  assert(tx.operatorIds.length === 1, 'payments work for one operator at a time');
  return tx.operatorIds[0]!;
};
export const time = (at: Instant | null): string | null => (at === null ? null : sqlTimestamp(at));

/** Of `payments.payment_order o`, as a `PaymentOrder`. */
export const ORDER_COLUMNS = `o.order_id as "orderId", o.command_id as "commandId", o.environment, o.purpose, o.subject_id as "subjectId", o.member_id as "memberId", o.currency,
  o.amount_minor as "amountMinor", o.description, o.late_payment as "latePayment", o.created_by as "createdBy", o.created_at as "createdAt", o.expires_at as "expiresAt",
  o.payer_token as "payerToken", o.state, o.state_at as "stateAt", o.close_reason as "closeReason", o.paid_attempt as "paidAttempt", o.paid_at as "paidAt", o.credited_at as "creditedAt",
  o.recovered_by as "recoveredBy"`;

/** @returns false when the command was used already. */
export async function insertOrder(tx: Tx, order: PaymentOrder): Promise<boolean> {
  const inserted = await tx.execute({
    name: 'payments_insert_order',
    text: `insert into payments.payment_order (operator_id, order_id, command_id, environment, purpose, subject_id, member_id, currency, amount_minor, description, late_payment,
        created_by, created_at, expires_at, payer_token, state, state_at)
      values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, 'created', $13) on conflict (operator_id, command_id) do nothing`,
  }, [onlyOperator(tx), order.orderId, order.commandId, order.environment, order.purpose, order.subjectId, order.memberId, order.currency, order.amountMinor, order.description,
    order.latePayment, order.createdBy, time(order.createdAt), time(order.expiresAt), order.payerToken]);
  return inserted === 1;
}

export async function findOrderByCommand(tx: Tx, commandId: string): Promise<PaymentOrder | null> {
  const [order] = await tx.query<PaymentOrder>({
    name: 'payments_order_by_command', text: `select ${ORDER_COLUMNS} from payments.payment_order o where o.operator_id = $1 and o.command_id = $2`,
  }, [onlyOperator(tx), commandId]);
  return order ?? null;
}

export async function loadOrder(tx: Tx, orderId: string): Promise<PaymentOrder | null> {
  const [order] = await tx.query<PaymentOrder>({ name: 'payments_load_order', text: `select ${ORDER_COLUMNS} from payments.payment_order o where o.operator_id = $1 and o.order_id = $2` },
    [onlyOperator(tx), orderId]);
  return order ?? null;
}

/**
 * Locks these orders until the transaction ends, in id order, so that two appliers never wait for each other in a circle. The look by primary key for each id
 * keeps the plan whatever the size of the table.
 */
export async function lockOrders(tx: Tx, orderIds: readonly string[]): Promise<Map<string, PaymentOrder>> {
  const rows = await tx.query<PaymentOrder>({
    name: 'payments_lock_orders',
    text: `select ${ORDER_COLUMNS} from (select distinct id from unnest((select $2::uuid[])) as k (id) order by id) k
      cross join lateral (select x.* from payments.payment_order x where x.operator_id = $1 and x.order_id = k.id limit 1 for update) o`,
  }, [onlyOperator(tx), orderIds]);
  return new Map(rows.map((order) => [order.orderId, order]));
}

/** Writes what may change of orders. */
export async function updateOrders(tx: Tx, orders: readonly PaymentOrder[]): Promise<void> {
  if (orders.length === 0) return;
  await tx.execute({
    name: 'payments_update_orders',
    text: `update payments.payment_order o set state = k.state, state_at = k.state_at, close_reason = k.close_reason, paid_attempt = k.paid_attempt, paid_at = k.paid_at,
        credited_at = k.credited_at, recovered_by = k.recovered_by
      from unnest($2::uuid[], $3::text[], $4::timestamptz[], $5::text[], $6::smallint[], $7::timestamptz[], $8::timestamptz[], $9::text[])
        as k (order_id, state, state_at, close_reason, paid_attempt, paid_at, credited_at, recovered_by)
      where o.operator_id = $1 and o.order_id = k.order_id and o.order_id = any($2::uuid[])`,
  }, [onlyOperator(tx), orders.map((o) => o.orderId), orders.map((o) => o.state), orders.map((o) => time(o.stateAt)), orders.map((o) => o.closeReason),
    orders.map((o) => o.paidAttempt), orders.map((o) => time(o.paidAt)), orders.map((o) => time(o.creditedAt)), orders.map((o) => o.recoveredBy)]);
}
