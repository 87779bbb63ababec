import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { MemberId } from '../kernel/index.ts';
import type { BookedAttempt, BookedGifts, BookedPart, PaymentBooks } from './simulate-payments-books.ts';
import { comparePayments, countPaymentFaults } from './simulate-payments-compare.ts';
import type { TruthLine } from './wallet-channel-process.ts';

const payment = (more: Record<string, unknown> = {}): TruthLine => ({ kind: 'payment', merchantId: 'm', outTradeNo: 'T1', state: 'paid', paid: true, amountFen: 500, refundedFen: 0, faults: [], ...more });
const attempt = (more: Partial<BookedAttempt> = {}): BookedAttempt =>
  ({ outTradeNo: 'T1', orderId: 'o', merchantId: 'm', state: 'paid', disposition: 'applied', paidMinor: 500n, surplusReason: null, surplusState: null, automatic: null, elsewhereMinor: 0n, ...more });
const books = (more: Partial<PaymentBooks> = {}): PaymentBooks => ({
  orders: [{ orderId: 'o', memberId: 'x', state: 'paid', amountMinor: 500n }], attempts: [attempt()], parts: [], breaks: [], chargebacks: [], gifts: { cashback: [], takeBacks: [], coupons: [] }, wallets: new Map([['x', 500n]]), owed: new Map(),
  accounts: new Map([['m', { receivableMinor: 497n, feesMinor: 3n, apartMinor: 0n }]]), ...more,
});
const part = (more: Partial<BookedPart> = {}): BookedPart => ({ outRefundNo: 'R1', orderId: 'o', source: 'wallet', memberId: 'x', state: 'succeeded', refundState: 'refunded', amountMinor: 200n, ...more });
const refund: TruthLine = { kind: 'refund', merchantId: 'm', outTradeNo: 'T1', outRefundNo: 'R1', amountFen: 200, state: 'success' };

