import assert from 'node:assert/strict';
import { after, describe, it } from 'node:test';
import { openTestDatabase } from '../../../test/support/database.ts';
import { connectStation, type TestStation } from '../../../test/support/ocpp-station.ts';
import { toIso, type ChargePointId } from '../../kernel/index.ts';
import { silentLogger } from '../../platform/logging/logger.ts';
import { defaultPolicy, sessionOutcomes, sweepSilentSessions, type SessionOutcome } from '../charging/index.ts';
import { addMember, addPoint, at, createWorld } from '../charging/world.fixture.ts';
import { loadChargePoint } from '../locations/index.ts';
import { rewindApplier, startApplier, startGateway } from './index.ts';

const test = await openTestDatabase();

/** Wire, frame log, applier, charging, wallets and ledger together; one member with money, stations on demand. */
async function liveWorld() {
  const world = await createWorld(test.database);
  const { token } = await addMember(world, 1_000);
  const ports = { database: test.database, clock: world.clock, logger: silentLogger };
  const applier = startApplier({ ...ports, only: (id) => id === world.operatorId });
  const gateway = await startGateway({ ...ports, onFrames: applier.wake });
  after(async () => { await gateway.close(); await applier.close(); });
  const connect = async (protocol: 'ocpp1.6' | 'ocpp2.0.1', chargePointId?: ChargePointId): Promise<TestStation & { chargePointId: ChargePointId }> => {
    const id = chargePointId ?? (await addPoint(world)).chargePointId;
    const point = await world.odb.transaction((tx) => loadChargePoint(tx, id));
    const station = await connectStation({ port: gateway.port, identity: point!.identity, protocols: [protocol] });
    return Object.assign(station, { chargePointId: id });
  };
  const settled = async (): Promise<SessionOutcome[]> => {
    await applier.drain();
    return world.odb.transaction((tx) => sessionOutcomes(tx));
  };
  return { world, token, connect, settled, applier, gateway };
}

const time = (minutes: number): string => toIso(at(minutes));
const wh = (value: number, minutes: number, context = 'Sample.Periodic') => [{ timestamp: time(minutes), sampledValue: [{ value, context, measurand: 'Energy.Active.Import.Register' }] }];
const wh16 = (value: number, minutes: number) => [{ timestamp: time(minutes), sampledValue: [{ value: String(value) }] }];
type Event = { type: 'Started' | 'Updated' | 'Ended'; seqNo: number; wh: number; minutes: number; offline?: boolean };

/** 2.0.1 events of one transaction, in the order given. */
async function say(station: TestStation, token: string, transactionId: string, events: readonly Event[]): Promise<void> {
  for (const event of events) {
    const answer = await station.call('TransactionEvent', {
      eventType: event.type, timestamp: time(event.minutes), triggerReason: event.type === 'Started' ? 'Authorized' : 'MeterValuePeriodic', seqNo: event.seqNo,
      ...(event.offline ? { offline: true } : {}), transactionInfo: { transactionId, ...(event.type === 'Ended' ? { stoppedReason: 'EVDisconnected' } : {}) }, evse: { id: 1, connectorId: 1 },
      ...(event.type === 'Started' ? { idToken: { idToken: token, type: 'ISO14443' } } : {}),
      meterValue: wh(event.wh, event.minutes, event.type === 'Started' ? 'Transaction.Begin' : event.type === 'Ended' ? 'Transaction.End' : 'Sample.Periodic'),
    });
    assert.ok(answer.ok, `${event.type} was answered with an error`);
  }
}
const started = (value: number, more: Partial<Event> = {}): Event => ({ type: 'Started', seqNo: 0, wh: value, minutes: 0, ...more });
const updated = (value: number, more: Partial<Event> = {}): Event => ({ type: 'Updated', seqNo: 1, wh: value, minutes: 15, ...more });
const ended = (value: number, more: Partial<Event> = {}): Event => ({ type: 'Ended', seqNo: 2, wh: value, minutes: 30, ...more });
const bill = ({ state, billState, billedWh, proposedWh, flagCauses }: SessionOutcome) => ({ state, billState, billedWh, proposedWh, flags: [...flagCauses] });
const settledAt = (billedWh: bigint) => ({ state: 'ended', billState: 'settled', billedWh, proposedWh: null, flags: [] });

