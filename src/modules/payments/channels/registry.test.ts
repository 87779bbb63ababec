import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { startWalletChannel, type MerchantKeys } from '../../../../simulators/wallet-channel/index.ts';
import { openTestDatabase } from '../../../../test/support/database.ts';
import type { OperatorId } from '../../../kernel/index.ts';
import { newUuid, systemClock } from '../../../platform/clock/index.ts';
import type { Logger, LogFields } from '../../../platform/logging/logger.ts';
import { createMetrics } from '../../../platform/metrics/index.ts';
import { createOperator } from '../../parties/index.ts';
import { addMerchantAccount, type NewMerchantAccount } from '../commands/add-merchant-account.ts';
import { changeMerchantAccount, type MerchantAccountChange } from '../commands/change-merchant-account.ts';
import { seeMerchantAccounts } from '../queries/merchant-accounts.ts';
import { readVersions } from '../store/merchant-accounts.ts';
import { createChannels, type ChannelsOptions } from './registry.ts';
import { DEFAULT_LIMITS, type AccountSettings } from './settings.ts';

const test = await openTestDatabase();
const folder = await mkdtemp(join(tmpdir(), 'kirchhoff-keys-'));
const peer = await startWalletChannel({ seed: 3, timeFactor: 0.001 });
const rules = { allowedOrigins: [peer.url], clock: systemClock };
after(async () => {
  await peer.close();
  await rm(folder, { recursive: true, force: true });
});

const logged: { fields: LogFields; message: string }[] = [];
const keep = (fields: LogFields, message: string): void => void logged.push({ fields, message });
const logger: Logger = { debug: keep, info: keep, warn: keep, error: keep, child: () => logger };
const open = (options: Partial<ChannelsOptions> = {}) => {
  const channels = createChannels({ database: test.database, clock: systemClock, logger, keysFolder: folder, notifyOrigin: 'https://pay.example.com', settingsAgeMsMax: 0, ...options });
  after(() => channels.close());
  return channels;
};

async function newOperator(): Promise<{ operatorId: OperatorId; code: string }> {
  const code = `op-${newUuid().slice(-12)}`;
  const created = await createOperator(test.database, { name: code, code, currency: 'CNY', timeZone: 'Asia/Shanghai' });
  assert.ok(created.ok);
  await mkdir(join(folder, code), { recursive: true });
  return { operatorId: created.value, code };
}

/** Writes a merchant's keys into the operator's folder. @returns the settings that fit. */
async function settingsOf(merchant: MerchantKeys, code: string, appId = merchant.appIds[0]!): Promise<AccountSettings> {
  const name = merchant.merchantId, [[id, pem] = ['', '']] = Object.entries(merchant.channelPublicKeys);
  for (const [file, text] of [[`${name}.pem`, merchant.privateKeyPem!], [`${name}.apiv3`, merchant.apiV3Key], [`${name}.channel`, pem]] as const) await writeFile(join(folder, code, file), text);
  const shared = { merchantId: name, appId, privateKey: `file:${name}.pem`, apiAddress: merchant.baseUrl, notifyOrigin: null, limits: { ...DEFAULT_LIMITS, timeoutMs: 1_000 } } as const;
  return merchant.channel === 'alipay' ? { ...shared, kind: 'alipay', publicKeys: [`file:${name}.channel`] }
    : { ...shared, kind: 'wechatpay', certificateSerial: merchant.serial, apiV3Key: `file:${name}.apiv3`, verifyWith: 'public_key', publicKeys: [{ id, key: `file:${name}.channel` }] };
}

const add = async (operatorId: OperatorId, account: Partial<NewMerchantAccount> & Pick<NewMerchantAccount, 'settings' | 'name'>): Promise<string> => {
  const added = await test.database.forOperator(operatorId).transaction((tx) => addMerchantAccount(tx, { environment: 'T', changedBy: 'user:1', ...account }, rules));
  assert.ok(added.ok, JSON.stringify(added));
  return added.value.merchantAccountId;
};
const change = (operatorId: OperatorId, channels: ReturnType<typeof open>, wanted: Pick<MerchantAccountChange, 'merchantAccountId' | 'version' | 'settings'> & Partial<MerchantAccountChange>) =>
  changeMerchantAccount(test.database.forOperator(operatorId), { enabled: true, changedBy: 'user:2', reason: null, ...wanted }, { ...rules, channels });
const codeOf = (result: Awaited<ReturnType<typeof change>>): string => (result.ok ? 'ok' : result.error.code === 'merchant_account_not_proven' ? `${result.error.outcome} ${result.error.reason}` : result.error.code);

