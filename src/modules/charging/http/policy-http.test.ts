import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { openTestApi } from '../../../../test/support/api.ts';
import { openTestDatabase } from '../../../../test/support/database.ts';
import { encodeId } from '../../../kernel/index.ts';
import { createMember } from '../../parties/index.ts';

const test = await openTestDatabase();
const api = await openTestApi(test);

describe('what an operator decides about charging, over HTTP', () => {
  it('is shown and changed with who, before and after in the audit log; what cannot hold together is refused', async () => {
    const operator = await api.operator(), user = await operator.user();
    const before = (await user.get('/charging-policy')).json() as { version: number; changedAt: string | null; balanceThreshold: { amountMinor: string }; abnormalBills: string };
    assert.deepEqual([before.version, before.changedAt, before.balanceThreshold.amountMinor], [0, null, '200']);
    const wanted = { holdAmountMinor: '3000', holdMinimumMinor: '500', balanceThresholdMinor: '1000', silenceDeadlineS: 3_600, defaultConnectorPowerW: '60000', abnormalBills: 'settle_first', sessionsPerMemberMax: null, seenVersion: 0, reason: 'the contract of May' };
    const put = (change: object) => user.send('PUT', '/charging-policy', { ...wanted, ...change });
    assert.equal((await put({ holdMinimumMinor: '4000' })).json().code, 'charging_policy_invalid');
    assert.equal((await put({ reason: '  ' })).json().code, 'charging_policy_reason_missing');
    assert.equal((await put({})).json().balanceThreshold.amountMinor, '1000');
    assert.deepEqual([(await put({ silenceDeadlineS: 60 })).json().code, (await put({ seenVersion: 1 })).json().code], ['charging_policy_changed_meanwhile', 'charging_policy_unchanged']);
    const now = (await user.get('/charging-policy')).json() as typeof before;
    assert.deepEqual([now.abnormalBills, now.version, now.changedAt === null], ['settle_first', 1, false]);
    const [act] = (await user.get('/audit-entries?act=charging.change_policy')).json().items as { before: { balanceThresholdMinor: string }; after: { balanceThresholdMinor: string } }[];
    assert.deepEqual([act?.before.balanceThresholdMinor, act?.after.balanceThresholdMinor], ['200', '1000']);
  });

  it('keeps every version with who decided it and why, newest first and page by page', async () => {
    const operator = await api.operator(), user = await operator.user();
    const wanted = { holdAmountMinor: '3000', holdMinimumMinor: '500', balanceThresholdMinor: '1000', defaultConnectorPowerW: '60000', abnormalBills: 'hold', sessionsPerMemberMax: 2 };
    for (const seenVersion of [0, 1, 2]) assert.equal((await user.send('PUT', '/charging-policy', { ...wanted, silenceDeadlineS: 3_600 + seenVersion, seenVersion, reason: `decision ${seenVersion + 1}` })).statusCode, 200);
    const { items, nextCursor } = (await user.get('/charging-policy/versions?limit=2')).json() as { items: { version: number; reason: string; changedBy: string; silenceDeadlineS: number }[]; nextCursor: string };
    assert.deepEqual(items.map(({ version, reason, silenceDeadlineS }) => [version, reason, silenceDeadlineS]), [[3, 'decision 3', 3_602], [2, 'decision 2', 3_601]]);
    assert.match(items[0]!.changedBy, /^User /);
    const last = (await user.get(`/charging-policy/versions?limit=2&cursor=${nextCursor}`)).json() as { items: { version: number }[]; nextCursor: null };
    assert.deepEqual([last.items.map(({ version }) => version), last.nextCursor], [[1], null]);
  });

  it('C-20 terms of one member are versions, and nobody changes them by what somebody else has just changed', async () => {
    const operator = await api.operator(), user = await operator.user();
    const memberId = encodeId('mem', await test.database.forOperator(operator.operatorId).transaction((tx) => createMember(tx, { displayName: 'Depot' })));
    const path = `/members/${memberId}/charging-terms`;
    assert.deepEqual((await user.get(path)).json(), { version: 0, balanceThreshold: null, overdraft: { amountMinor: '0', currency: 'CNY' }, reason: null, changedBy: null, recordedAt: null });
    const terms = { basedOnVersion: 0, balanceThresholdMinor: '0', overdraftMinor: '50000', reason: 'fleet contract 7' };
    assert.equal((await user.send('PUT', path, terms)).json().version, 1);
    assert.equal((await user.send('PUT', path, terms)).json().code, 'member_terms_changed_meanwhile');
    for (const overdraftMinor of ['-1', '100000001']) assert.equal((await user.send('PUT', path, { ...terms, basedOnVersion: 1, overdraftMinor })).json().code, 'member_terms_invalid');
    assert.match((await user.get(path)).json().changedBy as string, /^User /);
    assert.equal((await user.send('PUT', path, { ...terms, basedOnVersion: 1, balanceThresholdMinor: null })).json().version, 2);
    const { items } = (await user.get(`${path}/versions`)).json() as { items: { version: number; balanceThreshold: unknown; overdraft: { amountMinor: string }; reason: string }[] };
    assert.deepEqual(items.map(({ version, balanceThreshold, overdraft, reason }) => [version, balanceThreshold === null, overdraft.amountMinor, reason]), [[2, true, '50000', 'fleet contract 7'], [1, false, '50000', 'fleet contract 7']]);
  });

  it('C-20 a credit line is money: whoever writes members down does not give one', async () => {
    const operator = await api.operator(), [clerk, accountant] = [await operator.user('clerk'), await operator.user('accountant')];
    const memberId = encodeId('mem', await test.database.forOperator(operator.operatorId).transaction((tx) => createMember(tx, { displayName: 'Depot' })));
    const terms = { basedOnVersion: 0, balanceThresholdMinor: null, overdraftMinor: '50000', reason: 'fleet contract 7' };
    const refused = await clerk.send('PUT', `/members/${memberId}/charging-terms`, terms);
    assert.deepEqual([refused.json().code, refused.json().detail], ['permission_missing', 'wallets:correct']);
    assert.equal((await accountant.send('PUT', `/members/${memberId}/charging-terms`, terms)).json().version, 1);
  });
});
