import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { openTestApi, type TestUser } from '../../../../test/support/api.ts';
import { openTestDatabase } from '../../../../test/support/database.ts';
import { encodeId, instant, MS_PER_DAY, type OperatorId } from '../../../kernel/index.ts';
import { manualClock } from '../../../platform/clock/index.ts';
import { createMember } from '../../parties/index.ts';
import { walletTopUp } from '../commands/wallet-top-up.ts';
import { applyPaymentViews } from '../commands/apply-payment-views.ts';
import { insertTestAccount, namedBy, scriptedAccounts, scriptedChannel, type TestAccount } from '../testing.ts';

const test = await openTestDatabase();
const clock = manualClock(instant(Date.UTC(2026, 2, 2, 8)));
const accounts: (TestAccount & { operatorId: OperatorId })[] = [];
const scripted = scriptedAccounts([]);
const channels = {
  ...scripted, close: () => Promise.resolve(),
  accountsOf: (operatorId: OperatorId) => Promise.resolve(accounts.filter((account) => account.operatorId === operatorId).map((account) => ({ ...account, kind: account.channel.traits.kind, enabled: true }))),
};
const api = await openTestApi(test, { clock, payments: { channels, rules: { allowedOrigins: [] }, notifyOrigin: 'http://localhost' } as never });
const WECHAT = 'Mozilla/5.0 (iPhone) MicroMessenger/8.0', TELEPHONE = 'Mozilla/5.0 (Linux; Android 15; Mobile)', COMPUTER = 'Mozilla/5.0 (X11; Linux x86_64)';

async function shop() {
  const operator = await api.operator();
  const user = await operator.user();
  const [wechatpay, alipay] = [scriptedChannel({ kind: 'wechatpay', clock }), scriptedChannel({ kind: 'alipay', clock })];
  const stored = await operator.transaction(async (tx) => [await insertTestAccount(tx, { channel: wechatpay, clock }), await insertTestAccount(tx, { channel: alipay, clock })] as const);
  for (const account of stored) { accounts.push({ ...account, operatorId: operator.operatorId }); scripted.add(account); }
  const memberId = await operator.transaction((tx) => createMember(tx, { displayName: 'Lin' }));
  const open = async (by: TestUser = user, body: object = {}) => {
    const answer = await by.post('/payment-orders', { memberId: encodeId('mem', memberId), amount: { amountMinor: '5000', currency: 'CNY' }, ...body });
    assert.equal(answer.statusCode, 201, answer.body);
    return answer.json() as { orderId: string; payerToken: string; state: string };
  };
  const notify = (outTradeNo: string) => operator.transaction((tx) => applyPaymentViews(tx, [{ ...namedBy(outTradeNo), view: wechatpay.viewOf(outTradeNo), source: { kind: 'notification', actor: 'channel' } }],
    { clock, purposes: new Map([['wallet_top_up', walletTopUp]]) }));
  return { ...operator, user, wechatpay, alipay, memberId, open, notify, wechatAccount: encodeId('mch', stored[0].merchantAccountId) };
}
const payer = (method: 'GET' | 'POST', path: string, userAgent: string, payload?: object) =>
  api.api.server.inject({ method, url: `/api/v1/payer/orders/${path}`, headers: { 'user-agent': userAgent }, ...(payload ? { payload } : {}) });

