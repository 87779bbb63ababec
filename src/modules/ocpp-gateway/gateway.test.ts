import assert from 'node:assert/strict';
import { after, describe, it } from 'node:test';
import { silentLogger } from '../../platform/logging/logger.ts';
import { systemClock } from '../../platform/clock/index.ts';
import type { Database } from '../../platform/database/index.ts';
import { openTestDatabase } from '../../../test/support/database.ts';
import { fakeCharging, fakeLocations } from '../../../test/support/ocpp-ports.ts';
import { connectStation, HandshakeRefused, type StationOptions } from '../../../test/support/ocpp-station.ts';
import type { OperatorId } from '../../kernel/index.ts';
import { openGateway, type GatewayOptions } from './gateway.ts';

const test = await openTestDatabase();
const locations = fakeLocations(), charging = fakeCharging();
const options: GatewayOptions = { database: test.database, clock: systemClock, logger: silentLogger, charging, locations };
const gateway = await openGateway(options);
after(() => gateway.close());

const connect = (identity: string, more: Partial<StationOptions> = {}) => connectStation({ port: gateway.port, identity, ...more });
const framesOf = (operatorId: OperatorId, database: Database = test.database) => database.forOperator(operatorId).transaction((tx) =>
  tx.query<{ sequence: bigint; direction: string; action: string | null; message_id: string | null; payload: string; reply: string | null; violation: string | null; connection_generation: bigint }>(
    'select * from ocpp_gateway.frame order by sequence'));
const refusedWith = (status: number) => (error: unknown) => error instanceof HandshakeRefused && error.status === status;

describe('the handshake', () => {
  it('lets a known charge point in and speaks the protocol that it prefers', async () => {
    locations.add('CP-1');
    const station = await connect('CP-1', { protocols: ['ocpp2.1', 'ocpp2.0.1', 'ocpp1.6'] });
    assert.equal(station.socket.protocol, 'ocpp2.0.1');
    await station.close();
  });

  it('decodes the identity from the path', async () => {
    locations.add('32010601121010101602=a:b');
    const station = await connect('32010601121010101602=a:b', { path: '/ocpp/32010601121010101602%3Da%3Ab?x=1' });
    assert.equal(station.socket.protocol, 'ocpp1.6');
    await station.close();
  });

  it('answers 404 to an unknown charge point and to other paths', async () => {
    await assert.rejects(connect('NOBODY'), refusedWith(404));
    await assert.rejects(connect('CP-1', { path: '/CP-1' }), refusedWith(404));
    await assert.rejects(connect('CP-1', { path: '/ocpp/%E0%A4%A' }), refusedWith(404));
  });

  it('answers 401 to a wrong user or password, and lets the right one in', async () => {
    locations.add('CP:2', { password: 'correct horse 16' });
    await assert.rejects(connect('CP:2'), refusedWith(401));
    await assert.rejects(connect('CP:2', { password: 'wrong' }), refusedWith(401));
    await assert.rejects(connect('CP:2', { user: 'CP-1', password: 'correct horse 16' }), refusedWith(401));
    await (await connect('CP:2', { password: 'correct horse 16' })).close();
  });

  it('finishes the handshake and closes at once when no sub-protocol fits', async () => {
    const { WebSocket } = await import('ws');
    const socket = new WebSocket(`ws://127.0.0.1:${gateway.port}/ocpp/CP-1`);
    const code = await new Promise((resolve) => { socket.on('close', resolve); });
    assert.equal(code, 1002);
  });

  it('refuses more connections than its limit, and says when to come again', async () => {
    const small = await openGateway({ ...options, limits: { connectionsMax: 1 } });
    const first = await connectStation({ port: small.port, identity: 'CP-1' });
    await assert.rejects(connectStation({ port: small.port, identity: 'CP-1' }), refusedWith(503));
    await first.close();
    await small.close();
  });
});