describe('comparing payments with what the channels say', () => {
  it('finds nothing where the books are right, with a refund too', () => {
    assert.deepEqual(comparePayments([payment()], books()), { payments: [{ outTradeNo: 'T1', faults: [], verdict: 'credited', why: null }], problems: [] });
    const after = books({ parts: [part()], wallets: new Map([['x', 300n]]), accounts: new Map([['m', { receivableMinor: 297n, feesMinor: 3n, apartMinor: 0n }]]) });
    assert.deepEqual(comparePayments([payment({ refundedFen: 200 }), refund], after).problems, []);
  });

  it('finds a payment that was lost, one that nobody made, and one of another amount', () => {
    const lost = comparePayments([payment()], books({ orders: [{ orderId: 'o', memberId: 'x', state: 'closed', amountMinor: 500n }], attempts: [attempt({ state: 'closed', disposition: null, paidMinor: null })], wallets: new Map(), accounts: new Map([['m', { receivableMinor: 0n, feesMinor: 0n, apartMinor: 0n }]]) }));
    assert.equal(lost.payments[0]!.verdict, 'wrong');
    assert.match(lost.problems.join('\n'), /the channel took 500/);
    assert.equal(comparePayments([payment({ paid: false, state: 'closed' })], books()).payments[0]!.verdict, 'wrong');
    assert.equal(comparePayments([payment({ amountFen: 400 })], books()).payments[0]!.verdict, 'wrong');
    assert.match(comparePayments([], books()).problems.join('\n'), /paid here, and the channel does not know it/);
  });

  it('finds one fen too many in a wallet and at a channel, an order that was paid twice, and one that is still open', () => {
    assert.match(comparePayments([payment()], books({ wallets: new Map([['x', 501n]]) })).problems.join('\n'), /wallet of x has 501 and should have 500/);
    assert.match(comparePayments([payment()], books({ accounts: new Map([['m', { receivableMinor: 498n, feesMinor: 3n, apartMinor: 0n }]]) })).problems.join('\n'), /498 owed/);
    assert.match(comparePayments([payment(), payment({ outTradeNo: 'T2' })], books({ attempts: [attempt(), attempt({ outTradeNo: 'T2' })] })).problems.join('\n'), /paid with 2 payments applied/);
    assert.match(comparePayments([payment()], books({ orders: [{ orderId: 'o', memberId: 'x', state: 'closing', amountMinor: 500n }] })).problems.join('\n'), /still closing/);
  });

  it('finds a refund that only one side knows, and money that was to go back and did not', () => {
    assert.match(comparePayments([payment(), refund], books()).problems.join('\n'), /refund R1 is not ours/);
    assert.match(comparePayments([payment()], books({ parts: [part()] })).problems.join('\n'), /refund R1 is succeeded here and unknown at the channel/);
    const kept = attempt({ disposition: 'surplus', surplusReason: 'late_payment', surplusState: 'refunding', automatic: true });
    assert.equal(comparePayments([payment()], books({ attempts: [kept] })).payments[0]!.verdict, 'wrong');
    assert.equal(comparePayments([payment({ refundedFen: 500 })], books({ attempts: [{ ...kept, surplusState: 'refunded' }] })).payments[0]!.verdict, 'returned');
    assert.equal(comparePayments([payment()], books({ attempts: [{ ...kept, automatic: false }] })).payments[0]!.verdict, 'person');
  });

  it('finds a difference in a statement that nobody found, and a break that has no reason', () => {
    const planted: TruthLine = { kind: 'bill_fault', fault: 'bill_amount_differs', merchantId: 'm', outTradeNo: 'T1', outRefundNo: null };
    assert.match(comparePayments([payment(), planted], books()).problems.join('\n'), /bill_amount_differs of T1 was not found/);
    const found = books({ breaks: [{ number: 'T1', kind: 'amount_differs', state: 'open' }] });
    assert.deepEqual(comparePayments([payment(), planted], found).problems, []);
    assert.match(comparePayments([payment()], found).problems.join('\n'), /amount_differs of T1 was not planted/);
  });

  it('knows a refund that a statement shows as a payment by both of its numbers', () => {
    const planted: TruthLine = { kind: 'bill_fault', fault: 'bill_state_differs', merchantId: 'm', outTradeNo: 'T1', outRefundNo: 'R1' };
    const both = books({ breaks: [{ number: 'R1', kind: 'missing_there', state: 'open' }, { number: 'T1', kind: 'duplicate', state: 'open' }] });
    assert.deepEqual(comparePayments([payment(), planted], both).problems, []);
    assert.match(comparePayments([payment(), planted], books({ breaks: [{ number: 'T1', kind: 'duplicate', state: 'open' }] })).problems.join('\n'), /bill_state_differs of R1 was not found/);
  });

  it('looks for no break of a payment that is left out where its whole refund, shown as a payment, stands in its place on that day; of the refund it does', () => {
    const planted = (fault: string, outRefundNo: string | null, date = '2026-11-23'): TruthLine => ({ kind: 'bill_fault', fault, merchantId: 'm', date, outTradeNo: 'T1', outRefundNo });
    const problems = (...lines: TruthLine[]) => comparePayments([payment(), ...lines], books({ breaks: [{ number: 'R1', kind: 'missing_there', state: 'open' }] })).problems;
    const shown = planted('bill_state_differs', 'R1');
    assert.deepEqual(problems(planted('bill_row_missing', null), shown), []);
    assert.deepEqual(problems(planted('bill_row_missing', null, '2026-11-22'), shown), ['statement: bill_row_missing of T1 was not found'], 'on another day the payment itself is missing');
    assert.match(comparePayments([payment(), planted('bill_row_missing', null), shown], books({})).problems.join('\n'), /bill_state_differs of R1 was not found/);
  });

  it('looks for no break where a refund that failed is left out of a statement, and for one where a refund that went out is', () => {
    const planted: TruthLine = { kind: 'bill_fault', fault: 'bill_row_missing', merchantId: 'm', outTradeNo: 'T1', outRefundNo: 'R1' };
    const withPart = (state: BookedPart['state']) => comparePayments([payment(), planted], books({ parts: [part({ state })] })).problems.join('\n');
    assert.doesNotMatch(withPart('failed'), /bill_row_missing/);
    assert.match(withPart('succeeded'), /bill_row_missing of R1 was not found/);
  });

  it('finds a chargeback that is nowhere, one of another amount, one that nobody made, and lets one wait in a break', () => {
    const taken: TruthLine = { kind: 'chargeback', merchantId: 'm', outTradeNo: 'T1', flowNo: 'F1', amountFen: 100, won: false, wonFlowNo: null }, line = payment({ chargedBackFen: 100 });
    const booked = { reference: 'F1', otherReference: null, outTradeNo: 'T1', memberId: 'x', amountMinor: 100n, source: 'fund_flow', state: 'open' };
    const after = { chargebacks: [booked], wallets: new Map([['x', 430n]]), owed: new Map([['x', 30n]]), accounts: new Map([['m', { receivableMinor: 397n, feesMinor: 3n, apartMinor: 0n }]]) };
    assert.deepEqual(comparePayments([line, taken], books(after)).problems, []);
    assert.match(comparePayments([line, taken], books()).problems.join('\n'), /chargeback F1 of T1 is nowhere/);
    assert.deepEqual(comparePayments([line, taken], books({ breaks: [{ number: 'F1', kind: 'chargeback', state: 'open' }] })).problems, []);
    assert.match(comparePayments([line, taken], books({ ...after, chargebacks: [{ ...booked, amountMinor: 99n }] })).problems.join('\n'), /100 of T1 at the channel, 99 of T1 here/);
    assert.match(comparePayments([payment()], books(after)).problems.join('\n'), /F1 was never made by a channel/);
    assert.match(comparePayments([line, { ...taken, won: true, wonFlowNo: 'F2' }], books(after)).problems.join('\n'), /is open here and won at the channel/);
  });

  it('finds what was given back elsewhere and is not known here, and a break about it that has no reason', () => {
    const back: TruthLine = { kind: 'refund', merchantId: 'm', outTradeNo: 'T1', outRefundNo: 'MP1', amountFen: 50, state: 'success', elsewhere: true }, line = payment({ refundedFen: 50 });
    const booked = { reference: 'MP1', otherReference: null, outTradeNo: 'T1', memberId: 'x', amountMinor: 50n, source: 'refund_elsewhere', state: 'lost' };
    const account = { accounts: new Map([['m', { receivableMinor: 447n, feesMinor: 3n, apartMinor: 0n }]]), wallets: new Map([['x', 450n]]) };
    assert.deepEqual(comparePayments([line, back], books({ ...account, chargebacks: [booked] })).problems, []);
    assert.deepEqual(comparePayments([line, back], books({ ...account, attempts: [attempt({ elsewhereMinor: 50n })] })).problems, [], 'known when it was credited');
    assert.match(comparePayments([line, back], books()).problems.join('\n'), /T1: 50 given back elsewhere at the channel, 0 known here/);
    assert.deepEqual(comparePayments([line, back], books({ breaks: [{ number: 'MP1', kind: 'refund_elsewhere', state: 'open' }] })).problems, []);
    assert.match(comparePayments([payment()], books({ breaks: [{ number: 'MP2', kind: 'refund_elsewhere', state: 'open' }] })).problems.join('\n'), /refund_elsewhere of MP2 has no reason/);
  });

  it('counts a payment with two faults under both', () => {
    const rows = countPaymentFaults([{ outTradeNo: 'T1', faults: ['a', 'b', 'a'], verdict: 'credited', why: null }, { outTradeNo: 'T2', faults: [], verdict: 'unpaid', why: null }]);
    assert.deepEqual(rows.map(({ fault, payments, credited, unpaid }) => [fault, payments, credited, unpaid]), [['none', 1, 0, 1], ['a', 1, 1, 0], ['b', 1, 1, 0]]);
  });

  describe('what was given for payments', () => {
    const paid = 30_000n, truth = [payment({ amountFen: Number(paid) })];
    const given = (more: Partial<BookedGifts> = {}): BookedGifts => ({ cashback: [{ orderId: 'o', memberId: 'x' as MemberId, givenMinor: 1_501n, takenMinor: 0n }], takeBacks: [], coupons: [{ orderId: 'o', coupons: 2, takenBack: 0 }], ...more });
    const of = (gifts: BookedGifts, more: Partial<PaymentBooks> = {}): string => comparePayments(truth, books({
      orders: [{ orderId: 'o', memberId: 'x', state: 'paid', amountMinor: paid }], attempts: [attempt({ paidMinor: paid })], gifts, wallets: new Map([['x', paid + gifts.cashback.reduce((sum, one) => sum + one.givenMinor - one.takenMinor, 0n)]]),
      accounts: new Map([['m', { receivableMinor: paid, feesMinor: 0n, apartMinor: 0n }]]), ...more,
    })).problems.join('\n');

    it('is in the wallet, and is found where it is missing, of another tier, or for nothing', () => {
      assert.equal(of(given()), '');
      assert.match(of(given({ cashback: [] })), /was given 0 of cashback and not 1501/);
      assert.match(of(given({ cashback: [{ ...given().cashback[0]!, givenMinor: 333n }] })), /was given 333 of cashback and not 1501/);
      assert.match(of(given({ cashback: [...given().cashback, { ...given().cashback[0]!, orderId: 'other' }] })), /cashback was given for other, which nobody paid/);
      assert.match(of(given({ coupons: [] })), /was given 0 coupons and not 2/);
    });

    it('goes back in proportion and no further, and coupons once too little is left', () => {
      const chargebacks = [{ reference: 'F', otherReference: null, outTradeNo: 'T1', memberId: 'x', amountMinor: 15_000n, source: 'reversal', state: 'lost' }];
      const back = (takenMinor: bigint, takenBack: number): string => of(
        given({ cashback: [{ ...given().cashback[0]!, takenMinor }], takeBacks: [{ orderId: 'o', wentBackMinor: 15_000n, takenMinor, returned: false }], coupons: [{ orderId: 'o', coupons: 2, takenBack }] }),
        { chargebacks, wallets: new Map([['x', 15_000n + 1_501n - takenMinor]]), accounts: new Map([['m', { receivableMinor: paid, feesMinor: 0n, apartMinor: 0n }]]) });
      assert.equal(back(751n, 2), '');
      assert.match(back(752n, 2), /752 of 1501 was taken back by acts that took 752 with 15000/);
      assert.match(back(751n, 0), /of which 15000 is left: 0 coupons were taken back and not 2/);
    });
  });
});
