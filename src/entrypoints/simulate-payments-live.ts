import { instant, MS_PER_HOUR, MS_PER_MINUTE, seededRandom, type MemberId, type Random } from '../kernel/index.ts';
import { createMember } from '../modules/parties/index.ts';
import { applyForRefund, auditRefund, closeOrder, offerOrder, openOrder, payOrderWithCode, refundAccounts, refundableOf, RefundRaced, STATEMENT_KINDS, type PaymentMethod } from '../modules/payments/index.ts';
import { businessDateOf, fetchStatement, settleDay } from '../modules/reconciliation/index.ts';
import { newUuid } from '../platform/clock/index.ts';
import type { PaymentDesk } from './payment-desk.ts';
import type { TruthLine } from './wallet-channel-process.ts';

/** How often each fault is drawn; names and meanings: `node simulators/wallet-channel/cli.ts --list-faults`. */
export const PAYMENT_FAULTS = {
  notification_lost: 0.05, notification_first_lost: 0.04, notification_doubled: 0.08, notification_late: 0.06, notification_early: 0.04, notification_out_of_order: 0.03, notification_forged: 0.03,
  notification_forged_unpaid: 0.03, notification_signature_probe: 0.02, notification_wrong_amount: 0.005, notification_wrong_app: 0.005,
  answer_lost: 0.005, cut_before: 0.01, cut_after: 0.01, server_error_before: 0.01, server_error_after: 0.01, bad_gateway: 0.01, frequency_limited: 0.01, answer_slow: 0.02, answer_forged: 0.01,
  paid_before_close: 0.15, paid_after_close: 0.25, paid_twice: 0.5, user_must_confirm: 0.3, code_payment_fails: 0.1,
  refund_unknown: 0.1, refund_refused: 0.1, refund_slow: 0.2, refund_abnormal: 0.05, refund_closed: 0.05,
  chargeback: 0.02, chargeback_won: 0.3, refund_elsewhere: 0.02,
} as const;
/** Of the rows of the trade statements. */
export const STATEMENT_FAULTS = { bill_row_missing: 0.01, bill_row_extra: 0.01, bill_row_duplicated: 0.01, bill_amount_differs: 0.01, bill_state_differs: 0.01, bill_fee_differs: 0.01, bill_comma_in_goods_name: 0.02 } as const;

const AT_ONCE = 16, OFFERS_MAX = 3, ORDERS_PER_MEMBER = 12, AMOUNT_FEN_MAX = 50_000;
/** How time goes on once everybody has acted: past the first questions, the end of the orders, the last repeat of a notification, the last question. */
const STAGES_MS = [2 * MS_PER_MINUTE, 10 * MS_PER_MINUTE, 40 * MS_PER_MINUTE, 3 * MS_PER_HOUR, 9 * MS_PER_HOUR, 15 * MS_PER_HOUR] as const;
const CALM_MS = [26 * MS_PER_HOUR, 26 * MS_PER_HOUR] as const;
const CHANNELS = ['wechatpay', 'alipay'] as const;
type ChannelName = (typeof CHANNELS)[number];

export type PaymentPlan = { readonly seed: number; readonly orders: number };
type Living = { readonly desk: PaymentDesk; readonly random: Random; readonly memberId: MemberId };

/** Everybody acts: orders with every fault, then refunds, then time goes by until nothing is left to be done. */
export async function livePayments(desk: PaymentDesk, plan: PaymentPlan, onProgress: (orders: number) => void): Promise<readonly MemberId[]> {
  const members: MemberId[] = [];
  for (let i = 0; i < Math.ceil(plan.orders / ORDERS_PER_MEMBER); i++) members.push(await desk.odb.transaction((tx) => createMember(tx, { displayName: `Payer ${i}` })));
  await desk.wallet.act('faults', { rates: PAYMENT_FAULTS });
  let next = 0, lived = 0;
  await Promise.all(Array.from({ length: AT_ONCE }, async () => {
    for (let index = next++; index < plan.orders; index = next++) {
      await liveOrder({ desk, random: seededRandom(plan.seed * 1_000_003 + index), memberId: members[index % members.length]! });
      onProgress(++lived);
    }
  }));
  for (const [stage, ms] of STAGES_MS.entries()) {
    await desk.pass(ms);
    await desk.quiet();
    if (stage === 1) await refundSome(desk, members, seededRandom(plan.seed ^ 0x5eed));
  }
  // The storm is over; what it left is resolved by asking.
  await desk.wallet.act('faults', { rates: {} });
  for (const ms of CALM_MS) {
    await desk.pass(ms);
    await desk.quiet();
  }
  return members;
}

async function liveOrder({ desk, random, memberId }: Living): Promise<void> {
  const opened = await desk.odb.transaction((tx) => openOrder(tx, {
    commandId: newUuid(), environment: 'D', purpose: 'wallet_top_up', subjectId: memberId, memberId, amountMinor: BigInt(1 + random.integer(AMOUNT_FEN_MAX)), description: 'Top-up',
    latePayment: random.chance(0.5) ? 'complete' : 'refund', createdBy: 'simulation',
  }, desk.options));
  if (!opened.ok) throw new Error(opened.error.code);
  const living = { desk, random, memberId, orderId: opened.value.orderId }, channel = random.pick(CHANNELS), kind = random.next();
  if (kind < 0.12) return payByCode(living, channel);
  if (kind < 0.25) return payAtTwoChannels(living);
  const outTradeNo = await offer(living, channel);
  if (outTradeNo === null) return;
  if (kind < 0.42) return giveUp(living, outTradeNo);
  const will = random.next();
  if (will > 0.88) return;
  if (will > 0.82) await payer(desk, 'wrong-password', outTradeNo);
  await payer(desk, 'pay', outTradeNo);
}
type Ordered = Living & { readonly orderId: string };

