import { addMs, MS_PER_HOUR, MS_PER_SECOND, toIso, type MemberId, type OperatorId } from '../kernel/index.ts';
import { accountId, lookupAccounts, moneyLedger } from '../modules/ledger/index.ts';
import { createMember, createOperator } from '../modules/parties/index.ts';
import { closeOrder, offerOrder, openOrder, orderStory, type OrderStory } from '../modules/payments/index.ts';
import { walletBalances } from '../modules/wallets/index.ts';
import { newUuid } from '../platform/clock/index.ts';
import type { Database } from '../platform/database/index.ts';
import { auditSummary, type AuditSummary } from './simulate-audit.ts';
import { openPaymentDesk, type PaymentDesk } from './payment-desk.ts';

export const CASE_POLICIES = ['complete', 'refund'] as const;
export type CasePolicy = (typeof CASE_POLICIES)[number];
export const CASE_CHANNELS = ['wechatpay', 'alipay'] as const;
export type CaseChannel = (typeof CASE_CHANNELS)[number];
export type ClosedThenPaid = { readonly policy: CasePolicy; readonly channel: CaseChannel; readonly amountMinor: bigint };

/** One step of the case as it is told: what happened, what proves it, and how the books stand after it. */
export type CaseStep = { readonly at: string; readonly what: string; readonly evidence: readonly string[]; readonly books: CaseBooks };
/** In minor units: the member's wallet; what the channel owes us; what lies apart because it is not due. */
export type CaseBooks = { readonly walletMinor: bigint; readonly channelMinor: bigint; readonly apartMinor: bigint };
export type CaseCheck = { readonly what: string; readonly holds: boolean };
export type CaseResult = {
  readonly steps: readonly CaseStep[]; readonly timeline: readonly string[]; readonly checks: readonly CaseCheck[]; readonly audit: AuditSummary; readonly good: boolean;
};

/** A hundredth of real time: what the channel does within seconds and minutes is seen within moments. */
const TIME_FACTOR = 0.01, LATE_MS_MAX = 10 * MS_PER_SECOND, POLL_MS = 20;

type Case = ClosedThenPaid & { readonly desk: PaymentDesk; readonly memberId: MemberId; readonly tell: (what: string, evidence: readonly string[]) => Promise<void> };

/**
 * Plays the case over the wire: an order is opened, offered and closed because the channel says that it is closed; a payment that was already under way succeeds all
 * the same; the order's policy decides what becomes of the money, once. `onStep` is told each step as it happens.
 */
export async function playClosedThenPaid(database: Database, plan: ClosedThenPaid, onStep: (step: CaseStep) => void): Promise<CaseResult> {
  const created = await createOperator(database, { code: `case-${newUuid().slice(-12)}`, name: 'Closed, then paid', currency: 'CNY', timeZone: 'Asia/Shanghai' });
  if (!created.ok) throw new Error(created.error.code);
  const operatorId: OperatorId = created.value;
  const desk = await openPaymentDesk(database, { operatorId, environment: 'D', seed: 1, timeFactor: TIME_FACTOR });
  try {
    const memberId = await desk.odb.transaction((tx) => createMember(tx, { displayName: 'Lin' }));
    const steps: CaseStep[] = [];
    const tell: Case['tell'] = async (what, evidence) => {
      const step = { at: toIso(desk.clock.now()), what, evidence, books: await booksOf(desk, memberId, plan.channel) };
      steps.push(step);
      onStep(step);
    };
    await sellBefore({ ...plan, desk, memberId, tell });
    const { orderId, outTradeNo } = await closeAnOrder({ ...plan, desk, memberId, tell });
    await payLate({ ...plan, desk, memberId, tell }, { orderId, outTradeNo });
    const story = await storyOf(desk, orderId);
    const checks = await judge({ ...plan, desk, memberId, tell }, story, outTradeNo);
    const audit = await auditSummary({ database }, operatorId);
    return { steps, timeline: timelineOf(story), checks, audit, good: audit.balanced && checks.every(({ holds }) => holds) };
  } finally {
    await desk.close();
  }
}

