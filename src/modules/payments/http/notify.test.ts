import assert from 'node:assert/strict';
import type { AddressInfo } from 'node:net';
import { after, describe, it } from 'node:test';
import fastify from 'fastify';
import { systemClock } from '../../../platform/clock/index.ts';
import { silentLogger } from '../../../platform/logging/logger.ts';
import { openTestApi } from '../../../../test/support/api.ts';
import { openTestDatabase } from '../../../../test/support/database.ts';
import { openDesk, paymentView } from '../inbox/desk.fixture.ts';
import { INBOX_LIMITS } from '../inbox/limits.ts';
import { probeNotifyAddress, probeNotifyAddresses } from '../jobs/probe-notify-addresses.ts';
import { notifyAddresses } from '../store/notify-probes.ts';
import { registerNotifyRoute } from './notify.ts';

const test = await openTestDatabase();
const clock = systemClock;
const setUp = async () => {
  const desk = await openDesk(test, { clock });
  const { api } = await openTestApi(test);
  const listening = fastify();
  for (const server of [listening]) registerNotifyRoute(server, { inbox: desk.inbox, database: test.database, clock });
  await listening.listen({ host: '127.0.0.1', port: 0 });
  after(() => listening.close());
  const origin = `http://127.0.0.1:${(listening.server.address() as AddressInfo).port}`;
  const post = (body: Buffer | string, { key = desk.account.notifyKey, headers = {} }: { key?: string; headers?: Record<string, string> } = {}) =>
    listening.inject({ method: 'POST', url: `/notify/${key}`, payload: body, headers: { 'content-type': 'application/json', ...headers } });
  // The directory knows whose key it is, as it does once an account has been added.
  await desk.odb.transaction((tx) => tx.query('select payments.register_notify_key($1, $2)', [desk.account.notifyKey, desk.account.merchantAccountId]));
  const account = { operatorId: desk.operatorId, merchantAccountId: desk.account.merchantAccountId, notifyUrl: `${origin}/notify/${desk.account.notifyKey}` };
  return { desk, api, post, origin, account };
};

describe('POST /notify/{notifyKey}', () => {
  it('P-12 answers in the channel\'s words, over the bytes as they came, without a log-in', async () => {
    const { desk, post } = await setUp();
    const offered = await desk.offer();
    const raw = desk.channel.notification(paymentView(offered.outTradeNo, desk.channel.pay(offered.outTradeNo)));
    for (const type of ['application/json', 'application/x-www-form-urlencoded; charset=utf-8', 'text/plain']) {
      const answer = await post(raw.body, { headers: { 'content-type': type } });
      assert.deepEqual([answer.statusCode, answer.body, answer.headers['content-type']], [200, 'success', 'text/plain']);
    }
    assert.equal((await post('{"not":"ours"}')).body, 'failure');
    await desk.applier().drain();
    assert.equal(await desk.balance(), 1_000n);
  });

  it('P-12 knows nothing at an unknown key, takes no body beyond its limit, and needs no body to refuse', async () => {
    const { post, desk } = await setUp();
    assert.equal((await post('{}', { key: '0'.repeat(26) })).statusCode >= 400, true);
    assert.equal((await post('{}', { key: 'x' })).statusCode >= 400, true);
    assert.equal((await post(Buffer.alloc(INBOX_LIMITS.bodyBytesMax + 1))).statusCode, 413);
    assert.equal((await post('')).statusCode, 500);
    assert.equal((await desk.rows('select 1 from payments.notification')).length, 1);
  });
});

