/** A payment of ours that the channel gave back under a number that is none of ours: somebody refunded it on the merchant platform. */
import { assert, bigIntToUuid, ok, refuse, type Clock, type Result } from '../../../kernel/index.ts';
import type { Tx } from '../../../platform/database/index.ts';
import { transferId } from '../../ledger/index.ts';
import { findByOtherNumber, findOfAttempt, knowUnderOtherNumber } from '../chargebacks/chargeback.ts';
import { decideChargeback, recordChargeback } from '../chargebacks/record-chargeback.ts';
import { bookGoneBack, findGoneBack } from '../commands/surplus-gone-back.ts';
import { lockOrders, onlyOperator } from '../store/orders.ts';
import { loadSurplus } from '../store/surplus.ts';
import { leftOfSurplus } from '../types.ts';
import { bookDoubts, isSaid } from './doubts.ts';

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
 * is what has gone back of it. One that a person has booked before, of the same amount, is the same. Seen again it changes nothing.
 */
export async function takeRefundElsewhere(tx: Tx, refund: RefundElsewhere, { clock }: { readonly clock: Clock }): Promise<Result<PaymentElsewhere, RefundElsewhereRejection>> {
  assert(refund.amountMinor > 0n && refund.number !== '', 'a refund is of something and has a number');
  const [paid] = await findPaymentsByChannelNumber(tx, { merchantAccountIds: refund.merchantAccountIds, channelTradeNos: [refund.channelTradeNo] });
  if (!paid) return refuse({ code: 'refund_elsewhere_payment_unknown' });
  await lockOrders(tx, [paid.orderId]);
  return paid.disposition === 'surplus' ? await ofSurplus(tx, refund, paid, clock) : await ofCredited(tx, refund, paid, clock);
}

const EVIDENCE = 'refunded at the channel under';

async function ofCredited(tx: Tx, { number, amountMinor, by }: RefundElsewhere, paid: PaymentElsewhere, clock: Clock): Promise<Result<PaymentElsewhere, RefundElsewhereRejection>> {
  if (await findByOtherNumber(tx, { merchantAccountId: paid.merchantAccountId, reference: number })) return ok(paid);
  const byPerson = (await findOfAttempt(tx, paid)).find((one) => (one.source === 'person' || isSaid(one)) && one.amountMinor === amountMinor && one.otherReference === null);
  if (byPerson) {
    await knowUnderOtherNumber(tx, byPerson, number);
    return ok(paid);
  }
  const recorded = await recordChargeback(tx, { orderId: paid.orderId, attempt: paid.attempt, amountMinor, channelReference: number, reason: 'refunded at the channel, not by us', source: 'refund_elsewhere', openedBy: by }, { clock });
  if (!recorded.ok) return refuse({ code: recorded.error.code === 'chargeback_exceeds_payment' ? 'refund_elsewhere_exceeds_payment' : 'refund_elsewhere_payment_unknown' });
  // Nobody disputes it: the payer has the money by our own doing.
  const decided = await decideChargeback(tx, { chargebackId: recorded.value.chargebackId, outcome: 'lost', by, note: 'refunded on the merchant platform' }, { clock });
  assert(decided.ok, 'a refund elsewhere is decided as it is recorded');
  await bookDoubts(tx, paid, { by, evidence: `${EVIDENCE} ${number}`, bookedMinor: amountMinor }, { clock });
  return ok(paid);
}

async function ofSurplus(tx: Tx, { number, amountMinor, by, approvedBy }: RefundElsewhere, paid: PaymentElsewhere, clock: Clock): Promise<Result<PaymentElsewhere, RefundElsewhereRejection>> {
  const commandId = bigIntToUuid(transferId('payments.refund_elsewhere', paid.merchantAccountId, number));
  if (await findGoneBack(tx, commandId)) return ok(paid);
  const surplus = await loadSurplus(tx, paid, { lock: true });
  if (surplus?.state !== 'open' || leftOfSurplus(surplus) < amountMinor) return refuse({ code: 'refund_elsewhere_exceeds_payment' });
  await bookGoneBack(tx, { surplus, amountMinor, reason: `${EVIDENCE} ${number}`, actor: by, approvedBy, commandId }, { clock });
  return ok(paid);
}
