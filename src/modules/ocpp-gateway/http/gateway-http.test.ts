import assert from 'node:assert/strict';
import { after, describe, it } from 'node:test';
import { newOperatorId, openTestDatabase } from '../../../../test/support/database.ts';
import { connectStation } from '../../../../test/support/ocpp-station.ts';
import { addMs, decodeId, encodeId, ok, refuse } from '../../../kernel/index.ts';
import { newUuid, systemClock } from '../../../platform/clock/index.ts';
import { createApi, type Permission, type Principal } from '../../../platform/http/index.ts';
import { silentLogger } from '../../../platform/logging/logger.ts';
import { bindStation, createChargePoint, createStation, loadChargePoint } from '../../locations/index.ts';
import { registerGatewayRoutes, startGateway } from '../index.ts';
import { createOperator, createSubOperator } from '../../parties/index.ts';

const test = await openTestDatabase();
const created = await createOperator(test.database, { name: 'Operator', currency: 'CNY', timeZone: 'Asia/Shanghai', code: `op${newOperatorId().slice(-8)}` });
assert.ok(created.ok);
const operatorId = created.value;
const odb = test.database.forOperator(operatorId);
const principal: Principal = { kind: 'api_client', id: newUuid(), operatorId, sessionId: null, grants: [{ permissions: new Set<Permission>(['locations:read', 'charging:read', 'charge_points:command']), subOperatorId: null }] };
/** `key` is the whole operator's; a sub-operator's id is a key limited to it. */
const UUID = /^[0-9a-f-]{36}$/;
const api = await createApi({ database: test.database, clock: systemClock, logger: silentLogger, authenticate: async ({ secret }) => (secret === 'key' ? ok(principal) : UUID.test(secret) ? ok({ ...principal, grants: [{ ...principal.grants[0]!, subOperatorId: secret }] }) : refuse({ code: 'not_authenticated' as const })) });
registerGatewayRoutes(api);
await api.server.ready();
const gateway = await startGateway({ database: test.database, clock: systemClock, logger: silentLogger });
after(() => gateway.close());

const headers = { authorization: 'Bearer key' };
const get = async (url: string, key = 'key') => { const answer = await api.server.inject({ method: 'GET', url: `/api/v1${url}`, headers: { authorization: `Bearer ${key}` } }); return { status: answer.statusCode, body: answer.json() }; };
const post = async (url: string, payload: object, key = newUuid()) => { const answer = await api.server.inject({ method: 'POST', url: `/api/v1${url}`, headers: { ...headers, 'idempotency-key': key }, payload }); return { status: answer.statusCode, body: answer.json() }; };
const addPoint = (identity: string) => odb.transaction(async (tx) => {
  const stationId = await createStation(tx, { name: `Station ${identity}`, timeZone: 'Asia/Shanghai' });
  return createChargePoint(tx, { stationId, identity, passwordHash: null, maxPowerW: 60_000n, connectors: [{ evseNumber: 1, maxPowerW: 60_000n }] });
});

