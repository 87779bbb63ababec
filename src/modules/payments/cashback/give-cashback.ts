/** Cashback (P-11): booked with the payment that it is for, once for each order; taken back in proportion when the payment goes back. */
import { assert, bigIntToUuid, uuidToBigInt, type Clock, type CurrencyCode, type MemberId } from '../../../kernel/index.ts';
import type { Tx } from '../../../platform/database/index.ts';
import { accountId, accountSpec, createAccounts, createTransfers, lookupTransfers, moneyLedger, transferId, type TransferEvent } from '../../ledger/index.ts';
import { memberAccountId, type CashDeskGifts } from '../../wallets/index.ts';
import { PAYMENT_TRANSFER } from '../domain/transfer-code.ts';
import { onlyOperator, time } from '../store/orders.ts';
import type { ExtraPostings, PaidContext, PaymentOrder } from '../types.ts';
import { cashbackFor, loadCashbackRules } from './cashback-rules.ts';

/** What is booked beside the crediting transfers, in their batch. An order that was given cashback is given none again. */
export async function cashbackPostings(tx: Tx, orders: readonly PaymentOrder[], { clock, channelOf }: Pick<PaidContext, 'clock' | 'channelOf'>): Promise<ExtraPostings> {
  const versions = await loadCashbackRules(tx);
  const due = versions.length === 0 ? [] : orders.flatMap((order) => {
    const cashback = cashbackFor({ ...order, channel: channelOf(order.orderId) }, versions);
    return cashback === null ? [] : [{ order, ...cashback, id: transferId('payments.cashback', order.orderId) }];
  });
  if (due.length === 0) return { specs: [], transfers: [] };
  const isNew = new Set((await tx.query<{ orderId: string }>(
    `insert into payments.cashback (operator_id, order_id, rules_version, member_id, currency, paid_minor, amount_minor, transfer_id, recorded_at)
     select $1, k.*, $9 from unnest($2::uuid[], $3::int[], $4::uuid[], $5::text[], $6::bigint[], $7::bigint[], $8::uuid[]) k on conflict do nothing returning order_id as "orderId"`,
    [onlyOperator(tx), due.map(({ order }) => order.orderId), due.map(({ version }) => version), due.map(({ order }) => order.memberId), due.map(({ order }) => order.currency), due.map(({ order }) => order.amountMinor),
      due.map(({ cashbackMinor }) => cashbackMinor), due.map(({ id }) => bigIntToUuid(id)), time(clock.now())])).map(({ orderId }) => orderId));
  const fresh = due.filter(({ order }) => isNew.has(order.orderId));
  return {
    specs: fresh.map(({ order }) => accountSpec('promotion_expense', moneyLedger(order.currency), null)),
    transfers: fresh.map(({ order, cashbackMinor, id }) => toWallet(order, cashbackMinor, id)),
  };
}

/**
 * Cashback on cash that was taken at the counter, by the rules that stand now, in the transaction that books it; once for each act. Cash that is given back over the counter takes it back
 * (`giftsGoingBack`).
 */
export const cashDeskCashback: CashDeskGifts = async (tx, { commandId, memberId, amountMinor, currency }, { clock }) => {
  const given = cashbackFor({ amountMinor, createdAt: clock.now(), channel: 'cash_desk' }, await loadCashbackRules(tx));
  if (given === null) return;
  const id = transferId('payments.cashback', commandId);
  const isNew = await tx.execute(
    `insert into payments.cashback (operator_id, order_id, cause, rules_version, member_id, currency, paid_minor, amount_minor, transfer_id, recorded_at) values ($1, $2, 'cash_desk', $3, $4, $5, $6, $7, $8, $9) on conflict do nothing`,
    [onlyOperator(tx), commandId, given.version, memberId, currency, amountMinor, given.cashbackMinor, bigIntToUuid(id), time(clock.now())]);
  if (isNew === 0) return;
  await createAccounts(tx, [accountSpec('promotion_expense', moneyLedger(currency), null)], { clock });
  const [booked] = await createTransfers(tx, [toWallet({ orderId: commandId, memberId, currency }, given.cashbackMinor, id)], { clock });
  assert(booked?.status === 'created', `booking cashback: ${booked?.status}`);
};

type Whose = { readonly orderId: string; readonly memberId: MemberId | null; readonly currency: CurrencyCode };
function toWallet({ orderId, memberId, currency }: Whose, amount: bigint, id: bigint): TransferEvent {
  assert(memberId !== null, 'cashback is a member\'s');
  const ledger = moneyLedger(currency);
  return { id, debitAccountId: accountId('promotion_expense', ledger, null), creditAccountId: memberAccountId('member_wallet', memberId, currency), amount, ledger, code: PAYMENT_TRANSFER.cashback, userData128: uuidToBigInt(orderId) };
}

export type PartGoingBack = { readonly orderId: string; readonly amountMinor: bigint };
type Open = Whose & { readonly dueMinor: bigint };

