import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { openTestDatabase } from '../../../test/support/database.ts';
import { addMs, MS_PER_HOUR, type MemberId } from '../../kernel/index.ts';
import { manualClock, newUuid } from '../../platform/clock/index.ts';
import { sqlTimestamp } from '../../platform/database/index.ts';
import { accountId, accountSpec, createAccounts, lookupAccounts, moneyLedger } from '../ledger/index.ts';
import { createMember, createOperator } from '../parties/index.ts';
import { recordChargeback, refundNumber } from '../payments/index.ts';
import { topUpAtCashDesk, walletBalances } from '../wallets/index.ts';
import { checkFundFlow } from './commands/check-fund-flow.ts';
import { fundFlow, inSmallPieces, lineOf, newAccount, pay, statement, type Flow, type Line, type Paid } from './day.fixture.ts';
import { businessDay, importStatement, reconcileDay } from './index.ts';

const test = await openTestDatabase();
const DAY = '2026-11-20', { from, to } = businessDay(DAY), LEDGER = moneyLedger('CNY');

async function openBooks() {
  const clock = manualClock(addMs(to, 12 * MS_PER_HOUR));
  const created = await createOperator(test.database, { code: `back-${newUuid().slice(-12)}`, name: 'Volt', currency: 'CNY', timeZone: 'Asia/Shanghai' });
  assert.ok(created.ok);
  const odb = test.database.forOperator(created.value), merchantAccountId = await newAccount(odb, '1900000001');
  const memberId = await odb.transaction((tx) => createMember(tx, { displayName: 'Lin' }));
  await odb.transaction(async (tx) => {
    assert.ok((await topUpAtCashDesk(tx, { commandId: newUuid(), memberId, amountMinor: 7_000n, actor: 'usr' }, { clock })).ok);
    await createAccounts(tx, [accountSpec('channel_receivable', LEDGER, merchantAccountId)], { clock });
  });
  const day = { merchantAccountId, businessDate: DAY };
  const rows = <R extends Record<string, unknown>>(sql: string): Promise<R[]> => odb.transaction((tx) => tx.query<R>(sql, [odb.operatorId]));
  const take = (format: 'wechatpay_trade' | 'wechatpay_fund_flow', text: Buffer) => importStatement(odb, { ...day, format, source: 'upload', importedBy: 'test', content: inSmallPieces(text), hash: null }, { clock });
  return {
    odb, clock, memberId, merchantAccountId, rows,
    pay: (minor: bigint, whose: MemberId | null = memberId) => pay(odb, merchantAccountId, minor, addMs(from, MS_PER_HOUR), whose),
    reconcile: async (lines: readonly Line[]) => { await take('wechatpay_trade', statement(lines)); return reconcileDay(odb, { ...day, environment: 'L', feeRatePpm: null }, { clock }); },
    follow: async (flows: readonly Flow[]) => { clock.advance(1_000); await take('wechatpay_fund_flow', fundFlow(flows)); return checkFundFlow(odb, { ...day, currency: 'CNY' }, { clock }); },
    breaks: () => rows<{ kind: string; state: string; resolution: string | null; by: string | null }>('select kind, state, resolution, resolved_by as by from reconciliation.break where operator_id = $1 order by opened_at, break_id'),
    chargebacks: () => rows<{ source: string; state: string; reference: string; other: string | null; amount: bigint }>(
      'select source, state, channel_reference as reference, other_reference as other, amount_minor as amount from payments.chargeback where operator_id = $1 order by opened_at, chargeback_id'),
    record: async (paid: Paid, amountMinor: bigint, channelReference: string) => {
      const recorded = await odb.transaction((tx) => recordChargeback(tx, { orderId: paid.orderId, attempt: 1, amountMinor, channelReference, reason: 'a letter came', source: 'person', openedBy: 'lin' }, { clock }));
      assert.ok(recorded.ok, recorded.ok ? '' : recorded.error.code);
    },
    money: () => odb.transaction(async (tx) => {
      const [owed] = await lookupAccounts(tx, [accountId('member_receivable', LEDGER, memberId)], { clock });
      return [(await walletBalances(tx, [memberId], { clock })).get(memberId)!.balanceMinor, owed ? owed.debitsPosted - owed.creditsPosted : 0n];
    }),
  };
}
type Books = Awaited<ReturnType<typeof openBooks>>;

