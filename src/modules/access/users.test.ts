import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { OperatorId } from '../../kernel/index.ts';
import { openTestApi, TEST_PASSWORD } from '../../../test/support/api.ts';
import { newOperatorId, openTestDatabase } from '../../../test/support/database.ts';
import { listActs } from '../../platform/audit-log/index.ts';
import { encodeId } from '../../kernel/index.ts';

const test = await openTestDatabase();
const { api, operator } = await openTestApi(test, { trustedProxies: ['127.0.0.1'] });
const codeOf = (answer: { json(): { code?: string } }): string | undefined => answer.json().code;
type Role = { roleId: string; name: string; permissions: string[]; builtIn: string | null };

describe('users', () => {
  it('are made with roles, changed and disabled, which logs them out, and every act is logged', async () => {
    const volt = await operator();
    const owner = await volt.user();
    const roles = (await owner.get('/roles')).json().items as Role[];
    const clerkRole = roles.find((role) => role.builtIn === 'clerk')!;
    const made = await owner.post('/users', { logInName: 'Li', displayName: '李四', password: TEST_PASSWORD, roles: [{ roleId: clerkRole.roleId }] });
    assert.equal(made.statusCode, 201, made.body);
    assert.deepEqual([made.json().logInName, made.json().displayName, made.json().roles[0].name, made.json().sessionsMax], ['li', '李四', 'clerk', 15]);
    const log = await api.server.inject({ method: 'POST', url: '/api/v1/web-sessions', headers: { 'x-kirchhoff-console': '1' }, payload: { operatorCode: volt.code, logInName: 'li', password: TEST_PASSWORD } });
    const cookie = { cookie: `kirchhoff_session=${log.cookies[0]!.value}` };
    assert.deepEqual(log.json().permissions, clerkRole.permissions);
    assert.equal((await owner.send('PATCH', `/users/${made.json().userId}`, { status: 'disabled' })).json().status, 'disabled');
    assert.equal(codeOf(await api.server.inject({ url: '/api/v1/web-sessions/current', headers: cookie })), 'session_ended');
    assert.equal(codeOf(await api.server.inject({ method: 'POST', url: '/api/v1/web-sessions', headers: { 'x-kirchhoff-console': '1' }, payload: { operatorCode: volt.code, logInName: 'li', password: TEST_PASSWORD } })), 'log_in_refused');
    const acts = await volt.transaction((tx) => listActs(tx, { act: 'access', subjectKind: 'user' }, 10));
    assert.ok(acts.some((act) => act.act === 'access.create_user') && acts.some((act) => act.act === 'access.change_user'));
    assert.doesNotMatch(JSON.stringify(acts), /李四|correct horse/);
  });

  it('are refused with a bad name, a weak password, an unknown role, or a name that is taken', async () => {
    const owner = await (await operator()).user();
    const attempt = async (change: object) => codeOf(await owner.post('/users', { logInName: 'zhao', displayName: 'Z', password: TEST_PASSWORD, roles: [], ...change })) ?? 'made';
    assert.equal(await attempt({ roles: [{ roleId: encodeId('role', '00000000-0000-7000-8000-000000000000') }], logInName: 'no blanks' }), 'role_not_found');
    assert.equal(await attempt({ logInName: 'no blanks' }), 'log_in_name_invalid');
    assert.equal(await attempt({ password: 'short' }), 'password_too_weak');
    assert.equal(await attempt({}), 'made');
    assert.equal(await attempt({ logInName: 'ZHAO' }), 'log_in_name_taken');
  });

  it('cannot give a permission that they do not hold, by a role, a new role or an API key', async () => {
    const volt = await operator();
    const owner = await volt.user();
    const manager = (await owner.post('/roles', { name: 'manager', permissions: ['users:manage', 'users:read'] })).json() as Role;
    const ownerRole = ((await owner.get('/roles')).json().items as Role[]).find((role) => role.builtIn === 'owner')!;
    const viewer = await volt.user('viewer');
    assert.equal((await owner.send('PUT', `/users/${encodeId('usr', viewer.userId)}/roles`, { roles: [{ roleId: manager.roleId }] })).statusCode, 200);
    assert.equal(codeOf(await viewer.send('PUT', `/users/${encodeId('usr', viewer.userId)}/roles`, { roles: [{ roleId: ownerRole.roleId }] })), 'permission_not_yours_to_give');
    assert.equal(codeOf(await viewer.post('/roles', { name: 'x', permissions: ['wallets:top_up'] })), 'permission_not_yours_to_give');
    assert.equal(codeOf(await viewer.post('/api-clients', { name: 'x', permissions: ['wallets:top_up'], allowedRanges: [] })), 'permission_not_yours_to_give');
    const stronger = encodeId('usr', owner.userId);
    assert.equal(codeOf(await viewer.post(`/users/${stronger}/password`, { newPassword: 'a password to become the owner' })), 'permission_not_yours_to_give');
  });

  it('always leave somebody who can manage users, also when two owners disable each other at once', async () => {
    const volt = await operator();
    const [a, b] = [await volt.user(), await volt.user()];
    const answers = await Promise.all([
      a.send('PATCH', `/users/${encodeId('usr', b.userId)}`, { status: 'disabled' }), b.send('PATCH', `/users/${encodeId('usr', a.userId)}`, { status: 'disabled' })]);
    const codes = answers.map((answer) => codeOf(answer) ?? 'disabled');
    // The second is refused by the rule, or comes so late that it is logged out already.
    assert.match(codes.toSorted().join(), /^disabled,(last_owner|session_ended)$/);
    const left = codes[0] === 'disabled' ? a : b;
    assert.equal(codeOf(await left.send('PUT', `/users/${encodeId('usr', left.userId)}/roles`, { roles: [] })), 'last_owner');
  });

  it('are given a new password by an administrator, and logged out everywhere', async () => {
    const volt = await operator();
    const [owner, clerk] = [await volt.user(), await volt.user('clerk')];
    const path = `/users/${encodeId('usr', clerk.userId)}`;
    assert.equal((await owner.get(`${path}/web-sessions`)).json().items.length, 1);
    assert.equal((await owner.post(`${path}/password`, { newPassword: 'another good secret' })).statusCode, 204);
    assert.equal(codeOf(await clerk.get('/members')), 'session_ended');
    assert.equal((await owner.send('DELETE', `${path}/web-sessions`)).statusCode, 204);
  });
});

