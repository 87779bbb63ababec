/** A channel takes a payment back: the wallet gives what it has, the member owes the rest, and the channel owes us that much less. What the rules had given for the payment goes with it. */
import { assert, bigIntToUuid, ok, refuse, uuidToBigInt, type Clock, type Result } from '../../../kernel/index.ts';
import { newUuid } from '../../../platform/clock/index.ts';
import type { Tx } from '../../../platform/database/index.ts';
import { announce } from '../../../platform/live-updates/index.ts';
import { accountId, accountSpec, createAccounts, createTransfers, lookupTransfers, moneyLedger, transferId, type TransferEvent } from '../../ledger/index.ts';
import { memberAccountId, restoreCoupons, takeBackCoupons } from '../../wallets/index.ts';
import { returnCashback, takeBackCashback } from '../cashback/give-cashback.ts';
import { PAYMENT_TRANSFER } from '../domain/transfer-code.ts';
import { loadAttempts } from '../store/attempts.ts';
import { remainingOf } from '../refunds/store.ts';
import { lockOrders } from '../store/orders.ts';
import { appendTimeline, type NewTimelineEntry } from '../store/timeline.ts';
import { countOnAttempt, findByOtherNumber, findChargeback, findOfAttempt, insertChargeback, keepGiftsTaken, knowUnderOtherNumber, updateChargeback, type Chargeback } from './chargeback.ts';

export type NewChargeback = Pick<Chargeback, 'orderId' | 'attempt' | 'amountMinor' | 'channelReference' | 'reason' | 'source' | 'openedBy'>;
export type ChargebackRejection =
  | { readonly code: 'payment_order_not_found' } | { readonly code: 'chargeback_not_on_a_wallet' } | { readonly code: 'chargeback_reference_reused' } | { readonly code: 'chargeback_exceeds_payment'; readonly leftMinor: bigint };
type Options = { readonly clock: Clock };

/** Once for each number of the channel: the same again is the same chargeback and books nothing. */
export async function recordChargeback(tx: Tx, asked: NewChargeback, { clock }: Options): Promise<Result<Chargeback, ChargebackRejection>> {
  assert(asked.amountMinor > 0n && asked.openedBy !== '', 'a chargeback takes something and is signed');
  const order = (await lockOrders(tx, [asked.orderId])).get(asked.orderId);
  const attempt = order && (await loadAttempts(tx, [order.orderId])).get(order.orderId)?.find((each) => each.attempt === asked.attempt);
  if (!order || !attempt) return refuse({ code: 'payment_order_not_found' });
  const earlier = await findByOtherNumber(tx, { merchantAccountId: attempt.merchantAccountId, reference: asked.channelReference });
  if (earlier) return earlier.orderId === asked.orderId && earlier.attempt === asked.attempt && earlier.amountMinor === asked.amountMinor ? ok(earlier) : refuse({ code: 'chargeback_reference_reused' });
  // A fund flow was faster than the person who has the letter about it.
  const flowed = asked.source === 'person' ? (await findOfAttempt(tx, asked)).find((one) => one.source === 'fund_flow' && one.amountMinor === asked.amountMinor && one.otherReference === null) : undefined;
  if (flowed) return ok(await knowUnderOtherNumber(tx, flowed, asked.channelReference));
  // Money that is not due was never a wallet's: it is worked off where surplus is.
  if (order.purpose !== 'wallet_top_up' || order.memberId === null || order.paidAttempt !== asked.attempt) return refuse({ code: 'chargeback_not_on_a_wallet' });
  if (!(await countOnAttempt(tx, asked, asked.amountMinor))) return refuse({ code: 'chargeback_exceeds_payment', leftMinor: await leftOf(tx, asked) });
  const open: Chargeback = {
    ...asked, chargebackId: newUuid(), merchantAccountId: attempt.merchantAccountId, memberId: order.memberId, currency: order.currency, openedAt: clock.now(), fromWalletMinor: 0n, receivableMinor: asked.amountMinor, cashbackMinor: 0n, coupons: 0,
    walletTransferId: null, receivableTransferId: null, otherReference: null, state: 'open', decidedBy: null, decidedAt: null, decisionNote: null, writtenOffMinor: 0n, writtenOffBy: null,
  };
  const taken = await book(tx, open, clock);
  await insertChargeback(tx, taken);
  const booked = await takeGiftsBack(tx, taken, clock);
  await tell(tx, booked, 'chargeback_opened', asked.openedBy, clock);
  return ok(booked);
}

