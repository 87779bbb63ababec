/**
 * `npm run soak [-- --only simulate,replay,payments] [--seeds N] [--orders N]`: the storms at full scale, one after the other, on scratch databases. Writes
 * docs/reports/soak-simulate.md, soak-replay.md and soak-payments.md with figures, seeds and the machine, so that a claim can be run again. KIRCHHOFF_REAL_DATA may name a folder with
 * the published tables; without it tables with the same flaws are generated.
 */
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { cpus, tmpdir, totalmem } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { generateSessionTable, type SessionTableFlavour } from '../simulators/session-table/index.ts';

const root = fileURLToPath(new URL('../', import.meta.url));
const cli = join(root, 'src/entrypoints/cli.ts');
const TABLES: readonly { flavour: SessionTableFlavour; file: string; rows: number }[] = [
  { flavour: 'dundee', file: 'dundee-2017q4.csv', rows: 15_502 },
  { flavour: 'boulder', file: 'boulder-2018-2021.csv', rows: 24_081 },
];
const PAYMENT_ORDERS = 100_000;
type Run = { readonly title: string; readonly command: string; readonly output: string; readonly code: number; readonly seconds: number };

/** Runs one command of the program as a user would, keeping what it prints. */
function runCli(title: string, args: readonly string[], env: Record<string, string>): Promise<Run> {
  const startedAt = performance.now();
  console.log(`\n— ${title}`);
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [cli, ...args], { cwd: root, env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'inherit'] });
    let output = '';
    child.stdout.on('data', (chunk: Buffer) => { output += chunk.toString(); process.stdout.write(chunk); });
    child.on('error', reject);
    child.on('exit', (code) => resolve({
      title, command: `kirchhoff ${args.map((arg) => arg.replace(root, '').replace(/^\/.*\//, '…/')).join(' ')}`, output: output.trim(), code: code ?? 1,
      seconds: (performance.now() - startedAt) / 1_000,
    }));
  });
}

async function simulations(seeds: number, env: Record<string, string>): Promise<Run[]> {
  const runs: Run[] = [];
  for (let seed = 1; seed <= seeds; seed++) {
    runs.push(await runCli(`Fourteen days with faults at a hundred charge points, seed ${seed}`, ['simulate', '--seed', String(seed), '--days', '14', '--stations', '100'], env));
  }
  return runs;
}

/** One run of payments at full scale: `orders` orders with every fault of the channels. */
const payments = async (orders: number, seed: number, env: Record<string, string>): Promise<Run[]> =>
  [await runCli(`${orders.toLocaleString('en')} payment orders with every fault of the channels, seed ${seed}`, ['simulate', '--seed', String(seed), '--payments', String(orders)], env)];

const scaleNote = (orders: number): string =>
  ` Scale: ${orders.toLocaleString('en')} of the ${PAYMENT_ORDERS.toLocaleString('en')} orders of a full run (\`npm run soak -- --only payments\`).`;

async function replays(folder: string, env: Record<string, string>): Promise<Run[]> {
  const runs: Run[] = [];
  const published = process.env.KIRCHHOFF_REAL_DATA;
  for (const { flavour, file, rows } of TABLES) {
    const real = published === undefined ? undefined : join(published, file);
    const generated = join(folder, `${flavour}.csv`);
    if (real === undefined || !existsSync(real)) await writeFile(generated, generateSessionTable({ seed: 1, rows, flavour }));
    const title = real !== undefined && existsSync(real) ? `The published table ${file}` : `A generated table of ${flavour}'s kind, ${rows} rows, seed 1`;
    runs.push(await runCli(title, ['replay', real !== undefined && existsSync(real) ? real : generated, '--mapping', join(root, `src/modules/imports/table/mappings/${flavour}.json`), '--fresh'], env));
  }
  return runs;
}

function reportOf(runs: readonly Run[], note: string): string {
  const machine = `${cpus().length} × ${cpus()[0]?.model ?? 'unknown'}, ${Math.round(totalmem() / 2 ** 30)} GiB, Node ${process.version}`;
  const parts = runs.map((run) => `## ${run.title}\n\n\`${run.command}\` — exit ${run.code}, ${run.seconds.toFixed(0)} s\n\n\`\`\`\n${run.output}\n\`\`\``);
  return `# Soak\n\nWhat \`npm run soak\` printed on ${new Date().toISOString().slice(0, 10)}. Machine: ${machine}.${note}\n\n${parts.join('\n\n')}\n`;
}

async function report(name: string, runs: readonly Run[], note = ''): Promise<boolean> {
  await mkdir(join(root, 'docs/reports'), { recursive: true });
  await writeFile(join(root, `docs/reports/soak-${name}.md`), reportOf(runs, note));
  console.log(`\nwritten to docs/reports/soak-${name}.md`);
  return runs.length > 0 && runs.every((run) => run.code === 0);
}

async function main(args: readonly string[]): Promise<number> {
  const option = (name: string): string | undefined => { const at = args.indexOf(name); return at < 0 ? undefined : args[at + 1]; };
  const only = (option('--only') ?? 'simulate,replay,payments').split(',');
  const folder = await mkdtemp(join(tmpdir(), 'kirchhoff-soak-'));
  try {
    const env = { KIRCHHOFF_DATA: join(folder, 'data') };
    let good = true;
    if (only.includes('simulate')) good = (await report('simulate', await simulations(Number(option('--seeds') ?? 3), env))) && good;
    if (only.includes('replay')) good = (await report('replay', await replays(folder, env))) && good;
    const orders = Number(option('--orders') ?? PAYMENT_ORDERS);
    if (only.includes('payments')) good = (await report('payments', await payments(orders, Number(option('--seed') ?? 1), env), orders === PAYMENT_ORDERS ? '' : scaleNote(orders))) && good;
    return good ? 0 : 1;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

process.exit(await main(process.argv.slice(2)));
