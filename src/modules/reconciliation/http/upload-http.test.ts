import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { describe, it } from 'node:test';
import { gzipSync } from 'node:zlib';
import { gbkZip } from '../../../../simulators/wallet-channel/gbk-zip.ts';
import { openTestApi, type TestUser } from '../../../../test/support/api.ts';
import { openTestDatabase } from '../../../../test/support/database.ts';
import { addMs, encodeId, MS_PER_HOUR } from '../../../kernel/index.ts';
import { manualClock, newUuid } from '../../../platform/clock/index.ts';
import { lineOf, newAccount, pay, statement } from '../day.fixture.ts';
import { businessDay, reconcileDay } from '../index.ts';
import { claimDay, moveDay, requestDay, requestDayNow } from '../store/day-work.ts';

const test = await openTestDatabase();
const DAY = '2026-11-20', { from, to } = businessDay(DAY);
const clock = manualClock(addMs(to, 12 * MS_PER_HOUR));
const api = await openTestApi(test, { clock });
const said = (answer: { statusCode: number; json(): { code?: string } }): string => `${answer.statusCode} ${answer.json().code ?? ''}`.trim();
type Story = { isNew?: boolean; day: { businessDate: string; openBreaks: number; work: { state: string } | null; report: { matched: number } | null }; statements: { kind: string; source: string; sha256: string; importedBy: string; bytes: string }[] };

async function openBooks() {
  const operator = await api.operator(), odb = test.database.forOperator(operator.operatorId), user = await operator.user();
  const merchantAccountId = await newAccount(odb, '1900000001'), account = encodeId('mch', merchantAccountId);
  const paid = [await pay(odb, merchantAccountId, 1_000n, addMs(from, MS_PER_HOUR)), await pay(odb, merchantAccountId, 2_000n, addMs(from, MS_PER_HOUR))];
  const path = (day = DAY): string => `/api/v1/merchant-accounts/${account}/reconciliation-days/${day}`;
  const send = (file: Buffer, { day = DAY, query = '', as = user, headers = {} }: { day?: string; query?: string; as?: TestUser; headers?: Record<string, string> } = {}) => api.api.server.inject({
    method: 'POST', url: `${path(day)}/statements?kind=trade${query}`, payload: file, headers: { ...as.headers, 'content-type': 'application/octet-stream', ...headers },
  });
  const look = async (): Promise<Story> => (await user.get(path().slice('/api/v1'.length))).json() as Story;
  return { ...operator, newUser: operator.user, odb, user, account, merchantAccountId, text: statement(paid.map(lineOf)), send, look };
}

