import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { openTestDatabase } from '../../../test/support/database.ts';
import { addMs, MS_PER_HOUR } from '../../kernel/index.ts';
import { manualClock, newUuid } from '../../platform/clock/index.ts';
import { accountId, accountSpec, createAccounts, lookupAccounts, moneyLedger } from '../ledger/index.ts';
import { createMember, createOperator } from '../parties/index.ts';
import { auditChargebacks, walletTopUp, type Channel, type Exchange, type RefundView } from '../payments/index.ts';
import { topUpAtCashDesk, walletBalances } from '../wallets/index.ts';
import { endBreak } from './commands/work-break.ts';
import { inSmallPieces, lineOf, newAccount, pay, statement, type Line, type Paid } from './day.fixture.ts';
import { auditReconciliation, businessDay, importStatement, settleDay } from './index.ts';

const test = await openTestDatabase();
const DAY = '2026-11-20', { from, to } = businessDay(DAY), LEDGER = moneyLedger('CNY');

async function openBooks() {
  const clock = manualClock(addMs(to, 12 * MS_PER_HOUR));
  const created = await createOperator(test.database, { code: `else-${newUuid().slice(-12)}`, name: 'Volt', currency: 'CNY', timeZone: 'Asia/Shanghai' });
  assert.ok(created.ok);
  const odb = test.database.forOperator(created.value), merchantAccountId = await newAccount(odb, '1900000001');
  const memberId = await odb.transaction((tx) => createMember(tx, { displayName: 'Lin' }));
  await odb.transaction(async (tx) => {
    assert.ok((await topUpAtCashDesk(tx, { commandId: newUuid(), memberId, amountMinor: 7_000n, actor: 'usr' }, { clock })).ok);
    await createAccounts(tx, [accountSpec('channel_receivable', LEDGER, merchantAccountId)], { clock });
  });
  /** What the channel says of a refund under its number, and what it was asked. */
  const refunds = new Map<string, RefundView>(), asked: string[] = [];
  const exchange: Exchange = { act: 'query_refund', request: '', response: null, httpStatus: 200, sentAt: clock.now(), answeredAt: clock.now() };
  const channel = { queryRefund: ({ outTradeNo, outRefundNo }: { outTradeNo: string; outRefundNo: string }) => {
    asked.push(`${outTradeNo}/${outRefundNo}`);
    return Promise.resolve({ kind: 'confirmed', value: refunds.get(outRefundNo) ?? { state: 'not_found' }, exchange });
  } } as unknown as Channel;
  const options = { clock, purposes: new Map([['wallet_top_up', walletTopUp]]) as never, channels: { forAccount: () => Promise.resolve({ environment: 'L', enabled: true, channel }) } as never };
  const day = { merchantAccountId, businessDate: DAY, currency: 'CNY', actor: 'system' } as const;
  const rows = <R extends Record<string, unknown>>(sql: string): Promise<R[]> => odb.transaction((tx) => tx.query<R>(sql, [odb.operatorId]));
  return {
    odb, clock, asked, rows,
    pay: (minor: bigint): Promise<Paid> => pay(odb, merchantAccountId, minor, addMs(from, MS_PER_HOUR), memberId),
    confirms: (number: string, amountMinor: bigint) => refunds.set(number, { state: 'succeeded', channelRefundNo: number, amountMinor, refundedAt: clock.now() }),
    settle: async (lines: readonly Line[]) => {
      clock.advance(1_000);
      await importStatement(odb, { ...day, format: 'wechatpay_trade', source: 'upload', importedBy: 'test', content: inSmallPieces(statement(lines)), hash: null }, { clock });
      return settleDay(odb, day, options);
    },
    breaks: () => rows<{ kind: string; number: string; state: string; resolution: string | null }>('select kind, number, state, resolution from reconciliation.break where operator_id = $1 order by opened_at, break_id'),
    end: async (resolution: 'accepted' | 'explained' | 'written_off', approvedBy: string | null = null): Promise<string> => {
      const [open] = await rows<{ id: string }>(`select break_id as id from reconciliation.break where operator_id = $1 and state = 'open'`);
      const ended = await odb.transaction((tx) => endBreak(tx, { breakId: open!.id, resolution, by: 'lin', why: 'seen in the merchant platform', currency: 'CNY', approvedBy }, { clock }));
      return ended.ok ? ended.value.state : ended.error.code;
    },
    threshold: (minor: bigint) => odb.transaction((tx) => tx.execute(`insert into reconciliation.write_off_policy (operator_id, version, four_eyes_above_minor, changed_by, recorded_at) values ($1, 1, $2, 'usr', now())`, [odb.operatorId, minor])),
    money: () => odb.transaction(async (tx) => {
      const [owed, channelOwes] = [await lookupAccounts(tx, [accountId('member_receivable', LEDGER, memberId)], { clock }), await lookupAccounts(tx, [accountId('channel_receivable', LEDGER, merchantAccountId)], { clock })].map(([account]) => (account ? account.debitsPosted - account.creditsPosted : 0n));
      return [(await walletBalances(tx, [memberId], { clock })).get(memberId)!.balanceMinor, owed, channelOwes];
    }),
    failures: async () => odb.transaction(async (tx) => [...(await auditReconciliation(tx, { clock })), ...(await auditChargebacks(tx, { clock }))].flatMap(({ code, failures }) => failures.map(({ detail }) => `${code}: ${detail}`))),
  };
}
const back = (paid: Paid, number: string, minor: bigint): Line => ({ number, minor, feeMinor: 0n, refund: 'SUCCESS', of: paid.number });

