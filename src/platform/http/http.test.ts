import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Type } from 'typebox';
import { ok, refuse } from '../../kernel/index.ts';
import { newOperatorId, openTestDatabase } from '../../../test/support/database.ts';
import { listActs, recordAct } from '../audit-log/index.ts';
import { newUuid, systemClock } from '../clock/index.ts';
import { problem } from '../errors/index.ts';
import type { Logger } from '../logging/logger.ts';
import { silentLogger } from '../logging/logger.ts';
import { Body, createApi, decodeCursor, Page, pageQuery, toPage, type Permission, type Principal } from './index.ts';

const test = await openTestDatabase();
const operatorId = newOperatorId();
const callers = new Map<string, Principal>();
type Caller = { kind?: 'user' | 'api_client'; subOperatorId?: string };
function caller(permissions: Permission[], { kind = 'api_client', subOperatorId }: Caller = {}): Record<string, string> {
  const secret = newUuid();
  callers.set(secret, { kind, id: newUuid(), operatorId, sessionId: null, grants: [{ permissions: new Set(permissions), subOperatorId: subOperatorId ?? null }] });
  return { authorization: `Bearer ${secret}` };
}
const errors: { fields: Record<string, unknown>; message: string }[] = [];
const logger: Logger = { ...silentLogger, error: (fields, message) => errors.push({ fields, message }) };
const open = (options: { requestsPerMinuteMax?: number } = {}) => createApi({
  database: test.database, clock: systemClock, logger, ...options,
  authenticate: async ({ secret }) => { const found = callers.get(secret); return found ? ok(found) : refuse({ code: 'not_authenticated' as const }); },
});

const api = await open();
let effects = 0;
let gate: Promise<void> | null = null;
api.route({
  method: 'POST', path: '/things', operationId: 'createThing', tag: 'things', summary: 'Create a thing', permission: 'members:write', audience: 'operator',
  body: Body({ name: Type.String({ minLength: 1 }) }), response: Type.Object({ id: Type.String(), name: Type.String() }), status: 201, errors: ['phone_taken'],
  handler: async (tx, call) => {
    await recordAct(tx, { actor: call.actor, from: call.from, act: 'things.create', subject: { kind: 'thing', id: call.commandId } });
    if (gate) await gate;
    if (call.body.name === 'taken') throw problem('phone_taken');
    if (call.body.name === 'broken') throw new Error('secret of the inside');
    effects++;
    return { id: call.commandId, name: call.body.name };
  },
});
api.route({
  method: 'GET', path: '/things', operationId: 'listThings', tag: 'things', summary: 'List things', permission: 'members:read', audience: 'operator', subOperatorScoped: true,
  query: Type.Object({ ...pageQuery }), response: Page(Type.Object({ n: Type.Integer() })),
  handler: async (_tx, { query }) => {
    const from = (decodeCursor(query.cursor, ['number'])?.[0] ?? 0) + 1;
    return toPage(Array.from({ length: Math.min(query.limit + 1, 8 - from) }, (_, i) => from + i), query.limit, (n) => ({ n }), (n) => [n]);
  },
});
api.route({
  method: 'GET', path: '/things/:id', operationId: 'getThing', tag: 'things', summary: 'Get a thing', permission: 'members:read', audience: 'console',
  params: Type.Object({ id: Type.String() }), response: Type.Object({ id: Type.String() }), handler: async (_tx, call) => ({ id: call.params.id }),
});
api.route({
  method: 'POST', path: '/things/all/freeze', operationId: 'freezeThings', tag: 'things', summary: 'Freeze all', permission: 'members:write', audience: 'operator', idempotency: 'natural',
  response: Type.Object({ frozen: Type.Boolean() }), handler: async () => ({ frozen: true }),
});
await api.server.ready();

type Headers = Record<string, string>;
const post = (body: unknown, headers: Headers) => api.server.inject({ method: 'POST', url: '/api/v1/things', headers, payload: body as object });
const get = (path: string, headers: Headers = {}) => api.server.inject({ method: 'GET', url: `/api/v1${path}`, headers });
const codeOf = (answer: { json(): { code?: string } }): string | undefined => answer.json().code;
const key = (): Headers => ({ 'idempotency-key': newUuid() });
const acts = (id: string) => test.database.forOperator(operatorId).transaction((tx) => listActs(tx, { subjectId: id }, 10));

