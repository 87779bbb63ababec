import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { AssertionFault, instant } from '../../kernel/index.ts';
import { openTestApi } from '../../../test/support/api.ts';
import { newOperatorId, openTestDatabase } from '../../../test/support/database.ts';
import { manualClock, newUuid } from '../clock/index.ts';
import { sqlState, type Tx } from '../database/index.ts';
import { listActs, NO_ORIGIN, recordAct, SYSTEM_ACTOR, type Act } from './index.ts';

const test = await openTestDatabase();
const clock = manualClock(instant(Date.parse('2026-11-20T08:00:00Z')));
const testApi = await openTestApi(test, { clock });
const act = (change: Partial<Act> = {}): Act => ({ actor: SYSTEM_ACTOR, from: NO_ORIGIN, act: 'things.touch', subject: { kind: 'thing', id: 't1' }, ...change });
const as = <T>(operatorId: ReturnType<typeof newOperatorId>, work: (tx: Tx) => Promise<T>) => test.database.forOperator(operatorId).transaction(work);

describe('the audit log', () => {
  it('keeps who, when, from where, before and after, and commits with the act', async () => {
    const operatorId = newOperatorId();
    const actor = { kind: 'user', id: newUuid() } as const;
    await as(operatorId, (tx) => recordAct(tx, act({
      actor, from: { ip: '203.0.113.7', userAgent: 'Firefox', requestId: 'r1' }, before: { amountMinor: 5n }, after: { amountMinor: 7n }, reason: ' because ',
    }), { clock }));
    await assert.rejects(as(operatorId, async (tx) => { await recordAct(tx, act()); throw new Error('the act failed'); }));
    const entries = await as(operatorId, (tx) => listActs(tx, {}, 10));
    assert.deepEqual(entries.map(({ entryId: _id, ...entry }) => entry), [{
      recordedAt: clock.now(), actorKind: 'user', actorId: actor.id, ip: '203.0.113.7', userAgent: 'Firefox', act: 'things.touch', subjectKind: 'thing', subjectId: 't1',
      before: { amountMinor: '5' }, after: { amountMinor: '7' }, reason: 'because', requestId: 'r1',
    }]);
  });

  it("shows an operator its own entries and nobody else's", async () => {
    const [mine, other] = [newOperatorId(), newOperatorId()];
    await as(mine, (tx) => recordAct(tx, act()));
    assert.equal((await as(mine, (tx) => tx.query('select 1 from platform.audit_entry'))).length, 1);
    assert.equal((await as(other, (tx) => tx.query('select 1 from platform.audit_entry'))).length, 0);
  });

  it('lets nobody change or delete an entry', async () => {
    const operatorId = newOperatorId();
    await as(operatorId, (tx) => recordAct(tx, act()));
    for (const change of ["update platform.audit_entry set reason = 'x'", 'delete from platform.audit_entry', 'truncate platform.audit_entry']) {
      await assert.rejects(as(operatorId, (tx) => tx.execute(change)), (error) => ['42501', '23001'].includes(sqlState(error) ?? ''), change);
    }
  });

  it('refuses to hold personal data or a secret in clear, however deep', async () => {
    const operatorId = newOperatorId();
    for (const after of [{ displayName: 'Wang' }, { member: { phone: '1' } }, { list: [{ password: 'x' }] }, { token: 't' }]) {
      await assert.rejects(as(operatorId, (tx) => recordAct(tx, act({ after }))), AssertionFault);
    }
  });

  it('C-16 a back-office act of money is found by who, what, whom, when, from where and why', async () => {
    const operator = await testApi.operator();
    const [manager, stranger] = [await operator.user(), await operator.user('clerk')];
    const memberId = newUuid();
    const topUp = (tx: Tx, actorId: string, reason: string) => recordAct(tx, {
      actor: { kind: 'user', id: actorId }, from: { ip: '198.51.100.9', userAgent: 'Chrome' }, act: 'wallets.top_up', subject: { kind: 'member', id: memberId },
      before: { balanceMinor: 0n }, after: { balanceMinor: 50_000n, type: 'refund' }, reason,
    }, { clock });
    clock.advance(3_600_000);
    const from = new Date(clock.now()).toISOString();
    await operator.transaction((tx) => topUp(tx, manager.userId, 'Refund of order 17, booked as a top-up'));
    clock.advance(60_000);
    await operator.transaction((tx) => topUp(tx, stranger.userId, 'cash'));
    const found = async (query: string) => (await manager.get(`/audit-entries?act=wallets.top_up&${query}`)).json().items as { reason: string; actor: { name: string; id: string }; ip: string; after: object; subject: { id: string } }[];
    const all = await found('');
    assert.deepEqual(all.map((entry) => entry.reason), ['cash', 'Refund of order 17, booked as a top-up']);
    const refund = all[1]!;
    assert.match(refund.actor.name, /^User \d+ \(user\d+\)$/);
    assert.equal(refund.ip, '198.51.100.9');
    assert.deepEqual(refund.after, { balanceMinor: '50000', type: 'refund' });
    assert.deepEqual((await found(`actorId=${refund.actor.id}`)).map((entry) => entry.reason), [refund.reason]);
    assert.deepEqual((await found('reason=REFUND%20of')).map((entry) => entry.reason), [refund.reason]);
    assert.equal((await found('reason=100%25')).length, 0, 'a percent sign is a percent sign');
    assert.equal((await found(`subjectKind=member&subjectId=${refund.subject.id}`)).length, 2);
    assert.equal((await found(`from=${from}&to=${new Date(clock.now()).toISOString()}`)).length, 1);
    assert.equal((await found('ip=203.0.113.1')).length, 0);
    assert.ok((await manager.get('/audit-entries?act=access')).json().items.length >= 2, 'a whole module is found by its name');
  });

  it('pages through entries newest first without losing or repeating one', async () => {
    const operator = await testApi.operator();
    const owner = await operator.user();
    for (let i = 0; i < 7; i++) await operator.transaction((tx) => recordAct(tx, act({ subject: { kind: 'thing', id: `t${i}` } }), { clock }));
    const seen: string[] = [];
    for (let cursor = ''; ;) {
      const page = (await owner.get(`/audit-entries?act=things&limit=2${cursor}`)).json() as { items: { subject: { id: string } }[]; nextCursor: string | null };
      seen.push(...page.items.map((entry) => entry.subject.id));
      if (page.nextCursor === null) break;
      cursor = `&cursor=${page.nextCursor}`;
    }
    assert.equal(new Set(seen).size, 7);
    assert.equal(seen.length, 7);
  });

  it('is closed to whoever lacks the permission', async () => {
    const clerk = await (await testApi.operator()).user('clerk');
    assert.equal((await clerk.get('/audit-entries')).json().code, 'permission_missing');
  });
});
