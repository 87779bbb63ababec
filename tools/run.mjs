/**
 * The first thing that runs on a fresh clone, so it is plain JavaScript for any Node.js from 20 on and needs nothing installed.
 * It installs what is missing (the pinned runtime first, then the program's and the console's packages under that runtime), builds the
 * console when its sources changed, and hands over. When nothing is missing it touches no network.
 *
 *   node tools/run.mjs start|test|bench|faults|soak|schema|settings|typecheck|lint|kirchhoff [arguments]
 */
import { spawn } from 'node:child_process';
import { existsSync, realpathSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { say, prepare, runtimeBinary } from './prepare.mjs';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const NODE_MAJOR_MIN = 20;
const SAME_WISH_MS = 1_000;
/** The young generation grows with the machine's memory and is emptied late: a process that works through a million rows looks as if it leaked. Eight mebibytes keep it flat at no cost that a bench shows. */
const RUNTIME_OPTIONS = ['--max-semi-space-size=8'];

/** What each word runs; `console` says that the built console is needed first. */
const TASKS = {
  start: { entry: ['src/entrypoints/cli.ts'], args: ['start'], console: true },
  kirchhoff: { entry: ['src/entrypoints/cli.ts'], args: [] },
  test: { entry: ['tools/test.ts'], console: true },
  bench: { entry: ['tools/bench.ts', 'bench/run.ts', 'bench/index.ts'] },
  soak: { entry: ['tools/soak.ts'] },
  faults: { entry: ['tools/faults.ts'], console: true },
  schema: { entry: ['tools/schema.ts'] },
  settings: { entry: ['tools/settings-page.ts'] },
  typecheck: { entry: ['node_modules/typescript/bin/tsc'], args: ['-p', '.'] },
  lint: { entry: ['node_modules/eslint/bin/eslint.js'], args: ['.'], console: true },
};

const [word = '', ...rest] = process.argv.slice(2);
process.exitCode = await main(word, rest);

async function main(name, args) {
  const task = Object.hasOwn(TASKS, name) ? TASKS[name] : undefined;
  if (task === undefined) {
    say(`usage: node tools/run.mjs ${Object.keys(TASKS).join('|')} [arguments]`);
    return 2;
  }
  if (Number(process.versions.node.split('.')[0]) < NODE_MAJOR_MIN) {
    say(`Kirchhoff needs Node.js ${NODE_MAJOR_MIN} or newer to install its own runtime; this is ${process.version}.`);
    return 1;
  }
  const needsConsole = task.console === true || (name === 'kirchhoff' && args[0] === 'start' && !args.includes('--help'));
  if (!(await prepare(root, { console: needsConsole, consoleMustBuild: name === 'test' }))) return 1;
  const entry = task.entry.map((file) => join(root, file)).find((file) => existsSync(file));
  if (entry === undefined) {
    say(`${name} is not there yet: none of ${task.entry.join(', ')} exists`);
    return 1;
  }
  return handOver(entry, [...(task.args ?? []), ...args]);
}

/** Runs the entry under the pinned runtime: in this process when it is that runtime already, else in a child of it. */
async function handOver(entry, args) {
  const binary = runtimeBinary(root);
  process.env.PATH = `${dirname(binary)}${delimiter}${process.env.PATH ?? ''}`;
  if (realpathSync(process.execPath) === realpathSync(binary) && entry.endsWith('cli.ts') && RUNTIME_OPTIONS.every((option) => process.execArgv.includes(option))) {
    const { main: run } = await import(pathToFileURL(entry).href);
    return run(args);
  }
  // A process group of its own: Ctrl-C may reach this process twice (from the terminal and through npm) or, sent to npm alone, the child never.
  // So the child and what it started hear of it from here, once.
  const grouped = process.platform !== 'win32';
  const child = spawn(binary, [...RUNTIME_OPTIONS, entry, ...args], { stdio: 'inherit', detached: grouped });
  let lastAt = 0;
  const tell = (signal) => {
    if (Date.now() - lastAt < SAME_WISH_MS) return;
    lastAt = Date.now();
    try {
      process.kill(grouped ? -child.pid : child.pid, signal);
    } catch { /* it has just ended by itself */ }
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
    process.on(signal, () => tell(signal));
  }
  // npm that is ended by a signal does not pass it on: being left alone is the same wish.
  const parent = process.ppid;
  const watch = setInterval(() => { if (process.ppid !== parent) tell('SIGTERM'); }, SAME_WISH_MS);
  watch.unref();
  return new Promise((resolve) => {
    child.on('error', (error) => { say(`could not start ${binary}: ${error.message}`); resolve(1); });
    child.on('exit', (code, signal) => resolve(code ?? (signal === 'SIGINT' ? 130 : 143)));
  });
}
