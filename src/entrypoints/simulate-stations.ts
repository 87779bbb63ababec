import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { ROOT } from './open-system.ts';

/** A charge point as the simulator reads it; see `node simulators/charge-point/main.ts --help`. */
export type SimulatedStation = {
  readonly identity: string;
  readonly version: '1.6' | '2.0.1';
  readonly password?: string;
  readonly connectors: readonly { readonly evse: number; readonly maxPowerW: number; readonly registerWh?: number }[];
  readonly tokens: readonly string[];
  readonly registerUnit?: 'Wh' | 'kWh';
};
/** A line of the simulator's ledger of truth. */
export type LivedSession = {
  readonly session: string;
  readonly station: string;
  readonly version: '1.6' | '2.0.1';
  readonly evse: number;
  readonly startAt: number;
  readonly endAt: number | null;
  readonly trueEnergyWh: number;
  readonly faults: readonly string[];
  /** By fault, what may rightly be named as its cause. */
  readonly causes?: Readonly<Record<string, readonly string[]>>;
  readonly expected: 'billed' | 'either' | 'flagged';
  readonly transactionRef: string | null;
  readonly startStatus: string | null;
  readonly sent: number;
  readonly discarded: number;
};
export type StationsRun = {
  readonly url: string;
  readonly stations: readonly SimulatedStation[];
  /** Sessions to live; without it the simulator draws days of its own. */
  readonly script?: readonly unknown[];
  readonly options: readonly string[];
  readonly onLived: (session: LivedSession) => void;
  readonly onProblem: (line: string) => void;
  readonly signal?: AbortSignal;
};

const SIMULATOR = join(ROOT, 'simulators', 'charge-point', 'main.ts');
const jsonLines = (items: readonly unknown[]): string => items.map((item) => `${JSON.stringify(item)}\n`).join('');

/**
 * Runs the charge point simulator as a process of its own, wire only, until everything is lived.
 * @returns its exit code; null when it was stopped by `signal`.
 */
export async function runStations(run: StationsRun): Promise<number | null> {
  const folder = await mkdtemp(join(tmpdir(), 'kirchhoff-stations-'));
  try {
    const stationsFile = join(folder, 'stations.jsonl');
    await writeFile(stationsFile, jsonLines(run.stations));
    const files = ['--stations', stationsFile];
    if (run.script) {
      await writeFile(join(folder, 'script.jsonl'), jsonLines(run.script));
      files.push('--script', join(folder, 'script.jsonl'));
    }
    return await runProcess(run, [SIMULATOR, run.script ? 'script' : 'days', '--url', run.url, ...files, ...run.options]);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function runProcess(run: StationsRun, args: readonly string[]): Promise<number | null> {
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  const stop = (): void => void child.kill('SIGKILL');
  run.signal?.addEventListener('abort', stop, { once: true });
  process.once('exit', stop);
  try {
    const exited = once(child, 'exit') as Promise<[number | null]>;
    const reading = (async () => { for await (const line of createInterface({ input: child.stdout })) run.onLived(JSON.parse(line) as LivedSession); })();
    const complaining = (async () => { for await (const line of createInterface({ input: child.stderr })) run.onProblem(line); })();
    const [code] = await exited;
    await Promise.all([reading, complaining]);
    return run.signal?.aborted === true ? null : code;
  } finally {
    process.off('exit', stop);
    run.signal?.removeEventListener('abort', stop);
  }
}
