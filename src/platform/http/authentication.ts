import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { assert } from '../../kernel/index.ts';
import { problem } from '../errors/index.ts';
import type { ApiOptions } from './api-options.ts';
import { HEADER_TEXT_LENGTH_MAX } from './limits.ts';
import type { Permission } from './permission.ts';
import { scopeOf, type CallOrigin, type PresentedCredential, type Principal } from './principal.ts';

export const SESSION_COOKIE = 'kirchhoff_session';
/** A page of another origin cannot send this header without asking first (CORS), and is never allowed to. */
export const CONSOLE_HEADER = 'x-kirchhoff-console';

declare module 'fastify' {
  interface FastifyRequest { principal: Principal | null; }
  interface FastifyContextConfig {
    /** public: anybody. operator: users and API clients. console: people logged in. */
    audience?: 'public' | 'operator' | 'console';
    permission?: Permission | null;
    subOperatorScoped?: boolean;
  }
}

/** Before the body is read: who calls, may they, and does it come from the console itself when a cookie says so. */
export function installAuthentication(server: FastifyInstance, options: ApiOptions): void {
  server.decorateRequest('principal', null);
  // Forgetting to say who may call must not mean that anybody may.
  server.addHook('onRoute', (route) => assert(!route.url.startsWith('/api/') || route.config?.audience !== undefined, `${route.url} does not say for whom it is`));
  server.addHook('onRequest', async (request) => {
    const { audience } = request.routeOptions.config;
    if (audience === undefined || audience === 'public') return;
    const credential = presentedCredential(request);
    if (credential === null) throw problem('not_authenticated');
    if (credential.kind === 'cookie') refuseCrossSite(request, options);
    const result = await options.authenticate(credential, originOf(request));
    if (!result.ok) throw problem(result.error.code);
    request.principal = result.value;
    refuseUnpermitted(request, result.value);
  });
}

/** Who calls. @throws AssertionFault on a public route. */
export function principalOf(request: FastifyRequest): Principal {
  assert(request.principal !== null, 'a route for known callers was reached by an unknown one');
  return request.principal;
}

function refuseUnpermitted(request: FastifyRequest, principal: Principal): void {
  const { audience, permission, subOperatorScoped } = request.routeOptions.config;
  if (audience === 'console' && principal.kind !== 'user') throw problem('audience_refused');
  if (!permission) return;
  const scope = scopeOf(principal, permission);
  if (scope === 'none') throw problem('permission_missing', { detail: permission, data: { permission } });
  // A role limited to a sub-operator sees nothing of a route that does not know how to narrow itself.
  if (scope !== 'operator' && !subOperatorScoped) throw problem('outside_your_sub_operator', { detail: permission });
}

export function presentedCredential(request: FastifyRequest): PresentedCredential | null {
  const { authorization } = request.headers;
  if (authorization !== undefined) {
    const match = /^Bearer ([\x21-\x7e]{1,256})$/i.exec(authorization);
    return match ? { kind: 'bearer', secret: match[1]! } : null;
  }
  const secret = request.cookies[SESSION_COOKIE];
  return secret === undefined || secret.length > HEADER_TEXT_LENGTH_MAX ? null : { kind: 'cookie', secret };
}

/** SameSite=Strict keeps the cookie off foreign pages; the header and the origin hold where a browser does not honour that. */
export function refuseCrossSite(request: FastifyRequest, options: Pick<ApiOptions, 'publicOrigin'>): void {
  if (request.method === 'GET' || request.method === 'HEAD') return;
  if (request.headers[CONSOLE_HEADER] === undefined) throw problem('cross_site_request_refused', { detail: `the header ${CONSOLE_HEADER} is missing` });
  const { origin } = request.headers;
  if (origin === undefined) return;
  const own = [options.publicOrigin, `${request.protocol}://${request.host}`];
  if (!own.includes(origin)) throw problem('cross_site_request_refused', { detail: `origin ${origin.slice(0, 100)} is not the console's` });
}

export const originOf = (request: FastifyRequest): CallOrigin & { requestId: string } => ({
  ip: request.ip, userAgent: request.headers['user-agent']?.slice(0, HEADER_TEXT_LENGTH_MAX) ?? null, requestId: request.id,
});

const SESSION_COOKIE_SECONDS_MAX = 30 * 86_400;

export function setSessionCookie(reply: FastifyReply, secret: string, options: Pick<ApiOptions, 'publicOrigin'>): void {
  void reply.setCookie(SESSION_COOKIE, secret, { ...cookieAttributes(options), maxAge: SESSION_COOKIE_SECONDS_MAX });
}
export function clearSessionCookie(reply: FastifyReply, options: Pick<ApiOptions, 'publicOrigin'>): void {
  void reply.clearCookie(SESSION_COOKIE, cookieAttributes(options));
}
const cookieAttributes = (options: Pick<ApiOptions, 'publicOrigin'>) =>
  ({ path: '/', httpOnly: true, sameSite: 'strict', secure: options.publicOrigin?.startsWith('https://') ?? false }) as const;
