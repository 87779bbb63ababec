import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { OperatorId } from '../../kernel/index.ts';
import { openTestApi } from '../../../test/support/api.ts';
import { newOperatorId, openTestDatabase } from '../../../test/support/database.ts';
import { listActs } from '../../platform/audit-log/index.ts';
import { newUuid } from '../../platform/clock/index.ts';
import { createDepartment, createMember, createOperator, createSubOperator, findMemberByToken, payingDepartment, searchMembers } from './index.ts';
import { DEPARTMENT_DEPTH_MAX } from './organisation.ts';

const test = await openTestDatabase();
const { operator } = await openTestApi(test);
const codeOf = (answer: { json(): { code?: string } }): string | undefined => answer.json().code;

describe('members over HTTP', () => {
  it('are registered once, found, given a card, and every act is logged without a name in clear', async () => {
    const volt = await operator();
    const clerk = await volt.user('clerk');
    const created = await clerk.post('/members', { displayName: '王小明', phone: '138 0013 8000' });
    assert.equal(created.statusCode, 201, created.body);
    const { memberId } = created.json();
    assert.match(memberId, /^mem_/);
    const card = await clerk.post(`/members/${memberId}/credentials`, { kind: 'rfid', token: '04A2F6B1' });
    assert.equal(card.statusCode, 201, card.body);
    const detail = (await clerk.get(`/members/${memberId}`)).json();
    assert.equal(detail.displayName, '王小明');
    assert.deepEqual(detail.credentials.map((credential: { token: string }) => credential.token), ['04A2F6B1']);
    const acts = await volt.transaction((tx) => listActs(tx, { act: 'parties' }, 10));
    assert.deepEqual(acts.map((act) => act.act), ['parties.add_credential', 'parties.create_member']);
    assert.doesNotMatch(JSON.stringify(acts), /王小明|13800138000|04A2F6B1/);
    const taken = await clerk.post('/members', { displayName: 'B', phone: '13800138000' });
    assert.equal(codeOf(taken), 'phone_taken');
    assert.equal(taken.json().data.memberId, memberId);
  });

  it('are found by a part of the name in any width and case, by a whole phone number and by a whole card number', async () => {
    const volt = await operator();
    const clerk = await volt.user('clerk');
    const ids: string[] = [];
    for (const [displayName, phone] of [['Zhang San', '13900000001'], ['张三丰', '13900000002'], ['李四', null]] as const) {
      ids.push((await clerk.post('/members', { displayName, phone })).json().memberId);
    }
    await clerk.post(`/members/${ids[2]}/credentials`, { kind: 'app', token: 'APP-77' });
    const found = async (q: string) => ((await clerk.get(`/members?q=${encodeURIComponent(q)}`)).json().items as { memberId: string }[]).map((member) => member.memberId);
    assert.deepEqual(await found('ＺＨＡＮＧ'), [ids[0]]);
    assert.deepEqual(await found('张三'), [ids[1]]);
    assert.deepEqual(await found('139 0000 0002'), [ids[1]]);
    assert.deepEqual(await found('app-77'), [ids[2]]);
    assert.deepEqual(await found('nobody'), []);
  });

  it('are listed in pages, newest first, each once', async () => {
    const volt = await operator();
    const clerk = await volt.user('clerk');
    await volt.transaction(async (tx) => { for (let i = 0; i < 7; i++) await createMember(tx, { displayName: `Member ${i}` }); });
    for (const q of ['', '&q=member']) {
      const names: string[] = [];
      for (let cursor = ''; ;) {
        const page = (await clerk.get(`/members?limit=3${q}${cursor}`)).json() as { items: { displayName: string }[]; nextCursor: string | null };
        names.push(...page.items.map((member) => member.displayName));
        if (page.nextCursor === null) break;
        cursor = `&cursor=${page.nextCursor}`;
      }
      assert.deepEqual(names, [6, 5, 4, 3, 2, 1, 0].map((i) => `Member ${i}`));
    }
  });

  it('are frozen with a reason, and let act again', async () => {
    const volt = await operator();
    const clerk = await volt.user('clerk');
    const { memberId } = (await clerk.post('/members', { displayName: 'A' })).json();
    assert.equal(codeOf(await clerk.post(`/members/${memberId}/freeze`, {})), 'validation_failed');
    for (let i = 0; i < 2; i++) assert.equal((await clerk.post(`/members/${memberId}/freeze`, { reason: 'card lost' })).json().status, 'frozen');
    assert.equal((await clerk.post(`/members/${memberId}/unfreeze`, { reason: 'card found' })).json().status, 'active');
    const acts = await volt.transaction((tx) => listActs(tx, { subjectKind: 'member' }, 10));
    assert.deepEqual(acts.map((act) => act.act), ['parties.unfreeze_member', 'parties.freeze_member', 'parties.create_member'], 'freezing twice is one act');
    assert.deepEqual([acts[1]!.before, acts[1]!.after, acts[1]!.reason], [{ status: 'active' }, { status: 'frozen' }, 'card lost']);
  });

  it('change what is sent and keep the rest', async () => {
    const clerk = await (await operator()).user();
    const { memberId } = (await clerk.post('/members', { displayName: 'A', phone: '13900000009' })).json();
    const changed = (await clerk.send('PATCH', `/members/${memberId}`, { displayName: 'B' })).json();
    assert.deepEqual([changed.displayName, changed.phone], ['B', '13900000009']);
    assert.equal((await clerk.send('PATCH', `/members/${memberId}`, { phone: null })).json().phone, null);
    assert.equal((await clerk.post('/members', { displayName: 'C', phone: '13900000009' })).statusCode, 201, 'the number is free again');
    assert.equal(codeOf(await clerk.send('PATCH', `/members/${memberId}`, { phone: '13900000009' })), 'phone_taken');
  });

  it('are erased on request: name, phone and cards are gone, the id and its acts stay', async () => {
    const volt = await operator();
    const owner = await volt.user();
    const { memberId } = (await owner.post('/members', { displayName: 'A', phone: '13900000010' })).json();
    await owner.post(`/members/${memberId}/credentials`, { kind: 'vin', token: 'LSVAU2180N2184294' });
    assert.equal((await owner.post(`/members/${memberId}/erasure`, { reason: 'letter of 20 November' })).statusCode, 204);
    const gone = (await owner.get(`/members/${memberId}`)).json();
    assert.deepEqual([gone.displayName, gone.phone, gone.status, gone.credentials[0].token], [null, null, 'frozen', null]);
    assert.equal(await volt.transaction((tx) => findMemberByToken(tx, 'LSVAU2180N2184294')), null);
    assert.equal(codeOf(await owner.post(`/members/${memberId}/erasure`, { reason: 'again' })), 'member_erased');
    assert.equal(codeOf(await owner.post(`/members/${memberId}/unfreeze`, { reason: 'oops' })), 'member_erased');
    assert.equal(codeOf(await owner.send('PATCH', `/members/${memberId}`, { displayName: 'B' })), 'member_erased');
    assert.equal((await owner.post('/members', { displayName: 'B', phone: '13900000010' })).statusCode, 201, 'the number is free');
  });

  it('of another operator or sub-operator are not found, and a limited clerk sees and makes only their own', async () => {
    const [volt, other] = [await operator(), await operator()];
    const owner = await volt.user();
    const subOperatorId = await volt.transaction(async (tx) => { const made = await createSubOperator(tx, { name: 'North' }); assert.ok(made.ok); return made.value; });
    const clerk = await volt.user('clerk', { subOperatorId });
    const [north] = (await owner.get('/sub-operators')).json().items as { subOperatorId: string }[];
    const elsewhere = (await owner.post('/members', { displayName: 'Elsewhere' })).json().memberId as string;
    assert.equal(codeOf(await clerk.post('/members', { displayName: 'Mine' })), 'outside_your_sub_operator');
    const mine = (await clerk.post('/members', { displayName: 'Mine', subOperatorId: north!.subOperatorId })).json().memberId as string;
    assert.deepEqual((await clerk.get('/members')).json().items.map((member: { memberId: string }) => member.memberId), [mine]);
    assert.equal(codeOf(await clerk.get(`/members/${elsewhere}`)), 'member_not_found');
    assert.equal((await clerk.get(`/members/${mine}`)).statusCode, 200);
    assert.equal(codeOf(await (await other.user()).get(`/members/${mine}`)), 'member_not_found');
    assert.equal(codeOf(await owner.get('/members/rubbish')), 'member_not_found');
  });
});

