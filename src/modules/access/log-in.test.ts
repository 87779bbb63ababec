import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { instant, MS_PER_HOUR } from '../../kernel/index.ts';
import { openTestApi, TEST_PASSWORD, type TestOperator } from '../../../test/support/api.ts';
import { openTestDatabase } from '../../../test/support/database.ts';
import { listActs } from '../../platform/audit-log/index.ts';
import { manualClock } from '../../platform/clock/index.ts';
import { SESSION_IDLE_MS_MAX } from './authenticate.ts';
import { FREE_FAILURES_MAX, SESSION_AGE_MS_MAX } from './commands/log-in.ts';
import { createUser } from './index.ts';
import { isPasswordAcceptable, verifyPassword, hashPassword } from './password.ts';

const test = await openTestDatabase();
const clock = manualClock(instant(Date.parse('2026-11-20T08:00:00Z')));
const { api, operator } = await openTestApi(test, { clock });

type Headers = Record<string, string>;
const inject = (method: 'GET' | 'POST' | 'DELETE', path: string, { headers = {}, payload }: { headers?: Headers; payload?: object } = {}) =>
  api.server.inject({ method, url: `/api/v1${path}`, headers: { 'x-kirchhoff-console': '1', ...headers }, ...(payload ? { payload } : {}) });
const logIn = (operatorCode: string, change: object = {}) => inject('POST', '/web-sessions', { payload: { operatorCode, logInName: 'wang', password: TEST_PASSWORD, ...change } });
const cookieOf = (answer: { cookies: { name: string; value: string }[] }): Headers => ({ cookie: `kirchhoff_session=${answer.cookies.find(({ name }) => name === 'kirchhoff_session')?.value}` });
const state = async (headers: Headers): Promise<string> => (await inject('GET', '/web-sessions/current', { headers })).json().code ?? 'alive';
async function withWang(sessionsMax = 15): Promise<TestOperator> {
  const volt = await operator();
  const made = await volt.transaction((tx) => createUser(tx, { logInName: ' Wang ', displayName: '王小明', password: TEST_PASSWORD, roles: [{ role: 'owner' }], sessionsMax }, { clock }));
  assert.ok(made.ok);
  return volt;
}

describe('logging in', () => {
  it('answers who is logged in, where, with which permissions, and sets a cookie that scripts cannot read', async () => {
    const { code } = await withWang();
    const answer = await logIn(code.toUpperCase(), { logInName: 'WANG' });
    assert.equal(answer.statusCode, 201, answer.body);
    assert.equal(answer.json().operator.code, code);
    assert.equal(answer.json().user.displayName, '王小明');
    assert.ok(answer.json().permissions.includes('users:manage'));
    assert.match(String(answer.headers['set-cookie']), /HttpOnly; SameSite=Strict/);
    assert.deepEqual((await inject('GET', '/web-sessions/current', { headers: cookieOf(answer) })).json(), answer.json());
  });

  it('gives one answer for a wrong operator, name or password, and logs the failure on a real account', async () => {
    const volt = await withWang();
    const answers = [await logIn('nobody'), await logIn(volt.code, { logInName: 'li' }), await logIn(volt.code, { password: 'wrong password' })];
    for (const answer of answers) {
      assert.equal(answer.statusCode, 401);
      assert.equal(answer.json().code, 'log_in_refused');
    }
    assert.equal((await volt.transaction((tx) => listActs(tx, { act: 'access.refuse_log_in' }, 10))).length, 1);
  });

  it('must come from the console: another page cannot log somebody in', async () => {
    const { code } = await withWang();
    const answer = await api.server.inject({ method: 'POST', url: '/api/v1/web-sessions', payload: { operatorCode: code, logInName: 'wang', password: TEST_PASSWORD } });
    assert.equal(answer.json().code, 'cross_site_request_refused');
  });

  it('makes whoever fails often wait, doubling up to a minute, and never locks the account', async () => {
    const { code } = await withWang();
    for (let i = 0; i < FREE_FAILURES_MAX; i++) assert.equal((await logIn(code, { password: 'wrong password' })).statusCode, 401);
    const throttled = await logIn(code);
    assert.equal(throttled.json().code, 'log_in_throttled', 'even the right password waits');
    assert.equal(throttled.headers['retry-after'], '1');
    for (let i = 0; i < 8; i++) {
      clock.advance(61_000);
      assert.equal((await logIn(code, { password: 'wrong password' })).statusCode, 401);
    }
    assert.equal((await logIn(code)).headers['retry-after'], '60');
    clock.advance(60_000);
    assert.equal((await logIn(code)).statusCode, 201);
    assert.equal((await logIn(code, { password: 'wrong password' })).statusCode, 401, 'a success clears the count');
    assert.equal((await logIn(code)).statusCode, 201);
  });

  it('C-04 at the limit of log-ins the next one is told so and may end the oldest of its own', async () => {
    const { code } = await withWang(15);
    const cookies: Headers[] = [];
    for (let i = 0; i < 15; i++) {
      clock.advance(1_000);
      cookies.push(cookieOf(await logIn(code)));
    }
    const sixteenth = await logIn(code);
    assert.equal(sixteenth.statusCode, 409);
    assert.equal(sixteenth.json().code, 'session_limit_reached');
    assert.equal(sixteenth.json().data.sessionsMax, 15);
    assert.equal(sixteenth.json().data.oldest.ip, '127.0.0.1');
    assert.equal((await logIn(code, { endOldest: true })).statusCode, 201);
    assert.equal(await state(cookies[0]!), 'session_ended');
    assert.equal(await state(cookies[1]!), 'alive');
  });

  it('C-04 everybody sees where their account is logged in, with last use and place, and can end any of it', async () => {
    const { code } = await withWang(3);
    const [first, second] = [cookieOf(await logIn(code)), cookieOf(await logIn(code))];
    clock.advance(120_000);
    await state(first);
    const sessions = (await inject('GET', '/web-sessions', { headers: first })).json().items as { sessionId: string; current: boolean; ip: string; lastUsedAt: string; createdAt: string }[];
    assert.equal(sessions.length, 2);
    const [own, other] = sessions;
    assert.deepEqual([own!.current, other!.current, other!.ip], [true, false, '127.0.0.1']);
    assert.ok(own!.lastUsedAt > own!.createdAt && other!.lastUsedAt === other!.createdAt);
    assert.equal((await inject('DELETE', `/web-sessions/${other!.sessionId}`, { headers: first })).statusCode, 204);
    assert.equal(await state(second), 'session_ended');
    assert.equal((await inject('DELETE', `/web-sessions/${other!.sessionId}`, { headers: first })).json().code, 'web_session_not_found');
  });

  it('C-04 two log-ins at once cannot both be the last one allowed', async () => {
    const { code } = await withWang(1);
    const answers = await Promise.all([logIn(code), logIn(code), logIn(code)]);
    assert.deepEqual(answers.map((answer) => answer.statusCode).toSorted(), [201, 409, 409]);
  });
});

