import type { SwaggerOptions } from '@fastify/swagger';
import type { FastifyInstance } from 'fastify';
import { Type } from 'typebox';
import { CATALOGUE, type ErrorCode } from '../errors/index.ts';
import { PROBLEM_TYPE } from './answer.ts';
import { SESSION_COOKIE } from './authentication.ts';

export const API_VERSION = '1.0.0';

export const OPEN_API_INFO: SwaggerOptions = {
  openapi: {
    openapi: '3.1.0',
    info: {
      title: 'Kirchhoff', version: API_VERSION, license: { name: 'Apache-2.0', identifier: 'Apache-2.0' } as never,
      description: [
        'The back office of anyone who sells electricity. Money is `{ amountMinor, currency }` in minor units, energy is watt-hours, both as decimal strings.',
        'Instants are ISO 8601 in UTC. Lists answer `{ items, nextCursor }`. Errors are `application/problem+json` with a stable `code`.',
        'A POST that creates something needs an `Idempotency-Key`; a retry with the same key gets the first answer.',
      ].join('\n'),
    },
    servers: [{ url: '/' }],
    components: {
      securitySchemes: {
        session: { type: 'apiKey', in: 'cookie', name: SESSION_COOKIE, description: 'A person logged in to the console; unsafe calls need the header X-Kirchhoff-Console: 1.' },
        apiKey: { type: 'http', scheme: 'bearer', description: 'An API client: `Authorization: Bearer <key>`.' },
      },
    },
  },
};

export const ProblemSchema = Type.Object({
  type: Type.String(), title: Type.String(), status: Type.Integer(), code: Type.String({ description: 'Stable; see docs/reference/errors.md.' }),
  whatToDo: Type.String(), requestId: Type.String(), detail: Type.Optional(Type.String()),
  errors: Type.Optional(Type.Array(Type.Object({ pointer: Type.String(), message: Type.String() }))),
  data: Type.Optional(Type.Record(Type.String(), Type.Unknown())),
}, { title: 'Problem' });

/** Responses by status, each naming the codes that a caller must be ready for. */
export function errorResponses(codes: readonly ErrorCode[]): Record<string, unknown> {
  const byStatus = new Map<number, ErrorCode[]>();
  for (const code of [...new Set(codes)].sort()) {
    const { status } = CATALOGUE[code];
    byStatus.set(status, [...(byStatus.get(status) ?? []), code]);
  }
  const responses: Record<string, unknown> = {};
  for (const [status, list] of byStatus) responses[status] = problemResponse(list.map((code) => `\`${code}\`: ${CATALOGUE[code].en.title}.`).join('\n'));
  responses.default = problemResponse('Any other error: `validation_failed`, `not_authenticated`, `permission_missing`, `too_many_requests`, `internal_error` and the like.');
  return responses;
}

const problemResponse = (description: string): object => ({ description, content: { [PROBLEM_TYPE]: { schema: ProblemSchema } } });

type Json = Record<string, unknown>;

/** A parameter's schema has lost its description to the parameter itself, so it is not the named schema any more. */
const parameter = ({ schema, ...rest }: { schema?: unknown }): Json => {
  const { title: _title, ...unnamed } = schema as Json;
  return { ...rest, schema: unnamed };
};

/** The contract of everything registered so far. Schemas with a title become named components, so that generated clients have names. */
export function openApiDocument(server: FastifyInstance): Json {
  const document = JSON.parse(JSON.stringify(server.swagger())) as Json & { components: Json; paths: Record<string, Record<string, Json>> };
  const named = new Map<string, string>();
  const schemas: Json = {};
  const walk = (node: unknown): unknown => {
    if (Array.isArray(node)) return node.map(walk);
    if (node === null || typeof node !== 'object') return node;
    if ('in' in node && 'schema' in node) return parameter(node);
    const copy: Json = Object.fromEntries(Object.entries(node).map(([key, value]) => [key, walk(value)]));
    const { title } = copy;
    if (typeof title !== 'string' || !/^[A-Z][A-Za-z0-9]*$/.test(title) || copy.version !== undefined) return copy;
    const text = JSON.stringify(copy);
    const known = named.get(title);
    if (known !== undefined && known !== text) throw new Error(`two different schemas are called ${title}:\n${known}\n${text}`);
    named.set(title, text);
    schemas[title] = copy;
    return { $ref: `#/components/schemas/${title}` };
  };
  const paths = walk(document.paths) as Json;
  document.paths = Object.fromEntries(Object.entries(paths).sort(([a], [b]) => (a < b ? -1 : 1))) as never;
  document.components = { ...document.components, schemas: Object.fromEntries(Object.entries(schemas).sort(([a], [b]) => (a < b ? -1 : 1))) };
  return document;
}