describe('idempotency', () => {
  it('answers a retry like the first try, and acts once', async () => {
    const headers = { ...caller(['members:write']), ...key() };
    const [before, first, second] = [effects, await post({ name: 'a' }, headers), await post({ name: 'a' }, headers)];
    assert.equal(first.statusCode, 201);
    assert.equal(second.statusCode, 201);
    assert.deepEqual(second.json(), first.json());
    assert.equal(first.headers['idempotent-replayed'], undefined);
    assert.equal(second.headers['idempotent-replayed'], 'true');
    assert.equal(effects, before + 1);
    assert.equal((await acts(first.json().id)).length, 1);
  });

  it('does not care for the order of fields in a retry', async () => {
    const headers = { ...caller(['members:write']), ...key(), 'content-type': 'application/json' };
    const raw = (payload: string) => api.server.inject({ method: 'POST', url: '/api/v1/things', headers, payload });
    assert.equal((await raw('{"name":"a"}')).statusCode, 201);
    assert.equal((await raw('{ "name" : "a" }')).headers['idempotent-replayed'], 'true');
  });

  it('refuses another body, or another address, under the same key, also when the new body is not even valid', async () => {
    const headers = { ...caller(['members:write']), ...key() };
    assert.equal((await post({ name: 'a' }, headers)).statusCode, 201);
    const other = await post({ name: 'b' }, headers);
    assert.equal(other.statusCode, 422);
    assert.equal(codeOf(other), 'idempotency_key_reused');
    assert.equal(codeOf(await post({ nonsense: true }, headers)), 'idempotency_key_reused');
    assert.equal(codeOf(await api.server.inject({ method: 'POST', url: '/api/v1/things/all/freeze', headers })), 'idempotency_key_reused');
  });

  it('needs a key where something is created, one that is hard to guess', async () => {
    const headers = caller(['members:write']);
    assert.equal(codeOf(await post({ name: 'a' }, headers)), 'idempotency_key_required');
    assert.equal(codeOf(await post({ name: 'a' }, { ...headers, 'idempotency-key': 'short' })), 'idempotency_key_invalid');
    assert.equal(codeOf(await post({ name: 'a' }, { ...headers, 'idempotency-key': 'x'.repeat(129) })), 'idempotency_key_invalid');
    assert.equal((await api.server.inject({ method: 'POST', url: '/api/v1/things/all/freeze', headers })).statusCode, 200);
  });

  it("keeps two callers' equal keys apart", async () => {
    const same = key();
    const [a, b] = [await post({ name: 'a' }, { ...caller(['members:write']), ...same }), await post({ name: 'b' }, { ...caller(['members:write']), ...same })];
    assert.deepEqual([a.statusCode, b.statusCode], [201, 201]);
    assert.notEqual(a.json().id, b.json().id);
  });

  it('acts once when the same key comes ten times at once, and all ten get that one answer', async () => {
    const headers = { ...caller(['members:write']), ...key() };
    const before = effects;
    const answers = await Promise.all(Array.from({ length: 10 }, () => post({ name: 'a' }, headers)));
    assert.deepEqual([...new Set(answers.map((answer) => answer.statusCode))], [201]);
    assert.equal(new Set(answers.map((answer) => answer.body)).size, 1);
    assert.equal(answers.filter((answer) => answer.headers['idempotent-replayed'] === undefined).length, 1);
    assert.equal(effects, before + 1);
  });

  it('lets one body win when two bodies race under one key', async () => {
    const headers = { ...caller(['members:write']), ...key() };
    let release = (): void => undefined;
    gate = new Promise((resolve) => { release = resolve; });
    const racing = [post({ name: 'a' }, headers), post({ name: 'b' }, headers)];
    gate = null;
    release();
    const codes = (await Promise.all(racing)).map((answer) => codeOf(answer) ?? 'created');
    assert.deepEqual(codes.toSorted(), ['created', 'idempotency_key_reused']);
  });

  it('forgets a refusal, which did nothing: the same key may succeed later, and the command keeps its id', async () => {
    const headers = { ...caller(['members:write']), ...key() };
    const refused = await post({ name: 'taken' }, headers);
    assert.equal(codeOf(refused), 'phone_taken');
    const created = await post({ name: 'free' }, headers);
    assert.equal(created.statusCode, 201);
    assert.equal((await acts(created.json().id)).length, 1);
  });

  it('keeps no answer in clear', async () => {
    const headers = { ...caller(['members:write']), ...key() };
    await post({ name: 'Wang Xiaoming' }, headers);
    const [row] = await test.database.forOperator(operatorId).transaction((tx) =>
      tx.query<{ text: string; sealed: Buffer }>('select k::text as text, response_sealed as sealed from platform.idempotency_key k order by expires_at desc limit 1'));
    assert.ok(!row!.text.includes(headers['idempotency-key']!) && !row!.sealed.toString('latin1').includes('Xiaoming'));
  });
});