describe('a 1.6 charge point', () => {
  it('is answered from boot to stop, and every frame is in the log before its answer', async () => {
    const { operatorId } = locations.add('CP-16');
    const station = await connect('CP-16');
    const boot = await station.call('BootNotification', { chargePointVendor: 'V', chargePointModel: 'M' });
    assert.ok(boot.ok && boot.payload.status === 'Accepted' && boot.payload.interval === 300 && typeof boot.payload.currentTime === 'string');
    assert.deepEqual(await station.call('StatusNotification', { connectorId: 1, errorCode: 'NoError', status: 'Available' }), { ok: true, payload: {} });
    assert.deepEqual(await station.call('Authorize', { idTag: 'CARD' }), { ok: true, payload: { idTagInfo: { status: 'Accepted' } } });
    const start = await station.call('StartTransaction', { connectorId: 1, idTag: 'CARD', meterStart: 1000, timestamp: '2026-11-22T10:00:00Z' });
    assert.ok(start.ok && (start.payload.idTagInfo as { status: string }).status === 'Accepted');
    const { transactionId } = start.payload;
    assert.deepEqual(await station.call('MeterValues', { connectorId: 1, transactionId, meterValue: [{ timestamp: '2026-11-22T10:05:00Z', sampledValue: [{ value: '2000' }] }] }), { ok: true, payload: {} });
    assert.deepEqual(await station.call('StopTransaction', { transactionId, meterStop: 3000, timestamp: '2026-11-22T10:10:00Z' }), { ok: true, payload: {} });
    const frames = await framesOf(operatorId);
    assert.deepEqual(frames.filter((frame) => frame.direction === 'in').map((frame) => frame.action), ['BootNotification', 'StatusNotification', 'Authorize', 'StartTransaction', 'MeterValues', 'StopTransaction']);
    assert.deepEqual(frames.map((frame) => frame.violation).filter((violation) => violation !== null), []);
    assert.equal(frames.find((frame) => frame.action === 'MeterValues')?.reply, '{}');
    await station.close();
  });

  it('gets the same number when it sends the same start again after a reconnect', async () => {
    locations.add('CP-17');
    const start = { connectorId: 1, idTag: 'CARD', meterStart: 1000, timestamp: '2026-11-22T10:00:00Z' };
    const first = await connect('CP-17');
    const one = await first.call('StartTransaction', start, 'id-1');
    first.cut();
    const second = await connect('CP-17');
    assert.deepEqual(await second.call('StartTransaction', start, 'id-1'), one);
    await second.close();
  });

  it('is told Blocked, never an error, when its token may not charge', async () => {
    locations.add('CP-18');
    charging.refuseToken('POOR');
    const station = await connect('CP-18');
    const start = await station.call('StartTransaction', { connectorId: 1, idTag: 'POOR', meterStart: 0, timestamp: '2026-11-22T10:00:00Z' });
    assert.ok(start.ok && (start.payload.idTagInfo as { status: string }).status === 'Blocked');
    await station.close();
  });
});

describe('a 2.0.1 charging station', () => {
  it('is answered from boot to the end of a transaction', async () => {
    const { operatorId } = locations.add('CS-1');
    const station = await connect('CS-1', { protocols: ['ocpp2.0.1'] });
    const event = (eventType: string, seqNo: number, more: object = {}) =>
      station.call('TransactionEvent', { eventType, timestamp: '2026-11-22T10:00:00Z', triggerReason: 'Authorized', seqNo, transactionInfo: { transactionId: 'T-1' }, ...more });
    assert.ok((await station.call('BootNotification', { reason: 'PowerUp', chargingStation: { model: 'M', vendorName: 'V' } })).ok);
    assert.deepEqual(await event('Started', 0, { evse: { id: 1 }, idToken: { idToken: 'CARD', type: 'ISO14443' } }), { ok: true, payload: { idTokenInfo: { status: 'Accepted' } } });
    assert.deepEqual(await event('Updated', 1), { ok: true, payload: {} });
    assert.deepEqual(await event('Ended', 2), { ok: true, payload: {} });
    assert.deepEqual(await station.call('NotifyEvent', { generatedAt: '2026-11-22T10:00:00Z', seqNo: 0, eventData: [] }), { ok: true, payload: {} });
    const frames = await framesOf(operatorId);
    assert.equal(frames.filter((frame) => frame.direction === 'in').length, 5);
    assert.match(frames.find((frame) => frame.action === 'NotifyEvent')?.violation ?? '', /eventData/);
    await station.close();
  });
});

