/** What happens to a payment long after it was paid, and that the merchant's program did not ask for: the payer's bank takes it back, somebody gives a part of it back on the merchant platform. */
import type { Notifier } from './notify.ts';
import type { Scheduler } from './scheduler.ts';
import { addRefund, chargeBack, finishRefund, leftOf, noteFault, refundKey, winBack, type World } from './world.ts';
import type { Refund, Trade } from './types.ts';

const HOUR_MS = 3_600_000;
/** In days, in truth; here in hours, so that a simulation of a few days sees the end of it. */
const CHARGEBACK_MS = [6 * HOUR_MS, 30 * HOUR_MS] as const, WON_MS = [HOUR_MS, 10 * HOUR_MS] as const, ELSEWHERE_MS = [HOUR_MS, 20 * HOUR_MS] as const;

/** Draws what will become of a payment that has just been made. */
export function drawAftermath(world: World, notifier: Notifier, scheduler: Scheduler, timeFactor: number, trade: Trade): void {
  const random = world.faults.random(`after/${trade.index}`), subject = `t${trade.index}`;
  const later = (span: readonly [number, number], run: () => void): void => scheduler.after(random.between(span[0], span[1]) * timeFactor, run);
  if (world.faults.happens('chargeback', subject, trade.outTradeNo)) {
    const whole = random.chance(0.7), won = world.faults.happens('chargeback_won', subject, trade.outTradeNo);
    later(CHARGEBACK_MS, () => {
      const left = leftOf(trade), amountFen = whole ? left : Math.ceil(left / 2);
      if (trade.state !== 'paid' || left <= 0 || trade.merchant.balanceFen < amountFen) return;
      const made = chargeBack(world, trade, amountFen);
      noteFault(trade, 'chargeback');
      if (won) later(WON_MS, () => { winBack(world, trade, made); noteFault(trade, 'chargeback_won'); });
    });
  }
  if (world.faults.happens('refund_elsewhere', subject, trade.outTradeNo)) {
    const share = random.next();
    later(ELSEWHERE_MS, () => void refundElsewhere(world, notifier, trade, share));
  }
}

/** On the merchant platform: WeChat Pay gives such a refund a number of its own, Alipay knows it under the payment's. @returns null when there is nothing to give back. */
export function refundElsewhere(world: World, notifier: Notifier, trade: Trade, share: number): Refund | null {
  const left = leftOf(trade), amountFen = Math.min(left, 1 + Math.floor(share * left));
  const outRefundNo = trade.merchant.channel === 'alipay' ? trade.outTradeNo : `MP${String(world.counters.refund + 1).padStart(12, '0')}`;
  if (trade.state !== 'paid' || left <= 0 || trade.merchant.balanceFen < amountFen || world.refundsByNo.has(refundKey(trade.merchant, outRefundNo, trade.outTradeNo))) return null;
  const made = addRefund(world, trade, { outRefundNo, amountFen, reason: '商户平台退款', notifyUrl: trade.merchant.channel === 'alipay' ? trade.notifyUrl : null, elsewhere: true });
  finishRefund(world, trade, made, 'success');
  noteFault(trade, 'refund_elsewhere');
  void notifier.refunded(trade, made);
  return made;
}
