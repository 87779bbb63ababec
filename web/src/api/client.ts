import createClient from 'openapi-fetch';
import { currentLanguage } from '../app/preferences.ts';
import type { paths } from './contract.ts';
import { ProblemError, problemFromResponse } from './problem.ts';

/** The generated client: every path, parameter and answer is checked against contracts/openapi.yaml. */
export const api = createClient<paths>({
  baseUrl: location.origin, credentials: 'same-origin',
  headers: { 'x-kirchhoff-console': '1' }, // Proof that a write comes from this page and not from another site.
});
api.use({
  onRequest({ request }) {
    request.headers.set('accept-language', currentLanguage() === 'zh' ? 'zh-CN' : 'en'); // Problems come in the reader's language.
    return request;
  },
});

type Answer<T> = { data?: T; error?: unknown; response: Response };
const sessionEnded = new Set<() => void>();

/** Calls back when the server says that nobody is logged in any more. */
export function onSessionEnded(listener: () => void): () => void {
  sessionEnded.add(listener);
  return () => sessionEnded.delete(listener);
}

/** The body of a successful answer; anything else is thrown as a problem. */
export async function unwrap<T>(answer: Promise<Answer<T>>): Promise<T> {
  const { data, error, response } = await answer;
  if (response.ok) return data as T;
  if (response.status === 401) for (const listener of sessionEnded) listener();
  throw new ProblemError(problemFromResponse(response, error));
}

/** One key per intent, not per click: a second click or a retry after a lost connection books nothing twice. */
export const newIdempotencyKey = (): string => crypto.randomUUID();

/** The key of this intent, among a call's parameters. */
export const keyed = (idempotencyKey: string): { header: { 'idempotency-key': string } } => ({ header: { 'idempotency-key': idempotencyKey } });

const PAGE_ITEMS_DEFAULT = 100;
/** One page of a list, behind the cursor that the page before gave. */
export const pageAt = (cursor: string | undefined, limit: number = PAGE_ITEMS_DEFAULT): { limit: number; cursor?: string } => ({ limit, ...(cursor ? { cursor } : {}) });