describe('merchant accounts', () => {
  it('P-06 time-outs, concurrency, rate and breaker of a channel change while it runs, also while the channel is ill, and every version stays readable with who and why', async () => {
    const { operatorId, code } = await newOperator(), merchant = await peer.control.createMerchant({ channel: 'wechatpay' });
    const settings = await settingsOf(merchant, code), merchantAccountId = await add(operatorId, { name: 'A', settings, enabled: true });
    let answersAfterMs = 0;
    const slow: typeof fetch = async (input, init) => {
      await new Promise<void>((resolve, reject) => {
        const timer = setTimeout(resolve, answersAfterMs);
        init?.signal?.addEventListener('abort', () => { clearTimeout(timer); reject(init.signal!.reason as Error); });
      });
      return fetch(input, init);
    };
    const [channels, elsewhere] = [open({ fetch: slow }), open()];
    const ask = async () => { const outcome = await (await channels.forAccount(operatorId, merchantAccountId)).channel.queryPayment('T00000000'); return outcome.kind === 'unknown' ? outcome.reason : outcome.kind; };
    assert.equal(await ask(), 'confirmed');
    answersAfterMs = 300;
    const hasty = { ...settings, limits: { ...settings.limits, timeoutMs: 100, breakerFailures: 2, breakerOpenMs: 50 } };
    assert.equal(codeOf(await change(operatorId, channels, { merchantAccountId, version: 1, settings: hasty, reason: 'payers wait too long' })), 'ok');
    assert.deepEqual([await ask(), await ask(), await ask()], ['timeout', 'timeout', 'circuit_open']);
    assert.equal((await elsewhere.forAccount(operatorId, merchantAccountId)).settings.limits.timeoutMs, 100, 'another process has it too');
    const patient = { ...settings, limits: { ...settings.limits, timeoutMs: 5_000, breakerOpenMs: 50 } };
    assert.equal(codeOf(await change(operatorId, channels, { merchantAccountId, version: 2, settings: patient, reason: 'the channel is slow today' })), 'ok', 'the channel is not asked about limits');
    await new Promise((resolve) => setTimeout(resolve, 60));
    assert.equal(await ask(), 'confirmed', 'one call tries after a pause, and closes the breaker');
    const [health] = channels.health();
    assert.deepEqual([health?.breaker, health?.version, health?.lastFailure], ['closed', 3, 'query: no answer in time']);
    const versions = await test.database.forOperator(operatorId).transaction((tx) => readVersions(tx, { merchantAccountId, before: null, limit: 10 }));
    assert.deepEqual(versions.map(({ version, changedBy, reason, settings: { limits } }) => [version, changedBy, reason, limits.timeoutMs]),
      [[3, 'user:2', 'the channel is slow today', 5_000], [2, 'user:2', 'payers wait too long', 100], [1, 'user:1', null, 1_000]]);
  });

  it('P-18 several merchants and apps of one operator: each counts only once the channel has accepted its numbers and keys, and each is asked about again at start', async () => {
    const { operatorId, code } = await newOperator(), channels = open();
    const [wechat, other, alipay] = [await peer.control.createMerchant({ channel: 'wechatpay', appIds: ['wx1111111111111111', 'wx2222222222222222'] }), await peer.control.createMerchant({ channel: 'wechatpay' }), await peer.control.createMerchant({ channel: 'alipay' })];
    const right = { first: await settingsOf(wechat, code, 'wx1111111111111111'), second: await settingsOf(wechat, code, 'wx2222222222222222'), alipay: await settingsOf(alipay, code) };
    const otherOwn = await settingsOf(other, code) as Extract<AccountSettings, { kind: 'wechatpay' }>;
    const ids = { first: await add(operatorId, { name: 'first app', settings: right.first }), second: await add(operatorId, { name: 'second app', settings: right.second }), alipay: await add(operatorId, { name: 'alipay', settings: right.alipay }) };
    const wrong: [string, string, AccountSettings][] = [
      [ids.first, 'refused no_permission', { ...right.first, appId: otherOwn.appId }],
      [ids.first, 'refused bad_signature', { ...right.first, privateKey: otherOwn.privateKey }],
      [ids.first, 'refused no_permission', { ...right.first, merchantId: '1999999999' }],
      [ids.first, 'refused bad_signature', { ...right.first, certificateSerial: otherOwn.certificateSerial } as AccountSettings],
      [ids.first, 'unknown connection', { ...right.first, privateKey: 'file:not-there.pem' }],
      [ids.alipay, 'refused no_permission', { ...right.alipay, appId: '2021999999999999' }],
      [ids.alipay, 'refused bad_signature', { ...right.alipay, privateKey: otherOwn.privateKey }],
      [ids.alipay, 'unknown unverifiable_answer', { ...right.alipay, publicKeys: [`file:${other.merchantId}.channel`] } as AccountSettings],
      [ids.alipay, 'merchant_account_kind_fixed', right.first],
      [ids.alipay, 'merchant_account_settings_invalid', { ...right.alipay, apiAddress: 'http://169.254.169.254' }],
    ];
    for (const [merchantAccountId, expected, settings] of wrong) assert.equal(codeOf(await change(operatorId, channels, { merchantAccountId, version: 1, settings })), expected);
    for (const which of ['first', 'second', 'alipay'] as const) assert.equal(codeOf(await change(operatorId, channels, { merchantAccountId: ids[which], version: 1, settings: right[which] })), 'ok');
    assert.equal(codeOf(await change(operatorId, channels, { merchantAccountId: ids.first, version: 1, settings: right.first })), 'ok', 'twice is once');
    assert.equal(codeOf(await change(operatorId, channels, { merchantAccountId: ids.first, version: 1, settings: right.second })), 'merchant_account_changed_meanwhile');
    assert.deepEqual((await channels.accountsOf(operatorId)).map(({ name, app, enabled, version }) => [name, app, enabled, version]),
      [['first app', 'wx1111111111111111', true, 2], ['second app', 'wx2222222222222222', true, 2], ['alipay', alipay.appIds[0], true, 2]]);

    // The program starts again, and somebody has put another key where the merchant's was.
    await writeFile(join(folder, code, `${alipay.merchantId}.pem`), other.privateKeyPem!);
    const metrics = createMetrics({ processMetrics: false }), restarted = open({ metrics });
    logged.length = 0;
    const counts = await restarted.probeAll('system');
    assert.ok(counts.refused >= 1 && counts.confirmed >= 2, JSON.stringify(counts));
    assert.ok(logged.some(({ fields, message }) => message === 'the channel refuses the settings of a merchant account' && fields.merchantAccountId === ids.alipay && fields.reason === 'bad_signature'));
    assert.match(await metrics.registry.metrics(), new RegExp(`kirchhoff_channel_account_refused\\{account="${ids.alipay}"\\} 1`));
    const seen = await test.database.forOperator(operatorId).transaction((tx) => seeMerchantAccounts(tx, restarted.health()));
    assert.deepEqual(seen.map(({ account, signs }) => [account.name, signs.probe?.outcome, signs.probe?.reason, signs.probe?.version]),
      [['first app', 'confirmed', null, 2], ['second app', 'confirmed', null, 2], ['alipay', 'refused', 'bad_signature', 2]]);
  });

  it('takes a replaced key without a stop, and keeps the old one while the new file is broken', async () => {
    const { operatorId, code } = await newOperator(), channels = open();
    const [merchant, stranger] = [await peer.control.createMerchant({ channel: 'wechatpay' }), await peer.control.createMerchant({ channel: 'wechatpay' })];
    const merchantAccountId = await add(operatorId, { name: 'A', settings: await settingsOf(merchant, code), enabled: true }), file = join(folder, code, `${merchant.merchantId}.pem`);
    const probe = async () => { const outcome = await channels.probeAccount(operatorId, merchantAccountId, 'user:1'); return outcome.kind === 'confirmed' ? outcome.kind : outcome.reason; };
    assert.equal(await probe(), 'confirmed');
    await writeFile(file, 'half a fi');
    assert.equal(await probe(), 'confirmed');
    await writeFile(file, stranger.privateKeyPem!);
    assert.equal(await probe(), 'bad_signature');
    await writeFile(file, merchant.privateKeyPem!);
    assert.equal(await probe(), 'confirmed');
  });

  it('gives no operator another one\'s keys, accounts or notify keys, and logs no key', async () => {
    const [ours, theirs] = [await newOperator(), await newOperator()], merchant = await peer.control.createMerchant({ channel: 'wechatpay' });
    const settings = await settingsOf(merchant, ours.code), channels = open(), merchantAccountId = await add(ours.operatorId, { name: 'A', settings, enabled: true });
    const stolen = await add(theirs.operatorId, { name: 'A', settings });
    assert.equal(codeOf(await change(theirs.operatorId, channels, { merchantAccountId: stolen, version: 1, settings })), 'unknown connection');
    for (const privateKey of ['file:../x', `file:../${ours.code}/${merchant.merchantId}.pem`, 'file:/etc/passwd', 'env:PATH__X', '-----BEGIN'] as const) {
      assert.equal(codeOf(await change(theirs.operatorId, channels, { merchantAccountId: stolen, version: 1, settings: { ...settings, privateKey: privateKey as 'file:x' } })), 'merchant_account_settings_invalid', privateKey);
    }
    await assert.rejects(channels.forAccount(theirs.operatorId, merchantAccountId), /no such merchant account/);
    const { notifyUrl } = await channels.forAccount(ours.operatorId, merchantAccountId), key = notifyUrl.slice(-26);
    assert.equal(notifyUrl, `https://pay.example.com/notify/${key}`);
    assert.deepEqual(await channels.resolveNotifyKey(key), { operatorId: ours.operatorId, merchantAccountId });
    assert.equal(await channels.resolveNotifyKey(key.replace(/.$/, (last) => (last === '0' ? '1' : '0'))), null);
    const everything = JSON.stringify(logged);
    for (const secret of [merchant.privateKeyPem!.slice(40, 80), merchant.apiV3Key]) assert.ok(!everything.includes(secret));
  });
});