describe('roles', () => {
  it('of an operator’s own gain and lose permissions at once for whoever has them; built-in ones stay', async () => {
    const volt = await operator();
    const [owner, other] = [await volt.user(), await volt.user('viewer')];
    const role = (await owner.post('/roles', { name: 'reader', permissions: ['members:read'] })).json() as Role;
    await owner.send('PUT', `/users/${encodeId('usr', other.userId)}/roles`, { roles: [{ roleId: role.roleId }] });
    assert.equal((await other.get('/members')).statusCode, 200);
    await owner.send('PATCH', `/roles/${role.roleId}`, { permissions: ['tariffs:read'] });
    assert.equal(codeOf(await other.get('/members')), 'permission_missing');
    assert.equal((await owner.send('DELETE', `/roles/${role.roleId}`)).statusCode, 204);
    assert.equal(codeOf(await owner.send('DELETE', `/roles/${role.roleId}`)), 'role_not_found');
    const builtIn = ((await owner.get('/roles')).json().items as Role[]).find((candidate) => candidate.builtIn === 'viewer')!;
    assert.equal(codeOf(await owner.send('PATCH', `/roles/${builtIn.roleId}`, { name: 'x' })), 'role_built_in');
    assert.equal(codeOf(await owner.post('/roles', { name: 'viewer', permissions: ['members:read'] })), 'role_name_taken');
  });

  it('are explained permission by permission in both languages', async () => {
    const viewer = await (await operator()).user('viewer');
    const items = (await viewer.get('/permissions')).json().items as { permission: string; en: string; zh: string }[];
    assert.ok(items.every((item) => item.en && /\p{Script=Han}/u.test(item.zh)));
  });
});

