/** What of a merchant account's payments and refunds stands on a channel's statement, for whoever compares the two. */
import type { Instant } from '../../../kernel/index.ts';
import { sqlTimestamp, type Tx } from '../../../platform/database/index.ts';
import type { AttemptState } from '../domain/order.ts';
import type { RefundPartState } from '../domain/refund.ts';

export type SettlementWindow = { readonly merchantAccountIds: readonly string[]; readonly from: Instant; readonly to: Instant };

/**
 * Parallel arrays in PostgreSQL's binary form (`array_send`), because a day may have a million lines: ids (uuid), attempts (int2; 0 for the part of a refund), amounts
 * (int8, minor units), failed ("char", 1 when the payment or refund is known to have failed after all). Null when the window is empty.
 */
export type PackedSettlement = { readonly ids: Buffer; readonly attempts: Buffer; readonly amounts: Buffer; readonly failed: Buffer };

/** Payments whose payer paid in [from, to) by the channel's clock; also such as came on top of an order. */
export async function packedPayments(tx: Tx, window: SettlementWindow): Promise<PackedSettlement | null> {
  return packed(tx, {
    name: 'payments_packed_payments',
    text: `select array_send(array_agg(order_id)) as ids, array_send(array_agg(attempt)) as attempts, array_send(array_agg(paid_minor)) as amounts,
        array_send(array_agg(false)) as failed
      from payments.payment_attempt where operator_id = $1 and merchant_account_id = any ($2::uuid[]) and state = 'paid' and paid_at >= $3 and paid_at < $4`,
  }, window);
}

/** Parts of refunds that the channel accepted in [from, to). */
export async function packedRefunds(tx: Tx, window: SettlementWindow): Promise<PackedSettlement | null> {
  return packed(tx, {
    name: 'payments_packed_refunds',
    text: `select array_send(array_agg(part_id)) as ids, array_send(array_agg(0::smallint)) as attempts, array_send(array_agg(amount_minor)) as amounts,
        array_send(array_agg(state = 'failed')) as failed
      from payments.refund_part where operator_id = $1 and merchant_account_id = any ($2::uuid[]) and accepted_at >= $3 and accepted_at < $4`,
  }, window);
}

async function packed(tx: Tx, statement: { name: string; text: string }, { merchantAccountIds, from, to }: SettlementWindow): Promise<PackedSettlement | null> {
  const [row] = await tx.query<{ ids: Buffer | null; attempts: Buffer; amounts: Buffer; failed: Buffer }>(statement, [tx.operatorIds[0], merchantAccountIds, sqlTimestamp(from), sqlTimestamp(to)]);
  return row === undefined || row.ids === null ? null : { ...row, ids: row.ids };
}

/** Whether there is anything of a window that a statement should have. */
export async function hasSettlementLines(tx: Tx, { merchantAccountIds, from, to }: SettlementWindow): Promise<boolean> {
  const [row] = await tx.query<{ any: boolean }>(
    `select exists (select 1 from payments.payment_attempt where operator_id = $1 and merchant_account_id = any ($2::uuid[]) and state = 'paid' and paid_at >= $3 and paid_at < $4)
       or exists (select 1 from payments.refund_part where operator_id = $1 and merchant_account_id = any ($2::uuid[]) and accepted_at >= $3 and accepted_at < $4 and state <> 'failed') as any`,
    [tx.operatorIds[0], merchantAccountIds, sqlTimestamp(from), sqlTimestamp(to)]);
  return row!.any;
}

export const SETTLEMENT_LOOK_UP_MAX = 1_000;

export type SettlementPayment = {
  readonly outTradeNo: string; readonly orderId: string; readonly attempt: number; readonly merchantAccountId: string; readonly state: AttemptState; readonly paidMinor: bigint | null; readonly paidAt: Instant | null;
};
export type SettlementRefund = { readonly outRefundNo: string; readonly partId: string; readonly orderId: string; readonly merchantAccountId: string; readonly state: RefundPartState; readonly amountMinor: bigint; readonly acceptedAt: Instant | null };

/** Payments by their numbers, whatever their state and day. At most `SETTLEMENT_LOOK_UP_MAX` at once. */
export async function findSettlementPayments(tx: Tx, outTradeNos: readonly string[]): Promise<readonly SettlementPayment[]> {
  return await tx.query<SettlementPayment>(
    `select out_trade_no as "outTradeNo", order_id as "orderId", attempt, merchant_account_id as "merchantAccountId", state, paid_minor as "paidMinor", paid_at as "paidAt"
     from payments.payment_attempt where operator_id = $1 and out_trade_no = any ($2)`, [tx.operatorIds[0], outTradeNos]);
}

export async function findSettlementRefunds(tx: Tx, outRefundNos: readonly string[]): Promise<readonly SettlementRefund[]> {
  return await tx.query<SettlementRefund>(
    `select out_refund_no as "outRefundNo", part_id as "partId", order_id as "orderId", merchant_account_id as "merchantAccountId", state, amount_minor as "amountMinor", accepted_at as "acceptedAt"
     from payments.refund_part where operator_id = $1 and out_refund_no = any ($2)`, [tx.operatorIds[0], outRefundNos]);
}
