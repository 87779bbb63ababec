import { api, unwrap } from './client.ts';

/** What one invariant found: how many records were looked at, how many break it, and which. */
export type Finding = { readonly check: string; readonly about: string; readonly checked: number; readonly failed: number; readonly offending: readonly string[]; readonly figures?: Readonly<Record<string, string>> | undefined };
export type Books = { readonly ok: boolean; readonly checkedAt: string; readonly tookMs: number; readonly findings: readonly Finding[] };

export async function auditBooks(): Promise<Books> {
  return unwrap(api.GET('/api/v1/books'));
}
