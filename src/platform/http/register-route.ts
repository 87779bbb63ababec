import type { FastifyInstance, FastifyReply, FastifyRequest, RouteShorthandOptions } from 'fastify';
import { Type, type TSchema } from 'typebox';
import { assert } from '../../kernel/index.ts';
import type { Actor } from '../audit-log/index.ts';
import { newUuid } from '../clock/index.ts';
import type { Tx } from '../database/index.ts';
import { problem } from '../errors/index.ts';
import { claimKey, commandIdOf, IDEMPOTENCY_KEY_LENGTH_MAX, IDEMPOTENCY_KEY_LENGTH_MIN, isIdempotencyKey, lookUpKey, requestHash, saveResponse, type KeyedRequest, type KeyState, type SavedResponse } from '../idempotency/index.ts';
import { API_PREFIX, type ApiOptions } from './api-options.ts';
import { originOf, principalOf, refuseCrossSite } from './authentication.ts';
import { errorResponses } from './open-api.ts';
import { scopeOf } from './principal.ts';
import { validatorCompiler } from './validation.ts';
import type { Access, Call, PublicCall, PublicRoute, RouteHead, RouteSchemas, UploadRoute } from './route.ts';

declare module 'fastify' {
  interface FastifySchema { 'x-audience'?: string; 'x-permission'?: string | null; }
}

type Schemas = RouteSchemas<TSchema, TSchema, TSchema, TSchema>;
type AnyRoute = RouteHead & Access & Schemas & { readonly idempotency?: 'natural' } & (
  | { readonly transaction: true; readonly handler: (tx: Tx, call: Call<unknown, unknown, unknown>) => Promise<unknown> }
  | { readonly transaction: false; readonly handler: (call: Call<unknown, unknown, unknown>) => Promise<unknown> });

declare module 'fastify' {
  interface FastifyRequest { keyed: KeyedRequest | null; }
}

const KEY_ERRORS = ['idempotency_key_required', 'idempotency_key_invalid', 'idempotency_key_reused'] as const;

/** For the contract; a missing or bad key has been told as its own error before this is validated. */
const KEY_HEADER = Type.Object({ 'idempotency-key': Type.String({ minLength: IDEMPOTENCY_KEY_LENGTH_MIN, maxLength: IDEMPOTENCY_KEY_LENGTH_MAX, description: 'A fresh UUID for each act, the same one for each retry of it.' }) });

export function registerOperatorRoute(server: FastifyInstance, options: ApiOptions, route: AnyRoute): void {
  if (!server.hasRequestDecorator('keyed')) server.decorateRequest('keyed', null);
  const keyRequired = route.transaction && route.method === 'POST' && route.idempotency !== 'natural';
  server.route({
    method: route.method,
    url: API_PREFIX + route.path,
    ...shared(route, { ...access(route), errors: [...(route.errors ?? []), ...(keyRequired ? KEY_ERRORS : [])], keyRequired }),
    config: { audience: route.audience, permission: route.permission, subOperatorScoped: route.subOperatorScoped ?? false },
    // Before validation, so that a retry is answered as the first try was, and a reused key is told even when the new body is wrong.
    preValidation: async (request, reply) => {
      if (!route.transaction || route.method === 'GET') return;
      const keyed = keyedRequest(request, { keyRequired });
      if (keyed === null) return;
      request.keyed = keyed;
      const state = await options.database.forOperator(keyed.operatorId).transaction((tx) => lookUpKey(tx, keyed, options));
      if (state.state !== 'unknown') return replay(reply, state);
    },
    handler: async (request, reply) => {
      const call = callOf(request, reply, options, route);
      if (!route.transaction) return send(reply, route, await route.handler(call));
      const { keyed } = request;
      const outcome = await call.operator.transaction((tx) => (keyed === null ? perform(tx, call, route) : performOnce(tx, call, { route, keyed })));
      return outcome.state === 'unknown' ? send(reply, route, outcome.body) : replay(reply, outcome);
    },
  });
}

export const UPLOAD_CONTENT_TYPE = 'application/octet-stream';
const FileBody = Type.String({ format: 'binary' });

/** In a scope of its own, because only there a body that is no JSON is taken. */
export function registerUploadRoute(server: FastifyInstance, options: ApiOptions, route: UploadRoute<TSchema, TSchema, TSchema>): void {
  void server.register(async (scope) => {
    scope.addContentTypeParser(UPLOAD_CONTENT_TYPE, { parseAs: 'buffer', bodyLimit: route.bodyBytesMax }, (_request, body, parsed) => { parsed(null, body); });
    const { schema, ...limits } = shared(route, { audience: route.audience, permission: route.permission, errors: [...(route.errors ?? []), 'payload_too_large', 'media_type_unsupported'], keyRequired: false });
    scope.route({
      method: route.method, url: API_PREFIX + route.path, ...limits, schema: { ...schema, consumes: [UPLOAD_CONTENT_TYPE], body: FileBody },
      // The bytes are the handler's to judge; everything beside them is checked as everywhere.
      validatorCompiler: (part) => (part.httpPart === 'body' ? (value: unknown) => ({ value }) : validatorCompiler(part)),
      config: { audience: route.audience, permission: route.permission, subOperatorScoped: route.subOperatorScoped ?? false },
      handler: async (request, reply) => {
        if (!Buffer.isBuffer(request.body)) throw problem('media_type_unsupported', { detail: `a file is sent as ${UPLOAD_CONTENT_TYPE}` });
        return answer(reply, { status: route.status ?? 200, body: await route.handler(callOf(request, reply, options, route) as Call<unknown, unknown, Buffer>) });
      },
    });
  });
}

