import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import fastify from 'fastify';
import { startWalletChannel } from '../../../../simulators/wallet-channel/index.ts';
import { openTestApi } from '../../../../test/support/api.ts';
import { openTestDatabase } from '../../../../test/support/database.ts';
import { addMs } from '../../../kernel/index.ts';
import { systemClock } from '../../../platform/clock/index.ts';
import { silentLogger } from '../../../platform/logging/logger.ts';
import { createChannels } from '../channels/registry.ts';
import { openInbox } from '../inbox/receive.ts';
import { registerNotifyRoute } from './notify.ts';

const test = await openTestDatabase();
const folder = await mkdtemp(join(tmpdir(), 'kirchhoff-keys-')), peer = await startWalletChannel({ seed: 5, timeFactor: 0.001 });
// The server that the channel is to reach, and one that somebody forgot to switch off: it answers everything with success.
const right = fastify(), wrong = createServer((_request, response) => { response.writeHead(204).end(); });
await new Promise<void>((resolve) => wrong.listen(0, '127.0.0.1', resolve));
const wrongOrigin = `http://127.0.0.1:${(wrong.address() as AddressInfo).port}`;
const origins = { allowedOrigins: [peer.url, wrongOrigin] };
const database = test.database, clock = systemClock, logger = silentLogger;
let rightOrigin = 'http://127.0.0.1:1';
const channels = createChannels({ database, clock, logger, keysFolder: folder, settingsAgeMsMax: 0, get notifyOrigin() { return rightOrigin; } });
const inbox = openInbox({ database, channels, clock, logger });
registerNotifyRoute(right, { inbox, database, clock });
rightOrigin = await right.listen({ host: '127.0.0.1', port: 0 });
const api = await openTestApi(test, { payments: { channels, rules: origins, notifyOrigin: rightOrigin } as never });
after(async () => {
  await right.close();
  wrong.closeAllConnections();
  wrong.close();
  await inbox.close();
  await channels.close();
  await peer.close();
  await rm(folder, { recursive: true, force: true });
});

async function shop() {
  const operator = await api.operator(), user = await operator.user(), merchant = await peer.control.createMerchant({ channel: 'wechatpay' });
  await mkdir(join(folder, operator.code), { recursive: true });
  const [[id, pem] = ['', '']] = Object.entries(merchant.channelPublicKeys);
  for (const [file, text] of [['key.pem', merchant.privateKeyPem!], ['apiv3', merchant.apiV3Key], ['channel.pem', pem]] as const) await writeFile(join(folder, operator.code, file), text);
  const limits = { timeoutMs: 5_000, concurrencyMax: 8, waitMsMax: 1_000, callsPerSecondMax: 50, burstMax: 50, breakerFailures: 10, breakerOpenMs: 1_000 };
  const settings = {
    kind: 'wechatpay', merchantId: merchant.merchantId, appId: merchant.appIds[0]!, certificateSerial: merchant.serial, privateKey: 'file:key.pem', apiV3Key: 'file:apiv3', verifyWith: 'public_key',
    publicKeys: [{ id, key: 'file:channel.pem' }], apiAddress: merchant.baseUrl, notifyOrigin: null as string | null, limits,
  };
  return { operator, user, settings, merchant };
}

