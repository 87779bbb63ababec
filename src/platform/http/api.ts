import cookie from '@fastify/cookie';
import rateLimit from '@fastify/rate-limit';
import swagger from '@fastify/swagger';
import fastify, { type FastifyInstance } from 'fastify';
import type { TSchema } from 'typebox';
import { newUuid } from '../clock/index.ts';
import { problem } from '../errors/index.ts';
import { installAnswers } from './answer.ts';
import type { ApiOptions } from './api-options.ts';
import { installAuthentication } from './authentication.ts';
import { installDocsPages } from './docs-pages.ts';
import { BODY_BYTES_MAX, HANDLER_MS_MAX, REQUEST_RECEIVE_MS_MAX, REQUESTS_PER_MINUTE_MAX } from './limits.ts';
import { OPEN_API_INFO } from './open-api.ts';
import { registerOperatorRoute, registerPublicRoute, registerUploadRoute } from './register-route.ts';
import type { PublicRoute, Route, RouteWithoutTransaction, UploadRoute } from './route.ts';
import { installRequestTimings } from './request-timings.ts';
import { installSecurityHeaders } from './security-headers.ts';
import { validatorCompiler } from './validation.ts';

/** What a module registers its routes on. See `README.md` in this folder for an example. */
export type Api = {
  /** Composition only: static files, other servers on the same port. A module uses the three functions below. */
  readonly server: FastifyInstance;
  readonly options: ApiOptions;
  /** A call of a known caller in one transaction of their operator; what it creates, it creates once per Idempotency-Key. */
  route<P extends TSchema = TSchema, Q extends TSchema = TSchema, B extends TSchema = TSchema, R extends TSchema = TSchema>(route: Route<P, Q, B, R>): void;
  /** The same without a transaction, for work that manages its own. */
  routeWithoutTransaction<P extends TSchema = TSchema, Q extends TSchema = TSchema, B extends TSchema = TSchema, R extends TSchema = TSchema>(route: RouteWithoutTransaction<P, Q, B, R>): void;
  /** A file that a person hands in. */
  uploadRoute<P extends TSchema = TSchema, Q extends TSchema = TSchema, R extends TSchema = TSchema>(route: UploadRoute<P, Q, R>): void;
  /** Open to anybody: log-in and little else. */
  publicRoute<P extends TSchema = TSchema, Q extends TSchema = TSchema, B extends TSchema = TSchema, R extends TSchema = TSchema>(route: PublicRoute<P, Q, B, R>): void;
};

/**
 * The HTTP server without any module's routes. Register them, then `await api.server.listen(…)` or `inject(…)`.
 * Limits are named in `limits.ts`.
 */
export async function createApi(options: ApiOptions): Promise<Api> {
  const server = fastify({
    bodyLimit: BODY_BYTES_MAX, requestTimeout: REQUEST_RECEIVE_MS_MAX, handlerTimeout: HANDLER_MS_MAX, forceCloseConnections: true,
    trustProxy: options.trustedProxies && options.trustedProxies.length > 0 ? [...options.trustedProxies] : false,
    genReqId: () => newUuid(), requestIdHeader: false, logger: false, routerOptions: { maxParamLength: 128 }, exposeHeadRoutes: false,
  });
  server.setValidatorCompiler(validatorCompiler);
  installRequestTimings(server, options);
  installAnswers(server, options.logger);
  installSecurityHeaders(server, options);
  await server.register(cookie);
  await server.register(rateLimit, {
    global: true, max: options.requestsPerMinuteMax ?? REQUESTS_PER_MINUTE_MAX, timeWindow: '1 minute', keyGenerator: (request) => request.ip,
    errorResponseBuilder: (_request, context) => problem('too_many_requests', { retryAfterSeconds: Math.ceil(context.ttl / 1000) }),
  });
  await server.register(swagger, OPEN_API_INFO);
  installAuthentication(server, options);
  installDocsPages(server);
  return {
    server, options,
    route: (route) => registerOperatorRoute(server, options, { ...route, transaction: true } as never),
    routeWithoutTransaction: (route) => registerOperatorRoute(server, options, { ...route, transaction: false } as never),
    uploadRoute: (route) => registerUploadRoute(server, options, route as never),
    publicRoute: (route) => registerPublicRoute(server, options, route as never),
  };
}
