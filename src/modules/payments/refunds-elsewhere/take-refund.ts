/** A payment of ours that the channel gave back under a number that is none of ours: somebody refunded it on the merchant platform. */
import { assert, ok, refuse, type Clock, type Result } from '../../../kernel/index.ts';
import type { Tx } from '../../../platform/database/index.ts';
import { findOfAttempt, knowUnderOtherNumber } from '../chargebacks/chargeback.ts';
import { decideChargeback, recordChargeback } from '../chargebacks/record-chargeback.ts';
import { bookGoneBack } from '../commands/surplus-gone-back.ts';
import { lockOrders, onlyOperator, time } from '../store/orders.ts';
import { loadSurplus } from '../store/surplus.ts';
import { leftOfSurplus } from '../types.ts';
import { bookDoubts, SAID } from './doubts.ts';

export type RefundElsewhere = {
  /** The accounts that share the bill. */
  readonly merchantAccountIds: readonly string[];
  /** The channel's number of the payment, and the number that the refund has there. */
  readonly channelTradeNo: string; readonly number: string; readonly amountMinor: bigint;
  readonly by: string; readonly approvedBy: string | null;
};
export type RefundElsewhereRejection = { readonly code: 'refund_elsewhere_payment_unknown' } | { readonly code: 'refund_elsewhere_exceeds_payment' };
export type PaymentElsewhere = { readonly orderId: string; readonly attempt: number; readonly merchantAccountId: string; readonly outTradeNo: string; readonly channelTradeNo: string; readonly disposition: 'applied' | 'surplus' };

/** Paid attempts of these accounts by the channel's numbers. */
export const findPaymentsByChannelNumber = (tx: Tx, { merchantAccountIds, channelTradeNos }: { readonly merchantAccountIds: readonly string[]; readonly channelTradeNos: readonly string[] }): Promise<PaymentElsewhere[]> =>
  tx.query<PaymentElsewhere>(
    `select order_id as "orderId", attempt, merchant_account_id as "merchantAccountId", out_trade_no as "outTradeNo", channel_trade_no as "channelTradeNo", disposition from payments.payment_attempt
     where operator_id = $1 and merchant_account_id = any ($2::uuid[]) and channel_trade_no = any ($3) and state = 'paid' order by order_id, attempt`, [onlyOperator(tx), merchantAccountIds, channelTradeNos]);

/**
 * Books it once for each number of the channel. Of a payment that was credited the wallet gives what it has and the member owes the rest, as with a payment that is taken back; of one that is kept apart it
 * is what has gone back of it. What was known already, because the channel told it when the payment came or because a person has said so, is not booked again.
 */
export async function takeRefundElsewhere(tx: Tx, refund: RefundElsewhere, { clock }: { readonly clock: Clock }): Promise<Result<PaymentElsewhere, RefundElsewhereRejection>> {
  assert(refund.amountMinor > 0n && refund.number !== '', 'a refund is of something and has a number');
  const [paid] = await findPaymentsByChannelNumber(tx, { merchantAccountIds: refund.merchantAccountIds, channelTradeNos: [refund.channelTradeNo] });
  if (!paid) return refuse({ code: 'refund_elsewhere_payment_unknown' });
  await lockOrders(tx, [paid.orderId]);
  if (await isRecorded(tx, paid, refund.number)) return ok(paid);
  const knownMinor = await knownOf(tx, paid, refund.amountMinor), toBookMinor = refund.amountMinor - knownMinor;
  const booked = toBookMinor === 0n ? true : paid.disposition === 'surplus' ? await ofSurplus(tx, refund, { paid, toBookMinor }, clock) : await ofCredited(tx, refund, { paid, toBookMinor }, clock);
  if (!booked) return refuse({ code: 'refund_elsewhere_exceeds_payment' });
  await tx.execute(
    'insert into payments.refund_elsewhere (operator_id, merchant_account_id, number, order_id, attempt, amount_minor, known_minor, recorded_by, approved_by, recorded_at) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)',
    [onlyOperator(tx), paid.merchantAccountId, refund.number, paid.orderId, paid.attempt, refund.amountMinor, knownMinor, refund.by, refund.approvedBy, time(clock.now())]);
  if (paid.disposition === 'applied') await bookDoubts(tx, paid, { by: refund.by, evidence: `${EVIDENCE} ${refund.number}`, bookedMinor: toBookMinor }, { clock });
  return ok(paid);
}