describe('who may call', () => {
  it('asks an unknown caller to log in, and a known one for the permission', async () => {
    assert.equal(codeOf(await get('/things')), 'not_authenticated');
    assert.equal(codeOf(await get('/things', { authorization: 'Bearer nobody' })), 'not_authenticated');
    assert.equal(codeOf(await get('/things', { authorization: 'Basic eDp5' })), 'not_authenticated');
    const refused = await get('/things', caller(['wallets:read']));
    assert.equal(refused.statusCode, 403);
    assert.equal(refused.json().data.permission, 'members:read');
  });

  it('lets no route below /api in that does not say for whom it is', async () => {
    const bare = await open();
    assert.throws(() => bare.server.get('/api/v1/forgotten', async () => ({})), /does not say for whom/);
    await bare.server.close();
  });

  it('keeps programs out of what is for people', async () => {
    assert.equal(codeOf(await get('/things/1', caller(['members:read']))), 'audience_refused');
    assert.equal((await get('/things/1', caller(['members:read'], { kind: 'user' }))).statusCode, 200);
  });

  it('keeps a role limited to a sub-operator out of routes that do not narrow themselves', async () => {
    const limited = { kind: 'user', subOperatorId: newUuid() } as const;
    assert.equal(codeOf(await get('/things/1', caller(['members:read'], limited))), 'outside_your_sub_operator');
    assert.equal((await get('/things', caller(['members:read'], limited))).statusCode, 200);
  });

  it('refuses an unsafe call by cookie that does not prove that it comes from the console', async () => {
    const secret = caller(['members:write'], { kind: 'user' }).authorization!.slice(7);
    const cookie = { cookie: `kirchhoff_session=${secret}`, ...key() };
    assert.equal(codeOf(await post({ name: 'a' }, cookie)), 'cross_site_request_refused');
    assert.equal(codeOf(await post({ name: 'a' }, { ...cookie, 'x-kirchhoff-console': '1', origin: 'https://evil.example' })), 'cross_site_request_refused');
    assert.equal((await post({ name: 'a' }, { ...cookie, 'x-kirchhoff-console': '1', origin: 'http://localhost:81' })).statusCode, 403);
    assert.equal((await post({ name: 'a' }, { ...cookie, 'x-kirchhoff-console': '1', origin: 'http://localhost', host: 'localhost' })).statusCode, 201);
    assert.equal((await post({ name: 'a' }, { ...cookie, ...key(), 'x-kirchhoff-console': '1' })).statusCode, 201);
  });
});