/** A refund that the channel accepted on the day, as the payments module leaves it behind. */
async function refunded({ odb, merchantAccountId, memberId }: Books, paid: Paid, state: 'processing' | 'failed'): Promise<{ number: string; fail: () => Promise<unknown> }> {
  const refundId = newUuid(), partId = newUuid(), number = refundNumber('L', partId), at = sqlTimestamp(addMs(from, 2 * MS_PER_HOUR));
  await odb.transaction(async (tx) => {
    await tx.execute(
      `insert into payments.refund (operator_id, refund_id, command_id, source, member_id, currency, amount_minor, reason, applied_by, applied_at, state, state_at, audited_by)
       values ($1, $2, $2, 'wallet', $3, 'CNY', $4, 'moves', 'lin', $5, 'executing', $5, 'rule')`, [odb.operatorId, refundId, memberId, paid.minor, at]);
    await tx.execute(
      `insert into payments.refund_part (operator_id, part_id, refund_id, order_id, attempt, merchant_account_id, out_refund_no, amount_minor, state, state_at, not_before, accepted_at, failure_code)
       values ($1, $2, $3, $4, 1, $5, $6, $7, $8, $9, $9, $9, case when $8 = 'failed' then 'closed_by_channel' end)`, [odb.operatorId, partId, refundId, paid.orderId, merchantAccountId, number, paid.minor, state, at]);
  });
  return { number, fail: () => odb.transaction((tx) => tx.execute(`update payments.refund_part set state = 'failed', failure_code = 'closed_by_channel' where operator_id = $1 and part_id = $2`, [odb.operatorId, partId])) };
}

describe('C-22 a refund that the channel closed after it had accepted it', () => {
  it('C-22 is one break that is explained from the first, however often the day is matched', async () => {
    const books = await openBooks(), paid = await books.pay(3_000n), refund = await refunded(books, paid, 'failed');
    const lines: Line[] = [lineOf(paid), { number: refund.number, minor: 3_000n, feeMinor: 0n, refund: 'PROCESSING' }];
    for (let runs = 0; runs < 3; runs++) await books.reconcile(lines);
    assert.deepEqual(await books.breaks(), [{ kind: 'state_differs', state: 'resolved', resolution: 'explained', by: 'matching' }]);
  });

  it('C-22 that was closed after the day was matched is explained by the next run, and an open break of it with it', async () => {
    const books = await openBooks(), paid = await books.pay(3_000n), refund = await refunded(books, paid, 'processing');
    const lines: Line[] = [lineOf(paid), { number: refund.number, minor: 3_000n, feeMinor: 0n, refund: 'PROCESSING' }];
    await books.reconcile(lines);
    assert.deepEqual(await books.breaks(), []);
    await refund.fail();
    await books.odb.transaction((tx) => tx.execute(
      `insert into reconciliation.break (operator_id, break_id, merchant_account_id, business_date, kind, line_kind, number, difference_minor, opened_at, first_run_id, state)
       select $1, $2, $3, $4, 'state_differs', 'refund', $5, 0, now(), run_id, 'open' from reconciliation.run where operator_id = $1 limit 1`, [books.odb.operatorId, newUuid(), books.merchantAccountId, DAY, refund.number]));
    await books.reconcile(lines);
    await books.reconcile(lines);
    assert.deepEqual(await books.breaks(), [{ kind: 'state_differs', state: 'resolved', resolution: 'explained', by: 'matching' }]);
  });

  it('C-22 and a refund that the statement says has failed while ours went through is still for a person', async () => {
    const books = await openBooks(), paid = await books.pay(3_000n), refund = await refunded(books, paid, 'processing');
    await books.reconcile([lineOf(paid), { number: refund.number, minor: 3_000n, feeMinor: 0n, refund: 'FAIL' }]);
    assert.deepEqual((await books.breaks()).map(({ kind, state }) => [kind, state]), [['state_differs', 'open']]);
  });
});

