/** The one place where an answer of a channel changes a refund: from the executor, from a notification, from a person's question. */
import { assert, bigIntToUuid, uuidToBigInt, type Clock, type CurrencyCode } from '../../../kernel/index.ts';
import { announce } from '../../../platform/live-updates/index.ts';
import { appendEvents } from '../../../platform/outbox/index.ts';
import type { Tx } from '../../../platform/database/index.ts';
import { accountId, accountSpec, createAccounts, createTransfers, moneyLedger, transferId, type TransferEvent } from '../../ledger/index.ts';
import { memberAccountId, restoreCoupons } from '../../wallets/index.ts';
import { returnCashback } from '../cashback/give-cashback.ts';
import { decidePart, type RefundObservation } from '../domain/decide-refund.ts';
import { PAYMENT_TRANSFER } from '../domain/transfer-code.ts';
import { PAYMENT_EVENTS } from '../events.ts';
import { lockOrders } from '../store/orders.ts';
import { updateSurplus } from '../store/surplus.ts';
import { appendTimeline, type NewTimelineEntry } from '../store/timeline.ts';
import type { Refund, RefundPart } from './refund-record.ts';
import { loadParts, lockRefunds, partsByNumber, releaseOnAttempt, remainingOf, updatePart, updateRefund } from './store.ts';

export type RefundViewItem = {
  readonly outRefundNo: string; readonly seen: RefundObservation;
  readonly source: { readonly actor: string; readonly exchangeId?: string | null; readonly notificationId?: string | null };
  /** At whose account it was seen; a view from another account changes nothing. */
  readonly merchantAccountId: string;
};
export type AppliedRefundView = { readonly outRefundNo: string; readonly outcome: 'unknown_number' | 'unchanged' | 'observed' | 'succeeded' | 'failed' | 'refused' };

const FINAL = new Set<RefundPart['state']>(['succeeded', 'failed']);

/** Locks orders, then refunds, in id order; books and finishes in the caller's transaction. Seeing the same again changes nothing. */
export async function applyRefundViews(tx: Tx, items: readonly RefundViewItem[], { clock }: { readonly clock: Clock }): Promise<AppliedRefundView[]> {
  const found = await partsByNumber(tx, items.map(({ outRefundNo }) => outRefundNo));
  await lockOrders(tx, found.map(({ orderId }) => orderId));
  const refunds = await lockRefunds(tx, [...new Set(found.map(({ refundId }) => refundId))]);
  const parts = new Map((await loadParts(tx, [...refunds.keys()])).map((part) => [part.outRefundNo, part]));
  const work: Work = { refunds, parts, entries: [], transfers: [], touched: new Set() };
  const answers = items.map((item): { view: AppliedRefundView; release: RefundPart | null } => applyOne(work, item, clock));
  for (const outRefundNo of work.touched) await updatePart(tx, parts.get(outRefundNo)!);
  for (const { release, view } of answers) if (release !== null) await releaseOnAttempt(tx, release, { refunded: view.outcome === 'succeeded' });
  await finish(tx, work, clock);
  await book(tx, work, clock);
  await giveBackGifts(tx, work, clock);
  await appendTimeline(tx, work.entries, { recordedAt: clock.now() });
  if (work.touched.size > 0) announce(tx, 'payments.refunds');
  return answers.map(({ view }) => view);
}

type Work = { readonly refunds: Map<string, Refund>; readonly parts: Map<string, RefundPart>; readonly entries: NewTimelineEntry[]; readonly transfers: TransferEvent[]; readonly touched: Set<string> };

