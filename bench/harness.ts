/** What every benchmark shares: interleaved rounds, medians with their spread, one JSON object a line. */
import { arch, cpus, platform, totalmem } from 'node:os';

/** At least five, so that a median means something on a machine that other work disturbs. */
export const ROUNDS_MIN = 5;

/** Runs for about `durationMs` and returns a rate or another figure; higher is better unless its unit says otherwise. */
export type Workload = { readonly name: string; readonly unit: string; readonly baseline?: string; measure(durationMs: number): Promise<number | Figures> };
/** A figure with others that belong to it (`p50_ms`, `p99_ms`). */
export type Figures = { readonly value: number; readonly more: Readonly<Record<string, number>> };

export type Measurement = {
  readonly name: string; readonly value: number; readonly unit: string;
  readonly baseline: { readonly name: string; readonly value: number } | null;
  /** Median over the rounds of this figure divided by the baseline's figure of the same round. */
  readonly ratio: number | null;
  readonly machine: string; readonly min: number; readonly max: number; readonly rounds: number;
} & Readonly<Record<string, unknown>>;

export type RoundOptions = { readonly rounds?: number; readonly durationMs?: number; readonly warmUpMs?: number; readonly progress?: (line: string) => void };

export const machine = (): string => `${cpus().length} × ${cpus()[0]?.model.trim() ?? 'unknown CPU'}, ${Math.round(totalmem() / 2 ** 30)} GiB, ${platform()} ${arch()}, Node ${process.versions.node}`;

/**
 * Runs every workload once a round, in turn, so that a disturbance of the machine falls on all of them. Workloads are measured in the given order
 * in even rounds and in reverse in odd ones, so that none always follows the same neighbour.
 */
export async function runInterleaved(workloads: readonly Workload[], options: RoundOptions = {}): Promise<Measurement[]> {
  const rounds = Math.max(ROUNDS_MIN, options.rounds ?? ROUNDS_MIN);
  const durationMs = options.durationMs ?? 1_500;
  const samples = new Map<string, Figures[]>(workloads.map((workload) => [workload.name, []]));
  for (const workload of workloads) await workload.measure(options.warmUpMs ?? 400);
  for (let round = 0; round < rounds; round++) {
    for (const workload of round % 2 === 0 ? workloads : [...workloads].reverse()) {
      const measured = await workload.measure(durationMs);
      const figures = typeof measured === 'number' ? { value: measured, more: {} } : measured;
      samples.get(workload.name)!.push(figures);
      options.progress?.(`round ${round + 1}/${rounds} ${workload.name} ${Math.round(figures.value)} ${workload.unit}`);
    }
  }
  return workloads.map((workload) => summarise(workload, samples, rounds));
}

function summarise(workload: Workload, samples: ReadonlyMap<string, readonly Figures[]>, rounds: number): Measurement {
  const own = samples.get(workload.name)!;
  const values = own.map((figures) => figures.value);
  const against = workload.baseline === undefined ? undefined : samples.get(workload.baseline);
  if (workload.baseline !== undefined && against === undefined) throw new Error(`${workload.name} is compared with ${workload.baseline}, which was not measured`);
  const more = Object.fromEntries(Object.keys(own[0]!.more).map((key) => [key, rounded(median(own.map((figures) => figures.more[key]!)))]));
  return {
    name: workload.name, value: rounded(median(values)), unit: workload.unit,
    baseline: against === undefined ? null : { name: workload.baseline!, value: rounded(median(against.map((figures) => figures.value))) },
    ratio: against === undefined ? null : Math.round(1000 * median(values.map((value, round) => value / against[round]!.value))) / 1000,
    machine: machine(), min: rounded(Math.min(...values)), max: rounded(Math.max(...values)), rounds, ...more,
  };
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

export const percentile = (values: readonly number[], fraction: number): number => {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * fraction))] ?? 0;
};

/** Keeps `concurrency` callers busy, each starting its next call when its last one returned. @returns calls per second. */
export async function callsPerSecond(concurrency: number, durationMs: number, call: (caller: number) => Promise<unknown>): Promise<number> {
  const start = performance.now();
  let calls = 0;
  await Promise.all(Array.from({ length: concurrency }, async (_, caller) => {
    while (performance.now() - start < durationMs) {
      await call(caller);
      calls += 1;
    }
  }));
  return (1000 * calls) / (performance.now() - start);
}

/** One JSON object a line, or a table for people. */
export function printMeasurements(measurements: readonly Measurement[], json: boolean): void {
  for (const m of measurements) {
    if (json) process.stdout.write(`${JSON.stringify(m)}\n`);
    else {
      const ratio = m.ratio === null || m.baseline === null ? '' : `  ${m.ratio.toFixed(2)} × ${m.baseline.name}`;
      process.stdout.write(`${m.name.padEnd(28)} ${String(m.value).padStart(10)} ${m.unit} (${m.min}–${m.max})${ratio}\n`);
    }
  }
}

const rounded = (value: number): number => (value >= 100 ? Math.round(value) : Math.round(value * 100) / 100);
