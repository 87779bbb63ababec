import assert from 'node:assert/strict';
import { after, describe, it } from 'node:test';
import { openTestDatabase } from '../../test/support/database.ts';
import { addMs, MS_PER_MINUTE } from '../kernel/index.ts';
import { createMember, createOperator } from '../modules/parties/index.ts';
import { applyForRefund, auditRefund, offerOrder, openOrder, refundAccounts, STATEMENT_KINDS } from '../modules/payments/index.ts';
import { businessDateOf, fetchStatement, setFeeRate, settleDay, type DayReport } from '../modules/reconciliation/index.ts';
import { walletBalances } from '../modules/wallets/index.ts';
import { newUuid } from '../platform/clock/index.ts';
import { openPaymentDesk, type PaymentDesk } from './payment-desk.ts';
import { auditSummary } from './simulate-audit.ts';

const test = await openTestDatabase();
const AMOUNTS = [10_000n, 20_000n, 30_000n, 40_000n, 50_000n, 60_000n, 70_000n, 80_000n] as const;
const PAYOUT_MINOR = 90_000n;
/** What is planted in the bill, each at a payment of its own, and what has to come of it. */
const FOUND = { bill_row_missing: ['missing_there'], bill_amount_differs: ['amount_differs'], bill_fee_differs: ['fee_differs'], bill_row_extra: ['foreign'], bill_row_duplicated: ['duplicate'] } as const;
/** Alipay's bill has no column for a payment's state: one in the wrong state is there as a refund that nobody made, and missing as a payment. */
const PLANTED = { wechatpay: { ...FOUND, bill_state_differs: ['state_differs'] }, alipay: { ...FOUND, bill_state_differs: ['missing_there', 'refund_elsewhere'] } } as const;

type Sold = { readonly orderId: string; readonly outTradeNo: string; readonly amountMinor: bigint };
const created = await createOperator(test.database, { code: `day-${newUuid().slice(-12)}`, name: 'Volt', currency: 'CNY', timeZone: 'Asia/Shanghai' });
assert.ok(created.ok);
const operatorId = created.value;
const desk = await openPaymentDesk(test.database, { operatorId, environment: 'D', seed: 3, timeFactor: 0.001 });
after(() => desk.close());
// Away from midnight in China, so that it is one day.
if (businessDateOf(addMs(desk.clock.now(), 10 * MS_PER_MINUTE)) !== businessDateOf(desk.clock.now())) await desk.pass(10 * MS_PER_MINUTE);
const date = businessDateOf(desk.clock.now());
const memberId = await desk.odb.transaction((tx) => createMember(tx, { displayName: 'Lin' }));

async function sell({ odb, channels, accounts, options, wallet }: PaymentDesk, channel: 'wechatpay' | 'alipay', amountMinor: bigint, fault?: string): Promise<Sold> {
  const opened = await odb.transaction((tx) => openOrder(tx, { commandId: newUuid(), environment: 'D', purpose: 'wallet_top_up', subjectId: memberId, memberId, amountMinor, description: 'Top-up', createdBy: 'test' }, options));
  assert.ok(opened.ok);
  const offered = await offerOrder(odb, channels, { orderId: opened.value.orderId, merchantAccountId: accounts[channel], method: 'native_qr', payer: null, payerIp: null, actor: 'test' }, options);
  assert.ok(offered.ok);
  const { outTradeNo } = offered.value.attempt;
  if (fault) await wallet.act('faults', { force: fault, outTradeNo });
  await wallet.act('pay', { outTradeNo });
  return { orderId: opened.value.orderId, outTradeNo, amountMinor };
}
const rows = <R extends Record<string, unknown>>(sql: string, ...more: unknown[]): Promise<R[]> => desk.odb.transaction((tx) => tx.query<R>(sql, [operatorId, ...more]));
const breaksOf = (account: string) => rows<{ kind: string; number: string; state: string; resolution: string | null; difference: bigint }>(
  'select kind, number, state, resolution, difference_minor as difference from reconciliation.break where operator_id = $1 and merchant_account_id = $2 order by kind, number', account);
const postingsOf = (account: string) => rows<{ kind: string; amount: bigint }>('select kind, amount_minor as amount from reconciliation.posting where operator_id = $1 and merchant_account_id = $2 order by kind', account);
const balance = async (): Promise<bigint> => (await desk.odb.transaction((tx) => walletBalances(tx, [memberId], desk.options))).get(memberId)?.balanceMinor ?? 0n;
async function settle(channel: 'wechatpay' | 'alipay'): Promise<DayReport> {
  const day = { merchantAccountId: desk.accounts[channel], businessDate: date, currency: 'CNY' as const, actor: 'test' };
  for (const kind of STATEMENT_KINDS) {
    const fetched = await fetchStatement(desk.odb, day, kind, { ...desk.options, channels: desk.channels });
    assert.ok(fetched.ok, JSON.stringify(fetched));
  }
  const report = await settleDay(desk.odb, day, { ...desk.options, channels: desk.channels });
  assert.ok(report);
  return report;
}