describe('frames that the standard would refuse', () => {
  it('are stored, flagged and answered when they can be understood', async () => {
    const { operatorId } = locations.add('CP-20');
    const station = await connect('CP-20');
    const tries: [string, unknown][] = [
      ['StartTransaction', { connectorId: 1, idTag: 'A', meterStart: 10.5, timestamp: '2026-11-22T10:00:00' }],
      ['starttransaction', { ConnectorId: '1', IDTAG: 'A', meterstart: '0', timestamp: '2026-11-22 10:00:00+08', extra: { deep: [1] } }],
      ['StopTransaction', { transactionId: -1, meterStop: -1 }],
      ['MeterValues', {}],
    ];
    for (const [action, payload] of tries) assert.ok((await station.call(action, payload)).ok, action);
    const frames = (await framesOf(operatorId)).filter((frame) => frame.direction === 'in');
    assert.equal(frames.length, tries.length);
    for (const frame of frames) assert.ok(frame.violation, `${frame.action} is not flagged`);
    await station.close();
  });

  it('keep a number that no double can hold', async () => {
    const { operatorId } = locations.add('CP-21');
    const station = await connect('CP-21');
    station.sendRaw('[2,"big","StopTransaction",{"transactionId":9223372036854775807,"meterStop":5,"timestamp":"2026-11-22T10:00:00Z"}]');
    assert.deepEqual(await station.next(), [3, 'big', {}]);
    assert.match((await framesOf(operatorId))[0]!.payload, /9223372036854775807/);
    await station.close();
  });

  it('get an error only when nobody can know what they are', async () => {
    const { operatorId } = locations.add('CP-22');
    const station = await connect('CP-22');
    assert.deepEqual(await station.call('MakeCoffee', {}), { ok: false, code: 'NotImplemented', description: 'MakeCoffee is unknown' });
    assert.equal(((await station.call('RemoteStartTransaction', {})) as { code: string }).code, 'NotSupported');
    station.sendRaw('not json at all \u0000');
    assert.deepEqual((await station.next()).slice(0, 3), [4, '-1', 'FormationViolation']);
    station.sendRaw('[2,"x","Heartbeat","text"]');
    assert.deepEqual((await station.next()).slice(0, 3), [4, 'x', 'FormationViolation']);
    station.sendRaw('[7,"y"]');
    assert.deepEqual((await station.next()).slice(0, 3), [4, 'y', 'ProtocolError']);
    station.sendRaw('[2,12,"Heartbeat"]');
    assert.equal((await station.next())[1], 12);
    const inbound = (await framesOf(operatorId)).filter((frame) => frame.direction === 'in');
    assert.equal(inbound.length, 6);
    await station.close();
  });

  it('in 2.0.1 get the codes of its framework', async () => {
    locations.add('CS-2');
    const station = await connect('CS-2', { protocols: ['ocpp2.0.1'] });
    for (const [text, code] of [['{}', 'RpcFrameworkError'], ['[9,"a"]', 'MessageTypeNotSupported'], ['[2,"b","Heartbeat",[1]]', 'FormatViolation']] as const) {
      station.sendRaw(text);
      assert.equal((await station.next())[2], code, text);
    }
    await station.close();
  });

  it('that are larger than the limit close the connection with 1009', async () => {
    locations.add('CP-23');
    const small = await openGateway({ ...options, limits: { frameBytesMax: 1_000 } });
    const station = await connectStation({ port: small.port, identity: 'CP-23' });
    station.sendRaw(JSON.stringify([2, 'a', 'Heartbeat', { x: 'y'.repeat(2_000) }]));
    assert.equal((await station.closed).code, 1009);
    await small.close();
  });
});

describe('a charge point that does not wait for answers', () => {
  it('gets every answer, while no more than its share is worked at once', async () => {
    const { operatorId, chargePointId } = locations.add('CP-25');
    const station = await connect('CP-25');
    const link = gateway.links.get(chargePointId)!;
    let most = 0;
    const watch = setInterval(() => { most = Math.max(most, link.inFlight); }, 1);
    const answers = await Promise.all(Array.from({ length: 500 }, () => station.call('Heartbeat', { filler: 'x'.repeat(2_000) })));
    clearInterval(watch);
    assert.ok(answers.every((answer) => answer.ok));
    // What the socket has handed over already when it is paused is still worked: at most one read of 64 kB.
    assert.ok(most <= 16 + 40, `${most} in flight`);
    assert.equal((await framesOf(operatorId)).length, 500);
    await station.close();
  });
});

