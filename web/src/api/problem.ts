/** What the API answers when it does not do what was asked (RFC 9457), plus what the network itself can say. */
export type Problem = {
  readonly code: string;
  readonly status: number;
  readonly title: string;
  /** The server's own words in the console's language: what to do about it. */
  readonly whatToDo?: string | undefined;
  readonly detail?: string | undefined;
  readonly requestId?: string | undefined;
  readonly data?: Readonly<Record<string, unknown>> | undefined;
  readonly errors?: readonly { readonly pointer: string; readonly message: string }[] | undefined;
};

export class ProblemError extends Error {
  readonly problem: Problem;
  constructor(problem: Problem) {
    super(`${problem.code}: ${problem.title}`);
    this.name = 'ProblemError';
    this.problem = problem;
  }
}

/** Anything thrown, as a problem that can be shown: a lost connection is one too. */
export function toProblem(thrown: unknown): Problem {
  if (thrown instanceof ProblemError) return thrown.problem;
  if (thrown instanceof TypeError) return { code: 'network_unreachable', status: 0, title: thrown.message };
  return { code: 'console_fault', status: 0, title: thrown instanceof Error ? thrown.message : String(thrown) };
}

export function problemFromResponse(response: Response, body: unknown): Problem {
  const fields: Record<string, unknown> = typeof body === 'object' && body !== null ? body as Record<string, unknown> : {};
  return {
    ...fields,
    code: typeof fields.code === 'string' ? fields.code : `http_${response.status}`,
    status: response.status,
    title: typeof fields.title === 'string' ? fields.title : response.statusText || `HTTP ${response.status}`,
    requestId: typeof fields.requestId === 'string' ? fields.requestId : response.headers.get('x-request-id') ?? undefined,
  };
}
