import { spawn } from 'node:child_process';
import { closeSync, existsSync, openSync, renameSync, statSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { MS_PER_SECOND } from '../kernel/index.ts';
import { ROOT } from './open-system.ts';

const CLI = join(ROOT, 'simulators', 'wallet-channel', 'cli.ts');
const START_MS_MAX = 60 * MS_PER_SECOND, END_MS_MAX = 5 * MS_PER_SECOND;
const LOG_BYTES_MAX = 5 * 1024 * 1024;

/** A merchant as the simulated channels know it. */
export type SimulatedMerchant = { readonly channel: 'wechatpay' | 'alipay'; readonly merchantId: string; readonly appIds: readonly string[] };
/** A line of what really happened; see simulators/wallet-channel/README.md. */
export type TruthLine = Readonly<Record<string, unknown>> & { readonly kind: 'payment' | 'refund' | 'merchant' | 'bill_fault' | 'chargeback' | 'total' };

export type WalletChannelProcess = {
  readonly url: string; readonly keysFolder: string; readonly merchants: readonly SimulatedMerchant[];
  /** As the payer, or as the channel itself: `POST /sim/<what>`. @throws when the simulator refuses. */
  act<T = unknown>(what: string, body?: Readonly<Record<string, unknown>>): Promise<T>;
  /** `GET /sim/<what>`. */
  ask<T = unknown>(what: string): Promise<T>;
  truth(): Promise<TruthLine[]>;
  readonly exited: Promise<number | null>;
  close(): Promise<void>;
};

export type WalletChannelStart = {
  /** Keys, journal and log are kept here. */
  readonly folder: string;
  readonly port: number; readonly seed: number; readonly timeFactor: number;
  /** Orders and balances survive the process. */
  readonly journal: boolean;
};

/**
 * Starts the simulated wallet channels as a process of their own, reached over the wire only. It ends with this one, also when this one is killed, because its input ends.
 * @throws when it does not come up.
 */
export async function startWalletChannelProcess({ folder, port, seed, timeFactor, journal }: WalletChannelStart): Promise<WalletChannelProcess> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const log = openLog(join(folder, 'wallet-channel.log'));
  const child = spawn(process.execPath, [
    CLI, '--port', String(port), '--seed', String(seed), '--time-factor', String(timeFactor), '--keys', join(folder, 'keys'), '--merchant', 'wechatpay', '--merchant', 'alipay', '--until-input-ends',
    ...(journal ? ['--journal', join(folder, 'journal.jsonl')] : []),
  ], { stdio: ['pipe', 'pipe', log], cwd: ROOT, detached: true }); // Not in the terminal's group: Ctrl-C is for the program, which then ends this one.
  closeSync(log);
  child.stdin!.on('error', () => undefined);
  const exited = new Promise<number | null>((resolve) => { child.once('exit', resolve).once('error', () => resolve(null)); });
  const first = await firstLine(child.stdout!, exited);
  if (first === null) {
    child.kill('SIGKILL');
    throw new Error(`the simulated wallet channels did not start; see ${join(folder, 'wallet-channel.log')}`);
  }
  const { url, keysFolder, merchants } = JSON.parse(first) as Pick<WalletChannelProcess, 'url' | 'keysFolder' | 'merchants'>;
  return {
    url, keysFolder, merchants, exited,
    act: (what, body = {}) => call(`${url}/sim/${what}`, { method: 'POST', body: JSON.stringify(body) }),
    ask: (what) => call(`${url}/sim/${what}`, {}),
    truth: async () => (await (await fetch(`${url}/sim/truth`)).text()).split('\n').filter((line) => line !== '').map((line) => JSON.parse(line) as TruthLine),
    close: async () => {
      child.stdin!.end();
      const late = setTimeout(() => child.kill('SIGKILL'), END_MS_MAX);
      await exited;
      clearTimeout(late);
    },
  };
}

async function call<T>(url: string, init: RequestInit): Promise<T> {
  const response = await fetch(url, init);
  const content = await response.json() as T & { readonly error?: string };
  if (!response.ok) throw new Error(`${new URL(url).pathname}: ${content.error ?? response.status}`);
  return content;
}

async function firstLine(stream: NodeJS.ReadableStream, exited: Promise<unknown>): Promise<string | null> {
  const lines = createInterface({ input: stream });
  const late = Promise.withResolvers<null>(), timer = setTimeout(() => late.resolve(null), START_MS_MAX);
  try {
    return await Promise.race([new Promise<string>((resolve) => { lines.once('line', resolve); }), exited.then(() => null), late.promise]);
  } finally {
    clearTimeout(timer);
    lines.close();
    stream.resume();
  }
}

function openLog(path: string): number {
  if (existsSync(path) && statSync(path).size > LOG_BYTES_MAX) renameSync(path, `${path}.1`);
  return openSync(path, 'a', 0o600);
}