describe('faults of 2.0.1 stations, over the wire', () => {
  const orders: [string, Event[], bigint][] = [
    ['C-13 a normal session is billed', [started(50_000), updated(55_000), ended(60_000)], 10_000n],
    ['C-13 an end that arrives before an update ends the session for good', [started(50_000), ended(60_000), updated(55_000)], 10_000n],
    ['C-13 an update that arrives before the start belongs to its session', [updated(55_000), started(50_000), ended(60_000)], 10_000n],
    ['C-13 an update and an end that are sent twice count once', [started(50_000), updated(55_000), updated(55_000), ended(60_000), ended(60_000)], 10_000n],
    ['C-13 an end that arrives first of all waits for its start', [ended(60_000), started(50_000), updated(55_000)], 10_000n],
  ];
  for (const [name, events, energy] of orders) {
    it(name, async () => {
      const { connect, token, settled } = await liveWorld();
      const station = await connect('ocpp2.0.1');
      await say(station, token, 'T', events);
      assert.deepEqual((await settled()).map(bill), [settledAt(energy)]);
      await station.close();
    });
  }

  it('a register that was 0 offline and then real is not billed as energy', async () => {
    const { connect, token, settled } = await liveWorld();
    const station = await connect('ocpp2.0.1');
    await say(station, token, 'T', [started(0, { offline: true }), updated(909_948, { minutes: 5 }), ended(910_031, { minutes: 10 })]);
    const [session, ...more] = await settled();
    assert.ok(session && more.length === 0);
    assert.deepEqual(bill(session), { state: 'ended', billState: 'held', billedWh: 0n, proposedWh: 83n, flags: ['meter_register_zero_before_start'] });
    await station.close();
  });

  it('a register that is reset within a session proposes what was drawn on both sides, and waits for a person', async () => {
    const { connect, token, settled } = await liveWorld();
    const station = await connect('ocpp2.0.1');
    await say(station, token, 'T', [started(50_000), updated(55_000), updated(200, { seqNo: 2, minutes: 20 }), ended(3_200, { seqNo: 3 })]);
    const [session] = await settled();
    assert.deepEqual(bill(session!), { state: 'ended', billState: 'held', billedWh: 0n, proposedWh: 8_000n, flags: ['meter_register_reset'] });
    await station.close();
  });

  it('C-14 a session that falls silent is closed by its evidence, and its late end settles it', async () => {
    const { world, connect, token, settled } = await liveWorld();
    const station = await connect('ocpp2.0.1');
    await say(station, token, 'T', [started(50_000), updated(55_000)]);
    assert.equal((await settled())[0]?.state, 'active');
    world.clock.advance(defaultPolicy('CNY').silenceDeadlineS * 1_000 + 60_000);
    await world.odb.transaction((tx) => sweepSilentSessions(tx, { clock: world.clock }));
    const [session] = await settled();
    assert.deepEqual([session?.state, session?.billState, session?.billedWh, session?.proposedWh], ['ended', 'held', 0n, 5_000n]);
    await say(station, token, 'T', [ended(60_000, { offline: true })]);
    assert.deepEqual((await settled()).map(bill), [settledAt(10_000n)]);
    await station.close();
  });
});

type StartAnswer = { readonly transactionId: number; readonly status: string };
async function start16(station: TestStation, idTag: string, meterStart: number, minutes: number, messageId?: string): Promise<StartAnswer> {
  const answer = await station.call('StartTransaction', { connectorId: 1, idTag, meterStart, timestamp: time(minutes) }, messageId);
  assert.ok(answer.ok, 'a start was answered with an error');
  return { transactionId: answer.payload.transactionId as number, status: (answer.payload.idTagInfo as { status: string }).status };
}
async function stop16(station: TestStation, transactionId: number, meterStop: number, minutes: number): Promise<void> {
  assert.deepEqual(await station.call('StopTransaction', { transactionId, meterStop, timestamp: time(minutes) }), { ok: true, payload: {} });
}

