import type { Clock, Instant } from '../../../kernel/index.ts';
import { beginWait } from '../../../platform/timings/index.ts';
import type { Breaker } from './breaker.ts';
import type { Limiter } from './limiter.ts';
import type { CallLimits } from './settings.ts';

/** An answer longer than this is none of a channel's; statements are streamed and have their own limit. */
export const ANSWER_BYTES_MAX = 1_048_576;
/** From the first byte of a statement to the last. */
export const DOWNLOAD_MS_MAX = 600_000;

export type WireRequest = {
  /** What is done, in the channel's words: for the timeline and the metrics. */
  readonly act: string;
  readonly method: 'GET' | 'POST'; readonly url: string; readonly headers: Readonly<Record<string, string>>; readonly body: string | null;
};
export type WireAnswer = { readonly kind: 'answer'; readonly status: number; readonly headers: Headers; readonly body: Buffer; readonly sentAt: Instant; readonly answeredAt: Instant };
/** No answer that could be used. `timeout` and `connection`: it may have been done. `channel_busy` and `circuit_open`: it was never sent. */
export type NoAnswer = {
  readonly kind: 'none'; readonly reason: 'timeout' | 'connection' | 'channel_busy' | 'circuit_open' | 'unverifiable_answer'; readonly message: string; readonly sentAt: Instant;
};
export type Download = { readonly kind: 'download'; readonly status: number; readonly content: AsyncIterable<Buffer>; readonly sentAt: Instant; readonly answeredAt: Instant };

/** Carries requests to one account's channel within its limits. Knows nothing of what is said. */
export interface Transport {
  /** @param isFailure whether an answer means that the channel does not work; 5xx always does. */
  send(request: WireRequest, isFailure?: (answer: WireAnswer) => boolean): Promise<WireAnswer | NoAnswer>;
  /** For statements: answers with the first bytes, and gives the rest as it arrives. */
  download(request: WireRequest): Promise<Download | NoAnswer>;
}

export type TransportOptions = {
  readonly fetch: typeof fetch; readonly clock: Clock; readonly limits: () => CallLimits; readonly limiter: Limiter; readonly breaker: Breaker;
  /** Told of every call once it is over. */
  readonly observe?: (call: { readonly act: string; readonly outcome: string; readonly at: Instant; readonly failure: string | null }) => void;
};

export function createTransport(options: TransportOptions): Transport {
  const { clock, limits } = options;
  return {
    send: (request, isFailure) => waited(request.act, () => withTurn<WireAnswer>(options, request, async (sentAt) => {
      const response = await options.fetch(request.url, init(request, AbortSignal.timeout(limits().timeoutMs)));
      const body = await readWhole(response);
      if (body === null) return { answer: { kind: 'none', reason: 'unverifiable_answer', message: `the answer is longer than ${ANSWER_BYTES_MAX} bytes`, sentAt }, failed: true };
      const answer: WireAnswer = { kind: 'answer', status: response.status, headers: response.headers, body, sentAt, answeredAt: clock.now() };
      return { answer, failed: response.status >= 500 || (isFailure?.(answer) ?? false) };
    })),
    download: (request) => waited(request.act, () => withTurn<Download>(options, request, async (sentAt) => {
      const late = new AbortController();
      const beginning = setTimeout(() => late.abort(new DOMException('no answer in time', 'TimeoutError')), limits().timeoutMs);
      try {
        const response = await options.fetch(request.url, init(request, AbortSignal.any([late.signal, AbortSignal.timeout(DOWNLOAD_MS_MAX)])));
        // What is no statement is not read, and must not hold its connection.
        if (response.status !== 200) await response.body?.cancel();
        return { answer: { kind: 'download', status: response.status, content: pieces(response), sentAt, answeredAt: clock.now() }, failed: response.status >= 500 };
      } finally {
        clearTimeout(beginning);
      }
    })),
  };
}

/** Follows no redirection: a channel never redirects, whoever stands in its place might. */
const init = ({ method, headers, body }: WireRequest, signal: AbortSignal): RequestInit => ({ method, headers: { ...headers }, body, signal, redirect: 'manual' });

/** The turn is part of it: a request that waits for the limit of an account waits for its channel. */
async function waited<A extends WireAnswer | Download>(act: string, call: () => Promise<A | NoAnswer>): Promise<A | NoAnswer> {
  const over = beginWait('channel', act);
  let failed = true;
  try {
    const answer = await call();
    failed = answer.kind === 'none';
    return answer;
  } finally {
    over(failed);
  }
}

async function withTurn<A extends WireAnswer | Download>(
  { clock, limiter, breaker, observe }: TransportOptions, { act }: WireRequest, call: (sentAt: Instant) => Promise<{ answer: A | NoAnswer; failed: boolean }>,
): Promise<A | NoAnswer> {
  const none = (reason: NoAnswer['reason'], message: string, sentAt: Instant): NoAnswer => {
    observe?.({ act, outcome: reason, at: clock.now(), failure: reason === 'channel_busy' ? null : message });
    return { kind: 'none', reason, message, sentAt };
  };
  const settle = breaker.admit();
  if (settle === null) return none('circuit_open', 'the channel did not answer lately; nothing is sent for a moment', clock.now());
  const leave = await limiter.acquire();
  if (leave === null) {
    settle('not_sent');
    return none('channel_busy', 'the turn of this call did not come in time; nothing was sent', clock.now());
  }
  const sentAt = clock.now();
  try {
    const { answer, failed } = await call(sentAt);
    settle(failed ? 'failed' : 'answered');
    observe?.({ act, outcome: answer.kind === 'none' ? answer.reason : String(answer.status), at: clock.now(), failure: failed ? (answer.kind === 'none' ? answer.message : `status ${answer.status}`) : null });
    return answer;
  } catch (error) {
    settle('failed');
    return isTimeout(error) ? none('timeout', 'no answer in time', sentAt) : none('connection', `the connection failed: ${causeOf(error)}`, sentAt);
  } finally {
    leave();
  }
}

const isTimeout = (error: unknown): boolean => error instanceof Error && (error.name === 'TimeoutError' || error.name === 'AbortError');
/** fetch hides what happened in `cause`; its message names an address and a code, never a header. */
const causeOf = (error: unknown): string => {
  const cause = error instanceof Error ? (error.cause ?? error) : error;
  return cause instanceof Error ? String((cause as { code?: unknown }).code ?? cause.message) : String(cause);
};

async function readWhole(response: Response): Promise<Buffer | null> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of pieces(response)) {
    length += chunk.length;
    if (length > ANSWER_BYTES_MAX) return null;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

async function* pieces(response: Response): AsyncGenerator<Buffer> {
  if (response.body === null) return;
  for await (const chunk of response.body) yield Buffer.from(chunk as Uint8Array);
}
