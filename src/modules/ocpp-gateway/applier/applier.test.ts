import assert from 'node:assert/strict';
import { after, describe, it } from 'node:test';
import { instant, type ChargePointId, type OperatorId } from '../../../kernel/index.ts';
import { newUuid, systemClock } from '../../../platform/clock/index.ts';
import { silentLogger } from '../../../platform/logging/logger.ts';
import { newOperatorId, openTestDatabase } from '../../../../test/support/database.ts';
import { fakeCharging, fakeLocations } from '../../../../test/support/ocpp-ports.ts';
import type { NewFrame } from '../inbox/frame.ts';
import { appendFrames } from '../store/append-frames.ts';
import { startApplier, type ApplierOptions } from './applier.ts';

const test = await openTestDatabase();
const setUp = (more: Partial<ApplierOptions> = {}) => {
  const charging = fakeCharging(), locations = fakeLocations();
  const mine = new Set<OperatorId>();
  const options: ApplierOptions = { database: test.database, clock: systemClock, logger: silentLogger, charging, locations, only: (id) => mine.has(id), ...more };
  const operatorId = newOperatorId();
  mine.add(operatorId);
  const applier = startApplier(options);
  after(() => applier.close());
  return { charging, locations, options, operatorId, applier, chargePointId: newUuid() as ChargePointId };
};

let ids = 0;
const frame = (operatorId: OperatorId, chargePointId: ChargePointId, action: string, payload: object, over: Partial<NewFrame> = {}): NewFrame => {
  const messageId = `f${++ids}`;
  return {
    operatorId, chargePointId, connectionGeneration: 1n, direction: 'in', protocol: 'ocpp1.6', messageType: 2, messageId, action,
    payload: JSON.stringify([2, messageId, action, payload]), reply: null, violation: null, receivedAt: instant(Date.now()), ...over,
  };
};
const stop = (operatorId: OperatorId, chargePointId: ChargePointId, meterStop: number): NewFrame =>
  frame(operatorId, chargePointId, 'StopTransaction', { transactionId: 7, meterStop, timestamp: '2026-11-22T10:00:00Z' });
const unprocessable = (operatorId: OperatorId) => test.database.forOperator(operatorId).transaction((tx) => tx.query<{ sequence: bigint; code: string; detail: string }>('select * from ocpp_gateway.unprocessable_frame order by sequence'));
const rewind = (operatorId: OperatorId) => test.database.forOperator(operatorId).transaction((tx) => tx.execute('update ocpp_gateway.applier_cursor set applied_sequence = 0 where operator_id = $1', [operatorId]));

describe('the frame log', () => {
  it('numbers each operator\'s frames without a gap, also when several nodes write at once', async () => {
    const operators = [newOperatorId(), newOperatorId(), newOperatorId()], point = newUuid() as ChargePointId;
    const runs = await Promise.all(Array.from({ length: 20 }, (_, run) => appendFrames(test.database.inbox, Array.from({ length: 5 + run }, (_, i) => stop(operators[(run + i) % 3]!, point, i)))));
    assert.equal(runs.flat().length, runs.reduce((sum, run) => sum + run.length, 0));
    for (const operatorId of operators) {
      const rows = await test.database.forOperator(operatorId).transaction((tx) => tx.query<{ sequence: bigint }>('select sequence from ocpp_gateway.frame order by sequence'));
      assert.deepEqual(rows.map((row) => row.sequence), rows.map((_, index) => BigInt(index + 1)));
    }
  });

  it('cannot be read, changed or emptied by the role that writes it', async () => {
    for (const sql of ['select 1 from ocpp_gateway.frame', 'update ocpp_gateway.frame set payload = \'\'', 'delete from ocpp_gateway.frame']) {
      await assert.rejects(test.database.inbox.query(sql), /permission denied/);
    }
  });
});