function applyOne(work: Work, { outRefundNo, seen, source, merchantAccountId }: RefundViewItem, clock: Clock): { view: AppliedRefundView; release: RefundPart | null } {
  const part = work.parts.get(outRefundNo);
  const nothing = (outcome: AppliedRefundView['outcome']) => ({ view: { outRefundNo, outcome }, release: null });
  if (part === undefined) return nothing('unknown_number');
  if (FINAL.has(part.state)) return nothing('unchanged');
  const now = clock.now();
  const entry = (kind: NewTimelineEntry['kind'], detail: Record<string, unknown>): void => {
    work.entries.push({ orderId: part.orderId, attempt: part.attempt, kind, actor: source.actor, detail: { refundId: part.refundId, outRefundNo, ...detail }, happenedAt: now, exchangeId: source.exchangeId ?? null, notificationId: source.notificationId ?? null });
  };
  // A part that has not had its turn was not sent by us: what is seen of it cannot be ours.
  const strange = part.merchantAccountId !== merchantAccountId ? 'merchant_differs' : part.state === 'planned' ? 'not_sent' : seen.state === 'succeeded' && seen.amountMinor !== part.amountMinor ? 'amount_differs' : null;
  if (strange !== null) { entry('refund_mismatch', { why: strange }); return nothing('refused'); }
  const decision = decidePart(part, seen, now);
  const accepted = decision.state === 'processing' || decision.state === 'succeeded' || decision.state === 'abnormal';
  const next: RefundPart = {
    ...part, ...decision, stateAt: decision.state === part.state ? part.stateAt : now, acceptedAt: part.acceptedAt ?? (accepted ? now : null),
    transferId: decision.state === 'succeeded' ? bigIntToUuid(paidOutId(part)) : null,
  };
  work.parts.set(outRefundNo, next);
  work.touched.add(outRefundNo);
  if (next.state === part.state) return nothing('unchanged');
  if (next.state !== 'submitted' && next.state !== 'planned') entry(`refund_${next.state}`, { amountMinor: String(part.amountMinor), ...(next.failureCode === null ? {} : { failureCode: next.failureCode }) });
  const outcome = next.state === 'succeeded' ? 'succeeded' as const : next.state === 'failed' ? 'failed' as const : 'observed' as const;
  return { view: { outRefundNo, outcome }, release: FINAL.has(next.state) ? next : null };
}

const paidOutId = ({ partId }: Pick<RefundPart, 'partId'>): bigint => transferId('payments.refund_part', partId);

/** Moves the refunds whose parts have moved, and ends those that have nothing open any more. */
async function finish(tx: Tx, work: Work, clock: Clock): Promise<void> {
  const now = clock.now();
  const moved = new Set([...work.touched].map((number) => work.parts.get(number)!.refundId));
  for (const refundId of moved) {
    const before = work.refunds.get(refundId)!;
    const parts = [...work.parts.values()].filter((part) => part.refundId === refundId);
    const refundedMinor = parts.reduce((sum, part) => (part.state === 'succeeded' ? sum + part.amountMinor : sum), 0n);
    const open = parts.some((part) => !FINAL.has(part.state) && part.state !== 'abnormal'), abnormal = parts.some((part) => part.state === 'abnormal');
    const whole = refundedMinor === before.amountMinor - before.commissionMinor;
    const state = before.state === 'partly_refunded' ? (whole ? 'refunded' as const : before.state)
      : open ? 'executing' as const : whole ? 'refunded' as const : refundedMinor > 0n ? 'partly_refunded' as const : abnormal ? 'executing' as const : 'failed' as const;
    // Two steps where the table wants two: what was approved executes before it ends.
    if (before.state === 'approved' && state !== 'executing' && state !== 'failed') await updateRefund(tx, { ...before, state: 'executing', stateAt: now });
    const after: Refund = { ...before, state, refundedMinor, stateAt: state === before.state ? before.stateAt : now };
    await updateRefund(tx, after);
    work.refunds.set(refundId, after);
    if (after.state === before.state || after.state === 'executing') continue;
    await appendEvents(tx, [{ type: PAYMENT_EVENTS.refundFinished, payload: { refundId, memberId: after.memberId, state: after.state, amountMinor: String(after.amountMinor), refundedMinor: String(refundedMinor), currency: after.currency } }]);
    if (after.source === 'surplus') await settleSurplus(tx, work, { refund: after, parts }, clock);
    else planCommission(work, before, after);
  }
}

/** With money that returns to the wallet return the cashback and the coupons that had gone with it. */
async function giveBackGifts(tx: Tx, { refunds, parts, touched }: Work, clock: Clock): Promise<void> {
  const failed = [...touched].map((number) => parts.get(number)!).filter(({ state, refundId }) => state === 'failed' && refunds.get(refundId)!.source === 'wallet');
  for (const [refundId, of] of Map.groupBy(failed, (part) => part.refundId)) {
    await returnCashback(tx, refundId, of.map(({ orderId }) => orderId), { clock });
    await restoreCoupons(tx, await remainingOf(tx, of), { refundId }, { clock });
  }
}