/** A channel refunds from what the merchant has with it, and it keeps its commission of the payment: without an earlier sale there would not be enough. */
async function sellBefore({ desk: { odb, channels, accounts, options, wallet, quiet }, channel, amountMinor, tell }: Case): Promise<void> {
  const other = await odb.transaction((tx) => createMember(tx, { displayName: 'Zhao' }));
  const opened = await odb.transaction((tx) => openOrder(tx, { commandId: newUuid(), environment: 'D', purpose: 'wallet_top_up', subjectId: other, memberId: other, amountMinor: amountMinor * 5n, description: 'Top-up', createdBy: 'demo' }, options));
  if (!opened.ok) throw new Error(opened.error.code);
  const offered = await offerOrder(odb, channels, { orderId: opened.value.orderId, merchantAccountId: accounts[channel], method: 'native_qr', payer: null, payerIp: null, actor: 'demo' }, options);
  if (!offered.ok) throw new Error(offered.error.code);
  await wallet.act('pay', { outTradeNo: offered.value.attempt.outTradeNo });
  await quiet();
  await tell(`Somebody else has topped up ${yuan(amountMinor * 5n)} before: the channel owes us that.`, []);
}

async function closeAnOrder({ desk, memberId, policy, channel, amountMinor, tell }: Case): Promise<{ orderId: string; outTradeNo: string }> {
  const { odb, channels, accounts, options, wallet } = desk;
  const opened = await odb.transaction((tx) => openOrder(tx, {
    commandId: newUuid(), environment: 'D', purpose: 'wallet_top_up', subjectId: memberId, memberId, amountMinor, description: 'Top-up', latePayment: policy, createdBy: 'demo',
  }, options));
  if (!opened.ok) throw new Error(opened.error.code);
  const { orderId } = opened.value;
  await tell(`An order over ${yuan(amountMinor)} is opened. Its policy: a payment that comes after closing is ${policy === 'complete' ? 'completed' : 'refunded'}.`, [`order ${orderId}`]);
  const offered = await offerOrder(odb, channels, { orderId, merchantAccountId: accounts[channel], method: 'native_qr', payer: null, payerIp: null, actor: 'demo' }, options);
  if (!offered.ok) throw new Error(offered.error.code);
  const { outTradeNo } = offered.value.attempt;
  await tell('The channel gives a QR code; the payer scans it and begins to pay.', [`number at the channel ${outTradeNo}`, ...await lastExchange(desk, orderId)]);
  // Alipay's trade comes into being by scanning.
  await wallet.act('scan', { outTradeNo });
  await wallet.act('faults', { force: 'paid_after_close', outTradeNo });
  await wallet.act('faults', { force: 'notification_doubled', outTradeNo });
  const closed = await closeOrder(odb, channels, { orderId, reason: 'by_payer', actor: 'payer' }, options);
  if (!closed.ok || closed.value !== 'closed') throw new Error('the channel did not close the order');
  await tell('The payer goes back in the shop. The order is not closed here: the channel is asked to close it, and confirms. Only now it is closed.', await lastExchange(desk, orderId));
  return { orderId, outTradeNo };
}

