import { aftermathProblems, isElsewhere, notBooked, takenBack } from './simulate-payments-aftermath.ts';
import type { BookedAttempt, BookedPart, PaymentBooks } from './simulate-payments-books.ts';
import { cashbackKept, giftProblems } from './simulate-payments-gifts.ts';
import type { TruthLine } from './wallet-channel-process.ts';

/**
 * What became of one payment that the channel knows. `credited`: it paid its order. `returned`: not due, and the payer has it back. `person`: not due and put apart for a
 * person, who is shown why. `undone`: taken by code and taken back. `unpaid`: no money, here and there. `wrong`: the books and the channel differ.
 */
export const PAYMENT_VERDICTS = ['credited', 'returned', 'person', 'undone', 'unpaid', 'wrong'] as const;
export type PaymentVerdict = (typeof PAYMENT_VERDICTS)[number];
export type JudgedPayment = { readonly outTradeNo: string; readonly faults: readonly string[]; readonly verdict: PaymentVerdict; readonly why: string | null };
export type PaymentComparison = { readonly payments: readonly JudgedPayment[]; readonly problems: readonly string[] };

const SETTLED_ORDERS: ReadonlySet<string> = new Set(['paid', 'closed', 'expired']);
const LIVE_ATTEMPTS: ReadonlySet<string> = new Set(['created', 'unknown', 'open', 'user_paying', 'closing', 'reversing']);
/** A refund whose money has left the wallet. */
const TAKEN: ReadonlySet<string> = new Set(['approved', 'executing', 'refunded', 'partly_refunded', 'failed']);
const minor = (fen: unknown): bigint => BigInt(Number(fen));

/** Holds the platform's books against what the channels say really happened, to the fen. Pure. */
export function comparePayments(truth: readonly TruthLine[], books: PaymentBooks): PaymentComparison {
  const attempts = new Map(books.attempts.map((attempt) => [attempt.outTradeNo, attempt])), parts = Map.groupBy(books.parts, ({ orderId }) => orderId);
  const known = new Set<string>();
  const payments = truth.filter(({ kind, outTradeNo }) => kind === 'payment' && attempts.has(String(outTradeNo))).map((line) => {
    const attempt = attempts.get(String(line.outTradeNo))!;
    known.add(attempt.outTradeNo);
    return { outTradeNo: attempt.outTradeNo, faults: line.faults as string[], ...judge(line, attempt, parts.get(attempt.orderId) ?? []) };
  });
  return {
    payments,
    problems: [
      ...books.attempts.filter(({ outTradeNo, state }) => state === 'paid' && !known.has(outTradeNo)).map(({ outTradeNo }) => `${outTradeNo}: paid here, and the channel does not know it`),
      ...unsettled(books), ...paidOnce(books), ...refundProblems(truth, books), ...walletProblems(books), ...giftProblems(books), ...accountProblems(truth, books, attempts), ...statementProblems(truth, books), ...aftermathProblems(truth, books),
    ],
  };
}

function judge(line: TruthLine, attempt: BookedAttempt, parts: readonly BookedPart[]): { readonly verdict: PaymentVerdict; readonly why: string | null } {
  const wrong = (why: string) => ({ verdict: 'wrong' as const, why });
  const amount = minor(line.amountFen), taken = minor(line.chargedBackFen ?? 0), back = minor(line.refundedFen) + taken;
  if (line.paid !== true) return attempt.state === 'paid' ? wrong('the payer has not paid, and we say so') : { verdict: 'unpaid', why: null };
  if (attempt.state !== 'paid') return line.state === 'revoked' && back === amount ? { verdict: 'undone', why: null } : wrong(`paid at the channel (${String(line.state)}), ${attempt.state} here`);
  if (attempt.surplusReason !== null && attempt.automatic === false) return { verdict: 'person', why: attempt.surplusReason };
  if (attempt.paidMinor !== amount) return wrong(`${amount} at the channel, ${attempt.paidMinor} here`);
  if (attempt.disposition === 'applied') return { verdict: 'credited', why: null };
  if (attempt.surplusState === 'refunded' && back === amount) return { verdict: 'returned', why: attempt.surplusReason };
  // The payer's account could not take it, or the channel closed the refund: a person sees the case.
  if (taken > 0n) return { verdict: 'person', why: 'taken back while it was kept apart' };
  const stuck = parts.find(({ source, state }) => source === 'surplus' && (state === 'abnormal' || state === 'failed'));
  return stuck && back < amount ? { verdict: 'person', why: `refund ${stuck.state}` } : wrong(`surplus ${attempt.surplusState}, ${back} of ${amount} went back`);
}