describe('the organisation', () => {
  it('has departments that pay themselves or pass the bill to the nearest above that does not', async () => {
    const volt = await operator();
    await volt.transaction(async (tx) => {
      const make = async (name: string, parentId: string | null, paysFromParent: boolean) => {
        const made = await createDepartment(tx, { name, parentId, paysFromParent });
        assert.ok(made.ok);
        return made.value;
      };
      const bus = await make('Bus company', null, false);
      const depot = await make('Depot', bus, true);
      const line = await make('Line 1', depot, true);
      assert.equal(await payingDepartment(tx, line), bus);
      assert.equal(await payingDepartment(tx, await make('Canteen', depot, false)).then((id) => id === bus), false);
    });
  });

  it('refuses departments, in this order: nothing to pay from, no such parent, too deep, name taken', async () => {
    const volt = await operator();
    const owner = await volt.user();
    const attempt = async (body: object) => codeOf(await owner.post('/departments', body)) ?? 'created';
    assert.equal(await attempt({ name: 'A', paysFromParent: true }), 'department_needs_parent');
    assert.equal(await attempt({ name: 'A', parentId: `dept_${'0'.repeat(26)}` }), 'department_not_found');
    assert.equal(await attempt({ name: 'A' }), 'created');
    assert.equal(await attempt({ name: 'A' }), 'department_name_taken');
    await volt.transaction(async (tx) => {
      let parentId: string | null = null;
      for (let depth = 0; depth < DEPARTMENT_DEPTH_MAX; depth++) {
        const made = await createDepartment(tx, { name: `Deep ${depth}`, parentId });
        assert.ok(made.ok);
        parentId = made.value;
      }
      assert.deepEqual(await createDepartment(tx, { name: 'Too deep', parentId }), { ok: false, error: { code: 'department_too_deep' } });
    });
  });

  it('has sub-operators of different names', async () => {
    const owner = await (await operator()).user();
    assert.equal((await owner.post('/sub-operators', { name: 'North' })).statusCode, 201);
    assert.equal(codeOf(await owner.post('/sub-operators', { name: 'North' })), 'sub_operator_name_taken');
  });
});