describe('C-22 a chargeback in the fund flow', () => {
  const line = (paid: Paid, minor: bigint, flow = 'F1', name = '交易拒付'): Flow => ({ number: paid.number, flow, name, minor });

  it('C-22 is booked on the payment that it names, once, however often the day is worked: the wallet gives what it has, the member owes the rest', async () => {
    const books = await openBooks(), paid = await books.pay(10_000n);
    for (let runs = 0; runs < 2; runs++) await books.follow([line(paid, -10_000n)]);
    await books.follow([line(paid, -10_000n), { number: '-', flow: 'F9', name: '提现', minor: -500n }]);
    assert.deepEqual(await books.chargebacks(), [{ source: 'fund_flow', state: 'open', reference: 'F1', other: null, amount: 10_000n }]);
    assert.deepEqual([await books.money(), await books.breaks()], [[0n, 10_000n - 7_000n], []]);
  });

  it('C-22 that a person has recorded under the number of the dispute is the same one, whichever of them came first', async () => {
    const books = await openBooks(), [one, other] = [await books.pay(2_000n), await books.pay(3_000n)];
    await books.record(one, 2_000n, 'LETTER-1');
    await books.follow([line(one, -2_000n), line(other, -3_000n, 'F2')]);
    await books.record(other, 3_000n, 'LETTER-2');
    await books.record(other, 3_000n, 'LETTER-2');
    assert.deepEqual((await books.chargebacks()).map(({ source, reference, other: also }) => [source, reference, also]), [['person', 'LETTER-1', 'F1'], ['fund_flow', 'F2', 'LETTER-2']]);
    assert.deepEqual(await books.money(), [2_000n, 0n]);
  });

  it('C-22 twice on one payment is two, and more than was paid is for a person', async () => {
    const books = await openBooks(), paid = await books.pay(2_000n);
    await books.follow([line(paid, -1_000n), line(paid, -1_000n, 'F2'), line(paid, -1_000n, 'F3')]);
    assert.equal((await books.chargebacks()).length, 2);
    assert.deepEqual(await books.breaks(), [{ kind: 'chargeback', state: 'open', resolution: null, by: null }]);
  });

  it('C-22 of a payment that nobody knows is a break, which a run of the day leaves open and the payment ends when it is found', async () => {
    const books = await openBooks(), number = `L${'0'.repeat(26)}01`;
    await books.follow([{ number, flow: 'F1', name: '交易拒付', minor: -4_000n }]);
    await books.reconcile([]);
    assert.deepEqual(await books.breaks(), [{ kind: 'chargeback', state: 'open', resolution: null, by: null }]);
    const paid = await books.pay(4_000n);
    await books.follow([line(paid, -4_000n)]);
    assert.deepEqual(await books.breaks(), [{ kind: 'chargeback', state: 'resolved', resolution: 'recovered', by: 'matching' }]);
  });

  it('C-22 that comes back is won, once, and everything is booked the other way round', async () => {
    const books = await openBooks(), paid = await books.pay(2_000n), back = line(paid, 2_000n, 'F2', '拒付返还');
    await books.follow([line(paid, -2_000n), back]);
    await books.follow([line(paid, -2_000n), back, { number: '-', flow: 'F9', name: '提现', minor: -500n }]);
    assert.deepEqual([(await books.chargebacks()).map(({ state }) => state), await books.money(), await books.breaks()], [['won'], [7_000n, 0n], []]);
  });
});
