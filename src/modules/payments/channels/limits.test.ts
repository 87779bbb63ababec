import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { generateKeyPairSync } from 'node:crypto';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { instant, type Clock } from '../../../kernel/index.ts';
import { createBreaker } from './breaker.ts';
import { createCaller } from './caller.ts';
import { isKeyReference, KeyFault, openKeyRing } from './keys.ts';
import { createLimiter } from './limiter.ts';
import { checkSettings, DEFAULT_LIMITS, identityOf, type AccountSettings, type CallLimits } from './settings.ts';

const clock: Clock = { now: () => instant(0) };
const limitsOf = (over: Partial<CallLimits>): CallLimits => ({ ...DEFAULT_LIMITS, ...over });

describe('the breaker of an account', () => {
  it('opens after so many failures in a row, lets one call try after a pause, and closes or opens by its fate', () => {
    let now = 0;
    const limits = limitsOf({ breakerFailures: 3, breakerOpenMs: 100 }), changes: string[] = [];
    const breaker = createBreaker({ limits: () => limits, monotonicMs: () => now, changed: (to) => changes.push(to) });
    const call = (fate: 'answered' | 'failed' | 'not_sent'): boolean => { const settle = breaker.admit(); settle?.(fate); return settle !== null; };
    for (const fate of ['failed', 'failed', 'answered', 'failed', 'failed'] as const) assert.ok(call(fate));
    assert.equal(breaker.state(), 'closed', 'an answer between them makes them not in a row');
    call('failed');
    assert.deepEqual([breaker.state(), call('answered')], ['open', false]);
    now = 100;
    const probe = breaker.admit();
    assert.deepEqual([breaker.state(), breaker.admit()], ['half_open', null], 'one tries, the others wait');
    probe!('failed');
    assert.deepEqual([breaker.state(), call('answered')], ['open', false]);
    now = 200;
    assert.ok(call('not_sent'), 'a try that was not made decides nothing');
    assert.ok(call('answered'));
    assert.deepEqual([breaker.state(), changes], ['closed', ['open', 'half_open', 'open', 'half_open', 'half_open', 'closed']]);
  });
});

describe('the limiter of an account', () => {
  it('lets so many through at once, the next in the order in which they came, and gives up on whoever waits too long', async () => {
    let now = 0, limits = limitsOf({ concurrencyMax: 2, waitMsMax: 1_000, callsPerSecondMax: 1_000, burstMax: 100 });
    const limiter = createLimiter({ limits: () => limits, monotonicMs: () => now });
    const [first, second] = [await limiter.acquire(), await limiter.acquire()], order: number[] = [];
    const waiting = [3, 4, 5].map((number) => limiter.acquire().then((leave) => { if (leave) order.push(number); return leave; }));
    assert.deepEqual([limiter.inFlight(), limiter.waiting()], [2, 3]);
    first!();
    first!();
    await waiting[0];
    assert.deepEqual([order, limiter.inFlight()], [[3], 2], 'a place is given back once');
    limits = { ...limits, concurrencyMax: 3 };
    limiter.changed();
    await waiting[1];
    assert.deepEqual(order, [3, 4], 'a change counts for whoever waits');
    now = 1_001;
    limiter.changed();
    assert.equal(await waiting[2], null);
    second!();
    limiter.close();
  });
  it('lets no more through than the rate allows, after a burst', async () => {
    let now = 0;
    const limits = limitsOf({ concurrencyMax: 100, waitMsMax: 0, callsPerSecondMax: 10, burstMax: 5 });
    const limiter = createLimiter({ limits: () => limits, monotonicMs: () => now });
    let through = 0;
    for (let ms = 0; ms < 3_000; ms += 10) {
      now = ms;
      void limiter.acquire().then((leave) => { if (leave) { through++; leave(); } });
      now = ms + 2;
      limiter.changed();
      await Promise.resolve();
    }
    limiter.close();
    assert.ok(through >= 33 && through <= 35, `5 at once and 10 a second for 3 s: ${through}`);
  });
  it('says that nothing was sent when the turn does not come', async () => {
    let sent = 0;
    const send = (async () => { sent++; return await new Promise<Response>(() => undefined); }) as typeof fetch;
    const caller = createCaller({ limits: limitsOf({ concurrencyMax: 1, waitMsMax: 5, timeoutMs: 60_000 }), clock, monotonicMs: () => performance.now(), fetch: send, observer: () => undefined });
    const request = { act: 'query', method: 'GET', url: 'https://example.com', headers: {}, body: null } as const;
    void caller.transport.send(request);
    const second = await caller.transport.send(request);
    assert.deepEqual([second.kind === 'none' && second.reason, sent, caller.health().breaker], ['channel_busy', 1, 'closed']);
    caller.close();
  });
});

