/** What payers and the channel do to trades: pay, confirm, close, undo, refund. Both protocols go through here; each decides first what it allows. */
import type { Notifier } from './notify.ts';
import type { Scheduler } from './scheduler.ts';
import { drawAftermath, refundElsewhere } from './aftermath.ts';
import { addRefund, bear, bookPayment, finishRefund, leftOf, noteFault, type World } from './world.ts';
import type { Refund, Trade } from './types.ts';
import { signatureFits } from './wechatpay-sign.ts';

export type Wallet = {
  readonly world: World;
  /** The payer looks at the code: Alipay's trade comes into being. */
  scan(trade: Trade): void;
  pay(trade: Trade): PayOutcome;
  /** The payer leaves. A payment by code fails by it; a code that was scanned stays payable. */
  cancel(trade: Trade): PayOutcome;
  wrongPassword(trade: Trade): PayOutcome;
  /** After a trade was made: pays at once where that fault is drawn (resolves when the notification was tried), later where payers pay by themselves. */
  opened(trade: Trade): Promise<void>;
  close(trade: Trade): 'closed' | 'paid';
  /** Alipay closes a trade itself when its time to pay is over, and says so once. */
  lapseIfOver(trade: Trade): void;
  /** Undoes a payment by code: money back, or never to be paid. */
  undo(trade: Trade): 'refund' | 'close';
  /** The refund was accepted; it succeeds now or later, or does not. */
  refund(trade: Trade, request: Pick<Refund, 'outRefundNo' | 'amountFen' | 'reason' | 'notifyUrl'>): Refund;
  /** Somebody gives a share of it back on the merchant platform. */
  refundElsewhere(trade: Trade, share: number): Refund | null;
  /** A refund that was under way when the simulator stopped. */
  finish(trade: Trade, refund: Refund): void;
  payable(trade: Trade): boolean;
  /** JSAPI: the page hands the parameters to the wallet's browser. */
  invoke(parameters: Readonly<Record<string, string>>): Trade;
};
export type PayOutcome = 'paid' | 'already_paid' | 'expired' | 'closed' | 'wrong_password' | 'cancelled';

const REFUND_MS = 2_000;
const REFUND_SLOW_MS = 3_600_000;

export function openWallet(world: World, notifier: Notifier, scheduler: Scheduler, timeFactor: number): Wallet {
  const payable = (trade: Trade): boolean => (trade.state === 'shown' || trade.state === 'open' || trade.state === 'confirming') && world.clock.now() < trade.expiresAt;
  const settle = (trade: Trade): Promise<void> => {
    bookPayment(world, trade);
    drawAftermath(world, notifier, scheduler, timeFactor, trade);
    return notifier.paid(trade);
  };
  const pay = (trade: Trade, twin = true): PayOutcome => {
    if (trade.state === 'paid') return 'already_paid';
    if (!payable(trade)) return trade.state === 'closed' || trade.state === 'revoked' || trade.state === 'failed' ? 'closed' : 'expired';
    void settle(trade);
    if (twin) payTwin(world, trade, (other) => pay(other, false));
    return 'paid';
  };
  return {
    world, payable, pay: (trade) => pay(trade),
    scan(trade) {
      if (trade.state === 'shown' && payable(trade)) bear(world, trade, world.clock.now());
    },
    cancel(trade) {
      if (trade.state === 'paid') return 'already_paid';
      if (trade.state === 'confirming') trade.state = 'failed';
      world.journal.trade(trade);
      return 'cancelled';
    },
    wrongPassword: (trade) => (trade.state === 'paid' ? 'already_paid' : payable(trade) ? 'wrong_password' : 'closed'),
    opened: (trade) => opened(world, notifier, scheduler, trade, settle, () => pay(trade)),
    close(trade) {
      if (payable(trade) && trade.state !== 'confirming' && world.faults.happens('paid_before_close', `t${trade.index}`, trade.outTradeNo)) {
        noteFault(trade, 'paid_before_close');
        void settle(trade);
      }
      if (trade.state === 'paid') return 'paid';
      const late = payable(trade) && world.faults.happens('paid_after_close', `t${trade.index}`, trade.outTradeNo);
      trade.state = 'closed';
      trade.closedAt = world.clock.now();
      world.journal.trade(trade);
      if (late) {
        noteFault(trade, 'paid_after_close');
        scheduler.after(world.faults.random(`late/${trade.index}`).between(1_000, 60_000) * timeFactor, () => { if (trade.state === 'closed') void settle(trade); });
      }
      return 'closed';
    },
    lapseIfOver(trade) {
      if (trade.merchant.channel !== 'alipay' || (trade.state !== 'open' && trade.state !== 'confirming') || world.clock.now() < trade.expiresAt) return;
      trade.state = 'closed';
      trade.closedAt = trade.expiresAt;
      world.journal.trade(trade);
      void notifier.closed(trade);
    },
    undo(trade) {
      if (trade.state === 'paid') {
        const left = leftOf(trade);
        if (left > 0) finishRefund(world, trade, addRefund(world, trade, { outRefundNo: `R${trade.outTradeNo}`.slice(0, 64), amountFen: left, reason: '撤销', notifyUrl: null }), 'success');
        trade.state = 'revoked';
        world.journal.trade(trade);
        return 'refund';
      }
      trade.state = trade.merchant.channel === 'alipay' ? 'closed' : 'revoked';
      trade.closedAt = world.clock.now();
      world.journal.trade(trade);
      return 'close';
    },
    refundElsewhere: (trade, share) => refundElsewhere(world, notifier, trade, share),
    finish(trade, made) { finishRefund(world, trade, made, 'success'); void notifier.refunded(trade, made); },
    invoke: (parameters) => invoke(world, parameters),
    refund: (trade, request) => refund(world, notifier, scheduler, timeFactor, trade, request),
  };
}