/** What of cashback goes with these parts: in proportion to what was paid, rounded up, and never more than is left of it. */
async function dueFor(tx: Tx, parts: readonly PartGoingBack[], { lock }: { readonly lock: boolean }): Promise<Open[]> {
  if (parts.length === 0) return [];
  const rows = await tx.query<Whose & { readonly paidMinor: bigint; readonly amountMinor: bigint; readonly takenBackMinor: bigint }>(
    `select order_id as "orderId", member_id as "memberId", currency, paid_minor as "paidMinor", amount_minor as "amountMinor", taken_back_minor as "takenBackMinor" from payments.cashback
     where operator_id = $1 and order_id = any($2::uuid[]) order by order_id ${lock ? 'for update' : ''}`, [onlyOperator(tx), parts.map(({ orderId }) => orderId)]);
  return rows.flatMap((row) => {
    const back = parts.reduce((sum, part) => (part.orderId === row.orderId ? sum + part.amountMinor : sum), 0n);
    const share = (row.amountMinor * back + row.paidMinor - 1n) / row.paidMinor, left = row.amountMinor - row.takenBackMinor;
    const dueMinor = share < left ? share : left;
    return dueMinor > 0n ? [{ ...row, dueMinor }] : [];
  });
}

/** What the wallet must have beside a refund of these parts. */
export const cashbackGoingBack = async (tx: Tx, parts: readonly PartGoingBack[]): Promise<bigint> => (await dueFor(tx, parts, { lock: false })).reduce((sum, { dueMinor }) => sum + dueMinor, 0n);

/**
 * Takes it back when a refund is let go (or cash is given back by hand), as far as the wallet has it: that was looked at when it was applied for. A chargeback asks nobody: it takes what the wallet still has
 * after it, and what was spent stays given.
 * @returns what was taken, in minor units.
 */
export async function takeBackCashback(
  tx: Tx, { id: refundId, cause }: { readonly id: string; readonly cause: 'refund' | 'cash' | 'chargeback' }, parts: readonly PartGoingBack[], { clock }: { readonly clock: Clock },
): Promise<bigint> {
  const due = await dueFor(tx, parts, { lock: true });
  if (due.length === 0) return 0n;
  await createAccounts(tx, [...new Set(due.map(({ currency }) => currency))].map((currency) => accountSpec('promotion_expense', moneyLedger(currency), null)), { clock });
  const transfers = due.map(({ orderId, memberId, currency, dueMinor }): TransferEvent & { id: bigint } => {
    const { debitAccountId, creditAccountId, ...transfer } = toWallet({ orderId, memberId, currency }, dueMinor, 0n);
    return { ...transfer, id: transferId('payments.cashback_back', refundId, orderId), debitAccountId: creditAccountId!, creditAccountId: debitAccountId!, flags: { balancingDebit: true } };
  });
  for (const { status } of await createTransfers(tx, transfers, { clock })) assert(status === 'created', `taking cashback back: ${status}`);
  const booked = new Map((await lookupTransfers(tx, transfers.map(({ id }) => id), { clock })).map((transfer) => [transfer.id, transfer.amount]));
  const taken = due.map((each, index) => ({ ...each, id: transfers[index]!.id, takenMinor: booked.get(transfers[index]!.id) ?? 0n }));
  await tx.execute(
    `with back as (insert into payments.cashback_take_back (operator_id, refund_id, cause, order_id, due_minor, taken_minor, transfer_id, recorded_at)
       select $1, $2, $8, k.*, $3 from unnest($4::uuid[], $5::bigint[], $6::bigint[], $7::uuid[]) k (order_id, due_minor, taken_minor, transfer_id) returning order_id, taken_minor)
     update payments.cashback c set taken_back_minor = c.taken_back_minor + back.taken_minor from back where c.operator_id = $1 and c.order_id = back.order_id`,
    [onlyOperator(tx), refundId, time(clock.now()), taken.map(({ orderId }) => orderId), taken.map(({ dueMinor }) => dueMinor), taken.map(({ takenMinor }) => takenMinor), taken.map(({ id }) => bigIntToUuid(id)), cause]);
  return taken.reduce((sum, { takenMinor }) => sum + takenMinor, 0n);
}

/** A part of a refund failed, or a chargeback was won: its money is the wallet's again, and so is the cashback that had gone with it. */
export async function returnCashback(tx: Tx, refundId: string, orderIds: readonly string[], { clock }: { readonly clock: Clock }): Promise<void> {
  if (orderIds.length === 0) return;
  const rows = await tx.query<Whose & { readonly takenMinor: bigint }>(
    `select b.order_id as "orderId", c.member_id as "memberId", c.currency, b.taken_minor as "takenMinor" from payments.cashback_take_back b join payments.cashback c on c.operator_id = b.operator_id and c.order_id = b.order_id
     where b.operator_id = $1 and b.refund_id = $2 and b.order_id = any($3::uuid[]) and b.returned_transfer_id is null and b.taken_minor > 0 order by b.order_id for update`, [onlyOperator(tx), refundId, orderIds]);
  if (rows.length === 0) return;
  const transfers = rows.map((row) => ({ ...toWallet(row, row.takenMinor, 0n), id: transferId('payments.cashback_returned', refundId, row.orderId) }));
  for (const { status } of await createTransfers(tx, transfers, { clock })) assert(status === 'created', `giving cashback again: ${status}`);
  await tx.execute(
    `with again as (update payments.cashback_take_back b set returned_transfer_id = k.transfer_id from unnest($3::uuid[], $4::uuid[]) k (order_id, transfer_id)
       where b.operator_id = $1 and b.refund_id = $2 and b.order_id = k.order_id returning b.order_id, b.taken_minor)
     update payments.cashback c set taken_back_minor = c.taken_back_minor - again.taken_minor from again where c.operator_id = $1 and c.order_id = again.order_id`,
    [onlyOperator(tx), refundId, rows.map(({ orderId }) => orderId), transfers.map(({ id }) => bigIntToUuid(id))]);
}
