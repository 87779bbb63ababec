import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { openTestApi, type TestUser } from '../../../../test/support/api.ts';
import { openTestDatabase } from '../../../../test/support/database.ts';
import { encodeId, instant, MS_PER_HOUR, MS_PER_MINUTE } from '../../../kernel/index.ts';
import { manualClock, newUuid } from '../../../platform/clock/index.ts';
import { createMember } from '../../parties/index.ts';
import { walletBalances } from '../../wallets/index.ts';
import { applyPaymentViews } from '../commands/apply-payment-views.ts';
import { offerOrder } from '../commands/offer-order.ts';
import { openOrder } from '../commands/open-order.ts';
import { walletTopUp } from '../commands/wallet-top-up.ts';
import { workDueRefunds } from '../refunds/run-refunds.ts';
import { insertTestAccount, namedBy, scriptedAccounts, scriptedChannel } from '../testing.ts';

const test = await openTestDatabase();
const clock = manualClock(instant(Date.UTC(2026, 2, 2, 8)));
const scripted = scriptedAccounts([]);
const channels = { ...scripted, close: () => Promise.resolve(), accountsOf: () => Promise.resolve([]) };
const api = await openTestApi(test, { clock, payments: { channels, rules: { allowedOrigins: [] }, notifyOrigin: 'http://localhost' } as never });
const options = { clock, purposes: new Map([['wallet_top_up' as const, walletTopUp]]) };
const yuan = (amountMinor: string) => ({ amountMinor, currency: 'CNY' });
const said = (answer: { statusCode: number; json(): { code?: string } }): string => `${answer.statusCode} ${answer.json().code ?? ''}`.trim();

/** A desk with a member who has topped up, a clerk, and a manager. */
async function openDesk(...topUps: readonly bigint[]) {
  const operator = await api.operator(), odb = test.database.forOperator(operator.operatorId);
  const [clerk, manager] = [await operator.user(), await operator.user()];
  const channel = scriptedChannel({ clock }), account = await operator.transaction((tx) => insertTestAccount(tx, { channel, clock }));
  scripted.add(account);
  const memberId = await operator.transaction((tx) => createMember(tx, { displayName: 'Lin' })), member = encodeId('mem', memberId);
  for (const amountMinor of topUps) {
    const order = await operator.transaction((tx) => openOrder(tx, { commandId: newUuid(), environment: 'T', purpose: 'wallet_top_up', subjectId: memberId, memberId, amountMinor, description: 'Top-up', createdBy: 'usr' }, options));
    assert.ok(order.ok);
    const offered = await offerOrder(odb, scripted, { orderId: order.value.orderId, merchantAccountId: account.merchantAccountId, method: 'native_qr', payer: null, payerIp: null, actor: 'usr' }, options);
    assert.ok(offered.ok);
    const { outTradeNo } = offered.value.attempt;
    await operator.transaction((tx) => applyPaymentViews(tx, [{ ...namedBy(outTradeNo), view: channel.pay(outTradeNo), source: { kind: 'notification', actor: 'channel' } }], options));
  }
  const apply = (by: TestUser = clerk, amountMinor = '1000', headers: Record<string, string> = {}, parts: object = {}) => by.post('/refunds', { memberId: member, amount: yuan(amountMinor), reason: 'moves away', ...parts }, headers);
  const applied = async (amountMinor?: string) => {
    clock.advance(MS_PER_MINUTE);
    const answer = await apply(clerk, amountMinor);
    assert.equal(answer.statusCode, 201, answer.body);
    return answer.json() as { refund: { refundId: string; state: string; isMine: boolean; amount: object }; parts: { outRefundNo: string; orderId: string; state: string }[] };
  };
  const refundable = async (by: TestUser = clerk): Promise<string> => (await by.get(`/members/${member}/refundable`)).json().refundable.amountMinor as string;
  const balance = async (): Promise<bigint> => (await operator.transaction((tx) => walletBalances(tx, [memberId], { clock }))).get(memberId)?.balanceMinor ?? 0n;
  return { ...operator, odb, clerk, manager, channel, member, memberId, apply, applied, refundable, balance };
}

