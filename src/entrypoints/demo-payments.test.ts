import assert from 'node:assert/strict';
import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { newUuid } from '../platform/clock/index.ts';
import { clusterFolder, findPostmaster } from '../platform/embedded-postgres/index.ts';

const CLI = fileURLToPath(new URL('./cli.ts', import.meta.url));
const home = realpathSync(mkdtempSync(join(tmpdir(), 'demo-payments-')));
const dataFolder = join(home, 'data');
const WAIT_MS_MAX = 120_000;
const children: ChildProcess[] = [];
after(() => {
  for (const child of children) if (child.exitCode === null) child.kill('SIGKILL');
  const postmaster = findPostmaster(clusterFolder(dataFolder));
  if (postmaster) process.kill(postmaster.pid, 'SIGQUIT');
  rmSync(home, { recursive: true, force: true });
});

type Started = { readonly child: ChildProcess; readonly api: string; readonly wallets: string; readonly password: string };

/** `npm start`, with its demo. */
async function startDemo(port: number): Promise<Started> {
  const child = spawn(process.execPath, [CLI, 'start', '--port', String(port), '--ocpp-port', '0'], { env: { PATH: process.env.PATH, KIRCHHOFF_DATA: dataFolder }, stdio: ['ignore', 'pipe', 'pipe'] });
  children.push(child);
  let text = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => { text += chunk.toString(); });
  await until('the demo is ready', () => {
    assert.equal(child.exitCode, null, text);
    return Promise.resolve(/^ready /m.test(text) ? true : null);
  });
  const said = (pattern: RegExp): string => {
    const found = pattern.exec(text)?.[1];
    assert.ok(found, `never said ${String(pattern)}:\n${text}`);
    return found;
  };
  return { child, api: `http://127.0.0.1:${port}`, wallets: `http://127.0.0.1:${said(/^wallets +http:\/\/localhost:(\d+)/m)}`, password: said(/^ +owner +(\S+)/m) };
}

async function until<T>(what: string, look: () => Promise<T | null>): Promise<T> {
  const deadline = performance.now() + WAIT_MS_MAX;
  for (;;) {
    const found = await look().catch((error: unknown) => { if (error instanceof assert.AssertionError) throw error; return null; });
    if (found !== null) return found;
    assert.ok(performance.now() < deadline, `waited too long: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

type Answer = Record<string, unknown> & { items?: Record<string, unknown>[] };
async function logIn({ api, password }: Started): Promise<(method: 'GET' | 'POST', path: string, body?: object) => Promise<Answer>> {
  const answer = await fetch(`${api}/api/v1/web-sessions`, {
    method: 'POST', headers: { 'content-type': 'application/json', 'x-kirchhoff-console': '1' }, body: JSON.stringify({ operatorCode: 'demo', logInName: 'owner', password, endOldest: true }),
  });
  assert.equal(answer.status, 201, await answer.text());
  const cookie = /kirchhoff_session=[^;]+/.exec(answer.headers.get('set-cookie') ?? '')![0];
  return async (method, path, body) => {
    const said = await fetch(`${api}/api/v1${path}`, {
      method, headers: { cookie, 'x-kirchhoff-console': '1', ...(body ? { 'content-type': 'application/json', 'idempotency-key': newUuid() } : {}) }, ...(body ? { body: JSON.stringify(body) } : {}),
    });
    assert.ok(said.ok, `${method} ${path}: ${said.status}`);
    return await said.json() as Answer;
  };
}
const act = async (wallets: string, what: string, body: object): Promise<Answer> => await (await fetch(`${wallets}/sim/${what}`, { method: 'POST', body: JSON.stringify(body) })).json() as Answer;
const freePort = (): Promise<number> => new Promise((resolve) => {
  const probe = createServer().listen(0, '127.0.0.1', () => { const { port } = probe.address() as AddressInfo; probe.close(() => resolve(port)); });
});

describe('payments of the demo', () => {
  it('P-01 C-01 killed between a payment and its notification, the program credits the wallet when it starts again', async () => {
    const port = await freePort();
    const first = await startDemo(port);
    const call = await logIn(first);
    const account = await until('the demo has its merchant accounts', async () => (await call('GET', '/merchant-accounts')).items?.find(({ kind }) => kind === 'wechatpay') ?? null);
    const { memberId } = await call('POST', '/members', { displayName: 'Payer' });
    const order = await call('POST', '/payment-orders', { memberId, amount: { amountMinor: '8800', currency: 'CNY' } });
    const offered = await call('POST', `/payment-orders/${String(order.orderId)}/offers`, { merchantAccountId: account.merchantAccountId, method: 'native_qr' });
    const { outTradeNo } = offered.attempt as { outTradeNo: string };
    assert.match(outTradeNo, /^D/, 'the demo shows in every number');
    await act(first.wallets, 'faults', { force: 'notification_first_lost', outTradeNo });
    assert.equal((await act(first.wallets, 'pay', { outTradeNo })).outcome, 'paid');
    first.child.kill('SIGKILL');
    await until('the program is dead, and the simulated channels with it', async () => (await fetch(`${first.wallets}/sim/counts`).then(() => null, () => true)));

    const second = await startDemo(port);
    const callAgain = await logIn(second);
    const paid = await until('the order is paid', async () => {
      const { order: now } = await callAgain('GET', `/payment-orders/${String(order.orderId)}`) as { order: Answer };
      return now.state === 'paid' ? now : null;
    });
    assert.equal((paid.amount as Answer).amountMinor, '8800');
    const wallet = await callAgain('GET', `/members/${String(memberId)}/wallet`) as { balance: { amountMinor: string } };
    assert.equal(wallet.balance.amountMinor, '8800', 'once');
    second.child.kill('SIGINT');
    assert.equal(await new Promise((resolve) => second.child.once('exit', resolve)), 0);
  });
});