function invoke(world: World, given: Readonly<Record<string, string>>): Trade {
  const trade = world.byCode.get(/^prepay_id=wx(\w+)$/.exec(given.package ?? '')?.[1] ?? '');
  if (!trade || trade.method !== 'jsapi') throw new Error('支付验证签名失败: no such prepay_id');
  const message = `${given.appId ?? ''}\n${given.timeStamp ?? ''}\n${given.nonceStr ?? ''}\n${given.package ?? ''}\n`;
  if (given.signType !== 'RSA' || given.appId !== trade.appId || !signatureFits(message, given.paySign ?? '', trade.merchant.publicKey)) throw new Error('支付验证签名失败: paySign does not fit');
  return trade;
}

/** One order, two codes, two payments: the other attempt is paid too. */
function payTwin(world: World, trade: Trade, pay: (other: Trade) => PayOutcome): void {
  const siblings = world.byStem.get(trade.outTradeNo.slice(0, -2)) ?? [];
  const other = siblings.find((sibling) => sibling !== trade && (sibling.state === 'open' || sibling.state === 'shown') && sibling.amountFen === trade.amountFen);
  if (!other || !world.faults.happens('paid_twice', `t${trade.index}`, trade.outTradeNo)) return;
  if (pay(other) === 'paid') for (const one of [trade, other]) noteFault(one, 'paid_twice');
}

async function opened(world: World, notifier: Notifier, scheduler: Scheduler, trade: Trade, settle: (trade: Trade) => Promise<void>, pay: () => void): Promise<void> {
  const { payers } = world.settings;
  if (trade.notifyUrl && trade.state !== 'paid' && world.faults.happens('notification_early', `t${trade.index}`, trade.outTradeNo)) {
    noteFault(trade, 'notification_early');
    return settle(trade);
  }
  if (world.faults.happens('notification_forged_unpaid', `t${trade.index}`, trade.outTradeNo)) {
    noteFault(trade, 'notification_forged_unpaid');
    void notifier.forge(trade);
  }
  const random = payers ? world.faults.random(`payer/${trade.index}`) : null;
  if (payers && random && random.chance(payers.pay)) scheduler.after(random.between(payers.afterMsMin, payers.afterMsMax), pay);
}

function refund(world: World, notifier: Notifier, scheduler: Scheduler, timeFactor: number, trade: Trade, request: Pick<Refund, 'outRefundNo' | 'amountFen' | 'reason' | 'notifyUrl'>): Refund {
  const made = addRefund(world, trade, request);
  const alipay = trade.merchant.channel === 'alipay';
  const finish = (state: 'success' | 'abnormal' | 'closed'): void => {
    finishRefund(world, trade, made, state);
    void notifier.refunded(trade, made);
  };
  const subject = `r${trade.index}.${trade.refunds!.length}`;
  if (alipay) {
    finish('success');
    return made;
  }
  const ending = world.faults.happens('refund_abnormal', subject, trade.outTradeNo) ? 'abnormal' : world.faults.happens('refund_closed', subject, trade.outTradeNo) ? 'closed' : 'success';
  const slow = world.faults.happens('refund_slow', subject, trade.outTradeNo);
  if (ending !== 'success') noteFault(trade, `refund_${ending}`);
  if (slow) noteFault(trade, 'refund_slow');
  scheduler.after((slow ? REFUND_SLOW_MS : REFUND_MS) * timeFactor, () => finish(ending));
  return made;
}
