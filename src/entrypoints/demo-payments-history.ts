import { addMs, MS_PER_DAY, MS_PER_HOUR, MS_PER_SECOND } from '../kernel/index.ts';
import { applyForRefund, refundAccounts, refundableOf, STATEMENT_KINDS } from '../modules/payments/index.ts';
import { businessDateOf, businessDay, fetchStatement, setFeeRate, settleDay } from '../modules/reconciliation/index.ts';
import { newUuid } from '../platform/clock/index.ts';
import { clockAway, giveUp, offerAt, offerTopUp, type PayingDemo } from './demo-paying.ts';
import { DEMO_FEE_PPM, DEMO_OPERATOR } from './demo-plan.ts';
import { PAYMENT_PURPOSES } from './payment-purposes.ts';

const YESTERDAYS = 28, FIRST_HOUR = 8, LAST_HOUR = 22, LOST = [4, 13] as const;
const HEARD_MS_MAX = 20 * MS_PER_SECOND;
/** What is wrong with yesterday's bills; each once. */
const BILL_FAULTS = ['bill_row_missing', 'bill_amount_differs', 'bill_fee_differs', 'bill_row_extra'] as const;

/**
 * What a person finds who opens the demo's payments for the first time: a day of payments with its statement and a few differences, a payment after closing of each
 * policy, one order paid at both channels, a refund that waits for somebody's audit. Whatever was made before an interruption is simply there twice.
 */
export async function furnishPayments(paying: PayingDemo): Promise<void> {
  await liveYesterday(paying);
  for (const latePayment of ['complete', 'refund'] as const) {
    if (paying.stopped()) return;
    await payAfterClosing(paying, latePayment);
  }
  await payTwice(paying);
  await waitForAudit(paying);
}

/** The simulator goes back a day, and forward again. */
async function liveYesterday(paying: PayingDemo): Promise<void> {
  const { clock, wallet, random, odb, accounts, channels, pause } = paying;
  const date = businessDateOf(addMs(clock.now(), -MS_PER_DAY)), { from } = businessDay(date);
  let awayMs = 0;
  const goTo = async (ms: number): Promise<void> => {
    await wallet.act('advance', { ms: ms - awayMs });
    awayMs = ms;
  };
  try {
    for (let index = 0; index < YESTERDAYS && !paying.stopped(); index++) {
      const at = addMs(from, (FIRST_HOUR + ((LAST_HOUR - FIRST_HOUR) * (index + random.next())) / YESTERDAYS) * MS_PER_HOUR);
      await goTo(at - clock.now());
      const order = await offerTopUp(paying, { clock: clockAway(clock, awayMs), channel: index % 2 === 0 ? 'wechatpay' : 'alipay' });
      if (order === null) continue;
      if (LOST.some((lost) => lost === index)) await wallet.act('faults', { force: 'notification_lost', outTradeNo: order.outTradeNo });
      await wallet.act('pay', { outTradeNo: order.outTradeNo });
    }
  } finally {
    await goTo(0);
  }
  await pause(2 * MS_PER_SECOND);
  for (const force of BILL_FAULTS) await wallet.act('faults', { force });
  await wallet.act('bills', { date });
  for (const merchantAccountId of Object.values(accounts)) {
    if (paying.stopped()) return;
    await odb.transaction((tx) => setFeeRate(tx, { merchantAccountId, validFrom: businessDateOf(addMs(clock.now(), -30 * MS_PER_DAY)), ratePpm: DEMO_FEE_PPM, changedBy: 'demo', at: clock.now() }));
    const day = { merchantAccountId, businessDate: date, currency: DEMO_OPERATOR.currency, actor: 'demo' };
    const options = { clock, channels, purposes: PAYMENT_PURPOSES };
    for (const kind of STATEMENT_KINDS) await fetchStatement(odb, day, kind, options);
    await settleDay(odb, day, options);
  }
}

/** The channel confirms that it has closed the order, and takes a payment that was under way all the same. */
async function payAfterClosing(paying: PayingDemo, latePayment: 'complete' | 'refund'): Promise<void> {
  const order = await offerTopUp(paying, { latePayment, yuan: 100, channel: latePayment === 'complete' ? 'wechatpay' : 'alipay' });
  if (order === null) return;
  await paying.wallet.act('scan', { outTradeNo: order.outTradeNo });
  await paying.wallet.act('faults', { force: 'paid_after_close', outTradeNo: order.outTradeNo });
  await giveUp(paying, order);
}

/** The same order on two telephones. */
async function payTwice(paying: PayingDemo): Promise<void> {
  const first = await offerTopUp(paying, { yuan: 50, channel: 'alipay' });
  const second = first === null ? null : await offerAt(paying, first.orderId, { channel: 'wechatpay' });
  for (const order of [first, second]) if (order !== null) await paying.wallet.act('pay', { outTradeNo: order.outTradeNo });
}

/** A member wants money back; somebody has to look at it. */
async function waitForAudit(paying: PayingDemo): Promise<void> {
  const { odb, channels, clock, members, wallet, pause } = paying;
  const memberId = members[3]!;
  const order = await offerTopUp(paying, { yuan: 200, channel: 'wechatpay', memberId });
  if (order === null) return;
  await wallet.act('pay', { outTradeNo: order.outTradeNo });
  for (let waitedMs = 0; waitedMs < HEARD_MS_MAX && !paying.stopped(); waitedMs += MS_PER_SECOND) {
    const accounts = await refundAccounts(odb, channels, memberId);
    const { refundableMinor } = await odb.transaction((tx) => refundableOf(tx, accounts, memberId, { clock }));
    if (refundableMinor >= 15_000n) {
      await odb.transaction((tx) => applyForRefund(tx, accounts, { commandId: newUuid(), memberId, amountMinor: 15_000n, reason: '会员搬家退余额 Moving away, wants the balance back', appliedBy: 'demo' }, { clock }));
      return;
    }
    await pause(MS_PER_SECOND);
  }
}

