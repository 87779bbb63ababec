import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fastify from 'fastify';
import { addMs, instant, MS_PER_DAY } from '../../kernel/index.ts';
import { openTestApi } from '../../../test/support/api.ts';
import { openTestDatabase } from '../../../test/support/database.ts';
import { manualClock, newUuid } from '../clock/index.ts';
import { loadConfig } from '../config/index.ts';
import { registerHealthRoutes } from '../health/index.ts';
import { silentLogger, type Logger } from '../logging/index.ts';
import { createMetrics } from '../metrics/index.ts';
import { keepSlowRequests } from '../timings/index.ts';
import { compareNodes, describeDifference, fingerprintOf, forgetOld, insertNode, listNodes, NODE_OWN_SETTINGS, NODE_STALE_MS, NODES_KEPT_MS, printSettings, reportNode, stateOf, type NewNode } from './index.ts';

const test = await openTestDatabase();
const KEY = Buffer.alloc(32, 9);
const SECRET = 'postgres://kirchhoff:hunter2@db.example.com/kirchhoff';
const clock = manualClock(instant(Date.UTC(2026, 10, 22, 4)));

const prints = (environment: Record<string, string>) => printSettings(loadConfig({ environment, workingFolder: '/nonexistent' }).explained, KEY);
const nodeWith = (host: string, environment: Record<string, string>, more: Partial<NewNode> = {}): NewNode => {
  const settings = prints(environment);
  return { nodeId: newUuid(), host, pid: 100, roles: ['api'], version: '0.2.0', schemaVersion: '0110_platform_nodes', settings, fingerprint: fingerprintOf(settings), startedAt: clock.now(), ...more };
};
const report = (node: NewNode, logger: Logger = silentLogger) => {
  const metrics = createMetrics({ processMetrics: false });
  return reportNode({ database: test.database, clock, logger, metrics, node, slowRequests: keepSlowRequests(), everyMs: 3_600_000 }).then((reported) => ({ ...reported, metrics }));
};

