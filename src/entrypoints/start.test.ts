import assert from 'node:assert/strict';
import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { clusterFolder, findPostmaster } from '../platform/embedded-postgres/index.ts';
import { readRunning } from './state-files.ts';

const CLI = fileURLToPath(new URL('./cli.ts', import.meta.url));
const home = realpathSync(mkdtempSync(join(tmpdir(), 'start-')));
const dataFolder = join(home, 'data');
const WAIT_MS_MAX = 90_000;
const children: ChildProcess[] = [];
after(() => {
  for (const child of children) if (child.exitCode === null) child.kill('SIGKILL');
  const postmaster = findPostmaster(clusterFolder(dataFolder));
  if (postmaster) process.kill(postmaster.pid, 'SIGQUIT');
  rmSync(home, { recursive: true, force: true });
});

type Program = { readonly child: ChildProcess; text: () => string; says(pattern: RegExp): Promise<string>; ended: Promise<number | null> };

function kirchhoff(...args: string[]): Program {
  const child = spawn(process.execPath, [CLI, ...args], { env: { PATH: process.env.PATH, KIRCHHOFF_DATA: dataFolder, KIRCHHOFF_DEMO: 'never' }, stdio: ['ignore', 'pipe', 'pipe'] });
  children.push(child);
  let text = '';
  const listeners = new Set<() => void>();
  for (const stream of [child.stdout, child.stderr]) stream?.on('data', (chunk: Buffer) => { text += chunk.toString(); for (const listener of listeners) listener(); });
  const ended = new Promise<number | null>((resolve) => child.once('exit', (code) => { resolve(code); for (const listener of listeners) listener(); }));
  const says = (pattern: RegExp): Promise<string> => new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`never said ${String(pattern)}:\n${text}`)), WAIT_MS_MAX);
    const look = (): void => {
      const found = pattern.exec(text);
      if (!found && child.exitCode === null) return;
      clearTimeout(timer);
      listeners.delete(look);
      if (found) resolve(found[1] ?? found[0]);
      else reject(new Error(`ended with ${child.exitCode} without saying ${String(pattern)}:\n${text}`));
    };
    listeners.add(look);
    look();
  });
  return { child, text: () => text, says, ended };
}
const startOnAnyPort = (): Program => kirchhoff('start', '--port', '0', '--ocpp-port', '0');

describe('kirchhoff start', () => {
  it('starts everything on an empty folder, is ready, and Ctrl-C stops everything cleanly', async () => {
    const program = startOnAnyPort();
    const address = await program.says(/(http:\/\/localhost:\d+)/);
    await program.says(/ready/);
    assert.equal((await fetch(`${address}/health/ready`)).status, 200);
    assert.match(await (await fetch(`${address}/metrics`)).text(), /kirchhoff_job_overdue\{job="expire_pending"\} 0/);
    program.child.kill('SIGINT');
    program.child.kill('SIGINT');
    assert.equal(await program.ended, 0, program.text());
    assert.equal(findPostmaster(clusterFolder(dataFolder)), null, 'the database server is gone');
    assert.equal(readRunning(dataFolder), null);
  });

  it('after kill -9 takes over the database server that is left, and loses nothing', async () => {
    const killed = startOnAnyPort();
    await killed.says(/ready/);
    const left = findPostmaster(clusterFolder(dataFolder));
    killed.child.kill('SIGKILL');
    await killed.ended;
    assert.equal(findPostmaster(clusterFolder(dataFolder))?.pid, left?.pid, 'the server outlives its program');
    const next = startOnAnyPort();
    await next.says(/ready/);
    assert.match(next.text(), /is still there and is taken over/);
    next.child.kill('SIGTERM');
    assert.equal(await next.ended, 0);
    assert.equal(findPostmaster(clusterFolder(dataFolder)), null);
  });

  it('says so when the same data is served already, and leaves the one that serves alone', async () => {
    const serving = startOnAnyPort();
    const address = await serving.says(/(http:\/\/localhost:\d+)/);
    await serving.says(/ready/);
    const second = startOnAnyPort();
    assert.equal(await second.ended, 1);
    assert.match(second.text(), new RegExp(`another Kirchhoff already runs on .*pid ${serving.child.pid}.*console ${address}`));
    assert.equal((await fetch(`${address}/health/ready`)).status, 200);
    const doctor = kirchhoff('doctor');
    assert.equal(await doctor.ended, 0, doctor.text());
    assert.match(doctor.text(), new RegExp(`program +good +pid ${serving.child.pid}`));
    serving.child.kill('SIGINT');
    assert.equal(await serving.ended, 0);
  });

  it('names a busy port and offers another', async () => {
    const blocker = createServer();
    await new Promise<void>((resolve) => blocker.listen(0, '127.0.0.1', resolve));
    blocker.unref();
    const { port } = blocker.address() as { port: number };
    const program = kirchhoff('start', '--port', String(port), '--ocpp-port', '0');
    assert.equal(await program.ended, 1);
    assert.match(program.text(), new RegExp(`port ${port} of 127\\.0\\.0\\.1 is in use by another program; \\d+ is free: kirchhoff start --port \\d+`));
    assert.equal(findPostmaster(clusterFolder(dataFolder)), null, 'what was started is stopped again');
    blocker.close();
  });
});
