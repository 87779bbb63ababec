import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { instant, MS_PER_DAY, ok, refuse, type OperatorId } from '../../kernel/index.ts';
import { openTestApi } from '../../../test/support/api.ts';
import { newOperatorId, openTestDatabase } from '../../../test/support/database.ts';
import { listActs, NO_ORIGIN, recordAct } from '../audit-log/index.ts';
import { manualClock, newUuid } from '../clock/index.ts';
import { constraintOf, sqlState, type Tx } from '../database/index.ts';
import { approvalKinds, decideApproval, loadApprovals, requestApproval, type ApprovalKind } from './index.ts';

const test = await openTestDatabase();
const clock = manualClock(instant(Date.parse('2026-11-20T08:00:00Z')));
const correct: ApprovalKind = {
  kind: 'things.correct',
  apply: async (tx, { payload, decidedBy, approvalId }, { from }) => {
    await recordAct(tx, { actor: { kind: 'user', id: decidedBy }, from, act: 'things.correct', subject: { kind: 'thing', id: approvalId }, after: payload }, { clock });
    return payload.impossible ? refuse({ code: 'thing_gone' }) : ok({ done: true });
  },
};
const kinds = approvalKinds([correct]);
const requester = newUuid(), decider = newUuid();
const as = <T>(operatorId: OperatorId, work: (tx: Tx) => Promise<T>) => test.database.forOperator(operatorId).transaction(work);
const request = (operatorId: OperatorId, payload: Record<string, unknown> = { amountMinor: 50_000n }, requestedBy = requester) => as(operatorId, (tx) => requestApproval(tx, {
  kind: 'things.correct', payload, subject: { kind: 'thing', id: 't1' }, reason: 'booked twice', rule: 'a correction above 100.00 needs a second person',
  requestedBy: { kind: 'user', id: requestedBy }, from: NO_ORIGIN,
}, { clock }));
const decide = (operatorId: OperatorId, approvalId: string, { by = decider, decision = 'approve' }: { by?: string; decision?: 'approve' | 'refuse' } = {}) =>
  as(operatorId, (tx) => decideApproval(tx, { approvalId, decision, decidedBy: { kind: 'user', id: by }, from: NO_ORIGIN, note: 'checked' }, { kinds, clock }));
const codeOf = (result: Awaited<ReturnType<typeof decide>>): string => (result.ok ? result.value.state : result.error.code);
const done = (operatorId: OperatorId) => as(operatorId, (tx) => listActs(tx, { act: 'things.correct' }, 10));

describe('four eyes', () => {
  it('C-16 an act of money by hand waits until another person approves it, and is then done in that moment', async () => {
    const operatorId = newOperatorId();
    const approvalId = await request(operatorId);
    assert.equal((await done(operatorId)).length, 0);
    assert.equal(codeOf(await decide(operatorId, approvalId, { by: requester })), 'approval_by_requester');
    assert.equal((await done(operatorId)).length, 0);
    const decided = await decide(operatorId, approvalId);
    assert.ok(decided.ok);
    assert.deepEqual({ state: decided.value.state, decidedBy: decided.value.decidedBy, outcome: decided.value.outcome }, { state: 'approved', decidedBy: decider, outcome: { done: true } });
    assert.deepEqual((await done(operatorId)).map((entry) => entry.after), [{ amountMinor: '50000' }]);
    assert.deepEqual((await as(operatorId, (tx) => listActs(tx, { act: 'approvals' }, 10))).map((entry) => entry.act), ['approvals.approve', 'approvals.request']);
  });

  it('refuses, in this order: unknown, expired, decided, own request, not applicable', async () => {
    const operatorId = newOperatorId();
    assert.equal(codeOf(await decide(operatorId, newUuid())), 'approval_not_found');
    const old = await request(operatorId);
    clock.advance(8 * MS_PER_DAY);
    assert.equal(codeOf(await decide(operatorId, old, { by: requester })), 'approval_expired');
    const refused = await request(operatorId);
    assert.equal(codeOf(await decide(operatorId, refused, { decision: 'refuse' })), 'refused');
    assert.equal(codeOf(await decide(operatorId, refused, { by: requester })), 'approval_already_decided');
    const impossible = await request(operatorId, { impossible: true });
    assert.equal(codeOf(await decide(operatorId, impossible, { by: requester })), 'approval_by_requester');
    assert.equal(codeOf(await decide(operatorId, impossible)), 'approval_not_applicable');
  });

  it('undoes what an act wrote before it found that it cannot be done, and leaves the request open', async () => {
    const operatorId = newOperatorId();
    const approvalId = await request(operatorId, { impossible: true });
    await decide(operatorId, approvalId);
    assert.equal((await done(operatorId)).length, 0);
    assert.equal((await as(operatorId, (tx) => loadApprovals(tx, { approvalId }, clock.now())))[0]?.state, 'pending');
  });

  it('lets one of two deciders at once act', async () => {
    const operatorId = newOperatorId();
    const approvalId = await request(operatorId);
    const results = await Promise.all([decide(operatorId, approvalId), decide(operatorId, approvalId, { by: newUuid() }), decide(operatorId, approvalId, { by: newUuid() })]);
    assert.deepEqual(results.map(codeOf).toSorted(), ['approval_already_decided', 'approval_already_decided', 'approved']);
    assert.equal((await done(operatorId)).length, 1);
  });

  it('holds in the database too: nobody approves their own, or changes what was decided', async () => {
    const operatorId = newOperatorId();
    const approvalId = await request(operatorId);
    const own = `update platform.approval set state = 'approved', decided_by = requested_by, decided_at = requested_at where approval_id = $1`;
    await assert.rejects(as(operatorId, (tx) => tx.execute(own, [approvalId])), (error) => constraintOf(error) === 'approval_four_eyes');
    await decide(operatorId, approvalId);
    await assert.rejects(as(operatorId, (tx) => tx.execute(`update platform.approval set decision_note = 'x'`)), (error) => sqlState(error) === '23001');
  });

  it("shows an operator its own queue and nobody else's", async () => {
    const [mine, other] = [newOperatorId(), newOperatorId()];
    const approvalId = await request(mine);
    assert.equal((await as(mine, (tx) => loadApprovals(tx, { limit: 10 }, clock.now()))).length, 1);
    assert.equal((await as(other, (tx) => tx.query('select 1 from platform.approval'))).length, 0);
    assert.equal(codeOf(await decide(other, approvalId)), 'approval_not_found');
  });

  it('shows the queue over HTTP, and tells whoever asked that another must decide', async () => {
    const operator = await (await openTestApi(test, { clock })).operator();
    const owner = await operator.user();
    await request(operator.operatorId, {}, owner.userId);
    const [item] = (await owner.get('/approvals?state=pending')).json().items as { approvalId: string; rule: string; state: string }[];
    assert.equal(item?.rule, 'a correction above 100.00 needs a second person');
    assert.equal((await owner.post(`/approvals/${item.approvalId}/decision`, { decision: 'approve' })).json().code, 'approval_by_requester');
    const other = await operator.user();
    const refused = await other.post(`/approvals/${item.approvalId}/decision`, { decision: 'refuse', note: 'not so' });
    assert.equal(refused.json().state, 'refused', refused.body);
    assert.equal((await owner.get(`/approvals/${item.approvalId}`)).json().decisionNote, 'not so');
    assert.equal((await owner.get('/approvals?state=pending')).json().items.length, 0);
  });
});