const unsettled = ({ orders, attempts }: PaymentBooks): string[] => [
  ...orders.filter(({ state }) => !SETTLED_ORDERS.has(state)).map(({ orderId, state }) => `order ${orderId} is still ${state}`),
  ...attempts.filter(({ state }) => LIVE_ATTEMPTS.has(state)).map(({ outTradeNo, state }) => `attempt ${outTradeNo} is still ${state}`),
];

function paidOnce({ orders, attempts }: PaymentBooks): string[] {
  const applied = Map.groupBy(attempts.filter(({ disposition }) => disposition === 'applied'), ({ orderId }) => orderId);
  return orders.flatMap(({ orderId, state, amountMinor }) => {
    const own = applied.get(orderId) ?? [];
    if (own.length !== (state === 'paid' ? 1 : 0)) return [`order ${orderId} is ${state} with ${own.length} payments applied`];
    return own.some(({ paidMinor }) => paidMinor !== amountMinor) ? [`order ${orderId} over ${amountMinor} was paid with another amount`] : [];
  });
}

function refundProblems(truth: readonly TruthLine[], { parts }: PaymentBooks): string[] {
  const there = new Map(truth.filter((line) => line.kind === 'refund' && !isElsewhere(line)).map((line) => [String(line.outRefundNo), line])), ours = new Set(parts.map(({ outRefundNo }) => outRefundNo));
  return [
    ...parts.flatMap(({ outRefundNo, state, amountMinor }) => {
      const line = there.get(outRefundNo), succeeded = line?.state === 'success';
      if (succeeded !== (state === 'succeeded')) return [`refund ${outRefundNo} is ${state} here and ${String(line?.state ?? 'unknown')} at the channel`];
      return succeeded && minor(line.amountFen) !== amountMinor ? [`refund ${outRefundNo} is ${amountMinor} here and ${String(line.amountFen)} at the channel`] : [];
    }),
    // A payment by code that is undone is refunded by the channel itself.
    ...[...there].filter(([outRefundNo, line]) => !ours.has(outRefundNo) && outRefundNo !== `R${String(line.outTradeNo)}`).map(([outRefundNo]) => `refund ${outRefundNo} is not ours`),
  ];
}

function walletProblems(books: PaymentBooks): string[] {
  const { orders, attempts, parts, chargebacks, wallets, owed } = books;
  const due = new Map([...wallets.keys()].map((memberId) => [memberId, 0n])), memberOf = new Map(orders.map(({ orderId, memberId }) => [orderId, memberId]));
  const add = (memberId: string, amount: bigint): void => void due.set(memberId, (due.get(memberId) ?? 0n) + amount);
  for (const { disposition, orderId, paidMinor, elsewhereMinor } of attempts) if (disposition === 'applied') add(memberOf.get(orderId)!, paidMinor! - elsewhereMinor);
  for (const { memberId, amountMinor, state } of chargebacks) if (state !== 'won') add(memberId, -amountMinor);
  for (const { source, memberId, state, refundState, amountMinor } of parts) if (source === 'wallet' && TAKEN.has(refundState) && state !== 'failed') add(memberId!, -amountMinor);
  for (const [memberId, amount] of cashbackKept(books)) add(memberId, amount);
  // What a wallet did not have is owed.
  const has = (memberId: string): bigint => (wallets.get(memberId) ?? 0n) - (owed.get(memberId) ?? 0n);
  return [...due].filter(([memberId, amount]) => has(memberId) !== amount).map(([memberId, amount]) => `wallet of ${memberId} has ${has(memberId)} and should have ${amount}`);
}

/** What a channel owes us, with the fees that it kept, is what it took less what it gave back. */
function accountProblems(truth: readonly TruthLine[], books: PaymentBooks, attempts: ReadonlyMap<string, BookedAttempt>): string[] {
  return [...books.accounts].flatMap(([merchantId, { receivableMinor, feesMinor }]) => {
    const own = truth.filter((line) => line.merchantId === merchantId);
    const took = own.filter(({ kind, paid }) => kind === 'payment' && paid === true).reduce((sum, line) => {
      const attempt = attempts.get(String(line.outTradeNo));
      // A notification that was signed with a wrong amount is kept apart as it was told, until a person looks.
      return sum + (attempt?.automatic === false && attempt.paidMinor !== null ? attempt.paidMinor : minor(line.amountFen));
    }, 0n);
    const gave = own.filter(({ kind, state }) => kind === 'refund' && state === 'success').reduce((sum, line) => sum + minor(line.amountFen), 0n);
    const back = gave + takenBack(truth, merchantId) - notBooked(truth, books, merchantId);
    return receivableMinor + feesMinor === took - back ? [] : [`${merchantId}: the channel took ${took} and gave back ${back}, the books have ${receivableMinor} owed and ${feesMinor} of fees`];
  });
}