describe("a day against both channels' own bills", () => {
  for (const channel of ['wechatpay', 'alipay'] as const) {
    it(`C-22 ${channel}: each planted difference is found exactly once, what was lost comes in, fees and payouts are booked, and the books are in order`, async () => {
      const account = desk.accounts[channel], faults: readonly (readonly [string, readonly string[]])[] = Object.entries(PLANTED[channel]), before = await balance();
      await desk.odb.transaction((tx) => setFeeRate(tx, { merchantAccountId: account, validFrom: '2026-01-01', ratePpm: 6_000n, changedBy: 'test', at: desk.clock.now() }));
      // Later than whatever was paid before by more than the second that Alipay keeps: a refund goes to the newest payments.
      await desk.pass(MS_PER_MINUTE);
      const sold: Sold[] = [];
      for (const amountMinor of AMOUNTS) sold.push(await sell(desk, channel, amountMinor));
      await desk.quiet();
      const accounts = await refundAccounts(desk.odb, desk.channels, memberId);
      const refund = await desk.odb.transaction((tx) => applyForRefund(tx, accounts, { commandId: newUuid(), memberId, amountMinor: 1_000n, reason: 'too much', appliedBy: 'clerk' }, desk.options));
      assert.ok(refund.ok);
      assert.ok((await desk.odb.transaction((tx) => auditRefund(tx, { refundId: refund.value.refund.refundId, decision: 'approve', by: 'manager', note: null }, desk.options))).ok);
      await desk.quiet();
      await desk.pass(MS_PER_MINUTE);
      await desk.quiet();
      const lost = await sell(desk, channel, 12_000n, 'notification_lost');
      const { merchantId } = (await desk.wallet.ask<{ channel: string; merchantId: string }[]>('merchants')).find((merchant) => merchant.channel === channel)!;
      await desk.wallet.act('pay-out', { merchantId, amountFen: Number(PAYOUT_MINOR) });
      const wrong = new Map(faults.map(([fault, kinds], index) => [fault, { kinds, sold: sold[index]! }]));
      for (const [fault, { sold: { outTradeNo } }] of wrong) await desk.wallet.act('faults', { force: fault, outTradeNo });
      await desk.wallet.act('bills', { date });

      const report = await settle(channel);
      const found = await breaksOf(account);
      assert.deepEqual(found.map(({ kind }) => kind), [...faults.flatMap(([, kinds]) => [...kinds]), 'missing_here'].toSorted());
      // An invented row has a number of its own.
      for (const [fault, { kinds, sold: { outTradeNo } }] of wrong) if (fault !== 'bill_row_extra') assert.deepEqual(found.filter(({ number }) => number === outTradeNo).map(({ kind, state }) => [kind, state]), kinds.map((kind) => [kind, 'open']), fault);
      assert.deepEqual(found.filter(({ kind }) => kind === 'missing_here').map(({ number, resolution }) => [number, resolution]), [[lost.outTradeNo, 'recovered']]);
      assert.equal(await balance() - before, AMOUNTS.reduce((sum, one) => sum + one, 12_000n) - 1_000n, 'the lost payment was credited, once');
      assert.deepEqual(await postingsOf(account), [{ kind: 'fees', amount: report.theirs.feesMinor }, { kind: 'payout', amount: PAYOUT_MINOR }]);
      const [flow] = await rows<Record<string, bigint | null>>(
        'select paid_minor as paid, refunded_minor as refunded, paid_out_minor as "paidOut", opening_minor as opening, closing_minor as closing, broken_at_line as broken from reconciliation.fund_flow where operator_id = $1 and merchant_account_id = $2', account);
      assert.deepEqual(flow && { paid: flow.paid, refunded: flow.refunded, paidOut: flow.paidOut, opening: flow.opening, broken: flow.broken },
        { paid: AMOUNTS.reduce((sum, one) => sum + one, 12_000n), refunded: 1_000n, paidOut: PAYOUT_MINOR, opening: 0n, broken: null });

      await settle(channel);
      assert.deepEqual(await breaksOf(account), found, 'settling again changes nothing');
      assert.equal((await postingsOf(account)).length, 2);
      const audit = await auditSummary({ database: test.database }, operatorId);
      assert.ok(audit.balanced, JSON.stringify(audit, (_name, value: unknown) => (typeof value === 'bigint' ? String(value) : value)));
    });
  }
});
