import { assert, bigIntToUuid, ok, refuse, type Clock, type CurrencyCode, type MemberId, type Result } from '../../../kernel/index.ts';
import { newUuid } from '../../../platform/clock/index.ts';
import { appendEvents } from '../../../platform/outbox/index.ts';
import { announce } from '../../../platform/live-updates/index.ts';
import type { OperatorDatabase, Tx } from '../../../platform/database/index.ts';
import { accountId, accountSpec, createAccounts, createTransfers, moneyLedger, transferId } from '../../ledger/index.ts';
import { loadMembers } from '../../parties/index.ts';
import { memberAccountId, takeBackCoupons, walletBalances } from '../../wallets/index.ts';
import { cashbackGoingBack, takeBackCashback } from '../cashback/give-cashback.ts';
import { refundNumber, type Environment } from '../domain/order-number.ts';
import { commissionOf, planRefund, refundableMinor, type PlannedPart, type Refundable, type RefundPlanRejection, type RefundTraits } from '../domain/plan-refund.ts';
import { PAYMENT_TRANSFER } from '../domain/transfer-code.ts';
import { PAYMENT_EVENTS } from '../events.ts';
import { lockOrders } from '../store/orders.ts';
import { appendTimeline } from '../store/timeline.ts';
import type { ChannelAccounts } from '../types.ts';
import { AUDITED_BY_RULE, type Refund, type RefundPart } from './refund-record.ts';
import { findRefund, insertParts, insertRefund, loadParts, loadRefundSettings, remainingOf, reserveOnAttempt, updatePart, updateRefund, walletPayments } from './store.ts';

export type RefundApplication = { readonly commandId: string; readonly memberId: MemberId; readonly amountMinor: bigint; readonly reason: string; readonly appliedBy: string };
export type RefundWithParts = { readonly refund: Refund; readonly parts: readonly RefundPart[] };
export type RefundRejection = RefundPlanRejection
  | { readonly code: 'member_not_found' } | { readonly code: 'refund_command_reused' } | { readonly code: 'refund_amount_invalid' }
  | { readonly code: 'refund_exceeds_balance'; readonly availableMinor: bigint };

export const REFUND_REASON_LENGTH_MAX = 500;

type AccountFacts = { readonly traits: RefundTraits; readonly environment: Environment };
export type RefundAccounts = ReadonlyMap<string, AccountFacts>;

/**
 * Applies for money to go back from a member's wallet to where it came from. The amount is set aside in the wallet and on each payment at once, so that neither
 * can be spent or refunded twice; a refund above the operator's threshold then waits for a second person, the others are approved by rule.
 * Refusals in this order: command reused for another body, amount, member, more than the payments leave, more than the wallet has.
 */
export async function applyForRefund(tx: Tx, accounts: RefundAccounts, application: RefundApplication, { clock }: { readonly clock: Clock }): Promise<Result<RefundWithParts, RefundRejection>> {
  const earlier = await findRefund(tx, { commandId: application.commandId });
  if (earlier) return await sameAct(tx, earlier, application);
  if (application.amountMinor <= 0n || application.reason.trim() === '' || application.reason.length > REFUND_REASON_LENGTH_MAX) return refuse({ code: 'refund_amount_invalid' });
  if (!(await loadMembers(tx, [application.memberId])).has(application.memberId)) return refuse({ code: 'member_not_found' });
  const settings = await loadRefundSettings(tx);
  const commissionMinor = commissionOf(application.amountMinor, settings.commissionPpm);
  const candidates = (await walletPayments(tx, application.memberId)).filter(({ merchantAccountId }) => accounts.has(merchantAccountId));
  const planned = planRefund(application.amountMinor - commissionMinor, candidates, (account) => accounts.get(account)!.traits, clock.now());
  if (!planned.ok) return planned;
  const balance = (await walletBalances(tx, [application.memberId], { clock })).get(application.memberId);
  // Cashback is not paid out: what was given for these payments goes back beside them.
  const cashbackMinor = await cashbackGoingBack(tx, planned.value);
  const availableMinor = (balance?.availableMinor ?? 0n) > cashbackMinor ? balance!.availableMinor - cashbackMinor : 0n;
  if (!balance || availableMinor < application.amountMinor) return refuse({ code: 'refund_exceeds_balance', availableMinor });
  const byRule = application.amountMinor <= settings.auditAboveMinor;
  return await write(tx, { application, planned: planned.value, accounts, commissionMinor, currency: balance.currency, byRule }, clock);
}

