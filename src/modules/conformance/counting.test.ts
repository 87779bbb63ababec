import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { openTestDatabase } from '../../../test/support/database.ts';
import { addMember, openConformanceWorld } from '../../../test/support/conformance-world.ts';
import type { Tx } from '../../platform/database/index.ts';
import { countAll } from './commands/count.ts';
import { AMOUNTS, type Counts } from './domain/kind.ts';
import { SUMS } from './store/counting.ts';

const test = await openTestDatabase();
const byFirmware = async (tx: Tx): Promise<Map<string, Counts>> =>
  new Map((await tx.query<Counts & { firmware: string }>(`select m.firmware, ${SUMS} from conformance.point_day d join conformance.make m using (operator_id, make_id) where d.operator_id = $1 group by m.firmware`, [tx.operatorIds[0]])).map(({ firmware, ...counts }) => [firmware, counts]));
const some = (counts: Counts | undefined, ...names: (keyof Counts)[]): number[] => names.map((name) => Number(counts?.[name] ?? -1n));

async function counted(world: Awaited<ReturnType<typeof openConformanceWorld>>) {
  await world.work();
  await world.deliver();
  await countAll(world.odb);
  return world.odb.transaction(byFirmware);
}

describe('counting how charge points keep to the protocol', () => {
  it('C-26 counts sessions and frames for the firmware that the charge point had at the time', async () => {
    const world = await openConformanceWorld(test), point = await world.point(), { token } = await addMember(world.world, 1_000);
    await world.store([point.boot(0, '1.4.1'), ...point.charge(1, 'a', { token }), point.boot(30, '1.4.2'), ...point.charge(31, 'b', { token, seqNos: [0, 1, 3] })]);
    const counts = await counted(world);
    assert.deepEqual(some(counts.get('1.4.1'), 'sessions', 'abnormalSessions', 'calls', 'boots', 'energyWh'), [1, 0, 4, 1, 10_000]);
    assert.deepEqual(some(counts.get('1.4.2'), 'sessions', 'abnormalSessions', 'missingEvents', 'calls', 'boots'), [1, 1, 1, 4, 1]);
    assert.equal(counts.size, 2);
  });

  it('C-26 counts what breaks the schema or the order, what is said twice, what cannot be read, and reconnects', async () => {
    const world = await openConformanceWorld(test), point = await world.point(), { token } = await addMember(world.world, 1_000);
    await world.store([
      point.call(0, 'Heartbeat', {}), point.call(0.1, 'Heartbeat', {}), point.boot(1, '2'), point.call(2, 'StatusNotification', { connectorId: 1 }), point.call(3, 'Heartbeat', {}, 'same'), point.call(4, 'Heartbeat', {}, 'same'), point.malformed(5, '[2,"x'),
      ...point.charge(6, 'c', { token }), point.event(27, 'Updated', 'c', 3, 60_000), point.event(28, 'Updated', 'd', 1, 60_000, { offline: true }), point.call(29, 'Sing', { song: 1 }),
    ]);
    point.reconnect();
    await world.store([point.call(40, 'Heartbeat', {}, 'same')]);
    const counts = await counted(world);
    assert.deepEqual(some(counts.get(''), 'calls', 'outOfOrder'), [2, 1], 'before its boot nobody knows who speaks, and it is said once');
    assert.deepEqual(some(counts.get('2'), 'schemaBreaks', 'repeated', 'malformed', 'unprocessable', 'outOfOrder', 'unknownActions', 'reconnects'), [1, 1, 1, 0, 1, 1, 1]);
    const findings = await world.odb.transaction((tx) => tx.query<{ kind: string }>('select kind from conformance.finding where operator_id = $1 order by frame_sequence, kind', [world.operatorId]));
    assert.deepEqual(findings.map(({ kind }) => kind), ['outOfOrder', 'schemaBreaks', 'repeated', 'malformed', 'outOfOrder', 'unknownActions']);
  });

  it('C-26 counts commands without an answer, answers that break the schema, and stops that were accepted and not followed', async () => {
    const world = await openConformanceWorld(test), point = await world.point(), { token } = await addMember(world.world, 1_000);
    await world.store([
      point.boot(0, '3'), point.event(1, 'Started', 'e', 0, 50_000, { idToken: { idToken: token, type: 'ISO14443' } }),
      point.command(2, 'RequestStopTransaction', { transactionId: 'e' }, 'k1'), point.answer(2.01, 'k1', { status: 'Accepted' }), point.event(3, 'Updated', 'e', 1, 51_000), point.event(9, 'Updated', 'e', 2, 52_000), point.event(10, 'Ended', 'e', 3, 53_000),
      point.event(11, 'Started', 'f', 0, 53_000, { idToken: { idToken: token, type: 'ISO14443' } }), point.command(12, 'RequestStopTransaction', { transactionId: 'f' }, 'k2'), point.answer(12.01, 'k2', { status: 'Accepted' }), point.event(12.5, 'Ended', 'f', 1, 54_000),
      point.command(13, 'TriggerMessage', { requestedMessage: 'Heartbeat' }, 'k3'), point.call(15, 'Heartbeat', {}), point.command(16, 'TriggerMessage', { requestedMessage: 'Heartbeat' }, 'k4'), point.answer(16.1, 'k4', { status: 'Perhaps' }),
      point.command(17, 'TriggerMessage', { requestedMessage: 'Heartbeat' }, 'k5'),
    ]);
    point.reconnect();
    await world.store([point.call(30, 'Heartbeat', {})]);
    const counts = (await counted(world)).get('3');
    assert.deepEqual(some(counts, 'commands', 'stops', 'stopsNotFollowed', 'noAnswers', 'wrongAnswers'), [5, 2, 1, 1, 1], 'the answer that a broken connection lost is nobody\'s fault');
  });

  it('C-26 blames nobody for a transaction that lasts until the vehicle leaves, nor for an event that was tried before and comes after later ones', async () => {
    const world = await openConformanceWorld(test), point = await world.point(), { token } = await addMember(world.world, 1_000);
    const stop = (minute: number, ref: string, id: string) => [point.command(minute, 'RequestStopTransaction', { transactionId: ref }, id), point.answer(minute + 0.01, id, { status: 'Accepted' })];
    const begun = (minute: number, ref: string) => point.event(minute, 'Started', ref, 0, 50_000, { idToken: { idToken: token, type: 'ISO14443' } });
    await world.store([
      point.boot(0, '5'), begun(1, 'g'), ...stop(2, 'g', 'k1'), point.event(2.1, 'Updated', 'g', 1, 51_000, { triggerReason: 'RemoteStop' }), point.event(9, 'Updated', 'g', 2, 51_000), point.event(20, 'Ended', 'g', 3, 51_000),
      begun(30, 'h'), ...stop(31, 'h', 'k2'), point.event(32, 'Updated', 'h', 1, 52_000, { transactionInfo: { transactionId: 'h', chargingState: 'SuspendedEVSE' } }), point.event(40, 'Updated', 'h', 3, 52_000), point.event(40.1, 'Updated', 'h', 2, 52_000), point.event(50, 'Ended', 'h', 4, 52_000),
      begun(60, 'i'), ...stop(61, 'i', 'k3'), point.event(70, 'Updated', 'i', 1, 53_000, { transactionInfo: { transactionId: 'i', chargingState: 'Charging' } }), point.event(80, 'Ended', 'i', 2, 54_000),
    ]);
    const counts = (await counted(world)).get('5');
    assert.deepEqual(some(counts, 'stops', 'stopsNotFollowed', 'outOfOrder', 'repeated'), [3, 1, 0, 0], 'only the one that charged on');
  });

  it('C-26 names some of the frames of a fault that is committed all day, and counts all of them', async () => {
    const world = await openConformanceWorld(test), point = await world.point();
    await world.store([point.boot(0, '4'), ...Array.from({ length: 50 }, (_, i) => point.call(1 + i / 10, 'StatusNotification', { connectorId: i }))]);
    await world.work();
    await countAll(world.odb, { frames: 7 });
    const counts = await world.odb.transaction(byFirmware);
    const [row] = await world.odb.transaction((tx) => tx.query<{ count: bigint }>('select count(*) as count from conformance.finding where operator_id = $1', [world.operatorId]));
    assert.deepEqual([...some(counts.get('4'), 'schemaBreaks'), Number(row!.count)], [50, 20]);
    assert.ok(AMOUNTS.every((amount) => counts.get('4')![amount] >= 0n));
  });
});
