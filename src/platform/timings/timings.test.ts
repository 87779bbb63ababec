import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { Type } from 'typebox';
import { openTestDatabase } from '../../../test/support/database.ts';
import { openTestApi } from '../../../test/support/api.ts';
import { newUuid, systemClock } from '../clock/index.ts';
import { Body, createApi } from '../http/index.ts';
import { insertNode, insertSlowRequests, listSlowRequests, SLOW_ROWS_MAX, forgetOld } from '../nodes/index.ts';
import { silentLogger } from '../logging/index.ts';
import { beginWait, closeTiming, inSpan, installSpans, keepSlowRequests, measuring, NAMES_PER_REQUEST_MAX, openTiming, SLOW_WAITING_MAX, statementName, watchEventLoop, type SlowRequest } from './index.ts';

const test = await openTestDatabase({ poolSizeMax: 2 });
const SECRET = 'pa55word-in-the-body';

/** An API with one route that does what it is told, keeping every request as slow. */
async function openProbe(handler: () => Promise<unknown>) {
  const slowRequests = keepSlowRequests({ slowMs: 0 });
  const api = await createApi({ database: test.database, clock: systemClock, logger: silentLogger, slowRequests, authenticate: () => Promise.resolve({ ok: false, error: { code: 'not_authenticated' } }) });
  api.publicRoute({
    method: 'POST', path: '/probes/:thing', operationId: 'probe', tag: 'test', summary: 'p', callers: 'anywhere', params: Type.Object({ thing: Type.String() }), body: Body({ secret: Type.String() }), response: Type.Object({}),
    handler: async () => { await handler(); return {}; },
  });
  const ask = async (): Promise<SlowRequest> => {
    const answer = await api.server.inject({ method: 'POST', url: '/api/v1/probes/member-42?token=abc', payload: { secret: SECRET } });
    assert.equal(answer.statusCode, 200, answer.body);
    await pause(5);
    return slowRequests.take().requests[0]!;
  };
  return { ask, close: () => api.server.close() };
}

/** Holds the event loop up, as a long computation would. */
function hold(ms: number): void {
  const until = performance.now() + ms;
  while (performance.now() < until);
}

describe('where the time of a request goes', () => {
  it('P-09 waiting for a connection, queries by name and count, channel calls and the handler itself are told apart', async () => {
    const probe = await openProbe(async () => {
      await test.database.untenanted.transaction(async (tx) => {
        await tx.query({ name: 'slow_probe', text: 'select pg_sleep(0.12)' });
        for (let i = 0; i < 3; i++) await tx.query('select name from platform.migration where name = $1', ['0001']);
      });
      const answered = beginWait('channel', 'query');
      await pause(80);
      answered();
      await pause(100);
    });
    const seen = await probe.ask();
    assert.ok(seen.queryUs >= 115_000, `${seen.queryUs}`);
    assert.ok(seen.channelUs >= 75_000, `${seen.channelUs}`);
    assert.ok(seen.handlerUs + seen.loopUs >= 90_000, `${seen.handlerUs}`);
    assert.ok(seen.totalUs + 5 >= seen.queryUs + seen.channelUs + seen.handlerUs + seen.loopUs, 'the parts add up to the whole');
    assert.deepEqual(seen.waits.filter(({ kind }) => kind === 'query').map(({ name, count }) => [name, count]).sort(), [['begin', 1], ['commit', 1], ['select platform.migration', 3], ['slow_probe', 1]]);
    assert.deepEqual(seen.waits.filter(({ kind }) => kind === 'channel').map(({ name, count }) => [name, count]), [['query', 1]]);
    await probe.close();
  });

  it('P-09 a request that found no free connection says so, and its queries do not', async () => {
    const { promise: released, resolve: release } = Promise.withResolvers<void>();
    const held = [1, 2].map(() => test.database.untenanted.transaction(async (tx) => { await tx.query('select 1'); await released; }));
    await pause(30);
    const probe = await openProbe(() => test.database.untenanted.transaction((tx) => tx.query('select 1')));
    setTimeout(release, 150);
    const seen = await probe.ask();
    await Promise.all(held);
    assert.ok(seen.poolUs >= 100_000, `${seen.poolUs}`);
    assert.ok(seen.poolUs > seen.queryUs, `${seen.poolUs} ${seen.queryUs}`);
    await probe.close();
  });

  it('P-09 an event loop that somebody else holds up is seen in the requests that wait for it', async () => {
    watchEventLoop();
    await pause(60);
    const probe = await openProbe(async () => {
      setTimeout(() => hold(200), 10);
      await pause(20);
    });
    const seen = await probe.ask();
    assert.ok(seen.loopUs >= 120_000, `${seen.loopUs} of ${seen.totalUs}`);
    assert.ok(seen.loopUs > seen.handlerUs, `${seen.loopUs} ${seen.handlerUs}`);
    await probe.close();
  });

  it('P-09 what is kept holds the route, never an address, a body or a parameter', async () => {
    const probe = await openProbe(() => test.database.untenanted.query('select name from platform.migration where name = $1', [SECRET]));
    const seen = await probe.ask();
    assert.equal(seen.route, '/api/v1/probes/:thing');
    for (const hidden of [SECRET, 'member-42', 'abc']) assert.equal(JSON.stringify(seen).includes(hidden), false, hidden);
    await probe.close();
  });

  it('P-09 parallel queries are wall-clock time, and many names do not fill the memory', async () => {
    const timing = openTiming();
    await measuring(timing, async () => {
      const ends = [1, 2, 3].map(() => beginWait('query', 'same'));
      await pause(50);
      for (const end of ends) end();
      for (let i = 0; i < NAMES_PER_REQUEST_MAX * 3; i++) beginWait('query', `name_${i}`)();
    });
    const seen = closeTiming(timing);
    const added = seen.waits.reduce((sum, { us }) => sum + us, 0);
    assert.ok(seen.queryUs * 2 < added && seen.queryUs <= seen.totalUs, `${seen.queryUs} of ${added}`);
    assert.ok(seen.waits.length <= NAMES_PER_REQUEST_MAX + 1, `${seen.waits.length}`);
    assert.equal(statementName("select ledger.book('4111 1111 1111 1111')"), 'select ledger.book');
    assert.equal(statementName("insert into payments.notification (raw) values ('secret')"), 'insert payments.notification');
  });

  it('P-09 only slow ones are kept, so many and no more, and the rest is counted', () => {
    const slow = keepSlowRequests({ slowMs: 1_000 });
    const request = (totalUs: number): SlowRequest => ({ ...closeTiming(openTiming()), totalUs, requestId: newUuid(), operatorId: null, startedAt: systemClock.now(), method: 'GET', route: '/x', status: 200 });
    slow.note(request(999_999));
    for (let i = 0; i < SLOW_WAITING_MAX + 7; i++) slow.note(request(1_000_000));
    const { requests, dropped } = slow.take();
    assert.deepEqual([requests.length, dropped], [SLOW_WAITING_MAX, 7]);
    assert.deepEqual(slow.take(), { requests: [], dropped: 0 });
  });

  it('P-09 traces hold a span for each transaction, query and call, below the request', async () => {
    const spans: { name: string; parent: string | null; ended: boolean }[] = [];
    const uninstall = installSpans((name, _attributes, parent) => {
      const span = { name, parent: parent === null ? null : (parent.handle as { name: string }).name, ended: false };
      spans.push(span);
      return { handle: span, end: () => { span.ended = true; } };
    });
    const probe = await openProbe(() => inSpan('outer', () => test.database.untenanted.transaction((tx) => tx.query({ name: 'by_name', text: 'select 1' }))));
    await probe.ask();
    uninstall();
    const of = (name: string) => spans.find((span) => span.name === name);
    assert.deepEqual([of('outer')?.parent, of('transaction')?.parent, of('by_name')?.parent], ['POST /api/v1/probes/:thing', 'outer', 'transaction']);
    assert.ok(spans.every((span) => span.ended));
    await probe.close();
  });
});

