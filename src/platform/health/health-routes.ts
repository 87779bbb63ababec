import type {} from '@fastify/swagger'; // Adds `hide` to a route's schema: these pages are no part of the contract.
import type { FastifyInstance } from 'fastify';
import { runProbes, type Probe } from './health.ts';

/**
 * `GET /health/live`: the process answers; restart it when it does not. `GET /health/ready`: every probe works and it is not stopping; send
 * it work. The names of failed probes are told, not their reasons: those are in the log. `drift` names what differs between nodes (P-08): no reason to send no work, and one to look.
 */
export function registerHealthRoutes(server: FastifyInstance, options: { readonly probes: readonly Probe[]; readonly isStopping?: () => boolean; readonly drift?: () => readonly string[] }): void {
  const config = { rateLimit: false as const };
  server.get('/health/live', { schema: { hide: true }, config }, () => ({ status: 'live' }));
  server.get('/health/ready', { schema: { hide: true }, config }, async (_request, reply) => {
    if (options.isStopping?.() === true) return reply.code(503).send({ status: 'stopping' });
    const { ok, results } = await runProbes(options.probes);
    return reply.code(ok ? 200 : 503).send({ status: ok ? 'ready' : 'not ready', probes: Object.fromEntries(results.map((result) => [result.name, result.ok])), ...(options.drift === undefined ? {} : { drift: options.drift() }) });
  });
}