describe('merchant accounts over HTTP', () => {
  it('one is added disabled, refused while its keys are wrong, enabled once the channel accepts it, and keeps every version', async () => {
    const { user, settings, merchant } = await shop();
    const added = await user.post('/merchant-accounts', { name: 'App', environment: 'T', settings, reason: 'new app' });
    assert.equal(added.statusCode, 201, added.body);
    const { merchantAccountId, version, enabled, notifyAddress } = added.json();
    assert.deepEqual([version, enabled, new RegExp(`^${rightOrigin}/notify/[0-9a-z]{26}$`).test(notifyAddress)], [1, false, true]);
    const put = async (body: object) => user.send('PUT', `/merchant-accounts/${merchantAccountId}`, { version: 1, settings, enabled: true, reason: null, ...body });
    const unproven = await put({ settings: { ...settings, appId: 'wx0000000000000000' } });
    assert.deepEqual([unproven.statusCode, unproven.json().code, unproven.json().data.channelCode], [422, 'merchant_account_not_proven', 'APPID_MCHID_NOT_MATCH']);
    assert.equal((await put({ settings: { ...settings, apiAddress: 'http://10.0.0.1' } })).json().data.field, 'apiAddress');
    const on = await put({ reason: 'keys are in place' });
    assert.deepEqual([on.statusCode, on.json().version, on.json().enabled], [200, 2, true], on.body);
    assert.equal((await put({ reason: 'keys are in place' })).json().version, 2, 'twice is once');
    const [newest, first] = (await user.get(`/merchant-accounts/${merchantAccountId}/versions`)).json().items;
    assert.deepEqual([newest.version, newest.reason, first.version, first.reason, !first.changedBy.includes(':')], [2, 'keys are in place', 1, 'new app', true]);
    assert.deepEqual((await user.get('/merchant-accounts')).json().items.map((each: { name: string }) => each.name), ['App']);
    assert.equal((await user.get(`/merchant-accounts/${merchantAccountId.replace(/.$/, '0')}`)).statusCode, 404);
    for (const answer of [added, on, unproven]) assert.ok(!answer.body.includes(merchant.apiV3Key) && !answer.body.includes('PRIVATE KEY'));
  });

  it('P-15 a notify address is probed all the way: only a post that comes in at this database counts, and the last notification is shown beside it', async () => {
    const { operator, user, settings } = await shop();
    const { merchantAccountId } = (await user.post('/merchant-accounts', { name: 'App', environment: 'D', settings })).json();
    const put = async (version: number, over: object) => assert.equal((await user.send('PUT', `/merchant-accounts/${merchantAccountId}`, { version, enabled: true, reason: null, settings: { ...settings, ...over } })).statusCode, 200);
    const probe = async () => (await user.post(`/merchant-accounts/${merchantAccountId}/probe`)).json();
    await put(1, {});
    const arrived = await probe();
    assert.deepEqual([arrived.channel.outcome, arrived.notifyAddress.outcome, arrived.notifyAddress.address.startsWith(rightOrigin)], ['confirmed', 'arrived', true], JSON.stringify(arrived));
    await put(2, { notifyOrigin: wrongOrigin });
    const elsewhere = await probe();
    assert.deepEqual([elsewhere.channel.outcome, elsewhere.notifyAddress.outcome], ['confirmed', 'elsewhere'], 'another server answers 204, and nothing came in here');
    await put(3, { notifyOrigin: null });
    const before = (await user.get(`/merchant-accounts/${merchantAccountId}`)).json();
    assert.deepEqual([before.notifyProbe.outcome, before.lastNotificationAt, before.health.breaker], ['elsewhere', null, 'closed']);
    // A payer pays, and the channel notifies the right server.
    const account = (await channels.accountsOf(operator.operatorId))[0]!, outTradeNo = 'D0000000000000000000000000p01';
    const created = await account.channel.createPayment({ outTradeNo, amountMinor: 100n, currency: 'CNY', description: 'Top-up', method: 'native_qr', expiresAt: addMs(clock.now(), 600_000), payer: null, payerIp: null });
    assert.equal(created.kind, 'confirmed');
    peer.control.pay({ outTradeNo });
    await peer.control.idle();
    assert.equal((await probe()).notifyAddress.outcome, 'arrived');
    const shown = (await user.get(`/merchant-accounts/${merchantAccountId}`)).json();
    assert.ok(shown.lastNotificationAt !== null && shown.notifyProbe.outcome === 'arrived' && shown.probe.outcome === 'confirmed', JSON.stringify(shown));
  });

  it('is nobody\'s business without the permission', async () => {
    const { operator, settings } = await shop(), clerk = await operator.user('clerk');
    for (const answer of [await clerk.get('/merchant-accounts'), await clerk.post('/merchant-accounts', { name: 'App', environment: 'T', settings })]) assert.equal(answer.json().code, 'permission_missing');
  });
});
