import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import { addMs, instant, seededRandom, type Instant, type OperatorId } from '../../kernel/index.ts';
import { newUuid, systemClock } from '../../platform/clock/index.ts';
import { sqlTimestamp, type OperatorDatabase } from '../../platform/database/index.ts';
import { newOperatorId, openTestDatabase } from '../../../test/support/database.ts';
import { tradeNumber } from '../payments/index.ts';
import { auditReconciliation, businessDay, importStatement, reconcileDay, StatementUnreadable, type StatementToImport } from './index.ts';

const test = await openTestDatabase();
const clock = systemClock;
const DAY = '2026-11-20';
const HEADER = '交易时间,公众账号ID,商户号,特约商户号,设备号,微信订单号,商户订单号,用户标识,交易类型,交易状态,付款银行,货币种类,应结订单金额,代金券金额,微信退款单号,商户退款单号,退款金额,充值券退款金额,退款类型,退款状态,商品名称,商户数据包,手续费,费率,订单金额,申请退款金额,费率备注';
const TOTALS = '总交易单数,应结订单总金额,退款总金额,充值券退款总金额,手续费总金额,订单总金额,申请退款总金额';

type Paid = { readonly orderId: string; readonly number: string; readonly minor: bigint; readonly at: Instant };
type Line = { readonly number: string; readonly minor: bigint; readonly feeMinor: bigint; readonly state?: string; readonly goods?: string };

const yuan = (minor: bigint): string => `${minor / 100n}.${String(minor % 100n).padStart(2, '0')}`;
const feeAt06 = (minor: bigint): bigint => (minor * 6_000n + 500_000n) / 1_000_000n;
const lineOf = ({ number, minor }: Paid): Line => ({ number, minor, feeMinor: feeAt06(minor) });

function statement(lines: readonly Line[], claimed = lines): Buffer {
  const rows = lines.map((line, index) => `\`2026-11-20 10:00:${String(index % 60).padStart(2, '0')},\`wxapp,\`1900000001,\`0,\`,\`4200${index},\`${line.number},\`o***,\`NATIVE,\`${line.state ?? 'SUCCESS'},\`OTHERS,\`CNY,\`${yuan(line.minor)},\`0.00,\`0,\`0,\`0.00,\`0.00,\`,\`,\`${line.goods ?? '充电, 预存'},\`,\`${yuan(line.feeMinor)},\`0.60%,\`${yuan(line.minor)},\`0.00,\``);
  const sum = (of: (line: Line) => bigint): string => yuan(claimed.reduce((total, line) => total + of(line), 0n));
  return Buffer.from(`\ufeff${HEADER}\r\n${rows.map((row) => `${row}\r\n`).join('')}${TOTALS}\r\n\`${claimed.length}.0,\`${sum((l) => l.minor)},\`0.00,\`0.00,\`${sum((l) => l.feeMinor)},\`${sum((l) => l.minor)},\`0.00\r\n`);
}
async function* inSmallPieces(text: Buffer): AsyncGenerator<Buffer> {
  for (let at = 0; at < text.length; at += 777) { yield text.subarray(at, at + 777); await Promise.resolve(); }
}

async function newAccount(odb: OperatorDatabase): Promise<string> {
  const merchantAccountId = newUuid();
  await odb.transaction((tx) => tx.execute(
    `insert into payments.merchant_account (operator_id, merchant_account_id, channel, environment, name, notify_key, recorded_at) values ($1, $2, 'wechatpay', 'L', $3, substr(md5($3), 1, 26), now())`,
    [odb.operatorId, merchantAccountId, `account ${merchantAccountId}`]));
  return merchantAccountId;
}

/** A paid order as the payments module leaves it behind. */
async function pay(odb: OperatorDatabase, merchantAccountId: string, minor: bigint, at: Instant): Promise<Paid> {
  const orderId = newUuid(), number = tradeNumber({ environment: 'L', orderId, attempt: 1 });
  await odb.transaction(async (tx) => {
    await tx.execute(
      `insert into payments.payment_order (operator_id, order_id, command_id, environment, purpose, subject_id, currency, amount_minor, description, late_payment, created_by, created_at, expires_at,
         state, state_at, paid_attempt, paid_at, credited_at, payer_token)
       values ($1, $2::uuid, $2, 'L', 'wallet_top_up', $2, 'CNY', $3, 'top-up', 'complete', 'test', $4::timestamptz - interval '1 minute', $4::timestamptz + interval '1 hour', 'paid', $4, 1, $4, $4, substr(md5($2::uuid::text), 1, 26))`,
      [odb.operatorId, orderId, minor, sqlTimestamp(at)]);
    await tx.execute(
      `insert into payments.payment_attempt (operator_id, order_id, attempt, merchant_account_id, channel, method, out_trade_no, amount_minor, state, state_at, created_at, code_lapses_at, channel_trade_no,
         paid_minor, paid_at, disposition, transfer_id)
       values ($1, $2, 1, $3, 'wechatpay', 'native_qr', $4, $5, 'paid', $6, $6, $6, $4, $5, $6, 'applied', $2)`,
      [odb.operatorId, orderId, merchantAccountId, number, minor, sqlTimestamp(at)]);
  });
  return { orderId, number, minor, at };
}

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
