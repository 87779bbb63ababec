import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { openTestApi } from '../../test/support/api.ts';
import { openTestDatabase } from '../../test/support/database.ts';
import { instant } from '../kernel/index.ts';
import { bookPosting, type PostingToBook } from '../modules/reconciliation/index.ts';
import { manualClock, newUuid } from '../platform/clock/index.ts';

const test = await openTestDatabase();
const clock = manualClock(instant(Date.UTC(2026, 3, 2, 8)));
const api = await openTestApi(test, { clock });

async function desk() {
  const operator = await api.operator();
  const [accountant, owner] = [await operator.user('accountant'), await operator.user()];
  const merchantAccountId = newUuid();
  const post = (businessDate: string, reference: string, amountMinor = 60n) => operator.transaction((tx) => bookPosting(tx, {
    kind: 'fees', merchantAccountId, businessDate, currency: 'CNY', reference, amountMinor, statementId: null } satisfies PostingToBook, { clock }));
  const postings = () => operator.transaction((tx) => tx.query<{ day: string; counts: string }>(
    'select business_date::text as day, accounting_date::text as counts from reconciliation.posting where operator_id = $1 order by recorded_at, reference', [operator.operatorId]));
  return { operator, accountant, owner, merchantAccountId, post, postings };
}

describe('an accounting month', () => {
  it('that is over and has nothing against it is closed by one person, once, and is in the audit log', async () => {
    const { accountant } = await desk();
    const seen = (await accountant.get('/accounting-periods/2026-03')).json();
    assert.deepEqual([seen.state, seen.blockers], ['open', []]);
    assert.equal((await accountant.get('/accounting-periods/2026-04')).json().state, 'running');
    assert.equal((await accountant.post('/accounting-periods/2026-04/close', {})).json().code, 'period_not_over');
    const closed = await accountant.post('/accounting-periods/2026-03/close', {});
    assert.deepEqual([closed.statusCode, closed.json().state], [201, 'closed'], closed.body);
    assert.equal((await accountant.post('/accounting-periods/2026-03/close', {})).json().code, 'period_closed_already');
    assert.equal((await accountant.get('/accounting-periods')).json().items.length, 1);
    assert.equal((await accountant.get('/audit-entries?act=ledger.close_period')).json().items.length, 1);
  });

  it('that is closed takes nothing more: what comes late is an adjustment of an open month that names the day it adjusts, also against a program that forgets to ask', async () => {
    const { operator, accountant, merchantAccountId, post, postings } = await desk();
    await post('2026-03-30', 'a');
    await accountant.post('/accounting-periods/2026-03/close', {});
    assert.notEqual(await post('2026-03-31', 'b'), null);
    assert.equal(await post('2026-03-31', 'b'), null, 'seen again it is booked once');
    await post('2026-04-01', 'c');
    assert.deepEqual(await postings(), [{ day: '2026-03-30', counts: '2026-03-30' }, { day: '2026-03-31', counts: '2026-04-02' }, { day: '2026-04-01', counts: '2026-04-01' }]);
    await assert.rejects(operator.transaction((tx) => tx.execute(
      `insert into reconciliation.posting (operator_id, posting_id, merchant_account_id, business_date, kind, reference, amount_minor, transfer_id, recorded_at) values ($1, $2, $3, '2026-03-31', 'fees', 'd', 1, $4, now())`,
      [operator.operatorId, newUuid(), merchantAccountId, newUuid()])), /closed_period/);
    await assert.rejects(operator.transaction((tx) => tx.execute('delete from ledger.closed_period where operator_id = $1', [operator.operatorId])));
  });

  it('with something against it is closed only by two persons with a reason, and only with what both have seen', async () => {
    const { operator, accountant, owner, post } = await desk();
    await post('2026-03-30', 'a');
    const wreck = () => operator.transaction((tx) => tx.execute(
      `insert into wallets.coupon_stock (operator_id, rule_id, gifts_issued) values ($1, $2, 3)`, [operator.operatorId, newUuid()]));
    await wreck();
    const refused = (await accountant.post('/accounting-periods/2026-03/close', {})).json();
    assert.deepEqual([refused.code, refused.data.blockers[0].gate], ['period_blocked', 'failing_audit']);
    const asked = (await accountant.post('/accounting-periods/2026-03/close', { reason: 'the year ends' })).json();
    assert.equal(asked.state, 'awaiting_approval');
    assert.equal((await accountant.post(`/approvals/${asked.approvalId}/decision`, { decision: 'approve' })).json().code, 'approval_by_requester');
    const approved = await owner.post(`/approvals/${asked.approvalId}/decision`, { decision: 'approve' });
    assert.equal(approved.json().state, 'approved', approved.body);
    const { closed } = (await accountant.get('/accounting-periods/2026-03')).json();
    assert.deepEqual([closed.reason, closed.waived.map(({ gate }: { gate: string }) => gate)], ['the year ends', ['failing_audit']]);
    await assert.rejects(operator.transaction((tx) => tx.execute(
      `insert into ledger.closed_period (operator_id, month, closed_by, waived, closed_at) values ($1, '2026-02-01', 'lin', '[{"gate": "x"}]', now())`, [operator.operatorId])), /closed_period_four_eyes/);
  });
});
