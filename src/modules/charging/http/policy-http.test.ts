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
    const before = (await user.get('/charging-policy')).json() as { balanceThreshold: { amountMinor: string }; abnormalBills: string };
    assert.equal(before.balanceThreshold.amountMinor, '200');
    const wanted = { holdAmountMinor: '3000', holdMinimumMinor: '500', balanceThresholdMinor: '1000', silenceDeadlineS: 3_600, defaultConnectorPowerW: '60000', abnormalBills: 'settle_first', sessionsPerMemberMax: null };
    assert.equal((await user.send('PUT', '/charging-policy', { ...wanted, holdMinimumMinor: '4000' })).json().code, 'charging_policy_invalid');
    assert.equal((await user.send('PUT', '/charging-policy', wanted)).json().balanceThreshold.amountMinor, '1000');
    assert.equal(((await user.get('/charging-policy')).json() as typeof before).abnormalBills, 'settle_first');
    const [act] = (await user.get('/audit-entries?act=charging.change_policy')).json().items as { before: { balanceThresholdMinor: string }; after: { balanceThresholdMinor: string } }[];
    assert.deepEqual([act?.before.balanceThresholdMinor, act?.after.balanceThresholdMinor], ['200', '1000']);
  });

  it('C-20 terms of one member are versions, and nobody changes them by what somebody else has just changed', async () => {
    const operator = await api.operator(), user = await operator.user();
    const memberId = encodeId('mem', await test.database.forOperator(operator.operatorId).transaction((tx) => createMember(tx, { displayName: 'Depot' })));
    const path = `/members/${memberId}/charging-terms`;
    assert.deepEqual((await user.get(path)).json(), { version: 0, balanceThreshold: null, overdraft: { amountMinor: '0', currency: 'CNY' }, reason: null, changedBy: null, recordedAt: null });
    const terms = { basedOnVersion: 0, balanceThresholdMinor: '0', overdraftMinor: '50000', reason: 'fleet contract 7' };
    assert.equal((await user.send('PUT', path, terms)).json().version, 1);
    assert.equal((await user.send('PUT', path, terms)).json().code, 'member_terms_changed_meanwhile');
    assert.equal((await user.send('PUT', path, { ...terms, basedOnVersion: 1, overdraftMinor: '-1' })).json().code, 'member_terms_invalid');
    assert.match((await user.get(path)).json().changedBy as string, /^User /);
  });
});