/** Every difference that was planted in a statement is a break, and every break has its reason. */
function statementProblems(truth: readonly TruthLine[], { breaks, attempts, parts }: PaymentBooks): string[] {
  const differences = truth.filter(({ kind, fault }) => kind === 'bill_fault' && fault !== 'bill_comma_in_goods_name');
  const planted = new Map(differences.map((line) => [String(line.outRefundNo ?? line.outTradeNo), String(line.fault)]));
  // A refund that Alipay shows as a payment is missing under its own number, and stands there again under its payment's.
  const again = new Set(differences.filter(({ fault }) => fault === 'bill_state_differs').map(({ outTradeNo }) => String(outTradeNo)));
  const found = new Set(breaks.map(({ number }) => number));
  // A refund that failed after it was accepted gave nothing back: a statement without it agrees with the books.
  const gaveNothing = new Set(parts.filter(({ state }) => state === 'failed').map(({ outRefundNo }) => outRefundNo));
  const aftermath = new Set<string>(truth.flatMap((line) => (isElsewhere(line) ? [String(line.outRefundNo)] : line.kind === 'chargeback' ? [String(line.flowNo), String(line.wonFlowNo)] : [])));
  // On the day of a payment that is left out, its whole refund shown as a payment stands in its place: the statement agrees about the payment, and the refund is what is missing.
  const of = (fault: string, isRefund: boolean): TruthLine[] => differences.filter((line) => line.fault === fault && (typeof line.outRefundNo === 'string') === isRefund);
  const shownAsPayment = new Set(of('bill_state_differs', true).map(({ outTradeNo, date }) => `${String(outTradeNo)} ${String(date)}`));
  const inItsPlace = new Set(of('bill_row_missing', false).filter(({ outTradeNo, date }) => shownAsPayment.has(`${String(outTradeNo)} ${String(date)}`)).map(({ outTradeNo }) => String(outTradeNo)));
  const isToBeFound = (number: string, fault: string): boolean => fault !== 'bill_fee_differs' && !(fault === 'bill_row_missing' && (gaveNothing.has(number) || inItsPlace.has(number)));
  const apart = new Set([...attempts.filter(({ automatic }) => automatic === false).map(({ outTradeNo }) => outTradeNo), ...parts.filter(({ state }) => state === 'abnormal' || state === 'failed').map(({ outRefundNo }) => outRefundNo)]);
  const undone = new Set(truth.filter(({ state }) => state === 'revoked').flatMap(({ outTradeNo }) => [String(outTradeNo), `R${String(outTradeNo)}`]));
  return [
    ...[...planted].filter(([number, fault]) => !found.has(number) && isToBeFound(number, fault)).map(([number, fault]) => `statement: ${fault} of ${number} was not found`),
    ...breaks.filter(({ number, state }) => state === 'open' && !aftermath.has(number) && !planted.has(number) && !again.has(number) && !apart.has(number) && !undone.has(number)).map(({ number, kind }) => `statement: ${kind} of ${number} was not planted`),
  ];
}

export type PaymentFaultRow = Readonly<Record<PaymentVerdict, number>> & { readonly fault: string; readonly payments: number };
/** By fault; a payment with two faults counts under both, one without under "none". */
export function countPaymentFaults(payments: readonly JudgedPayment[]): PaymentFaultRow[] {
  const rows = new Map<string, Record<PaymentVerdict, number> & { fault: string; payments: number }>();
  for (const { faults, verdict } of payments) {
    for (const fault of faults.length > 0 ? new Set(faults) : ['none']) {
      const row = rows.get(fault) ?? { fault, payments: 0, credited: 0, returned: 0, person: 0, undone: 0, unpaid: 0, wrong: 0 };
      row.payments++;
      row[verdict]++;
      rows.set(fault, row);
    }
  }
  return [...rows.values()].sort((a, b) => (a.fault === 'none' ? -1 : b.fault === 'none' ? 1 : a.fault < b.fault ? -1 : 1));
}