async function payLate({ desk, policy, tell }: Case, { orderId, outTradeNo }: { orderId: string; outTradeNo: string }): Promise<void> {
  const deadline = performance.now() + LATE_MS_MAX;
  for (;;) {
    const trade = await desk.wallet.ask<{ paid: boolean; accepted: number; paidAt: string }>(`trade?outTradeNo=${outTradeNo}`);
    if (trade.paid && trade.accepted > 0) break;
    if (performance.now() > deadline) throw new Error('the simulated payer did not pay');
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
  await desk.payments.inbox.drain();
  await tell(policy === 'complete'
    ? 'The password typed before the closing is accepted after it: the channel takes the money and tells us, twice. The order is paid late, and the wallet has its money.'
    : 'The password typed before the closing is accepted after it: the channel takes the money and tells us, twice. The order stays closed; the money is put apart, in nobody\'s wallet.',
  await notificationsOf(desk, orderId));
  await desk.quiet();
  if (policy === 'refund') {
    await desk.pass(MS_PER_HOUR);
    await desk.quiet();
    await tell('The refund loop finds the money and sends it back under a number of its own; the channel says that the payer has it.', await refundsOf(desk, orderId));
  }
  await desk.pass(25 * MS_PER_HOUR);
  await desk.quiet();
  await tell('Another day goes by, as long as the channel might still tell something or be asked. Nothing changes.', []);
}

async function judge({ desk, memberId, policy, channel, amountMinor }: Case, story: OrderStory, outTradeNo: string): Promise<CaseCheck[]> {
  const truth = await desk.wallet.truth();
  const total = truth.find((line) => line.kind === 'total');
  const payment = truth.find((line) => line.kind === 'payment' && line.outTradeNo === outTradeNo);
  const refunds = truth.filter((line) => line.kind === 'refund' && line.outTradeNo === outTradeNo);
  const books = await booksOf(desk, memberId, channel);
  const count = (kind: string): number => story.timeline.filter((entry) => entry.kind === kind).length;
  const complete = policy === 'complete', amount = Number(amountMinor);
  return [
    { what: 'the channel closed the order and took the money after that', holds: payment?.paid === true && String(payment.paidAt) > String(payment.closedAt) },
    { what: complete ? 'the order is paid, and was credited once' : 'the order is still closed, and its money was found once', holds: complete ? story.order.state === 'paid' && count('paid_late') === 1 : story.order.state === 'closed' && count('surplus_found') === 1 },
    { what: complete ? 'nothing went back' : 'it was refunded once, in full, by the channel\'s own word', holds: complete ? refunds.length === 0 : refunds.length === 1 && refunds[0]!.state === 'success' && refunds[0]!.amountFen === amount },
    { what: `the wallet has ${yuan(complete ? amountMinor : 0n)}`, holds: books.walletMinor === (complete ? amountMinor : 0n) },
    { what: 'what the channel owes us is what it took less what it gave back', holds: books.channelMinor === BigInt(Number(total?.paidFen) - Number(total?.refundedFen)) },
    { what: 'nothing lies apart', holds: books.apartMinor === 0n },
  ];
}

async function booksOf({ odb, clock, accounts }: PaymentDesk, memberId: MemberId, channel: CaseChannel): Promise<CaseBooks> {
  const ledger = moneyLedger('CNY'), receivable = accountId('channel_receivable', ledger, accounts[channel]), apart = accountId('unapplied_payments', ledger, accounts[channel]);
  const found = new Map((await lookupAccounts(odb, [receivable, apart], { clock })).map((account) => [account.id, account]));
  const wallet = await odb.transaction((tx) => walletBalances(tx, [memberId], { clock }));
  const debit = found.get(receivable), credit = found.get(apart);
  return {
    walletMinor: wallet.get(memberId)?.availableMinor ?? 0n, channelMinor: debit === undefined ? 0n : debit.debitsPosted - debit.creditsPosted,
    apartMinor: credit === undefined ? 0n : credit.creditsPosted - credit.debitsPosted,
  };
}

async function storyOf({ odb }: PaymentDesk, orderId: string): Promise<OrderStory> {
  const story = await odb.transaction((tx) => orderStory(tx, orderId));
  if (story === null) throw new Error('the order is gone');
  return story;
}

const short = (text: string | null): string => (text ?? 'no answer').replaceAll(/\s+/g, ' ').slice(0, 90);
async function lastExchange(desk: PaymentDesk, orderId: string): Promise<string[]> {
  const last = (await storyOf(desk, orderId)).exchanges.at(-1);
  return last === undefined ? [] : [`call ${last.act}: ${last.outcome}, HTTP ${last.httpStatus ?? 'none'}${last.response ? `, ${short(last.response)}` : ''}`];
}
const notificationsOf = ({ odb }: PaymentDesk, orderId: string): Promise<string[]> => odb.transaction(async (tx) =>
  (await tx.query<{ line: string }>(
    `select format('notification %s: %s, then %s', right(n.notification_id::text, 8), n.verdict, coalesce(w.outcome, 'waiting')) as line from payments.notification_work w
     join payments.notification n on n.operator_id = w.operator_id and n.notification_id = w.notification_id where w.operator_id = $1 and w.order_id = $2 order by n.received_at, n.notification_id`,
    [odb.operatorId, orderId])).map(({ line }) => line));
const refundsOf = ({ odb }: PaymentDesk, orderId: string): Promise<string[]> => odb.transaction(async (tx) =>
  (await tx.query<{ line: string }>(
    `select format('refund %s over %s: %s', out_refund_no, amount_minor, state) as line from payments.refund_part where operator_id = $1 and order_id = $2`, [odb.operatorId, orderId])).map(({ line }) => line));

const timelineOf = ({ timeline }: OrderStory): string[] => timeline.map(({ kind, actor, happenedAt, detail }) =>
  `${toIso(addMs(happenedAt, 0))}  ${kind.padEnd(16)} ${actor.padEnd(8)} ${Object.entries(detail).filter(([, value]) => value !== null).map(([name, value]) => `${name}=${String(value)}`).join(' ')}`.slice(0, 200));

export const yuan = (minor: bigint): string => `¥${minor / 100n}.${String(minor % 100n).padStart(2, '0')}`;
