import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { openTestApi } from '../../../../test/support/api.ts';
import { openTestDatabase } from '../../../../test/support/database.ts';
import { encodeId, instant } from '../../../kernel/index.ts';
import { manualClock, newUuid } from '../../../platform/clock/index.ts';
import { constraintOf } from '../../../platform/database/index.ts';
import { auditLedger } from '../../ledger/index.ts';
import { createMember } from '../../parties/index.ts';
import { auditCoupons, auditWallets, topUpAtCashDesk, walletBalances } from '../index.ts';

const test = await openTestDatabase();
const clock = manualClock(instant(Date.UTC(2026, 2, 2, 8)));
const api = await openTestApi(test, { clock });

async function desk() {
  const operator = await api.operator();
  const [clerk, manager] = [await operator.user('clerk'), await operator.user()];
  const memberId = await operator.transaction((tx) => createMember(tx, { displayName: 'Lin' })), member = encodeId('mem', memberId);
  const topUp = (amountMinor: string, headers?: Record<string, string>) => clerk.post(`/members/${member}/top-ups`, { amount: { amountMinor, currency: 'CNY' } }, headers);
  const balance = async (): Promise<bigint> => (await operator.transaction((tx) => walletBalances(tx, [memberId], { clock }))).get(memberId)?.balanceMinor ?? 0n;
  const money = (amountMinor: string) => ({ amountMinor, currency: 'CNY' });
  const rule = (change: object = {}) => manager.post('/coupon-rules', {
    name: 'Five off', issueCondition: 'top_up', topUpMinimum: money('10000'), denomination: money('500'), couponsPerGift: 2, giftsMax: null, onSaleFrom: '2026-03-01T00:00:00.000Z', onSaleTo: null, validityDays: 30, validFrom: null,
    validTo: null, stationIds: [], threshold: money('0'), useMax: 1, isOn: true, remark: null, ...change,
  });
  const cashback = (version: number, change: object = {}) => manager.send('PUT', '/cashback-rules', { version, tiers: [{ topUpMinor: '10000', cashbackMinor: '300' }], from: '2026-03-01T00:00:00.000Z', to: null, ...change });
  const coupons = async (): Promise<number> => (await manager.get(`/members/${member}/coupons`)).json().items.length;
  const failures = () => operator.transaction(async (tx) => [...(await auditWallets(tx)), ...(await auditCoupons(tx)), ...(await auditLedger(tx, { operatorId: operator.operatorId }))].flatMap((check) => check.failures));
  return { ...operator, clerk, manager, memberId, member, topUp, balance, rule, cashback, coupons, failures };
}

