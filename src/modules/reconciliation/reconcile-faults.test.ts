import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { openTestDatabase } from '../../../test/support/database.ts';
import { addMs, MS_PER_DAY, MS_PER_HOUR } from '../../kernel/index.ts';
import { manualClock, newUuid } from '../../platform/clock/index.ts';
import { silentLogger } from '../../platform/logging/logger.ts';
import { createOperator } from '../parties/index.ts';
import { walletTopUp, type Channel, type Exchange, type StatementKind } from '../payments/index.ts';
import { inSmallPieces, lineOf, newAccount, pay, statement } from './day.fixture.ts';
import { auditReconciliation, businessDay, importStatement, reconcileDay, workDay, type ReconcileOptions } from './index.ts';
import { TRIES_MAX } from './jobs/reconcile-days.ts';
import { requestDay } from './store/day-work.ts';

const test = await openTestDatabase();
const DAY = '2026-11-20', NEXT = '2026-11-21';
const { from, to } = businessDay(DAY);

async function openDay() {
  const clock = manualClock(addMs(to, 12 * MS_PER_HOUR));
  const created = await createOperator(test.database, { code: `rec-${newUuid().slice(-12)}`, name: 'Volt', currency: 'CNY', timeZone: 'Asia/Shanghai' });
  assert.ok(created.ok);
  const operatorId = created.value, odb = test.database.forOperator(operatorId);
  const texts = new Map<string, Buffer>();
  const exchange: Exchange = { act: 'fetch', request: '', response: null, httpStatus: 200, sentAt: clock.now(), answeredAt: clock.now() };
  const options: ReconcileOptions = {
    database: test.database, clock, logger: silentLogger, purposes: new Map([['wallet_top_up', walletTopUp]]), currencyOf: () => Promise.resolve('CNY'),
    channels: {
      accountsOf: () => Promise.resolve([]),
      forAccount: (_operatorId: unknown, account: string) => Promise.resolve({
        environment: 'L', enabled: true,
        channel: {
          fetchStatement: ({ kind, date }: { kind: StatementKind; date: string }) => {
            const text = texts.get(`${account}/${kind}/${date}`);
            return Promise.resolve(text === undefined ? { kind: 'refused', reason: 'no_statement', channelCode: 'NO_STATEMENT_EXIST', message: '', exchange }
              : { kind: 'confirmed', value: { format: `wechatpay_${kind}`, content: inSmallPieces(text), hash: null }, exchange });
          },
        } as unknown as Channel,
      }) as never,
    } as ReconcileOptions['channels'],
  };
  const rows = <R extends Record<string, unknown>>(sql: string): Promise<R[]> => odb.transaction((tx) => tx.query<R>(sql, [operatorId]));
  return {
    odb, clock, options, rows,
    tell: (account: string, text: Buffer, date = DAY) => texts.set(`${account}/trade/${date}`, text),
    work: async (merchantAccountId: string, businessDate = DAY) => {
      await odb.transaction((tx) => requestDay(tx, { merchantAccountId, businessDate, by: 'test', at: clock.now() }));
      while (await workDay(options, operatorId)) { /* until nothing is due */ }
    },
    days: () => rows<{ account: string; state: string; error: string | null }>(
      'select merchant_account_id as account, state, last_error as error from reconciliation.day_work where operator_id = $1 order by merchant_account_id, business_date'),
    breaks: () => rows<{ kind: string; state: string; resolution: string | null; number: string }>(
      'select kind, state, resolution, number from reconciliation.break where operator_id = $1 order by business_date, opened_at, break_id'),
    postings: () => rows<{ kind: string; account: string; amount: bigint }>('select kind, merchant_account_id as account, amount_minor as amount from reconciliation.posting where operator_id = $1 order by kind, amount_minor'),
    failures: async () => (await odb.transaction((tx) => auditReconciliation(tx, { clock }))).flatMap(({ code, failures }) => failures.map(({ detail }) => `${code}: ${detail}`)),
  };
}

