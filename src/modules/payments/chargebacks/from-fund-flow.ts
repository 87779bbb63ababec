/** A line of a channel's fund flow that took a payment back, or gave one back that was won. */
import { ok, refuse, type Clock, type Result } from '../../../kernel/index.ts';
import type { Tx } from '../../../platform/database/index.ts';
import { lockOrders, onlyOperator } from '../store/orders.ts';
import { findByOtherNumber, findOfAttempt, knowUnderOtherNumber, type Chargeback } from './chargeback.ts';
import { decideChargeback, recordChargeback, type ChargebackRejection } from './record-chargeback.ts';

export type FundFlowChargeback = {
  /** The accounts that share the bill. */
  readonly merchantAccountIds: readonly string[];
  readonly flowNumber: string;
  /** What the line may be about: our number of the payment, or the channel's. */
  readonly numbers: readonly string[];
  /** Negative: taken back. Positive: given back after a dispute was won. */
  readonly amountMinor: bigint;
  readonly reason: string;
};
export type FundFlowChargebackRejection = ChargebackRejection | { readonly code: 'chargeback_payment_unknown' };

const SYSTEM = 'system';

/**
 * Booked once, whatever saw it first: the same line again, and one that a person has recorded under the number of the dispute (the same payment, the same amount, not yet seen in a fund flow),
 * is the chargeback that is there.
 */
export async function takeChargebackFromFundFlow(tx: Tx, line: FundFlowChargeback, { clock }: { readonly clock: Clock }): Promise<Result<Chargeback, FundFlowChargebackRejection>> {
  const paid = await findPayment(tx, line);
  if (paid === null) return refuse({ code: 'chargeback_payment_unknown' });
  await lockOrders(tx, [paid.orderId]);
  if (line.amountMinor > 0n) return await won(tx, line, paid, clock);
  const amountMinor = -line.amountMinor;
  const known = await findByOtherNumber(tx, { merchantAccountId: paid.merchantAccountId, reference: line.flowNumber });
  if (known !== null) return ok(known);
  const recorded = (await findOfAttempt(tx, paid)).find((one) => one.source === 'person' && one.amountMinor === amountMinor && one.otherReference === null);
  if (recorded) return ok(await knowUnderOtherNumber(tx, recorded, line.flowNumber));
  return await recordChargeback(tx, { orderId: paid.orderId, attempt: paid.attempt, amountMinor, channelReference: line.flowNumber, reason: line.reason, source: 'fund_flow', openedBy: SYSTEM }, { clock });
}

type PaidAttempt = { readonly orderId: string; readonly attempt: number; readonly merchantAccountId: string };

async function findPayment(tx: Tx, { merchantAccountIds, numbers }: FundFlowChargeback): Promise<PaidAttempt | null> {
  const [row] = await tx.query<PaidAttempt>(
    `select order_id as "orderId", attempt, merchant_account_id as "merchantAccountId" from payments.payment_attempt
     where operator_id = $1 and merchant_account_id = any ($2::uuid[]) and state = 'paid' and (out_trade_no = any ($3) or channel_trade_no = any ($3)) order by order_id, attempt limit 1`,
    [onlyOperator(tx), merchantAccountIds, numbers]);
  return row ?? null;
}

/** Money that comes back ends the dispute that is open; one that a person has ended as won is it already. */
async function won(tx: Tx, line: FundFlowChargeback, paid: PaidAttempt, clock: Clock): Promise<Result<Chargeback, FundFlowChargebackRejection>> {
  const same = (await findOfAttempt(tx, paid)).filter(({ amountMinor }) => amountMinor === line.amountMinor);
  const open = same.find(({ state }) => state === 'open'), ended = same.find(({ state }) => state === 'won');
  if (!open) return ended ? ok(ended) : refuse({ code: 'chargeback_payment_unknown' });
  const decided = await decideChargeback(tx, { chargebackId: open.chargebackId, outcome: 'won', by: SYSTEM, note: `given back under ${line.flowNumber}`.slice(0, 500) }, { clock });
  return decided.ok ? decided : refuse({ code: 'chargeback_payment_unknown' });
}
