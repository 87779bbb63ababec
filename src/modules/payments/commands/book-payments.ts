import { assert, uuidToBigInt } from '../../../kernel/index.ts';
import type { Tx } from '../../../platform/database/index.ts';
import { accountId, accountSpec, createAccounts, createTransfers, moneyLedger, transferId, type AccountEvent, type TransferEvent } from '../../ledger/index.ts';
import type { Booking } from '../domain/decide.ts';
import type { OrderPurpose } from '../domain/order.ts';
import { PAYMENT_TRANSFER } from '../domain/transfer-code.ts';
import type { ApplyOptions, OrderPurposeOwner, PaidContext, PaymentAttempt, PaymentOrder } from '../types.ts';
import { onlyOperator } from '../store/orders.ts';

export type PaymentToBook = { readonly order: PaymentOrder; readonly attempt: PaymentAttempt; readonly booking: Booking };

/** The same payment always has the same transfer. */
export const bookedTransferId = ({ orderId, attempt }: Pick<PaymentAttempt, 'orderId' | 'attempt'>): bigint => transferId('payments.paid', orderId, attempt);

/** Accounts that this process has seen committed: they are never closed, so that they need not be created again. */
const KNOWN_ACCOUNTS_MAX = 200_000;
const knownAccounts = new Set<string>();

/**
 * Books payments in one ledger batch: what is due goes to the account of its purpose, with whatever the purpose's owner books beside it, and what is not due to
 * `unapplied_payments`. The owners are told afterwards. All in the caller's transaction.
 */
export async function bookPayments(tx: Tx, payments: readonly PaymentToBook[], { clock, purposes }: ApplyOptions): Promise<void> {
  if (payments.length === 0) return;
  const context: PaidContext = {
    clock, channelOf: (orderId) => payments.find(({ order, booking }) => order.orderId === orderId && booking.disposition === 'applied')!.attempt.channel,
    recoveredBy: (orderId) => payments.find(({ order }) => order.orderId === orderId)?.order.recoveredBy ?? null,
  };
  const owners = applied(payments, purposes);
  const specs: AccountEvent[] = [], transfers: TransferEvent[] = [];
  for (const payment of payments) {
    const planned = plan(payment, purposes);
    specs.push(...planned.specs);
    transfers.push(planned.transfer);
  }
  for (const [owner, orders] of owners) {
    const extra = await owner.postings?.(tx, orders, context);
    if (extra) { specs.push(...extra.specs); transfers.push(...extra.transfers); }
  }
  await createMissing(tx, specs, clock);
  const results = await createTransfers(tx, transfers, { clock });
  results.forEach(({ status }, index) => assert(status === 'created' || status === 'exists', `booking a payment: ${status} for code ${transfers[index]!.code}`));
  for (const [owner, orders] of owners) await owner.paid(tx, orders, context);
}

export function ownerOf(purpose: OrderPurpose, purposes: ApplyOptions['purposes']): OrderPurposeOwner {
  const owner = purposes.get(purpose);
  assert(owner, `no module of this program owns ${purpose}`);
  return owner;
}

function applied(payments: readonly PaymentToBook[], purposes: ApplyOptions['purposes']): Map<OrderPurposeOwner, PaymentOrder[]> {
  const owners = new Map<OrderPurposeOwner, PaymentOrder[]>();
  for (const { order, booking } of payments) {
    if (booking.disposition !== 'applied') continue;
    const owner = ownerOf(order.purpose, purposes);
    owners.set(owner, [...(owners.get(owner) ?? []), { ...order, amountMinor: booking.amountMinor }]);
  }
  return owners;
}

function plan({ order, attempt, booking }: PaymentToBook, purposes: ApplyOptions['purposes']): { specs: readonly AccountEvent[]; transfer: TransferEvent } {
  const ledger = moneyLedger(booking.currency);
  const receivable = accountSpec('channel_receivable', ledger, attempt.merchantAccountId);
  const unapplied = accountSpec('unapplied_payments', ledger, attempt.merchantAccountId);
  const due = booking.disposition === 'applied' ? ownerOf(order.purpose, purposes).creditAccount(order) : { accountId: accountId('unapplied_payments', ledger, attempt.merchantAccountId), specs: [unapplied] };
  return {
    specs: [receivable, ...due.specs],
    transfer: {
      id: bookedTransferId(attempt), debitAccountId: receivable.id, creditAccountId: due.accountId, amount: booking.amountMinor, ledger,
      code: booking.disposition === 'applied' ? PAYMENT_TRANSFER.paid : PAYMENT_TRANSFER.surplus, userData128: uuidToBigInt(order.orderId), userData32: attempt.attempt,
    },
  };
}

async function createMissing(tx: Tx, specs: readonly AccountEvent[], clock: ApplyOptions['clock']): Promise<void> {
  const operatorId = onlyOperator(tx);
  const keyOf = (spec: AccountEvent): string => `${operatorId}/${spec.id}`;
  const missing = [...new Map(specs.filter((spec) => !knownAccounts.has(keyOf(spec))).map((spec) => [spec.id, spec])).values()].sort((a, b) => (a.id < b.id ? -1 : 1));
  if (missing.length === 0) return;
  for (const { status } of await createAccounts(tx, missing, { clock })) assert(status === 'created' || status === 'exists', `an account of payments: ${status}`);
  tx.afterCommit(() => {
    if (knownAccounts.size + missing.length > KNOWN_ACCOUNTS_MAX) knownAccounts.clear();
    for (const spec of missing) knownAccounts.add(keyOf(spec));
  });
}
