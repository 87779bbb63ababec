/** What happened to payments after they were paid, and that we did not ask for: taken back by payers' banks, given back on the merchant platform. Pure. */
import type { PaymentBooks } from './simulate-payments-books.ts';
import type { TruthLine } from './wallet-channel-process.ts';

const minor = (fen: unknown): bigint => BigInt(Number(fen));
const of = (truth: readonly TruthLine[], kind: string): TruthLine[] => truth.filter((line) => line.kind === kind);
const openOf = ({ breaks }: PaymentBooks, kind: string): ReadonlySet<string> => new Set(breaks.filter((found) => found.kind === kind && found.state === 'open').map(({ number }) => number));

export const isElsewhere = ({ kind, elsewhere, state }: TruthLine): boolean => kind === 'refund' && elsewhere === true && state === 'success';

/** What of it nobody has booked, because it waits for a person in a break, by merchant. */
export function notBooked(truth: readonly TruthLine[], books: PaymentBooks, merchantId: string): bigint {
  const chargebacks = openOf(books, 'chargeback'), elsewhere = openOf(books, 'refund_elsewhere');
  const own = truth.filter((line) => line.merchantId === merchantId);
  const taken = of(own, 'chargeback').reduce((sum, { flowNo, wonFlowNo, amountFen }) => sum + (chargebacks.has(String(flowNo)) ? minor(amountFen) : 0n) - (wonFlowNo !== null && chargebacks.has(String(wonFlowNo)) ? minor(amountFen) : 0n), 0n);
  return own.filter((line) => isElsewhere(line) && elsewhere.has(String(line.outRefundNo))).reduce((sum, { amountFen }) => sum + minor(amountFen), taken);
}

/** What channels took back and have not given again. */
export const takenBack = (truth: readonly TruthLine[], merchantId: string): bigint =>
  of(truth, 'chargeback').filter((line) => line.merchantId === merchantId && line.won !== true).reduce((sum, { amountFen }) => sum + minor(amountFen), 0n);

export const aftermathProblems = (truth: readonly TruthLine[], books: PaymentBooks): string[] => [...chargebackProblems(truth, books), ...elsewhereProblems(truth, books), ...breakProblems(truth, books)];

/** Each movement of a fund flow is one chargeback, or a break that a person sees; and no chargeback is without its movement. */
function chargebackProblems(truth: readonly TruthLine[], books: PaymentBooks): string[] {
  const open = openOf(books, 'chargeback'), lines = of(truth, 'chargeback'), flows = new Set(lines.map(({ flowNo }) => String(flowNo)));
  const booked = new Map(books.chargebacks.filter(({ source }) => source === 'fund_flow' || source === 'person').map((one) => [flows.has(one.reference) ? one.reference : one.otherReference ?? one.reference, one]));
  return [
    ...lines.flatMap(({ flowNo, wonFlowNo, amountFen, won, outTradeNo }) => {
      const one = booked.get(String(flowNo));
      if (!one) return open.has(String(flowNo)) ? [] : [`chargeback ${String(flowNo)} of ${String(outTradeNo)} is nowhere`];
      if (one.amountMinor !== minor(amountFen) || one.outTradeNo !== outTradeNo) return [`chargeback ${String(flowNo)}: ${String(amountFen)} of ${String(outTradeNo)} at the channel, ${one.amountMinor} of ${one.outTradeNo} here`];
      return (one.state === 'won') === (won === true) || open.has(String(wonFlowNo)) ? [] : [`chargeback ${String(flowNo)} is ${one.state} here and ${won === true ? 'won' : 'not won'} at the channel`];
    }),
    ...[...booked].filter(([reference]) => !flows.has(reference)).map(([reference]) => `chargeback ${reference} was never made by a channel`),
  ];
}

/** What was given back elsewhere of each payment is known here, to the fen, but for what waits for a person. */
function elsewhereProblems(truth: readonly TruthLine[], books: PaymentBooks): string[] {
  const open = openOf(books, 'refund_elsewhere'), there = new Map<string, bigint>();
  for (const line of truth) if (isElsewhere(line) && !open.has(String(line.outRefundNo))) there.set(String(line.outTradeNo), (there.get(String(line.outTradeNo)) ?? 0n) + minor(line.amountFen));
  const here = new Map(books.attempts.map(({ outTradeNo, elsewhereMinor }) => [outTradeNo, elsewhereMinor]));
  for (const { outTradeNo, source, amountMinor } of books.chargebacks) if (source === 'refund_elsewhere') here.set(outTradeNo, (here.get(outTradeNo) ?? 0n) + amountMinor);
  const waiting = new Set(truth.filter((line) => isElsewhere(line) && open.has(String(line.outRefundNo))).map(({ outTradeNo }) => String(outTradeNo)));
  return [...new Set([...there.keys(), ...here.keys()])].filter((number) => !waiting.has(number) && (there.get(number) ?? 0n) !== (here.get(number) ?? 0n))
    .map((number) => `${number}: ${there.get(number) ?? 0n} given back elsewhere at the channel, ${here.get(number) ?? 0n} known here`);
}

/** Breaks of these kinds have what they are about. */
function breakProblems(truth: readonly TruthLine[], { breaks }: PaymentBooks): string[] {
  const flows = new Set(of(truth, 'chargeback').flatMap(({ flowNo, wonFlowNo }) => [String(flowNo), String(wonFlowNo)])), refunds = new Set(truth.filter(isElsewhere).map(({ outRefundNo }) => String(outRefundNo)));
  // Alipay shows a payment in the wrong state as a refund under the payment's own number.
  const planted = new Set(truth.filter(({ kind, fault }) => kind === 'bill_fault' && fault === 'bill_state_differs').map(({ outTradeNo }) => String(outTradeNo)));
  return breaks.flatMap(({ kind, number }) => (kind === 'chargeback' && !flows.has(number)) || (kind === 'refund_elsewhere' && !refunds.has(number) && !planted.has(number)) ? [`statement: ${kind} of ${number} has no reason`] : []);
}
