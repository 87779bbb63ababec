import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { OperatorId } from '../../kernel/index.ts';
import { openTestDatabase } from '../../../test/support/database.ts';
import { newUuid, systemClock } from '../../platform/clock/index.ts';
import type { Tx } from '../../platform/database/index.ts';
import { addCredential, createMember, createOperator, findMemberByToken, findOperatorByCode, listCredentials, listOperators, loadMembers, loadOperator, registerCredential, registerMember, revokeCredential } from './index.ts';

const test = await openTestDatabase();
const as = <T>(operatorId: OperatorId, work: (tx: Tx) => Promise<T>): Promise<T> => test.database.forOperator(operatorId).transaction(work);
let operators = 0;
async function newOperator(): Promise<OperatorId> {
  const created = await createOperator(test.database, { code: `volt-${++operators}`, name: 'Volt', currency: 'CNY', timeZone: 'Asia/Shanghai' });
  assert.ok(created.ok);
  return created.value;
}

describe('operators', () => {
  it('are found by their code before the tenant is known, in whatever case it is typed', async () => {
    const operatorId = await newOperator();
    const operator = await as(operatorId, loadOperator);
    assert.equal(await findOperatorByCode(test.database, ` ${operator.code.toUpperCase()} `), operatorId);
    assert.equal(await findOperatorByCode(test.database, 'nobody'), null);
    assert.deepEqual({ ...operator, createdAt: 0 }, { operatorId, code: operator.code, name: 'Volt', currency: 'CNY', timeZone: 'Asia/Shanghai', createdAt: 0 });
  });

  it('are refused, in this order, with a bad code, currency, time zone, or a code that is taken', async () => {
    await createOperator(test.database, { code: 'taken', name: 'A', currency: 'CNY', timeZone: 'Asia/Shanghai' });
    const attempt = async (change: object) => {
      const result = await createOperator(test.database, { code: 'taken', name: 'B', currency: 'CNY', timeZone: 'Asia/Shanghai', ...change });
      return result.ok ? 'created' : result.error.code;
    };
    assert.equal(await attempt({ code: 'No Spaces', currency: 'XXX', timeZone: 'Mars/Base' }), 'operator_code_invalid');
    assert.equal(await attempt({ currency: 'XXX', timeZone: 'Mars/Base' }), 'currency_unknown');
    assert.equal(await attempt({ timeZone: 'Mars/Base' }), 'time_zone_unknown');
    assert.equal(await attempt({}), 'operator_code_taken');
    assert.equal(await attempt({ code: 'free' }), 'created');
  });

  it('are listed across tenants for work that goes operator by operator', async () => {
    const operatorId = await newOperator();
    assert.ok((await listOperators(test.database, 'test')).some((operator) => operator.operatorId === operatorId));
  });
});

describe('members', () => {
  it('are read back with name and phone, which the database holds only encrypted', async () => {
    const operatorId = await newOperator();
    const memberId = await as(operatorId, (tx) => createMember(tx, { displayName: ' 王小明 ', phone: '+86 138-0013-8000' }));
    const member = (await as(operatorId, (tx) => loadMembers(tx, [memberId]))).get(memberId);
    assert.equal(member?.displayName, '王小明');
    assert.equal(member?.phone, '+8613800138000');
    assert.equal(member?.status, 'active');
    const [row] = await as(operatorId, (tx) => tx.query<{ text: string }>('select m::text as text from parties.member m'));
    assert.ok(!row!.text.includes(Buffer.from('王小明').toString('hex')) && !row!.text.includes('13800138000'));
  });

  it('are refused, in this order, for name, phone, department, sub-operator and a phone that another member has', async () => {
    const operatorId = await newOperator();
    const holder = await as(operatorId, (tx) => createMember(tx, { displayName: 'A', phone: '13800138000' }));
    const attempt = (change: object) => as(operatorId, async (tx) => {
      const result = await registerMember(tx, { displayName: 'B', phone: '138 0013 8000', ...change });
      return result.ok ? 'registered' : result.error;
    });
    assert.deepEqual(await attempt({ displayName: ' ', phone: 'x' }), { code: 'display_name_invalid' });
    assert.deepEqual(await attempt({ phone: 'x', departmentId: newUuid() }), { code: 'phone_invalid' });
    assert.deepEqual(await attempt({ departmentId: newUuid(), subOperatorId: newUuid() }), { code: 'department_not_found' });
    assert.deepEqual(await attempt({ subOperatorId: newUuid() }), { code: 'sub_operator_not_found' });
    assert.deepEqual(await attempt({}), { code: 'phone_taken', memberId: holder });
    assert.equal(await attempt({ phone: null }), 'registered');
  });

  it('are found by any valid credential without regard to case, and only in their own operator', async () => {
    const [mine, other] = [await newOperator(), await newOperator()];
    const memberId = await as(mine, (tx) => createMember(tx, { displayName: 'A' }));
    const credentialId = await as(mine, (tx) => addCredential(tx, { memberId, kind: 'rfid', token: '04A2F6B1' }));
    assert.deepEqual(await as(mine, (tx) => findMemberByToken(tx, ' 04a2f6b1')), { memberId, status: 'active', credentialId, kind: 'rfid' });
    assert.equal(await as(other, (tx) => findMemberByToken(tx, '04A2F6B1')), null);
    assert.equal(await as(mine, (tx) => findMemberByToken(tx, '04A2F6B2')), null);
    assert.equal((await as(mine, (tx) => listCredentials(tx, memberId)))[0]?.token, '04A2F6B1');
  });

  it('cannot share a valid token, but a revoked card can go to somebody else', async () => {
    const operatorId = await newOperator();
    const [a, b] = await as(operatorId, async (tx) => [await createMember(tx, { displayName: 'A' }), await createMember(tx, { displayName: 'B' })] as const);
    const first = await as(operatorId, (tx) => addCredential(tx, { memberId: a, kind: 'rfid', token: 'card-1' }));
    const give = (kind: 'rfid' | 'app') => as(operatorId, (tx) => registerCredential(tx, { memberId: b, kind, token: 'CARD-1' }));
    assert.deepEqual(await give('app'), { ok: false, error: { code: 'token_taken' } });
    assert.deepEqual(await as(operatorId, (tx) => revokeCredential(tx, { memberId: a, credentialId: first }, { clock: systemClock })), { ok: true, value: { kind: 'rfid' } });
    assert.ok((await give('rfid')).ok);
    assert.equal((await as(operatorId, (tx) => findMemberByToken(tx, 'card-1')))?.memberId, b);
  });
});