describe('nodes', () => {
  it('P-08 a setting that differs between two nodes is named with who has it and where it was set, and is an alert', async () => {
    const warnings: unknown[] = [];
    const common = { DATABASE_URL: SECRET, KIRCHHOFF_JOBS_CONCURRENCY: '8' };
    const first = await report(nodeWith('old-1', { ...common, KIRCHHOFF_CHANNEL_ORIGINS: 'http://two-in-one.example.com' }));
    const second = await report(nodeWith('new-1', { ...common, KIRCHHOFF_PORT: '9999', KIRCHHOFF_DATA: '/var/elsewhere' }), { ...silentLogger, warn: (...said: unknown[]) => void warnings.push(said) } as Logger);
    assert.deepEqual(second.drift().map(({ what }) => what), ['payments.channelOrigins'], 'where a node listens and keeps its files is its own');
    const told = describeDifference(second.drift()[0]!);
    assert.match(told, /in the environment variable KIRCHHOFF_CHANNEL_ORIGINS\) on old-1:100/);
    assert.match(told, /not set \(set by default\) on new-1:100/);
    assert.match(await second.metrics.registry.metrics(), /kirchhoff_node_drift\{what="payments.channelOrigins"\} 1/);
    assert.equal(warnings.length, 1, 'it is in the log once');
    await second.tell();
    assert.equal(warnings.length, 1);
    await first.tell();
    assert.equal(first.drift().length, 1, 'the other one sees it too');
    await first.close();
    await second.tell();
    assert.deepEqual(second.drift(), [], 'a node that stopped counts no more');
    assert.doesNotMatch(await second.metrics.registry.metrics(), /kirchhoff_node_drift\{/);
    await second.close();
  });

  it('P-08 no value and no secret can be read from what a node publishes', async () => {
    const settings = prints({ DATABASE_URL: SECRET, KIRCHHOFF_METRICS_TOKEN: 'sesame', KIRCHHOFF_LOG_LEVEL: 'debug' });
    const published = JSON.stringify(settings);
    for (const hidden of [SECRET, 'hunter2', 'sesame', 'debug']) assert.equal(published.includes(hidden), false, hidden);
    const another = printSettings(loadConfig({ environment: { KIRCHHOFF_LOG_LEVEL: 'debug' }, workingFolder: '/nonexistent' }).explained, Buffer.alloc(32, 10));
    assert.notEqual(another['log.level']?.hash, settings['log.level']?.hash, 'without the key a short value cannot be tried out');
    assert.equal(fingerprintOf(settings), fingerprintOf(prints({ KIRCHHOFF_METRICS_TOKEN: 'sesame', KIRCHHOFF_LOG_LEVEL: 'debug', DATABASE_URL: SECRET })));
    for (const name of NODE_OWN_SETTINGS) assert.equal(settings[name], undefined, name);
  });

  it('P-08 another version or schema is drift; a node that fell silent ages out of the comparison and stays listed', async () => {
    const stale = nodeWith('silent', { KIRCHHOFF_LOG_LEVEL: 'error' }, { version: '0.1.0', schemaVersion: '0100_x' });
    await insertNode(test.database.untenanted, stale);
    await insertNode(test.database.untenanted, nodeWith('here', {}));
    const now = async () => ({ nodes: (await listNodes(test.database.untenanted)).filter(({ host }) => ['silent', 'here'].includes(host)), at: clock.now() });
    const before = await now();
    assert.deepEqual(compareNodes(before.nodes, before.at).map(({ what }) => what), ['version', 'schema version', 'log.level']);
    clock.advance(NODE_STALE_MS + 1);
    await insertNode(test.database.untenanted, nodeWith('here', {}));
    const after = await now();
    assert.deepEqual(compareNodes(after.nodes, after.at), []);
    assert.equal(stateOf(after.nodes.find(({ host }) => host === 'silent')!, after.at), 'stale');
    await forgetOld(test.database.untenanted, addMs(clock.now(), NODES_KEPT_MS - MS_PER_DAY));
    assert.ok((await now()).nodes.some(({ host }) => host === 'silent'));
    await forgetOld(test.database.untenanted, addMs(clock.now(), NODES_KEPT_MS + MS_PER_DAY));
    assert.deepEqual((await now()).nodes, []);
  });

  it('P-08 /health/ready names what differs and stays ready: it is no reason to send no work', async () => {
    const server = fastify();
    registerHealthRoutes(server, { probes: [], drift: () => ['log.level'] });
    const answer = await server.inject('/health/ready');
    assert.deepEqual([answer.statusCode, answer.json()], [200, { status: 'ready', probes: {}, drift: ['log.level'] }]);
    await server.close();
  });

  it('P-08 the console reads nodes and differences with the permission for operations', async () => {
    const testApi = await openTestApi(test, { clock });
    const operator = await testApi.operator();
    const [a, b] = [await report(nodeWith('a', { KIRCHHOFF_LOG_LEVEL: 'debug' })), await report(nodeWith('b', {}))];
    const answer = (await (await operator.user()).get('/operations/nodes')).json() as { items: { node: string; state: string }[]; differences: { what: string; groups: { nodes: string[] }[] }[] };
    assert.ok(answer.items.some(({ node, state }) => node === 'a:100' && state === 'alive'));
    assert.deepEqual(answer.differences.map(({ what, groups }) => [what, groups.flatMap(({ nodes }) => nodes).sort()]), [['log.level', ['a:100', 'b:100']]]);
    assert.equal((await (await operator.user('clerk')).get('/operations/nodes')).json().code, 'permission_missing');
    await Promise.all([a.close(), b.close()]);
  });

  it('P-08 a node whose row was deleted while it slept comes back with its next heartbeat', async () => {
    const back = await report(nodeWith('sleeper', {}));
    await test.database.untenanted.execute(`delete from platform.node where host = 'sleeper'`);
    await back.tell();
    assert.ok((await listNodes(test.database.untenanted)).some(({ host }) => host === 'sleeper'));
    await back.close();
    assert.equal((await listNodes(test.database.untenanted)).find(({ host }) => host === 'sleeper')?.stoppedAt, clock.now());
  });
});
