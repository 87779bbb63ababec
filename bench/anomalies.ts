/**
 * A year of an operator's sessions as facts, a million of them, with the truth beside each: sound ones of all kinds, and among them the faults of the field in
 * the proportions of one operator's table (`anomalies-world/faults.ts`). They are judged by the program's own functions (derivation, flags, proposal),
 * one thread a processor, streamed: nothing is kept but counters. The time is that of everything, making the sessions included; what of the processors' time
 * was making and what was judging is said beside it.
 *
 *   npm run bench -- anomalies [SESSIONS] [--seed N] [--equal] [--threads N] [--json]
 */
import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import { Worker } from 'node:worker_threads';
import type { YearOptions } from './anomalies-world/connector-year.ts';
import { SESSIONS_PER_BLOCK, YEARS, type Spent } from './anomalies-world/run-block.ts';
import { addScore, emptyScore, type Score } from './anomalies-world/score.ts';
import type { BlockDone } from './anomalies-world/worker.ts';
import { machine, printMeasurements, type Measurement } from './harness.ts';
import type { BenchArguments } from './run.ts';

const SESSIONS = 1_000_000;
const MEMORY_EVERY_MS = 200;
/**
 * Of a thread: the young generation as large as the runtime makes it by itself, but not larger with the machine's memory, which looks like a leak. With a quarter of it
 * sessions that are still being judged were taken for old ones, and tidying them away took as long as the judging.
 */
const YOUNG_MB = 96, OLD_MB = 256;

export async function run({ json, arguments: given }: BenchArguments): Promise<void> {
  const { values, positionals } = parseArgs({ args: [...given], allowPositionals: true, options: { seed: { type: 'string', default: '1' }, equal: { type: 'boolean', default: false }, threads: { type: 'string' } } });
  const sessions = Number(positionals[0] ?? SESSIONS);
  const threads = Number(values.threads ?? availableParallelism());
  const options = YEARS[values.equal ? 'equal' : 'field'](Number(values.seed));
  process.stderr.write(`seed ${options.seed}: ${sessions} sessions, ${threads} threads\n`);
  const memory = watchMemory();
  const [startedAt, cpuBefore] = [performance.now(), process.cpuUsage()];
  const { score, spent } = await judgeAll(Math.ceil(sessions / SESSIONS_PER_BLOCK), threads, options, (share) => memory.mark(share));
  const seconds = (performance.now() - startedAt) / 1_000;
  const cpu = process.cpuUsage(cpuBefore);
  memory.stop();
  printMeasurements(measurements(score, { seconds, cpuSeconds: (cpu.user + cpu.system) / 1e6, ...spent, ...memory.figures() }, options, threads), json);
  process.stderr.write(`${report(score)}\n`);
}

async function judgeAll(blocks: number, threads: number, options: YearOptions, onProgress: (share: number) => void): Promise<{ score: Score; spent: Spent }> {
  const [total, allSpent]: [Score, Spent] = [emptyScore(), { makingMs: 0, judgingMs: 0 }];
  let [next, done] = [0, 0];
  await Promise.all(Array.from({ length: Math.min(threads, blocks) }, () => new Promise<void>((resolve, reject) => {
    const worker = new Worker(new URL('./anomalies-world/worker.ts', import.meta.url), { workerData: options, resourceLimits: { maxYoungGenerationSizeMb: YOUNG_MB, maxOldGenerationSizeMb: OLD_MB } });
    const give = (): void => worker.postMessage(next < blocks ? next++ : null);
    worker.on('message', ({ score, spent }: BlockDone) => {
      addScore(total, score);
      allSpent.makingMs += spent.makingMs;
      allSpent.judgingMs += spent.judgingMs;
      onProgress(++done / blocks);
      give();
    });
    worker.once('error', reject);
    worker.once('exit', () => resolve());
    give();
  })));
  return { score: total, spent: allSpent };
}

