import { seededRandom, type Random } from '../charge-point/random.ts';

/**
 * Everything that may go wrong, each with the probability that it does. What is drawn depends on the seed and on the how-manieth trade, request, refund or
 * notification it is, not on time. A fault that really happened to a trade is named in its line of truth.
 */
export const FAULTS = {
  notification_lost: 'no notification of this event is ever sent',
  notification_first_lost: 'the first sending does not arrive; the repeats do',
  notification_doubled: 'sent twice at once, with the same id',
  notification_late: 'the first sending waits 1 to 60 minutes (times the time factor)',
  notification_early: 'the payer pays at once, and the notification is sent before the creating call is answered',
  notification_out_of_order: 'held back until the next notification to the same merchant was sent',
  notification_forged: 'a forged one comes first: signed with another key, its amount tampered with, or an old one repeated',
  notification_forged_unpaid: 'a forged one says of an order that nobody pays that it is paid',
  notification_signature_probe: 'WeChat Pay: the signature begins with WECHATPAY/SIGNTEST/ and must be refused; the genuine one follows',
  notification_wrong_amount: 'genuinely signed, with an amount one yuan too high',
  notification_wrong_app: 'genuinely signed, naming an app that is not the merchant’s',
  answer_lost: 'the act is done, the answer never comes: the connection stays open until the caller gives up',
  cut_before: 'the connection is cut, nothing was done',
  cut_after: 'the act is done, the connection is cut before the answer',
  server_error_before: 'the channel says SYSTEM_ERROR, nothing was done',
  server_error_after: 'the act is done, the channel says SYSTEM_ERROR',
  bad_gateway: '502 with an HTML page, nothing was done',
  frequency_limited: 'the channel says FREQUENCY_LIMITED, nothing was done',
  answer_slow: 'the answer takes 1 to 8 seconds (times the time factor)',
  answer_forged: 'the signature of the answer is wrong',
  paid_before_close: 'the payer pays just before the close is worked on: the close is refused',
  paid_after_close: 'the close is confirmed, and a payment already under way succeeds all the same',
  paid_twice: 'the payer also pays another open order whose number differs in its last two characters only',
  user_must_confirm: 'a payment code below the limit needs the password all the same',
  code_payment_fails: 'the payment by code is refused: the payer has not got enough',
  refund_unknown: 'the refund is accepted, the channel says SYSTEM_ERROR',
  refund_refused: 'the refund is refused: the merchant has not got enough; asked again it goes through',
  refund_slow: 'the refund stays in process for an hour (times the time factor)',
  refund_abnormal: 'the payer’s account cannot take the refund (WeChat Pay)',
  refund_closed: 'the refund is closed without money (WeChat Pay)',
  chargeback: 'hours after it was paid the payer’s bank takes a payment back, or half of it: the fund flow tells, nothing else does',
  chargeback_won: 'what was taken back is given back hours later: the dispute was won',
  refund_elsewhere: 'hours after it was paid somebody gives a part of a payment, or all of it, back on the merchant platform: the bills tell, and Alipay’s notification',
  bill_row_missing: 'a row is left out of the bill',
  bill_row_extra: 'a row of a payment that never was is added',
  bill_row_duplicated: 'a row is there twice',
  bill_amount_differs: 'the amount of a row is one fen more',
  bill_state_differs: 'WeChat Pay: a payment is shown as revoked, a refund in a payment’s state; Alipay, which shows no states: a payment as a refund, a refund as a payment, totals included',
  bill_fee_differs: 'the commission of a row is one fen more',
  bill_old_header: 'the whole bill has the header of older merchants',
  bill_comma_in_goods_name: 'a goods name holds a comma (and, with WeChat Pay, backticks)',
  bill_totals_differ: 'the totals at the end do not fit the rows',
  bill_hash_differs: 'the hash told for the bill is not that of its text',
} as const;
export type FaultName = keyof typeof FAULTS;
export type FaultRates = Partial<Record<FaultName, number>>;

export const ACTS = ['create', 'pay_with_code', 'query', 'close', 'reverse', 'refund', 'query_refund', 'statement', 'certificates'] as const;
export type Act = (typeof ACTS)[number];
export type Forced = { readonly outTradeNo?: string | undefined; readonly act?: Act | undefined; readonly times?: number | undefined };

export type Faults = {
  /** Whether the fault happens to this subject (`t17`, `n5`, …). */
  happens(name: FaultName, subject: string, outTradeNo?: string, act?: Act): boolean;
  random(subject: string): Random;
  rates(): FaultRates;
  setRates(rates: FaultRates): void;
  /** The next subject gets it, whatever the rates; only one of this order, or (faults of answers) only a call of this kind. */
  force(name: FaultName, options?: Forced): void;
  /** How often each happened. */
  counts(): Partial<Record<FaultName, number>>;
};

export function seededFaults(seed: number, initial: FaultRates): Faults {
  const source = seededRandom(seed);
  let rates: FaultRates = checked(initial);
  let forced: { name: FaultName; outTradeNo: string | undefined; act: Act | undefined; times: number }[] = [];
  const counts: Partial<Record<FaultName, number>> = {};
  const takeForced = (name: FaultName, outTradeNo: string | undefined, act: Act | undefined): boolean => {
    const found = forced.length === 0 ? undefined
      : forced.find((entry) => entry.name === name && (entry.outTradeNo === undefined || entry.outTradeNo === outTradeNo) && (entry.act === undefined || entry.act === act));
    if (!found) return false;
    if (--found.times === 0) forced = forced.filter((entry) => entry !== found);
    return true;
  };
  return {
    happens(name, subject, outTradeNo, act) {
      const rate = rates[name] ?? 0;
      const happens = takeForced(name, outTradeNo, act) || (rate > 0 && source.fork(`${name}/${subject}`).chance(rate));
      if (happens) counts[name] = (counts[name] ?? 0) + 1;
      return happens;
    },
    random: (subject) => source.fork(subject),
    rates: () => rates,
    setRates: (next) => { rates = checked(next); },
    force: (name, options) => { checked({ [name]: 1 }); forced.push({ name, outTradeNo: options?.outTradeNo, act: options?.act, times: options?.times ?? 1 }); },
    counts: () => ({ ...counts }),
  };
}

function checked(rates: FaultRates): FaultRates {
  for (const [name, rate] of Object.entries(rates)) {
    if (!(name in FAULTS)) throw new Error(`no such fault: ${name}; there are ${Object.keys(FAULTS).join(', ')}`);
    if (typeof rate !== 'number' || !(rate >= 0 && rate <= 1)) throw new Error(`the rate of ${name} is no probability: ${String(rate)}`);
  }
  return { ...rates };
}