describe('charge points over HTTP', () => {
  it('are told to start, once for each key, and the list shows what became of it', async () => {
    const id = encodeId('cp', await addPoint('HTTP-1'));
    const station = await connectStation({ port: gateway.port, identity: 'HTTP-1' });
    const heard = new Promise<unknown>((resolve) => { station.onCall((action) => { resolve(action); return { status: 'Accepted' }; }); });
    const key = newUuid();
    const command = { kind: 'remote_start', evseNumber: 1, idToken: 'CARD' };
    const first = await post(`/charge-points/${id}/commands`, command, key);
    assert.equal(first.status, 202);
    assert.deepEqual((await post(`/charge-points/${id}/commands`, command, key)).body, first.body);
    assert.equal(await heard, 'RemoteStartTransaction');
    let items: { state: string; requestedBy: string }[] = [];
    for (let i = 0; i < 200 && items[0]?.state !== 'accepted'; i++) items = (await get(`/charge-points/${id}/commands`)).body.items;
    assert.deepEqual(items.map((item) => [item.state, item.requestedBy]), [['accepted', `api_client:${principal.id}`]]);
    await station.close();
  });

  it('C-15 a session that a clerk started from afar says who it was, from where', async () => {
    const id = encodeId('cp', await addPoint('HTTP-4'));
    const station = await connectStation({ port: gateway.port, identity: 'HTTP-4' });
    const started = new Promise<void>((resolve, reject) => {
      station.onCall((_action, payload) => {
        setTimeout(() => { station.call('StartTransaction', { connectorId: 1, idTag: payload.idTag, meterStart: 0, timestamp: new Date().toISOString() }).then(() => { resolve(); }, reject); }, 0);
        return { status: 'Accepted' };
      });
    });
    await post(`/charge-points/${id}/commands`, { kind: 'remote_start', evseNumber: 1, idToken: 'CLERKS-CARD' });
    await started;
    const sessions = await odb.transaction((tx) => tx.query<{ start_mode: string; start_actor: string; start_ip: string }>(`select start_mode, start_actor, start_ip from charging.session where charge_point_id = $1`, [decodeId('cp', id)]));
    assert.deepEqual(sessions.map((session) => [session.start_mode, session.start_actor, session.start_ip]), [['remote_by_clerk', `api_client:${principal.id}`, '127.0.0.1']]);
    await station.close();
  });

  it('show their frames, newest first, page by page', async () => {
    const id = encodeId('cp', await addPoint('HTTP-2'));
    const station = await connectStation({ port: gateway.port, identity: 'HTTP-2' });
    for (let i = 0; i < 3; i++) await station.call('Heartbeat', {}, `h${i}`);
    const page = (await get(`/charge-points/${id}/frames?limit=2`)).body;
    assert.deepEqual(page.items.map((item: { messageId: string }) => item.messageId), ['h2', 'h1']);
    const rest = (await get(`/charge-points/${id}/frames?limit=2&cursor=${page.nextCursor}`)).body;
    assert.deepEqual([rest.items.map((item: { messageId: string }) => item.messageId), rest.nextCursor], [['h0'], null]);
    const connections = (await get(`/charge-point-connections?chargePointId=${id}`)).body.items;
    assert.deepEqual(connections.map((item: { connected: boolean; protocol: string; generation: string }) => [item.connected, item.protocol, item.generation]), [[true, 'ocpp1.6', '1']]);
    await station.close();
  });

  it('of others do not exist, and a command that lacks something says what', async () => {
    const id = encodeId('cp', await addPoint('HTTP-3'));
    assert.equal((await get(`/charge-points/${encodeId('cp', newUuid())}/frames`)).body.code, 'charge_point_not_found');
    const refused = await post(`/charge-points/${id}/commands`, { kind: 'remote_stop' });
    assert.deepEqual([refused.status, refused.body.code, refused.body.detail], [422, 'command_incomplete', 'remote_stop needs transactionRef']);
    assert.equal((await post(`/charge-points/${id}/commands`, { kind: 'explode' })).status, 400);
  });

  it('show a sub-operator what was said while it ran the station, and nothing of others', async () => {
    const [mine, foreign] = [await addPoint('HTTP-5'), await addPoint('HTTP-6')];
    for (const identity of ['HTTP-5', 'HTTP-6']) {
      const station = await connectStation({ port: gateway.port, identity });
      await station.call('Heartbeat', {}, 'beat');
      await station.close();
    }
    const bound = async (chargePointId: typeof mine, sinceMs: number) => odb.transaction(async (tx) => {
      const sub = await createSubOperator(tx, { name: newUuid() });
      assert.ok(sub.ok);
      const { stationId } = (await loadChargePoint(tx, chargePointId))!;
      assert.ok((await bindStation(tx, { stationId, subOperatorId: sub.value, validFrom: addMs(systemClock.now(), sinceMs) })).ok);
      return sub.value;
    });
    const id = encodeId('cp', mine);
    const key = await bound(mine, -3_600_000);
    const beats = (await get(`/charge-points/${id}/frames`, key)).body.items;
    assert.deepEqual(beats.map((item: { messageId: string }) => item.messageId), ['beat']);
    const { items: [foreignBeat] } = (await get(`/charge-points/${encodeId('cp', foreign)}/frames`)).body;
    assert.deepEqual((await get(`/ocpp-frames?sequences=${beats[0].sequence},${foreignBeat.sequence}`, key)).body.items.map((item: { sequence: string }) => item.sequence), [beats[0].sequence]);
    assert.deepEqual((await get('/charge-point-connections', key)).body.items.map((item: { chargePointId: string }) => item.chargePointId), [id]);
    for (const what of ['frames', 'commands']) assert.equal((await get(`/charge-points/${encodeId('cp', foreign)}/${what}`, key)).status, 404);
    const newcomer = await bound(foreign, -1);
    assert.deepEqual((await get(`/charge-points/${encodeId('cp', foreign)}/frames`, newcomer)).body.items, [], 'what was said before is not theirs');
  });
});