describe('the notify address', () => {
  const probe = { database: test.database, clock };
  const seen = async ({ desk }: Pick<Awaited<ReturnType<typeof setUp>>, 'desk'>) => (await desk.odb.transaction((tx) => notifyAddresses(tx)))[0]!;

  it('P-15 is probed end to end, and shown with when the last notification arrived', async () => {
    const { desk, account } = await setUp();
    assert.deepEqual([(await seen({ desk })).lastVerifiedAt, (await seen({ desk })).probe], [null, null]);
    assert.equal((await probeNotifyAddress(probe, account)).outcome, 'arrived');
    const offered = await desk.offer();
    await desk.payAndNotify(offered);
    const address = await seen({ desk });
    assert.deepEqual([address.probe!.outcome, address.probe!.httpStatus, address.probe!.address], ['arrived', 204, account.notifyUrl]);
    assert.ok(address.lastVerifiedAt !== null && Math.abs(clock.now() - address.lastVerifiedAt) < 60_000);
    assert.equal((await desk.rows('select 1 from payments.notification')).length, 1, 'a probe is no notification');
  });

  it('P-15 that leads to another server is found out, though that server answers, and even if it is one of ours on another database', async () => {
    const { desk, account } = await setUp();
    const wrong = fastify();
    wrong.post('/*', (_request, reply) => reply.code(204).send());
    await wrong.listen({ host: '127.0.0.1', port: 0 });
    after(() => wrong.close());
    const elsewhere = { ...account, notifyUrl: `http://127.0.0.1:${(wrong.server.address() as AddressInfo).port}/notify/${desk.account.notifyKey}` };
    assert.deepEqual((({ outcome, httpStatus }) => ({ outcome, httpStatus }))(await probeNotifyAddress(probe, elsewhere)), { outcome: 'elsewhere', httpStatus: 204 });
    const nobody = await probeNotifyAddress(probe, { ...account, notifyUrl: 'http://127.0.0.1:9/notify/x' });
    assert.equal(nobody.outcome, 'unreachable');
    assert.equal((await seen({ desk })).probe!.outcome, 'unreachable');
  });

  it('P-15 the daily job probes every account, and waits for a server that is only starting', async () => {
    const { desk, account } = await setUp();
    let tries = 0;
    const starting: typeof fetch = (...of) => (++tries < 3 ? Promise.reject(new TypeError('fetch failed')) : fetch(...of));
    const channels = { accountsOf: () => Promise.resolve([{ ...account, enabled: true }, { ...account, enabled: false }]) } as never;
    const probed = await probeNotifyAddresses({ ...probe, fetch: starting, channels, logger: silentLogger, unreachablePausesMs: [1, 1, 1] }, desk.operatorId);
    assert.deepEqual([probed.map(({ outcome }) => outcome), tries], [['arrived'], 3]);
    assert.equal((await seen({ desk })).probe!.outcome, 'arrived');
  });

  it('P-15 a probe that nobody sent is not believed', async () => {
    const { post } = await setUp();
    assert.equal((await post('probe', { headers: { 'kirchhoff-notify-probe': '00000000-0000-7000-8000-000000000000' } })).statusCode, 404);
    assert.equal((await post('probe', { headers: { 'kirchhoff-notify-probe': 'x' } })).statusCode, 404);
  });
});

describe('recovery and losses over HTTP', () => {
  it('P-02 a clerk asks for a run, watches its progress, pauses and resumes it', async () => {
    const { operator } = await openTestApi(test);
    const clerk = await (await operator()).user('clerk');
    const asked = await clerk.post('/payment-recovery-runs', { from: '2026-11-20T00:00:00.000Z', to: '2026-11-22T00:00:00.000Z', reason: 'complaints' });
    assert.equal(asked.statusCode, 202, asked.body);
    const run = asked.json<{ runId: string; state: string; candidates: number; requestedBy: string }>();
    assert.deepEqual([run.state, run.candidates], ['running', 0]);
    assert.match(run.requestedBy, /^User/);
    assert.equal((await clerk.post(`/payment-recovery-runs/${run.runId}/pause`)).json<{ state: string }>().state, 'paused');
    assert.equal((await clerk.post(`/payment-recovery-runs/${run.runId}/resume`)).json<{ state: string }>().state, 'running');
    assert.equal((await clerk.get(`/payment-recovery-runs/${run.runId}`)).json<{ asked: number }>().asked, 0);
    assert.equal((await clerk.get('/payment-recovery-runs')).json<{ items: unknown[] }>().items.length, 1);
    assert.equal((await clerk.post('/payment-recovery-runs', { from: '2026-11-22T00:00:00.000Z', to: '2026-11-20T00:00:00.000Z' })).json<{ code: string }>().code, 'recovery_span_invalid');
    const viewer = await (await operator()).user('viewer');
    assert.equal((await viewer.get('/payment-recovery-runs')).statusCode, 403);
  });

  it('P-19 the daily loss report is a page away', async () => {
    const { operator } = await openTestApi(test);
    const accountant = await (await operator()).user('accountant');
    const report = await accountant.get('/payment-losses?from=2026-11-20&to=2026-11-22');
    assert.equal(report.statusCode, 200, report.body);
    const { items } = report.json<{ items: { date: string; paid: { count: number; amount: { amountMinor: string; currency: string } }; lostPerThousand: number | null }[] }>();
    assert.deepEqual(items.map(({ date }) => date), ['2026-11-20', '2026-11-21', '2026-11-22']);
    assert.deepEqual([items[0]!.paid, items[0]!.lostPerThousand], [{ count: 0, amount: { amountMinor: '0', currency: 'CNY' } }, null]);
    assert.equal((await accountant.get('/payment-losses?from=2026-11-22&to=2026-11-20')).statusCode, 422);
    assert.equal((await accountant.get('/payment-notifications?show=refused')).statusCode, 200);
    assert.equal((await accountant.get('/notify-addresses')).statusCode, 200);
  });
});