describe('the refund desk over HTTP', () => {
  it('C-16 needs two people: who applied may not audit, nobody audits twice, and the money is set aside meanwhile', async () => {
    const { clerk, manager, applied, refundable, balance, odb } = await openDesk(3_000n);
    const { refund: { refundId, state, isMine } } = await applied();
    assert.deepEqual([state, isMine, await refundable(), await balance()], ['applied', true, '2000', 3_000n]);
    assert.equal(said(await clerk.post(`/refunds/${refundId}/approve`, {})), '403 refund_four_eyes');
    assert.equal(said(await clerk.post(`/refunds/${refundId}/reject`, {})), '403 refund_four_eyes');
    const approved = await manager.post(`/refunds/${refundId}/approve`, { note: 'seen' });
    assert.equal(approved.statusCode, 200, approved.body);
    assert.deepEqual([approved.json().refund.state, approved.json().refund.auditNote, approved.json().refund.isMine], ['approved', 'seen', false]);
    assert.equal(said(await manager.post(`/refunds/${refundId}/approve`, {})), '409 refund_audited_already');
    assert.equal(said(await manager.post(`/refunds/${refundId}/reject`, {})), '409 refund_audited_already');
    assert.equal(said(await clerk.post(`/refunds/${refundId}/withdraw`, {})), '409 refund_audited_already');
    assert.equal(await balance(), 2_000n);
    clock.advance(MS_PER_HOUR);
    await workDueRefunds(odb, scripted, { clock });
    const story = (await clerk.get(`/refunds/${refundId}`)).json();
    assert.deepEqual([story.refund.state, story.parts.map((part: { state: string }) => part.state)], ['executing', ['processing']]);
  });

  it('is taken back by who applied and by nobody else, and then everything is as it was', async () => {
    const { clerk, manager, applied, refundable } = await openDesk(3_000n);
    const { refund: { refundId } } = await applied();
    assert.equal(said(await manager.post(`/refunds/${refundId}/withdraw`, {})), '403 refund_not_yours');
    assert.equal((await clerk.post(`/refunds/${refundId}/withdraw`, {})).json().refund.state, 'withdrawn');
    assert.equal(await refundable(), '3000');
    const { refund: { refundId: second } } = await applied();
    assert.equal((await manager.post(`/refunds/${second}/reject`, {})).json().refund.state, 'rejected');
    assert.equal(await refundable(), '3000');
  });

  it('applies once for one Idempotency-Key, and refuses another request under it', async () => {
    const { clerk, apply, refundable } = await openDesk(3_000n);
    const key = { 'idempotency-key': newUuid() };
    const [first, again] = [await apply(clerk, '1000', key), await apply(clerk, '1000', key)];
    assert.deepEqual([first.statusCode, again.statusCode, again.json().refund.refundId], [201, 201, first.json().refund.refundId]);
    assert.equal(await refundable(), '2000');
    const other = await apply(clerk, '1001', key);
    assert.ok(other.statusCode >= 409 && other.statusCode <= 422, other.body);
    assert.equal(await refundable(), '2000');
    assert.equal((await clerk.get('/refunds')).json().items.length, 1);
  });

  it('refuses with a code and what would be possible', async () => {
    const { clerk, apply } = await openDesk(3_000n);
    const tooMuch = await apply(clerk, '3001');
    assert.deepEqual([said(tooMuch), tooMuch.json().data?.refundableMinor ?? tooMuch.json().data], ['422 refund_exceeds_refundable', '3000']);
    assert.equal(said(await apply(clerk, '0')), '422 refund_amount_invalid');
    assert.equal(said(await apply(clerk, '100', {}, { reason: '   ' })), '422 refund_amount_invalid');
    assert.equal(said(await apply(clerk, '100', {}, { amount: { amountMinor: '100', currency: 'EUR' } })), '422 currency_differs');
    assert.equal(said(await apply(clerk, '100', {}, { memberId: encodeId('mem', newUuid()) })), '404 member_not_found');
  });

  it('lists page by page, newest first, each refund once, by state, source and member', async () => {
    const { clerk, manager, applied, member } = await openDesk(9_000n);
    const made: string[] = [];
    for (let index = 0; index < 5; index++) made.push((await applied(String(100 + index))).refund.refundId);
    await manager.post(`/refunds/${made[0]}/reject`, {});
    const seen: string[] = [];
    for (let cursor = ''; ;) {
      const page = (await clerk.get(`/refunds?limit=2${cursor === '' ? '' : `&cursor=${cursor}`}`)).json() as { items: { refundId: string }[]; nextCursor: string | null };
      seen.push(...page.items.map(({ refundId }) => refundId));
      if (page.nextCursor === null) break;
      cursor = page.nextCursor;
    }
    assert.deepEqual(seen, made.toReversed());
    const count = async (query: string): Promise<number> => ((await clerk.get(`/refunds?${query}`)).json() as { items: unknown[] }).items.length;
    assert.deepEqual([await count('state=rejected'), await count('state=applied'), await count('source=surplus'), await count(`memberId=${member}`), await count(`memberId=${encodeId('mem', newUuid())}`)], [1, 4, 0, 5, 0]);
    assert.equal(said(await clerk.get('/refunds?cursor=nonsense')), '400 cursor_invalid');
  });

  it('shows another operator nothing: refunds, members and acts answer 404', async () => {
    const [ours, theirs] = [await openDesk(3_000n), await openDesk()];
    const { refund: { refundId } } = await ours.applied();
    assert.equal(said(await theirs.clerk.get(`/refunds/${refundId}`)), '404 refund_not_found');
    for (const act of ['approve', 'reject', 'withdraw']) assert.equal(said(await theirs.manager.post(`/refunds/${refundId}/${act}`, {})), '404 refund_not_found', act);
    assert.equal(said(await theirs.apply(theirs.clerk, '100', {}, { memberId: ours.member })), '404 member_not_found');
    assert.equal(said(await theirs.clerk.get(`/members/${ours.member}/refundable`)), '404 member_not_found');
    assert.deepEqual((await theirs.clerk.get('/refunds')).json().items, []);
    assert.equal((await ours.clerk.get(`/refunds/${refundId}`)).json().refund.state, 'applied');
    assert.equal(said(await ours.clerk.get('/refunds/rfa_nonsense')), '400 validation_failed');
  });

  it('lets each role do its own: a clerk applies and does not audit, a viewer sees nothing', async () => {
    const desk = await openDesk(3_000n);
    const [clerk, viewer] = [await desk.user('clerk'), await desk.user('viewer')];
    const { refund: { refundId } } = await desk.applied();
    assert.equal((await desk.apply(clerk, '100')).statusCode, 201);
    assert.equal((await clerk.post(`/refunds/${refundId}/approve`, {})).statusCode, 403);
    assert.equal((await desk.clerk.get(`/refunds/${refundId}`)).json().refund.state, 'applied');
    assert.equal((await clerk.send('PUT', '/refund-settings', { version: 0, auditAbove: yuan('100'), commissionPpm: 0 })).statusCode, 403);
    for (const path of ['/refunds', `/refunds/${refundId}`, '/refund-settings', `/members/${desk.member}/refundable`]) assert.equal((await viewer.get(path)).statusCode, 403, path);
    assert.equal((await desk.apply(viewer, '100')).statusCode, 403);
  });

  it('has rules by version: whoever decides on old ones is told', async () => {
    const { clerk, applied } = await openDesk(3_000n);
    assert.equal((await clerk.get('/refund-settings')).json().version, 0);
    const set = (version: number, currency = 'CNY') => clerk.send('PUT', '/refund-settings', { version, auditAbove: { amountMinor: '500', currency }, commissionPpm: 10_000 });
    assert.equal((await set(0)).json().version, 1);
    assert.equal(said(await set(0)), '409 refund_settings_changed_meanwhile');
    assert.equal(said(await set(1, 'EUR')), '422 currency_differs');
    const { refund, parts } = await applied('500');
    assert.deepEqual([refund.state, parts.length], ['approved', 1]);
    assert.equal((await applied('501')).refund.state, 'applied');
  });

  it('many who apply at the same moment get an answer each, and not more than was paid', async () => {
    const { apply, clerk, refundable } = await openDesk(3_000n);
    const answers = await Promise.all(Array.from({ length: 24 }, () => apply(clerk, '1000')));
    for (const answer of answers) assert.ok(answer.statusCode === 201 || ['409 refund_raced', '422 refund_exceeds_refundable', '422 refund_exceeds_balance'].includes(said(answer)), answer.body);
    const won = answers.filter(({ statusCode }) => statusCode === 201).length;
    assert.ok(won >= 1 && won <= 3);
    assert.equal(await refundable(), String(3_000 - won * 1_000));
  });
});
