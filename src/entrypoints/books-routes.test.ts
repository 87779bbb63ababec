import assert from 'node:assert/strict';
import { it } from 'node:test';
import { openTestDatabase } from '../../test/support/database.ts';
import { createUser } from '../modules/access/index.ts';
import { createOperator } from '../modules/parties/index.ts';
import { systemClock } from '../platform/clock/index.ts';
import { silentLogger } from '../platform/logging/index.ts';
import { composeApi } from './api.ts';

const test = await openTestDatabase();

it('the books of the caller are audited on request, every invariant with its count', async () => {
  const api = await composeApi({ database: test.database, clock: systemClock, logger: silentLogger });
  const operator = await createOperator(test.database, { code: 'books', name: 'Books', currency: 'CNY', timeZone: 'Asia/Shanghai' });
  assert.ok(operator.ok);
  const password = 'correct horse battery';
  await test.database.forOperator(operator.value).transaction((tx) => createUser(tx, { logInName: 'wang', displayName: 'Wang', password, roles: [{ role: 'owner' }] }, { clock: systemClock }));
  const headers = { 'x-kirchhoff-console': '1' };
  const logIn = await api.server.inject({ method: 'POST', url: '/api/v1/web-sessions', headers, payload: { operatorCode: 'books', logInName: 'wang', password } });
  const cookie = String(logIn.headers['set-cookie']).split(';')[0]!;
  const answer = await api.server.inject({ method: 'GET', url: '/api/v1/books', headers: { ...headers, cookie } });
  assert.equal(answer.statusCode, 200, answer.body);
  const books = answer.json<{ ok: boolean; findings: { check: string; failed: number }[] }>();
  assert.equal(books.ok, true);
  assert.ok(books.findings.some((finding) => finding.check === 'platform.events_delivered'));
  assert.equal((await api.server.inject({ method: 'GET', url: '/api/v1/books' })).statusCode, 401);
});