/** What a member could have back right now: what the payments leave, and no more than the wallet has. */
export async function refundableOf(tx: Tx, accounts: RefundAccounts, memberId: MemberId, { clock }: { readonly clock: Clock }): Promise<{ readonly refundableMinor: bigint; readonly currency: CurrencyCode | null }> {
  const balance = (await walletBalances(tx, [memberId], { clock })).get(memberId);
  if (!balance) return { refundableMinor: 0n, currency: null };
  const left = (payment: Refundable): bigint => { const account = accounts.get(payment.merchantAccountId); return account ? refundableMinor(payment, account.traits, clock.now()) : 0n; };
  const payments = (await walletPayments(tx, memberId)).filter((payment) => left(payment) > 0n);
  const open = payments.reduce((sum, payment) => sum + left(payment), 0n), mostMinor = open < balance.availableMinor ? open : balance.availableMinor;
  if (mostMinor <= 0n) return { refundableMinor: 0n, currency: balance.currency };
  // Less goes back when cashback has to go with it; what goes with less is never more, so that this much can always be had.
  const planned = planRefund(mostMinor, payments, (account) => accounts.get(account)!.traits, clock.now());
  const cashbackMinor = planned.ok ? await cashbackGoingBack(tx, planned.value) : 0n;
  const leftMinor = mostMinor + cashbackMinor > balance.availableMinor ? balance.availableMinor - cashbackMinor : mostMinor;
  return { refundableMinor: leftMinor > 0n ? leftMinor : 0n, currency: balance.currency };
}

/** What the accounts that a member has paid through allow; asked for before the transaction that plans, or in it. */
export async function refundAccounts(odb: Pick<OperatorDatabase, 'operatorId' | 'transaction'>, channels: ChannelAccounts, memberId: MemberId): Promise<RefundAccounts> {
  const payments = await odb.transaction((tx) => walletPayments(tx, memberId));
  const facts = new Map<string, AccountFacts>();
  for (const merchantAccountId of new Set(payments.map((payment) => payment.merchantAccountId))) {
    const { channel, environment } = await channels.forAccount(odb.operatorId, merchantAccountId);
    facts.set(merchantAccountId, { traits: channel.traits, environment });
  }
  return facts;
}

type ToWrite = {
  readonly application: RefundApplication; readonly planned: readonly PlannedPart[]; readonly accounts: RefundAccounts; readonly commissionMinor: bigint;
  readonly currency: CurrencyCode; readonly byRule: boolean;
};