/** As with a refund, but only as far as the wallet has it after the chargeback: cashback that was spent is not owed. */
async function takeGiftsBack(tx: Tx, taken: Chargeback, clock: Clock): Promise<Chargeback> {
  const { chargebackId, orderId, amountMinor } = taken;
  const cashbackMinor = await takeBackCashback(tx, { id: chargebackId, cause: 'chargeback' }, [{ orderId, amountMinor }], { clock });
  const coupons = await takeBackCoupons(tx, await remainingOf(tx, [taken]), { refundId: chargebackId }, { clock });
  return cashbackMinor === 0n && coupons === 0 ? taken : keepGiftsTaken(tx, taken, { cashbackMinor, coupons });
}

/** What of a payment has neither gone back nor is on its way back. */
export async function leftOf(tx: Tx, { orderId, attempt }: Pick<Chargeback, 'orderId' | 'attempt'>): Promise<bigint> {
  const [row] = await tx.query<{ left: bigint }>(
    'select (coalesce(paid_minor, 0) - refunding_minor - refunded_minor - charged_back_minor - refunded_at_channel_minor)::bigint as left from payments.payment_attempt where operator_id = $1 and order_id = $2 and attempt = $3', [tx.operatorIds[0], orderId, attempt]);
  return row?.left ?? 0n;
}

const accountsOf = ({ memberId, currency, merchantAccountId }: Chargeback) => ({
  wallet: memberAccountId('member_wallet', memberId, currency), receivable: memberAccountId('member_receivable', memberId, currency), channel: accountId('channel_receivable', moneyLedger(currency), merchantAccountId),
});
const common = ({ currency, chargebackId }: Chargeback) => ({ ledger: moneyLedger(currency), code: PAYMENT_TRANSFER.chargeback, userData128: uuidToBigInt(chargebackId) });

/** Takes what the wallet has; how much that was says what is owed. */
async function book(tx: Tx, open: Chargeback, clock: Clock): Promise<Chargeback> {
  const { wallet, receivable, channel } = accountsOf(open);
  const fromWallet: TransferEvent & { id: bigint } = { ...common(open), id: transferId('payments.chargeback_wallet', open.chargebackId), debitAccountId: wallet, creditAccountId: channel, amount: open.amountMinor, flags: { balancingDebit: true } };
  await createOne(tx, fromWallet, clock);
  const fromWalletMinor = (await lookupTransfers(tx, [fromWallet.id], { clock }))[0]?.amount ?? 0n;
  const receivableMinor = open.amountMinor - fromWalletMinor;
  const owed: TransferEvent & { id: bigint } = { ...common(open), id: transferId('payments.chargeback_receivable', open.chargebackId), debitAccountId: receivable, creditAccountId: channel, amount: receivableMinor };
  if (receivableMinor > 0n) await createOne(tx, owed, clock);
  return { ...open, fromWalletMinor, receivableMinor, walletTransferId: fromWalletMinor > 0n ? bigIntToUuid(fromWallet.id) : null, receivableTransferId: receivableMinor > 0n ? bigIntToUuid(owed.id) : null };
}

async function createOne(tx: Tx, event: TransferEvent, clock: Clock): Promise<void> {
  const [result] = await createTransfers(tx, [event], { clock });
  assert(result?.status === 'created', `booking a chargeback: ${result?.status}`);
}

export type DecisionRejection = { readonly code: 'chargeback_not_found' } | { readonly code: 'chargeback_decided_already' };