describe('answers', () => {
  it('tells what is wrong with a body, by field', async () => {
    const answer = await post({ name: '', extra: 1 }, { ...caller(['members:write']), ...key() });
    assert.equal(answer.headers['content-type'], 'application/problem+json; charset=utf-8');
    assert.equal(answer.statusCode, 400);
    assert.deepEqual(answer.json().errors.map((error: { pointer: string }) => error.pointer).sort(), ['/body/extra', '/body/name']);
  });

  it('never reads text as a number in a body, but does in a query', async () => {
    const headers = caller(['members:read', 'members:write']);
    assert.equal(codeOf(await post({ name: 5 }, { ...headers, ...key() })), 'validation_failed');
    assert.equal((await get('/things?limit=2', headers)).json().items.length, 2);
    assert.deepEqual((await get('/things?limit=0', headers)).json().errors[0].pointer, '/query/limit');
  });

  it('never shows the inside of an unknown error, and logs it with the request id that it answers', async () => {
    errors.length = 0;
    const answer = await post({ name: 'broken' }, { ...caller(['members:write']), ...key() });
    assert.equal(answer.statusCode, 500);
    assert.ok(!answer.body.includes('secret') && !answer.body.includes('.ts'));
    assert.equal(errors[0]!.fields.requestId, answer.json().requestId);
    assert.equal(answer.headers['x-request-id'], answer.json().requestId);
  });

  it('has a code of its own for each way a request can be unreadable', async () => {
    const headers = { ...caller(['members:write']), ...key() };
    const raw = (payload: string, type: string) => api.server.inject({ method: 'POST', url: '/api/v1/things', headers: { ...headers, 'content-type': type }, payload });
    assert.equal(codeOf(await raw('{', 'application/json')), 'body_not_json');
    assert.equal(codeOf(await raw('', 'application/json')), 'body_not_json');
    assert.equal(codeOf(await raw('<a/>', 'text/xml')), 'media_type_unsupported');
    const big = await raw(JSON.stringify({ name: 'x'.repeat(1_100_000) }), 'application/json');
    assert.equal(big.statusCode, 413);
    assert.equal(codeOf(big), 'payload_too_large');
    assert.equal(codeOf(await get('/nothing')), 'route_not_found');
  });

  it('speaks Chinese to who asks for it', async () => {
    assert.match((await get('/things', { 'accept-language': 'zh-CN,zh;q=0.9' })).json().title, /登录/);
  });

  it('limits requests from one address and says when to come back', async () => {
    const small = await open({ requestsPerMinuteMax: 2 });
    small.publicRoute({ method: 'GET', path: '/ping', operationId: 'ping', tag: 'things', summary: 'Ping', callers: 'anywhere', response: Type.Object({}), handler: async () => ({}) });
    const ping = () => small.server.inject({ method: 'GET', url: '/api/v1/ping' });
    assert.deepEqual([(await ping()).statusCode, (await ping()).statusCode], [200, 200]);
    const third = await ping();
    assert.equal(third.statusCode, 429);
    assert.equal(codeOf(third), 'too_many_requests');
    assert.ok(Number(third.headers['retry-after']) > 0);
    await small.server.close();
  });

  it('carries a policy that lets the page load nothing from elsewhere', async () => {
    const answer = await get('/things');
    assert.match(String(answer.headers['content-security-policy']), /default-src 'self'/);
    assert.equal(answer.headers['x-content-type-options'], 'nosniff');
    assert.equal(answer.headers['cache-control'], 'no-store');
  });
});

describe('pages', () => {
  it('lead from one to the next by a cursor, each row once', async () => {
    const headers = caller(['members:read']);
    const seen: number[] = [];
    for (let cursor = ''; ;) {
      const page = (await get(`/things?limit=3${cursor}`, headers)).json() as { items: { n: number }[]; nextCursor: string | null };
      seen.push(...page.items.map((item) => item.n));
      if (page.nextCursor === null) break;
      cursor = `&cursor=${page.nextCursor}`;
    }
    assert.deepEqual(seen, [1, 2, 3, 4, 5, 6, 7]);
  });

  it('refuse a cursor that no list gave out', async () => {
    const headers = caller(['members:read']);
    for (const cursor of ['rubbish', Buffer.from('[]').toString('base64url'), Buffer.from('["a"]').toString('base64url'), Buffer.from('[1.5]').toString('base64url')]) {
      assert.equal(codeOf(await get(`/things?cursor=${cursor}`, headers)), 'cursor_invalid', cursor);
    }
  });
});

describe('the documentation pages', () => {
  it('work offline: plain HTML that loads nothing', async () => {
    for (const path of ['/docs', '/docs/errors']) {
      const page = await api.server.inject({ method: 'GET', url: path });
      assert.equal(page.statusCode, 200);
      assert.match(String(page.headers['content-type']), /text\/html/);
      assert.doesNotMatch(page.body, /<script|src=|<link|@import|href="http/);
    }
    assert.match((await api.server.inject({ method: 'GET', url: '/docs' })).body, /\/api\/v1\/things/);
    assert.equal((await get('/openapi.json')).json().openapi, '3.1.0');
  });
});