describe('slow requests over HTTP', () => {
  const slow = (operatorId: string | null, route: string): SlowRequest => ({ ...closeTiming(openTiming()), totalUs: 10_000_000, queryUs: 9_000_000, waits: [{ kind: 'query', name: 'select x', count: 2, us: 9_000_000 }], requestId: newUuid(), operatorId, startedAt: systemClock.now(), method: 'POST', route, status: 201 });

  it('P-09 are listed for whoever may see operations: their own and nobody\'s, with where the time went', async () => {
    const testApi = await openTestApi(test);
    const [mine, other] = [await testApi.operator(), await testApi.operator()];
    const nodeId = newUuid();
    await insertNode(test.database.untenanted, { nodeId, host: 'a', pid: 1, roles: ['api'], version: '1', schemaVersion: '1', settings: {}, fingerprint: 'abcdefgh', startedAt: systemClock.now() });
    await insertSlowRequests(test.database.untenanted, nodeId, [slow(mine.operatorId, '/mine'), slow(other.operatorId, '/other'), slow(null, '/notify/:key')]);
    const answer = await (await mine.user()).get('/operations/slow-requests');
    assert.equal(answer.statusCode, 200, answer.body);
    const { items } = answer.json() as { items: { route: string; totalUs: number; waits: unknown[]; node: string }[] };
    assert.deepEqual(items.map(({ route }) => route).sort(), ['/mine', '/notify/:key']);
    assert.deepEqual([items[0]!.totalUs, items[0]!.node, items[0]!.waits], [10_000_000, 'a', [{ kind: 'query', name: 'select x', count: 2, us: 9_000_000 }]]);
    assert.equal((await (await mine.user('clerk')).get('/operations/slow-requests')).json().code, 'permission_missing');
  });

  it('P-09 are kept for a week and up to a number', async () => {
    await forgetOld(test.database.untenanted, systemClock.now());
    const before = (await listSlowRequests(test.database.untenanted, { operatorId: null, limit: 10 })).length;
    assert.ok(before >= 3);
    await test.database.untenanted.execute(
      `insert into platform.node_slow_request select gen_random_uuid(), gen_random_uuid(), null, now() - make_interval(secs => n), 'GET', '/x', 200, 1, 0, 0, 0, 0, 1, '[]' from generate_series(1, $1::int) n`, [SLOW_ROWS_MAX + 50]);
    await test.database.untenanted.execute(`update platform.node_slow_request set started_at = now() - interval '8 days' where request_id in (select request_id from platform.node_slow_request where route = '/mine')`);
    await forgetOld(test.database.untenanted, systemClock.now());
    const [left] = await test.database.untenanted.query<{ old: number; count: number }>(`select count(*) filter (where started_at < now() - interval '7 days')::int as old, count(*)::int as count from platform.node_slow_request`);
    assert.equal(left?.old, 0);
    assert.ok(left.count <= SLOW_ROWS_MAX + 1, `${left.count}`);
  });
});
