import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { after, test } from 'node:test';
import { openInbox, wechat } from './client.ts';
import { startWalletChannel } from './index.ts';

const folder = await mkdtemp(join(tmpdir(), 'wallet-channel-'));
const inbox = await openInbox();
after(async () => { await inbox.close(); await rm(folder, { recursive: true }); });

test('a simulator that is started again knows its merchants, keys, orders and balances, and tells what nobody heard', async () => {
  const options = { keysFolder: join(folder, 'keys'), journalFile: join(folder, 'journal.jsonl'), timeFactor: 0, seed: 1 };
  const first = await startWalletChannel(options);
  const keys = await first.control.createMerchant({ channel: 'wechatpay' });
  const order = (outTradeNo: string): Record<string, unknown> => ({ appid: keys.appIds[0], mchid: keys.merchantId, description: '充值', out_trade_no: outTradeNo, notify_url: `${inbox.url}/${outTradeNo}`, amount: { total: 5_000 } });
  for (const outTradeNo of ['J01h00000000000000000000101', 'J01h00000000000000000000201', 'J01h00000000000000000000301']) await wechat(keys, 'POST', '/v3/pay/transactions/native', order(outTradeNo));
  first.control.pay({ outTradeNo: 'J01h00000000000000000000101' });
  await inbox.until(1, '0101');
  await wechat(keys, 'POST', '/v3/refund/domestic/refunds', { out_trade_no: 'J01h00000000000000000000101', out_refund_no: 'RJ1', amount: { refund: 2_000, total: 5_000, currency: 'CNY' } });
  first.control.forceFault('notification_lost');
  first.control.pay({ outTradeNo: 'J01h00000000000000000000201' });
  while (first.control.trade({ outTradeNo: 'J01h00000000000000000000101' })!.refundedFen !== 2_000) await new Promise((resolve) => setTimeout(resolve, 2));
  const strip = (lines: Iterable<Readonly<Record<string, unknown>>>): unknown => [...lines].filter((line) => line.kind !== 'total').map(({ notified: _, accepted: __, faults: ___, ...line }) => line);
  const before = strip(first.control.truth());
  await first.close();

  const second = await startWalletChannel(options);
  try {
    assert.deepEqual(strip(second.control.truth()), before);
    await inbox.until(1, '0201');
    const moved = { ...keys, baseUrl: second.url };
    const reply = await wechat(moved, 'GET', `/v3/pay/transactions/out-trade-no/J01h00000000000000000000301?mchid=${keys.merchantId}`);
    assert.deepEqual([reply.body.trade_state, reply.verified], ['NOTPAY', true]);
  } finally {
    await second.close();
  }
});

test('the command prints its address and the folder of the keys, serves, and stops when its input ends', async () => {
  const keysFolder = join(folder, 'cli-keys');
  const child = spawn(process.execPath, [join(import.meta.dirname, 'cli.ts'), '--keys', keysFolder, '--merchant', 'wechatpay', '--merchant', 'alipay', '--until-input-ends'], { stdio: ['pipe', 'pipe', 'inherit'] });
  const [line] = await once(createInterface({ input: child.stdout }), 'line') as [string];
  const said = JSON.parse(line) as { url: string; keysFolder: string; merchants: { merchantId: string }[] };
  assert.equal(said.keysFolder, keysFolder);
  assert.deepEqual((await readdir(keysFolder)).filter((name) => name.includes('19') || name.includes('2088')).length, 2);
  const open = await (await fetch(`${said.url}/sim/open`)).json();
  assert.deepEqual(open, []);
  const { paymentCode } = await (await fetch(`${said.url}/sim/payment-code`, { method: 'POST', body: JSON.stringify({ channel: 'alipay' }) })).json() as { paymentCode: string };
  assert.match(paymentCode, /^(2[5-9]|30)\d{16}$/);
  assert.match(await (await fetch(`${said.url}/?lang=en`)).text(), /No open order/);
  assert.match(await (await fetch(`${said.url}/sim/truth`)).text(), /"kind":"total"/);
  child.stdin.end();
  const code = await new Promise((resolve) => child.once('exit', resolve));
  assert.equal(code, 0);
});
