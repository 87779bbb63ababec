import type { FastifyInstance, FastifyRequest } from 'fastify';
import { addMs, instant } from '../../kernel/index.ts';
import { below, closeTiming, measuring, openSpan, openTiming, watchEventLoop, type OpenSpan, type RequestTiming } from '../timings/index.ts';
import type { ApiOptions } from './api-options.ts';

type Measured = { readonly timing: RequestTiming; readonly span: OpenSpan | null };
const UNKNOWN_ROUTE = 'unknown';

/** Measures where the time of every request goes (P-09) and keeps those that took long. Must be installed before anything that waits. */
export function installRequestTimings(server: FastifyInstance, { clock, slowRequests }: Pick<ApiOptions, 'clock' | 'slowRequests'>): void {
  watchEventLoop();
  const measured = new WeakMap<FastifyRequest, Measured>();
  const inside = (request: FastifyRequest, done: () => void): void => {
    const known = measured.get(request);
    if (known === undefined) return done();
    below(known.span, () => measuring(known.timing, done));
  };
  server.addHook('onRequest', (request, _reply, done) => {
    measured.set(request, { timing: openTiming(), span: openSpan(`${request.method} ${routeOf(request)}`, { 'http.route': routeOf(request), 'kirchhoff.request_id': request.id }) });
    inside(request, done);
  });
  // A body arrives in the connection's own turn, which knows nothing of the request: what follows is put back into it.
  server.addHook('preValidation', (request, _reply, done) => inside(request, done));
  server.addHook('onResponse', (request, reply, done) => {
    const known = measured.get(request);
    if (known === undefined) return done();
    known.span?.end(reply.statusCode >= 500);
    // A stream of events is open for as long as somebody looks.
    if (String(reply.raw.getHeader('content-type')).startsWith('text/event-stream')) return done();
    const breakdown = closeTiming(known.timing);
    slowRequests?.note({
      ...breakdown, requestId: request.id, operatorId: request.principal?.operatorId ?? null, startedAt: addMs(instant(clock.now()), -Math.round(breakdown.totalUs / 1_000)),
      method: request.method, route: routeOf(request), status: reply.statusCode,
    });
    done();
  });
}

/** The pattern: an address holds ids. */
const routeOf = (request: FastifyRequest): string => request.routeOptions.url ?? UNKNOWN_ROUTE;
