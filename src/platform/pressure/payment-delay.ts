import type { Metrics } from '../metrics/index.ts';

/** How late payments were credited: how many, and an upper bound of the median and of the 99th percentile in ms. */
export type PaymentDelay = { readonly credited: number; readonly p50Ms: number | null; readonly p99Ms: number | null };
type Buckets = ReadonlyMap<number, number>;

/** Reads a histogram of seconds and answers what it gained since the last call. A name that is not kept in this process answers nothing credited. */
export function paymentDelayOf({ registry }: Pick<Metrics, 'registry'>, name = 'kirchhoff_payments_credit_seconds'): () => Promise<PaymentDelay> {
  let before: Buckets = new Map();
  return async () => {
    const found = await registry.getSingleMetric(name)?.get();
    const now = new Map<number, number>();
    for (const { labels, value, metricName } of (found?.values ?? []) as readonly { labels: { le?: number | string }; value: number; metricName?: string }[]) {
      if (metricName === `${name}_bucket`) now.set(Number(labels.le === '+Inf' ? Infinity : labels.le), value);
    }
    const gained = new Map([...now].map(([le, count]) => [le, count - (before.get(le) ?? 0)]));
    before = now;
    return delayIn(gained);
  };
}

/** Pure: cumulative counts by upper bound in seconds. */
export function delayIn(buckets: Buckets): PaymentDelay {
  const sorted = [...buckets].sort(([a], [b]) => a - b);
  const credited = sorted.at(-1)?.[1] ?? 0;
  const longest = [...sorted].reverse().find(([le]) => Number.isFinite(le))?.[0] ?? 0;
  const bound = (share: number): number | null => {
    if (credited === 0) return null;
    const le = sorted.find(([, count]) => count >= credited * share)?.[0] ?? longest;
    return Math.round((Number.isFinite(le) ? le : longest) * 1_000);
  };
  return { credited, p50Ms: bound(0.5), p99Ms: bound(0.99) };
}