describe('keys of accounts', () => {
  it('are read as PEM or bare base64, from a file or a variable of the operator, and a fault tells where and never what', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'kirchhoff-keys-')), pem = generateKeyPairSync('rsa', { modulusLength: 2048, publicKeyEncoding: { type: 'spki', format: 'pem' }, privateKeyEncoding: { type: 'pkcs8', format: 'pem' } });
    const bare = (text: string): string => text.split('\n').filter((line) => !line.startsWith('-----')).join('');
    await mkdir(join(folder, 'volt-1'));
    await writeFile(join(folder, 'volt-1', 'a.pem'), pem.privateKey);
    await writeFile(join(folder, 'volt-1', 'short'), 'top secret text');
    const keys = openKeyRing({ folder, operatorCode: 'volt-1', environment: { KIRCHHOFF_CHANNEL_KEY__VOLT_1__A: bare(pem.privateKey), KIRCHHOFF_CHANNEL_KEY__VOLT_1__PUBLIC: bare(pem.publicKey) } });
    assert.equal((await keys.get('file:a.pem', 'private')).type, 'private');
    assert.ok((await keys.get('env:A', 'private')).equals(await keys.get('file:a.pem', 'private')));
    assert.equal((await keys.get('env:PUBLIC', 'public')).type, 'public');
    for (const [reference, kind] of [['file:short', 'private'], ['file:short', 'symmetric'], ['file:none', 'private'], ['env:NONE', 'public'], ['file:a.pem', 'symmetric']] as const) {
      await assert.rejects(keys.get(reference, kind), (fault) => fault instanceof KeyFault && fault.message.includes(reference) && !/secret text|MII/.test(JSON.stringify([fault.message, fault.stack, fault.cause])));
    }
    assert.deepEqual([(await keys.reload()).changed, (await keys.reload()).faults.length], [false, 0]);
    await writeFile(join(folder, 'volt-1', 'a.pem'), generateKeyPairSync('rsa', { modulusLength: 2048, publicKeyEncoding: { type: 'spki', format: 'pem' }, privateKeyEncoding: { type: 'pkcs8', format: 'pem' } }).privateKey);
    assert.equal((await keys.reload()).changed, true);
    await rm(folder, { recursive: true });
  });
  it('are named within the operator\'s own place only', () => {
    for (const reference of ['file:a.pem', 'env:A_B2']) assert.ok(isKeyReference(reference), reference);
    for (const reference of ['file:', 'file:../a', 'file:.hidden', 'file:a/b', 'env:a', 'env:A__B', 'env:', 'a', '', `file:${'a'.repeat(200)}`]) assert.ok(!isKeyReference(reference), reference);
  });
});

describe('settings of accounts', () => {
  const good: AccountSettings = { kind: 'alipay', merchantId: '2088000000000001', appId: '2021000000000001', privateKey: 'env:A', publicKeys: ['env:B'], apiAddress: 'https://openapi.alipay.com/gateway.do', notifyOrigin: null, limits: DEFAULT_LIMITS };
  const simulated = { ...good, apiAddress: 'http://127.0.0.1:9000/gateway.do' };
  const fieldOf = (settings: AccountSettings, environment: 'L' | 'T' | 'D' = 'L', allowedOrigins: string[] = []): string | null => { const checked = checkSettings(settings, { environment, allowedOrigins }); return checked.ok ? null : checked.error.field; };
  it('keep environments apart: live calls the channel itself, the demo never does, and other addresses need leave', () => {
    const allowed = ['http://127.0.0.1:9000'];
    assert.deepEqual([fieldOf(good), fieldOf(good, 'T'), fieldOf(good, 'D')], [null, null, 'apiAddress']);
    assert.deepEqual([fieldOf(simulated, 'L', allowed), fieldOf(simulated, 'T', allowed), fieldOf(simulated, 'D', allowed), fieldOf(simulated, 'D')], ['apiAddress', null, null, 'apiAddress']);
    assert.deepEqual([fieldOf({ ...good, notifyOrigin: 'https://pay.example.com' }), fieldOf({ ...good, notifyOrigin: 'http://pay.example.com' }), fieldOf({ ...good, notifyOrigin: 'https://pay.example.com/' })], [null, 'notifyOrigin', 'notifyOrigin']);
  });
  it('refuse limits out of their ranges, numbers that cannot be, and a key in place of its name', () => {
    assert.equal(fieldOf({ ...good, limits: { ...DEFAULT_LIMITS, timeoutMs: 0 } }), 'limits.timeoutMs');
    assert.equal(fieldOf({ ...good, limits: { ...DEFAULT_LIMITS, callsPerSecondMax: 1.5 } }), 'limits.callsPerSecondMax');
    assert.deepEqual([fieldOf({ ...good, appId: 'wx1' }), fieldOf({ ...good, merchantId: '1' }), fieldOf({ ...good, publicKeys: [] }), fieldOf({ ...good, privateKey: 'MIIEvQ' as 'env:A' })], ['appId', 'merchantId', 'publicKeys', 'keys']);
  });
  it('are the same to the channel whatever the limits, and others with another app', () => {
    assert.equal(identityOf(good), identityOf({ ...good, limits: { ...DEFAULT_LIMITS, timeoutMs: 5_000 }, notifyOrigin: 'https://x.example' }));
    assert.notEqual(identityOf(good), identityOf({ ...good, appId: '2021000000000002' }));
  });
});
