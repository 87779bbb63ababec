/** What really happened, for whoever audits the platform afterwards. Amounts are fen, instants ISO. */
import type { Chargeback, Refund, Trade } from './types.ts';
import type { World } from './world.ts';

export type TruthLine = Readonly<Record<string, unknown>>;
const iso = (at: number | null): string | null => (at === null ? null : new Date(at).toISOString());

/** `paid` is whether the payer's money moved; `state` is what the channel says now. */
export const tellTrade = (trade: Trade): TruthLine => ({
  kind: 'payment', channel: trade.merchant.channel, merchantId: trade.merchant.merchantId, appId: trade.appId, outTradeNo: trade.outTradeNo, tradeNo: trade.tradeNo, method: trade.method, description: trade.description,
  amountFen: trade.amountFen, state: trade.state, paid: trade.paidAt !== null, createdAt: iso(trade.createdAt), expiresAt: iso(trade.expiresAt), paidAt: iso(trade.paidAt), closedAt: iso(trade.closedAt),
  feeFen: trade.feeFen, refundedFen: succeeded(trade), chargedBackFen: trade.chargedBackFen, payer: trade.payer, code: trade.code, faults: trade.faults ?? [], notified: trade.notified, accepted: trade.accepted,
});

const tellRefund = (trade: Trade, refund: Refund): TruthLine => ({
  kind: 'refund', channel: trade.merchant.channel, merchantId: trade.merchant.merchantId, outTradeNo: trade.outTradeNo, outRefundNo: refund.outRefundNo, refundNo: refund.refundNo, amountFen: refund.amountFen,
  feeReturnedFen: refund.state === 'success' ? refund.feeFen : 0, state: refund.state, createdAt: iso(refund.createdAt), finishedAt: iso(refund.finishedAt), elsewhere: refund.elsewhere === true,
});

const tellChargeback = ({ merchant, outTradeNo }: Trade, { flowNo, amountFen, at, wonFlowNo, wonAt }: Chargeback): TruthLine => ({
  kind: 'chargeback', channel: merchant.channel, merchantId: merchant.merchantId, outTradeNo, flowNo, amountFen, at: iso(at), won: wonFlowNo !== null, wonFlowNo, wonAt: iso(wonAt),
});

const succeeded = (trade: Trade): number => (trade.refunds ?? []).reduce((sum, refund) => sum + (refund.state === 'success' ? refund.amountFen : 0), 0);

export function* tellTruth(world: World, planted: readonly TruthLine[]): Generator<TruthLine> {
  const total = { kind: 'total', trades: 0, paid: 0, paidFen: 0, refundedFen: 0, feeFen: 0, feeReturnedFen: 0, chargedBackFen: 0, paidOutFen: 0, balanceFen: 0 };
  for (const trade of world.trades.values()) {
    yield tellTrade(trade);
    total.trades++;
    if (trade.paidAt !== null) {
      total.paid++;
      total.paidFen += trade.amountFen;
      total.feeFen += trade.feeFen;
    }
    total.chargedBackFen += trade.chargedBackFen;
    for (const made of trade.chargebacks ?? []) yield tellChargeback(trade, made);
    for (const refund of trade.refunds ?? []) {
      yield tellRefund(trade, refund);
      if (refund.state !== 'success') continue;
      total.refundedFen += refund.amountFen;
      total.feeReturnedFen += refund.feeFen;
    }
  }
  for (const merchant of world.merchants.values()) {
    total.balanceFen += merchant.balanceFen;
    for (const entry of merchant.funds) if (entry.kind === 'payout') total.paidOutFen -= entry.amountFen;
    yield { kind: 'merchant', channel: merchant.channel, merchantId: merchant.merchantId, appIds: merchant.appIds, balanceFen: merchant.balanceFen, movements: merchant.funds.length };
  }
  yield* planted;
  yield total;
}