describe('payment orders over HTTP', () => {
  it('a clerk opens an order, offers it, and reads its story with the evidence once it is paid', async () => {
    const { user, open, wechatpay, wechatAccount, notify } = await shop();
    const { orderId } = await open();
    const offered = await user.post(`/payment-orders/${orderId}/offers`, { merchantAccountId: wechatAccount, method: 'native_qr' });
    assert.equal(offered.statusCode, 200, offered.body);
    const { attempt, presentation } = offered.json();
    assert.equal(presentation.kind, 'qr');
    const { channelTradeNo } = wechatpay.pay(attempt.outTradeNo);
    await notify(attempt.outTradeNo);
    const story = (await user.get(`/payment-orders/${orderId}`)).json();
    assert.equal(story.order.state, 'paid');
    assert.deepEqual(story.timeline.map((entry: { kind: string }) => entry.kind), ['order_opened', 'offered', 'observed', 'order_paid']);
    assert.deepEqual(story.exchanges.map((exchange: { act: string; outcome: string }) => [exchange.act, exchange.outcome]), [['createPayment', 'confirmed']]);
    for (const number of [orderId, attempt.outTradeNo, channelTradeNo]) assert.deepEqual((await user.get(`/payment-orders?number=${number}`)).json().items.map((item: { orderId: string }) => item.orderId), [orderId], number);
  });

  it('orders are listed by state, member and day, page by page', async () => {
    const { user, open, memberId } = await shop();
    const opened = [await open(), await open(), await open()];
    const first = (await user.get(`/payment-orders?limit=2&memberId=${encodeId('mem', memberId)}&state=created&state=paid`)).json();
    assert.equal(first.items.length, 2);
    const rest = (await user.get(`/payment-orders?limit=2&cursor=${first.nextCursor}`)).json();
    assert.deepEqual([...first.items, ...rest.items].map((item: { orderId: string }) => item.orderId).toSorted(), opened.map(({ orderId }) => orderId).toSorted());
    assert.equal(rest.nextCursor, null);
    assert.equal((await user.get('/payment-orders?state=paid')).json().items.length, 0);
    assert.equal((await user.get(`/payment-orders?from=${new Date(clock.now() + MS_PER_DAY).toISOString()}`)).json().items.length, 0);
    assert.equal((await user.get('/payment-orders?number=nothing-of-ours')).json().items.length, 0);
  });

  it('P-13 the counter charges the payer\'s code; P-04 closing says what the channel said; P-02 a clerk finds a lost payment', async () => {
    const { user, open, wechatpay, wechatAccount } = await shop();
    const code = { merchantAccountId: wechatAccount, paymentCode: '134567890123456789' };
    const paid = await user.post(`/payment-orders/${(await open()).orderId}/code-payments`, code);
    assert.equal(paid.json().attemptState, 'paid', paid.body);
    const closed = await open();
    assert.deepEqual((await user.post(`/payment-orders/${closed.orderId}/closing`, {})).json(), { outcome: 'closed' });
    const lost = await open();
    const { attempt } = (await user.post(`/payment-orders/${lost.orderId}/offers`, { merchantAccountId: wechatAccount, method: 'native_qr' })).json();
    wechatpay.pay(attempt.outTradeNo);
    const checked = (await user.post(`/payment-orders/${lost.orderId}/checks`, {})).json();
    assert.deepEqual([checked.order.state, checked.order.recoveredBy, checked.outcomes[0].outcome], ['paid', `clerk:${user.userId}`, 'credited']);
    const acts = (await user.get('/audit-entries?act=payments')).json().items.map((entry: { act: string }) => entry.act);
    assert.ok(['payments.open_order', 'payments.close_order', 'payments.ask_channel'].every((act) => acts.includes(act)), acts.join());
  });

  it('a channel that refuses or gives no answer is told as such', async () => {
    const { user, open, wechatpay, wechatAccount } = await shop();
    const { orderId } = await open();
    const offer = () => user.post(`/payment-orders/${orderId}/offers`, { merchantAccountId: wechatAccount, method: 'native_qr' });
    wechatpay.failNext('createPayment', { refused: 'no_permission' }, 'lost');
    const refused = await offer();
    assert.deepEqual([refused.statusCode, refused.json().code, refused.json().data.reason], [409, 'channel_refused', 'no_permission']);
    assert.deepEqual([(await offer()).json().code, (await offer()).statusCode], ['channel_unknown', 200]);
    assert.equal((await user.post(`/payment-orders/${orderId}/offers`, { merchantAccountId: encodeId('mch', user.userId), method: 'native_qr' })).json().code, 'merchant_account_not_found');
  });
});

describe("the payer's page", () => {
  it('is found by its token alone, and offers what the payer\'s browser can pay with', async () => {
    const { open, wechatpay } = await shop();
    const { payerToken } = await open();
    const seen = async (userAgent: string) => (await payer('GET', payerToken, userAgent)).json();
    assert.deepEqual((await seen(COMPUTER)).choices, [{ channel: 'wechatpay', method: 'native_qr' }, { channel: 'alipay', method: 'native_qr' }]);
    assert.deepEqual((await seen(TELEPHONE)).choices, [{ channel: 'wechatpay', method: 'h5' }, { channel: 'alipay', method: 'page' }]);
    assert.deepEqual((await seen(WECHAT)).choices, [{ channel: 'wechatpay', method: 'native_qr' }]);
    const { amount, test: isTest, state } = await seen(WECHAT);
    assert.deepEqual([amount, isTest, state], [{ amountMinor: '5000', currency: 'CNY' }, true, 'created']);
    const offered = await payer('POST', `${payerToken}/offers`, WECHAT, { payer: 'openid-1' });
    assert.deepEqual([offered.statusCode, offered.json().method], [200, 'jsapi'], offered.body);
    wechatpay.pay(wechatpay.calls[0]!.number);
    assert.deepEqual((await payer('POST', `${payerToken}/closing`, WECHAT, {})).json(), { outcome: 'paid' });
    assert.equal((await payer('GET', `${payerToken}/state`, WECHAT)).json().state, 'paid');
  });

  it('of a token that nobody has does not exist', async () => {
    for (const token of ['0'.repeat(26), 'x', encodeURIComponent("' or 1=1")]) assert.equal((await payer('GET', token, COMPUTER)).json().code, 'payment_order_not_found');
  });
});

describe('C-22 top-up amounts on offer', () => {
  const good = { amountsMinor: ['3000', '5000', '10000'], minimumMinor: '1000', maximumMinor: '50000', balanceThresholdMinor: '2000' };

  it('C-22 are the operator\'s own, checked when they are changed, and shown with what is missing before going live', async () => {
    const { user, open } = await shop();
    assert.deepEqual((await user.get('/top-up-settings')).json().warnings, ['never_set', 'no_live_account']);
    const changed = await user.send('PUT', '/top-up-settings', { ...good, reason: 'new tariff' });
    assert.deepEqual([changed.json().version, changed.json().warnings], [1, ['no_live_account']], changed.body);
    const wrong = await user.send('PUT', '/top-up-settings', { ...good, amountsMinor: ['5000', '3000', '90000'], balanceThresholdMinor: '100000' });
    assert.deepEqual([wrong.statusCode, wrong.json().data.problems], [422, ['amounts_not_ascending', 'amount_outside_bounds', 'threshold_above_largest_amount']]);
    assert.equal((await user.get('/top-up-settings')).json().version, 1);
    await open();
    const refused = await user.post('/payment-orders', { memberId: (await open() as unknown as { memberId: string }).memberId, amount: { amountMinor: '90000', currency: 'CNY' } });
    assert.equal(refused.json().code, 'top_up_amount_not_offered');
    assert.ok((await user.get('/audit-entries?act=payments.change_top_up_settings')).json().items[0].before.amountsMinor.length > 0);
  });
});