/** What the channel does not give back waits for a person. */
async function settleSurplus(tx: Tx, work: Work, { refund, parts }: { readonly refund: Refund; readonly parts: readonly RefundPart[] }, clock: Clock): Promise<void> {
  const [part] = parts;
  assert(part && parts.length === 1, 'a surplus goes back in one part');
  const state = refund.state === 'refunded' ? 'refunded' as const : 'open' as const;
  await updateSurplus(tx, { orderId: part.orderId, attempt: part.attempt, state }, { at: clock.now(), resolution: state === 'refunded' ? { by: refund.appliedBy, id: refund.refundId } : null });
  if (state === 'open') work.entries.push({ orderId: part.orderId, attempt: part.attempt, kind: 'surplus_reopened', actor: 'system', detail: { refundId: refund.refundId, failureCode: part.failureCode }, happenedAt: clock.now() });
}

/** Kept only when something went back; else it returns to the wallet with the rest. */
function planCommission(work: Work, before: Refund, after: Refund): void {
  if (after.commissionMinor === 0n || before.state === 'partly_refunded') return;
  const ledger = moneyLedger(after.currency);
  const kept = after.refundedMinor > 0n;
  work.transfers.push({
    id: transferId('payments.refund_commission', after.refundId), debitAccountId: accountId('refunds_payable', ledger, null), amount: after.commissionMinor, ledger, userData128: uuidToBigInt(after.refundId),
    creditAccountId: kept ? accountId('revenue_commission', ledger, null) : memberAccountId('member_wallet', after.memberId!, after.currency), code: kept ? PAYMENT_TRANSFER.refund_commission : PAYMENT_TRANSFER.refund_returned,
  });
}

/** One ledger batch: what went back leaves the channel, what could not go back returns to the wallet. */
async function book(tx: Tx, work: Work, clock: Clock): Promise<void> {
  for (const outRefundNo of work.touched) {
    const part = work.parts.get(outRefundNo)!;
    const refund = work.refunds.get(part.refundId)!;
    if (part.state === 'succeeded') work.transfers.push(paidOut(part, refund));
    else if (part.state === 'failed' && refund.source === 'wallet') {
      const ledger = moneyLedger(refund.currency);
      work.transfers.push({
        id: transferId('payments.refund_returned', part.partId), debitAccountId: accountId('refunds_payable', ledger, null), creditAccountId: memberAccountId('member_wallet', refund.memberId!, refund.currency),
        amount: part.amountMinor, ledger, code: PAYMENT_TRANSFER.refund_returned, userData128: uuidToBigInt(refund.refundId),
      });
    }
  }
  if (work.transfers.length === 0) return;
  await createAccounts(tx, accountsOf(work), { clock });
  for (const { status } of await createTransfers(tx, work.transfers, { clock })) assert(status === 'created', `booking a refund: ${status}`);
  announce(tx, 'wallets.balances');
}

function paidOut(part: RefundPart, { refundId, source, currency }: Refund): TransferEvent {
  const ledger = moneyLedger(currency), surplus = source === 'surplus';
  return {
    id: paidOutId(part), debitAccountId: surplus ? accountId('unapplied_payments', ledger, part.merchantAccountId) : accountId('refunds_payable', ledger, null),
    creditAccountId: accountId('channel_receivable', ledger, part.merchantAccountId), amount: part.amountMinor, ledger,
    code: surplus ? PAYMENT_TRANSFER.surplus_refunded : PAYMENT_TRANSFER.refund_paid_out, userData128: uuidToBigInt(refundId),
  };
}

function accountsOf(work: Work) {
  const currencies = new Set<CurrencyCode>([...work.refunds.values()].map(({ currency }) => currency));
  const accounts = new Set([...work.touched].map((number) => work.parts.get(number)!.merchantAccountId));
  return [...currencies].flatMap((currency) => {
    const ledger = moneyLedger(currency);
    return [accountSpec('refunds_payable', ledger, null), accountSpec('revenue_commission', ledger, null), ...[...accounts].map((subject) => accountSpec('channel_receivable', ledger, subject))];
  });
}
