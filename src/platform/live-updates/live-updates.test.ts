import assert from 'node:assert/strict';
import { once } from 'node:events';
import { request, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, describe, it } from 'node:test';
import { ok, type OperatorId } from '../../kernel/index.ts';
import { openTestApi } from '../../../test/support/api.ts';
import { newOperatorId, openTestDatabase, TEST_MASTER_KEY } from '../../../test/support/database.ts';
import { newUuid, systemClock } from '../clock/index.ts';
import { connectDatabase, roleUrls } from '../database/index.ts';
import { createApi } from '../http/index.ts';
import { silentLogger } from '../logging/logger.ts';
import { announce, startLiveUpdates, type LiveTopic, type LiveUpdates } from './index.ts';
import { registerEventRoutes } from './routes.ts';

const test = await openTestDatabase();
const elsewhere = connectDatabase(roleUrls(test.adminUrl, TEST_MASTER_KEY), { poolSizeMax: 4 });
const [here, there] = [await startLiveUpdates({ database: test.database, logger: silentLogger }), await startLiveUpdates({ database: elsewhere, logger: silentLogger })];

const DEADLINE_MS = 10_000;
const next = (live: LiveUpdates, operatorId: OperatorId): Promise<LiveTopic> => new Promise((resolve, reject) => {
  const timer = setTimeout(() => reject(new Error('nothing was heard')), DEADLINE_MS);
  const stop = live.subscribe(operatorId, (topic) => { clearTimeout(timer); stop(); resolve(topic); });
});
const within = <T>(promise: Promise<T>, or: string): Promise<T> => {
  const late = Promise.withResolvers<T>(), timer = setTimeout(() => late.reject(new Error(or)), DEADLINE_MS);
  return Promise.race([promise, late.promise]).finally(() => clearTimeout(timer));
};
const change = (operatorId: OperatorId, topic: LiveTopic) => test.database.forOperator(operatorId).transaction(async (tx) => announce(tx, topic));

describe('live updates', () => {
  // Before the database is closed, which waits for the connection that listens.
  after(async () => {
    await Promise.all([here.close(), there.close()]);
    await elsewhere.close();
  });

  describe('the hub', () => {
  it('reach every process that listens for the operator', async () => {
    const operatorId = newOperatorId();
    const heard = Promise.all([next(here, operatorId), next(there, operatorId)]);
    await change(operatorId, 'charging.sessions');
    assert.deepEqual(await heard, ['charging.sessions', 'charging.sessions']);
  });

  it('tell nothing of another operator, nor of what rolled back', async () => {
    const [mine, other] = [newOperatorId(), newOperatorId()];
    const topics: LiveTopic[] = [];
    const stop = here.subscribe(mine, (topic) => topics.push(topic));
    await change(other, 'wallets.balances');
    await assert.rejects(test.database.forOperator(mine).transaction(async (tx) => { announce(tx, 'wallets.balances'); throw new Error('no'); }));
    const last = next(here, mine);
    await change(mine, 'members');
    await last;
    stop();
    assert.deepEqual([...new Set(topics)], ['members']);
  });

  it('send what changed a thousand times in a moment as few times as the rhythm allows', async () => {
    const operatorId = newOperatorId();
    let count = 0;
    const stop = there.subscribe(operatorId, (topic) => { if (topic === 'charging.bills') count++; });
    await test.database.forOperator(operatorId).transaction(async (tx) => { for (let i = 0; i < 1_000; i++) announce(tx, 'charging.bills'); });
    const last = next(there, operatorId);
    await last;
    stop();
    assert.ok(count >= 1 && count <= 2, `at most once from each of the two senders of this process, not ${count} times`);
  });
});

  describe('the stream of events', async () => {
  const { api, operator } = await openTestApi(test, { live: here });
  await api.server.listen({ host: '127.0.0.1', port: 0 });
  const { port } = api.server.server.address() as AddressInfo;
  const open = async (headers: Record<string, string>): Promise<IncomingMessage> => {
    const [response] = await once(request({ port, host: '127.0.0.1', path: '/api/v1/events', headers }).end(), 'response') as [IncomingMessage];
    return response;
  };

  it('tells a logged-in console what changed, and that it may have missed something before', async () => {
    const volt = await operator();
    const owner = await volt.user();
    const response = await open(owner.headers);
    assert.equal(response.statusCode, 200);
    assert.match(response.headers['content-type']!, /^text\/event-stream/);
    let text = '';
    const heard = (wanted: string) => new Promise<void>((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error(`not heard: ${wanted} in ${text}`)), DEADLINE_MS);
      const look = (): void => { if (text.includes(wanted)) { clearTimeout(timer); resolve(); } };
      response.on('data', (chunk: Buffer) => { text += String(chunk); look(); });
      look();
    });
    await heard('data: {"type":"live.opened"}');
    const told = heard('data: {"type":"members"}');
    await owner.post('/members', { displayName: 'Wang' });
    await told;
    response.destroy();
  });

  it('leaves nothing behind when the console goes while its log-in is looked up', async () => {
    const [asked, answer, gone] = [Promise.withResolvers<void>(), Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    let streams = 0;
    const slow = await createApi({ database: test.database, clock: systemClock, logger: silentLogger, authenticate: async () => {
      asked.resolve();
      await answer.promise;
      return ok({ kind: 'user', id: newUuid(), operatorId: newOperatorId(), sessionId: newUuid(), grants: [] });
    } });
    registerEventRoutes(slow, { close: () => Promise.resolve(), subscribe: () => { streams++; return () => { streams--; gone.resolve(); }; } });
    await slow.server.listen({ host: '127.0.0.1', port: 0 });
    const left = new Promise((closed) => slow.server.server.once('connection', (socket) => socket.once('close', closed)));
    const asking = request({ port: (slow.server.server.address() as AddressInfo).port, host: '127.0.0.1', path: '/api/v1/events', headers: { cookie: 'kirchhoff_session=x' } }).on('error', () => undefined).end();
    await asked.promise;
    asking.destroy();
    await left;
    answer.resolve();
    await within(gone.promise, 'the stream is still open');
    assert.equal(streams, 0);
    await slow.server.close();
  });

  it('is closed to strangers', async () => {
    const response = await open({});
    assert.equal(response.statusCode, 401);
    response.resume();
  });
});
});