describe('API clients', () => {
  it('act by their key with their permissions, from allowed addresses only, until revoked', async () => {
    const volt = await operator();
    const owner = await volt.user();
    const made = await owner.post('/api-clients', { name: 'ERP', permissions: ['members:read', 'members:write'], allowedRanges: ['203.0.113.0/24', '2001:db8::/32'] });
    assert.equal(made.statusCode, 201, made.body);
    const { key, apiClientId } = made.json();
    const call = (ip: string, path = '/members') => api.server.inject({ url: `/api/v1${path}`, headers: { authorization: `Bearer ${key}`, 'x-forwarded-for': ip } });
    assert.equal((await call('203.0.113.9')).statusCode, 200);
    assert.equal((await call('2001:db8::9')).statusCode, 200);
    assert.equal(codeOf(await call('198.51.100.1')), 'ip_not_allowed');
    assert.equal(codeOf(await call('203.0.113.9', '/tariffs')), 'permission_missing');
    assert.equal(codeOf(await call('203.0.113.9', '/web-sessions')), 'audience_refused');
    assert.equal((await owner.send('PATCH', `/api-clients/${apiClientId}`, { allowedRanges: ['198.51.100.1'] })).statusCode, 200);
    assert.equal((await call('198.51.100.1')).statusCode, 200);
    const listed = ((await owner.get('/api-clients')).json().items as { key?: string; lastUsedAt: string | null }[])[0]!;
    assert.equal(listed.key, undefined);
    assert.notEqual(listed.lastUsedAt, null);
    assert.equal((await owner.send('DELETE', `/api-clients/${apiClientId}`)).statusCode, 204);
    assert.equal(codeOf(await call('198.51.100.1')), 'not_authenticated');
    const acts = await volt.transaction((tx) => listActs(tx, { subjectKind: 'api_client' }, 10));
    assert.deepEqual(acts.map((act) => act.act), ['access.revoke_api_client', 'access.change_api_client', 'access.create_api_client']);
    assert.ok(!JSON.stringify(acts).includes(key));
  });

  it('need ranges that can be read and a name of their own', async () => {
    const owner = await (await operator()).user();
    const attempt = (body: object) => owner.post('/api-clients', { name: 'A', permissions: ['members:read'], allowedRanges: [], ...body });
    const wrong = await attempt({ allowedRanges: ['203.0.113.7/24'] });
    assert.deepEqual([codeOf(wrong), wrong.json().data], ['ip_range_invalid', { range: '203.0.113.7/24' }]);
    assert.equal((await attempt({})).statusCode, 201);
    assert.equal(codeOf(await attempt({})), 'api_client_name_taken');
  });
});

describe('tenancy of access', () => {
  it("every table shows an operator its own rows and nobody else's", async () => {
    const volt = await operator();
    const owner = await volt.user();
    await owner.post('/api-clients', { name: 'A', permissions: ['members:read'], allowedRanges: [] });
    await api.server.inject({ method: 'POST', url: '/api/v1/web-sessions', headers: { 'x-kirchhoff-console': '1' }, payload: { operatorCode: volt.code, logInName: 'nobody', password: 'x' } });
    const other: OperatorId = newOperatorId();
    for (const table of ['user_account', 'role', 'role_grant', 'web_session', 'log_in_failure', 'api_client']) {
      const count = (id: OperatorId) => test.database.forOperator(id).transaction((tx) => tx.query(`select 1 from access.${table}`));
      assert.ok((await count(volt.operatorId)).length >= 1, table);
      assert.equal((await count(other)).length, 0, table);
    }
  });

  it('an idempotency key of one operator is not seen by another', async () => {
    const volt = await operator();
    await (await volt.user()).post('/members', { displayName: 'A' });
    const count = (id: OperatorId) => test.database.forOperator(id).transaction((tx) => tx.query('select 1 from platform.idempotency_key'));
    assert.equal((await count(volt.operatorId)).length, 1);
    assert.equal((await count(newOperatorId())).length, 0);
  });

  it("a key or cookie of one operator never opens another's door", async () => {
    const [volt, other] = [await operator(), await operator()];
    const key = (await (await volt.user()).post('/api-clients', { name: 'A', permissions: ['members:read'], allowedRanges: [] })).json().key as string;
    const bytes = Buffer.from(key.slice(4), 'base64url');
    Buffer.from(other.operatorId.replaceAll('-', ''), 'hex').copy(bytes);
    const forged = `khk_${bytes.toString('base64url')}`;
    assert.equal(codeOf(await api.server.inject({ url: '/api/v1/members', headers: { authorization: `Bearer ${forged}` } })), 'not_authenticated');
  });
});