/** Offered until there is a code, as a shop's page would: after no answer the same call again. */
async function offer({ desk, random, orderId }: Ordered, channel: ChannelName): Promise<string | null> {
  const method: Exclude<PaymentMethod, 'payment_code'> = random.chance(0.75) ? 'native_qr' : channel === 'wechatpay' ? 'h5' : 'page';
  for (let attempt = 0; attempt < OFFERS_MAX; attempt++) {
    const offered = await offerOrder(desk.odb, desk.channels, { orderId, merchantAccountId: desk.accounts[channel], method, payer: null, payerIp: '127.0.0.1', actor: 'simulation' }, desk.options);
    if (!offered.ok) {
      if (offered.error.code === 'channel_unknown') continue;
      return null;
    }
    const { presentation, attempt: { outTradeNo } } = offered.value;
    // A cashier's page makes its trade when the payer's browser opens it.
    if (method === 'page' && presentation.kind === 'redirect') await fetch(presentation.url, { redirect: 'manual' }).catch(() => null);
    return outTradeNo;
  }
  return null;
}

/** The payer acts; where the channel does not know the trade there is nothing on the telephone. */
const payer = async ({ wallet }: PaymentDesk, what: 'pay' | 'scan' | 'cancel' | 'wrong-password', outTradeNo: string): Promise<void> => void await wallet.act(what, { outTradeNo }).catch(() => null);

async function payByCode({ desk, random, orderId }: Ordered, channel: ChannelName): Promise<void> {
  const { paymentCode } = await desk.wallet.act<{ paymentCode: string }>('payment-code', { channel });
  const paid = await payOrderWithCode(desk.odb, desk.channels, { orderId, merchantAccountId: desk.accounts[channel], paymentCode, deviceIp: '127.0.0.1', actor: 'simulation' }, desk.options);
  if (!paid.ok || paid.value.attemptState === 'paid') return;
  const will = random.next(), [row] = await desk.odb.transaction((tx) => tx.query<{ number: string }>(
    'select out_trade_no as number from payments.payment_attempt where operator_id = $1 and order_id = $2 and attempt = $3', [desk.odb.operatorId, orderId, paid.value.attempt]));
  if (will < 0.6) await payer(desk, 'pay', row!.number);
  else if (will < 0.8) await payer(desk, 'cancel', row!.number);
}

async function payAtTwoChannels(living: Ordered): Promise<void> {
  const { desk, random } = living;
  const first = await offer(living, 'wechatpay'), second = await offer(living, 'alipay');
  if (first !== null) await payer(desk, 'scan', first);
  if (second !== null) await payer(desk, 'scan', second);
  const [one, other] = random.chance(0.5) ? [first, second] : [second, first];
  if (one !== null) await payer(desk, 'pay', one);
  if (other !== null && random.chance(0.3)) await payer(desk, 'pay', other);
}

/** Back in the shop: the order is closed, by the channel's answer; some pay all the same. */
async function giveUp({ desk, random, orderId }: Ordered, outTradeNo: string): Promise<void> {
  await payer(desk, 'scan', outTradeNo);
  await closeOrder(desk.odb, desk.channels, { orderId, reason: 'by_payer', actor: 'payer' }, desk.options);
  if (random.chance(0.2)) await payer(desk, 'pay', outTradeNo);
}

async function refundSome({ odb, channels, clock }: PaymentDesk, members: readonly MemberId[], random: Random): Promise<void> {
  for (const memberId of members) {
    if (!random.chance(0.4)) continue;
    const accounts = await refundAccounts(odb, channels, memberId), share = random.next(), will = random.next();
    const { refundableMinor } = await odb.transaction((tx) => refundableOf(tx, accounts, memberId, { clock }));
    const amountMinor = (refundableMinor * BigInt(1 + Math.floor(share * 999))) / 1_000n;
    if (amountMinor <= 0n) continue;
    const applied = await odb.transaction((tx) => applyForRefund(tx, accounts, { commandId: newUuid(), memberId, amountMinor, reason: 'Simulated', appliedBy: 'payer' }, { clock })).catch((error: unknown) => {
      if (error instanceof RefundRaced) return null;
      throw error;
    });
    if (applied?.ok !== true || will > 0.95) continue;
    const { refundId } = applied.value.refund;
    await odb.transaction((tx) => auditRefund(tx, { refundId, decision: will < 0.85 ? 'approve' : 'reject', by: 'auditor', note: null }, { clock }));
  }
}

/** Fetches, matches and settles every day on which something happened, from statements with differences. @returns how many days of accounts were settled. */
export async function settleDays({ odb, wallet, channels, accounts, options }: PaymentDesk, truth: readonly TruthLine[]): Promise<number> {
  const dates = new Set(truth.flatMap((line) => [line.paidAt, line.kind === 'refund' ? line.createdAt : null, line.kind === 'chargeback' ? line.at : null, line.kind === 'chargeback' ? line.wonAt : null]).flatMap((at) => (typeof at === 'string' ? [businessDateOf(instant(Date.parse(at)))] : [])));
  await wallet.act('faults', { rates: STATEMENT_FAULTS });
  let settled = 0;
  for (const businessDate of [...dates].sort()) {
    await wallet.act('bills', { date: businessDate });
    for (const merchantAccountId of Object.values(accounts)) {
      const day = { merchantAccountId, businessDate, currency: 'CNY' as const, actor: 'simulation' };
      for (const kind of STATEMENT_KINDS) await fetchStatement(odb, day, kind, { ...options, channels });
      if (await settleDay(odb, day, { ...options, channels }) !== null) settled++;
    }
  }
  return settled;
}
