import type { FastifyReply } from 'fastify';
import type { Static, TSchema } from 'typebox';
import type { Clock } from '../../kernel/index.ts';
import type { Actor, ActOrigin } from '../audit-log/index.ts';
import type { Database, OperatorDatabase, Tx } from '../database/index.ts';
import type { ErrorCode } from '../errors/index.ts';
import type { Logger } from '../logging/logger.ts';
import type { Permission } from './permission.ts';
import type { Principal } from './principal.ts';

export type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';

export type RouteSchemas<P extends TSchema, Q extends TSchema, B extends TSchema, R extends TSchema> = {
  readonly params?: P;
  readonly query?: Q;
  /** Closed (see `Body`): a field nobody knows is an error. */
  readonly body?: B;
  readonly response: R;
  /** Status of a success: 200 by default, 201 when something was created, 204 with `NoContent`. */
  readonly status?: 200 | 201 | 202 | 204;
  /** Codes of the catalogue that this route can answer beside the ones every route has. */
  readonly errors?: readonly ErrorCode[];
};

export type RouteHead = {
  readonly method: Method;
  /** Below /api/v1, with `:name` for parameters: `/members/:memberId`. */
  readonly path: string;
  /** Unique over the whole API, verb first: the generated client's function. */
  readonly operationId: string;
  readonly tag: string;
  readonly summary: string;
  readonly description?: string;
  readonly bodyBytesMax?: number;
};

export type Access = {
  /** What the caller must hold; null when being logged in is enough (a person's own things). */
  readonly permission: Permission | null;
  /** operator: users and API clients. console: only people logged in. */
  readonly audience: 'operator' | 'console';
  /** Set when the handler itself narrows to `call.subOperators`; without it a role limited to a sub-operator is refused here. */
  readonly subOperatorScoped?: true;
};

/** What every handler gets. */
export type PublicCall<P, Q, B> = {
  readonly params: P;
  readonly query: Q;
  readonly body: B;
  readonly from: ActOrigin & { readonly ip: string };
  readonly requestId: string;
  readonly database: Database;
  readonly clock: Clock;
  readonly logger: Logger;
  /** For headers and cookies only; the answer is what the handler returns. */
  readonly reply: FastifyReply;
};

/** What a handler gets once the caller is known. */
export type Call<P, Q, B> = PublicCall<P, Q, B> & {
  readonly principal: Principal;
  readonly actor: Actor;
  readonly operator: OperatorDatabase;
  /** 'operator', or the sub-operators that the caller's permission is limited to. */
  readonly subOperators: 'operator' | readonly string[];
  /** Of this act: the same UUID in every retry with the same Idempotency-Key. */
  readonly commandId: string;
};

export type Route<P extends TSchema, Q extends TSchema, B extends TSchema, R extends TSchema> = RouteHead & Access & RouteSchemas<P, Q, B, R> & {
  /** A POST needs an Idempotency-Key, unless doing it twice is by nature the same as once. Other methods may carry one. */
  readonly idempotency?: 'natural';
  /** Runs in one transaction of the caller's operator; may be run again after a deadlock. A thrown `problem()` rolls it back. */
  readonly handler: (tx: Tx, call: Call<Static<P>, Static<Q>, Static<B>>) => Promise<Static<R>>;
};

export type RouteWithoutTransaction<P extends TSchema, Q extends TSchema, B extends TSchema, R extends TSchema> = RouteHead & Access & RouteSchemas<P, Q, B, R> & {
  /** For work that manages its own transactions. Not covered by Idempotency-Key: the work itself must be safe to repeat. */
  readonly handler: (call: Call<Static<P>, Static<Q>, Static<B>>) => Promise<Static<R>>;
};

/** A file as the body, as it is (`application/octet-stream`); what belongs to it stands in path and query. The handler gets all of it at once, at most `bodyBytesMax`. */
export type UploadRoute<P extends TSchema, Q extends TSchema, R extends TSchema> = RouteHead & Access & Omit<RouteSchemas<P, Q, never, R>, 'body'> & {
  readonly bodyBytesMax: number;
  /** Not covered by Idempotency-Key: taking the same file again must change nothing. */
  readonly handler: (call: Call<Static<P>, Static<Q>, Buffer>) => Promise<Static<R>>;
};

export type PublicRoute<P extends TSchema, Q extends TSchema, B extends TSchema, R extends TSchema> = RouteHead & RouteSchemas<P, Q, B, R> & {
  /** console: refused unless it comes from our own page, because it sets a cookie. anywhere: for programs that have no key, such as payment notifications. */
  readonly callers: 'console' | 'anywhere';
  /** Calls a minute from one address, below the general limit. */
  readonly perMinuteMax?: number;
  readonly handler: (call: PublicCall<Static<P>, Static<Q>, Static<B>>) => Promise<Static<R>>;
};