describe('faults of 1.6 charge points, over the wire', () => {
  it('two sessions one after the other are two bills', async () => {
    const { connect, token, settled } = await liveWorld();
    const station = await connect('ocpp1.6');
    const one = await start16(station, token, 50_000, 0);
    await station.call('MeterValues', { connectorId: 1, transactionId: one.transactionId, meterValue: wh16(55_000, 15) });
    await stop16(station, one.transactionId, 60_000, 30);
    const two = await start16(station, token, 60_000, 60);
    await stop16(station, two.transactionId, 60_900, 90);
    assert.ok(two.transactionId > one.transactionId);
    assert.deepEqual((await settled()).map(bill), [settledAt(10_000n), settledAt(900n)]);
    await station.close();
  });

  it('a start that is sent again has the same number, and its stop finds it', async () => {
    const { connect, token, settled } = await liveWorld();
    const first = await connect('ocpp1.6');
    const one = await start16(first, token, 50_000, 0, 'S');
    first.cut();
    const second = await connect('ocpp1.6', first.chargePointId);
    const again = await start16(second, token, 50_000, 0, 'S');
    const withNewId = await start16(second, token, 50_000, 0);
    assert.deepEqual([again, withNewId], [one, one]);
    await stop16(second, again.transactionId, 60_000, 30);
    assert.deepEqual((await settled()).map(bill), [settledAt(10_000n)]);
    await second.close();
  });

  it('a queue of a station without a clock is emptied into as many sessions as it charged', async () => {
    const { connect, token, settled } = await liveWorld();
    const station = await connect('ocpp1.6');
    const epoch = '1970-01-01T00:00:00Z';
    const numbers: number[] = [];
    for (let i = 0; i < 5; i++) {
      const answer = await station.call('StartTransaction', { connectorId: 1, idTag: token, meterStart: 0, timestamp: epoch });
      assert.ok(answer.ok);
      numbers.push(answer.payload.transactionId as number);
      await station.call('StopTransaction', { transactionId: answer.payload.transactionId, meterStop: 1_000 * (i + 1), timestamp: epoch });
    }
    assert.equal(new Set(numbers).size, 5);
    assert.equal((await settled()).length, 5);
    await station.close();
  });

  it('a stop that is sent twice counts once', async () => {
    const { connect, token, settled } = await liveWorld();
    const station = await connect('ocpp1.6');
    const { transactionId } = await start16(station, token, 50_000, 0);
    await stop16(station, transactionId, 60_000, 30);
    await stop16(station, transactionId, 60_000, 30);
    assert.deepEqual((await settled()).map(bill), [settledAt(10_000n)]);
    await station.close();
  });

  it('a stop below its start is never negative energy', async () => {
    const { connect, token, settled } = await liveWorld();
    const station = await connect('ocpp1.6');
    const { transactionId } = await start16(station, token, 50_000, 0);
    await stop16(station, transactionId, 200, 30);
    const [session] = await settled();
    assert.deepEqual([session?.billState, session?.billedWh], ['held', 0n]);
    assert.ok(session?.flagCauses.includes('stop_register_below_start'));
    await station.close();
  });

  it('a stop for a transaction that was never given is kept and seen, not lost', async () => {
    const { connect, settled } = await liveWorld();
    const station = await connect('ocpp1.6');
    for (const id of ['-1', '0', '9223372036854775807']) {
      station.sendRaw(`[2,"s${id}","StopTransaction",{"transactionId":${id},"meterStop":60000,"timestamp":"${time(30)}"}]`);
      assert.deepEqual(await station.next(), [3, `s${id}`, {}]);
    }
    const sessions = await settled();
    assert.ok(sessions.length > 0);
    for (const session of sessions) assert.deepEqual([session.billState, session.billedWh], ['held', 0n]);
    await station.close();
  });

  it('C-13 a start on a connector that is still charging ends the old session by its evidence', async () => {
    const { connect, token, settled } = await liveWorld();
    const station = await connect('ocpp1.6');
    const old = await start16(station, token, 50_000, 0);
    await station.call('MeterValues', { connectorId: 1, transactionId: old.transactionId, meterValue: wh16(55_000, 15) });
    const fresh = await start16(station, token, 56_000, 60);
    assert.notEqual(fresh.transactionId, old.transactionId);
    await stop16(station, fresh.transactionId, 66_000, 90);
    const [first, second] = await settled();
    assert.deepEqual(bill(second!), settledAt(10_000n));
    assert.deepEqual([first?.state, first?.billState, first?.billedWh], ['ended', 'held', 0n]);
    assert.ok(first?.flagCauses.includes('stop_never_arrived'));
    await station.close();
  });

  it('a stamp without a zone, fields in another case and extra fields cost no charge', async () => {
    const { connect, token, settled } = await liveWorld();
    const station = await connect('ocpp1.6');
    const answer = await station.call('StartTransaction', { ConnectorId: '1', idTAG: token, meterStart: '50000', timestamp: time(0).replace('Z', ''), vendorNote: [] });
    assert.ok(answer.ok);
    await station.call('stopTransaction', { TransactionId: String(answer.payload.transactionId), meterStop: 60_000.4, timestamp: time(30).replace('Z', '+00') });
    assert.deepEqual((await settled()).map(bill), [settledAt(10_000n)]);
    await station.close();
  });

  it('a start that was stored and never answered is a session all the same', async () => {
    const { connect, token, settled, world } = await liveWorld();
    const station = await connect('ocpp1.6');
    station.sendRaw(JSON.stringify([2, 'lost', 'StartTransaction', { connectorId: 1, idTag: token, meterStart: 50_000, timestamp: time(0) }]));
    station.cut();
    for (let i = 0; i < 200 && (await settled()).length === 0; i++) await new Promise((resolve) => setTimeout(resolve, 10));
    const again = await connect('ocpp1.6', station.chargePointId);
    const { transactionId } = await start16(again, token, 50_000, 0, 'lost');
    await stop16(again, transactionId, 60_000, 30);
    assert.deepEqual((await settled()).map(bill), [settledAt(10_000n)]);
    await rewindApplier(world.odb);
    assert.deepEqual((await settled()).map(bill), [settledAt(10_000n)]);
    await again.close();
  });
});
