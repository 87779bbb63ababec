import { assert, bigIntToUuid, ok, refuse, uuidToBigInt, type Clock, type Result } from '../../../kernel/index.ts';
import { newUuid } from '../../../platform/clock/index.ts';
import type { Tx } from '../../../platform/database/index.ts';
import { announce } from '../../../platform/live-updates/index.ts';
import { accountId, createTransfers, moneyLedger, transferId } from '../../ledger/index.ts';
import { loadOperator } from '../../parties/index.ts';
import { fourEyesAbove } from '../../wallets/index.ts';
import { PAYMENT_TRANSFER } from '../domain/transfer-code.ts';
import { lockOrders, onlyOperator, time } from '../store/orders.ts';
import { loadSurplus, noteGoneBack, updateSurplus } from '../store/surplus.ts';
import { appendTimeline } from '../store/timeline.ts';
import { leftOfSurplus, type Surplus } from '../types.ts';
import { SURPLUS_REASON_LENGTH_MAX } from './apply-surplus.ts';

export type GoneBack = {
  readonly commandId: string; readonly orderId: string; readonly attempt: number;
  /** What the payer has already, given back at the channel by means that are none of ours. */
  readonly amountMinor: bigint;
  readonly reason: string; readonly actor: string;
  /** The second person, above the operator's threshold for money by hand. */
  readonly approvedBy: string | null;
};
export type GoneBackRejection =
  | { readonly code: 'surplus_not_found' } | { readonly code: 'surplus_command_reused' } | { readonly code: 'surplus_settled'; readonly state: Surplus['state'] }
  | { readonly code: 'surplus_amount_invalid'; readonly leftMinor: bigint } | { readonly code: 'adjustment_reason_missing'; readonly lengthMax: number } | { readonly code: 'adjustment_needs_second_person'; readonly aboveMinor: bigint };

/**
 * A person has found out at the channel that surplus, or a part of it, is with the payer already. What is left can then be credited or refunded; with nothing left it is settled.
 * The same command again changes nothing. Refusals in the order of the union.
 */
export async function declareGoneBack(tx: Tx, act: GoneBack, { clock }: { readonly clock: Clock }): Promise<Result<Surplus, GoneBackRejection>> {
  assert(act.actor !== '' && act.approvedBy !== act.actor, 'whoever approves is another person');
  await lockOrders(tx, [act.orderId]);
  const surplus = await loadSurplus(tx, act, { lock: true });
  if (!surplus) return refuse({ code: 'surplus_not_found' });
  const earlier = await findAct(tx, act.commandId);
  if (earlier) return earlier.orderId === act.orderId && earlier.attempt === act.attempt && earlier.amountMinor === act.amountMinor ? ok(surplus) : refuse({ code: 'surplus_command_reused' });
  if (surplus.state !== 'open') return refuse({ code: 'surplus_settled', state: surplus.state });
  if (act.amountMinor <= 0n || act.amountMinor > leftOfSurplus(surplus)) return refuse({ code: 'surplus_amount_invalid', leftMinor: leftOfSurplus(surplus) });
  if (act.reason.trim() === '' || act.reason.length > SURPLUS_REASON_LENGTH_MAX) return refuse({ code: 'adjustment_reason_missing', lengthMax: SURPLUS_REASON_LENGTH_MAX });
  const aboveMinor = await aloneUpTo(tx, surplus);
  if (act.amountMinor > aboveMinor && act.approvedBy === null) return refuse({ code: 'adjustment_needs_second_person', aboveMinor });
  await bookGoneBack(tx, { surplus, ...act, reason: act.reason.trim() }, { clock });
  return ok((await loadSurplus(tx, act))!);
}

/** What one person may settle alone. The threshold is in the operator's currency: money in another one takes two. */
export async function aloneUpTo(tx: Tx, { currency }: Pick<Surplus, 'currency'>): Promise<bigint> {
  return currency === (await loadOperator(tx)).currency ? await fourEyesAbove(tx) : 0n;
}

type ToBook = { readonly surplus: Surplus; readonly amountMinor: bigint; readonly reason: string; readonly actor: string; readonly approvedBy: string | null; readonly commandId: string | null };

/** Books it against what the channel owes us. The order and the surplus are locked, the surplus is open and has so much left. */
export async function bookGoneBack(tx: Tx, { surplus, amountMinor, reason, actor, approvedBy, commandId = null }: ToBook, { clock }: { readonly clock: Clock }): Promise<void> {
  const { orderId, attempt, currency, merchantAccountId } = surplus;
  const at = clock.now(), act = commandId ?? newUuid(), id = transferId('payments.surplus_gone_back', act), ledger = moneyLedger(currency);
  const [booked] = await createTransfers(tx, [{
    id, debitAccountId: accountId('unapplied_payments', ledger, merchantAccountId), creditAccountId: accountId('channel_receivable', ledger, merchantAccountId), amount: amountMinor, ledger,
    code: PAYMENT_TRANSFER.surplus_gone_back, userData128: uuidToBigInt(orderId), userData32: attempt,
  }], { clock });
  assert(booked?.status === 'created', `booking what has gone back: ${booked?.status}`);
  await tx.execute(
    `insert into payments.surplus_gone_back (operator_id, command_id, order_id, attempt, amount_minor, reason, actor, approved_by, transfer_id, recorded_at) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`,
    [onlyOperator(tx), act, orderId, attempt, amountMinor, reason, actor, approvedBy, bigIntToUuid(id), time(at)]);
  await noteGoneBack(tx, surplus, amountMinor);
  if (amountMinor === leftOfSurplus(surplus)) await updateSurplus(tx, { orderId, attempt, state: 'refunded' }, { at, resolution: { by: actor, id: bigIntToUuid(id) } });
  await appendTimeline(tx, [{ orderId, attempt, kind: 'surplus_gone_back', actor, happenedAt: at, detail: { amountMinor: String(amountMinor), reason, approvedBy } }], { recordedAt: at });
  announce(tx, 'payments.orders');
}

async function findAct(tx: Tx, commandId: string): Promise<{ readonly orderId: string; readonly attempt: number; readonly amountMinor: bigint } | null> {
  const [row] = await tx.query<{ orderId: string; attempt: number; amountMinor: bigint }>(
    'select order_id as "orderId", attempt, amount_minor as "amountMinor" from payments.surplus_gone_back where operator_id = $1 and command_id = $2', [onlyOperator(tx), commandId]);
  return row ?? null;
}
