import { AsyncLocalStorage } from 'node:async_hooks';

/** What traces are made with; `startTelemetry` installs it, and without it nothing is made. */
export type SpanMaker = (name: string, attributes: Readonly<Record<string, string>>, parent: OpenSpan | null) => OpenSpan;
export type OpenSpan = { readonly handle: unknown; end(failed: boolean): void };

let maker: SpanMaker | null = null;
const current = new AsyncLocalStorage<OpenSpan>();

/** @returns what stops it again. */
export function installSpans(make: SpanMaker): () => void {
  maker = make;
  return () => { if (maker === make) maker = null; };
}

/** A span below the one that is open here; null when nothing is traced. */
export const openSpan = (name: string, attributes: Readonly<Record<string, string>> = {}): OpenSpan | null => maker === null ? null : maker(name, attributes, current.getStore() ?? null);

/** Runs `work` so that what it opens is below `span`. */
export const below = <T>(span: OpenSpan | null, work: () => T): T => (span === null ? work() : current.run(span, work));

/** `work` as a span of its own. */
export async function inSpan<T>(name: string, work: () => Promise<T>): Promise<T> {
  const span = openSpan(name);
  if (span === null) return work();
  let failed = true;
  try {
    const result = await current.run(span, work);
    failed = false;
    return result;
  } finally {
    span.end(failed);
  }
}