describe('a day for which the channel has no statement', () => {
  it('C-22 is done when we have nothing of it, and is asked for again when we have', async () => {
    const { odb, work, days, clock } = await openDay();
    const [idle, busy] = [await newAccount(odb), await newAccount(odb)];
    await pay(odb, busy, 1_000n, addMs(from, MS_PER_HOUR));
    await work(idle);
    await work(busy);
    assert.deepEqual((await days()).map(({ state, error }) => [state, error?.split(':')[0]]), [['done', 'no_statement'], ['waiting', 'statement_missing']]);
    for (let day = 0; day < TRIES_MAX - 1; day++) { clock.advance(MS_PER_DAY); await work(busy); }
    assert.equal((await days()).find(({ account }) => account === busy)?.state, 'failed', 'somebody has to look');
  });
});

describe("a merchant's two apps", () => {
  it('C-22 share one bill: payments of both are matched with it, and its fees are booked once', async () => {
    const { odb, tell, work, days, breaks, postings, failures } = await openDay();
    const [shop, miniProgram] = [await newAccount(odb, '1900000001'), await newAccount(odb, '1900000001')].toSorted() as [string, string], other = await newAccount(odb, '1900000002');
    const [one, two] = [await pay(odb, shop, 10_000n, addMs(from, MS_PER_HOUR)), await pay(odb, miniProgram, 20_000n, addMs(from, 2 * MS_PER_HOUR))];
    const text = statement([lineOf(one), lineOf(two)]);
    for (const account of [shop, miniProgram]) tell(account, text);
    for (const account of [shop, miniProgram, other]) await work(account);
    assert.deepEqual(await breaks(), []);
    assert.deepEqual(await postings(), [{ kind: 'fees', account: shop, amount: 180n }]);
    assert.deepEqual(new Map((await days()).map(({ account, error }) => [account, error])), new Map([[shop, null], [miniProgram, 'on_another_bill'], [other, 'no_statement']]));
    assert.deepEqual(await failures(), []);
  });
});

describe('a difference', () => {
  it('C-22 that was gone and is there again is open again; what a person has ended stays ended', async () => {
    const { odb, clock, breaks, failures } = await openDay();
    const account = await newAccount(odb);
    const [paid, other] = [await pay(odb, account, 1_000n, addMs(from, MS_PER_HOUR)), await pay(odb, account, 2_000n, addMs(from, MS_PER_HOUR))];
    const day = { merchantAccountId: account, businessDate: DAY, environment: 'L' as const, feeRatePpm: null };
    const give = async (text: Buffer): Promise<void> => {
      clock.advance(1_000);
      await importStatement(odb, { merchantAccountId: account, businessDate: DAY, format: 'wechatpay_trade', source: 'upload', importedBy: 'test', content: inSmallPieces(text), hash: null }, { clock });
      await reconcileDay(odb, day, { clock });
    };
    await give(statement([lineOf(other)]));
    await give(statement([lineOf(other), lineOf(paid)]));
    assert.deepEqual((await breaks()).map(({ state, resolution }) => [state, resolution]), [['resolved', 'gone']]);
    await give(statement([{ ...lineOf(other), goods: 'corrected' }]));
    assert.deepEqual((await breaks()).map(({ number, state, resolution }) => [number, state, resolution]), [[paid.number, 'resolved', 'gone'], [paid.number, 'open', null]]);
    await odb.transaction((tx) => tx.execute(`update reconciliation.break set state = 'resolved', resolution = 'explained', resolved_by = 'clerk', resolved_at = now() where operator_id = $1 and state = 'open'`, [odb.operatorId]));
    await give(statement([{ ...lineOf(other), goods: 'corrected again' }]));
    assert.deepEqual((await breaks()).map(({ resolution }) => resolution), ['gone', 'explained']);
    assert.deepEqual(await failures(), []);
  });

  it('C-22 of a payment on the statements of two days is a duplicate, not one of midnight', async () => {
    const { odb, tell, work, breaks, failures } = await openDay();
    const account = await newAccount(odb);
    const paid = await pay(odb, account, 5_000n, addMs(from, 12 * MS_PER_HOUR));
    tell(account, statement([lineOf(paid)]));
    tell(account, statement([lineOf(paid)]), NEXT);
    await work(account);
    await work(account, NEXT);
    assert.deepEqual((await breaks()).map(({ kind, state }) => [kind, state]), [['duplicate', 'open']]);
    assert.deepEqual(await failures(), []);
  });
});