describe('a web session', () => {
  it('ends when logged out', async () => {
    const { code } = await withWang();
    const headers = cookieOf(await logIn(code));
    assert.equal((await inject('DELETE', '/web-sessions/current', { headers })).statusCode, 204);
    assert.equal(await state(headers), 'session_ended');
  });

  it('ends when nobody uses it, and at a great age however much it is used', async () => {
    const { code } = await withWang();
    const idle = cookieOf(await logIn(code));
    const busy = cookieOf(await logIn(code));
    for (let age = 0; age < SESSION_AGE_MS_MAX - SESSION_IDLE_MS_MAX; age += 11 * MS_PER_HOUR) {
      clock.advance(11 * MS_PER_HOUR);
      assert.equal(await state(busy), 'alive');
    }
    assert.equal(await state(idle), 'session_ended');
    clock.advance(11 * MS_PER_HOUR);
    assert.equal(await state(busy), 'session_ended');
  });

  it('is in the database only as a hash, so that a copy of it opens nothing', async () => {
    const volt = await withWang();
    const secret = cookieOf(await logIn(volt.code)).cookie!.slice('kirchhoff_session='.length);
    const rows = await volt.transaction((tx) => tx.query<{ text: string }>('select s::text as text from access.web_session s'));
    const bytes = Buffer.from(secret.slice(4), 'base64url').subarray(16).toString('hex');
    assert.ok(rows.every(({ text }) => !text.includes(secret) && !text.includes(bytes)));
    assert.equal(await state({ cookie: 'kirchhoff_session=khs_rubbish' }), 'not_authenticated');
  });
});

describe('passwords', () => {
  it('are kept as argon2id with a salt of their own', async () => {
    const [a, b] = [await hashPassword('correct horse'), await hashPassword('correct horse')];
    assert.match(a, /^\$argon2id\$v=19\$m=19456,t=2,p=1\$/);
    assert.notEqual(a, b);
    assert.deepEqual(await verifyPassword('correct horse', a), { right: true, outdated: false });
    assert.equal((await verifyPassword('correct horsf', a)).right, false);
  });

  it('are refused when short, repeated or holding the log-in name', () => {
    for (const bad of ['short', 'aaaaaaaaaaaa', 'wang wang wang', 'x'.repeat(300)]) assert.equal(isPasswordAcceptable(bad, 'wang'), false, bad);
    assert.equal(isPasswordAcceptable('correct horse', 'wang'), true);
  });

  it('are changed by who knows the current one, which logs out every other place', async () => {
    const { code } = await withWang();
    const [here, there] = [cookieOf(await logIn(code)), cookieOf(await logIn(code))];
    const change = (payload: object) => inject('POST', '/web-sessions/current/password', { headers: here, payload });
    assert.equal((await change({ currentPassword: 'wrong', newPassword: 'a better password' })).json().code, 'password_wrong');
    assert.equal((await change({ currentPassword: TEST_PASSWORD, newPassword: 'short' })).json().code, 'password_too_weak');
    assert.equal((await change({ currentPassword: TEST_PASSWORD, newPassword: 'a better secret' })).statusCode, 204);
    assert.deepEqual([await state(here), await state(there)], ['alive', 'session_ended']);
    assert.equal((await logIn(code)).statusCode, 401);
    assert.equal((await logIn(code, { password: 'a better secret' })).statusCode, 201);
  });
});
