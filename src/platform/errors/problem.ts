import type { Result } from '../../kernel/index.ts';
import { CATALOGUE, type ErrorCode } from './catalogue.ts';

export type Language = 'en' | 'zh';
/** One field that is wrong; `pointer` is an RFC 6901 pointer below body, query, path or headers, e.g. `/body/phone`. */
export type FieldError = { readonly pointer: string; readonly message: string };
export type ProblemParts = {
  /** What about this very request, for a person; in English. */
  readonly detail?: string;
  /** Data that the code promises, e.g. `{ memberId }`; bigint becomes a decimal string. */
  readonly data?: Readonly<Record<string, unknown>>;
  readonly errors?: readonly FieldError[];
  readonly retryAfterSeconds?: number;
};

/** A refusal on its way to the caller: thrown by a handler, it rolls the transaction back and is answered as problem+json. */
export class Problem extends Error {
  override readonly name = 'Problem';
  readonly code: ErrorCode;
  readonly parts: ProblemParts;
  constructor(code: ErrorCode, parts: ProblemParts = {}) {
    super(parts.detail ?? CATALOGUE[code].en.title);
    this.code = code;
    this.parts = parts;
  }
}

/** `throw problem('member_not_found')`. */
export const problem = (code: ErrorCode, parts?: ProblemParts): Problem => new Problem(code, parts);

/** The value of a result, or its refusal thrown as a problem with the same code; the rejection's other fields become `data`. */
export function orProblem<T, E extends { readonly code: ErrorCode }>(result: Result<T, E>): T {
  if (result.ok) return result.value;
  const { code, ...data } = result.error;
  throw problem(code, Object.keys(data).length === 0 ? {} : { data });
}

/** The body of an `application/problem+json` answer (RFC 9457) with the members `code`, `whatToDo` and `requestId` of our own. */
export function problemBody(code: ErrorCode, parts: ProblemParts, context: { language: Language; requestId: string }): Record<string, unknown> {
  const entry = CATALOGUE[code];
  const text = entry[context.language];
  return {
    type: `/docs/errors#${code}`, title: text.title, status: entry.status, code, whatToDo: text.whatToDo, requestId: context.requestId,
    ...(parts.detail === undefined ? {} : { detail: parts.detail }),
    ...(parts.errors === undefined ? {} : { errors: parts.errors }),
    ...(parts.data === undefined ? {} : { data: parts.data }),
  };
}

/** JSON with bigint as decimal strings. */
export const problemJson = (body: unknown): string => JSON.stringify(body, (_key, value: unknown) => (typeof value === 'bigint' ? String(value) : value));
