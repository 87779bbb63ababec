import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fastify from 'fastify';
import { createMetrics, registerMetricsRoute } from '../metrics/index.ts';
import { registerHealthRoutes } from './index.ts';

describe('health and metrics', () => {
  it('is ready while every probe works, names the one that fails, and is live either way', async () => {
    const server = fastify();
    let broken = false;
    registerHealthRoutes(server, { probes: [{ name: 'database', check: () => (broken ? Promise.reject(new Error('password authentication failed')) : Promise.resolve()) }, { name: 'jobs', check: () => Promise.resolve() }] });
    assert.equal((await server.inject('/health/ready')).statusCode, 200);
    broken = true;
    const answer = await server.inject('/health/ready');
    assert.equal(answer.statusCode, 503);
    assert.deepEqual(answer.json(), { status: 'not ready', probes: { database: false, jobs: true } });
    assert.equal((await server.inject('/health/live')).statusCode, 200);
    await server.close();
  });

  it('takes no new work while stopping', async () => {
    const server = fastify();
    registerHealthRoutes(server, { probes: [], isStopping: () => true });
    assert.equal((await server.inject('/health/ready')).statusCode, 503);
    await server.close();
  });

  it('counts requests by route pattern and shows figures to this machine or the bearer of the token only', async () => {
    const server = fastify();
    const metrics = createMetrics({ processMetrics: false });
    metrics.gauge('kirchhoff_probe', 'A probe.', [], (gauge) => gauge.set(7));
    registerMetricsRoute(server, { metrics, token: 'sesame' });
    server.get('/things/:id', () => 'x');
    await server.inject('/things/1');
    const page = await server.inject('/metrics');
    assert.match(page.body, /kirchhoff_probe 7/);
    assert.match(page.body, /kirchhoff_http_request_duration_seconds_count\{method="GET",route="\/things\/:id",status="200"\} 1/);
    const from = (headers: Record<string, string>) => server.inject({ url: '/metrics', remoteAddress: '203.0.113.9', headers });
    assert.equal((await from({})).statusCode, 403);
    assert.equal((await from({ authorization: 'Bearer wrong' })).statusCode, 403);
    assert.equal((await from({ authorization: 'Bearer sesame' })).statusCode, 200);
    await server.close();
  });
});
