import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { openTestApi } from '../../../../test/support/api.ts';
import { openTestDatabase } from '../../../../test/support/database.ts';
import { addMs, encodeId, MS_PER_HOUR } from '../../../kernel/index.ts';
import { manualClock, newUuid } from '../../../platform/clock/index.ts';
import { tradeNumber } from '../../payments/index.ts';
import { feeAt06, inSmallPieces, lineOf, newAccount, pay, statement } from '../day.fixture.ts';
import { auditReconciliation, businessDay, importStatement, reconcileDay } from '../index.ts';

const test = await openTestDatabase();
const DAY = '2026-11-20', { from, to } = businessDay(DAY);
const clock = manualClock(addMs(to, 12 * MS_PER_HOUR));
const api = await openTestApi(test, { clock });
const said = (answer: { statusCode: number; json(): { code?: string } }): string => `${answer.statusCode} ${answer.json().code ?? ''}`.trim();
type BreakItem = { breakId: string; kind: string; state: string; number: string; owner: string | null; resolution: string | null; difference: { amountMinor: string } };
type List<T> = { items: T[]; nextCursor: string | null };

/** An operator with a merchant account whose day has a payment too few, one too many, a strange one, and one of another amount. */
async function openBooks() {
  const operator = await api.operator(), odb = test.database.forOperator(operator.operatorId);
  const [user, colleague] = [await operator.user(), await operator.user()];
  const merchantAccountId = await newAccount(odb, '1900000001'), account = encodeId('mch', merchantAccountId);
  const [here, there, both, differs] = [
    await pay(odb, merchantAccountId, 1_000n, addMs(from, MS_PER_HOUR)), { number: tradeNumber({ environment: 'L', orderId: newUuid(), attempt: 1 }), minor: 700n, feeMinor: feeAt06(700n) },
    await pay(odb, merchantAccountId, 2_000n, addMs(from, MS_PER_HOUR)), await pay(odb, merchantAccountId, 3_000n, addMs(from, MS_PER_HOUR)),
  ] as const;
  const text = statement([lineOf(both), there, { ...lineOf(differs), minor: 3_001n }, { number: 'SOMEBODY-ELSE', minor: 500n, feeMinor: 3n }]);
  await importStatement(odb, { merchantAccountId, businessDate: DAY, format: 'wechatpay_trade', source: 'upload', importedBy: 'test', content: inSmallPieces(text), hash: null }, { clock });
  await reconcileDay(odb, { merchantAccountId, businessDate: DAY, environment: 'L', feeRatePpm: null }, { clock });
  const breaks = async (query = ''): Promise<BreakItem[]> => ((await user.get(`/reconciliation-breaks${query}`)).json() as List<BreakItem>).items;
  const breakOf = async (kind: string): Promise<BreakItem> => (await breaks()).find((one) => one.kind === kind)!;
  const failures = async () => (await odb.transaction((tx) => auditReconciliation(tx, { clock }))).flatMap((check) => check.failures);
  return { ...operator, newUser: operator.user, odb, user, colleague, account, merchantAccountId, here, breaks, breakOf, failures };
}

