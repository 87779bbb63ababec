import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';

/** The process's figures, in Prometheus' terms. Units last, base units: seconds, bytes. */
export type Metrics = {
  readonly registry: Registry;
  counter<L extends string>(name: string, about: string, labels?: readonly L[]): Counter<L>;
  /** `collect` is asked at each scrape and must answer from memory or within a moment. */
  gauge<L extends string>(name: string, about: string, labels?: readonly L[], collect?: (gauge: Gauge<L>) => void | Promise<void>): Gauge<L>;
  histogram<L extends string>(name: string, about: string, options: { readonly labels?: readonly L[]; readonly buckets: readonly number[] }): Histogram<L>;
};

/** @param options processMetrics: also memory, CPU, event loop delay and file handles of this process. */
export function createMetrics(options: { readonly processMetrics: boolean }): Metrics {
  const registry = new Registry();
  if (options.processMetrics) collectDefaultMetrics({ register: registry });
  return {
    registry,
    counter: <L extends string>(name: string, about: string, labels: readonly L[] = []) => new Counter<L>({ name, help: about, labelNames: [...labels], registers: [registry] }),
    gauge: <L extends string>(name: string, about: string, labels: readonly L[] = [], collect?: (gauge: Gauge<L>) => void | Promise<void>) =>
      new Gauge<L>({ name, help: about, labelNames: [...labels], registers: [registry], ...(collect ? { collect() { return collect(this); } } : {}) }),
    histogram: <L extends string>(name: string, about: string, { labels = [], buckets }: { readonly labels?: readonly L[]; readonly buckets: readonly number[] }) =>
      new Histogram<L>({ name, help: about, labelNames: [...labels], buckets: [...buckets], registers: [registry] }),
  };
}
