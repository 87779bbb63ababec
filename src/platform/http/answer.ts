import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { sqlState } from '../database/index.ts';
import { CATALOGUE, problem, Problem, problemBody, problemJson, type FieldError, type Language } from '../errors/index.ts';
import type { Logger } from '../logging/logger.ts';

export const PROBLEM_TYPE = 'application/problem+json';
const QUERY_CANCELED = '57014', LOCK_NOT_AVAILABLE = '55P03';
/** Connection failures, too many connections, the server going down: nothing was committed. */
const UNAVAILABLE = /^(08|53|57P)/;

/** One place turns whatever was thrown into problem+json; only `internal_error` is logged as an error, with its request id. */
export function installAnswers(server: FastifyInstance, logger: Logger): void {
  server.setErrorHandler((error: FastifyError, request, reply) => {
    const found = toProblem(error);
    if (found.code === 'internal_error') {
      logger.error({ requestId: request.id, method: request.method, route: request.routeOptions.url, error: describe(error) }, 'a request failed with an unknown error');
    } else if (CATALOGUE[found.code].status >= 500) {
      logger.warn({ requestId: request.id, route: request.routeOptions.url, code: found.code, error: error.message }, 'a request could not be served');
    }
    return sendProblem(request, reply, found);
  });
  server.setNotFoundHandler((request, reply) =>
    sendProblem(request, reply, problem('route_not_found', { detail: `${request.method} ${request.url.split('?')[0]}` })));
}

export function sendProblem(request: FastifyRequest, reply: FastifyReply, found: Problem): FastifyReply {
  if (found.parts.retryAfterSeconds !== undefined) void reply.header('retry-after', String(found.parts.retryAfterSeconds));
  const body = problemBody(found.code, found.parts, { language: languageOf(request), requestId: request.id });
  return reply.code(CATALOGUE[found.code].status).type(PROBLEM_TYPE).send(problemJson(body));
}

/** Chinese when the caller prefers it, else English. */
export function languageOf(request: FastifyRequest): Language {
  return /^\s*zh\b/i.test(request.headers['accept-language'] ?? '') ? 'zh' : 'en';
}

function toProblem(error: FastifyError): Problem {
  if (error instanceof Problem) return error;
  if (error.validation) return problem('validation_failed', { errors: error.validation.map((item) => fieldError(error.validationContext, item)) });
  switch (error.code) {
    case 'FST_ERR_CTP_BODY_TOO_LARGE': return problem('payload_too_large', { detail: error.message });
    case 'FST_ERR_CTP_INVALID_MEDIA_TYPE': return problem('media_type_unsupported', { detail: error.message });
    case 'FST_ERR_CTP_INVALID_JSON_BODY': case 'FST_ERR_CTP_EMPTY_JSON_BODY': return problem('body_not_json', { detail: error.message });
    case 'FST_ERR_HANDLER_TIMEOUT': return problem('timed_out');
    default: break;
  }
  if (error instanceof SyntaxError && error.statusCode === 400) return problem('body_not_json', { detail: error.message });
  const state = sqlState(error);
  if (state === QUERY_CANCELED || state === LOCK_NOT_AVAILABLE) return problem('timed_out');
  if ((state !== undefined && UNAVAILABLE.test(state)) || /ECONNREFUSED|ECONNRESET|timeout exceeded when trying to connect|Connection terminated/.test(`${error.code} ${error.message}`)) {
    return problem('temporarily_unavailable');
  }
  return problem('internal_error');
}

type AjvError = NonNullable<FastifyError['validation']>[number];
function fieldError(context: string | undefined, error: AjvError): FieldError {
  const place = { body: '/body', querystring: '/query', params: '/path', headers: '/headers' }[context ?? ''] ?? '';
  const params = error.params as { missingProperty?: string; additionalProperty?: string; unevaluatedProperty?: string };
  const name = params.missingProperty ?? params.additionalProperty ?? params.unevaluatedProperty;
  return { pointer: `${place}${error.instancePath}${name === undefined ? '' : `/${name}`}`, message: error.message ?? 'is not as expected' };
}

const describe = (error: Error): Record<string, unknown> => ({
  name: error.name, message: error.message, stack: error.stack, ...(error.cause instanceof Error ? { cause: error.cause.message } : {}),
});
