import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import { addMs, instant, seededRandom, type OperatorId } from '../../kernel/index.ts';
import { newUuid, systemClock } from '../../platform/clock/index.ts';
import { newOperatorId, openTestDatabase } from '../../../test/support/database.ts';
import { tradeNumber } from '../payments/index.ts';
import { feeAt06, inSmallPieces, lineOf, newAccount, pay, statement, type Line, type Paid } from './day.fixture.ts';
import { auditReconciliation, businessDay, importStatement, reconcileDay, StatementUnreadable, type StatementToImport } from './index.ts';

const test = await openTestDatabase();
const clock = systemClock;
const DAY = '2026-11-20';
describe('reconciling a day', () => {
  const operatorId: OperatorId = newOperatorId();
  const odb = test.database.forOperator(operatorId);
  const { from, to } = businessDay(DAY);
  let merchantAccountId: string, text: Buffer;
  before(async () => { merchantAccountId = await newAccount(odb); });
  const give = (text: Buffer, more: Partial<StatementToImport> = {}): Promise<{ isNew: boolean }> => importStatement(odb, {
    merchantAccountId, businessDate: DAY, format: 'wechatpay_trade', source: 'channel', importedBy: 'test', content: inSmallPieces(text), hash: null, ...more,
  }, { clock });
  const reconcile = () => reconcileDay(odb, { merchantAccountId, businessDate: DAY, environment: 'L', feeRatePpm: 6_000n }, { clock });
  const breaks = () => odb.transaction((tx) => tx.query<{ kind: string; number: string; state: string; resolution: string | null; ours_minor: bigint | null; theirs_minor: bigint | null; difference_minor: bigint }>(
    'select kind, number, state, resolution, ours_minor, theirs_minor, difference_minor from reconciliation.break where operator_id = $1 and merchant_account_id = $2 order by kind, number', [operatorId, merchantAccountId]));

  it('says that there is no statement when there is none', async () => assert.equal(await reconcile(), null));

  it('matches what agrees, and finds each kind of difference exactly once', async () => {
    const random = seededRandom(7);
    const paid: Paid[] = [];
    for (let i = 0; i < 40; i++) paid.push(await pay(odb, merchantAccountId, BigInt(100 + random.integer(100_000)), addMs(from, random.integer(86_399_000))));
    const [missingThere, wrongAmount, wrongState, wrongFee, twice] = paid as [Paid, Paid, Paid, Paid, Paid];
    const stranger = tradeNumber({ environment: 'L', orderId: newUuid(), attempt: 1 });
    const lines: Line[] = [
      ...paid.slice(5).map(lineOf), { ...lineOf(wrongAmount), minor: wrongAmount.minor + 1n, feeMinor: feeAt06(wrongAmount.minor + 1n) }, { ...lineOf(wrongState), state: 'REVOKED' },
      { ...lineOf(wrongFee), feeMinor: feeAt06(wrongFee.minor) + 2n }, lineOf(twice), lineOf(twice), { number: stranger, minor: 5_000n, feeMinor: 30n }, { number: 'T-OTHER-SYSTEM-1', minor: 700n, feeMinor: 4n },
    ];
    text = statement(lines);
    assert.equal((await give(text)).isNew, true);
    const report = await reconcile();
    assert.ok(report);
    assert.equal(report.matched, 39);
    assert.equal(report.opened, 7);
    assert.deepEqual((await breaks()).map(({ kind, number, difference_minor }) => [kind, number, difference_minor]), [
      ['amount_differs', wrongAmount.number, 1n], ['duplicate', twice.number, twice.minor], ['fee_differs', wrongFee.number, 2n], ['foreign', 'T-OTHER-SYSTEM-1', 700n],
      ['missing_here', stranger, 5_000n], ['missing_there', missingThere.number, -missingThere.minor], ['state_differs', wrongState.number, 0n],
    ]);
    const oursMinor = paid.reduce((sum, { minor }) => sum + minor, 0n);
    assert.equal(report.ours.paymentsMinor, oursMinor);
    assert.equal(report.theirs.paymentsMinor, oursMinor - missingThere.minor + 1n + twice.minor + 5_000n);
  });

  it('changes nothing when the same statement comes again and the day is matched again', async () => {
    const earlier = await breaks();
    assert.equal((await give(text)).isNew, false);
    const report = await reconcile();
    assert.deepEqual([report?.opened, report?.resolved], [0, 0]);
    assert.deepEqual(await breaks(), earlier);
  });

  it('resolves a payment that was missing here once recovery has found it', async () => {
    const account = await newAccount(odb);
    const lost = { orderId: newUuid() };
    const number = tradeNumber({ environment: 'L', orderId: lost.orderId, attempt: 1 });
    await give(statement([{ number, minor: 900n, feeMinor: 5n }]), { merchantAccountId: account });
    const day = { merchantAccountId: account, businessDate: DAY, environment: 'L' as const, feeRatePpm: null };
    assert.equal((await reconcileDay(odb, day, { clock }))?.opened, 1);
    const paid = await pay(odb, account, 900n, addMs(from, 1_000));
    await give(statement([{ number: paid.number, minor: 900n, feeMinor: 5n }]), { merchantAccountId: account });
    const report = await reconcileDay(odb, day, { clock });
    assert.deepEqual([report?.matched, report?.resolved], [1, 1]);
  });

  it('takes a payment that each side has on another side of midnight for what it is', async () => {
    const account = await newAccount(odb);
    const late = await pay(odb, account, 4_200n, addMs(to, 1));
    await give(statement([lineOf(late)]), { merchantAccountId: account });
    const report = await reconcileDay(odb, { merchantAccountId: account, businessDate: DAY, environment: 'L', feeRatePpm: null }, { clock });
    assert.deepEqual([report?.opened, report?.differences.other_day?.count], [0, 1]);
    await give(statement([]), { merchantAccountId: account, businessDate: '2026-11-21' });
    const next = await reconcileDay(odb, { merchantAccountId: account, businessDate: '2026-11-21', environment: 'L', feeRatePpm: null }, { clock });
    assert.equal(next?.opened, 0, 'the day before has it');
  });

  it('refuses a statement whose totals are not those of its lines, and one that ends early', async () => {
    const account = await newAccount(odb);
    const day = { merchantAccountId: account, businessDate: DAY, environment: 'L' as const, feeRatePpm: null };
    const line = { number: tradeNumber({ environment: 'L', orderId: newUuid(), attempt: 1 }), minor: 100n, feeMinor: 1n };
    await give(statement([line], [line, line]), { merchantAccountId: account });
    await assert.rejects(reconcileDay(odb, day, { clock }), (error) => error instanceof StatementUnreadable && error.code === 'statement_totals_differ');
    const whole = statement([line]);
    await give(whole.subarray(0, whole.indexOf('总交易单数')), { merchantAccountId: account });
    await assert.rejects(reconcileDay(odb, day, { clock }), (error) => error instanceof StatementUnreadable && error.code === 'statement_incomplete');
  });

  it('keeps nothing of a statement that does not hash to what the channel says', async () => {
    const account = await newAccount(odb);
    await assert.rejects(give(statement([]), { merchantAccountId: account, hash: { algorithm: 'sha1', value: '00' } }), (error) => error instanceof StatementUnreadable && error.code === 'statement_hash_differs');
    assert.equal((await odb.transaction((tx) => tx.query('select 1 from reconciliation.statement where operator_id = $1 and merchant_account_id = $2', [operatorId, account]))).length, 0);
  });

  it('leaves books that its audit finds in order, and finds them out of order when a run does not add up', async () => {
    const findings = async () => (await odb.transaction((tx) => auditReconciliation(tx, { clock }))).flatMap(({ code, failures }) => failures.map(() => code));
    assert.deepEqual(await findings(), []);
    await odb.transaction((tx) => tx.execute(
      `insert into reconciliation.run select r.operator_id, gen_random_uuid(), r.merchant_account_id, r.business_date, r.statement_id, r.started_at, r.finished_at + interval '1 hour', r.matched + 1, r.our_payments, r.our_payments_minor + 1,
         r.our_refunds, r.our_refunds_minor, r.their_payments, r.their_payments_minor, r.their_refunds, r.their_refunds_minor, r.their_fees_minor, r.differences, 0, r.foreign_lines, r.foreign_minor
       from reconciliation.run r where r.operator_id = $1 and r.merchant_account_id = $2 order by r.finished_at desc limit 1`, [operatorId, merchantAccountId]));
    assert.deepEqual(await findings(), ['reconciliation_lines', 'reconciliation_sums']);
  });

  it('counts the business day by China\'s clock', () => {
    assert.equal(from, instant(Date.parse('2026-11-19T16:00:00Z')));
    assert.equal(to - from, 86_400_000);
  });
});