async function write(tx: Tx, { application, planned, accounts, commissionMinor, currency, byRule }: ToWrite, clock: Clock): Promise<Result<RefundWithParts, RefundRejection>> {
  const now = clock.now(), refundId = newUuid();
  const hold = transferId('payments.refund_hold', refundId);
  await lockOrders(tx, planned.map(({ orderId }) => orderId));
  for (const part of [...planned].sort((a, b) => (a.orderId < b.orderId ? -1 : 1))) {
    // Planned on what was read before the locks: somebody else may have been faster.
    if (!(await reserveOnAttempt(tx, part))) throw new RefundRaced();
  }
  const ledger = moneyLedger(currency);
  await createAccounts(tx, [accountSpec('refunds_payable', ledger, null)], { clock });
  const [held] = await createTransfers(tx, [{
    id: hold, debitAccountId: memberAccountId('member_wallet', application.memberId, currency), creditAccountId: accountId('refunds_payable', ledger, null), amount: application.amountMinor, ledger,
    code: PAYMENT_TRANSFER.refund_hold, userData128: BigInt(`0x${refundId.replaceAll('-', '')}`), flags: { pending: true },
  }], { clock });
  if (held?.status === 'exceeds_credits') throw new RefundRaced();
  assert(held?.status === 'created', `setting a refund aside: ${held?.status}`);
  const refund: Refund = {
    refundId, commandId: application.commandId, source: 'wallet', memberId: application.memberId, orderId: null, currency, amountMinor: application.amountMinor, commissionMinor,
    reason: application.reason, appliedBy: application.appliedBy, appliedAt: now, state: 'applied', stateAt: now, auditedBy: null, auditNote: null, holdTransferId: bigIntToUuid(hold), refundedMinor: 0n,
  };
  if (!(await insertRefund(tx, refund))) throw new RefundRaced();
  const parts = planned.map((part): RefundPart => {
    const partId = newUuid();
    return {
      ...part, partId, refundId, outRefundNo: refundNumber(accounts.get(part.merchantAccountId)!.environment, partId), state: 'planned', stateAt: now, channelRefundNo: null, failureCode: null,
      acceptedAt: null, refundedAt: null, transferId: null, nextCheckAt: null, checks: 0,
    };
  });
  await insertParts(tx, parts);
  await appendTimeline(tx, parts.map((part) => ({
    orderId: part.orderId, attempt: part.attempt, kind: 'refund_planned' as const, actor: application.appliedBy, detail: { refundId, outRefundNo: part.outRefundNo, amountMinor: String(part.amountMinor) }, happenedAt: now,
  })), { recordedAt: now });
  await appendEvents(tx, [{ type: PAYMENT_EVENTS.refundApplied, payload: { refundId, memberId: application.memberId, amountMinor: String(application.amountMinor), currency } }]);
  announce(tx, 'payments.refunds');
  return ok(byRule ? await approve(tx, { refund, parts }, { by: AUDITED_BY_RULE, note: null }, clock) : { refund, parts });
}

/** Two refunds of one wallet at the same moment: nothing was written, and applying again plans on what is left. */
export class RefundRaced extends Error {
  override readonly name = 'RefundRaced';
}

async function sameAct(tx: Tx, earlier: Refund, application: RefundApplication): Promise<Result<RefundWithParts, RefundRejection>> {
  const same = earlier.memberId === application.memberId && earlier.amountMinor === application.amountMinor && earlier.appliedBy === application.appliedBy;
  return same ? ok({ refund: earlier, parts: await loadParts(tx, [earlier.refundId]) }) : refuse({ code: 'refund_command_reused' });
}

/** Takes the money off the wallet for good and gives every part its turn. The refund is locked or new. */
export async function approve(tx: Tx, { refund, parts }: RefundWithParts, audit: { readonly by: string; readonly note: string | null }, clock: Clock): Promise<RefundWithParts> {
  assert(refund.state === 'applied', 'a refund is approved once');
  const now = clock.now();
  if (refund.holdTransferId !== null) {
    const [posted] = await createTransfers(tx, [{
      id: transferId('payments.refund_post', refund.refundId), pendingId: BigInt(`0x${refund.holdTransferId.replaceAll('-', '')}`), amount: refund.amountMinor, flags: { postPendingTransfer: true },
    }], { clock });
    assert(posted?.status === 'created', `taking a refund off the wallet: ${posted?.status}`);
  }
  if (refund.source === 'wallet') {
    await takeBackCashback(tx, { id: refund.refundId, cause: 'refund' }, parts, { clock });
    await takeBackCoupons(tx, await remainingOf(tx, parts), refund, { clock });
  }
  const approved: Refund = { ...refund, state: 'approved', stateAt: now, auditedBy: audit.by, auditNote: audit.note };
  await updateRefund(tx, approved);
  const turned = parts.map((part): RefundPart => ({ ...part, nextCheckAt: part.notBefore > now ? part.notBefore : now }));
  for (const part of turned) await updatePart(tx, part);
  announce(tx, 'payments.refunds');
  announce(tx, 'wallets.balances');
  return { refund: approved, parts: turned };
}