describe('reconciliation over HTTP', () => {
  it('C-22 shows a day with its report, which adds up, and its differences', async () => {
    const { user, account, here, breaks } = await openBooks();
    const { items: [day] } = (await user.get(`/reconciliation-days?merchantAccountId=${account}`)).json() as List<{
      businessDate: string; openBreaks: number; report: { matched: number; ours: { paid: { amountMinor: string } }; theirs: { paid: { amountMinor: string } }; differences: { kind: string; difference: { amountMinor: string } }[] };
    }>;
    assert.deepEqual([day?.businessDate, day?.openBreaks, day?.report.matched], [DAY, 4, 2]);
    const left = BigInt(day!.report.theirs.paid.amountMinor) - BigInt(day!.report.ours.paid.amountMinor);
    assert.equal(day!.report.differences.filter(({ kind }) => kind !== 'foreign').reduce((sum, { difference }) => sum + BigInt(difference.amountMinor), 0n), left);
    assert.deepEqual((await breaks()).map(({ kind }) => kind).toSorted(), ['amount_differs', 'foreign', 'missing_here', 'missing_there']);
    assert.equal((await breaks('?kind=missing_there'))[0]?.number, here.number);
  });

  it('pages through differences, each once, and through days; a cursor that is none is refused', async () => {
    const { user, merchantAccountId, breaks } = await openBooks();
    const seen: string[] = [];
    for (let cursor = ''; ;) {
      const page = (await user.get(`/reconciliation-breaks?limit=1${cursor}`)).json() as List<BreakItem>;
      seen.push(...page.items.map(({ breakId }) => breakId));
      if (page.nextCursor === null) break;
      cursor = `&cursor=${page.nextCursor}`;
    }
    assert.deepEqual(seen, (await breaks()).map(({ breakId }) => breakId));
    assert.equal(new Set(seen).size, 4);
    for (const businessDate of ['2026-11-18', '2026-11-19']) assert.equal((await user.post('/reconciliation-days', { merchantAccountId: encodeId('mch', merchantAccountId), businessDate })).statusCode, 202);
    const days: string[] = [];
    for (let cursor = ''; ;) {
      const page = (await user.get(`/reconciliation-days?limit=1${cursor}`)).json() as List<{ businessDate: string }>;
      days.push(...page.items.map(({ businessDate }) => businessDate));
      if (page.nextCursor === null) break;
      cursor = `&cursor=${page.nextCursor}`;
    }
    assert.deepEqual(days, [DAY, '2026-11-19', '2026-11-18']);
    const forged = (keyset: unknown[]): string => Buffer.from(JSON.stringify(keyset)).toString('base64url');
    for (const cursor of ['nonsense', forged(['2026-02-31', merchantAccountId]), forged(['yesterday', merchantAccountId]), forged([1, merchantAccountId])]) assert.equal(said(await user.get(`/reconciliation-days?cursor=${cursor}`)), '400 cursor_invalid', cursor);
  });

  it('C-16 a write-off above the threshold is booked only when another person approves it, once; below it and for an explanation one is enough', async () => {
    const { user, colleague, breakOf, failures } = await openBooks();
    const policy = await user.send('PUT', '/write-off-policy', { fourEyesAbove: { amountMinor: '500', currency: 'CNY' } });
    assert.deepEqual([policy.json().fourEyesAbove.amountMinor, policy.json().history.length], ['500', 1], policy.body);
    assert.equal((await user.send('PUT', '/write-off-policy', { fourEyesAbove: { amountMinor: '600', currency: 'CNY' } })).json().history.length, 2);
    const { breakId } = await breakOf('missing_there'), end = (id: string, resolution = 'written_off') => user.post(`/reconciliation-breaks/${id}/end`, { resolution, why: 'the channel lost it' });
    const asked = (await end(breakId)).json();
    assert.deepEqual([asked.break.state, typeof asked.approvalId], ['open', 'string']);
    assert.equal((await user.post(`/approvals/${asked.approvalId}/decision`, { decision: 'approve' })).json().code, 'approval_by_requester');
    const second = (await end(breakId)).json();
    const approved = await colleague.post(`/approvals/${asked.approvalId}/decision`, { decision: 'approve' });
    assert.equal(approved.json().state, 'approved', approved.body);
    const ended = (await user.get(`/reconciliation-breaks/${breakId}`)).json().break;
    assert.deepEqual([ended.state, ended.resolution, ended.approvedBy !== null && ended.approvedBy !== ended.resolvedBy], ['resolved', 'written_off', true]);
    assert.equal((await colleague.post(`/approvals/${second.approvalId}/decision`, { decision: 'approve' })).json().code, 'approval_not_applicable');
    const small = (await end((await breakOf('foreign')).breakId)).json();
    assert.deepEqual([small.break.resolution, small.break.approvedBy, small.approvalId], ['written_off', null, null]);
    assert.equal((await end((await breakOf('missing_here')).breakId, 'explained')).json().break.resolution, 'explained');
    assert.deepEqual(await failures(), []);
  });

  it('a person takes a difference on, writes what is known, and ends it once', async () => {
    const { user, colleague, breakOf, breaks, failures } = await openBooks();
    const { breakId } = await breakOf('foreign');
    assert.equal((await user.post(`/reconciliation-breaks/${breakId}/own`, { mine: true })).statusCode, 200);
    assert.deepEqual((await breaks('?mine=true')).map((one) => one.breakId), [breakId]);
    assert.deepEqual(((await colleague.get('/reconciliation-breaks?mine=true')).json() as List<BreakItem>).items, []);
    const commented = await colleague.post(`/reconciliation-breaks/${breakId}/comments`, { body: ' the kiosk uses this account too ' });
    assert.deepEqual(commented.json().comments.map((comment: { body: string }) => comment.body), ['the kiosk uses this account too']);
    const ended = await colleague.post(`/reconciliation-breaks/${breakId}/end`, { resolution: 'explained', why: 'the kiosk' });
    assert.deepEqual([ended.statusCode, ended.json().break.state, ended.json().break.resolution], [200, 'resolved', 'explained'], ended.body);
    assert.equal(said(await user.post(`/reconciliation-breaks/${breakId}/end`, { resolution: 'accepted', why: 'again' })), '409 break_resolved_already');
    assert.equal(said(await user.post(`/reconciliation-breaks/${breakId}/own`, { mine: false })), '409 break_resolved_already');
    assert.equal(said(await user.post(`/reconciliation-breaks/${breakId}/end`, { resolution: 'recovered', why: 'x' })), '400 validation_failed');
    assert.equal(said(await user.post(`/reconciliation-breaks/${breakId}/comments`, { body: '' })), '400 validation_failed');
    assert.deepEqual(await failures(), []);
  });

  it('a comment comes once for one Idempotency-Key', async () => {
    const { user, breakOf } = await openBooks();
    const { breakId } = await breakOf('missing_there'), key = { 'idempotency-key': newUuid() };
    for (let again = 0; again < 3; again++) await user.post(`/reconciliation-breaks/${breakId}/comments`, { body: 'asked the channel' }, key);
    assert.equal((await user.get(`/reconciliation-breaks/${breakId}`)).json().comments.length, 1);
  });

  it('a write-off books the difference once; nothing but an amount can be written off', async () => {
    const { user, odb, breakOf, failures } = await openBooks();
    const { breakId } = await breakOf('missing_there');
    const answers = await Promise.all(Array.from({ length: 4 }, () => user.post(`/reconciliation-breaks/${breakId}/end`, { resolution: 'written_off', why: 'the channel lost it' })));
    assert.deepEqual(answers.map(({ statusCode }) => statusCode).toSorted(), [200, 409, 409, 409]);
    const posted = await odb.transaction((tx) => tx.query<{ amount: bigint }>(`select amount_minor as amount from reconciliation.posting where operator_id = $1 and kind = 'write_off'`, [odb.operatorId]));
    assert.deepEqual(posted, [{ amount: 1_000n }]);
    assert.deepEqual(await failures(), []);
  });

  it("another operator's differences, days and accounts answer 404, and change nothing", async () => {
    const [ours, theirs] = [await openBooks(), await openBooks()];
    const { breakId } = await ours.breakOf('foreign');
    assert.equal(said(await theirs.user.get(`/reconciliation-breaks/${breakId}`)), '404 break_not_found');
    for (const [act, body] of [['own', { mine: true }], ['comments', { body: 'x' }], ['end', { resolution: 'explained', why: 'x' }]] as const) {
      assert.equal(said(await theirs.user.post(`/reconciliation-breaks/${breakId}/${act}`, body)), '404 break_not_found', act);
    }
    for (const account of [ours.account, encodeId('mch', newUuid())]) {
      assert.equal(said(await theirs.user.post('/reconciliation-days', { merchantAccountId: account, businessDate: DAY })), '404 merchant_account_not_found');
      assert.equal(said(await theirs.user.post(`/merchant-accounts/${account}/fee-rate`, { validFrom: DAY, ratePpm: 6_000 })), '404 merchant_account_not_found');
    }
    assert.deepEqual(((await theirs.user.get(`/reconciliation-breaks?merchantAccountId=${ours.account}`)).json() as List<BreakItem>).items, []);
    assert.equal((await ours.breakOf('foreign')).state, 'open');
    assert.deepEqual(await theirs.failures(), []);
  });

  it('a day that is not over is not fetched, and a date that is none is no date', async () => {
    const { user, account } = await openBooks();
    assert.equal(said(await user.post('/reconciliation-days', { merchantAccountId: account, businessDate: '2026-11-21' })), '422 reconciliation_day_not_over');
    assert.equal(said(await user.post('/reconciliation-days', { merchantAccountId: account, businessDate: '2026-02-31' })), '400 validation_failed');
    assert.equal((await user.post('/reconciliation-days', { merchantAccountId: account, businessDate: DAY })).statusCode, 202);
  });

  it('needs the permissions: a viewer sees nothing, a clerk works differences and sets no rates', async () => {
    const books = await openBooks();
    const [viewer, clerk] = [await books.newUser('viewer'), await books.newUser('clerk')];
    const { breakId } = await books.breakOf('foreign');
    for (const path of ['/reconciliation-days', '/reconciliation-breaks', `/reconciliation-breaks/${breakId}`]) {
      assert.equal((await viewer.get(path)).statusCode, 403, path);
      assert.equal((await clerk.get(path)).statusCode, 200, path);
    }
    assert.equal((await viewer.post(`/reconciliation-breaks/${breakId}/own`, { mine: true })).statusCode, 403);
    assert.equal((await clerk.post(`/reconciliation-breaks/${breakId}/own`, { mine: true })).statusCode, 200);
    assert.equal((await clerk.post(`/merchant-accounts/${books.account}/fee-rate`, { validFrom: DAY, ratePpm: 6_000 })).statusCode, 403);
    assert.equal((await books.user.post(`/merchant-accounts/${books.account}/fee-rate`, { validFrom: DAY, ratePpm: 6_000 })).statusCode, 200);
  });
});