describe('C-22 a statement has a refund of a payment of ours that we did not make', () => {
  it('C-22 the channel is asked about it, and what it confirms is booked on the payment, once, however often the day is worked', async () => {
    const books = await openBooks(), paid = await books.pay(10_000n), lines = [lineOf(paid), back(paid, '50300001', 8_000n)];
    books.confirms('50300001', 8_000n);
    for (let runs = 0; runs < 3; runs++) await books.settle([...lines, ...(runs === 2 ? [lineOf(await books.pay(1n))] : [])]);
    assert.deepEqual(await books.breaks(), [{ kind: 'refund_elsewhere', number: '50300001', state: 'resolved', resolution: 'accepted' }]);
    assert.deepEqual((await books.money()).slice(0, 2), [0n, 1_000n], 'the wallet gives what it has, the member owes the rest');
    assert.deepEqual(books.asked, [`${paid.number}/50300001`]);
    assert.deepEqual(await books.failures(), []);
  });

  it('C-22 a line that the channel does not confirm takes no money from anybody: a person decides', async () => {
    const books = await openBooks(), paid = await books.pay(10_000n);
    books.confirms('50300002', 2_001n);
    await books.settle([lineOf(paid), back(paid, '50300001', 10_000n)]);
    assert.deepEqual([await books.breaks(), (await books.money())[0]], [[{ kind: 'refund_elsewhere', number: '50300001', state: 'open', resolution: null }], 7_000n]);
    await books.settle([lineOf(paid), back(paid, '50300001', 10_000n), back(paid, '50300002', 2_000n)]);
    assert.deepEqual((await books.breaks()).map(({ state }) => state), ['open', 'open'], 'another amount is no confirmation');
    assert.equal(await books.end('explained'), 'resolved');
    assert.equal((await books.money())[0], 7_000n);
    assert.deepEqual(await books.failures(), []);
  });

  it('C-16 a person who has seen it in the merchant platform accepts it, above the threshold with a second one, and then it is booked', async () => {
    const books = await openBooks(), paid = await books.pay(10_000n);
    await books.threshold(2_999n);
    await books.settle([lineOf(paid), back(paid, '50300001', 3_000n)]);
    assert.deepEqual([await books.end('accepted'), (await books.money())[0]], ['write_off_needs_second_person', 7_000n]);
    assert.equal(await books.end('accepted', 'wang'), 'resolved');
    assert.deepEqual((await books.money()).slice(0, 2), [4_000n, 0n]);
    await books.settle([lineOf(paid), back(paid, '50300001', 3_000n)]);
    assert.deepEqual([(await books.breaks()).length, (await books.money())[0]], [1, 4_000n]);
    assert.deepEqual(await books.failures(), []);
  });

  it('C-22 more than is left of the payment is not booked by anybody, and a refund of no payment of ours stays foreign', async () => {
    const books = await openBooks(), paid = await books.pay(2_000n);
    books.confirms('50300001', 2_001n);
    await books.settle([lineOf(paid), back(paid, '50300001', 2_001n)]);
    assert.equal(await books.end('accepted', 'wang'), 'refund_elsewhere_exceeds_payment');
    assert.equal(await books.end('explained'), 'resolved');
    await books.settle([lineOf(paid), back({ ...paid, number: '4200009' }, '50300009', 5n)]);
    assert.deepEqual((await books.breaks()).map(({ kind, state }) => [kind, state]), [['refund_elsewhere', 'resolved'], ['foreign', 'open']]);
    assert.equal((await books.money())[0], 7_000n);
  });

  it('C-22 two refunds of the same amount are two', async () => {
    const books = await openBooks(), paid = await books.pay(5_000n);
    for (const number of ['50300001', '50300002']) books.confirms(number, 1_500n);
    await books.settle([lineOf(paid), back(paid, '50300001', 1_500n), back(paid, '50300002', 1_500n)]);
    assert.deepEqual([(await books.breaks()).map(({ resolution }) => resolution), (await books.money())[0]], [['accepted', 'accepted'], 4_000n]);
    assert.deepEqual(await books.failures(), []);
  });
});