/** How the dispute with the channel ended. Won: the channel gives it back, and everything is booked the other way round. Lost: it stays as it is, and what is owed is still owed. */
export async function decideChargeback(
  tx: Tx, of: { readonly chargebackId: string; readonly outcome: 'won' | 'lost'; readonly by: string; readonly note: string | null }, { clock }: Options,
): Promise<Result<Chargeback, DecisionRejection>> {
  const seen = await findChargeback(tx, of.chargebackId);
  if (seen === null) return refuse({ code: 'chargeback_not_found' });
  // Orders are locked before what hangs on them, everywhere.
  await lockOrders(tx, [seen.orderId]);
  const open = await findChargeback(tx, of.chargebackId, { lock: true });
  if (open?.state !== 'open') return refuse({ code: 'chargeback_decided_already' });
  const decided: Chargeback = { ...open, state: of.outcome, decidedBy: of.by, decidedAt: clock.now(), decisionNote: of.note };
  if (of.outcome === 'won') {
    const { wallet, receivable, channel } = accountsOf(open);
    for (const [part, creditAccountId, amount] of [['wallet', wallet, open.fromWalletMinor], ['receivable', receivable, open.receivableMinor]] as const) {
      if (amount > 0n) await createOne(tx, { ...common(open), id: transferId('payments.chargeback_won', open.chargebackId, part), debitAccountId: channel, creditAccountId, amount }, clock);
    }
    assert(await countOnAttempt(tx, open, -open.amountMinor), 'what was counted is taken off again');
    await returnCashback(tx, open.chargebackId, [open.orderId], { clock });
    await restoreCoupons(tx, await remainingOf(tx, [open]), { refundId: open.chargebackId }, { clock });
  }
  await updateChargeback(tx, decided);
  await tell(tx, decided, `chargeback_${of.outcome}`, of.by, clock);
  return ok(decided);
}

export type WriteOffRejection = { readonly code: 'chargeback_not_found' } | { readonly code: 'chargeback_not_lost' } | { readonly code: 'chargeback_nothing_owed' };

/** What can be given up of a chargeback; nobody gives it up alone. */
export async function checkWriteOff(tx: Tx, chargebackId: string, { lock = false }: { readonly lock?: boolean } = {}): Promise<Result<Chargeback, WriteOffRejection>> {
  const lost = await findChargeback(tx, chargebackId, { lock });
  if (lost === null) return refuse({ code: 'chargeback_not_found' });
  if (lost.state !== 'lost') return refuse({ code: 'chargeback_not_lost' });
  return lost.receivableMinor === 0n || lost.writtenOffMinor > 0n ? refuse({ code: 'chargeback_nothing_owed' }) : ok(lost);
}

/** Gives up what the member owes for a lost chargeback: a loss. The second person approves it. */
export async function writeOffChargeback(tx: Tx, of: { readonly chargebackId: string; readonly approvedBy: string }, { clock }: Options): Promise<Result<Chargeback, WriteOffRejection>> {
  const checked = await checkWriteOff(tx, of.chargebackId, { lock: true });
  if (!checked.ok) return checked;
  const lost = checked.value, ledger = moneyLedger(lost.currency), losses = accountSpec('chargeback_losses', ledger, null), id = transferId('payments.chargeback_loss', lost.chargebackId);
  await createAccounts(tx, [losses], { clock });
  await createOne(tx, { ...common(lost), id, code: PAYMENT_TRANSFER.chargeback_loss, debitAccountId: losses.id, creditAccountId: accountsOf(lost).receivable, amount: lost.receivableMinor }, clock);
  const written: Chargeback = { ...lost, writtenOffMinor: lost.receivableMinor, writtenOffBy: of.approvedBy };
  await updateChargeback(tx, written, bigIntToUuid(id));
  await tell(tx, written, 'chargeback_written_off', of.approvedBy, clock);
  return ok(written);
}

async function tell(tx: Tx, { orderId, attempt, chargebackId, amountMinor, channelReference, cashbackMinor, coupons }: Chargeback, kind: NewTimelineEntry['kind'], actor: string, clock: Clock): Promise<void> {
  await appendTimeline(tx, [{ orderId, attempt, kind, actor, detail: { chargebackId, amountMinor: String(amountMinor), cashbackMinor: String(cashbackMinor), coupons, channelReference }, happenedAt: clock.now() }], { recordedAt: clock.now() });
  announce(tx, 'wallets.balances');
  announce(tx, 'payments.orders');
}
