import { createHash, timingSafeEqual } from 'node:crypto';
import type {} from '@fastify/swagger'; // Adds `hide` to a route's schema: this page is no part of the contract.
import type { FastifyInstance } from 'fastify';
import type { Metrics } from './metrics.ts';

/** A request's duration is told by route pattern, never by address: an address holds ids and there are endless many. */
const BUCKETS_S = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10] as const;
const LOOPBACK = new Set(['127.0.0.1', '::1', '::ffff:127.0.0.1']);

/**
 * `GET /metrics` in Prometheus' text form, and the duration of every request. Answered to this machine only, unless `token` is set and
 * presented as a bearer: figures tell a stranger how much is sold.
 */
export function registerMetricsRoute(server: FastifyInstance, options: { readonly metrics: Metrics; readonly token?: string | undefined }): void {
  const { metrics } = options;
  const duration = metrics.histogram('kirchhoff_http_request_duration_seconds', 'Time to answer an HTTP request.', { labels: ['method', 'route', 'status'], buckets: BUCKETS_S });
  server.addHook('onResponse', (request, reply, done) => {
    duration.observe({ method: request.method, route: request.routeOptions.url ?? 'unknown', status: String(reply.statusCode) }, reply.elapsedTime / 1000);
    done();
  });
  server.get('/metrics', { schema: { hide: true } }, async (request, reply) => {
    const presented = options.token !== undefined && sameText(request.headers.authorization ?? '', `Bearer ${options.token}`);
    if (!presented && !LOOPBACK.has(request.ip)) return reply.code(403).type('text/plain').send('metrics are answered to this machine, or to the bearer of KIRCHHOFF_METRICS_TOKEN\n');
    return reply.type(metrics.registry.contentType).send(await metrics.registry.metrics());
  });
}

/** Takes as long for a near miss as for a far one. */
const sameText = (a: string, b: string): boolean => timingSafeEqual(createHash('sha256').update(a).digest(), createHash('sha256').update(b).digest());
