import { addMs, assert, encodeBase32Uuid, MS_PER_DAY, MS_PER_MINUTE, bytesToUuid, ok, refuse, type MemberId, type Rejection, type Result } from '../../../kernel/index.ts';
import { randomBytes } from 'node:crypto';
import { newUuid } from '../../../platform/clock/index.ts';
import type { Tx } from '../../../platform/database/index.ts';
import { announce } from '../../../platform/live-updates/index.ts';
import { loadOperator } from '../../parties/index.ts';
import type { Environment } from '../domain/order-number.ts';
import type { LatePaymentPolicy, OrderPurpose } from '../domain/order.ts';
import { findOrderByCommand, insertOrder } from '../store/orders.ts';
import { appendTimeline } from '../store/timeline.ts';
import type { ApplyOptions, PaymentOrder } from '../types.ts';
import { ownerOf } from './book-payments.ts';

/** One payment. Larger sums are several orders. */
export const ORDER_MINOR_MAX = 100_000_000n;
export const ORDER_LIFETIME_MS_DEFAULT = 30 * MS_PER_MINUTE;
/** A channel wants a minute to be paid in; Alipay keeps a code for two hours at least when it is scanned late. */
export const ORDER_LIFETIME_MS_MIN = 2 * MS_PER_MINUTE;
export const ORDER_LIFETIME_MS_MAX = MS_PER_DAY;
export const ORDER_DESCRIPTION_LENGTH_MAX = 127;

export type OpenOrder = {
  /** Names the act: the same command again has the same order and opens nothing. A UUID. */
  readonly commandId: string;
  readonly environment: Environment; readonly purpose: OrderPurpose; readonly subjectId: string; readonly memberId: MemberId | null;
  readonly amountMinor: bigint;
  /** What the payer reads in the wallet; 1 to `ORDER_DESCRIPTION_LENGTH_MAX` characters, nothing personal. */
  readonly description: string;
  readonly lifetimeMs?: number;
  /** What happens when the money comes after closing; 'complete' when not told. */
  readonly latePayment?: LatePaymentPolicy;
  readonly createdBy: string;
};
export type OpenOrderRejection =
  | { readonly code: 'order_command_reused'; readonly commandId: string }
  | { readonly code: 'order_amount_invalid'; readonly amountMinor: bigint; readonly maxMinor: bigint }
  | { readonly code: 'order_description_invalid'; readonly lengthMax: number }
  | { readonly code: 'order_lifetime_invalid'; readonly minMs: number; readonly maxMs: number }
  | Rejection;

/**
 * Opens an order for something to be paid. Nothing is asked of a channel yet.
 * Refusals in this order: the command was used for another order, amount, description, lifetime, and what the purpose's owner refuses.
 */
export async function openOrder(tx: Tx, request: OpenOrder, { clock, purposes }: ApplyOptions): Promise<Result<PaymentOrder, OpenOrderRejection>> {
  assert(request.createdBy !== '', 'somebody opens an order');
  const earlier = await findOrderByCommand(tx, request.commandId);
  if (earlier) return sameOrder(earlier, request);
  const lifetimeMs = request.lifetimeMs ?? ORDER_LIFETIME_MS_DEFAULT;
  if (request.amountMinor <= 0n || request.amountMinor > ORDER_MINOR_MAX) return refuse({ code: 'order_amount_invalid', amountMinor: request.amountMinor, maxMinor: ORDER_MINOR_MAX });
  const description = request.description.trim();
  if (description === '' || description.length > ORDER_DESCRIPTION_LENGTH_MAX) return refuse({ code: 'order_description_invalid', lengthMax: ORDER_DESCRIPTION_LENGTH_MAX });
  if (lifetimeMs < ORDER_LIFETIME_MS_MIN || lifetimeMs > ORDER_LIFETIME_MS_MAX) return refuse({ code: 'order_lifetime_invalid', minMs: ORDER_LIFETIME_MS_MIN, maxMs: ORDER_LIFETIME_MS_MAX });
  const { currency } = await loadOperator(tx);
  const opened = await ownerOf(request.purpose, purposes).opened(tx, { ...request, currency }, { clock });
  if (!opened.ok) return opened;
  const now = clock.now();
  const order: PaymentOrder = {
    orderId: newUuid(), commandId: request.commandId, environment: request.environment, purpose: request.purpose, subjectId: request.subjectId, memberId: request.memberId, currency,
    amountMinor: request.amountMinor, description, latePayment: request.latePayment ?? 'complete', createdBy: request.createdBy, createdAt: now, expiresAt: addMs(now, lifetimeMs),
    payerToken: encodeBase32Uuid(bytesToUuid(randomBytes(16))), state: 'created', stateAt: now, closeReason: null, paidAttempt: null, paidAt: null, creditedAt: null, recoveredBy: null,
  };
  if (!(await insertOrder(tx, order))) {
    // Another transaction took the same command at the same moment and has committed.
    const first = await findOrderByCommand(tx, request.commandId);
    assert(first, 'a taken command has its order');
    return sameOrder(first, request);
  }
  await appendTimeline(tx, [{
    orderId: order.orderId, kind: 'order_opened', attempt: null, actor: order.createdBy, happenedAt: now,
    detail: { amountMinor: String(order.amountMinor), currency, purpose: order.purpose, environment: order.environment, latePayment: order.latePayment },
  }], { recordedAt: now });
  announce(tx, 'payments.orders');
  return ok(order);
}

function sameOrder(first: PaymentOrder, again: OpenOrder): Result<PaymentOrder, OpenOrderRejection> {
  const same = first.environment === again.environment && first.purpose === again.purpose && first.subjectId === again.subjectId && first.memberId === again.memberId
    && first.amountMinor === again.amountMinor && first.createdBy === again.createdBy;
  return same ? ok(first) : refuse({ code: 'order_command_reused', commandId: again.commandId });
}
