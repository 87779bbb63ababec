import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Type } from 'typebox';
import { ok, refuse } from '../../kernel/index.ts';
import { newOperatorId, openTestDatabase } from '../../../test/support/database.ts';
import { recordAct } from '../audit-log/index.ts';
import { newUuid, systemClock } from '../clock/index.ts';
import { problem } from '../errors/index.ts';
import { silentLogger } from '../logging/logger.ts';
import { Body, createApi, type Permission, type Principal } from './index.ts';

const test = await openTestDatabase();
const operatorId = newOperatorId();
const callers = new Map<string, Principal>();
function caller(permissions: Permission[], kind: 'user' | 'api_client' = 'api_client', subOperatorId: string | null = null): Record<string, string> {
  const secret = newUuid();
  callers.set(secret, { kind, id: newUuid(), operatorId, sessionId: null, grants: [{ permissions: new Set(permissions), subOperatorId }] });
  return { authorization: `Bearer ${secret}` };
}
const api = await createApi({
  database: test.database, clock: systemClock, logger: silentLogger,
  authenticate: async ({ secret }) => { const found = callers.get(secret); return found ? ok(found) : refuse({ code: 'not_authenticated' as const }); },
});
let effects = 0;
api.route({
  method: 'POST', path: '/things', operationId: 'createThing', tag: 'things', summary: 'Create a thing', permission: 'members:write', audience: 'operator',
  body: Body({ name: Type.String({ minLength: 1 }) }), response: Type.Object({ id: Type.String(), name: Type.String() }), status: 201, errors: ['phone_taken'],
  handler: async (tx, call) => {
    if (call.body.name === 'taken') throw problem('phone_taken');
    effects++;
    await recordAct(tx, { actor: call.actor, from: call.from, act: 'things.create', subject: { kind: 'thing', id: call.commandId } });
    return { id: call.commandId, name: call.body.name };
  },
});
api.route({
  method: 'GET', path: '/things/:id', operationId: 'getThing', tag: 'things', summary: 'Get a thing', permission: 'members:read', audience: 'operator',
  params: Type.Object({ id: Type.String() }), response: Type.Object({ id: Type.String() }),
  handler: async (_tx, call) => ({ id: call.params.id }),
});
await api.server.ready();
const post = (body: unknown, headers: Record<string, string>) => api.server.inject({ method: 'POST', url: '/api/v1/things', headers, payload: body as object });

describe('the HTTP door', () => {
  it('creates once per key and answers a retry like the first try', async () => {
    const headers = { ...caller(['members:write']), 'idempotency-key': newUuid() };
    const before = effects;
    const first = await post({ name: 'a' }, headers);
    const second = await post({ name: 'a' }, headers);
    assert.equal(first.statusCode, 201);
    assert.deepEqual(second.json(), first.json());
    assert.equal(second.headers['idempotent-replayed'], 'true');
    assert.equal(effects, before + 1);
    assert.equal((await post({ name: 'b' }, headers)).json().code, 'idempotency_key_reused');
  });

  it('tells what is wrong with a body, by field', async () => {
    const headers = { ...caller(['members:write']), 'idempotency-key': newUuid() };
    const answer = await post({ name: '', extra: 1 }, headers);
    assert.equal(answer.headers['content-type'], 'application/problem+json; charset=utf-8');
    assert.equal(answer.statusCode, 400);
    assert.deepEqual(answer.json().errors.map((error: { pointer: string }) => error.pointer).sort(), ['/body/extra', '/body/name']);
  });
});
