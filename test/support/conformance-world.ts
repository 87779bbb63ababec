/** A world whose charge points speak to the frame log: frames as the gateway stores them, worked by a real applier into real sessions. */
import assert from 'node:assert/strict';
import { after } from 'node:test';
import { addMs, instant, toIso, type ChargePointId, type Instant, type OperatorId } from '../../src/kernel/index.ts';
import { addPoint, createWorld, addMember, T0, type World } from '../../src/modules/charging/world.fixture.ts';
import { startApplier } from '../../src/modules/ocpp-gateway/index.ts';
import { appendFrames } from '../../src/modules/ocpp-gateway/store/append-frames.ts';
import { schemaViolation, standardAction } from '../../src/modules/ocpp-gateway/wire/schemas.ts';
import type { NewFrame } from '../../src/modules/ocpp-gateway/inbox/frame.ts';
import { conformanceSubscriber } from '../../src/modules/conformance/index.ts';
import { silentLogger } from '../../src/platform/logging/index.ts';
import { deliverAll } from '../../src/platform/outbox/index.ts';
import type { TestDatabase } from './database.ts';

export type Point = Awaited<ReturnType<typeof openPoint>>;
export { addMember, type World };
let ids = 0;

export async function openConformanceWorld(test: TestDatabase) {
  const world = await createWorld(test.database);
  const mine = new Set<OperatorId>([world.operatorId]);
  const applier = startApplier({ database: test.database, clock: world.clock, logger: silentLogger, only: (id) => mine.has(id) });
  after(() => applier.close());
  return {
    ...world, world,
    point: () => openPoint(world),
    store: (frames: readonly NewFrame[]) => appendFrames(test.database.inbox, frames),
    work: () => applier.drain(),
    /** Tells conformance of every bill; other transactions of the shared server may hold delivery back for a moment. */
    deliver: async () => {
      const deadline = performance.now() + 30_000;
      for (;;) {
        await deliverAll({ database: test.database, operators: [world.operatorId], subscribers: [conformanceSubscriber], logger: silentLogger });
        const [{ missing } = { missing: 0n }] = await world.odb.transaction((tx) => tx.query<{ missing: bigint }>(
          `select count(*) as missing from platform.outbox o where o.operator_id = $1 and o.type = 'charging.bill.issued.v1' and not exists (select 1 from platform.inbox i where i.operator_id = $1 and i.subscriber = 'conformance' and i.event_id = o.event_id)`, [world.operatorId]));
        if (missing === 0n) return;
        assert.ok(performance.now() < deadline, 'every event is delivered');
      }
    },
  };
}

/** One charge point that speaks OCPP 2.0.1; `minute` is when a frame arrives. */
async function openPoint(world: World) {
  const { chargePointId } = await addPoint(world);
  let generation = 1n;
  const timeOf = (minute: number): Instant => addMs(T0, Math.round(minute * 60_000));
  const frame = (minute: number, over: Partial<NewFrame> & Pick<NewFrame, 'payload'>): NewFrame => ({
    operatorId: world.operatorId, chargePointId: chargePointId as ChargePointId, connectionGeneration: generation, direction: 'in', protocol: 'ocpp2.0.1', messageType: 2, messageId: null, action: null, reply: null, violation: null, receivedAt: instant(timeOf(minute)), ...over,
  });
  const call = (minute: number, action: string, payload: object, messageId = `m${++ids}`): NewFrame =>
    frame(minute, { payload: JSON.stringify([2, messageId, action, payload]), messageId, action, violation: standardAction('ocpp2.0.1', action) === null ? 'unknown action' : schemaViolation('ocpp2.0.1', action, 'req', payload as never) });
  const event = (minute: number, eventType: 'Started' | 'Updated' | 'Ended', ref: string, seqNo: number, registerWh: number | null, more: object = {}, messageId?: string): NewFrame => call(minute, 'TransactionEvent', {
    eventType, timestamp: toIso(timeOf(minute)), triggerReason: eventType === 'Started' ? 'Authorized' : eventType === 'Ended' ? 'StopAuthorized' : 'MeterValuePeriodic', seqNo, transactionInfo: { transactionId: ref }, evse: { id: 1, connectorId: 1 },
    ...(registerWh === null ? {} : { meterValue: [{ timestamp: toIso(timeOf(minute)), sampledValue: [{ value: registerWh, measurand: 'Energy.Active.Import.Register', unitOfMeasure: { unit: 'Wh' } }] }] }), ...more,
  }, messageId);
  return {
    chargePointId: chargePointId as ChargePointId, call, event, frame,
    boot: (minute: number, firmware: string, maker = 'Volta', model = 'V60') => call(minute, 'BootNotification', { reason: 'PowerUp', chargingStation: { vendorName: maker, model, firmwareVersion: firmware } }),
    reconnect: () => { generation += 1n; },
    command: (minute: number, action: string, payload: object, messageId: string) => frame(minute, { direction: 'out', action, messageId, payload: JSON.stringify([2, messageId, action, payload]) }),
    answer: (minute: number, messageId: string, payload: object) => frame(minute, { messageType: 3, messageId, payload: JSON.stringify([3, messageId, payload]) }),
    malformed: (minute: number, text: string) => frame(minute, { messageType: null, payload: text, violation: 'malformed: not_json' }),
    /** A charge of twenty minutes; `lost` is its end. */
    charge: (minute: number, ref: string, { token, seqNos = [0, 1, 2], end = true }: { token: string; seqNos?: readonly [number, number, number]; end?: boolean }) => [
      event(minute, 'Started', ref, seqNos[0], 50_000, { idToken: { idToken: token, type: 'ISO14443' } }), event(minute + 10, 'Updated', ref, seqNos[1], 55_000), ...(end ? [event(minute + 20, 'Ended', ref, seqNos[2], 60_000)] : []),
    ],
  };
}
