import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { openTestApi } from '../../test/support/api.ts';
import { openTestDatabase } from '../../test/support/database.ts';
import { instant, type OperatorId } from '../kernel/index.ts';
import { bookPosting, type PostingToBook } from '../modules/reconciliation/index.ts';
import { workPeriod } from '../modules/ledger/index.ts';
import { manualClock, newUuid } from '../platform/clock/index.ts';
import { PERIODS } from './period-gates.ts';

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
  const odb = test.database.forOperator(operator.operatorId as OperatorId);
  /** What the job does, until nothing waits. */
  const work = async (rules = PERIODS): Promise<void> => { while (await workPeriod(odb, rules, { clock })) { /* the next one */ } };
  const close = async (body: Record<string, unknown> = {}, month = '2026-03') => {
    const asked = await accountant.post(`/accounting-periods/${month}/close`, body);
    await work();
    return asked;
  };
  const look = async (month = '2026-03') => (await accountant.get(`/accounting-periods/${month}`)).json();
  return { operator, accountant, owner, merchantAccountId, post, postings, work, close, look };
}

describe('an accounting month', () => {
  it('that is over and has nothing against it is closed by one person through a job, once, and is in the audit log', async () => {
    const { accountant, work, look } = await desk();
    assert.deepEqual([(await look()).state, (await look()).blockers], ['open', []]);
    assert.equal((await look('2026-04')).state, 'running');
    assert.equal((await accountant.post('/accounting-periods/2026-04/close', {})).json().code, 'period_not_over');
    const asked = await accountant.post('/accounting-periods/2026-03/close', {});
    assert.deepEqual([asked.statusCode, asked.json().state, asked.json().work.state, asked.json().work.gatesTotal], [202, 'closing', 'waiting', 3], asked.body);
    assert.equal((await accountant.post('/accounting-periods/2026-03/close', {})).json().code, 'period_work_under_way');
    await work();
    const closed = await look();
    assert.deepEqual([closed.state, closed.work.state, closed.work.gatesDone, closed.blockers], ['closed', 'closed', 3, []]);
    assert.equal((await accountant.post('/accounting-periods/2026-03/close', {})).json().code, 'period_closed_already');
    assert.equal((await accountant.get('/audit-entries?act=ledger.close_period')).json().items.length, 1);
  });

  it('that is checked says what stands against it and changes nothing; its progress can be seen gate by gate', async () => {
    const { accountant, work, look } = await desk();
    const seen: string[] = [];
    const watched = PERIODS.gates.map((gate) => ({ ...gate, find: async (...of: Parameters<typeof gate.find>) => { const { work: now } = await look(); seen.push(`${now.state} ${now.gatesDone} ${now.gate}`); return gate.find(...of); } }));
    assert.equal((await accountant.post('/accounting-periods/2026-03/check', {})).json().state, 'open');
    await work({ ...PERIODS, gates: watched });
    assert.deepEqual(seen.slice(0, 3), ['checking 0 open_breaks', 'checking 1 unknown_outcomes', 'checking 2 failing_audit']);
    const { state, work: done } = await look();
    assert.deepEqual([state, done.state, done.blockers], ['open', 'checked', []]);
  });

  it('whose job dies is taken up by the next one, and given up after some tries with what went wrong', async () => {
    const { accountant, work, look } = await desk();
    await accountant.post('/accounting-periods/2026-03/close', {});
    const broken = { ...PERIODS, gates: [{ gate: 'broken', about: 'cannot be asked', find: () => Promise.reject(new Error('no answer')) }] };
    for (let tries = 0; tries < 4; tries++) await assert.rejects(work(broken), /no answer/);
    assert.deepEqual([(await look()).work.state, (await look()).work.lastError], ['waiting', 'no answer']);
    await assert.rejects(work(broken), /no answer/);
    assert.deepEqual([(await look()).state, (await look()).work.state], ['open', 'failed']);
    await accountant.post('/accounting-periods/2026-03/close', {});
    await work();
    assert.equal((await look()).state, 'closed');
  });

  it('is listed with every other since the first that has something, the open ones with what stands against them', async () => {
    const { operator, accountant, close } = await desk();
    await close({}, '2026-01');
    await close({}, '2026-03');
    await operator.transaction((tx) => tx.execute(
      `insert into reconciliation.break (operator_id, break_id, merchant_account_id, business_date, kind, line_kind, number, difference_minor, opened_at, state) values ($1, $2, $3, '2026-02-10', 'chargeback', 'payment', 'F1', -5, now(), 'open')`,
      [operator.operatorId, newUuid(), newUuid()]));
    const first = (await accountant.get('/accounting-periods?limit=2')).json();
    const items = [...first.items, ...(await accountant.get(`/accounting-periods?limit=2&cursor=${first.nextCursor}`)).json().items] as { month: string; state: string; blockers: { gate: string }[] }[];
    assert.deepEqual(items.map(({ month, state, blockers }) => [month, state, ...blockers.map(({ gate }) => gate)]), [['2026-04', 'running'], ['2026-03', 'closed'], ['2026-02', 'open', 'open_breaks'], ['2026-01', 'closed']]);
  });

  it('that is closed takes nothing more: what comes late is an adjustment of an open month that names the day it adjusts, also against a program that forgets to ask', async () => {
    const { operator, merchantAccountId, post, postings, close } = await desk();
    await post('2026-03-30', 'a');
    await close();
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
    const { operator, accountant, owner, post, work, close, look } = await desk();
    await post('2026-03-30', 'a');
    const wreck = () => operator.transaction((tx) => tx.execute(
      `insert into wallets.coupon_stock (operator_id, rule_id, gifts_issued) values ($1, $2, 3)`, [operator.operatorId, newUuid()]));
    await wreck();
    await close();
    const refused = await look();
    assert.deepEqual([refused.state, refused.work.state, refused.blockers[0].gate], ['open', 'blocked', 'failing_audit']);
    await close({ reason: 'the year ends' });
    const asked = await look();
    assert.deepEqual([asked.state, asked.work.state], ['closing', 'awaiting_approval']);
    const path = `/approvals/${asked.work.approvalId}/decision`;
    assert.equal((await accountant.post(path, { decision: 'approve' })).json().code, 'approval_by_requester');
    const approved = await owner.post(path, { decision: 'approve' });
    assert.equal(approved.json().state, 'approved', approved.body);
    await work();
    const { state, closed } = await look();
    assert.equal(state, 'closed');
    assert.deepEqual([closed.reason, closed.waived.map(({ gate }: { gate: string }) => gate)], ['the year ends', ['failing_audit']]);
    await assert.rejects(operator.transaction((tx) => tx.execute(
      `insert into ledger.closed_period (operator_id, month, closed_by, waived, closed_at) values ($1, '2026-02-01', 'lin', '[{"gate": "x"}]', now())`, [operator.operatorId])), /closed_period_four_eyes/);
  });

  it('that was waived is not closed when more has come up since: it has to be asked for again', async () => {
    const { operator, accountant, owner, work, close, look } = await desk();
    const open = (number: string) => operator.transaction((tx) => tx.execute(
      `insert into reconciliation.break (operator_id, break_id, merchant_account_id, business_date, kind, line_kind, number, difference_minor, opened_at, state) values ($1, $2, $3, '2026-03-10', 'chargeback', 'payment', $4, -5, now(), 'open')`,
      [operator.operatorId, newUuid(), newUuid(), number]));
    await open('F1');
    await close({ reason: 'the year ends' });
    await open('F2');
    const { approvalId } = (await look()).work;
    assert.equal((await owner.post(`/approvals/${approvalId}/decision`, { decision: 'approve' })).json().state, 'approved');
    await work();
    assert.deepEqual([(await look()).state, (await look()).work.state], ['open', 'blocked']);
    await accountant.post('/accounting-periods/2026-03/close', { reason: 'again' });
    await work();
    const second = (await look()).work.approvalId;
    await close();
    assert.equal((await owner.post(`/approvals/${second}/decision`, { decision: 'approve' })).json().state, 'approved', 'a request that asks for less stands beside it');
  });
});