describe('a statement that a person hands in', () => {
  it('C-22 is kept, asked to be matched, and matches as one that was fetched', async () => {
    const { send, look, text, odb, merchantAccountId } = await openBooks();
    assert.deepEqual(await look().then(({ day, statements }) => [day.work, day.report, statements]), [null, null, []], 'before');
    const answer = await send(text, { query: `&fileName=bill.csv&sha256=${createHash('sha256').update(text).digest('hex')}` });
    assert.equal(answer.statusCode, 201, answer.body);
    const { isNew, day, statements: [kept] } = answer.json() as Story;
    assert.deepEqual([isNew, day.work?.state, kept?.kind, kept?.source, kept?.bytes], [true, 'waiting', 'trade', 'upload', String(text.length)]);
    assert.match(kept!.importedBy, /^User /);
    await reconcileDay(odb, { merchantAccountId, businessDate: DAY, environment: 'L', feeRatePpm: null }, { clock });
    assert.deepEqual(await look().then((story) => [story.day.report?.matched, story.day.openBreaks]), [2, 0]);
  });

  it('changes nothing the second time, packed or plain; who tried is in the audit log', async () => {
    const { send, look, text, user } = await openBooks();
    const zip = gbkZip([{ name: '汇总.csv', text: 'no' }]);
    assert.equal(said(await send(zip)), '422 statement_unreadable', 'sums alone are no statement');
    const outcomes = [];
    for (const file of [gzipSync(text), text, gzipSync(text)]) outcomes.push((await send(file)).json().isNew);
    assert.deepEqual(outcomes, [true, false, false]);
    assert.equal((await look()).statements.length, 1);
    const acts = (await user.get('/audit-entries?act=reconciliation.upload_statement')).json().items as { after: { isNew: boolean } }[];
    assert.deepEqual(acts.map(({ after }) => after.isNew), [false, false, true]);
  });

  it('leaves nothing behind when it is not what it should be', async () => {
    const { send, look, text, odb, merchantAccountId } = await openBooks();
    const line = lineOf(await pay(odb, merchantAccountId, 3_000n, addMs(from, MS_PER_HOUR)));
    const cut = text.subarray(0, text.length / 2), refused = [
      [statement([line], [line, line]), 'statement_unreadable'], [cut, 'statement_unreadable'], [Buffer.from('PK\u0003\u0004 and no archive'), 'statement_unreadable'], [gzipSync(text).subarray(0, 200), 'statement_unreadable'],
      [Buffer.from('any,file\r\n1,2\r\n'), 'statement_unreadable'], [Buffer.from(String(text).replaceAll('1900000001', '1900000002')), 'statement_of_another_merchant'],
      [Buffer.from(String(text).replaceAll('2026-11-20 ', '2026-11-19 ')), 'statement_of_another_day'],
    ] as const;
    for (const [file, code] of refused) assert.equal(said(await send(file)), `422 ${code}`);
    assert.equal(said(await send(text, { query: `&sha256=${'0'.repeat(64)}` })), '422 statement_hash_differs');
    assert.equal(said(await send(text, { day: '2026-11-21' })), '422 reconciliation_day_not_over');
    assert.equal(said(await send(Buffer.from('{}'), { headers: { 'content-type': 'application/json' } })), '415 media_type_unsupported');
    assert.equal(said(await send(text, { query: '&kind=other' })), '400 validation_failed');
    assert.equal(said(await send(text, { headers: { 'content-length': String(64 * 1024 * 1024 + 1) } })), '413 payload_too_large');
    assert.deepEqual(await look().then(({ day, statements }) => [day.work, statements]), [null, []]);
  });

  it('of Alipay is a zip in GBK whose head names the merchant and the day', async () => {
    const operator = await api.operator(), odb = test.database.forOperator(operator.operatorId), user = await operator.user();
    const merchantAccountId = newUuid();
    await odb.transaction(async (tx) => {
      await tx.execute(`insert into payments.merchant_account (operator_id, merchant_account_id, channel, environment, name, notify_key, recorded_at) values ($1, $2, 'alipay', 'L', 'alipay', substr(md5($2::uuid::text), 1, 26), now())`, [odb.operatorId, merchantAccountId]);
      await tx.execute(`insert into payments.merchant_account_version (operator_id, merchant_account_id, version, settings, enabled, changed_by, recorded_at) values ($1, $2, 1, '{"kind": "alipay", "merchantId": "2088123456789012"}', true, 'test', now())`, [odb.operatorId, merchantAccountId]);
    });
    const text = (merchant: string, day: string): string => [
      '#支付宝业务明细查询', `#账号：[${merchant}0156]`, `#起始日期：[${day} 00:00:00]   终止日期：[2026年11月21日 00:00:00]`, '支付宝交易号,商户订单号,业务类型,商品名称,完成时间,订单金额（元）,退款批次号/请求号,服务费（元）',
      '#交易合计：0笔，商家实收共0.00元，商家优惠共0.00元', '#退款合计：0笔，商家实收退款共0.00元，商家优惠退款共0.00元', ''].join('\r\n');
    const send = (merchant: string, day: string) => api.api.server.inject({
      method: 'POST', url: `/api/v1/merchant-accounts/${encodeId('mch', merchantAccountId)}/reconciliation-days/${DAY}/statements?kind=trade`, headers: { ...user.headers, 'content-type': 'application/octet-stream' },
      payload: gbkZip([{ name: '20881_业务明细(汇总).csv', text: 'sums' }, { name: '20881_业务明细.csv', text: text(merchant, day) }]),
    });
    assert.equal(said(await send('2088999999999999', '2026年11月20日')), '422 statement_of_another_merchant');
    assert.equal(said(await send('2088123456789012', '2026年11月18日')), '422 statement_of_another_day');
    assert.equal(said(await send('2088123456789012', '2026年11月20日')), '201');
  });

  it("needs the permission; another operator's account is not there", async () => {
    const [ours, theirs] = [await openBooks(), await openBooks()];
    assert.equal(said(await ours.send(ours.text, { as: theirs.user })), '404 merchant_account_not_found');
    assert.equal((await ours.send(ours.text, { as: await ours.newUser('viewer') })).statusCode, 403);
    assert.equal((await (await ours.newUser('viewer')).get(`/merchant-accounts/${ours.account}/reconciliation-days/${DAY}`)).statusCode, 403);
    assert.equal(said(await theirs.user.get(`/merchant-accounts/${ours.account}/reconciliation-days/${DAY}`)), '404 merchant_account_not_found');
    assert.equal((await ours.send(ours.text, { as: await ours.newUser('clerk') })).statusCode, 201);
  });

  it('gives its day another turn when it comes while the day is being worked, and does not wait for a later try', async () => {
    const { odb, merchantAccountId } = await openBooks(), day = { merchantAccountId, businessDate: DAY };
    const inTx = odb.transaction.bind(odb), now = clock.now();
    await inTx((tx) => requestDay(tx, { ...day, by: 'system', at: now }));
    const claimed = (await inTx((tx) => claimDay(tx, { at: now, until: addMs(now, MS_PER_HOUR) })))!;
    await inTx((tx) => requestDayNow(tx, { ...day, by: 'somebody', at: addMs(now, 5) }));
    await inTx((tx) => moveDay(tx, claimed, { state: 'done', nextTryAt: null, lines: 0n, lastError: null, at: addMs(now, 10) }));
    const again = (await inTx((tx) => claimDay(tx, { at: addMs(now, 10), until: addMs(now, MS_PER_HOUR) })))!;
    assert.equal(again.requestedBy, 'somebody');
    await inTx((tx) => moveDay(tx, again, { state: 'waiting', nextTryAt: addMs(now, 4 * MS_PER_HOUR), lines: 0n, lastError: 'the channel is away', at: addMs(now, 11) }));
    assert.equal(await inTx((tx) => claimDay(tx, { at: addMs(now, 20), until: addMs(now, MS_PER_HOUR) })), null);
    await inTx((tx) => requestDayNow(tx, { ...day, by: 'somebody', at: addMs(now, 20) }));
    assert.notEqual(await inTx((tx) => claimDay(tx, { at: addMs(now, 20), until: addMs(now, MS_PER_HOUR) })), null);
  });
});