describe('tenancy of parties', () => {
  it("every table shows an operator its own rows and nobody else's, and refuses to write another's", async () => {
    const volt = await operator();
    const owner = await volt.user();
    const { departmentId } = (await owner.post('/departments', { name: 'D' })).json();
    await owner.post('/sub-operators', { name: 'S' });
    const { memberId } = (await owner.post('/members', { displayName: 'A', departmentId })).json();
    await owner.post(`/members/${memberId}/credentials`, { kind: 'rfid', token: 'T' });
    const other: OperatorId = newOperatorId();
    for (const table of ['operator', 'sub_operator', 'department', 'member', 'member_credential']) {
      const count = (id: OperatorId) => test.database.forOperator(id).transaction((tx) => tx.query(`select 1 from parties.${table}`));
      assert.equal((await count(volt.operatorId)).length, 1, table);
      assert.equal((await count(other)).length, 0, table);
      const steal = test.database.forOperator(other).transaction((tx) => tx.execute(`update parties.${table} set created_at = now() where operator_id = $1`, [volt.operatorId]));
      assert.equal(await steal, 0, table);
    }
    await assert.rejects(test.database.forOperator(other).transaction((tx) =>
      tx.execute('insert into parties.sub_operator (operator_id, sub_operator_id, name) values ($1, $2, $3)', [volt.operatorId, newUuid(), 'X'])), /row-level security/);
  });

  it('an operator keeps its code, by which its people log in', async () => {
    const volt = await operator();
    await assert.rejects(volt.transaction((tx) => tx.execute(`update parties.operator set code = 'other'`)), /keeps its code/);
    assert.equal((await createOperator(test.database, { code: volt.code, name: 'B', currency: 'CNY', timeZone: 'UTC' })).ok, false);
  });

  it('a search answers nothing of a foreign sub-operator that is asked for by id', async () => {
    const volt = await operator();
    await volt.transaction((tx) => createMember(tx, { displayName: 'A' }));
    const { members } = await volt.transaction((tx) => searchMembers(tx, { limit: 10, subOperatorIds: [newUuid()] }));
    assert.deepEqual(members, []);
  });
});