const EVIDENCE = 'refunded at the channel under';

async function isRecorded(tx: Tx, { merchantAccountId }: PaymentElsewhere, number: string): Promise<boolean> {
  const [row] = await tx.query('select 1 from payments.refund_elsewhere where operator_id = $1 and merchant_account_id = $2 and number = $3', [onlyOperator(tx), merchantAccountId, number]);
  return row !== undefined;
}

/**
 * What of this refund is not new: what the channel had told when the payment came and what persons have said, less what refunds of the statement have stood for since. The sums decide, because neither
 * names the refunds that it is made of.
 */
async function knownOf(tx: Tx, { orderId, attempt, disposition }: PaymentElsewhere, amountMinor: bigint): Promise<bigint> {
  const [row] = await tx.query<{ known: bigint }>(
    `select (a.refunded_at_channel_minor
       + coalesce((select sum(c.amount_minor) from payments.chargeback c where c.operator_id = $1 and c.order_id = a.order_id and c.attempt = a.attempt and c.source = 'refund_elsewhere' and starts_with(c.channel_reference, $4)), 0)
       - coalesce((select sum(case when $5 then e.amount_minor else e.known_minor end) from payments.refund_elsewhere e where e.operator_id = $1 and e.order_id = a.order_id and e.attempt = a.attempt), 0))::bigint as known
     from payments.payment_attempt a where a.operator_id = $1 and a.order_id = $2 and a.attempt = $3`, [onlyOperator(tx), orderId, attempt, SAID, disposition === 'surplus']);
  const known = row?.known ?? 0n;
  return known <= 0n ? 0n : known < amountMinor ? known : amountMinor;
}

type ToBook = { readonly paid: PaymentElsewhere; readonly toBookMinor: bigint };

/** @returns false when less than that is left of the payment. */
async function ofCredited(tx: Tx, { number, by }: RefundElsewhere, { paid, toBookMinor }: ToBook, clock: Clock): Promise<boolean> {
  // A person who has recorded the same amount as a chargeback had the same in mind.
  const byPerson = (await findOfAttempt(tx, paid)).find((one) => one.source === 'person' && one.amountMinor === toBookMinor && one.otherReference === null);
  if (byPerson) {
    await knowUnderOtherNumber(tx, byPerson, number);
    return true;
  }
  const recorded = await recordChargeback(tx, { orderId: paid.orderId, attempt: paid.attempt, amountMinor: toBookMinor, channelReference: number, reason: 'refunded at the channel, not by us', source: 'refund_elsewhere', openedBy: by }, { clock });
  if (!recorded.ok) return false;
  // Nobody disputes it: the payer has the money by our own doing.
  const decided = await decideChargeback(tx, { chargebackId: recorded.value.chargebackId, outcome: 'lost', by, note: 'refunded on the merchant platform' }, { clock });
  assert(decided.ok, 'a refund elsewhere is decided as it is recorded');
  return true;
}

async function ofSurplus(tx: Tx, { number, by, approvedBy }: RefundElsewhere, { paid, toBookMinor }: ToBook, clock: Clock): Promise<boolean> {
  const surplus = await loadSurplus(tx, paid, { lock: true });
  if (surplus?.state !== 'open' || leftOfSurplus(surplus) < toBookMinor) return false;
  await bookGoneBack(tx, { surplus, amountMinor: toBookMinor, reason: `${EVIDENCE} ${number}`, actor: by, approvedBy, commandId: null }, { clock });
  return true;
}
