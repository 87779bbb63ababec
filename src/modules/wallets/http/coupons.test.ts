import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { openTestApi } from '../../../../test/support/api.ts';
import { openTestDatabase } from '../../../../test/support/database.ts';
import { encodeId, instant } from '../../../kernel/index.ts';
import { manualClock } from '../../../platform/clock/index.ts';
import { createMember } from '../../parties/index.ts';
import { auditCoupons } from '../index.ts';

const test = await openTestDatabase();
const clock = manualClock(instant(Date.UTC(2026, 2, 2, 8)));
const api = await openTestApi(test, { clock });
const money = (amountMinor: string) => ({ amountMinor, currency: 'CNY' });
const TERMS = {
  name: 'Ten off', issueCondition: 'by_hand', topUpMinimum: null, denomination: money('1000'), couponsPerGift: 2, giftsMax: 30, onSaleFrom: '2026-03-01T00:00:00.000Z', onSaleTo: null, validityDays: 30, validFrom: null, validTo: null,
  stationIds: [], threshold: money('3000'), useMax: 1, isOn: true, remark: null,
};

describe('C-19 coupons over HTTP', () => {
  it('C-19 a rule is made and changed by version, and a change that has not seen the last one is refused', async () => {
    const operator = await api.operator(), user = await operator.user();
    const made = await user.post('/coupon-rules', TERMS);
    assert.equal(made.statusCode, 201, made.body);
    const { ruleId } = made.json();
    const changed = await user.send('PUT', `/coupon-rules/${ruleId}`, { ...TERMS, name: 'Ten off in spring', version: 1 });
    assert.deepEqual([changed.json().version, changed.json().name], [2, 'Ten off in spring'], changed.body);
    assert.equal((await user.send('PUT', `/coupon-rules/${ruleId}`, { ...TERMS, version: 1 })).json().code, 'coupon_rule_changed_meanwhile');
    const wrong = (await user.post('/coupon-rules', { ...TERMS, validityDays: null })).json();
    assert.deepEqual([wrong.code, wrong.data.problems], ['coupon_rule_invalid', ['validity_missing']]);
    assert.equal((await user.get('/coupon-rules')).json().items.length, 1);
    assert.equal((await user.get('/audit-entries?act=wallets.change_coupon_rule')).json().items.length, 1);
  });

  it('C-19 C-16 given by hand it is signed with its reason, and worth more than the threshold it needs a second person', async () => {
    const operator = await api.operator(), [clerk, manager] = [await operator.user(), await operator.user()];
    const { ruleId } = (await clerk.post('/coupon-rules', TERMS)).json();
    const members = await Promise.all(Array.from({ length: 26 }, () => operator.transaction((tx) => createMember(tx, { displayName: 'Lin' }))));
    const ids = members.map((memberId) => encodeId('mem', memberId));
    const given = await clerk.post(`/coupon-rules/${ruleId}/gifts`, { memberIds: [ids[0]], reason: 'the station was out of order' });
    assert.deepEqual([given.statusCode, given.json()], [201, { state: 'given', coupons: 2, approvalId: null }], given.body);
    const coupons = (await clerk.get(`/members/${ids[0]}/coupons`)).json().items as { state: string; amount: { amountMinor: string } }[];
    assert.deepEqual(coupons.map(({ state, amount }) => [state, amount.amountMinor]), [['unused', '1000'], ['unused', '1000']]);
    const asked = (await clerk.post(`/coupon-rules/${ruleId}/gifts`, { memberIds: ids, reason: 'spring' })).json();
    assert.equal(asked.state, 'awaiting_approval');
    assert.equal((await clerk.post(`/approvals/${asked.approvalId}/decision`, { decision: 'approve' })).json().code, 'approval_by_requester');
    assert.equal((await manager.post(`/approvals/${asked.approvalId}/decision`, { decision: 'approve' })).json().state, 'approved');
    assert.equal((await clerk.get(`/members/${ids[1]}/coupons`)).json().items.length, 2);
    const none = (await clerk.post(`/coupon-rules/${ruleId}/gifts`, { memberIds: ids.slice(0, 4), reason: 'again' })).json();
    assert.deepEqual([none.code, none.data.left], ['coupon_packs_given', 3]);
    const acts = (await clerk.get('/audit-entries?act=wallets.give_coupons')).json().items as { reason: string }[];
    assert.deepEqual(acts.map(({ reason }) => reason), ['spring', 'the station was out of order']);
    assert.deepEqual((await operator.transaction(auditCoupons)).flatMap(({ failures }) => failures), []);
  });

  it('C-19 C-16 whoever approves a gift approves what it was worth when it was asked for: a rule that was changed meanwhile gives nothing', async () => {
    const operator = await api.operator(), [clerk, manager] = [await operator.user(), await operator.user()];
    const { ruleId } = (await clerk.post('/coupon-rules', TERMS)).json();
    const members = await Promise.all(Array.from({ length: 26 }, () => operator.transaction((tx) => createMember(tx, { displayName: 'Lin' }))));
    const ids = members.map((memberId) => encodeId('mem', memberId));
    const asked = (await clerk.post(`/coupon-rules/${ruleId}/gifts`, { memberIds: ids, reason: 'spring' })).json();
    assert.equal(asked.state, 'awaiting_approval');
    assert.equal((await clerk.send('PUT', `/coupon-rules/${ruleId}`, { ...TERMS, denomination: money('100000'), version: 1 })).json().version, 2);
    const approved = (await manager.post(`/approvals/${asked.approvalId}/decision`, { decision: 'approve' })).json();
    assert.deepEqual([approved.code, approved.detail], ['approval_not_applicable', 'coupon_rule_changed_meanwhile']);
    assert.equal((await clerk.get(`/members/${ids[0]}/coupons`)).json().items.length, 0);
  });
});