type Outcome = { readonly state: 'unknown'; readonly body: unknown } | Exclude<KeyState, { state: 'unknown' }>;
type InTransaction = Extract<AnyRoute, { transaction: true }>;

const perform = async (tx: Tx, call: Call<unknown, unknown, unknown>, route: InTransaction): Promise<Outcome> => ({ state: 'unknown', body: await route.handler(tx, call) });

async function performOnce(tx: Tx, call: Call<unknown, unknown, unknown>, { route, keyed }: { route: InTransaction; keyed: KeyedRequest }): Promise<Outcome> {
  const claim = await claimKey(tx, keyed, call);
  if (claim.state !== 'unknown') return claim;
  const body = await route.handler(tx, call);
  await saveResponse(tx, keyed, { status: route.status ?? 200, body });
  return { state: 'unknown', body };
}

function keyedRequest(request: FastifyRequest, { keyRequired }: { keyRequired: boolean }): KeyedRequest | null {
  const principal = principalOf(request);
  const key = request.headers['idempotency-key'];
  if (key === undefined) {
    if (keyRequired) throw problem('idempotency_key_required');
    return null;
  }
  if (typeof key !== 'string' || !isIdempotencyKey(key)) throw problem('idempotency_key_invalid');
  return {
    operatorId: principal.operatorId, actor: `${principal.kind}:${principal.id}`, key,
    requestHash: requestHash({ method: request.method, path: request.url, body: request.body ?? null }),
  };
}

function replay(reply: FastifyReply, state: Exclude<KeyState, { state: 'unknown' }>): FastifyReply {
  if (state.state === 'reused') throw problem('idempotency_key_reused');
  void reply.header('idempotent-replayed', 'true');
  return answer(reply, state.response);
}

const send = (reply: FastifyReply, route: AnyRoute, body: unknown): FastifyReply => answer(reply, { status: route.status ?? 200, body });
const answer = (reply: FastifyReply, { status, body }: SavedResponse): FastifyReply => reply.code(status).send(status === 204 ? undefined : body);

export function registerPublicRoute(server: FastifyInstance, options: ApiOptions, route: PublicRoute<TSchema, TSchema, TSchema, TSchema>): void {
  server.route({
    method: route.method,
    url: API_PREFIX + route.path,
    ...shared(route, { audience: 'public', permission: null, errors: route.errors ?? [], keyRequired: false }),
    config: { audience: 'public', permission: null, ...(route.perMinuteMax === undefined ? {} : { rateLimit: { max: route.perMinuteMax, timeWindow: '1 minute' } }) },
    onRequest: async (request) => { if (route.callers === 'console') refuseCrossSite(request, options); },
    handler: async (request, reply) => answer(reply, { status: route.status ?? 200, body: await route.handler(publicCallOf(request, reply, options)) }),
  });
}

const access = (route: Access): { audience: Access['audience']; permission: Access['permission'] } => ({ audience: route.audience, permission: route.permission });

type Needs = { readonly audience: 'public' | Access['audience']; readonly permission: Access['permission']; readonly errors: NonNullable<Schemas['errors']>; readonly keyRequired: boolean };
function shared(route: RouteHead & Schemas, { audience, permission, errors, keyRequired }: Needs): Required<Pick<RouteShorthandOptions, 'schema'>> & RouteShorthandOptions {
  const { body } = route;
  assert(!body || (body as { additionalProperties?: unknown }).additionalProperties === false, `${route.operationId}: a body is closed (use Body)`);
  assert(route.method !== 'GET' || !body, `${route.operationId}: a GET has no body`);
  const status = route.status ?? 200;
  return {
    schema: {
      operationId: route.operationId, tags: [route.tag], summary: route.summary, 'x-audience': audience, 'x-permission': permission,
      security: audience === 'public' ? [] : audience === 'console' ? [{ session: [] }] : [{ session: [] }, { apiKey: [] }],
      ...(route.description === undefined ? {} : { description: route.description }),
      ...(route.params ? { params: route.params } : {}), ...(route.query ? { querystring: route.query } : {}), ...(body ? { body } : {}), ...(keyRequired ? { headers: KEY_HEADER } : {}),
      response: { [status]: route.response, ...errorResponses(errors) },
    },
    ...(route.bodyBytesMax === undefined ? {} : { bodyLimit: route.bodyBytesMax }),
  };
}

const publicCallOf = (request: FastifyRequest, reply: FastifyReply, { database, clock, logger }: ApiOptions): PublicCall<unknown, unknown, unknown> => ({
  params: request.params, query: request.query, body: request.body, from: originOf(request), requestId: request.id, database, clock, logger, reply,
});

function callOf(request: FastifyRequest, reply: FastifyReply, options: ApiOptions, access: Access): Call<unknown, unknown, unknown> {
  const principal = principalOf(request);
  const scope = access.permission === null ? 'operator' : scopeOf(principal, access.permission);
  assert(scope !== 'none', 'a caller without the permission was let in');
  const actor: Actor = { kind: principal.kind, id: principal.id };
  return {
    ...publicCallOf(request, reply, options), principal, actor, operator: options.database.forOperator(principal.operatorId), subOperators: scope,
    commandId: request.keyed ? commandIdOf(request.keyed) : newUuid(),
  };
}
