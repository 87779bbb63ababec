import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { instant, type OperatorId } from '../../kernel/index.ts';
import { openTestDatabase } from '../../../test/support/database.ts';
import { composeApi } from '../../entrypoints/api.ts';
import { manualClock } from '../../platform/clock/index.ts';
import { silentLogger } from '../../platform/logging/logger.ts';
import { createOperator } from '../parties/index.ts';
import { createUser, type NewUser } from './index.ts';

const test = await openTestDatabase();
const clock = manualClock(instant(Date.parse('2026-11-20T08:00:00Z')));
const api = await composeApi({ database: test.database, clock, logger: silentLogger });
const PASSWORD = 'correct horse battery';
let operators = 0;

async function operatorWith(user: Partial<NewUser> = {}): Promise<{ operatorId: OperatorId; code: string }> {
  const code = `op-${++operators}`;
  const created = await createOperator(test.database, { code, name: 'Volt', currency: 'CNY', timeZone: 'Asia/Shanghai' });
  assert.ok(created.ok);
  const made = await test.database.forOperator(created.value).transaction((tx) =>
    createUser(tx, { logInName: 'wang', displayName: '王小明', password: PASSWORD, roles: [{ role: 'owner' }], ...user }, { clock }));
  assert.ok(made.ok);
  return { operatorId: created.value, code };
}
const logIn = (operatorCode: string, change: object = {}, headers: Record<string, string> = {}) =>
  api.server.inject({ method: 'POST', url: '/api/v1/web-sessions', headers: { 'x-kirchhoff-console': '1', ...headers }, payload: { operatorCode, logInName: 'wang', password: PASSWORD, ...change } });
const cookieOf = (answer: { cookies: { name: string; value: string }[] }): Record<string, string> => ({ cookie: `kirchhoff_session=${answer.cookies.find((c) => c.name === 'kirchhoff_session')?.value}`, 'x-kirchhoff-console': '1' });

describe('logging in', () => {
  it('answers who is logged in, where, with which permissions, and sets a cookie scripts cannot read', async () => {
    const { code } = await operatorWith();
    const answer = await logIn(code);
    assert.equal(answer.statusCode, 201, answer.body);
    assert.equal(answer.json().operator.code, code);
    assert.equal(answer.json().user.displayName, '王小明');
    assert.ok(answer.json().permissions.includes('users:manage'));
    assert.match(String(answer.headers['set-cookie']), /HttpOnly; SameSite=Strict/);
    const current = await api.server.inject({ method: 'GET', url: '/api/v1/web-sessions/current', headers: cookieOf(answer) });
    assert.deepEqual(current.json(), answer.json());
  });

  it('C-04 at the limit of log-ins the next one is told so and may end the oldest of its own', async () => {
    const { code } = await operatorWith({ sessionsMax: 15 });
    const cookies: Record<string, string>[] = [];
    for (let i = 0; i < 15; i++) {
      clock.advance(1_000);
      cookies.push(cookieOf(await logIn(code)));
    }
    const sixteenth = await logIn(code);
    assert.equal(sixteenth.statusCode, 409);
    assert.equal(sixteenth.json().code, 'session_limit_reached');
    assert.equal(sixteenth.json().data.oldest.ip, '127.0.0.1');
    assert.equal((await logIn(code, { endOldest: true })).statusCode, 201);
    const state = async (headers: Record<string, string>) => (await api.server.inject({ method: 'GET', url: '/api/v1/web-sessions/current', headers })).json().code ?? 'alive';
    assert.equal(await state(cookies[0]!), 'session_ended');
    assert.equal(await state(cookies[1]!), 'alive');
  });
});