type Memory = { readonly peakRssMb: number; readonly peakRssFirstFifthMb: number };
/** The peak over all, and that of the first fifth: flat is where they are the same. */
function watchMemory(): { mark(share: number): void; stop(): void; figures(): Memory } {
  let [peak, first, share] = [0, 0, 0];
  const look = (): void => {
    const rss = process.memoryUsage.rss() / 2 ** 20;
    peak = Math.max(peak, rss);
    if (share <= 0.2) first = Math.max(first, rss);
  };
  const timer = setInterval(look, MEMORY_EVERY_MS);
  return { mark: (now) => { look(); share = now; }, stop: () => clearInterval(timer), figures: () => ({ peakRssMb: Math.round(peak), peakRssFirstFifthMb: Math.round(first) }) };
}

function measurements(score: Score, of: Memory & Spent & { seconds: number; cpuSeconds: number }, { seed }: YearOptions, threads: number): Measurement[] {
  const abnormal = score.held;
  const figure = (name: string, value: number, unit: string, more: Record<string, unknown> = {}): Measurement =>
    ({ name, value, unit, baseline: null, ratio: null, machine: machine(), min: value, max: value, rounds: 1, seed, sessions: score.sessions, ...more });
  const share = (part: number, whole: number): number => (whole === 0 ? 1 : Math.round((10_000 * part) / whole) / 10_000);
  const microsecondsABill = (ms: number): number => Math.round((10_000 * ms) / score.sessions) / 10;
  return [
    figure('anomalies.bills', Math.round(score.sessions / of.seconds), 'bills/s', { seconds: Math.round(of.seconds * 10) / 10, cpu_seconds: Math.round(of.cpuSeconds * 10) / 10, making_us_a_bill: microsecondsABill(of.makingMs), judging_us_a_bill: microsecondsABill(of.judgingMs), threads, facts: score.facts, peak_rss_mb: of.peakRssMb, peak_rss_mb_first_fifth: of.peakRssFirstFifthMb }),
    figure('anomalies.cause_accuracy', share(score.named, score.planted), 'share', { planted: score.planted, named: score.named, by_fault: byFault(score) }),
    figure('anomalies.false_causes', score.falseCauses, 'causes', { clean_bills: score.clean, clean_bills_wrong: score.cleanWrong, ...score.falseByCause }),
    figure('anomalies.repaired_without_person', share(score.automatic, abnormal), 'share', { held: abnormal, repaired: score.automatic, settled_with_a_note: score.settled }),
    figure('anomalies.repair_error_max_wh', score.errorMaxWh, 'Wh', { outside: score.outside, unnoticed_outside: score.unnoticedOutside, allowed: '1 % or 100 Wh' }),
  ];
}

const byFault = (score: Score): Record<string, number> => Object.fromEntries(Object.entries(score.byFault).filter(([, row]) => row.planted > 0).map(([name, row]) => [name, Math.round((1_000 * row.named) / row.planted) / 1_000]));

export function report(score: Score): string {
  const cells = [['fault', 'bills', 'named', 'of', 'held', 'automatic', 'outside', 'error Wh'], ...Object.entries(score.byFault).sort(([, a], [, b]) => b.bills - a.bills)
    .map(([name, row]) => [name, row.bills, row.named, row.planted, row.held, row.automatic, row.outside, row.errorMaxWh].map(String))];
  const widths = cells[0]!.map((_, i) => Math.max(...cells.map((row) => row[i]!.length)));
  const lines = cells.map((row) => row.map((cell, i) => (i === 0 ? cell.padEnd(widths[i]!) : cell.padStart(widths[i]!))).join('  '));
  const counted = (title: string, of: Record<string, number>): string[] => Object.entries(of).sort(([, a], [, b]) => b - a).slice(0, 25).map(([name, number]) => `${title} ${number} × ${name}`);
  return [...lines, ...counted('left to a person:', score.whyNot), ...counted('also named:', score.extraByCause), ...counted('FALSE:', score.falseByCause), ...score.samples.slice(0, 10)].join('\n');
}