describe('C-16 a top-up at the cash desk', () => {
  it('C-16 below the threshold takes one person, and above it is booked only when another approves', async () => {
    const { clerk, manager, topUp, balance, failures, transaction, operatorId } = await desk();
    const changed = await manager.send('PUT', '/adjustment-policy', { cashDeskAboveMinor: '20000' });
    assert.deepEqual([changed.json().cashDeskAbove.amountMinor, changed.json().fourEyesAbove.amountMinor], ['20000', '50000'], changed.body);
    assert.deepEqual([(await topUp('20000')).json().state, await balance()], ['booked', 20_000n]);
    const asked = await topUp('20001');
    assert.deepEqual([asked.statusCode, asked.json().state, asked.json().recordedAt, await balance()], [201, 'awaiting_approval', null, 20_000n], asked.body);
    const path = `/approvals/${asked.json().approvalId}/decision`;
    assert.notEqual((await clerk.post(path, { decision: 'approve' })).statusCode, 200);
    const approved = await manager.post(path, { decision: 'approve' });
    assert.deepEqual([approved.json().state, await balance()], ['approved', 40_001n], approved.body);
    assert.equal((await clerk.get('/cash-desk/today')).json().topUps, 2);
    const acts = (await manager.get('/audit-entries?act=wallets.top_up')).json().items as { after: Record<string, unknown> }[];
    assert.equal(acts.filter(({ after }) => after?.approvedBy !== undefined).length, 1);
    const versions = await transaction((tx) => tx.query('select version from wallets.adjustment_policy where operator_id = $1', [operatorId]));
    assert.equal(versions.length, 1, 'a change is a version, never an edit');
    assert.deepEqual(await failures(), []);
  });

  it('C-16 that nobody approves or that is refused books nothing', async () => {
    const { manager, topUp, balance } = await desk();
    await manager.send('PUT', '/adjustment-policy', { cashDeskAboveMinor: '0' });
    const { approvalId } = (await topUp('1')).json();
    await manager.post(`/approvals/${approvalId}/decision`, { decision: 'refuse', note: 'no cash was there' });
    assert.equal(await balance(), 0n);
  });

  it('C-16 above the threshold is refused to the program too, and by the table', async () => {
    const { manager, memberId, transaction, operatorId, topUp } = await desk();
    await topUp('100');
    await manager.send('PUT', '/adjustment-policy', { cashDeskAboveMinor: '500' });
    const refused = await transaction((tx) => topUpAtCashDesk(tx, { commandId: newUuid(), memberId, amountMinor: 501n, actor: 'lin' }, { clock }));
    assert.equal(refused.ok ? '' : refused.error.code, 'top_up_needs_second_person');
    await assert.rejects(transaction((tx) => tx.execute(
      `insert into wallets.cash_desk_top_up (operator_id, command_id, member_id, currency, amount_minor, actor, transfer_id, recorded_at, four_eyes_above_minor) values ($1, $2, $3, 'CNY', 501, 'lin', $2, now(), 500)`,
      [operatorId, newUuid(), memberId])), (error) => constraintOf(error) === 'cash_desk_top_up_four_eyes');
  });
});

describe('P-11 a top-up at the cash desk is given what the rules say', () => {
  it('P-11 C-19 coupons and cashback, once for each act, in the transaction that books it', async () => {
    const { topUp, balance, rule, cashback, coupons, failures } = await desk();
    assert.deepEqual((await rule()).json().topUpChannels, ['wechatpay', 'alipay', 'cash_desk']);
    assert.deepEqual((await cashback(0)).json().channels, ['wechatpay', 'alipay', 'cash_desk']);
    await topUp('9999');
    assert.deepEqual([await coupons(), await balance()], [0, 9_999n]);
    const headers = { 'idempotency-key': newUuid() };
    await topUp('10000', headers);
    await topUp('10000', headers);
    assert.deepEqual([await coupons(), await balance()], [2, 9_999n + 10_300n]);
    assert.deepEqual(await failures(), []);
  });

  it('P-11 C-19 not by a rule for other channels, and a rule keeps its channels when a change does not name them', async () => {
    const { manager, topUp, balance, rule, cashback, coupons } = await desk();
    const made = (await rule({ topUpChannels: ['wechatpay'] })).json(), { ruleId, version, giftsIssued: _issued, recordedAt: _at, topUpChannels: _channels, ...terms } = made;
    await cashback(0, { channels: ['alipay'] });
    await topUp('10000');
    assert.deepEqual([await coupons(), await balance()], [0, 10_000n]);
    assert.deepEqual((await manager.send('PUT', `/coupon-rules/${ruleId}`, { ...terms, version })).json().topUpChannels, ['wechatpay']);
    assert.deepEqual((await cashback(1)).json().channels, ['alipay']);
    assert.equal((await rule({ topUpChannels: [] })).json().code, 'coupon_rule_invalid');
    assert.equal((await cashback(2, { channels: [] })).json().code, 'cashback_rules_invalid');
  });

  it('P-11 above the threshold when it is approved, not when it is asked for', async () => {
    const { manager, topUp, balance, rule, cashback, coupons } = await desk();
    await rule();
    await cashback(0);
    await manager.send('PUT', '/adjustment-policy', { cashDeskAboveMinor: '10000' });
    const { approvalId } = (await topUp('10001')).json();
    assert.deepEqual([await coupons(), await balance()], [0, 0n]);
    await manager.post(`/approvals/${approvalId}/decision`, { decision: 'approve' });
    assert.deepEqual([await coupons(), await balance()], [2, 10_301n]);
  });
});