describe('the applier', () => {
  it('turns frames into facts, boots and states, once each', async () => {
    const { operatorId, chargePointId, applier, charging, locations } = setUp();
    await appendFrames(test.database.inbox, [
      frame(operatorId, chargePointId, 'BootNotification', { chargePointVendor: 'V', chargePointModel: 'M' }),
      frame(operatorId, chargePointId, 'StatusNotification', { connectorId: 2, status: 'Charging', errorCode: 'NoError' }),
      frame(operatorId, chargePointId, 'Heartbeat', {}),
      stop(operatorId, chargePointId, 5),
    ]);
    await applier.drain();
    assert.deepEqual([...charging.facts.values()].map((fact) => fact.kind), ['booted', 'status', 'session_ended']);
    assert.deepEqual([locations.boots.length, locations.statuses.map((status) => status.evseNumber)], [1, [2]]);
    await applier.drain();
    assert.equal(charging.applied, 3);
  });

  it('run again from the beginning changes nothing', async () => {
    const { operatorId, chargePointId, applier, charging } = setUp();
    await appendFrames(test.database.inbox, [1, 2, 3].map((wh) => stop(operatorId, chargePointId, wh)));
    await applier.drain();
    const before = [...charging.facts];
    await rewind(operatorId);
    await applier.drain();
    assert.deepEqual([...charging.facts], before);
    assert.equal(charging.applied, 6);
  });

  it('works in small batches just as well, and several workers share the work', async () => {
    const { operatorId, chargePointId, charging, options } = setUp({ limits: { applierBatchFramesMax: 3, applierPollMs: 20 } });
    const second = startApplier({ ...options, limits: { applierBatchFramesMax: 2, applierPollMs: 20 } });
    await appendFrames(test.database.inbox, Array.from({ length: 50 }, (_, wh) => stop(operatorId, chargePointId, wh)));
    await second.drain();
    await second.close();
    assert.equal(charging.facts.size, 50);
    assert.equal(charging.applied, 50);
  });

  it('names a frame that nobody can work, passes it over, and works all the others', async () => {
    const { operatorId, chargePointId, applier, charging } = setUp();
    charging.failWhen((fact) => (fact.kind === 'session_ended' && fact.registerWh === 13n ? new TypeError('thirteen') : null));
    const sequences = await appendFrames(test.database.inbox, [
      ...Array.from({ length: 30 }, (_, wh) => stop(operatorId, chargePointId, wh)),
      frame(operatorId, chargePointId, 'StopTransaction', {}, { payload: 'no json' , messageType: null }),
    ]);
    await applier.drain();
    assert.equal(charging.facts.size, 29);
    assert.deepEqual((await unprocessable(operatorId)).map(({ sequence, code, detail }) => ({ sequence, code, detail })), [
      { sequence: sequences[13]!, code: 'applying_failed', detail: 'TypeError: thirteen' }, { sequence: sequences[30]!, code: 'malformed', detail: 'not_json' },
    ]);
  });

  it('waits while its surroundings are broken, and loses nothing', async () => {
    const { operatorId, chargePointId, applier, charging } = setUp();
    let failures = 2;
    charging.failWhen(() => (failures-- > 0 ? new Error('connection terminated') : null));
    await appendFrames(test.database.inbox, [stop(operatorId, chargePointId, 1)]);
    await applier.drain();
    assert.equal(charging.facts.size, 1);
    assert.deepEqual(await unprocessable(operatorId), []);
  });

  it('is held up by no other operator\'s fault', async () => {
    const { operatorId, chargePointId, charging, options } = setUp();
    const healthy = newOperatorId();
    const both = startApplier({ ...options, limits: { applierOperatorsMax: 1, applierPollMs: 20 }, only: (id) => id === operatorId || id === healthy });
    charging.failWhen((fact) => (fact.chargePointId === chargePointId ? new Error('connection terminated') : null));
    await appendFrames(test.database.inbox, [stop(operatorId, chargePointId, 1)]);
    await appendFrames(test.database.inbox, [stop(healthy, newUuid() as ChargePointId, 1)]);
    both.wake([operatorId, healthy]);
    for (let i = 0; i < 250 && charging.facts.size === 0; i++) await new Promise((resolve) => setTimeout(resolve, 20));
    assert.equal(charging.facts.size, 1);
    charging.failWhen(() => null);
    await both.close();
  });
});
