/** Enough to tell a 99th percentile of a minute; beyond it every second one is dropped. */
const KEPT_MAX = 4_096;

let kept: number[] = [];
let commits = 0, maxMs = 0, every = 1;

/** A transaction of this process has been committed within `ms`. */
export function noteCommit(ms: number): void {
  commits += 1;
  if (ms > maxMs) maxMs = ms;
  if (commits % every !== 0) return;
  kept.push(ms);
  if (kept.length < KEPT_MAX) return;
  kept = kept.filter((_, index) => index % 2 === 0);
  every *= 2;
}

export type CommitTimes = { readonly commits: number; readonly p50Us: number | null; readonly p99Us: number | null; readonly maxUs: number | null };

/** How long commits took since the last call. */
export function takeCommitTimes(): CommitTimes {
  const sorted = kept.sort((a, b) => a - b);
  const at = (share: number): number | null => sorted.length === 0 ? null : Math.round(sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))]! * 1_000);
  const taken = { commits, p50Us: at(0.5), p99Us: at(0.99), maxUs: commits === 0 ? null : Math.round(maxMs * 1_000) };
  [kept, commits, maxMs, every] = [[], 0, 0, 1];
  return taken;
}