describe('two connections of one charge point', () => {
  it('the newer one wins, the older one is closed, and its late frames are still facts', async () => {
    const { operatorId, chargePointId } = locations.add('CP-30');
    const older = await connect('CP-30');
    await older.call('Heartbeat', {});
    const newer = await connect('CP-30');
    assert.equal((await older.closed).code, 4000);
    assert.ok((await newer.call('Heartbeat', {})).ok);
    assert.equal(gateway.links.get(chargePointId)?.identity.generation, 2n);
    const generations = (await framesOf(operatorId)).map((frame) => frame.connection_generation);
    assert.deepEqual(generations, [1n, 2n]);
    await newer.close();
  });

  it('on two nodes the newer one wins as well', async () => {
    locations.add('CP-31');
    const other = await openGateway(options);
    const older = await connect('CP-31');
    const newer = await connectStation({ port: other.port, identity: 'CP-31' });
    assert.equal((await older.closed).code, 4000);
    assert.ok((await newer.call('Heartbeat', {})).ok);
    await newer.close();
    await other.close();
  });
});

describe('an outage of the database', () => {
  it('keeps the answer back, closes the connection at the deadline, and loses nothing that was answered', async () => {
    const { operatorId } = locations.add('CP-40');
    let down = false;
    const inbox: Database['inbox'] = { ...test.database.inbox, query: (...args) => (down ? Promise.reject(new Error('connection refused')) : test.database.inbox.query(...args)) } as Database['inbox'];
    const shaky = await openGateway({ ...options, database: { ...test.database, inbox }, limits: { storeDeadlineMs: 400 } });
    const station = await connectStation({ port: shaky.port, identity: 'CP-40' });
    assert.ok((await station.call('Heartbeat', {}, 'before')).ok);
    down = true;
    await assert.rejects(station.call('MeterValues', { connectorId: 1, meterValue: [] }, 'during'), /closed \(1013\)/);
    down = false;
    const again = await connectStation({ port: shaky.port, identity: 'CP-40' });
    assert.ok((await again.call('MeterValues', { connectorId: 1, meterValue: [] }, 'during')).ok);
    assert.deepEqual((await framesOf(operatorId)).map((frame) => frame.message_id), ['before', 'during']);
    await again.close();
    await shaky.close();
  });

  it('that ends before the deadline is only seen as a slow answer', async () => {
    const { operatorId } = locations.add('CP-41');
    let failures = 3;
    const inbox: Database['inbox'] = { ...test.database.inbox, query: (...args) => (failures-- > 0 ? Promise.reject(new Error('connection refused')) : test.database.inbox.query(...args)) } as Database['inbox'];
    const shaky = await openGateway({ ...options, database: { ...test.database, inbox } });
    const station = await connectStation({ port: shaky.port, identity: 'CP-41' });
    assert.ok((await station.call('Heartbeat', {}, 'slow')).ok);
    assert.deepEqual((await framesOf(operatorId)).map((frame) => frame.message_id), ['slow']);
    await station.close();
    await shaky.close();
  });
});

describe('closing the gateway', () => {
  it('lets answers under way go out, tells stations to come again, and stores what was sent', async () => {
    const { operatorId } = locations.add('CP-50');
    const closing = await openGateway(options);
    const station = await connectStation({ port: closing.port, identity: 'CP-50' });
    const answer = station.call('Authorize', { idTag: 'CARD' }, 'last');
    await new Promise((resolve) => setTimeout(resolve, 5));
    await closing.close();
    assert.ok((await answer).ok);
    assert.equal((await station.closed).code, 1012);
    assert.deepEqual((await framesOf(operatorId)).map((frame) => [frame.direction, frame.message_id]), [['in', 'last'], ['out', 'last']]);
  });
});
